from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior

MakePrior = Callable[..., GaussianMixturePrior]


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def make_prior() -> MakePrior:
    """A mixture whose weights, means and covariances all differ."""

    def make(
        num_components: int = 3, num_dimensions: int = 4, full: bool = False, seed: int = 0
    ) -> GaussianMixturePrior:
        source = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=source, dtype=torch.float64)

        weights = torch.softmax(normal(num_components), dim=0)
        means = 2 * normal(num_components, num_dimensions)
        if not full:
            variances = normal(num_components, num_dimensions).exp()
            return GaussianMixturePrior(weights, means, variances)
        roots = normal(num_components, num_dimensions, num_dimensions)
        return GaussianMixturePrior(
            weights, means, roots @ roots.mT + 0.1 * torch.eye(num_dimensions).double()
        )

    return make


@pytest.fixture
def mean_and_error() -> Callable[..., tuple[float, float]]:
    """Mean and standard error of a term over batches drawn from the prior."""

    def estimate(
        term: Callable[[Tensor], Tensor], prior: GaussianMixturePrior, n: int, draws: int = 2000
    ) -> tuple[float, float]:
        source = torch.Generator().manual_seed(1)
        values = torch.stack([term(prior.sample(n, source)) for _ in range(draws)])
        return float(values.mean()), float(values.std() / draws**0.5)

    return estimate
