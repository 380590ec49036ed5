"""Neighbours of good strings in the latent space of a model, decoded.

Nothing here needs a surrogate: a decoded string is judged by whoever asked for it, as the string
that it is and not as the code that it was decoded from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.proposals.candidates import TEMPERATURES, in_equal_parts
from latentbo.proposals.codes import CodeCache
from latentbo.proposals.moves import local_moves
from latentbo.seeds import seed_for

__all__ = ["LatentMoves"]


@dataclass
class LatentMoves:
    """Steps from, points between, and crossovers of the codes of good strings.

    Args:
        model: The trained autoencoder.
    """

    model: TrainedModel

    def __post_init__(self) -> None:
        self._codes = CodeCache(self.model)

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> list[str | None]:
        """Decode new codes, a third each greedily and at temperatures 0.5 and 1.

        Args:
            parents: Good strings, best first; those that the model cannot hold are left out.
            number: How many codes to decode.
            length: Of the trust region, in standard deviations of the prior.
            seed: Decides everything random.

        Returns:
            `number` strings as they were decoded, None where there is none; nothing if the model
            holds no parent.
        """
        known = list(self._codes.of(parents).values())
        if not known:
            return []
        mean, deviation = self.model.prior.mean, self.model.prior.covariance.diagonal().sqrt()
        scaled = (torch.stack(known) - mean) / deviation
        generator = torch.Generator().manual_seed(seed_for(seed, 0))
        moved, _ = local_moves(scaled, number, length, generator)
        return self._decode(moved * deviation + mean, seed)

    def _decode(self, codes: Tensor, seed: int) -> list[str | None]:
        generator = torch.Generator(device=self.model.device).manual_seed(seed_for(seed, 1))
        temperatures = in_equal_parts(TEMPERATURES, len(codes))
        return [row.string for row in self.model.decode(codes, temperatures, generator)]
