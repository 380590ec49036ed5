"""Exact Gaussian process on standardised targets, one lengthscale per dimension, in doubles.

The kernel is botorch's default: squared-exponential, each lengthscale with a log-normal prior whose
location grows with the square root of the number of dimensions, so that the fit starts from smooth
functions also in many dimensions.

References:
    Hvarfner, Hellsten and Nardi, "Vanilla Bayesian Optimization Performs Great in High
    Dimensions", ICML 2024.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # Importing botorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    from botorch.exceptions import InputDataWarning
    from botorch.models import SingleTaskGP

from latentbo.settings import check, setting
from latentbo.surrogates.repeated_noise import with_repeats
from latentbo.surrogates.repeats import Repeats
from latentbo.surrogates.sparse_gp import FittedSurrogate, check_data, maximize_likelihood
from latentbo.surrogates.targets import standardized_targets


@dataclass(frozen=True)
class ExactGPConfig:
    """Settings of the exact GP.

    Args:
        max_iterations: L-BFGS iterations on the marginal likelihood.
        max_fit: Maximum number of rows for fitting the hyperparameters (of more, every second,
            third, …); the posterior uses all rows.

    Raises:
        ConfigurationError: If a value is not positive.
    """

    max_iterations: int = setting(50, at_least=1)
    max_fit: int = setting(500, at_least=1)

    def __post_init__(self) -> None:
        check(self)


def fit_exact_gp(
    train_Z: Tensor, train_Y: Tensor, config: ExactGPConfig, repeats: Repeats | None = None
) -> FittedSurrogate:
    """Fit an exact GP.

    Args:
        train_Z: An `n x d`-dim double tensor of codes, scaled to about the unit cube.
        train_Y: An `n x 1`-dim double tensor of values, in any unit.
        config: Settings.
        repeats: Of the values, in their unit: number of measurements behind each mean; None: one. A
            row's noise is the fitted noise divided by this number; the scatter enters the fit of
            the noise exactly as if every measurement were a row.

    Returns:
        The fitted surrogate; its lengthscale is the median over the dimensions. A fit that fails
        numerically is reported, not raised: the GP with its initial hyperparameters is still a
        model.

    Raises:
        ValueError: If the shapes do not agree, or the data are not double or not finite.
    """
    check_data(train_Z, train_Y)
    targets, center, unit = standardized_targets(train_Y[:, 0])
    repeats = None if repeats is None else repeats.in_unit(unit)
    every = -(-len(train_Z) // config.max_fit)
    with warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        some = slice(None, None, every)
        model = _build(
            train_Z[some], targets[some], None if repeats is None else repeats.rows(some)
        )
        converged = maximize_likelihood(model, config.max_iterations)
        if every > 1:
            fitted = model.state_dict()
            model = _build(train_Z, targets, repeats)
            model.load_state_dict(fitted)
    model.eval()
    return FittedSurrogate(
        model,
        converged,
        float(model.covar_module.lengthscale.detach().median()),
        float(model.likelihood.noise.detach()),
        center,
        unit,
    )


def _build(train_Z: Tensor, targets: Tensor, repeats: Repeats | None) -> Any:
    warnings.simplefilter("ignore", InputDataWarning)
    model = SingleTaskGP(train_Z, targets[:, None], outcome_transform=None)
    with_repeats(model.likelihood, repeats)
    return model.to(train_Z)
