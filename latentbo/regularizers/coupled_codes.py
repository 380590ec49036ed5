"""Pairs of codes whose correlation is that of a `Coupling`: their cross-covariance, and samples."""

import math

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers.coupling import Coupling


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
