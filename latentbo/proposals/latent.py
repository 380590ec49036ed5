"""Neighbours of good strings in the latent space of a model, decoded.

No surrogate is needed here: the caller judges the decoded string, not the code it came from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.priors import GaussianMixturePrior
from latentbo.proposals.candidates import TEMPERATURES, in_equal_parts
from latentbo.proposals.codes import CodeCache
from latentbo.proposals.graph_rules import sound
from latentbo.proposals.moves import local_moves
from latentbo.proposals.sources import ProposalSource
from latentbo.seeds import seed_for


def moved_codes(
    codes: Tensor, prior: GaussianMixturePrior, number: int, length: float, seed: int
) -> Tensor:
    """Return `number` new codes around `m x d` codes, best first; see `local_moves`."""
    mean, deviation = prior.mean, prior.covariance.diagonal().sqrt()
    generator = torch.Generator().manual_seed(seed_for(seed, 0))
    moved, _ = local_moves((codes - mean) / deviation, number, length, generator)
    return moved * deviation + mean


@dataclass
class LatentMoves(ProposalSource):
    """Steps from, points between, and crossovers of the codes of good strings.

    Args:
        model: The trained autoencoder.
    """

    model: TrainedModel
    name = "latent"
    cost = 3.0
    # To decode a few codes takes nearly as long as to decode many.
    at_once = True

    def __post_init__(self) -> None:
        self._codes = CodeCache(self.model)

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """Decode new codes, a third each greedily and at temperatures 0.5 and 1.

        Args:
            parents: Good strings, best first; those that the model cannot hold are left out.
            number: How many codes to decode.
            length: Of the trust region, in standard deviations of the prior.
            seed: Decides everything random.

        Returns:
            `number` decoded strings, None for a failed decode or a molecule that nobody can make
            (see `latentbo.proposals.graph_rules.sound`); none if the model holds no parent.
        """
        known = list(self._codes.of(parents).values())
        if not known:
            return {self.name: []}
        codes = moved_codes(torch.stack(known), self.model.prior, number, length, seed)
        return {self.name: self._decode(codes, seed)}

    def _decode(self, codes: Tensor, seed: int) -> list[str | None]:
        generator = torch.Generator(device=self.model.device).manual_seed(seed_for(seed, 1))
        temperatures = in_equal_parts(TEMPERATURES, len(codes))
        return sound(row.string for row in self.model.decode(codes, temperatures, generator))
