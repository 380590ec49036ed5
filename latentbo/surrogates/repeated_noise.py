"""The noise of repeated measurements for gpytorch's Gaussian likelihood.

The equations are those of `latentbo.surrogates.repeats`.
"""

import warnings
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # Importing botorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    from gpytorch.likelihoods.noise_models import HomoskedasticNoise
    from gpytorch.mlls import AddedLossTerm
    from linear_operator.operators import DiagLinearOperator

from latentbo.surrogates.repeats import Repeats, scatter_log_likelihood


class _Scatter(AddedLossTerm):
    """Contribution of the measurements' scatter to the marginal likelihood."""

    def __init__(self, noise: "RepeatedNoise") -> None:
        self.noise = noise

    def loss(self, *params: Any) -> Tensor:
        return scatter_log_likelihood(self.noise.repeats, self.noise.noise.log()[..., 0])


class RepeatedNoise(HomoskedasticNoise):
    """One fitted variance, divided for each training row by its number of measurements.

    Args:
        noise_prior: Of the variance of a single measurement.
        noise_constraint: Of the same.
        repeats: Of the `n` rows of training data, in the unit of the targets.
    """

    def __init__(self, noise_prior: Any, noise_constraint: Any, repeats: Repeats) -> None:
        super().__init__(noise_prior, noise_constraint)
        self.repeats = repeats
        self.register_added_loss_term("scatter")
        self.update_added_loss_term("scatter", _Scatter(self))

    def forward(self, *params: Any, shape: torch.Size | None = None, **kwargs: Any) -> Any:
        """Return the noise of the training rows for as many rows, else that of one measurement."""
        if shape is None or shape[-1] != len(self.repeats):
            return super().forward(*params, shape=shape, **kwargs)
        return DiagLinearOperator((self.noise / self.repeats.counts).expand(shape))


def with_repeats(likelihood: Any, repeats: Repeats | None) -> Any:
    """Give a fresh Gaussian likelihood the noise of repeated measurements; None changes nothing."""
    if repeats is not None:
        old = likelihood.noise_covar
        likelihood.noise_covar = RepeatedNoise(old.noise_prior, old.raw_noise_constraint, repeats)
    return likelihood


def row_noise(likelihood: Any) -> Tensor:
    """Return the noise variance of the training data: one number, or one per row."""
    noise: Tensor = likelihood.noise
    repeats = getattr(likelihood.noise_covar, "repeats", None)
    return noise if repeats is None else noise / repeats.counts
