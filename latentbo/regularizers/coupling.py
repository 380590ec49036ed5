"""Coupling of adversarial and clean codes: target of their cross-covariance, sampling of pairs."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior

#: Target of the cross-covariance -> its formula and the pairs that have it.
CROSS_TARGETS = {
    "scaled": "strength * Sigma, as published: a share `strength` of the pairs are equal",
    "components": "between + strength * within: pairs share their component, and correlate in it",
}


@dataclass(frozen=True)
class Coupling:
    """Target strength of the coupling of adversarial to clean codes.

    Args:
        strength: From 0 to 1: the thesis's alpha for "scaled", the correlation within a component
            for "components". The thesis allows negative values but uses none.
        cross: One of `CROSS_TARGETS`.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    strength: float = 0.95
    cross: str = "scaled"

    def __post_init__(self) -> None:
        if self.cross not in CROSS_TARGETS:
            raise ConfigurationError(
                f"unknown cross-covariance {self.cross!r}; choose one of {', '.join(CROSS_TARGETS)}"
            )
        if not 0 <= self.strength <= 1:
            raise ConfigurationError(f"strength must be from 0 to 1, got {self.strength}")


#: The coupling of the augmented form: no correlation.
INDEPENDENT = Coupling(0.0)


def cross_covariance(prior: GaussianMixturePrior, coupling: Coupling) -> Tensor:
    """Target of the covariance of clean with adversarial codes, `d x d` (see `CROSS_TARGETS`)."""
    if coupling.cross == "scaled":
        return coupling.strength * prior.covariance
    within = torch.tensordot(prior.weights, prior.covariances, dims=1)
    within = within.diag() if prior.is_diagonal else within
    return prior.covariance - (1 - coupling.strength) * within


def sample_pairs(
    prior: GaussianMixturePrior,
    n: int,
    coupling: Coupling,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw n coupled pairs, each side distributed as the prior: two `n x d`-dim tensors.

    Their cross-covariance is `cross_covariance`; random numbers are drawn on the generator's
    device.
    """
    source = prior.means.device if generator is None else generator.device
    if coupling.cross == "scaled":
        codes, others = prior.sample(n, generator), prior.sample(n, generator)
        uniform = torch.rand(n, 1, generator=generator, device=source)
        return codes, torch.where(uniform.to(codes.device) < coupling.strength, codes, others)
    weights = prior.weights.to(source)
    shape = (2, n, prior.num_dimensions)
    components = torch.multinomial(weights, n, replacement=True, generator=generator)
    noise = torch.randn(shape, generator=generator, device=source, dtype=weights.dtype)
    first, second = noise.to(prior.means.device)
    second = coupling.strength * first + math.sqrt(1 - coupling.strength**2) * second
    means = prior.means[components.to(prior.means.device)]
    roots = _roots(prior)[components.to(prior.means.device)]
    return means + _product(roots, first), means + _product(roots, second)


def _roots(prior: GaussianMixturePrior) -> Tensor:
    if prior.is_diagonal:
        return prior.covariances.sqrt().diag_embed()
    return torch.linalg.cholesky(prior.covariances)


def _product(roots: Tensor, noise: Tensor) -> Tensor:
    return (roots @ noise[..., None])[..., 0]
