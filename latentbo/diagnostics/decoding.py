"""Validity of decodes by region of the latent space: the prior, the box, near data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.priors import GaussianMixturePrior
from latentbo.representations import Decoded, DecodeStatus

#: Standard deviations of the noise near data, in units of the prior's; as in `latentbo.training`.
NOISE_LEVELS = (0.1, 0.25, 0.5)
#: Number of regions: the prior, the box, and near data at each level.
NUM_REGIONS = 2 + len(NOISE_LEVELS)


@dataclass(frozen=True)
class Validity:
    """Counts of the greedy decodes of the codes of one region.

    Attributes:
        region: Name of the region.
        num_codes: Number of decoded codes.
        num_valid: Decodes that are a canonical string of the task.
        num_unfinished: Decodes that ran out of length.
        num_refused: Decodes that ended, but are not a string of the task.
        num_distinct: Different canonical strings among the valid ones.
    """

    region: str
    num_codes: int
    num_valid: int
    num_unfinished: int
    num_refused: int
    num_distinct: int

    @property
    def valid(self) -> float:
        """Share of the codes with a valid decode."""
        return self.num_valid / self.num_codes

    @property
    def distinct(self) -> float:
        """Share of different strings among the valid ones; 0 if none is valid."""
        return self.num_distinct / max(1, self.num_valid)


def box_codes(codes: Tensor, num_codes: int, generator: torch.Generator) -> Tensor:
    """Draw `num_codes x d` codes uniformly from the min/max box of `n x d` codes.

    References:
        Kusner et al., "Grammar Variational Autoencoder", ICML 2017: searches this box.
    """
    low, high = codes.min(0).values, codes.max(0).values
    return low + (high - low) * torch.rand(num_codes, codes.shape[1], generator=generator)


def near_codes(
    codes: Tensor, prior: GaussianMixturePrior, level: float, generator: torch.Generator
) -> Tensor:
    """Add Gaussian noise to `n x d` codes.

    Args:
        codes: An `n x d`-dim tensor.
        prior: Its standard deviation per dimension is the unit of the noise.
        level: Standard deviation of the noise in that unit.
        generator: Source of the noise.
    """
    deviation = prior.covariance.diagonal().sqrt()
    return codes + level * deviation * torch.randn(codes.shape, generator=generator)


def sampled_codes(
    codes: Tensor, prior: GaussianMixturePrior, num_codes: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """Draw codes from all regions that a search can visit.

    Args:
        codes: The `n x d` codes of data, in random order.
        prior: The prior.
        num_codes: Number of codes per region; near the data at most n.
        generator: Source of randomness.

    Returns:
        Region -> codes: `prior`, `box`, and `data + noise <level>` for each of `NOISE_LEVELS`.
    """
    regions = {
        "prior": prior.sample(num_codes, generator),
        "box": box_codes(codes, num_codes, generator),
    }
    for level in NOISE_LEVELS:
        regions[f"data + noise {level:g}"] = near_codes(codes[:num_codes], prior, level, generator)
    return regions


def read_decodes(
    decoded: Sequence[Decoded], canonical: Callable[[str], str | None]
) -> list[str | None]:
    """Return the canonical string of each decode, None for invalid ones."""
    return [None if row.string is None else canonical(row.string) for row in decoded]


def measure_validity(
    model: TrainedModel, region: str, codes: Tensor, canonical: Callable[[str], str | None]
) -> tuple[Validity, list[str]]:
    """Decode codes greedily and count the results.

    Args:
        model: The model.
        region: Name of the region.
        codes: An `n x d`-dim tensor, n >= 1.
        canonical: Returns the canonical form of a string, None if it is not a string of the task.

    Returns:
        The counts, and the canonical strings of the valid decodes (with repetitions).
    """
    decoded = model.decode(codes)
    valid = [string for string in read_decodes(decoded, canonical) if string is not None]
    num_unfinished = sum(row.status is DecodeStatus.UNFINISHED for row in decoded)
    num_refused = len(codes) - num_unfinished - len(valid)
    found = Validity(region, len(codes), len(valid), num_unfinished, num_refused, len(set(valid)))
    return found, valid
