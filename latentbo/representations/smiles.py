"""SMILES as characters, with a decoder mask that enforces their syntax.

Bonds come before atoms and branches after them; a branch still open at the end is closed there, and
a ring bond without a partner is dropped. Valences and aromaticity are left to the network: a
finished decode may not be a molecule.

References:
    Weininger, "SMILES, a chemical language and information system", J. Chem. Inf. Comput. Sci. 28,
    1988; the grammar is that of OpenSMILES 1.0, section 2, without ring bonds after a branch, which
    canonical SMILES never have.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

import torch
from torch import Tensor

from latentbo.representations.base import DecoderMask, RepresentationError, shorten
from latentbo.representations.characters import CharacterRepresentation
from latentbo.representations.tables import MaskTables
from latentbo.representations.vocabulary import END

_KINDS = {
    "atom": re.compile(r"\[[^\[\]]+\]|Br|Cl|[BCNOPSFIbcnops*]"),
    "bond": re.compile(r"[-=#$:/\\~]"),
    "open": re.compile(r"\("),
    "close": re.compile(r"\)"),
    "ring": re.compile(r"\d|%\d\d"),
    "dot": re.compile(r"\."),
}
#: State -> kinds of symbol that may follow, each with the next state. A bond after a branch, or at
#: its start, cannot be a ring bond.
_BEFORE = {
    "start": {"atom": "atom"},
    "open": {"atom": "atom", "bond": "bond"},
    "bond": {"atom": "atom"},
    "bond of an atom": {"atom": "atom", "ring": "atom"},
    "atom": {
        "atom": "atom",
        "bond": "bond of an atom",
        "ring": "atom",
        "open": "open",
        "close": "close",
        "dot": "start",
    },
    "close": {"atom": "atom", "bond": "bond", "open": "open", "close": "close", "dot": "start"},
}
_STATES = tuple(_BEFORE)
#: Change of the number of open branches by a symbol.
_DEEPER = {"open": 1, "close": -1}
#: States in which a string may end.
_FINAL = ("atom", "close")
_NEVER = 1_000_000


class SmilesRepresentation(CharacterRepresentation):
    """SMILES strings as characters; the symbols are those of `CharacterRepresentation`."""

    name = "smiles"

    @classmethod
    def symbols(cls, string: str) -> list[str]:
        """Split a SMILES string into atoms, bonds, parentheses, ring digits and dots.

        Raises:
            RepresentationError: If the string is empty, or not SMILES: it has an unknown or
                misplaced symbol, or an unclosed branch or ring.
        """
        found = super().symbols(string)
        fault = _fault(found)
        if fault is not None:
            raise RepresentationError(
                f"{shorten(string)!r} is not a SMILES string ({fault}): write canonical SMILES, or "
                f"leave it out"
            )
        return found

    def join(self, symbols: Sequence[str]) -> str:
        """Write symbols one after the other; close open branches, drop ring bonds without partner.

        Complete strings do not change.
        """
        alone: dict[str, int] = {}
        depth = 0
        for position, symbol in enumerate(symbols):
            depth += _DEEPER.get(kind_of(symbol), 0)
            if kind_of(symbol) == "ring" and alone.pop(symbol, None) is None:
                alone[symbol] = position
        dropped = set(alone.values())
        # The order of a ring bond comes before its digit.
        dropped |= {i - 1 for i in dropped if i and kind_of(symbols[i - 1]) == "bond"}
        kept = [symbol for position, symbol in enumerate(symbols) if position not in dropped]
        return "".join(kept) + ")" * depth

    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Return the mask for decoding `num_rows` rows."""
        return SmilesMask(self._tables, num_rows, device, self.decode_length)

    @cached_property
    def _tables(self) -> "SmilesTables":
        symbols = self.vocabulary.symbols
        runs = [
            [symbols[i] for i in self.expand([token])]
            for token in range(END + 1, len(self.vocabulary))
        ]
        return SmilesTables.of(runs)


@dataclass(frozen=True, eq=False)
class SmilesTables(MaskTables):
    """Requirements and effects of each token, as tensors.

    Args:
        next_state: `states x vocabulary`: state after a token; -1: the token is not allowed.
        needs: `vocabulary`: branches that must be open before a token.
        deeper: `vocabulary`: change of the number of open branches.
        fits: `states x vocabulary`: whether a token is allowed.
        unfinished: `states`, 0 or 1: whether an atom must come before the end.
    """

    next_state: Tensor
    needs: Tensor
    deeper: Tensor
    fits: Tensor
    unfinished: Tensor

    @classmethod
    def of(cls, runs: Sequence[Sequence[str]]) -> Self:
        """Build the tables of tokens made of runs of symbols, from token `END + 1` on."""
        size = END + 1 + len(runs)
        next_state = torch.full((len(_STATES), size), -1)
        needs, deeper = torch.full((size,), _NEVER), torch.zeros(size, dtype=torch.int64)
        for state in _FINAL:
            next_state[_STATES.index(state), END] = _STATES.index(state)
        needs[END] = 0
        for token, run in enumerate(runs, start=END + 1):
            for number, state in enumerate(_STATES):
                next_state[number, token] = _behind(state, run)
            needs[token], deeper[token] = _depths(run)
        unfinished = torch.tensor([state not in _FINAL for state in _STATES]).long()
        return cls(next_state, needs, deeper, next_state >= 0, unfinished)


class SmilesMask:
    """Mask of the tokens that continue `n` partial SMILES.

    The end may come while branches or rings are open (see `SmilesRepresentation.join`): a decoder
    forced to close a ring where it predicts the end writes other tokens than the partner.

    Args:
        tables: Tables of the vocabulary.
        num_rows: Number `n` of strings.
        device: Device of the tokens.
        length: Positions of a row, the end token included, at least 2.
    """

    def __init__(
        self, tables: SmilesTables, num_rows: int, device: torch.device, length: int
    ) -> None:
        self._tables = tables.to(device)
        self._state = torch.zeros(num_rows, dtype=torch.int64, device=device)
        self._depth = torch.zeros_like(self._state)
        self._left = length

    def allowed(self) -> Tensor:
        """Return a boolean tensor, `n x vocabulary`."""
        tables = self._tables
        allowed = tables.fits[self._state] & (self._depth[:, None] >= tables.needs)
        if self._left <= 2:
            # Room for the end, and for an atom if the string cannot end.
            room = tables.unfinished[tables.next_state[self._state]] <= self._left - 2
            room[:, END] = True
            allowed &= room
        return allowed

    def advance(self, tokens: Tensor) -> None:
        """Update the state by the `n` allowed tokens just emitted."""
        tables = self._tables
        self._state = tables.next_state[self._state, tokens]
        self._depth = self._depth + tables.deeper[tokens]
        self._left -= 1

    def keep(self, rows: Tensor) -> None:
        """Keep these rows only (a boolean or index tensor; an index may be repeated)."""
        self._state, self._depth = self._state[rows], self._depth[rows]


@lru_cache(maxsize=4096)
def kind_of(symbol: str) -> str:
    """Return atom, bond, open, close, ring or dot; empty if it is not part of SMILES."""
    return next((name for name, form in _KINDS.items() if form.fullmatch(symbol)), "")


def _fault(symbols: Sequence[str]) -> str | None:
    """Return the syntax error that keeps symbols from being SMILES; None: there is none."""
    state, depth, rings = "start", 0, set[str]()
    for position, symbol in enumerate(symbols, start=1):
        kind = kind_of(symbol)
        following = _BEFORE[state].get(kind)
        depth += _DEEPER.get(kind, 0)
        if following is None or depth < 0:
            return f"{symbol!r} cannot stand at symbol {position} of {len(symbols)}"
        rings ^= {symbol} if kind == "ring" else set()
        state = following
    if depth or rings:
        return "a branch is not closed" if depth else f"ring bond {min(rings)} is not closed"
    return None if state in _FINAL else f"it ends with {symbols[-1]!r}"


def _behind(state: str, run: Sequence[str]) -> int:
    """Number of the state after a run of symbols that begins in `state`; -1: not allowed."""
    for symbol in run:
        following = _BEFORE[state].get(kind_of(symbol))
        if following is None:
            return -1
        state = following
    return _STATES.index(state)


def _depths(run: Sequence[str]) -> tuple[int, int]:
    """Open branches required before a run, and the change of their number by it."""
    depth = lowest = 0
    for symbol in run:
        depth += _DEEPER.get(kind_of(symbol), 0)
        lowest = min(lowest, depth)
    return -lowest, depth
