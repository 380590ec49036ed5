r"""Censored values for a Gaussian process: one-sided likelihoods by expectation propagation.

A molecule reported as `>9` enters the Gaussian process by the likelihood

    p(> b | f) = Φ((f - b) / σ),

with the noise σ² of all measurements. Expectation propagation replaces each of these factors by a
normal one, `N(f; m_i, v_i)`, with the same effect on the moments of the posterior. So a censored
molecule becomes a row of the Gaussian process with its own target and noise variance, and
prediction and sampling do not change. A bound already implied by the exact values gets a variance
so large that it has no effect.

References:
    Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, section 3.6.
    Groot and Lucas, "Gaussian Process Regression with Censored Data Using Expectation Propagation",
    PGM 2012.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

ITERATIONS, TOLERANCE = 100, 1e-8
# Damping of each step, so that sites updated in parallel do not oscillate.
DAMPING = 0.7
# Minimum precision of a site, relative to the prior's: below it, a site has no effect.
LEAST = 1e-8


@dataclass(frozen=True, eq=False)
class Bounds:
    """Molecules with known bounds on their values.

    Args:
        strings: c SMILES strings.
        limits: The bounds, a `c`-dim double tensor in the unit of the values.
        signs: 1 if the value lies above, -1 if below, `c` doubles.

    Raises:
        ValueError: If the lengths differ.
    """

    strings: list[str]
    limits: Tensor
    signs: Tensor

    def __post_init__(self) -> None:
        if self.limits.shape != (len(self.strings),) or self.signs.shape != self.limits.shape:
            raise ValueError(
                f"expected a limit and a sign for each of {len(self.strings)} strings, got "
                f"{tuple(self.limits.shape)} and {tuple(self.signs.shape)}"
            )

    def __len__(self) -> int:
        return len(self.strings)

    def some(self, most: int, seed: int) -> "Bounds":
        """Return at most `most` of them, drawn at random."""
        if len(self) <= most:
            return self
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randperm(len(self), generator=generator)[:most].sort().values
        strings = [self.strings[row] for row in rows.tolist()]
        return Bounds(strings, self.limits[rows], self.signs[rows])


def one_sided_sites(
    mean: Tensor, covariance: Tensor, limits: Tensor, signs: Tensor, noise: float
) -> tuple[Tensor, Tensor]:
    """Return the normal factors that replace the one-sided likelihoods.

    Args:
        mean: Of the function at the `c` censored molecules, given all exact values.
        covariance: Its `c x c` covariance there.
        limits: The `c` bounds.
        signs: 1 if the value lies above, -1 if below.
        noise: Variance of a measurement, σ².

    Returns:
        Means and variances of the factors, `c` doubles each.
    """
    limits = limits - mean  # bounds on the deviation from the prior mean
    diagonal = covariance.diagonal().clamp(min=1e-12)
    precision, shift = torch.zeros_like(mean), torch.zeros_like(mean)
    for _ in range(ITERATIONS):
        posterior_mean, variance = _posterior(covariance, precision, shift)
        cavity_precision = (1 / variance - precision).clamp(min=1e-12)
        cavity = 1 / cavity_precision
        cavity_mean = cavity * (posterior_mean / variance - shift)
        scale = (noise + cavity).sqrt()
        z = signs * (cavity_mean - limits) / scale
        # φ(z) / Φ(z), by logarithms: far in the tail both are zero.
        ratio = (-0.5 * z.square() - 0.5 * torch.log(2 * torch.pi * torch.ones(()))).sub(
            torch.special.log_ndtr(z)
        )
        ratio = ratio.exp()
        matched_mean = cavity_mean + signs * cavity * ratio / scale
        matched = (cavity * (1 - cavity * ratio * (z + ratio) / scale.square())).clamp(min=1e-12)
        new_precision = (1 / matched - cavity_precision).clamp(min=0)
        new_precision = new_precision.clamp(min=LEAST / diagonal)
        new_shift = matched_mean / matched - cavity_precision * cavity_mean
        change = float((new_precision - precision).abs().max() * diagonal.max())
        precision = torch.lerp(precision, new_precision, DAMPING)
        shift = torch.lerp(shift, new_shift, DAMPING)
        if change < TOLERANCE:
            break
    return mean + shift / precision, 1 / precision


def _posterior(covariance: Tensor, precision: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance under the prior times the sites, without inverting the prior."""
    root = precision.sqrt()
    inner = root[:, None] * covariance * root
    inner.diagonal().add_(1)
    factor = torch.linalg.cholesky(inner)
    half = torch.linalg.solve_triangular(factor, root[:, None] * covariance, upper=False)
    posterior = covariance - half.T @ half
    return posterior @ shift, posterior.diagonal().clamp(min=1e-12)
