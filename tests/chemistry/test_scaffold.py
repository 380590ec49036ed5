import pytest

from latentbo.chemistry import HYDROGEN, Constraints, Scaffold, parse_molecule
from latentbo.errors import ConfigurationError

PYRIDINE = "c1cc([*:1])ncc1C(=O)N[*:2]"
PIPERIDINE = "C1CN([*:1])CCC1([*:2])[*:3]"


@pytest.mark.parametrize(
    ("scaffold", "smiles", "expected"),
    [
        (PYRIDINE, "c1cc(F)ncc1C(=O)NCC", {1: "[*:1]F", 2: "[*:1]CC"}),
        (PYRIDINE, "c1ccncc1C(=O)N", {1: HYDROGEN, 2: HYDROGEN}),
        (PYRIDINE, "c1cc(C2CCN2C)ncc1C(=O)Nc1ccccc1", {1: "[*:1]C1CCN1C", 2: "[*:1]c1ccccc1"}),
        (PYRIDINE, "c1cc(F)nc(C)c1C(=O)NCC", None),  # grows at a position without a mark
        (PYRIDINE, "CN(C)C(=O)c1ccc(F)nc1", None),  # two at one mark
        (PYRIDINE, "c1cc2ncc1C(=O)NCCCC2", None),  # one substituent at two marks
        (PYRIDINE, "c1cc(F)[n+](C)cc1C(=O)NCC", None),
        (PYRIDINE, "c1ccccc1C(=O)NCC", None),
        (PIPERIDINE, "C1CN(CC)CCC1(O)c1ccccc1", {1: "[*:1]CC", 2: "[*:1]O", 3: "[*:1]c1ccccc1"}),
        (PIPERIDINE, "C1CN(CC)CCC1=O", None),  # two bonds to one substituent
        (PIPERIDINE, "C1CN(CC)CCC12CCNCC2", None),  # a spiro ring
        ("c1cn([*:1])cc1[*:2]", "c1c[nH]cc1Cl", {1: HYDROGEN, 2: "[*:1]Cl"}),
    ],
)
def test_what_keeps_a_scaffold(scaffold: str, smiles: str, expected: dict[int, str] | None) -> None:
    molecule = parse_molecule(smiles)
    assert Scaffold(scaffold).substituents(molecule) == expected
    assert Scaffold(scaffold).is_kept(molecule) is (expected is not None)
    rejection = Constraints(scaffold=scaffold).rejection(smiles)
    assert rejection == (None if expected else f"does not keep the scaffold {scaffold}")


@pytest.mark.parametrize("scaffold", [PYRIDINE, PIPERIDINE, "c1cn([*:1])cc1[*:2]"])
def test_decorating_and_taking_apart_are_inverse(scaffold: str) -> None:
    choices = [HYDROGEN, "[*:1]CCO", "[*:1]c1ccncc1", "[*:1]C(F)(F)F"]
    positions = Scaffold(scaffold).positions
    for start in range(len(choices)):
        wanted = {place: choices[(start + i) % 4] for i, place in enumerate(positions)}
        smiles = Scaffold(scaffold).decorated(wanted)
        assert smiles is not None
        found = Scaffold(scaffold).substituents(parse_molecule(smiles))
        assert found is not None
        assert sorted(found.values()) == sorted(wanted.values())


def test_what_is_no_molecule_is_none() -> None:
    assert Scaffold(PYRIDINE).decorated({1: "[*:1]no", 2: HYDROGEN}) is None
    assert Scaffold(PYRIDINE).bare == "NC(=O)c1cccnc1"


@pytest.mark.parametrize(
    ("smiles", "message"),
    [
        ("c1ccccc1", "marks no position that may grow: write one as"),
        ("c1ccccc1*", r"need numbers that differ: write \[\*:1\]"),
        ("c1cc([*:1])ccc1[*:1]", r"need numbers that differ: write \[\*:1\]"),
        ("c1ccccc1[*:1].CC", "must be one piece with marks at its ends"),
        ("C[*:1]C", "must be one piece with marks at its ends"),
        ("c1ccc[*:1]", "the scaffold: 'c1ccc.*' is not a molecule"),
    ],
)
def test_scaffolds_that_cannot_be_used(smiles: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Scaffold(smiles)


def test_the_table_of_constraints_holds_a_scaffold() -> None:
    entries = {"scaffold": PYRIDINE, "max-logp": 3}
    assert Constraints.from_dict(entries).to_dict() == entries
    with pytest.raises(ConfigurationError, match=r"rules: there is no key 'core'; write scaffold"):
        Constraints.from_dict({"core": PYRIDINE}, "rules")
    with pytest.raises(ConfigurationError, match="'required'; write required-smarts"):
        Constraints.from_dict({"required": "c"}, "rules")
