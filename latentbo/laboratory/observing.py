"""Files of results: what in them is new, and what is wrong with them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from latentbo.data.assay import Assay, MeasuredLine, Unusable
from latentbo.data.bounds import Bound
from latentbo.errors import DataError
from latentbo.laboratory.measurement import Measurement
from latentbo.ledger import MEASURED, Evaluation, Status, StepRecord
from latentbo.ledger.vials import BESIDE, VALUE_NAME, vial_ids

#: Name, in a step's state, of the file whose results it records.
OBSERVED = "observed"
#: Columns of the tables of suggestions that come back with the values.
BATCH_COLUMNS = frozenset({"predicted", "deviation", "origin", "reserve", "reason"})
#: Value and bound of a result; of a failed one, neither.
Result = tuple[float | None, Bound | None]


@dataclass
class News:
    """The contents of a file of results.

    Args:
        measurements: Those that are not in the ledger.
        known: How many of its lines are.
        unusable: Lines that cannot be used.
        recorded: Hashes of the lines of the measurements.
        beside: Their strings, and IDs and further columns of the user's.
        value_name: Name of the column of values; may be empty.
    """

    measurements: list[Measurement] = field(default_factory=list)
    known: int = 0
    unusable: list[Unusable] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    beside: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    value_name: str = ""

    def note(self, path: Path, sha256: str) -> dict[str, Any]:
        """Return what the step that records the file says of it.

        Where lines were left out, the file will come back corrected: what was recorded of it is
        known by its lines then.
        """
        lines = {"lines": self.recorded} if self.unusable else {}
        beside = {BESIDE: self.beside} if self.beside else {}
        named = {VALUE_NAME: self.value_name} if self.value_name else {}
        return {OBSERVED: {"file": path.name, "sha256": sha256, **lines}, **beside, **named}

    def add(self, line: MeasuredLine, string: str, mark: str, vials: Collection[str]) -> None:
        """Add the measurement of a line."""
        self.measurements.append(Measurement(string, line.value, line.message, line.bound))
        self.recorded.append(mark)
        own = {name: text for name, text in line.further.items() if name not in BATCH_COLUMNS}
        own |= {"id": line.id} if line.id and line.id not in vials else {}
        if own:
            self.beside.append((string, own))


def file_hash(path: Path) -> str:
    """Return the sha256 of a file.

    Raises:
        DataError: If it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check the path") from error


def check_unobserved(path: Path, sha256: str, steps: Sequence[StepRecord]) -> None:
    """Refuse a file that was recorded before.

    Raises:
        DataError: If it was.
    """
    for step in steps:
        seen = step.state.get(OBSERVED, {})
        if seen.get("sha256") == sha256:
            raise DataError(
                f"{path} was recorded before (as {seen['file']}, step {step.batch}), and nothing "
                f"was recorded now: give the file with the new results; if these are further "
                f"measurements that gave the same values, say so in a column 'message'"
            )


def new_measurements(
    assay: Assay,
    rows: Sequence[Evaluation],
    steps: Sequence[StepRecord],
    canonical: Callable[[str], str | None],
) -> News:
    """Return the measurements of a file that are not in the ledger.

    A line with the number of a call belongs to it, and is known if its value was recorded: so a
    file can be filled in bit by bit and recorded each time. A line without one is new, unless it
    stood like this in a file of the same name of which lines were left out.

    Args:
        assay: The file.
        rows: Of the ledger.
        steps: Of the ledger.
        canonical: A string to its canonical form, None if it is none of the task.
    """
    news = News(unusable=list(assay.unusable), value_name=assay.value_name)
    before = _lines_before(assay.path, steps)
    calls = {row.call: row for row in rows}
    vials = {name: row.call for name, row in vial_ids(rows).items()}
    usable = []
    for each in assay.lines:
        line = replace(each, call=vials.get(each.id)) if each.call is None else each
        string = canonical(line.string) if line.is_measured else None
        fault = _fault(line, string, calls) if line.is_measured else ""
        if fault:
            news.unusable.append(Unusable(line.number, line.original, fault, line.string))
        elif string is not None:
            usable.append((line, string))
    recorded = _recorded([line for line, _ in usable], calls, rows)
    for call, line in _changed([line for line, _ in usable], calls, recorded):
        fault = f"call {call} has another value already, which cannot be changed"
        news.unusable.append(Unusable(line.number, line.original, fault, line.string))
    changed = {line.number for line in news.unusable}
    for line, string in usable:
        if line.number in changed:
            continue
        result, mark = (line.value, line.bound), _hash(line)
        left = [] if line.call is None else recorded[line.call]
        if result in left:
            left.remove(result)
            news.known += 1
        elif line.call is None and before[mark]:
            before[mark] -= 1
            news.known += 1
        else:
            news.add(line, string, mark, vials)
    news.unusable.sort(key=lambda line: line.number)
    return news


def _lines_before(path: Path, steps: Sequence[StepRecord]) -> Counter[str]:
    """Return the lines that were recorded of files of this name, of which others were left out."""
    seen = [step.state.get(OBSERVED, {}) for step in steps]
    return Counter(
        mark for each in seen if each.get("file") == path.name for mark in each.get("lines", ())
    )


def _hash(line: MeasuredLine) -> str:
    return hashlib.sha256(" ".join(line.original.split()).encode()).hexdigest()[:16]


def _fault(line: MeasuredLine, string: str | None, calls: dict[int, Evaluation]) -> str:
    """Return why a line cannot be used; empty if it can."""
    if string is None:
        return "no string of the task that can be read"
    if line.call is None:
        return ""
    row = calls.get(line.call)
    if row is None:
        return f"call {line.call} is none of this run"
    return "" if row.string == string else f"call {line.call} is that of {row.string}"


def _recorded(
    lines: Sequence[MeasuredLine], calls: dict[int, Evaluation], rows: Sequence[Evaluation]
) -> dict[int, list[Result]]:
    """Return the recorded results of each call, and of what was measured again of its molecule."""
    found = {}
    for call in dict.fromkeys(line.call for line in lines if line.call is not None):
        row = calls[call]
        again = [other for other in rows if other.string == row.string and other.origin == MEASURED]
        both = {other.call: other for other in [row, *again]}
        found[call] = [
            (other.value, other.bound)
            for other in both.values()
            if other.status is not Status.PENDING
        ]
    return found


def _changed(
    lines: Sequence[MeasuredLine],
    calls: dict[int, Evaluation],
    recorded: dict[int, list[Result]],
) -> Iterator[tuple[int, MeasuredLine]]:
    """Yield the lines of calls whose recorded value is not in the file any more."""
    for call in recorded:
        row = calls[call]
        given = [line for line in lines if line.call == call]
        results = [(line.value, line.bound) for line in given]
        has_result = row.value is not None or row.bound is not None
        if has_result and (row.value, row.bound) not in results:
            yield from ((call, line) for line in given)
