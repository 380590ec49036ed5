"""Edits of SMILES between their atoms, with the bookkeeping of branches and rings.

Written token by token, an edit changes what stands behind it: a branch loses its end, a ring its
partner. Here a string is cut between units (an atom with its bond and ring digits, or a
parenthesis), units are replaced, and what lost its partner gets another, or goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from latentbo.representations.smiles import kind_of

OPEN, CLOSE = "(", ")"
#: Ring digits in the order in which they are given to new rings.
DIGITS = (*"123456789", *(f"%{number}" for number in range(10, 100)))


@dataclass(frozen=True)
class Unit:
    """An atom, or a parenthesis.

    Attributes:
        symbols: The bond before it, where one is written, the atom, and its ring digits with their
            bonds; or the parenthesis alone.
    """

    symbols: tuple[str, ...]

    @property
    def is_atom(self) -> bool:
        """Whether it holds an atom."""
        return self.symbols not in ((OPEN,), (CLOSE,))

    @property
    def rings(self) -> tuple[tuple[str, ...], ...]:
        """Its ring digits, each with its bond, where one is written."""
        return _rings(self.symbols)


def units_of(symbols: Sequence[str]) -> list[Unit]:
    """Split the symbols of a complete SMILES into units.

    A bond before a branch's first atom, or behind a branch, belongs to the atom that follows.
    """
    units: list[list[str]] = []
    pending: list[str] = []
    for position, symbol in enumerate(symbols):
        kind = kind_of(symbol)
        following = kind_of(symbols[position + 1]) if position + 1 < len(symbols) else ""
        if kind == "ring" or (kind == "bond" and following == "ring"):
            units[-1].append(symbol)
        elif kind in ("bond", "dot"):
            pending.append(symbol)
        else:
            units.append([*pending, symbol])
            pending = []
    return [Unit(tuple(unit)) for unit in units]


def depths(units: Sequence[Unit]) -> list[int]:
    """Return the number of open branches before each unit, and behind the last."""
    found = [0]
    for unit in units:
        found.append(found[-1] + (unit.symbols == (OPEN,)) - (unit.symbols == (CLOSE,)))
    return found


def open_rings(units: Sequence[Unit]) -> list[int]:
    """Return the number of open rings before each unit, and behind the last."""
    opened: set[str] = set()
    found = [0]
    for unit in units:
        opened ^= {ring[-1] for ring in unit.rings}
        found.append(len(opened))
    return found


def spans(units: Sequence[Unit], most_atoms: int) -> list[tuple[int, int]]:
    """Return the spans of units that can be replaced: whole branches, at most so many atoms.

    A span `(first, end)` may be empty, which is a place to insert; there is none before the first
    atom, nor between a parenthesis that opens and its atom.
    """
    depth = depths(units)
    found = []
    for first in range(len(units)):
        if first == 0 or units[first - 1].symbols != (OPEN,):
            found += [(first, first)] if first else []
        atoms = 0
        for end in range(first + 1, len(units) + 1):
            atoms += units[end - 1].is_atom
            if atoms > most_atoms or depth[end] < depth[first]:
                break
            if depth[end] == depth[first] and atoms:
                found.append((first, end))
    return [*found, (len(units), len(units))]


def replaced(
    units: Sequence[Unit], span: tuple[int, int], written: Sequence[str]
) -> list[str] | None:
    """Put other symbols in the place of a span of units.

    A ring whose partner was in the span goes to the last atom that is written there, or is dropped.

    Args:
        units: A complete SMILES.
        span: One of `spans`.
        written: Symbols as a decoder goes on behind the units before the span, cut anywhere.

    Returns:
        The symbols of a complete SMILES; None if none has them.
    """
    first, end = span
    before, behind = units[:first], units[end:]
    taken = {ring[-1] for unit in (*before, *behind) for ring in unit.rings}
    middle = _closed(written, taken)
    if middle and all(kind_of(symbol) != "atom" for symbol in middle):
        middle = []
    lost = _lost_rings(units[first:end])
    atoms = [i for i, symbol in enumerate(middle) if kind_of(symbol) == "atom"]
    if lost and atoms:
        place = atoms[-1] + 1
        middle[place:place] = [symbol for ring in lost for symbol in ring]
    return _tidy([*_symbols(before), *middle, *_symbols(behind)])


def spliced(
    first: Sequence[Unit], cut: int, written: Sequence[str], second: Sequence[Unit], start: int
) -> list[str] | None:
    """Join the units of one molecule before a cut and those of another from a start.

    Args:
        first: A complete SMILES.
        cut: Number of its units that stay; no ring may be open there (see `open_rings`).
        written: Symbols between the two parts, as for `replaced`.
        second: A complete SMILES.
        start: Its first unit that is taken; no ring and no branch may be open there.

    Returns:
        The symbols of a complete SMILES; None if none has them.
    """
    depth = depths(first)[cut]
    middle = _closed(written, {ring[-1] for unit in second[start:] for ring in unit.rings})
    whole = [*_symbols(first[:cut]), *middle, *_symbols(second[start:]), *[CLOSE] * depth]
    return _tidy(whole)


def _closed(written: Sequence[str], taken: set[str]) -> list[str]:
    """Complete symbols that were cut anywhere: rings among themselves only, branches closed.

    Ring digits are exchanged for others than those `taken`.
    """
    kept: list[str] = []
    depth = 0
    for symbol in written:
        depth += (symbol == OPEN) - (symbol == CLOSE)
        if depth < 0 or kind_of(symbol) == "dot":
            depth = max(depth, 0)
            break
        kept.append(symbol)
    while kept and kind_of(kept[-1]) in ("bond", "open"):
        depth -= kept.pop() == OPEN
    digits = [symbol for symbol in kept if kind_of(symbol) == "ring"]
    paired = {digit for digit in digits if digits.count(digit) == 2}
    free = [digit for digit in DIGITS if digit not in taken]
    names = dict(zip(sorted(paired), free, strict=False))
    found: list[str] = []
    for symbol in kept:
        if kind_of(symbol) != "ring":
            found.append(symbol)
        elif symbol in names:
            found.append(names[symbol])
        elif found and kind_of(found[-1]) == "bond":
            found.pop()
    return found + [CLOSE] * depth


def _lost_rings(units: Sequence[Unit]) -> list[tuple[str, ...]]:
    """Return the ring digits of units whose partners are not among them."""
    alone: dict[str, tuple[str, ...]] = {}
    for unit in units:
        for ring in unit.rings:
            if alone.pop(ring[-1], None) is None:
                alone[ring[-1]] = ring
    return list(alone.values())


def _tidy(symbols: Sequence[str]) -> list[str] | None:
    """Drop empty branches; None if no atom is left."""
    found: list[str] = []
    for symbol in symbols:
        if symbol == CLOSE and found and found[-1] == OPEN:
            found.pop()
        else:
            found.append(symbol)
    return found if any(kind_of(symbol) == "atom" for symbol in found) else None


def _symbols(units: Sequence[Unit]) -> list[str]:
    return [symbol for unit in units for symbol in unit.symbols]


def _rings(symbols: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    found = []
    for position, symbol in enumerate(symbols):
        if kind_of(symbol) == "ring":
            bond = symbols[position - 1 : position] if position else ()
            found.append((*(bond if bond and kind_of(bond[0]) == "bond" else ()), symbol))
    return tuple(found)
