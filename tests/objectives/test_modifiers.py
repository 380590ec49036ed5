import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.objectives.modifiers import Clipped, Gaussian, MaxGaussian, MinGaussian, Modifier

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
    clipped = [Clipped(width)(value) for value in values]
    assert falling == sorted(falling, reverse=True)
    assert rising == sorted(rising)
    assert clipped == sorted(clipped)
    assert all(0 <= score <= 1 for score in (*falling, *rising, *clipped))


def test_a_clipped_score_at_known_points() -> None:
    modifier = Clipped(0.75)
    assert [modifier(value) for value in (-1, 0, 0.75, 2)] == [0, 0, 1, 1]
    assert modifier(0.3) == pytest.approx(0.4)
    assert Clipped()(0.123) == 0.123


@pytest.mark.parametrize("modifier", [Gaussian(0, 1), MinGaussian(0, 1), MaxGaussian(0, 1)])
def test_far_values_score_zero_without_an_error(modifier: Modifier) -> None:
    assert all(0 <= modifier(value) <= 1 for value in (-1e150, 1e150))
    assert min(modifier(-1e150), modifier(1e150)) == 0


@pytest.mark.parametrize("kind", [Gaussian, MinGaussian, MaxGaussian])
@pytest.mark.parametrize("width", [0, -1, math.inf, math.nan])
def test_a_width_must_be_above_zero(kind: type[Gaussian], width: float) -> None:
    with pytest.raises(ConfigurationError, match=f"width of a Gaussian is {width}; give a finite"):
        kind(0, width)


@pytest.mark.parametrize("mean", [math.inf, math.nan])
def test_a_mean_must_be_finite(mean: float) -> None:
    with pytest.raises(ConfigurationError, match=f"mean of a Gaussian is {mean}"):
        Gaussian(mean, 1)


@pytest.mark.parametrize("threshold", [0, -0.5, math.inf, math.nan])
def test_a_threshold_must_be_above_zero(threshold: float) -> None:
    with pytest.raises(ConfigurationError, match=f"threshold of a clipped score is {threshold}"):
        Clipped(threshold)
