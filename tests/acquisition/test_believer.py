import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from torch import Tensor

from latentbo.acquisition import (
    BelievedPosterior,
    believer_batch,
    log_expected_improvement,
)
from latentbo.surrogates import Hyperparameters, SparsePosterior, condition_on

BOUNDS = torch.tensor([[-2.0, -1.0, -2.0], [2.0, 1.5, 2.0]], dtype=torch.float64)


def double(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


@pytest.fixture
def posterior() -> SparsePosterior:
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(60, 3, generator=generator, dtype=torch.float64)
    values = codes[:, 0].sin() - codes[:, 1].square()
    scales = (torch.full((3,), 0.9).double(), double(0.8), double(0.02))
    return condition_on(codes, values, Hyperparameters(codes[:15], *scales)).in_units(5.0, 2.0)


def in_box(n: int, seed: int = 1) -> Tensor:
    unit = torch.rand(n, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return BOUNDS[0] + unit * (BOUNDS[1] - BOUNDS[0])


@pytest.mark.parametrize("u", [-30.0, -8.0, -1.001, -0.999, 0.0, 2.0, 15.0])
def test_expected_improvement_is_the_integral(u: float) -> None:
    mean, sd, best = 1.0 + 0.5 * u, 0.5, 1.0
    density = stats.norm(mean, sd)
    # Scaled by the density at its largest point of use, so that it does not vanish.
    peak = max(mean, best)
    scale = density.logpdf(peak)
    integral, _ = integrate.quad(
        lambda f: (f - best) * math.exp(density.logpdf(f) - scale),
        best,
        peak + 40 * sd / max(1.0, -u),
        epsabs=0,
    )
    ours = log_expected_improvement(double(mean), double(sd**2), best)
    assert ours.item() == pytest.approx(math.log(integral) + scale, rel=1e-6)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_its_logarithm_and_gradient_are_finite_and_rise_with_the_mean(m: float, sd: float) -> None:
    mean = double(m).requires_grad_()
    variance = double(sd**2).requires_grad_()
    value = log_expected_improvement(mean, variance, 0.0)
    gradients = torch.autograd.grad(value, (mean, variance))
    assert torch.isfinite(value)
    assert all(torch.isfinite(gradient) for gradient in gradients)
    assert gradients[0] > 0


@pytest.mark.parametrize("u", [-1e4, -1.0])
def test_it_is_smooth_where_its_formulas_meet(u: float) -> None:
    means = torch.tensor([u * (1 - 1e-9), u * (1 + 1e-9)], dtype=torch.float64).requires_grad_()
    values = log_expected_improvement(means, torch.ones(2).double(), 0.0)
    (slopes,) = torch.autograd.grad(values.sum(), means)
    torch.testing.assert_close(values[0], values[1], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-4, atol=1e-4)


def conditioned(posterior: SparsePosterior, picks: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Brute force: condition the joint normal distribution on the means at the picks."""
    noise = posterior.noise_variance * torch.eye(len(picks)).double()
    inner = posterior.covariance(picks, picks) + noise
    cross = posterior.covariance(codes, picks)
    prior, at_picks = posterior.moments(codes)[0], posterior.moments(picks)[0]
    values = at_picks.clone()  # what is believed
    mean = prior + cross @ torch.linalg.solve(inner, values - at_picks)
    covariance = posterior.covariance(codes, codes) - cross @ torch.linalg.solve(inner, cross.T)
    return mean, covariance.diagonal()


def test_believing_is_conditioning_on_the_mean(posterior: SparsePosterior) -> None:
    picks, codes = in_box(6), in_box(20, seed=2)
    picks[3] = picks[2] + 1e-3  # nearly a repetition
    believed = BelievedPosterior(posterior)
    for number, pick in enumerate(picks, start=1):
        believed.add(pick)
        mean, variance = believed.moments(codes)
        expected_mean, expected_variance = conditioned(posterior, picks[:number], codes)
        torch.testing.assert_close(mean, expected_mean)
        torch.testing.assert_close(variance, expected_variance, rtol=1e-7, atol=1e-9)


def test_gradients_of_the_believed_moments(posterior: SparsePosterior) -> None:
    believed = BelievedPosterior(posterior)
    for pick in in_box(3):
        believed.add(pick)
    assert torch.autograd.gradcheck(believed.moments, (in_box(2, seed=3).requires_grad_(),))


def test_the_cached_update_is_the_last_projection(posterior: SparsePosterior) -> None:
    believed, codes = BelievedPosterior(posterior), in_box(9, seed=2)
    k = posterior.to_inducing(codes)
    cached = torch.empty(0, 9).double()
    for pick in in_box(4):
        believed.add(pick)
        cached = torch.cat([cached, believed.last_projection(codes, k, cached)[None]])
        torch.testing.assert_close(cached, believed.projections(codes, k))


def greedy(posterior: SparsePosterior, candidates: Tensor, best_f: float, q: int) -> Tensor:
    """Brute force without climbing."""
    picks = torch.empty(0, 3).double()
    for _ in range(q):
        mean, variance = posterior.moments(candidates)
        if len(picks):
            mean, variance = conditioned(posterior, picks, candidates)
        row = log_expected_improvement(mean, variance, best_f).argmax()
        picks = torch.cat([picks, candidates[row][None]])
        best_f = max(best_f, mean[row].item())
    return picks


def test_a_batch_without_climbing_is_the_greedy_one(posterior: SparsePosterior) -> None:
    candidates = in_box(200)
    batch = believer_batch(posterior, candidates, BOUNDS, 5.5, 8, max_iterations=0)
    assert torch.equal(batch, greedy(posterior, candidates, 5.5, 8))


def test_climbing_stays_in_the_box_and_gains(posterior: SparsePosterior) -> None:
    candidates = in_box(20)
    rough = believer_batch(posterior, candidates, BOUNDS, 5.5, 4, max_iterations=0)
    batch = believer_batch(posterior, candidates, BOUNDS, 5.5, 4)
    assert (batch >= BOUNDS[0]).all()
    assert (batch <= BOUNDS[1]).all()
    values = [
        log_expected_improvement(*posterior.moments(points[:1]), 5.5).item()
        for points in (rough, batch)
    ]
    assert values[1] > values[0] + 0.01
    assert torch.pdist(batch).min() > 0.05  # the believer spreads a batch
    assert torch.equal(batch, believer_batch(posterior, candidates, BOUNDS, 5.5, 4))


def test_a_dimension_without_width_is_no_problem(posterior: SparsePosterior) -> None:
    bounds = BOUNDS.clone()
    bounds[1, 1] = bounds[0, 1]
    candidates = in_box(20)
    candidates[:, 1] = bounds[0, 1]
    batch = believer_batch(posterior, candidates, bounds, 5.5, 3)
    assert (batch[:, 1] == bounds[0, 1]).all()
