"""Sparse Gaussian process (SGPR) on standardised targets, in double precision.

The posterior is Titsias' variational sparse GP in its collapsed form (gpytorch's
`InducingPointKernel` with the trace term added to the marginal likelihood), wrapped as a botorch
model. Inducing points are chosen among the data by pivoted Cholesky under the prior kernel.

References:
    Titsias, "Variational Learning of Inducing Variables in Sparse Gaussian Processes", AISTATS 2009.
    Hvarfner et al., "Vanilla Bayesian Optimization Performs Great in High Dimensions", ICML 2024
    (the dimension-scaled lengthscale prior).
"""

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # botorch's import uses torch.jit.script, which newer torch deprecates aloud.
    warnings.simplefilter("ignore")
    import gpytorch
    from botorch.exceptions import InputDataWarning
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Standardize
    from botorch.models.utils.gpytorch_modules import (
        get_covar_module_with_dim_scaled_prior,
        get_gaussian_likelihood_with_lognormal_prior,
    )
    from botorch.models.utils.inducing_point_allocators import GreedyVarianceReduction
    from botorch.optim.fit import fit_gpytorch_mll_scipy

from latentbo.errors import ConfigurationError

__all__ = ["FittedSurrogate", "SparseGPConfig", "fit_sparse_gp"]


@dataclass(frozen=True)
class SparseGPConfig:
    """Settings of the sparse GP.

    Args:
        num_inducing: Most inducing points; with fewer data each one is an inducing point.
        max_iterations: Of L-BFGS on the collapsed bound.

    Raises:
        ConfigurationError: If a value is not positive.
    """

    num_inducing: int = 150
    max_iterations: int = 50

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ConfigurationError(f"{name} must be at least 1, not {value}")


@dataclass(frozen=True)
class FittedSurrogate:
    """A fitted model and how the fit went.

    Args:
        model: The botorch model; its posterior is in the unit of `train_Y`.
        converged: Whether L-BFGS ended without an error; if not, the hyperparameters are those of
            the priors' modes.
        lengthscale: Median lengthscale over the dimensions.
        noise: Noise variance, in units of the targets' variance.
    """

    model: Any
    converged: bool
    lengthscale: float
    noise: float


def fit_sparse_gp(train_Z: Tensor, train_Y: Tensor, config: SparseGPConfig) -> FittedSurrogate:
    """Fit a sparse GP.

    Args:
        train_Z: An `n x d`-dim double tensor of codes, scaled to about the unit cube.
        train_Y: An `n x 1`-dim double tensor of values, in any unit.
        config: Settings.

    Returns:
        The fitted surrogate. A fit that fails numerically is reported, not raised: the GP with its
        initial hyperparameters is still a model.

    Raises:
        ValueError: If the shapes do not agree, or the data are not double or not finite.
    """
    _check(train_Z, train_Y)
    with warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        model = _build(train_Z, train_Y, config)
        initial = {name: value.clone() for name, value in model.state_dict().items()}
        mll = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
        try:
            options = {"maxiter": config.max_iterations}
            fit_gpytorch_mll_scipy(mll, options=options)
            converged = all(bool(torch.isfinite(p).all()) for p in model.parameters())
        except (RuntimeError, ValueError):
            # NotPSDError and NanError of linear_operator are RuntimeErrors.
            converged = False
        if not converged:
            model.load_state_dict(initial)
    model.eval()
    kernel = model.covar_module.base_kernel
    return FittedSurrogate(
        model,
        converged,
        float(kernel.lengthscale.detach().median()),
        float(model.likelihood.noise.detach()),
    )


def _check(train_Z: Tensor, train_Y: Tensor) -> None:
    if train_Z.ndim != 2 or train_Y.shape != (len(train_Z), 1):
        raise ValueError(
            f"expected train_Z of shape n x d and train_Y of shape n x 1, got "
            f"{tuple(train_Z.shape)} and {tuple(train_Y.shape)}"
        )
    for name, tensor in (("train_Z", train_Z), ("train_Y", train_Y)):
        if tensor.dtype != torch.float64 or not torch.isfinite(tensor).all():
            raise ValueError(f"{name} must be finite and of double precision")


def _build(train_Z: Tensor, train_Y: Tensor, config: SparseGPConfig) -> Any:
    warnings.simplefilter("ignore", InputDataWarning)
    kernel = get_covar_module_with_dim_scaled_prior(ard_num_dims=train_Z.shape[1])
    kernel = kernel.to(train_Z)
    inducing = GreedyVarianceReduction().allocate_inducing_points(
        inputs=train_Z,
        covar_module=kernel,
        num_inducing=min(config.num_inducing, len(train_Z)),
        input_batch_shape=torch.Size([]),
    )
    likelihood = get_gaussian_likelihood_with_lognormal_prior()
    sparse = gpytorch.kernels.InducingPointKernel(kernel, inducing.clone(), likelihood)
    # Moving d x m inducing coordinates by gradient costs most of the fit and gains little here.
    sparse.inducing_points.requires_grad_(False)
    return SingleTaskGP(
        train_Z,
        train_Y,
        covar_module=sparse,
        likelihood=likelihood,
        outcome_transform=Standardize(m=1),
    ).to(train_Z)
