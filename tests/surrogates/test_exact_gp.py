import math
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.surrogates import ExactGPConfig, FittedSurrogate, fit_exact_gp
from latentbo.surrogates import sparse_gp as module


def data(n: int, d: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Points of the unit cube, and a smooth function of the first two of their dimensions."""
    generator = torch.Generator().manual_seed(seed)
    Z = torch.rand(n, d, generator=generator, dtype=torch.float64)
    return Z, (torch.sin(4.0 * Z[:, 0]) + Z[:, 1])[:, None]


def fit(Z: Tensor, Y: Tensor, **settings: Any) -> FittedSurrogate:
    return fit_exact_gp(Z, Y, ExactGPConfig(**settings))


def test_the_posterior_is_that_of_the_fitted_kernel() -> None:
    Z, Y = data(30, 3)
    new_Z, _ = data(7, 3, seed=1)
    surrogate = fit(Z, 5.0 + 2.0 * Y)
    kernel, noise = surrogate.model.covar_module, surrogate.noise
    with torch.no_grad():
        constant = float(surrogate.model.mean_module.constant)
        among = kernel(Z).to_dense() + noise * torch.eye(30, dtype=torch.float64)
        across = kernel(new_Z, Z).to_dense()
        targets = (5.0 + 2.0 * Y[:, 0] - surrogate.center) / surrogate.unit
        solved = torch.linalg.solve(among, torch.stack([targets - constant], 1))
        variance = 1.0 - (across * torch.linalg.solve(among, across.T).T).sum(1)
    mean, deviation = surrogate.predict(new_Z)
    expected = surrogate.center + surrogate.unit * (constant + across @ solved)[:, 0]
    assert mean.tolist() == pytest.approx(expected.tolist(), abs=1e-6)
    assert deviation.tolist() == pytest.approx((surrogate.unit * variance.sqrt()).tolist(), rel=0.1)


@pytest.mark.parametrize("d", [2, 20])
def test_dimensions_that_do_not_matter_do_not_hide_those_that_do(d: int) -> None:
    Z, Y = data(80, d)
    new_Z, new_Y = data(50, d, seed=1)
    surrogate = fit(Z, Y)
    assert surrogate.converged
    error = surrogate.predict(new_Z)[0] - new_Y[:, 0]
    assert error.square().mean() < 0.05 * new_Y.var()


def test_lengthscales_start_in_proportion_to_the_root_of_the_dimensions() -> None:
    first = [
        fit(*data(5, d), max_iterations=1).model.covar_module.lengthscale_prior.mode
        for d in (4, 100)
    ]
    assert float(first[1] / first[0]) == pytest.approx(5.0)


def test_a_part_of_the_rows_is_fitted_and_all_are_known() -> None:
    Z, Y = data(60, 2)
    surrogate = fit(Z, Y, max_fit=20)
    assert len(surrogate.model.train_targets) == 60
    assert (surrogate.predict(Z)[0] - Y[:, 0]).abs().max() < 0.1


def test_a_failing_fit_is_reported_and_leaves_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("not positive definite")

    monkeypatch.setattr(module, "fit_gpytorch_mll_scipy", fail)
    Z, Y = data(20, 2)
    surrogate = fit(Z, Y)
    assert not surrogate.converged
    assert math.isfinite(surrogate.lengthscale)
    assert surrogate.predict(Z)[0].isfinite().all()


def test_constant_values_are_no_obstacle() -> None:
    Z, Y = data(10, 2)
    mean, _ = fit(Z, torch.full_like(Y, 3.0)).predict(Z)
    assert mean.tolist() == pytest.approx([3.0] * 10)


def test_wrong_input_is_refused() -> None:
    Z, Y = data(10, 2)
    with pytest.raises(ValueError, match="finite and of double precision"):
        fit(Z, torch.full_like(Y, math.nan))
    with pytest.raises(ConfigurationError, match="max_fit must be at least 1, not 0"):
        ExactGPConfig(max_fit=0)
