"""Columns of strings, values and IDs in a table: named, or guessed."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from latentbo.data.assay.kinds import StringKind, plain_name
from latentbo.data.assay.table import BLANKS, Row, Table
from latentbo.data.assay.values import MISSING, NUMBER
from latentbo.errors import ConfigurationError, DataError

#: Names of columns of values, the surest first. Logarithmic potencies are before concentrations.
VALUE = "value"
VALUE_NAMES = (
    *(VALUE, "values", "pchembl value", "pic50", "pec50", "pki", "pkd", "pxc50", "pgi50"),
    *("activity", "potency", "score", "response", "measured", "measurement", "y", "target"),
    *("standard value", "ic50", "ec50", "ki", "kd", "inhibition", "result"),
)
ID_NAMES = (
    *("id", "compound id", "molecule id", "mol id", "substance id", "sample id", "cmpd id", "vial"),
    *("molecule chembl id", "compound", "compound name", "compound number", "cmpd", "sample"),
    *("name", "title", "identifier", "code", "cas", "cas number", "nr", "no", "number", "catalog"),
)
RELATION_NAMES = ("standard relation", "relation", "operator", "qualifier", "modifier", "prefix")
#: Names of numbers that describe a molecule or a plate, and are never what was measured.
DESCRIBING = frozenset(
    {
        "mw",
        "mol weight",
        "molecular weight",
        "sas",
        "logp",
        "clogp",
        "alogp",
        "xlogp",
        "tpsa",
        "psa",
    }
    | {"hba", "hbd", "qed", "sa", "heavy atoms", "rings", "rotatable bonds", "purity", "row"}
    | {"plate", "well", "batch", "year", "n", "count", "replicate", "call", "predicted"}
    | {"deviation", "sd", "std", "sem", "error", "stdev", "index", "unnamed: 0", "measurements"}
    | {"price", "cost", "stock", "amount", "quantity", "mass", "weight", "volume"}
)
CALL, MESSAGE = "call", "message"
RELATION = re.compile(r"'?(?:=|<|>|<=|>=|~|<<|>>)'?")
# Rows that content is judged by, and the least share of them that must be of a kind.
SAMPLE, SHARE = 100, 0.5


@dataclass(frozen=True)
class ColumnNames:
    """Columns as the user names them: by the name in the first line, or the number from 1.

    Args:
        string: Of the strings; None: guessed.
        value: Of the values; None: guessed.
        id: Of the IDs; None: guessed.
    """

    string: str | None = None
    value: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class Columns:
    """Numbers of a table's columns, from 0; None where there is none.

    Args:
        names: Of all columns, each once.
        string: Of the strings; None where IDs stand for them.
        value: Of the values.
        id: Of the IDs.
        call: Of the numbers of calls.
        message: Of messages.
        relation: Of the signs `=`, `<`, `>` of the values.
        other_relation: Of such signs that stand beside another column.
        has_names: Whether the first row of the table names them.
        guessed: Which of `string`, `value` and `id` were told by content alone.
    """

    names: tuple[str, ...]
    string: int | None
    value: int | None
    id: int | None
    call: int | None
    message: int | None
    relation: int | None
    other_relation: int | None
    has_names: bool
    guessed: tuple[str, ...] = ()

    @property
    def further(self) -> list[int]:
        """All others."""
        used = {self.string, self.value, self.id, self.call, self.message, self.relation}
        return [column for column in range(len(self.names)) if column not in used]


def find_columns(
    table: Table,
    path: Path,
    kind: StringKind,
    given: ColumnNames,
    known_ids: Collection[str] = (),
    has_values: bool = True,
) -> Columns:
    """Find the columns of a table: as named, else by usual names, else by their content.

    Args:
        table: The table.
        path: For messages, and because numbers behind a string in a `.smi` file are names.
        kind: What strings it holds.
        given: As the user names them.
        known_ids: IDs that stand for strings: with them, a column of strings may be missing.
        has_values: Whether a column of values is looked for.

    Raises:
        ConfigurationError: If a named column is not there.
        DataError: If no column holds strings, or several could be that of the values.
    """
    return _Finder(table, path, kind, given, known_ids).find(has_values)


class _Finder:
    def __init__(
        self,
        table: Table,
        path: Path,
        kind: StringKind,
        given: ColumnNames,
        known_ids: Collection[str],
    ) -> None:
        self.known_ids = known_ids
        self.path, self.kind, self.given = path, kind, given
        self.divided_by = table.divided_by
        self.has_names = table.names is not None or self._is_line_of_names(table.rows)
        first = table.names or (table.rows[0].cells if self.has_names else ())
        rows = table.rows[1:] if self.has_names and table.names is None else table.rows
        # Cells beyond the names are no column: a decimal comma, perhaps, that divides a value.
        width = len(first) or max(len(row.cells) for row in rows)
        self.names = _unique([*first, *[""] * (width - len(first))])
        self.plain = [plain_name(name) for name in first] + [""] * (width - len(first))
        self.sample = [row.cells for row in rows[:SAMPLE]]
        self.guessed: list[str] = []

    def find(self, has_values: bool) -> Columns:
        string = self._string()
        used = set() if string is None else {string}
        call, message = (self._named_exactly(name, used) for name in (CALL, MESSAGE))
        used |= {column for column in (call, message) if column is not None}
        signs = self._relations(used)
        named_id = self._column(self.given.id, "--id-column")
        taken = used | {column for column in (named_id, *signs) if column is not None}
        value = self._value(taken) if has_values else None
        used |= {value} if value is not None else set()
        relation = self._own_relation(signs, value)
        other = next((column for column in signs if column != relation), None)
        used |= set(signs)
        found = named_id if named_id is not None else self._id(used)
        return Columns(
            *(self.names, string, value, found, call, message, relation),
            *(other if relation is None else None, self.has_names, tuple(self.guessed)),
        )

    def _is_line_of_names(self, rows: Sequence[Row]) -> bool:
        cells = rows[0].cells
        if any(map(self.kind.is_name, cells)):
            return True
        named = [name for name in (self.given.string, self.given.value, self.given.id) if name]
        if any(plain_name(cell) == plain_name(name) for cell in cells for name in named):
            return True
        if len(cells) == 1 or self.divided_by == BLANKS:
            return False
        numbers = any(NUMBER.fullmatch(cell) for cell in cells)
        return len(rows) > 1 and not numbers and not any(map(self.kind.looks_like_string, cells))

    def _column(self, name: str | None, option: str) -> int | None:
        """Return the column that an option names."""
        if name is None:
            return None
        found = [number for number, plain in enumerate(self.plain) if plain == plain_name(name)]
        exact = [number for number, each in enumerate(self.names) if each == name]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if not found and name.isdigit() and 1 <= int(name) <= len(self.names):
            return int(name) - 1
        problem = "several columns" if found else "no column"
        raise ConfigurationError(
            f"{option} {name}: {self.path} has {problem} of this name; it has "
            f"{', '.join(map(repr, self.names))}: give one of them, or its number from 1"
        )

    def _string(self) -> int | None:
        given = self._column(self.given.string, "--smiles-column")
        if given is not None:
            return given
        shares = [
            self._share(number, self.kind.looks_like_string) for number in range(len(self.names))
        ]
        named = [number for name in self.kind.names for number in self._named(name)]
        for number in named:
            if shares[number] >= SHARE:
                return number
        best = max(range(len(shares)), key=shares.__getitem__)
        if shares[best] >= SHARE:
            self.guessed += ["string"] if self.has_names else []
            return best
        if self.known_ids and any(
            self._share(number, self.known_ids.__contains__) >= SHARE
            for number in range(len(self.names))
        ):
            return None
        # Lists of strings with names behind them hold no other column of strings.
        if named or len(self.names) == 1 or self.divided_by == BLANKS:
            return named[0] if named else 0
        raise DataError(
            f"{self.path} has no column of {self.kind.name}: its columns are "
            f"{', '.join(map(repr, self.names))}; name the right one with --smiles-column"
        )

    def _value(self, used: set[int]) -> int | None:
        given = self._column(self.given.value, "--value-column")
        if given is not None:
            return given
        for name in VALUE_NAMES:
            numbers = [
                number
                for number in self._named(name)
                if number not in used
                and (name == VALUE or self._is_of_values(number) or self._is_blank(number))
            ]
            if len(numbers) > 1:
                raise self._ambiguous(numbers)
            if numbers:
                return numbers[0]
        candidates = [
            number
            for number, plain in enumerate(self.plain)
            if number not in used
            and plain not in DESCRIBING
            and plain not in ID_NAMES
            and self._is_of_values(number)
        ]
        if len(candidates) > 1:
            raise self._ambiguous(candidates)
        self.guessed += ["value"] if candidates else []
        return candidates[0] if candidates else None

    def _is_of_values(self, number: int) -> bool:
        """Whether most cells are numbers; in a file without names, whole ones may be names."""
        cells = [cell for cell in self._cells(number) if cell.lower() not in MISSING]
        numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
        if not numbers or len(numbers) < SHARE * len(cells):
            return False
        if self.has_names:
            return True
        is_names = ".smi" in self.path.suffixes
        return not is_names and not all(cell.isdigit() for cell in numbers)

    def _is_blank(self, number: int) -> bool:
        """Whether there is no value yet, as in a table that is to be filled in."""
        return all(cell.lower() in MISSING for cell in self._cells(number))

    def _ambiguous(self, numbers: Sequence[int]) -> DataError:
        names = [self.names[number] for number in numbers]
        return DataError(
            f"{self.path} has several columns that may hold the values: "
            f"{', '.join(map(repr, names))}; name the right one with --value-column"
        )

    def _id(self, used: set[int]) -> int | None:
        for number in range(len(self.names)) if self.known_ids else ():
            if number not in used and self._share(number, self.known_ids.__contains__) >= SHARE:
                return number
        for name in ID_NAMES:
            for number in self._named(name):
                if number not in used:
                    return number
        if self.has_names:
            named = [n for n, plain in enumerate(self.plain) if plain.endswith((" id", "_id"))]
            return next((number for number in named if number not in used), None)
        left = [number for number in range(len(self.names)) if number not in used]
        return left[0] if left else None

    def _relations(self, used: set[int]) -> list[int]:
        return [
            number
            for number in range(len(self.names))
            if number not in used
            and (
                self.plain[number] in RELATION_NAMES
                or (self._share(number, lambda cell: bool(RELATION.fullmatch(cell))) > SHARE)
            )
        ]

    def _own_relation(self, signs: list[int], value: int | None) -> int | None:
        """Return the column of signs of the values: before them, or named like them."""
        for number in signs if value is not None else []:
            first = self.plain[number].split(" ")[0]
            if number + 1 == value or (
                value is not None and first == self.plain[value].split(" ")[0] != ""
            ):
                return number
        return None

    def _named(self, name: str) -> list[int]:
        return [number for number, plain in enumerate(self.plain) if plain == name]

    def _named_exactly(self, name: str, used: set[int]) -> int | None:
        return next((number for number in self._named(name) if number not in used), None)

    def _cells(self, number: int) -> list[str]:
        cells = (row[number] for row in self.sample if number < len(row))
        return [cell for cell in cells if cell]

    def _share(self, number: int, is_so: Callable[[str], bool]) -> float:
        cells = self._cells(number)
        return sum(map(is_so, cells)) / len(cells) if cells else 0.0


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of which each is there once; unnamed columns are called by their number."""
    found: list[str] = []
    for number, name in enumerate(names, start=1):
        wanted = " ".join(name.split()) or f"column {number}"
        count = sum(each == wanted or each.startswith(f"{wanted} (") for each in found)
        found.append(f"{wanted} ({count + 1})" if wanted in found else wanted)
    return tuple(found)
