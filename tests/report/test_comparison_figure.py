from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from latentbo.report.comparison import Comparison
from latentbo.report.comparison_figure import comparison_png, style_of
from latentbo.report.groups import Group, Member
from latentbo.report.molecules import MOLECULES
from latentbo.report.theme import DARK, LIGHT, Theme

MemberFactory = Callable[..., Member]


def comparison_of(*groups: list[Member], label: str = "group") -> Comparison:
    found = tuple(Group(f"{label} {i}", tuple(members)) for i, members in enumerate(groups))
    return Comparison("qed", MOLECULES, found, None, False)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(imread(BytesIO(png)))[..., :3]


def share(png: bytes, colour: str) -> float:
    return float(np.isclose(pixels(png), to_rgb(colour), atol=1 / 255).all(-1).mean())


def rising(number: int, end: float) -> list[float | None]:
    return [float(value) for value in np.linspace(0, end, number)]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_group_has_its_colour(make_member: MemberFactory, theme: Theme) -> None:
    groups = [[make_member(rising(30, 1 + i))] for i in range(8)]
    png = comparison_png(comparison_of(*groups), theme)
    assert pixels(png).shape[1] == 1760
    for colour in (*theme.series, theme.background):
        assert share(png, colour) > 1e-4


def test_fewer_groups_leave_the_other_colours_out(make_member: MemberFactory) -> None:
    png = comparison_png(comparison_of([make_member(rising(30, 1))]))
    assert share(png, LIGHT.series[0]) > 1e-4
    assert share(png, LIGHT.series[1]) == 0


def test_styles_repeat_late_and_differ_without_colour() -> None:
    styles = [(style_of(place).dash, style_of(place).marker) for place in range(35)]
    assert len(set(styles)) == 35
    assert len({style_of(place).colour for place in range(8)}) == 8


def test_a_band_shows_the_standard_error(make_member: MemberFactory) -> None:
    def blue(*ends: float) -> int:
        """Pixels of the band: blue on white, neither of them."""
        members = [make_member(rising(40, end), seed) for seed, end in enumerate(ends)]
        picture = pixels(comparison_png(comparison_of(members)))
        expected = 1 - 0.16 * (1 - np.array(to_rgb(LIGHT.series[0])))
        return int(np.isclose(picture, expected, atol=2 / 255).all(-1).sum())

    lines = blue(1.0)  # their edges have this colour, too
    assert blue(1.0, 1.0) <= 2 * lines
    assert blue(0.8, 1.2) > 5000 > 10 * lines


def test_equal_runs_give_equal_bytes(make_member: MemberFactory) -> None:
    one, other = (comparison_png(comparison_of([make_member(rising(20, 1))])) for _ in range(2))
    assert one == other
    assert comparison_png(comparison_of([make_member(rising(20, 2))])) != one


def test_a_longer_legend_makes_a_higher_figure(make_member: MemberFactory) -> None:
    groups = [[make_member(rising(5, 1))] for _ in range(8)]
    short = pixels(comparison_png(comparison_of(*groups[:2])))
    long = pixels(comparison_png(comparison_of(*groups, label="a label of many words " * 4)))
    assert long.shape[0] > short.shape[0]


@pytest.mark.parametrize(
    "values",
    [
        [[]],
        [[None, None]],
        [[1.0]],
        [[None, 1.0], [2.0]],
        [[0.0, 0.0], [None]],
        [[-1e300, 1e300]],
        [[1.0], rising(300, 2.0)],
    ],
)
def test_any_runs_can_be_drawn(
    make_member: MemberFactory, values: list[list[float | None]]
) -> None:
    members = [make_member(each, seed) for seed, each in enumerate(values)]
    assert comparison_png(comparison_of(members)).startswith(b"\x89PNG")


def test_a_group_without_a_value_is_named_beside_the_others(make_member: MemberFactory) -> None:
    dead, alive = [make_member([None, None])], [make_member(rising(30, 1.0))]
    png = comparison_png(comparison_of(dead, alive))
    # Its colour is in the legend only: a line in the axes has many times more of it.
    assert 0 < share(png, LIGHT.series[0]) < share(png, LIGHT.series[1]) / 3


def test_labels_are_not_mathtext(make_member: MemberFactory) -> None:
    comparison = comparison_of([make_member([1.0])], label="a$b_{$ \\frac\n" * 20)
    assert comparison_png(comparison).startswith(b"\x89PNG")
