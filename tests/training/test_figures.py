import math
from io import BytesIO

import pytest
import torch
from matplotlib.image import imread
from scipy.stats import cramervonmises

from latentbo.priors import GaussianMixturePrior
from latentbo.training.figures import ks_by_dimension, latent_png, samples_png

PRIOR = GaussianMixturePrior.one_hot(5, scale=2.0)


def test_ks_by_dimension_is_a_scaled_cramer_von_mises_statistic() -> None:
    codes = PRIOR.sample(200, torch.Generator().manual_seed(0)).double()

    def cdf(values: object, j: int) -> object:
        points = torch.zeros(200, 5, dtype=torch.float64)
        points[:, j] = torch.as_tensor(values)
        return PRIOR.to(dtype=torch.float64).marginal_cdf(points)[:, j].numpy()

    found = ks_by_dimension(codes, PRIOR)
    for j in range(5):
        statistic = cramervonmises(codes[:, j].numpy(), lambda v, j=j: cdf(v, j)).statistic
        # Over its expectation 1 / 6N - 1 / 12N^2; the statistic has 1 / 12N more.
        term = (statistic - 1 / 2400) / 200
        assert float(found[j]) == pytest.approx(term / (1 / 1200 - 1 / 480_000), rel=1e-6)


def test_shifted_dimension_stands_out() -> None:
    codes = PRIOR.sample(300, torch.Generator().manual_seed(0))
    codes[:, 3] += 1
    found = ks_by_dimension(codes, PRIOR)
    assert int(found.argmax()) == 3
    assert found[3] > 10 * found[[0, 1, 2, 4]].max()


@pytest.mark.parametrize("d", [1, 2, 6])
def test_pair_plot_of_any_number_of_dimensions(d: int) -> None:
    prior = GaussianMixturePrior.standard_normal(d)
    codes = prior.sample(30, torch.Generator().manual_seed(0))
    first = latent_png(codes, prior)
    pixels = imread(BytesIO(first))
    size = min(d, 4)
    assert pixels.shape[1] == round((2.3 * size + 0.4) * 130)
    assert first == latent_png(codes, prior)  # a function of the codes


def test_pair_plot_of_two_codes_and_of_outliers() -> None:
    assert latent_png(torch.full((2, 5), 3.0), PRIOR).startswith(b"\x89PNG")
    assert latent_png(torch.tensor([[1e4] * 5, [0.0] * 5]), PRIOR).startswith(b"\x89PNG")


@pytest.mark.parametrize("number", [1, 6, 7, 24, 30])
def test_grid_has_the_rows_it_needs(number: int) -> None:
    pixels = imread(BytesIO(samples_png(["c1ccccc1O"] * number, molecular=True)))
    rows = min(4, math.ceil(number / 6))
    assert pixels.shape[:2] == (250 * rows, 6 * 290)


def test_no_samples_are_said_to_be_none() -> None:
    for molecular in (True, False):
        assert samples_png([], molecular).startswith(b"\x89PNG")


def test_text_is_drawn_as_it_is() -> None:
    plain = samples_png(["x+1", "sin(x)"], molecular=False)
    assert plain.startswith(b"\x89PNG")
    assert samples_png(["$x_1$ \\frac{", "x" * 500], molecular=False) != plain
