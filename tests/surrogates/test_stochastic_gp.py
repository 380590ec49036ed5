from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.surrogates import (
    Hyperparameters,
    ModernGPConfig,
    SparsePosterior,
    StochasticGPConfig,
    fit_modern_gp,
    fit_stochastic_gp,
)
from latentbo.surrogates.initialization import (
    fitted_noise,
    maximize,
    median_hyperparameters,
    standardization,
)
from latentbo.surrogates.marginal_likelihood import log_marginal_likelihood
from latentbo.surrogates.minibatches import MiniBatches, train_hyperparameters
from latentbo.surrogates.modern_gp import cluster_means, log_prior
from latentbo.surrogates.sparse_posterior import ard_kernel

NOISE = 0.1


def data(n: int = 400, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Four dimensions, of which the last two do not matter; noise of standard deviation 0.1."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    noise = NOISE * torch.randn(n, generator=generator, dtype=torch.float64)
    return codes, -5 + (1.5 * codes[:, 0]).sin() + 0.5 * codes[:, 1].square() + noise


def fit(kind: str, codes: Tensor, values: Tensor, **changes: Any) -> SparsePosterior:
    start, seed = changes.pop("start", None), changes.pop("seed", 0)
    if kind == "published":
        config = StochasticGPConfig(**{"num_inducing": 60, "batch_size": 100} | changes)
        return fit_stochastic_gp(codes, values, config, seed, start)
    few: dict[str, Any] = {"num_inducing": 60, "batch_size": 100, "epochs": 15}
    return fit_modern_gp(codes, values, ModernGPConfig(**few | changes), seed, start)


def rmse(posterior: SparsePosterior) -> float:
    codes, values = data(300, seed=1)
    return float((posterior.predict(codes)[0] - values).square().mean().sqrt())


def log_likelihood(posterior: SparsePosterior) -> float:
    return float(posterior.log_density(*data(300, seed=1)).mean())


def test_the_published_settings_are_the_defaults() -> None:
    config = StochasticGPConfig()
    assert (config.num_inducing, config.epochs, config.batch_size) == (500, 50, 5000)
    assert config.learning_rate == 5e-4
    assert not config.standardize


@pytest.mark.parametrize("kind", ["published", "modern"])
def test_it_predicts_better_than_a_constant(kind: str) -> None:
    codes, values = data()
    posterior = fit(kind, codes, values, epochs=10)
    assert rmse(posterior) < 0.4 * float(values.std())
    assert log_likelihood(posterior) > -0.3


def test_the_modern_one_finds_the_noise_and_the_dimensions_that_matter() -> None:
    posterior = fit("modern", *data(1000), epochs=30)
    assert rmse(posterior) < 1.6 * NOISE
    assert posterior.noise_variance == pytest.approx(NOISE**2, rel=0.5)
    lengthscale = posterior.hyperparameters.lengthscale
    assert lengthscale[2:].min() > 2 * lengthscale[:2].max()
    assert log_likelihood(posterior) > log_likelihood(fit("published", *data(1000), epochs=5))


def test_epochs_raise_the_marginal_likelihood() -> None:
    codes, values = data()
    start = median_hyperparameters(codes[:60], codes, values)
    plan = MiniBatches(epochs=20, batch_size=100, learning_rate=1e-2, refresh=2)
    trained = train_hyperparameters(codes, values, start, plan, torch.Generator().manual_seed(0))
    before, after = (log_marginal_likelihood(codes, values, h) for h in (start, trained))
    assert after > before + 100
    assert not torch.equal(trained.inducing, start.inducing)


def test_full_batches_follow_the_gradient_of_the_marginal_likelihood() -> None:
    codes, values = data(100)
    start = median_hyperparameters(codes[:20], codes, values)
    plan = MiniBatches(epochs=1, batch_size=100, learning_rate=1e-6, refresh=1)
    trained = train_hyperparameters(codes, values, start, plan, torch.Generator())
    logs = torch.cat(
        [start.lengthscale.log(), start.outputscale.log()[None], start.noise.log()[None]]
    )
    logs.requires_grad_()
    h = Hyperparameters(start.inducing, logs[:4].exp(), logs[4].exp(), logs[5].exp())
    (gradient,) = torch.autograd.grad(log_marginal_likelihood(codes, values, h), logs)
    moved = torch.cat([trained.lengthscale, trained.outputscale[None], trained.noise[None]]).log()
    # Adam's first step is the sign of the gradient.
    assert torch.equal((moved - logs.detach()).sign(), gradient.sign())


@pytest.mark.parametrize("kind", ["published", "modern"])
def test_the_same_arguments_give_the_same_posterior(kind: str) -> None:
    codes, values = data(120)
    torch.manual_seed(1)
    first = fit(kind, codes, values, epochs=3)
    torch.manual_seed(2)
    second = fit(kind, codes, values, epochs=3)
    assert torch.equal(first.weights, second.weights)
    assert torch.equal(first.reduction, second.reduction)
    other = fit(kind, codes, values, epochs=3, seed=1)
    assert not torch.equal(first.weights, other.weights)


@pytest.mark.parametrize("kind", ["published", "modern"])
def test_a_refit_goes_on_from_the_earlier_fit(kind: str) -> None:
    codes, values = data()
    first = fit(kind, codes[:300], values[:300], epochs=5)
    none = fit(kind, codes, values, refit_epochs=0, start=first)
    expected = first.hyperparameters.inducing
    torch.testing.assert_close(none.hyperparameters.inducing, expected, rtol=1e-6, atol=1e-6)
    # The data are the new ones, even without an epoch.
    assert not torch.allclose(none.weights, first.weights)
    some = fit(kind, codes, values, refit_epochs=2, start=first)
    moved = (some.hyperparameters.inducing - expected).abs().max()
    assert 0 < moved < 0.2


def test_progress_is_told_after_each_epoch() -> None:
    seen: list[int] = []
    codes, values = data(50)
    fit_stochastic_gp(codes, values, StochasticGPConfig(20, epochs=3), 0, progress=seen.append)
    assert seen == [1, 2, 3]


@pytest.mark.parametrize("kind", ["published", "modern"])
def test_awkward_data(kind: str) -> None:
    codes, values = data(30)
    codes[:, 3] = 2.0
    codes[10:20] = codes[:10]
    for targets in (values, torch.full_like(values, -5.0), values * 1e6, values * 1e-6):
        posterior = fit(kind, codes.float(), targets, epochs=2)
        mean, deviation = posterior.predict(codes)
        assert torch.isfinite(mean).all()
        assert torch.isfinite(deviation).all()
        errors = (mean - targets).abs().max() / targets.abs().max()
        assert errors < 1


def test_two_rows_are_enough_and_one_is_not() -> None:
    codes, values = data(2)
    assert torch.isfinite(fit("published", codes, values, epochs=1).predict(codes)[0]).all()
    with pytest.raises(ConfigurationError, match="at least 2 labelled strings, not 1"):
        fit("published", codes[:1], values[:1])


@pytest.mark.parametrize("kind", ["published", "modern"])
def test_unusable_data_are_refused(kind: str) -> None:
    codes, values = data(20)
    broken = values.clone()
    broken[3] = torch.nan
    with pytest.raises(ConfigurationError, match="some values are not finite"):
        fit(kind, codes, broken)
    with pytest.raises(ConfigurationError, match="some codes are not finite"):
        fit(kind, codes / 0, values)
    with pytest.raises(ValueError, match=r"train_Y of shape n, got \(20, 4\) and \(20, 1\)"):
        fit(kind, codes, values[:, None])


@pytest.mark.parametrize("config", [StochasticGPConfig, ModernGPConfig])
def test_wrong_settings_are_refused(config: Any) -> None:
    for name in ("num_inducing", "batch_size"):
        with pytest.raises(ConfigurationError, match=f"{name} must be at least 1, not 0"):
            config(**{name: 0})
    for name in ("epochs", "refit_epochs"):
        with pytest.raises(ConfigurationError, match=f"{name} must be at least 0, not -1"):
            config(**{name: -1})
    with pytest.raises(ConfigurationError, match="learning_rate must be positive and finite"):
        config(learning_rate=0)


def test_the_fitted_noise_is_a_maximum() -> None:
    codes, values = data(200)
    start = median_hyperparameters(codes[:50], codes, values)
    best = fitted_noise(codes, values, start)
    assert torch.equal(best.lengthscale, start.lengthscale)

    def at(factor: float) -> float:
        h = Hyperparameters(best.inducing, best.lengthscale, best.outputscale, best.noise * factor)
        return log_marginal_likelihood(codes, values, h).item()

    assert at(1.0) > max(at(0.8), at(1.25))


def test_maximize_finds_a_maximum_within_its_limit() -> None:
    start = torch.zeros(2, dtype=torch.float64)
    target = torch.tensor([1.0, 30.0], dtype=torch.float64)
    found = maximize(lambda x: -(x - target).square().sum(), start, 50, limit=10)
    torch.testing.assert_close(found, torch.tensor([1.0, 10.0], dtype=torch.float64))


def test_median_and_standardization_by_hand() -> None:
    codes = torch.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]], dtype=torch.float64)
    values = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    h = median_hyperparameters(codes[:2], codes, values)
    assert h.lengthscale.tolist() == [5.0, 5.0]  # distances of zero do not count
    assert h.outputscale.item() == pytest.approx(14 / 3)
    assert h.noise.item() == pytest.approx(0.5)
    assert standardization(values) == (2.0, 1.0)
    assert standardization(torch.full((3,), 7.0)) == (7.0, 1.0)


def test_cluster_means_are_means_and_explain_more_than_random_points() -> None:
    codes, values = data(300)
    h = median_hyperparameters(codes[:1], codes, values)
    means = cluster_means(codes, 20)
    nearest = torch.cdist(codes, cluster_means(codes, 20, iterations=99)).argmin(1)
    centres = torch.stack([codes[nearest == k].mean(0) for k in range(20)])
    torch.testing.assert_close(cluster_means(codes, 20, iterations=100), centres)

    def unexplained(points: Tensor) -> float:
        cross = ard_kernel(codes, points, h)
        inner = ard_kernel(points, points, h) + 1e-9 * torch.eye(len(points)).double()
        explained = cross @ torch.linalg.solve(inner, cross.T)
        return float((h.outputscale - explained.diagonal()).sum())

    assert unexplained(means) < 0.9 * unexplained(codes[:20])
    assert torch.equal(cluster_means(codes, 300), codes)
    assert torch.isfinite(cluster_means(codes[:1].expand(50, 4), 7)).all()


def test_the_prior_of_lengthscales_is_log_normal() -> None:
    lengthscale = torch.tensor([0.5, 3.0, 8.0], dtype=torch.float64)
    location = 2**0.5 + 0.5 * torch.tensor(3.0).log().double()
    reference = torch.distributions.LogNormal(location, torch.tensor(3.0).sqrt().double())
    ours = log_prior(lengthscale) - log_prior(lengthscale.flip(0) * 2)
    expected = reference.log_prob(lengthscale) - reference.log_prob(lengthscale.flip(0) * 2)
    torch.testing.assert_close(ours, expected.sum(), rtol=1e-5, atol=1e-5)
