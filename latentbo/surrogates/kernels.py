"""A sum of kernels over groups of columns: the code, the model's confidence, counts, descriptors.

Each part is a function of its hyperparameters and of a statistic (distances, products of counts)
that depends on the inputs alone. The inputs do not change during a fit, so the statistics are
computed once per fit and not once per step: products over a thousand columns of counts would take
most of its time.

References:
    Ralaivola et al., "Graph kernels for chemical informatics", Neural Networks 18, 2005.
    Tripp et al., "Tanimoto Random Features for Scalable Molecular Machine Learning", NeurIPS 2023
    (the Tanimoto kernel is positive definite for counts, too).
"""

import functools
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # Importing gpytorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    from gpytorch import Module
    from gpytorch.constraints import Positive
    from gpytorch.kernels import Kernel

# A fit evaluates the kernel of data and inducing points, of the inducing points, and diagonals.
MOST_REMEMBERED = 8


class Part(Module):
    """One kernel over neighbouring columns, with an output scale.

    Args:
        columns: Its columns of the inputs.
    """

    def __init__(self, columns: slice) -> None:
        super().__init__()
        self.columns = columns
        self._positive("outputscale", 1)

    def _positive(self, name: str, size: int) -> None:
        """Add a positive hyperparameter: the softplus of the optimized parameter."""
        self.register_parameter(f"raw_{name}", torch.nn.Parameter(torch.zeros(size)))
        self.register_constraint(f"raw_{name}", Positive())

    def value(self, name: str) -> Tensor:
        """Return a hyperparameter."""
        constraint = getattr(self, f"raw_{name}_constraint")
        return constraint.transform(getattr(self, f"raw_{name}"))

    def set_value(self, name: str, value: Tensor) -> None:
        """Set a hyperparameter."""
        raw = getattr(self, f"raw_{name}")
        constraint = getattr(self, f"raw_{name}_constraint")
        raw.data.copy_(constraint.inverse_transform(value).expand_as(raw))

    def statistic(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return the statistic of inputs `… x n x d` and `… x m x d`: `… x n x m (x k)`."""
        raise NotImplementedError

    def diagonal(self, x: Tensor) -> Tensor:
        """Return the statistic of each of `… x n x d` inputs with itself: `… x n (x k)`."""
        raise NotImplementedError

    def covariance(self, statistic: Tensor) -> Tensor:
        """Return the kernel without its output scale for a statistic: `… x n x m` or `… x n`."""
        raise NotImplementedError


class Matern(Part):
    """The Matérn kernel with smoothness 5/2 and one lengthscale for all columns.

    With more dimensions than data, one lengthscale per dimension overfits.
    """

    def __init__(self, columns: slice) -> None:
        super().__init__(columns)
        self._positive("lengthscale", 1)

    def statistic(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return squared distances."""
        center = x1.detach().reshape(-1, x1.shape[-1]).mean(0)
        a, b = x1 - center, x2 - center
        squares = a.square().sum(-1)[..., :, None] + b.square().sum(-1)[..., None, :]
        return squares - 2 * a @ b.mT

    def diagonal(self, x: Tensor) -> Tensor:
        """Return zeros."""
        return x.new_zeros(x.shape[:-1])

    def covariance(self, statistic: Tensor) -> Tensor:
        """Return `(1 + r + r^2 / 3) exp(-r)` with `r = sqrt(5) distance / lengthscale`."""
        squared = 5 * statistic / self.value("lengthscale").square()
        # The kernel is flat at distance zero; the root is not.
        r = squared.clamp(min=1e-30).sqrt()
        return (1 + r + squared / 3) * torch.exp(-r)


class SquaredExponential(Part):
    """The squared-exponential kernel with one lengthscale per column."""

    def __init__(self, columns: slice) -> None:
        super().__init__(columns)
        self._positive("lengthscale", columns.stop - columns.start)

    def statistic(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return squared differences, `… x n x m x k`."""
        return (x1[..., :, None, :] - x2[..., None, :, :]).square()

    def diagonal(self, x: Tensor) -> Tensor:
        """Return zeros."""
        return torch.zeros_like(x)

    def covariance(self, statistic: Tensor) -> Tensor:
        """Return `exp(-sum_j difference_j^2 / (2 lengthscale_j^2))`."""
        return torch.exp(-0.5 * statistic @ self.value("lengthscale").pow(-2))


class Linear(Part):
    r"""`k(x, y) = <x, y> / s`: values as sums of contributions of fragments.

    Unlike a stationary kernel it extrapolates: more of a good fragment is better.

    Args:
        columns: Its columns of the inputs.
        scale: The constant s; the mean of `<x, x>` over the data makes the kernel's mean variance
            one.
    """

    def __init__(self, columns: slice, scale: float) -> None:
        super().__init__(columns)
        self.scale = scale

    def statistic(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return `<x, y> / s`."""
        return x1 @ x2.mT / self.scale

    def diagonal(self, x: Tensor) -> Tensor:
        """Return `<x, x> / s`."""
        return x.square().sum(-1) / self.scale

    def covariance(self, statistic: Tensor) -> Tensor:
        """Return the statistic."""
        return statistic


class Tanimoto(Part):
    r"""`k(x, y) = <x, y> / (<x, x> + <y, y> - <x, y>)`: similarity of composition, in [0, 1]."""

    def statistic(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return the similarity."""
        shared = x1 @ x2.mT
        squares = x1.square().sum(-1)[..., :, None] + x2.square().sum(-1)[..., None, :]
        return shared / (squares - shared).clamp(min=1e-9)

    def diagonal(self, x: Tensor) -> Tensor:
        """Return 1, and 0 for inputs without counts."""
        shared = x.square().sum(-1)
        return shared / shared.clamp(min=1e-9)

    def covariance(self, statistic: Tensor) -> Tensor:
        """Return the statistic."""
        return statistic


class Quadratic(Part):
    """`k(x, y) = (<x, y> + c)^2`: quadratic forms, such as the squared distance to some curve."""

    def __init__(self, columns: slice) -> None:
        super().__init__(columns)
        self._positive("offset", 1)

    def statistic(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return `<x, y>`."""
        return x1 @ x2.mT

    def diagonal(self, x: Tensor) -> Tensor:
        """Return `<x, x>`."""
        return x.square().sum(-1)

    def covariance(self, statistic: Tensor) -> Tensor:
        """Return `(statistic + c)^2`."""
        return (statistic + self.value("offset")).square()


class ColumnSumKernel(Kernel):
    """The sum of parts, each times its output scale.

    Args:
        parts: At least one.
    """

    has_lengthscale = False

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__()
        self.parts = torch.nn.ModuleList(parts)
        self._remembered: dict[Any, tuple[Any, list[Tensor]]] | None = None

    @contextmanager
    def constant_inputs(self) -> Iterator[None]:
        """Compute the statistics of the same tensors once; no gradients with respect to these."""
        self._remembered = {}
        try:
            yield
        finally:
            self._remembered = None

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Return the `… x n x m` kernel of `… x n x d` and `… x m x d` inputs.

        Args:
            x1: Inputs.
            x2: Inputs; the same as `x1` if `diag`.
            diag: Return the diagonal alone, `… x n`.
        """
        statistics = self._statistics(x1, x2, diag)
        terms = [
            part.value("outputscale") * part.covariance(statistic)
            for part, statistic in zip(self._parts(), statistics, strict=True)
        ]
        return functools.reduce(torch.add, terms)

    def _parts(self) -> Iterator[Part]:
        return (part for part in self.parts if isinstance(part, Part))

    def _statistics(self, x1: Tensor, x2: Tensor, diag: bool) -> list[Tensor]:
        if self._remembered is None:
            return self._compute(x1, x2, diag)
        key = (diag, *_identity(x1), *_identity(x2))
        if key not in self._remembered:
            with torch.no_grad():
                statistics = self._compute(x1, x2, diag)
            if len(self._remembered) >= MOST_REMEMBERED:
                return statistics
            # Keeps the inputs alive: their memory could otherwise be reused by another tensor.
            self._remembered[key] = ((x1, x2), statistics)
        return self._remembered[key][1]

    def _compute(self, x1: Tensor, x2: Tensor, diag: bool) -> list[Tensor]:
        statistics = []
        for part in self._parts():
            a, b = x1[..., part.columns], x2[..., part.columns]
            statistics.append(part.diagonal(a) if diag else part.statistic(a, b))
        return statistics


def _identity(x: Tensor) -> tuple[Any, ...]:
    """Return a key that two tensors share only if they are the same object, unchanged."""
    return x.data_ptr(), x._version, x.shape, x.stride()
