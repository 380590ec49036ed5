import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.counting.data import LeftOut, all_combinations, combination_name
from latentbo.errors import ConfigurationError


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.integers(0, 6), st.integers(0, 9))
def test_all_combinations_in_order(most: list[int], least: int, total: int) -> None:
    expected = [
        counts
        for counts in itertools.product(*(range(number + 1) for number in most))
        if least <= sum(counts) <= total
    ]
    assert list(all_combinations(most, least, total)) == expected


def test_the_published_numbers_of_combinations() -> None:
    assert len(list(all_combinations([6, 6], 0, 6))) == 28
    assert len(list(all_combinations([6, 6]))) == 49
    assert len(list(all_combinations([3, 3, 3]))) == 64


NAMES = ("cylinder", "sphere")


@pytest.mark.parametrize(
    ("rules", "left_out"),
    [
        ((), []),
        (("none",), [(0, 0)]),
        (("sphere=1",), [(0, 1), (1, 1), (2, 1)]),
        (("sphere>=1",), [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]),
        (("cylinder=2 & sphere>=1",), [(2, 1), (2, 2)]),
        (("none", "cylinder = 2&sphere=0"), [(0, 0), (2, 0)]),
    ],
)
def test_rules(rules: tuple[str, ...], left_out: list[tuple[int, int]]) -> None:
    table = list(itertools.product(range(3), range(3)))
    found = LeftOut(rules, NAMES).of(table)
    assert [counts for counts, away in zip(table, found, strict=True) if away] == left_out


@pytest.mark.parametrize(
    "rule", ["", "sphere", "cone=1", "sphere=x", "sphere=-1", "sphere<2", "none&sphere=1", "none=1"]
)
def test_rules_that_cannot_be_read(rule: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is not CLASS=N or CLASS>=N.*cylinder, sphere"):
        LeftOut((rule,), NAMES)


def test_names_of_combinations() -> None:
    assert combination_name((2, 1), NAMES) == "2 × cylinder, 1 × sphere"
    assert combination_name((0, 2), ("5", "6")) == '2 × "6"'
    assert combination_name((0, 0), NAMES) == "none"
