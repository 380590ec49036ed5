"""Noise on codes before decoding: trains the decoder on the surroundings of each code."""

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior


def noisy_codes(
    codes: Tensor,
    prior: GaussianMixturePrior,
    noise: float,
    levels: str,
    generator: torch.Generator,
) -> Tensor:
    """Return codes with noise.

    Args:
        codes: An `n x d`-dim tensor.
        prior: Their prior.
        noise: Standard deviation of the Gaussian noise, or its maximum.
        levels: "fixed": all codes get noise of that deviation; "uniform": the deviation of each is
            drawn from [0, noise]; "interpolated": each moves towards a sample of the prior, to the
            level `noise` u^2 with u drawn from [0, 1] (see `interpolated`). Half of the strings
            stay within a quarter of the way, because distinguishing strings takes longer to learn
            than writing valid ones.
        generator: Source of randomness, on the codes' device.
    """
    if levels == "fixed":
        return codes + noise * _normal(codes, generator)
    shares = torch.rand(len(codes), 1, generator=generator, device=codes.device, dtype=codes.dtype)
    if levels == "uniform":
        return codes + noise * shares * _normal(codes, generator)
    prior = prior.to(codes.device, codes.dtype)
    return interpolated(codes, prior, noise * shares.square(), generator)


def interpolated(
    codes: Tensor, prior: GaussianMixturePrior, levels: Tensor, generator: torch.Generator
) -> Tensor:
    r"""Move codes towards samples of the prior, like the forward process of a diffusion model.

    With the prior's mean m, a sample s and the level t of a code c, returns `m + \sqrt{1 - t^2} (c
    - m) + t (s - m)`: codes with the mean and the covariance of the prior keep both at every level,
    and level 1 is the prior itself. A decoder trained on all levels is also trained on codes that
    no string has.

    Args:
        codes: An `n x d`-dim tensor.
        prior: The prior, on the codes' device.
        levels: `n x 1`, from 0 to 1.
        generator: Source of the samples.

    References:
        Ho et al., "Denoising Diffusion Probabilistic Models", NeurIPS 2020, eq. 4.
    """
    samples = prior.sample(len(codes), generator)
    kept = (1 - levels.square()).sqrt()
    return prior.mean + kept * (codes - prior.mean) + levels * (samples - prior.mean)


def _normal(codes: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(codes.shape, generator=generator, device=codes.device, dtype=codes.dtype)
