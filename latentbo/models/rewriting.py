"""Let a decoder write subtrees of derivations anew, under the grammar's mask."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latentbo.models.decoding import Decoder
from latentbo.parsing import Grammar
from latentbo.representations import BEGIN, END

#: Token of a grammar's first production.
FIRST = END + 1


@dataclass(frozen=True)
class Rewrite:
    """A place in a derivation where a non-terminal is to be replaced.

    Args:
        prefix: Tokens of the derivation before it.
        nonterminal: Its name; it must be the leftmost open one behind the prefix.
        room: Most tokens of what replaces it, those of `kept` included; at least as many as its
            shortest derivation has.
        forbidden: Token that may not come first if there is another; -1: none.
        kept: Tokens of a complete derivation of the same non-terminal: they take the place of the
            first such non-terminal that is open behind at least one written token, if there is room
            for them.
    """

    prefix: Sequence[int]
    nonterminal: str
    room: int
    forbidden: int = -1
    kept: Sequence[int] = ()


@torch.no_grad()
def rewrite_subtrees(
    decoder: Decoder,
    grammar: Grammar,
    codes: Tensor,
    rewrites: Sequence[Rewrite],
    temperature: float,
    generator: torch.Generator,
) -> list[list[int]]:
    """Sample derivations of non-terminals behind given tokens.

    The decoder reads each prefix first, so that it goes on from the state that it has there. A
    token is allowed if the rest of the subtree can still be completed within the room.

    Args:
        decoder: Of an autoencoder of derivations.
        grammar: Production i is token `END + 1 + i`.
        codes: The `n x d` codes that the decoder sees, on its device.
        rewrites: The n places.
        temperature: Samples from softmax(logits / T); positive.
        generator: Draws the samples, on the decoder's device.

    Returns:
        For each place the tokens of a complete derivation of its non-terminal.
    """
    rows = [_Row(grammar, each) for each in rewrites]
    allowed, needs = _tables(grammar, codes.device)
    state = decoder.initial_state(codes)
    previous = torch.full((len(codes), 1), BEGIN, device=codes.device)
    sees_previous = getattr(decoder, "sees_previous", True)
    going_on = list(range(len(rows)))
    while going_on:
        logits, state = decoder(codes, previous, state)
        logits = logits[:, 0].float()
        if not sees_previous:
            logits = logits[going_on]
        free = [place for place, row in enumerate(going_on) if not rows[row].waiting]
        if free:
            own = [rows[going_on[place]] for place in free]
            mask = allowed[[row.top for row in own]]
            limits = torch.tensor([row.limit for row in own], device=codes.device)
            mask = mask & (needs <= limits[:, None])
            unwanted = torch.tensor([row.unwanted for row in own], device=codes.device)
            several = (mask.sum(1) > 1) & (unwanted >= 0)
            mask[several.nonzero()[:, 0], unwanted[several]] = False
            heated = torch.where(mask, logits[free] / temperature, -torch.inf)
            drawn = torch.multinomial(torch.softmax(heated, 1), 1, generator=generator)
            for row, token in zip(own, drawn[:, 0].tolist(), strict=True):
                row.write(token)
        chosen = [rows[row].read() for row in going_on]
        kept = [place for place, row in enumerate(going_on) if not rows[row].is_done]
        going_on = [going_on[place] for place in kept]
        if sees_previous:
            codes, state = codes[kept], state[:, kept]
            previous = torch.tensor(chosen, device=codes.device)[kept, None]
    return [row.written for row in rows]


@dataclass
class _Row:
    """The progress of one place.

    Attributes:
        waiting: Tokens that the decoder has still to read, the next one last.
        written: Tokens of the new subtree.
        open: Its open non-terminals, the leftmost last.
        room: Tokens that may still be written.
    """

    grammar: Grammar
    rewrite: Rewrite
    waiting: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.waiting = list(reversed(self.rewrite.prefix))
        self.open = [self.rewrite.nonterminal]
        self.room = self.rewrite.room
        self.kept = list(self.rewrite.kept)

    @property
    def is_done(self) -> bool:
        """Whether the subtree is complete."""
        return not self.open

    @property
    def top(self) -> int:
        """Number of the leftmost open non-terminal."""
        return self.grammar.nonterminals.index(self.open[-1])

    @property
    def limit(self) -> int:
        """Most further tokens that what is written next may need below itself."""
        lengths = self.grammar.minimal_lengths
        return self.room - 1 - sum(lengths[name] for name in self.open[:-1])

    @property
    def unwanted(self) -> int:
        """Token that may not be written next; -1: none."""
        return -1 if self.written else self.rewrite.forbidden

    def write(self, token: int) -> None:
        """Expand the leftmost open non-terminal, and put what is kept into the next if it fits."""
        self.open.pop()
        self.open += reversed(self.grammar.productions[token - FIRST].children)
        self.written.append(token)
        self.waiting.append(token)
        self.room -= 1
        lengths = self.grammar.minimal_lengths
        if self.kept and self.open and self.open[-1] == self.rewrite.nonterminal:
            rest = sum(lengths[name] for name in self.open[:-1])
            if len(self.kept) + rest <= self.room:
                self.open.pop()
                self.written += self.kept
                self.waiting[:0] = reversed(self.kept)
                self.room -= len(self.kept)
                self.kept = []

    def read(self) -> int:
        """Return the token that the decoder reads next."""
        return self.waiting.pop()


def _tables(grammar: Grammar, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the tokens of each non-terminal (boolean), and what each token needs below itself."""
    size = FIRST + len(grammar.productions)
    allowed = torch.zeros(len(grammar.nonterminals), size, dtype=torch.bool, device=device)
    needs = torch.zeros(size, dtype=torch.int64, device=device)
    for row, name in enumerate(grammar.nonterminals):
        allowed[row, [FIRST + number for number in grammar.productions_of[name]]] = True
    needs[FIRST:] = torch.tensor(grammar.minimal_needs, device=device)
    return allowed, needs
