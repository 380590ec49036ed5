import pytest
import torch

from latentbo.priors import GaussianMixturePrior
from latentbo.training.config import NOISE_LEVELS
from latentbo.training.noise import interpolated, noisy_codes

PRIOR = GaussianMixturePrior.one_hot(4, scale=2.0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("levels", NOISE_LEVELS)
def test_noise_is_a_function_of_the_generator(levels: str) -> None:
    codes = PRIOR.sample(50, generator(9))
    first, second, other = (
        noisy_codes(codes, PRIOR, 0.5, levels, generator(seed)) for seed in (0, 0, 1)
    )
    assert first.equal(second)
    assert not first.equal(other)
    assert first.shape == codes.shape


@pytest.mark.parametrize("levels", NOISE_LEVELS)
def test_without_noise_codes_stay(levels: str) -> None:
    codes = PRIOR.sample(50, generator(9))
    torch.testing.assert_close(noisy_codes(codes, PRIOR, 0.0, levels, generator()), codes)


def test_fixed_and_uniform_noise_have_their_spread() -> None:
    codes = torch.zeros(20_000, 4)
    fixed = noisy_codes(codes, PRIOR, 0.5, "fixed", generator())
    assert float(fixed.std()) == pytest.approx(0.5, rel=0.02)
    uniform = noisy_codes(codes, PRIOR, 0.6, "uniform", generator())
    assert float(uniform.std()) == pytest.approx(0.6 / 3**0.5, rel=0.02)
    assert float(uniform.std(1).max()) < 0.6 * 3


@pytest.mark.parametrize("level", [0.0, 0.4, 0.9, 1.0])
def test_codes_of_the_prior_keep_its_moments_at_every_level(level: float) -> None:
    codes = PRIOR.sample(50_000, generator(3))
    moved = interpolated(codes, PRIOR, torch.full((len(codes), 1), level), generator())
    torch.testing.assert_close(moved.mean(0), PRIOR.mean, atol=0.02, rtol=0)
    torch.testing.assert_close(moved.T.cov(correction=0), PRIOR.covariance, atol=0.05, rtol=0)


def test_level_1_is_the_prior_whatever_the_code() -> None:
    levels = torch.ones(30, 1)
    first, second = (
        interpolated(torch.full((30, 4), value), PRIOR, levels, generator()) for value in (0.0, 7.0)
    )
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(first, PRIOR.sample(30, generator()))


def test_gradients_reach_the_codes() -> None:
    codes = PRIOR.sample(8, generator()).requires_grad_()
    for levels in NOISE_LEVELS:
        (gradient,) = torch.autograd.grad(
            noisy_codes(codes, PRIOR, 0.5, levels, generator()).sum(), codes
        )
        assert (gradient > 0).all()
