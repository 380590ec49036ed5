import math
import warnings
from typing import Any

import gpytorch
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from linear_operator.utils.errors import NotPSDError
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.surrogates import FittedSurrogate, SparseGPConfig, fit_sparse_gp
from latentbo.surrogates import sparse_gp as module
from latentbo.surrogates.conditioned import ConditionedGP


def smooth(Z: Tensor) -> Tensor:
    """A smooth function on the unit cube, `n x 1`."""
    return (torch.sin(3.0 * Z).sum(1) + Z[:, 0] * Z[:, -1])[:, None]


def data(n: int, d: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    Z = torch.rand(n, d, generator=generator, dtype=torch.float64)
    return Z, smooth(Z)


def fit(Z: Tensor, Y: Tensor, num_inducing: int = 150) -> FittedSurrogate:
    return fit_sparse_gp(Z, Y, SparseGPConfig(num_inducing))


def test_one_set_of_data_from_reading_to_prediction() -> None:
    Z, Y = data(40, 3)
    surrogate = fit(Z, Y)
    assert surrogate.converged
    assert surrogate.center == pytest.approx(Y.mean().item())
    assert surrogate.unit == pytest.approx(Y.std().item())
    assert surrogate.lengthscale > 0
    assert surrogate.noise > 0
    mean, deviation = surrogate.predict(Z)
    assert mean.shape == deviation.shape == (40,)
    assert mean.dtype == deviation.dtype == torch.float64
    assert not mean.requires_grad


@pytest.mark.parametrize("d", [2, 3, 4])
def test_the_posterior_interpolates_a_smooth_function(d: int) -> None:
    Z, Y = data(80, d)
    surrogate = fit(Z, Y)
    new_Z, new_Y = data(50, d, seed=1)
    mean, deviation = surrogate.predict(new_Z)
    error = (mean - new_Y[:, 0]).abs()
    assert (surrogate.predict(Z)[0] - Y[:, 0]).abs().max() < 0.05 * Y.std()
    assert error.mean() < 0.05 * Y.std()
    assert (error < 4 * deviation + 0.1 * Y.std()).all()


def test_gradients_are_those_of_the_mean() -> None:
    Z, Y = data(40, 3)
    surrogate = fit(Z, Y)
    points, _ = data(6, 3, seed=1)
    step = 1e-4
    gradients = surrogate.gradients(points)
    for column in range(3):
        shift = torch.zeros(3).double()
        shift[column] = step
        above, below = surrogate.predict(points + shift)[0], surrogate.predict(points - shift)[0]
        expected = (above - below) / (2 * step) / surrogate.unit
        torch.testing.assert_close(gradients[:, column], expected, atol=1e-3, rtol=1e-3)
    assert torch.equal(surrogate.gradients(points), gradients)  # also from its caches


def test_far_from_the_data_the_prior_is_left() -> None:
    Z, Y = data(30, 2)
    surrogate = fit(Z, Y)
    mean, far = surrogate.predict(torch.full((1, 2), 1e4, dtype=torch.float64))
    _, near = surrogate.predict(Z)
    assert far > 5 * near.max()
    assert mean.isfinite().all()


def exact_posterior(surrogate: FittedSurrogate, Z: Tensor, Y: Tensor, new_Z: Tensor) -> Any:
    """An exact GP with the surrogate's hyperparameters, by plain linear algebra."""
    kernel = surrogate.model.covar_module.base_kernel
    constant = surrogate.model.mean_module(Z[:1]).item()
    with torch.no_grad():
        K = kernel(Z).to_dense() + surrogate.noise * torch.eye(len(Z)).double()
        cross, prior = kernel(new_Z, Z).to_dense(), kernel(new_Z).to_dense()
        solved = torch.linalg.solve(K, cross.T)
        mean = constant + solved.T @ (surrogate.standardized(Y)[:, 0] - constant)
        variance = (prior - cross @ solved).diagonal()
    return surrogate.center + surrogate.unit * mean, surrogate.unit * variance.sqrt()


@pytest.mark.parametrize("seed", [0, 1])
def test_with_all_data_as_inducing_points_it_is_the_exact_gp(seed: int) -> None:
    Z, Y = data(25, 3, seed)
    noise = torch.randn(25, 1, generator=torch.Generator().manual_seed(seed)).double()
    Y = Y + 0.3 * noise
    surrogate = fit(Z, Y, num_inducing=25)
    assert surrogate.model.covar_module.inducing_points.shape == (25, 3)
    new_Z, _ = data(20, 3, seed + 10)
    mean, deviation = surrogate.predict(new_Z)
    expected_mean, expected_deviation = exact_posterior(surrogate, Z, Y, new_Z)
    torch.testing.assert_close(mean, expected_mean, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(deviation, expected_deviation, atol=2e-3, rtol=2e-2)


def test_it_predicts_by_the_model_that_it_was_fitted_to() -> None:
    """Titsias 2009, eq. 6 and 10, written out: few inducing points explain the data badly."""
    Z, Y = data(60, 3)
    surrogate = fit(Z, Y + 0.1 * torch.randn(60, 1).double(), num_inducing=6)
    new_Z = torch.cat([data(20, 3, seed=5)[0], Z[:3]])
    model = surrogate.model
    kernel, inducing = model.covar_module.base_kernel, model.covar_module.inducing_points
    with torch.no_grad():
        inner = kernel(inducing).to_dense() + 1e-8 * torch.eye(len(inducing)).double()
        cross, new = kernel(inducing, Z).to_dense(), kernel(inducing, new_Z).to_dense()
        noise, constant = surrogate.noise, model.mean_module.constant
        precision = inner + cross @ cross.T / noise
        targets = model.train_targets - constant
        mean = constant + new.T @ torch.linalg.solve(precision, cross @ targets) / noise
        explained = new.T @ (torch.linalg.inv(inner) - torch.linalg.inv(precision)) @ new
        variance = (kernel(new_Z).to_dense() - explained).diagonal()
    expected = surrogate.center + surrogate.unit * mean, surrogate.unit * variance.sqrt()
    torch.testing.assert_close(surrogate.predict(new_Z), expected, atol=1e-3, rtol=1e-3)
    # Exactly the training data take another way through gpytorch.
    torch.testing.assert_close(surrogate.predict(Z[:3])[0], expected[0][-3:], atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(surrogate.predict(Z)[0][:3], expected[0][-3:], atol=1e-3, rtol=1e-3)
    posterior = ConditionedGP(model).posterior(new_Z)
    with torch.no_grad():
        torch.testing.assert_close(posterior.mean[:, 0], mean, atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(posterior.variance[:, 0], variance, atol=1e-3, rtol=1e-3)


def test_the_prior_of_the_noise_counts_once() -> None:
    Z, Y = data(30, 2)
    model = fit(Z, Y).model
    names = [name for name, *_ in model.named_priors()]
    assert sorted(set(names)) == sorted(names)
    assert sum("noise" in name for name in names) == 1


def test_fewer_inducing_points_than_data() -> None:
    Z, Y = data(60, 2)
    points = fit(Z, Y, num_inducing=15).model.covar_module.inducing_points
    assert 1 <= len(points) <= 15
    matches = (points[:, None, :] == Z[None]).all(2).any(1)
    assert matches.all()
    assert len(points.unique(dim=0)) == len(points)


@given(scale=st.floats(1e-9, 1e9), offset=st.floats(-100.0, 100.0), sign=st.sampled_from([1, -1]))
@settings(max_examples=settings().max_examples // 25)
def test_an_affine_change_of_unit_changes_the_posterior_alike(
    scale: float, offset: float, sign: int
) -> None:
    Z, Y = data(20, 2)
    new_Z, _ = data(5, 2, seed=3)
    factor, shift = sign * scale, offset * scale
    mean, deviation = fit(Z, Y).predict(new_Z)
    other_mean, other_deviation = fit(Z, factor * Y + shift).predict(new_Z)
    # The optimum is found to the optimizer's tolerance, from values that differ by rounding.
    tolerance = 0.02 * scale * Y.std().item()
    torch.testing.assert_close(other_mean, factor * mean + shift, atol=tolerance, rtol=0)
    torch.testing.assert_close(other_deviation, scale * deviation, atol=tolerance, rtol=0)


def test_two_fits_are_equal_to_the_last_bit() -> None:
    Z, Y = data(50, 3)
    new_Z, _ = data(10, 3, seed=2)
    before = torch.random.get_rng_state()
    first, second = fit(Z, Y, 20), fit(Z.clone(), Y.clone(), 20)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.lengthscale == second.lengthscale
    for a, b in zip(first.predict(new_Z), second.predict(new_Z), strict=True):
        assert torch.equal(a, b)


def odd_data(name: str) -> tuple[Tensor, Tensor]:
    Z, Y = data(12, 3)
    one_large = Y.clone()
    one_large[0] = 1e300
    return {
        "constant": (Z, torch.full_like(Y, 7.5)),
        "zero": (Z, torch.zeros_like(Y)),
        "two rows": (Z[:2], Y[:2]),
        "one row": (Z[:1], Y[:1]),
        "one row repeated": (Z[:1].expand(12, 3).clone(), Y),
        "rows repeated": (torch.cat([Z, Z]), torch.cat([Y, Y])),
        "rows repeated, other values": (torch.cat([Z, Z]), torch.cat([Y, -Y])),
        "huge": (Z, Y * 1e300),
        "largest": (Z, Y / Y.abs().max() * 1.7e308),
        "one huge": (Z, one_large),
        "tiny": (Z, Y * 1e-300),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        *("constant", "zero", "two rows", "one row", "one row repeated", "rows repeated"),
        *("rows repeated, other values", "huge", "largest", "one huge", "tiny"),
    ],
)
def test_odd_data_give_a_finite_posterior(name: str) -> None:
    Z, Y = odd_data(name)
    surrogate = fit(Z, Y)
    mean, deviation = surrogate.predict(torch.cat([Z, Z + 0.1]))
    assert mean.isfinite().all()
    assert deviation.isfinite().all()
    assert (deviation >= 0).all()
    if name in ("constant", "zero"):
        torch.testing.assert_close(mean, Y[0].expand_as(mean), atol=1e-6, rtol=1e-6)


def test_small_units_are_no_constants() -> None:
    # Dissociation constants in mol/l, say: differences of 1e-9 are all there is.
    Z, Y = data(40, 2)
    mean, _ = fit(Z, 1e-9 * Y).predict(Z)
    assert torch.corrcoef(torch.stack([mean, Y[:, 0]]))[0, 1] > 0.99


class Failing:
    """Stands in for the fit: raises, or gives a result that is no number."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.calls = 0

    def __call__(self, mll: Any, **settings: Any) -> Any:
        self.calls += 1
        with torch.no_grad():
            for parameter in mll.parameters():
                if parameter.requires_grad:
                    parameter.fill_(math.nan)
        if self.error is not None:
            raise self.error
        return module.OptimizationStatus, settings


@pytest.mark.parametrize(
    "error", [NotPSDError("not positive definite"), RuntimeError("inf"), ValueError("nan")]
)
def test_a_failing_fit_is_reported_and_leaves_a_model(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing = Failing(error)
    monkeypatch.setattr(module, "fit_gpytorch_mll_scipy", failing)
    Z, Y = data(20, 2)
    surrogate = fit(Z, Y)
    assert failing.calls == 1
    assert not surrogate.converged
    assert math.isfinite(surrogate.lengthscale)
    mean, deviation = surrogate.predict(Z)
    assert mean.isfinite().all()
    assert deviation.isfinite().all()
    assert torch.corrcoef(torch.stack([mean, Y[:, 0]]))[0, 1] > 0.8


def test_a_bound_that_cannot_be_computed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    # botorch itself turns this into NaN and a warning, and leaves the line search to give up.
    def forward(self: Any, *inputs: Any, **settings: Any) -> Any:
        raise NotPSDError("not positive definite")

    monkeypatch.setattr(gpytorch.mlls.ExactMarginalLogLikelihood, "forward", forward)
    Z, Y = data(20, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        surrogate = fit(Z, Y)
    assert not surrogate.converged
    assert surrogate.predict(Z)[0].isfinite().all()


def test_an_unexpected_error_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "fit_gpytorch_mll_scipy", Failing(KeyError("a slip")))
    with pytest.raises(KeyError, match="a slip"):
        fit(*data(5, 2))


@pytest.mark.parametrize(
    ("Z_shape", "Y_shape", "message"),
    [
        ((5,), (5, 1), r"n x d .* got \(5,\) and \(5, 1\)"),
        ((5, 2), (5,), r"n x 1 .* got \(5, 2\) and \(5,\)"),
        ((5, 2), (4, 1), r"got \(5, 2\) and \(4, 1\)"),
        ((5, 2), (5, 2), r"got \(5, 2\) and \(5, 2\)"),
        ((0, 2), (0, 1), r"n, d >= 1, got \(0, 2\) and \(0, 1\)"),
        ((5, 0), (5, 1), r"n, d >= 1, got \(5, 0\) and \(5, 1\)"),
    ],
)
def test_wrong_shapes_are_refused(
    Z_shape: tuple[int, ...], Y_shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit(torch.zeros(Z_shape).double(), torch.zeros(Y_shape).double())


@pytest.mark.parametrize("name", ["train_Z", "train_Y"])
def test_single_precision_and_numbers_that_are_none_are_refused(name: str) -> None:
    good = dict(zip(("train_Z", "train_Y"), data(5, 2), strict=True))
    message = f"{name} must be finite and of double precision"
    for bad in (good[name].float(), good[name] * math.nan, good[name] / 0.0):
        given = {**good, name: bad}
        with pytest.raises(ValueError, match=message):
            fit(given["train_Z"], given["train_Y"])


@pytest.mark.parametrize("name", ["num_inducing", "max_iterations"])
def test_settings_must_be_positive(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be at least 1, not 0"):
        SparseGPConfig(**{name: 0})


def test_hyperparameters_of_some_rows_serve_all_rows() -> None:
    generator = torch.Generator().manual_seed(0)
    Z = torch.rand(240, 2, generator=generator, dtype=torch.float64)
    Y = (6 * Z[:, :1]).sin() + Z[:, 1:]
    # Without noise, long length and large variance are one fit.
    Y += 0.03 * torch.randn(Y.shape, generator=generator, dtype=torch.float64)
    some = fit_sparse_gp(Z[::2], Y[::2], SparseGPConfig(num_inducing=60))
    fitted = fit_sparse_gp(Z, Y, SparseGPConfig(num_inducing=60, max_fit=120))
    assert fitted.lengthscale == pytest.approx(some.lengthscale, rel=0.05)
    between = torch.rand(50, 2, generator=generator, dtype=torch.float64)
    truth = ((6 * between[:, :1]).sin() + between[:, 1:])[:, 0]
    mean, deviation = fitted.predict(between)
    assert (mean - truth).abs().max() < 0.05
    # The rows that the fit left out are known to the posterior all the same.
    assert deviation.mean() <= some.predict(between)[1].mean()


def described(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Codes and confidence that say nothing, 8 descriptors, and a quadratic function of these."""
    generator = torch.Generator().manual_seed(seed)
    Z = torch.rand(n, 6 + 2 + 8, generator=generator, dtype=torch.float64)
    Z[:, 8:] = 4.0 * Z[:, 8:] - 2.0
    target = torch.linspace(-1.0, 1.0, 8, dtype=torch.float64)
    return Z, -((Z[:, 8:] - target) ** 2).mean(1, keepdim=True)


def relative_error(surrogate: FittedSurrogate, Z: Tensor, Y: Tensor) -> float:
    mean, _ = surrogate.predict(Z)
    return float(((mean - Y[:, 0]) ** 2).mean().sqrt() / Y.std())


def test_a_quadratic_function_of_descriptors_is_learnt() -> None:
    Z, Y = described(120, 0)
    new_Z, new_Y = described(60, 1)
    with_descriptors = SparseGPConfig(120, num_confidence=2, num_descriptors=8)
    surrogate = fit_sparse_gp(Z, Y, with_descriptors)
    assert surrogate.converged
    error = relative_error(surrogate, new_Z, new_Y)
    assert error < 0.1
    # As a part of the code, they are nothing but more of its many dimensions.
    as_code = fit_sparse_gp(Z, Y, SparseGPConfig(120, num_confidence=2))
    assert error < 0.3 * relative_error(as_code, new_Z, new_Y)
    unseen = fit_sparse_gp(Z[:, :8].contiguous(), Y, SparseGPConfig(120, num_confidence=2))
    assert relative_error(unseen, new_Z[:, :8], new_Y) > 0.7


def test_a_quadratic_function_is_known_where_there_are_no_data() -> None:
    """That is what the search needs: it goes where the curves are better than all labelled ones."""
    Z, Y = described(160, 0)
    order = Y[:, 0].argsort()
    worse, best = order[:120], order[-10:]
    config = SparseGPConfig(120, num_confidence=2, num_descriptors=8)
    surrogate = fit_sparse_gp(Z[worse], Y[worse], config)
    mean, _ = surrogate.predict(Z[best])
    assert float(mean.mean()) > float(Y[worse].max())


@pytest.mark.parametrize("sizes", [(0, 0, 3), (2, 0, 3), (2, 2, 3)])
def test_gradients_through_descriptors_are_those_of_the_mean(sizes: tuple[int, int, int]) -> None:
    confidence, counts, descriptors = sizes
    Z, Y = data(30, 4 + sum(sizes))
    config = SparseGPConfig(
        30, num_confidence=confidence, num_counts=counts, num_descriptors=descriptors
    )
    surrogate = fit_sparse_gp(Z, Y, config)
    new_Z, _ = data(12, 4 + sum(sizes), seed=5)
    gradients = surrogate.gradients(new_Z)
    assert gradients.shape == new_Z.shape
    assert gradients.isfinite().all()
    step = torch.zeros_like(new_Z)
    step[:, -1] = 1e-4  # a descriptor
    means = [surrogate.predict(new_Z + sign * step)[0] for sign in (1, -1)]
    difference = (means[0] - means[1]) / 2e-4 / surrogate.unit
    torch.testing.assert_close(gradients[:, -1], difference, atol=1e-5, rtol=1e-5)
    assert gradients[:, -1].abs().max() > 0.001
    assert surrogate.gradients(Z[:8]).isfinite().all()


def test_descriptors_that_never_differ_do_no_harm() -> None:
    Z, Y = data(20, 2)
    constant = torch.cat([Z, torch.full((20, 3), 3.0).double()], 1)
    surrogate = fit_sparse_gp(constant, Y, SparseGPConfig(20, num_descriptors=3))
    assert surrogate.converged
    assert surrogate.predict(constant)[0].isfinite().all()
    assert surrogate.gradients(constant).isfinite().all()


@pytest.mark.parametrize("name", ["num_confidence", "num_counts", "num_descriptors"])
def test_columns_may_be_absent_but_not_negative(name: str) -> None:
    assert getattr(SparseGPConfig(**{name: 0}), name) == 0
    with pytest.raises(ConfigurationError, match=f"{name} must be at least 0, not -1"):
        SparseGPConfig(**{name: -1})


def test_gradients_at_the_training_data_are_right() -> None:
    generator = torch.Generator().manual_seed(0)
    Z = torch.rand(12, 3, generator=generator, dtype=torch.float64)
    fitted = fit_sparse_gp(Z, Z.square().sum(1, keepdim=True), SparseGPConfig())
    permuted = torch.randperm(12, generator=generator)
    torch.testing.assert_close(fitted.gradients(Z)[permuted], fitted.gradients(Z[permuted]))
