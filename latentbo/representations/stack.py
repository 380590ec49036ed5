"""The mask of a grammar's decoder: one stack of non-terminals per row of a batch."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from latentbo.parsing import Grammar
from latentbo.representations.tables import MaskTables
from latentbo.representations.vocabulary import END

#: Depth of a new stack; it doubles whenever a row might outgrow it.
FIRST_DEPTH = 16


@dataclass(frozen=True, eq=False)
class StackTables(MaskTables):
    """Effect of each token on a stack, as tensors.

    Non-terminals are numbered from 1. Number 0 is the bottom of every stack. There nothing is left
    to expand: only the end token is allowed, and it leaves the 0 in place.

    Args:
        start: Number of the start symbol.
        allowed: Boolean, `(non-terminals + 1) x vocabulary`: the tokens allowed with this symbol on
            top.
        pushed: `vocabulary x width`: the right-hand side's non-terminals from right to left, so
            that the leftmost ends on top; padded with 0.
        growth: `vocabulary`: number of pushed symbols minus the popped one.
        shortest: Productions of the grammar's shortest sentence.
        change: `vocabulary`: change of the minimum number of productions that complete the stack.
    """

    start: int
    allowed: Tensor
    pushed: Tensor
    growth: Tensor
    shortest: int
    change: Tensor

    @classmethod
    def of(cls, grammar: Grammar) -> Self:
        """Build the tables of a grammar whose production i is token `END + 1 + i`."""
        numbers = {name: i for i, name in enumerate(grammar.nonterminals, start=1)}
        size = END + 1 + len(grammar.productions)
        width = max(1, *(len(production.children) for production in grammar.productions))
        allowed = torch.zeros(len(numbers) + 1, size, dtype=torch.bool)
        allowed[0, END] = True
        pushed = torch.zeros(size, width, dtype=_dtype(len(numbers)))
        growth = torch.zeros(size, dtype=torch.int64)
        change = torch.zeros(size, dtype=torch.int64)
        change[END] = -1  # it needs no room after it
        lengths = grammar.minimal_lengths
        for token, production in enumerate(grammar.productions, start=END + 1):
            children = [numbers[name] for name in reversed(production.children)]
            allowed[numbers[production.lhs], token] = True
            pushed[token, : len(children)] = torch.tensor(children, dtype=pushed.dtype)
            growth[token] = len(children) - 1
            change[token] = grammar.minimal_needs[token - END - 1] - lengths[production.lhs]
        shortest = lengths[grammar.start]
        return cls(numbers[grammar.start], allowed, pushed, growth, shortest, change)


class StackMask:
    """Mask of the productions that expand the leftmost non-terminal of `n` partial derivations.

    Args:
        tables: Tables of the grammar.
        num_rows: Number `n` of derivations.
        device: Device of the tokens.
        length: Positions of a row, the end token included, within which every derivation must end:
            tokens after which it could not are masked. None: it may run out of length.
    """

    def __init__(
        self,
        tables: StackTables,
        num_rows: int,
        device: torch.device,
        length: int | None = None,
    ) -> None:
        self._tables = tables.to(device)
        self._width = torch.arange(tables.pushed.shape[1], device=device)
        self._stacks = torch.zeros(num_rows, FIRST_DEPTH, dtype=tables.pushed.dtype, device=device)
        self._stacks[:, 1] = tables.start
        self._top = torch.ones(num_rows, dtype=torch.int64, device=device)
        self._highest = 1  # upper bound of all rows' tops, known without a device synchronisation
        self._left = length
        # The fewest productions that complete each row.
        self._missing = torch.full_like(self._top, tables.shortest)

    def allowed(self) -> Tensor:
        """Return a boolean tensor, `n x vocabulary`."""
        allowed = self._tables.allowed[self._stacks.gather(1, self._top[:, None])[:, 0].long()]
        if self._left is None:
            return allowed
        # After the token there must be room to complete the derivation, and for the end.
        return allowed & (self._missing[:, None] + self._tables.change <= self._left - 2)

    def advance(self, tokens: Tensor) -> None:
        """Expand each row's leftmost non-terminal by the `n` allowed tokens just emitted."""
        width = len(self._width)
        if self._highest + width > self._stacks.shape[1]:
            self._make_room(width)
        # Entries above the new top are overwritten before they are read.
        self._stacks.scatter_(1, self._top[:, None] + self._width, self._tables.pushed[tokens])
        self._top = self._top + self._tables.growth[tokens]
        self._highest += width - 1
        if self._left is not None:
            self._missing = self._missing + self._tables.change[tokens]
            self._left -= 1

    def keep(self, rows: Tensor) -> None:
        """Keep only these rows (a boolean or index tensor; an index may be repeated)."""
        if rows.dtype == torch.bool:
            rows = rows.nonzero()[:, 0]
        # Copies whole rows: four times as fast as indexing with brackets.
        self._stacks = self._stacks.index_select(0, rows)
        self._top, self._missing = self._top[rows], self._missing[rows]

    def _make_room(self, width: int) -> None:
        """Read the true height of the stacks, and deepen them if they are half full."""
        self._highest = int(self._top.max()) if len(self._top) else 0
        missing = 2 * (self._highest + width) - self._stacks.shape[1]
        if missing > 0:
            self._stacks = torch.nn.functional.pad(self._stacks, (0, missing))


def _dtype(num_nonterminals: int) -> torch.dtype:
    return torch.uint8 if num_nonterminals < 256 else torch.int32
