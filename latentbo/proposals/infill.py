"""Edits of good molecules that the decoder writes: a few atoms anew, or parts of two joined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.models import TrainedModel, continue_tokens
from latentbo.proposals.codes import CodeCache
from latentbo.proposals.graph_rules import sound
from latentbo.proposals.moves import rank_weights
from latentbo.proposals.smiles_edits import (
    Unit,
    depths,
    open_rings,
    replaced,
    spans,
    spliced,
    units_of,
)
from latentbo.proposals.sources import ProposalSource
from latentbo.seeds import seed_for

INFILL, SPLICE = "infill", "splice"
#: Share of splices among the edits.
SPLICE_SHARE = 0.2
#: Atoms that are replaced, and tokens that are written, at most.
MOST_ATOMS, MOST_WRITTEN = 3, 3
TEMPERATURE = 1.0
#: Deviation of the code that the decoder sees from the parent's, in lengths of the trust region.
STEP = 0.5


@dataclass(frozen=True)
class _Edit:
    """One edit: the units before it, what stands behind, and how much is written between.

    Attributes:
        parent: Number of the parent.
        units: Of the parent.
        span: Units that are replaced; of a splice, from the cut on.
        number: Tokens to write, at most.
        second: Units of the molecule whose end is taken, and the first of them; None: no splice.
    """

    parent: int
    units: list[Unit]
    span: tuple[int, int]
    number: int
    second: tuple[list[Unit], int] | None = None


@dataclass
class InfillMoves(ProposalSource):
    """Molecules in which the decoder has written a span of atoms anew, or between two parts.

    Args:
        model: A trained autoencoder of SMILES.

    Raises:
        ConfigurationError: If it is an autoencoder of something else.
    """

    model: TrainedModel
    name = INFILL
    origins = (INFILL, SPLICE)
    cost = 3.0
    at_once = True

    def __post_init__(self) -> None:
        if self.model.representation.name != "smiles":
            raise ConfigurationError(
                f"edits by the decoder are for models of the representation smiles, not of "
                f"{self.model.representation.name}: train one with --representation smiles"
            )
        self._codes = CodeCache(self.model)

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`; parents that the model cannot hold are left out.

        Edits that are no molecule, or none that can be made, are None (see `sound`).
        """
        codes = self._codes.of(parents)
        if not codes:
            return {INFILL: [], SPLICE: []}
        generator = torch.Generator().manual_seed(seed_for(seed, 0))
        units = [units_of(self.model.representation.symbols(parent)) for parent in codes]
        edits = _draw(units, number, generator)
        moved = self._moved(torch.stack(list(codes.values())), edits, length, generator)
        written = self._written(edits, moved, seed)
        found: dict[str, list[str | None]] = {INFILL: [], SPLICE: []}
        for edit, symbols in zip(edits, written, strict=True):
            if edit.second is None:
                child = replaced(edit.units, edit.span, symbols)
            else:
                child = spliced(edit.units, edit.span[0], symbols, *edit.second)
            string = None if child is None else self.model.representation.join(child)
            found[INFILL if edit.second is None else SPLICE].append(string)
        return {origin: sound(strings) for origin, strings in found.items()}

    def _moved(
        self, codes: Tensor, edits: list[_Edit], length: float, generator: torch.Generator
    ) -> Tensor:
        """Return the codes that the decoder sees: near those of the parents."""
        deviation = self.model.prior.covariance.diagonal().sqrt()
        near = codes[[edit.parent for edit in edits]]
        return near + STEP * length * deviation * torch.randn(near.shape, generator=generator)

    def _written(self, edits: list[_Edit], codes: Tensor, seed: int) -> list[list[str]]:
        """Return the symbols that the decoder writes behind the units before each span."""
        representation = self.model.representation
        vocabulary = representation.vocabulary
        known = vocabulary.indices
        prefixes, forbidden = [], []
        for edit in edits:
            first, end = edit.span
            before, gone = (
                [known[symbol] for unit in units for symbol in unit.symbols]
                for units in (edit.units[:first], edit.units[first:end])
            )
            prefixes.append(representation.contract(before))
            # An autoencoder likes to write again what stood there.
            forbidden.append(representation.contract(gone)[0] if gone else -1)
        numbers = [edit.number for edit in edits]
        rows = self.write(codes, prefixes, numbers, forbidden, seed_for(seed, 1))
        return [[vocabulary.symbols[i] for i in representation.expand(row)] for row in rows]

    def write(
        self,
        codes: Tensor,
        prefixes: Sequence[Sequence[int]],
        numbers: Sequence[int],
        forbidden: Sequence[int],
        seed: int,
    ) -> list[list[int]]:
        """Return the tokens that the decoder writes; see `continue_tokens` for the arguments."""
        return continue_tokens(
            self.model.network,
            self.model.representation,
            codes.to(self.model.device),
            prefixes,
            numbers,
            forbidden,
            TEMPERATURE,
            torch.Generator(device=self.model.device).manual_seed(seed),
        )


def _draw(units: list[list[Unit]], number: int, generator: torch.Generator) -> list[_Edit]:
    """Draw edits: parents by their rank, all else evenly."""

    def one_of(size: int) -> int:
        return int(torch.randint(size, (1,), generator=generator))

    weights = rank_weights(len(units))
    chosen = torch.multinomial(weights, number, True, generator=generator).tolist()
    others = torch.multinomial(weights, number, True, generator=generator).tolist()
    splices = torch.rand(number, generator=generator) < SPLICE_SHARE
    ways = [spans(each, MOST_ATOMS) for each in units]
    found = []
    for first, second, splice in zip(chosen, others, splices.tolist(), strict=True):
        if splice:
            cuts, starts = _cuts(units[first]), _starts(units[second])
            if cuts and starts:
                cut, start = cuts[one_of(len(cuts))], starts[one_of(len(starts))]
                part = (units[second], start)
                found.append(_Edit(first, units[first], (cut, cut), one_of(MOST_WRITTEN), part))
            continue
        span = ways[first][one_of(len(ways[first]))]
        # Something must change: nothing in the place of nothing is no edit.
        least = int(span[0] == span[1])
        written = least + one_of(MOST_WRITTEN + 1 - least)
        found.append(_Edit(first, units[first], span, written))
    return found


def _cuts(units: list[Unit]) -> list[int]:
    """Return the places behind the first atom where no ring is open."""
    rings = open_rings(units)
    return [cut for cut in range(1, len(units) + 1) if rings[cut] == 0]


def _starts(units: list[Unit]) -> list[int]:
    """Return the atoms before which neither a ring nor a branch is open."""
    rings, depth = open_rings(units), depths(units)
    return [i for i, unit in enumerate(units) if unit.is_atom and not rings[i] and not depth[i]]
