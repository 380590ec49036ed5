import pytest
import torch

from latentbo.chemistry import count_fingerprints, descriptor_matrix, parse_molecule
from latentbo.errors import ConfigurationError, InputError
from latentbo.surrogates import MoleculeFeaturizer, TanimotoGPConfig, molecule_features


def test_features_are_those_of_the_molecules(molecules: list[str]) -> None:
    strings = molecules[:20]
    found = MoleculeFeaturizer(TanimotoGPConfig(radius=2)).features(strings)
    expected = count_fingerprints(strings, 2)
    for name, array in vars(found.fingerprints).items():
        assert array.tolist() == getattr(expected, name).tolist()
    assert torch.equal(found.descriptors, descriptor_matrix(strings))
    assert len(found) == 20


def test_rows_are_the_features_of_these_molecules(molecules: list[str]) -> None:
    featurizer = MoleculeFeaturizer(TanimotoGPConfig())
    chosen = featurizer.features(molecules[:5]).rows([4, 1])
    expected = featurizer.features([molecules[4], molecules[1]])
    assert torch.equal(chosen.descriptors, expected.descriptors)
    for name, array in vars(chosen.fingerprints).items():
        assert array.tolist() == getattr(expected.fingerprints, name).tolist()


def test_descriptors_can_be_left_out(molecules: list[str]) -> None:
    featurizer = MoleculeFeaturizer(TanimotoGPConfig(descriptors=False))
    assert featurizer.features(molecules[:3]).descriptors.shape == (3, 0)
    assert featurizer.features([]).descriptors.shape == (0, 0)
    assert MoleculeFeaturizer(TanimotoGPConfig()).features([]).descriptors.shape == (0, 18)


def test_a_molecule_is_computed_once_until_it_is_forgotten(
    molecules: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def parse(string: str) -> object:
        parsed.append(string)
        return parse_molecule(string)

    monkeypatch.setattr(molecule_features, "parse_molecule", parse)
    monkeypatch.setattr(molecule_features, "MOST_REMEMBERED", 5)
    featurizer = MoleculeFeaturizer(TanimotoGPConfig())
    first = featurizer.features(molecules[:5])
    again = featurizer.features(molecules[:5])
    assert parsed == molecules[:5]
    assert torch.equal(first.descriptors, again.descriptors)
    featurizer.features(molecules[:1])
    # The one used last stays, the one not used for longest goes.
    featurizer.features(molecules[5:6])
    featurizer.features([molecules[0], molecules[5]])
    assert parsed == molecules[:6]
    assert len(featurizer.features(molecules[:8])) == 8
    assert parsed[6] == molecules[1]


def test_what_is_no_molecule_is_refused() -> None:
    with pytest.raises(InputError, match="'C1CC' is not a molecule"):
        MoleculeFeaturizer(TanimotoGPConfig()).features(["C1CC"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_fit": 1}, "max_fit must be at least 2, not 1"),
        ({"max_train": 0}, "max_train must be at least 2, not 0"),
        ({"max_iterations": 0}, "max_iterations must be at least 1, not 0"),
        ({"radius": -1}, "radius must be at least 0, not -1"),
        ({"form": "cosine"}, "form must be one of minmax, product, not 'cosine'"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        TanimotoGPConfig(**changes)  # type: ignore[arg-type]
