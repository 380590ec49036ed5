from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.models import (
    ImageAutoencoder,
    ImageNetworkConfig,
    TrainedImageModel,
    fit_density,
)
from latentbo.models import load_model, save_model
from latentbo.priors import GaussianMixturePrior

pytest.importorskip("sklearn")


def draw(prior: GaussianMixturePrior, n: int, seed: int = 0) -> Tensor:
    return prior.sample(n, torch.Generator().manual_seed(seed))


@pytest.fixture
def clusters() -> Tensor:
    """Three clusters of standard deviation 0.3, far from each other."""
    means = torch.tensor([[4.0, 0.0], [-4.0, 0.0], [0.0, 4.0]])
    return draw(GaussianMixturePrior.spherical(means, 0.3), 900)


@pytest.fixture
def ring() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    angles = 2 * torch.pi * torch.rand(600, generator=generator)
    points = torch.stack([angles.cos(), angles.sin()], 1)
    return points + 0.05 * torch.randn(600, 2, generator=generator)


def test_one_component_has_the_moments_of_the_codes() -> None:
    codes = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    codes = codes @ torch.tensor([[2.0, 1.0, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 0.1]]) + 7
    density = fit_density(codes, 1)
    torch.testing.assert_close(density.mean, codes.mean(0))
    torch.testing.assert_close(density.covariance, codes.T.cov(correction=0), rtol=1e-4, atol=1e-4)


def test_a_mixture_finds_the_clusters(clusters: Tensor) -> None:
    density = fit_density(clusters, 3)
    found = density.means[density.means[:, 0].argsort()]
    expected = torch.tensor([[-4.0, 0.0], [0.0, 4.0], [4.0, 0.0]])
    torch.testing.assert_close(found, expected, rtol=0, atol=0.1)
    torch.testing.assert_close(density.variances.sqrt(), torch.full((3, 2), 0.3), rtol=0.2, atol=0)
    torch.testing.assert_close(density.weights, torch.full((3,), 1 / 3), rtol=0.2, atol=0)


def test_a_mixture_is_a_better_density_of_unseen_codes_than_a_gaussian(ring: Tensor) -> None:
    likelihood = [float(fit_density(ring[:300], k).log_prob(ring[300:]).mean()) for k in (1, 4, 10)]
    assert likelihood[0] + 0.3 < likelihood[1] < likelihood[2]
    radii = draw(fit_density(ring, 10), 1000).norm(dim=1)
    assert 0.9 < float(radii.mean()) < 1.1
    assert float(radii.std()) < 0.15


@settings(max_examples=settings().max_examples // 7)
@given(st.floats(-4, 4), st.floats(-4, 4), st.sampled_from([1, 3]))
def test_units_of_the_codes_do_not_matter(first: float, second: float, components: int) -> None:
    codes = torch.randn(60, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    factors = torch.tensor([10.0**first, 10.0**second], dtype=torch.float64)
    # Within the floor of a dimension's share of the largest deviation.
    factors = factors.clamp_min(0.01 * float(factors.max()))
    plain = fit_density(codes, components).log_prob(codes)
    scaled = fit_density(codes * factors, components).log_prob(codes * factors)
    torch.testing.assert_close(scaled + factors.log().sum(), plain, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("components", [1, 4])
def test_constant_and_repeated_dimensions_do_no_harm(components: int) -> None:
    codes = torch.randn(200, 5, generator=torch.Generator().manual_seed(0))
    codes[:, 1] = 3.0
    codes[:, 2] = codes[:, 0]
    codes[:, 3] *= 1e-8
    density = fit_density(codes, components)
    drawn = draw(density, 500)
    assert bool(density.log_prob(codes).isfinite().all())
    torch.testing.assert_close(drawn[:, 1], torch.full((500,), 3.0), rtol=0, atol=1e-4)
    torch.testing.assert_close(drawn[:, 2], drawn[:, 0], rtol=0, atol=0.05)
    assert float(drawn[:, 3].abs().max()) < 1e-4


@pytest.mark.parametrize("components", [1, 2])
def test_equal_codes_make_a_density_around_them(components: int) -> None:
    drawn = draw(fit_density(torch.full((30, 2), 5.0), components), 100)
    torch.testing.assert_close(drawn, torch.full((100, 2), 5.0), rtol=0, atol=0.05)


def test_as_many_codes_as_components(ring: Tensor) -> None:
    assert fit_density(ring[:4], 4).num_components == 4
    assert fit_density(ring.double(), 2).means.dtype == torch.float64


def test_the_seed_decides(ring: Tensor) -> None:
    one, same, other = (fit_density(ring, 10, seed).means for seed in (0, 0, 1))
    assert one.equal(same)
    assert not one.equal(other)


def test_a_model_samples_and_is_saved_with_it(ring: Tensor, tmp_path: Path) -> None:
    network = ImageAutoencoder(ImageNetworkConfig("mlp", size=8, num_dimensions=2, width=5))
    model = TrainedImageModel(network, fit_density(ring, 3))
    assert model.sample(4, component=2).shape == (4, 1, 8, 8)
    save_model(model, tmp_path)
    again = load_model(tmp_path, kind=TrainedImageModel).prior
    torch.testing.assert_close(again.log_prob(ring), model.prior.log_prob(ring))


def test_what_cannot_be_fitted_is_refused(ring: Tensor) -> None:
    with pytest.raises(ConfigurationError, match="num_components is 0; fit at least 1"):
        fit_density(ring, 0)
    with pytest.raises(InputError, match=r"3 codes are too few for 10 component.*at least 10"):
        fit_density(ring[:3], 10)
    with pytest.raises(InputError, match="1 codes are too few for 1"):
        fit_density(ring[:1], 1)
    with pytest.raises(InputError, match=r"codes are \(600,\).*n x d"):
        fit_density(ring[:, 0])
    with pytest.raises(InputError, match=r"torch.int64.*floating-point"):
        fit_density(ring.long())
    ring[3:5, 0] = torch.nan
    with pytest.raises(InputError, match="2 of 600 codes are not finite"):
        fit_density(ring)
