from typing import Any

import pytest

from latentbo.data.bounds import Bound
from latentbo.objectives import BY_HAND
from latentbo.report.value_scale import ValueScale, scale_of


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"value_name": "IC50 (nM)", "objective": "qed"}, "IC50 (nM)"),
        ({"objective": "qed"}, "qed"),
        ({"objective": "minimize:property:sa"}, "sa"),
        ({"objective": "folder/score.py:dock"}, "dock"),
        ({"objective": "package.scores:f"}, "f"),
        ({"objective": "folder/goals.toml"}, "goals"),
        ({"objective": "program:./dock.sh --fast"}, "program:./dock.sh --fast"),
        ({"objective": "http://host:80/path"}, "http://host:80/path"),
        ({"objective": BY_HAND, "objective_source": BY_HAND}, "value"),
        ({}, "value"),
    ],
)
def test_values_have_a_name(config: dict[str, Any], name: str) -> None:
    assert scale_of(config, [1.0]).name == name


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([4.5, 5.25, 7.5], 2),
        ([0.4, 0.45, 0.6], 3),
        ([120.5, 2000, 45000], 0),
        ([1.0, 2.0, 3.0], 0),
        ([0.00001, 0.00002], 4),
        ([0.5], 3),
    ],
)
def test_decimals_follow_from_the_spread(values: list[float], decimals: int) -> None:
    assert scale_of({}, values).decimals == decimals


def test_numbers_are_the_user_s() -> None:
    up, down = ValueScale("x", decimals=2), ValueScale("x", is_minimized=True, decimals=2)
    assert (up.text(-1.5), down.text(-1.5), down.text(1.5), up.text(None)) == (
        *("−1.50", "1.50", "−1.50"),
        "–",
    )
    assert str(down.number(0.0)) == "0.0"  # and no -0.0
    assert str(down.bound(Bound(">", -9.0))) == "<9"
    assert str(up.bound(Bound(">", 9.0))) == ">9"
    # Fixed decimals would show a small number as nothing, and a large one as a row of digits.
    assert (up.text(0.001), up.text(3.2e9)) == ("0.001", "3.2e+09")
