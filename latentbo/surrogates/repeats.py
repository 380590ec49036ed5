r"""Repeated measurements for a Gaussian process, without one row per measurement.

To a Gaussian process, `n_i` measurements of molecule i with mean `m_i` and independent noise σ² are
one value with noise `σ² / n_i`. Their scatter `S_i = sum_j (y_ij - m_i)²` is further evidence on
σ². The likelihood of all single measurements is exactly

    N(m; 0, K + σ² diag(1 / n)) · prod_i (2πσ²)^(-(n_i - 1) / 2) n_i^(-1/2) exp(-S_i / 2σ²),

so posterior and fit equal those on all measurements, at the cost of the means alone.

References:
    Binois, Gramacy and Ludkovski, "Practical Heteroscedastic Gaussian Process Modeling for Large
    Simulation Experiments", Journal of Computational and Graphical Statistics 27, 2018.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

# Larger deviations are clipped, so that their squares fit in a double.
LARGEST = 1e150


@dataclass(frozen=True, eq=False)
class Repeats:
    """Number of measurements of each value, and their scatter.

    Args:
        counts: An `n`-dim double tensor, the number of measurements of each mean, at least 1.
        deviation: An `n`-dim double tensor, the square roots of the scatters `S`, in the unit of
            the values; 0 where there is one measurement.

    Raises:
        ValueError: If the shapes differ, or a number is too small.
    """

    counts: Tensor
    deviation: Tensor

    def __post_init__(self) -> None:
        if self.counts.shape != self.deviation.shape or self.counts.ndim != 1:
            raise ValueError(
                f"expected counts and deviation of n rows, got {tuple(self.counts.shape)} and "
                f"{tuple(self.deviation.shape)}"
            )
        if (self.counts < 1).any() or (self.deviation < 0).any():
            raise ValueError("every count must be at least 1, and every deviation at least 0")

    def __len__(self) -> int:
        return len(self.counts)

    def rows(self, chosen: Tensor | slice) -> "Repeats":
        """Return some rows, selected by an index or a slice."""
        return Repeats(self.counts[chosen], self.deviation[chosen])

    def in_unit(self, unit: float) -> "Repeats":
        """Return the repeats of values divided by `unit`."""
        return Repeats(self.counts, self.deviation / unit)

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the scatter: measurements beyond the first of each molecule."""
        return float((self.counts - 1).sum())

    @property
    def scatter(self) -> float:
        """Sum of the squared deviations of all measurements from their means."""
        return float(self.deviation.clamp(max=LARGEST).square().sum())


def repeats_of(measured: list[list[float]]) -> Repeats | None:
    """Return the repeats of each molecule's measurements; None if none was repeated.

    Args:
        measured: The values of each of n molecules, at least one per molecule.
    """
    if all(len(values) == 1 for values in measured):
        return None
    deviations = []
    for values in measured:
        tensor = torch.tensor(values, dtype=torch.float64).clamp(-LARGEST, LARGEST)
        deviations.append(float(torch.linalg.vector_norm(tensor - tensor.mean())))
    counts = torch.tensor([float(len(values)) for values in measured], dtype=torch.float64)
    return Repeats(counts, torch.tensor(deviations, dtype=torch.float64))


def scatter_log_likelihood(repeats: Repeats, log_noise: Tensor) -> Tensor:
    """Return the scatter's part of the log-likelihood, up to a constant; differentiable.

    Args:
        repeats: In the unit of the noise.
        log_noise: Logarithm of σ², a scalar tensor.
    """
    normal = log_noise + math.log(2 * math.pi)
    return -0.5 * (repeats.freedom * normal + repeats.scatter * (-log_noise).exp())
