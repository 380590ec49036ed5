"""Edits of parse trees: the decoder writes a part of one anew, or two trees exchange a part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.models import Rewrite, TrainedModel, rewrite_subtrees
from latentbo.parsing import Grammar, subtree_ends, write_sentence
from latentbo.proposals.codes import CodeCache
from latentbo.proposals.infill import INFILL, SPLICE, STEP, TEMPERATURE
from latentbo.proposals.moves import rank_weights
from latentbo.proposals.sources import ProposalSource
from latentbo.representations import END, GrammarRepresentation, RepresentationError
from latentbo.seeds import seed_for

FIRST = END + 1
#: Share of exchanges among the edits, and of the others, those that keep what they write around.
SPLICE_SHARE, AROUND_SHARE = 0.3, 0.4


class _Tree:
    """A derivation with its subtrees.

    Attributes:
        productions: In pre-order, merged ones undone.
        ends: For each the place after its subtree.
        names: For each the non-terminal that it replaces.
    """

    def __init__(self, grammar: Grammar, productions: list[int]) -> None:
        self.productions = productions
        self.ends = subtree_ends(grammar, productions)
        self.names = [grammar.productions[number].lhs for number in productions]

    def subtree(self, place: int) -> list[int]:
        return self.productions[place : self.ends[place]]

    def replaced(self, place: int, subtree: Sequence[int]) -> list[int]:
        """Return the derivation with another subtree at a place."""
        return [*self.productions[:place], *subtree, *self.productions[self.ends[place] :]]


@dataclass(frozen=True)
class _Edit:
    """One edit: a place in a parent, and what comes there; None: what the decoder writes.

    Attributes:
        parent: Number of the parent.
        place: Of the subtree.
        around: Whether the subtree that stood there is kept in the new one.
        other: The subtree of another parent.
    """

    parent: int
    place: int
    around: bool = False
    other: list[int] | None = None


@dataclass
class TreeEdits(ProposalSource):
    """Sentences in whose parse tree a subtree is written anew, or comes from another sentence.

    Of the rewritten subtrees some keep the old one inside: something is added around it.

    Args:
        model: A trained autoencoder of derivations.

    Raises:
        ConfigurationError: If it is an autoencoder of something else.
    """

    model: TrainedModel
    name = INFILL
    origins = (INFILL, SPLICE)
    at_once = True

    def __post_init__(self) -> None:
        representation = self.model.representation
        if not isinstance(representation, GrammarRepresentation):
            raise ConfigurationError(
                f"edits of parse trees are for models of the representation grammar, not of "
                f"{representation.name}: train one with --representation grammar"
            )
        self._representation = representation
        self._codes = CodeCache(self.model)

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`; parents that the model cannot hold are left out.

        Sentences that are too long for the model are None.
        """
        codes = self._codes.of(parents)
        if not codes:
            return {INFILL: [], SPLICE: []}
        generator = torch.Generator().manual_seed(seed_for(seed, 0))
        grammar = self._representation.grammar
        trees = [_Tree(grammar, self._representation.derivation(parent)) for parent in codes]
        edits = _draw(trees, number, generator)
        moved = self._moved(torch.stack(list(codes.values())), edits, length, generator)
        written = iter(self._written(trees, edits, moved, seed))
        found: dict[str, list[str | None]] = {INFILL: [], SPLICE: []}
        for edit in edits:
            subtree = next(written) if edit.other is None else edit.other
            sentence = self._sentence(trees[edit.parent].replaced(edit.place, subtree))
            found[INFILL if edit.other is None else SPLICE].append(sentence)
        return found

    def _moved(
        self, codes: Tensor, edits: list[_Edit], length: float, generator: torch.Generator
    ) -> Tensor:
        """Return the codes that the decoder sees: near those of the parents."""
        deviation = self.model.prior.covariance.diagonal().sqrt()
        near = codes[[edit.parent for edit in edits if edit.other is None]]
        return near + STEP * length * deviation * torch.randn(near.shape, generator=generator)

    def _written(
        self, trees: list[_Tree], edits: list[_Edit], codes: Tensor, seed: int
    ) -> list[list[int]]:
        """Return the subtrees that the decoder writes, merged productions undone."""
        rewrites = [self._rewrite(trees[edit.parent], edit) for edit in edits if edit.other is None]
        rows = rewrite_subtrees(
            self.model.network.decoder,
            self._representation.token_grammar,
            codes.to(self.model.device),
            rewrites,
            TEMPERATURE,
            torch.Generator(device=self.model.device).manual_seed(seed_for(seed, 1)),
        )
        return [[token - FIRST for token in self._representation.expand(row)] for row in rows]

    def _rewrite(self, tree: _Tree, edit: _Edit) -> Rewrite:
        old = self._tokens(tree.subtree(edit.place))
        others = len(self._tokens(tree.productions)) - len(old)
        # Merges across the edge of the old subtree can leave less room than it takes by itself.
        room = max(len(old), self._representation.max_length - 1 - others)
        prefix = self._tokens(tree.productions[: edit.place])
        kept = old if edit.around else ()
        # An autoencoder likes to write again what stood there.
        forbidden = -1 if edit.around else old[0]
        return Rewrite(prefix, tree.names[edit.place], room, forbidden, kept)

    def _tokens(self, productions: Sequence[int]) -> list[int]:
        return self._representation.contract([number + FIRST for number in productions])

    def _sentence(self, derivation: list[int]) -> str | None:
        """Write a derivation; None if it is too long for the model."""
        sentence = write_sentence(self._representation.grammar, derivation)
        try:
            self._representation.indices(sentence or "")
        except RepresentationError:
            return None
        return sentence


def _draw(trees: list[_Tree], number: int, generator: torch.Generator) -> list[_Edit]:
    """Draw edits: parents by their rank, all else evenly; an exchange needs a fitting partner."""

    def one_of(size: int) -> int:
        return int(torch.randint(size, (1,), generator=generator))

    weights = rank_weights(len(trees))
    chosen = torch.multinomial(weights, number, True, generator=generator).tolist()
    partners = torch.multinomial(weights, number, True, generator=generator).tolist()
    splices = torch.rand(number, generator=generator) < SPLICE_SHARE
    around = torch.rand(number, generator=generator) < AROUND_SHARE
    found = []
    for row, (first, second) in enumerate(zip(chosen, partners, strict=True)):
        tree, partner = trees[first], trees[second]
        place = one_of(len(tree.productions))
        if not splices[row]:
            found.append(_Edit(first, place, around=bool(around[row])))
            continue
        old = tree.subtree(place)
        places = [
            other
            for other, name in enumerate(partner.names)
            if name == tree.names[place] and partner.subtree(other) != old
        ]
        if places:
            subtree = partner.subtree(places[one_of(len(places))])
            found.append(_Edit(first, place, other=subtree))
    return found
