import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.chemistry import Table
from latentbo.errors import ConfigurationError
from latentbo.objectives.terms import TRANSFORMS, Transform, transform_from
from latentbo.objectives.transforms import (
    ClippedLine,
    Gaussian,
    Linear,
    MaxGaussian,
    MinGaussian,
    Sigmoid,
    Threshold,
)

FINITE = st.floats(-1e6, 1e6)


def make(**entries: Any) -> Any:
    return transform_from(Table(entries, "here"))


@pytest.mark.parametrize(
    ("entries", "points"),
    [
        ({"kind": "gaussian", "mean": 2, "width": 3.0}, {2: 1.0, 5: 0.60653, -1: 0.60653}),
        ({"kind": "min-gaussian", "mean": 2, "width": 3}, {2: 1.0, 5: 0.60653, -9: 1.0}),
        ({"kind": "max-gaussian", "mean": 2, "width": 3}, {2: 1.0, 9: 1.0, -1: 0.60653}),
        ({"kind": "threshold", "least": 2}, {1.999: 0.0, 2: 1.0, 1e9: 1.0}),
        ({"kind": "threshold", "most": 2}, {2.001: 0.0, 2: 1.0, -1e9: 1.0}),
        ({"kind": "threshold", "least": 1, "most": 2}, {0: 0.0, 1: 1.0, 2: 1.0, 3: 0.0}),
        ({"kind": "sigmoid", "middle": 7}, {7: 0.5, 8: 0.73106, 1e300: 1.0, -1e300: 0.0}),
        ({"kind": "sigmoid", "middle": 7, "slope": -2}, {7: 0.5, 8: 0.11920}),
        ({"kind": "clipped", "zero": 1, "one": 3}, {0: 0.0, 2: 0.5, 4: 1.0}),
        ({"kind": "clipped", "zero": 3, "one": 1}, {0: 1.0, 2: 0.5, 4: 0.0}),
        ({"kind": "linear"}, {-3.5: -3.5}),
        ({"kind": "linear", "slope": -2, "offset": 1}, {3: -5.0}),
    ],
)
def test_values(entries: dict[str, Any], points: dict[float, float]) -> None:
    transform = make(**entries)
    for value, score in points.items():
        assert transform(value) == pytest.approx(score, abs=1e-5)


@given(first=FINITE, second=FINITE, middle=FINITE, slope=st.floats(1e-3, 1e3))
def test_rising_ones_rise_and_falling_ones_fall(
    first: float, second: float, middle: float, slope: float
) -> None:
    low, high = sorted((first, second))
    rising: list[Transform] = [
        Sigmoid(middle, slope),
        ClippedLine(middle, middle + slope),
        Threshold(least=middle),
        TRANSFORMS["max-gaussian"](middle, slope),
    ]
    falling: list[Transform] = [
        Sigmoid(middle, -slope),
        ClippedLine(middle + slope, middle),
        Threshold(most=middle),
        TRANSFORMS["min-gaussian"](middle, slope),
    ]
    for up, down in zip(rising, falling, strict=True):
        assert 0 <= up(low) <= up(high) <= 1
        assert 1 >= down(low) >= down(high) >= 0
    assert Linear(slope, middle)(low) <= Linear(slope, middle)(high)


@given(value=st.floats(-30, 30), middle=st.floats(-5, 5), slope=st.floats(-3, 3).filter(bool))
def test_sigmoid_is_the_logistic_function(value: float, middle: float, slope: float) -> None:
    expected = 1 / (1 + math.exp(-slope * (value - middle)))
    assert Sigmoid(middle, slope)(value) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({}, "^here: the key 'kind' is missing; give it a text"),
        ({"kind": "gausian"}, r"no transform 'gausian' \(did you mean 'gaussian'\?\); use one of"),
        ({"kind": 3}, 'kind is 3; give a text, such as kind = "..."'),
        ({"kind": "gaussian", "mean": 1}, "the key 'width' is missing; give it a number"),
        ({"kind": "gaussian", "mean": 1, "width": 0}, "here: the width of a Gaussian is 0"),
        (
            {"kind": "gaussian", "mean": 1, "widht": 2},
            r"here: there is no key 'widht' \(did you mean 'width'\?\)$",
        ),
        ({"kind": "linear", "zzz": 2}, "no key 'zzz'; the keys are kind, slope, offset"),
        ({"kind": "sigmoid", "middle": "7"}, "middle is '7'; give a finite number"),
        ({"kind": "sigmoid", "middle": True}, "middle is True; give a finite number"),
        ({"kind": "sigmoid", "middle": math.nan}, "middle is nan; give a finite number"),
        ({"kind": "sigmoid", "middle": 1, "slope": 0}, "here: the slope of a sigmoid is 0"),
        ({"kind": "linear", "slope": 0.0}, "the slope of a line is 0"),
        ({"kind": "clipped", "zero": 1, "one": 1}, "zero and one of a clipped line are both 1"),
        ({"kind": "threshold"}, "a threshold needs least or most"),
        ({"kind": "threshold", "least": 2, "most": 1}, "least is 2, above its most, 1; swap"),
    ],
)
def test_bad_transforms(entries: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(**entries)


ANY = st.floats(-1e6, 1e6)
WIDTHS = st.floats(1e-3, 1e3)


def test_a_gaussian_at_known_points() -> None:
    bell = Gaussian(2, 0.5)
    assert bell(2) == 1
    assert bell(2.5) == bell(1.5) == pytest.approx(math.exp(-0.5))
    assert bell(3) == pytest.approx(math.exp(-2))


@given(ANY, WIDTHS, ANY)
def test_halves_make_the_whole(mean: float, width: float, value: float) -> None:
    low, high = MinGaussian(mean, width)(value), MaxGaussian(mean, width)(value)
    assert low * high == Gaussian(mean, width)(value)
    assert low == 1 if value <= mean else high == 1


@given(ANY, WIDTHS, st.lists(ANY, min_size=2, max_size=5))
def test_curves_keep_their_direction_and_range(
    mean: float, width: float, values: list[float]
) -> None:
    values.sort()
    falling = [MinGaussian(mean, width)(value) for value in values]
    rising = [MaxGaussian(mean, width)(value) for value in values]
    clipped = [ClippedLine(0, width)(value) for value in values]
    assert falling == sorted(falling, reverse=True)
    assert rising == sorted(rising)
    assert clipped == sorted(clipped)
    assert all(0 <= score <= 1 for score in (*falling, *rising, *clipped))


def test_a_clipped_score_at_known_points() -> None:
    line = ClippedLine(0, 0.75)
    assert [line(value) for value in (-1, 0, 0.75, 2)] == [0, 0, 1, 1]
    assert line(0.3) == pytest.approx(0.4)
    assert ClippedLine(0, 1)(0.123) == 0.123


@pytest.mark.parametrize("transform", [Gaussian(0, 1), MinGaussian(0, 1), MaxGaussian(0, 1)])
def test_far_values_score_zero_without_an_error(transform: Transform) -> None:
    assert all(0 <= transform(value) <= 1 for value in (-1e150, 1e150))
    assert min(transform(-1e150), transform(1e150)) == 0


@pytest.mark.parametrize("kind", [Gaussian, MinGaussian, MaxGaussian])
@pytest.mark.parametrize("width", [0, -1, math.inf, math.nan])
def test_a_width_must_be_above_zero(kind: type[Gaussian], width: float) -> None:
    with pytest.raises(ConfigurationError, match=f"width of a Gaussian is {width}; give a finite"):
        kind(0, width)


@pytest.mark.parametrize("mean", [math.inf, math.nan])
def test_a_mean_must_be_finite(mean: float) -> None:
    with pytest.raises(ConfigurationError, match=f"mean of a Gaussian is {mean}"):
        Gaussian(mean, 1)
