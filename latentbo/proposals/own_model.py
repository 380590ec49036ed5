"""Moves in the latent space of any model that encodes and decodes strings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.priors import GaussianMixturePrior
from latentbo.proposals.candidates import TEMPERATURES, in_equal_parts
from latentbo.proposals.graph_rules import sound
from latentbo.proposals.latent import moved_codes
from latentbo.proposals.sources import ProposalSource
from latentbo.seeds import seed_for


class LatentModel(Protocol):
    """An encoder and a decoder of strings, with a prior over their codes.

    Attributes:
        prior: Over `d`-dim codes; moves are measured in its standard deviations.
    """

    prior: GaussianMixturePrior

    def encode(self, strings: Sequence[str]) -> Tensor:
        """Return the `n x d` codes (float32, on the CPU) of n strings.

        Raises:
            InputError: If it cannot encode one of them.
        """

    def decode(
        self, codes: Tensor, temperature: Tensor, generator: torch.Generator
    ) -> Sequence[str | None]:
        """Return a string for each of `n x d` codes; None for a failed decode.

        Args:
            codes: Float32, on the CPU.
            temperature: Of each row, `n`; 0 stands for the most likely string.
            generator: Source of everything random, on the CPU.
        """


@dataclass
class ModelMoves(ProposalSource):
    """The moves of `LatentMoves` in the latent space of a user's model.

    Args:
        model: The model.
        label: Name of the source, and origin of its proposals.

    Example:
        >>> register_source("mine", lambda _: ModelMoves(MyModel(), "mine"))
    """

    model: LatentModel
    label: str
    at_once = True
    _codes: dict[str, Tensor | None] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """See `ProposalSource.name`."""
        return self.label

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`; parents that the model cannot encode are left out.

        Decodes that are no molecule, or none that can be made, are None (see `sound`).
        """
        known = [code for code in map(self._code, parents) if code is not None]
        if not known:
            return {self.name: []}
        codes = moved_codes(torch.stack(known), self.model.prior, number, length, seed)
        generator = torch.Generator().manual_seed(seed_for(seed, 1))
        temperatures = in_equal_parts(TEMPERATURES, number)
        return {self.name: sound(self.model.decode(codes, temperatures, generator))}

    def _code(self, string: str) -> Tensor | None:
        """Return a string's code; each is encoded alone, see `CodeCache`."""
        if string not in self._codes:
            try:
                self._codes[string] = self.model.encode([string])[0]
            except InputError:
                self._codes[string] = None
        return self._codes[string]
