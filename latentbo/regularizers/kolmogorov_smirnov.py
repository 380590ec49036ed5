"""The marginal term: distance of empirical to prior distribution functions."""

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior, check_codes
from latentbo.regularizers.config import PLOTTING_POSITIONS
from latentbo.regularizers.expectation import check_batch_size


def ks_distance(
    codes: Tensor, prior: GaussianMixturePrior, plotting_position: str = "midpoint"
) -> Tensor:
    r"""Mean squared distance of the codes' empirical marginals to the prior's.

    With `z_(1) <= ... <= z_(n)` the sorted codes of one dimension and `F_j` the prior's marginal
    distribution function, averages `(F_j(z_(i)) - r_i)^2` over i and j. The gradient flows through
    `F_j` only: the plotting positions r_i are constants. The literature of the method calls this
    the Kolmogorov-Smirnov loss; strictly it is 1/n times a Cramér-von Mises statistic.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        prior: The prior.
        plotting_position: "midpoint" for `r_i = (i - 1/2) / n`, or "right" for the published
            `i / n`, which pulls the largest code towards infinity.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If `codes` is not `n x d` with at least two rows.
        ConfigurationError: If the plotting position is unknown.

    References:
        Saseendran et al., "Shape your Space", NeurIPS 2021 (eq. 4.7 of the thesis).
        J. Duda, "Gaussian Auto-Encoder", arXiv 1811.04751.
    """
    check_codes(codes, prior.num_dimensions, minimum_rows=2)
    n = codes.shape[0]
    ranks = torch.arange(1, n + 1, dtype=codes.dtype, device=codes.device)
    positions = (ranks - _shift(plotting_position)) / n
    ordered = codes.sort(dim=0).values
    return (prior.marginal_cdf(ordered) - positions[:, None]).square().mean()


def ks_expectation(n: int, plotting_position: str = "midpoint") -> float:
    """Expectation of `ks_distance` over n draws of the prior, the same for every prior.

    `1/(6n) - 1/(12n^2)` for "midpoint" and `(n + 1)/(6n^2)` for "right": the closed form of the
    inverse loss weight of eq. 4.10.
    """
    check_batch_size(n)
    if _shift(plotting_position) == 0.5:
        return 1 / (6 * n) - 1 / (12 * n**2)
    return (n + 1) / (6 * n**2)


def _shift(plotting_position: str) -> float:
    if plotting_position not in PLOTTING_POSITIONS:
        raise ConfigurationError(
            f"unknown plotting position {plotting_position!r}; "
            f"choose one of {', '.join(PLOTTING_POSITIONS)}"
        )
    return PLOTTING_POSITIONS[plotting_position]
