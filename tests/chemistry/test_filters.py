import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.errors import ConfigurationError

OFF = MoleculeFilter(None, None, None, None)


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("c1ccccc1", None),
        ("C1CC1", None),
        ("C1CC1" + "C" * 36, "39 heavy atoms (at most 38)"),
        ("C1CCCCC1" + "C" * 13, "12 rotatable bonds (at most 10)"),
        ("CCCC", "0 rings (at least 1)"),
        ("CC", "2 heavy atoms (at least 3)"),
        ("C1CC", "not a readable molecule"),
    ],
)
def test_default_limits(smiles: str, reason: str | None) -> None:
    assert MoleculeFilter().rejection(smiles) == reason


@pytest.mark.parametrize(
    ("molecule_filter", "passes", "fails"),
    [
        (MoleculeFilter(4, None, None, None), "CCCC", "CCCCC"),
        (MoleculeFilter(None, 1, None, None), "CCCC", "CCCCC"),
        (MoleculeFilter(None, None, 1, None), "C1CC1", "CCC"),
        (MoleculeFilter(None, None, None, 3), "CCC", "CC"),
        (MoleculeFilter(None, None, 0, 0), "C", "C1CC"),
    ],
)
def test_each_limit_is_inclusive_and_works_alone(
    molecule_filter: MoleculeFilter, passes: str, fails: str
) -> None:
    assert molecule_filter.rejection(passes) is None
    assert molecule_filter.rejection(fails) is not None


@pytest.mark.parametrize("smiles", ["C", "C" * 100, "C1CC1" * 50])
def test_none_switches_rules_off(smiles: str) -> None:
    assert OFF.rejection(smiles) is None


def test_violations_of_one_rule_count_together() -> None:
    first, second = (MoleculeFilter().violation("C1CC1" + "C" * n) for n in (36, 40))
    assert first is not None
    assert second is not None
    assert first.rule == second.rule
    assert str(first) != str(second)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_heavy_atoms": -1}, "max_heavy_atoms is -1; give a whole number"),
        ({"min_rings": -2}, "min_rings is -2"),
        ({"max_heavy_atoms": 2}, "max_heavy_atoms is 2, below min_heavy_atoms, which is 3"),
    ],
)
def test_impossible_limits_are_refused(limits: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        MoleculeFilter(**limits)
