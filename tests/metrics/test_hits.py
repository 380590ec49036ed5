import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from latentbo.errors import InputError
from latentbo.metrics import alert_free_share, alerts, easy_share, internal_diversity

ASPIRIN, PHENOL, BENZENE = "CC(=O)Oc1ccccc1C(=O)O", "Oc1ccccc1", "c1ccccc1"
NITROBENZENE, QUINONE = "O=[N+]([O-])c1ccccc1", "O=C1C=CC(=O)C=C1"
STRYCHNINE = "O=C1C[C@@H]2OCC=C3CN4CC[C@]56[C@H]4C[C@H]3[C@H]2[C@@H]5N1c1ccccc16"


def similarity(one: str, other: str) -> float:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(each)) for each in (one, other)]
    return float(DataStructs.TanimotoSimilarity(*prints))


def test_diversity_is_the_mean_distance_of_all_pairs() -> None:
    pairs = [(ASPIRIN, PHENOL), (ASPIRIN, BENZENE), (PHENOL, BENZENE)]
    expected = sum(1 - similarity(*pair) for pair in pairs) / 3
    assert internal_diversity([ASPIRIN, PHENOL, BENZENE]) == pytest.approx(expected)
    assert 0 < expected < 1


def test_diversity_of_equal_and_of_unlike_molecules() -> None:
    assert internal_diversity([ASPIRIN, ASPIRIN]) == 0
    assert internal_diversity(["CCCCCC", "N#N"]) == 1


def test_diversity_forgets_the_order() -> None:
    forwards = [ASPIRIN, PHENOL, BENZENE, QUINONE]
    assert internal_diversity(forwards) == pytest.approx(internal_diversity(forwards[::-1]))


@pytest.mark.parametrize("smiles", [[], [ASPIRIN]])
def test_diversity_needs_two(smiles: list[str]) -> None:
    assert internal_diversity(smiles) is None


def test_share_of_easy_molecules() -> None:
    # SA scores: 1.0 (benzene), 1.6 (aspirin), above 4.5 (strychnine)
    assert easy_share([BENZENE, ASPIRIN, STRYCHNINE]) == pytest.approx(2 / 3)
    assert easy_share([BENZENE, ASPIRIN], most=1.2) == 0.5
    assert easy_share([]) is None


def test_alerts_have_the_names_of_their_catalogues() -> None:
    assert alerts(BENZENE) == ()
    assert "Brenk: nitro_group" in alerts(NITROBENZENE)
    found = alerts(QUINONE)
    assert "PAINS_A: quinone_A(370)" in found
    assert "Brenk: chinone_1" in found


def test_share_without_alerts() -> None:
    assert alert_free_share([BENZENE, PHENOL, NITROBENZENE, QUINONE]) == 0.5
    assert alert_free_share([]) is None


def test_other_strings_are_refused() -> None:
    for share in (easy_share, alert_free_share):
        with pytest.raises(InputError, match="'no molecule' is not a molecule"):
            share(["no molecule"])
    with pytest.raises(InputError, match="'no molecule' is not a molecule"):
        internal_diversity([BENZENE, "no molecule"])
