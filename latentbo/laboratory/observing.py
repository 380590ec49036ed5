"""Files of results: what in them is new, and what is wrong with them."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from latentbo.data.measured import MeasuredLine
from latentbo.errors import DataError
from latentbo.laboratory.measurement import Measurement
from latentbo.ledger import MEASURED, Evaluation, Status, StepRecord

#: Name, in a step's state, of the file whose results it records.
OBSERVED = "observed"


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
    path: Path,
    lines: Sequence[MeasuredLine],
    rows: Sequence[Evaluation],
    canonical: Callable[[str], str | None],
) -> tuple[list[Measurement], int]:
    """Return the measurements of a file that are not in the ledger, and how many of it are.

    A line with the number of a call belongs to it, and is known if its value was recorded: so a
    file can be filled in bit by bit and recorded each time. A line without one is new.

    Args:
        path: For messages.
        lines: Of the file.
        rows: Of the ledger.
        canonical: A string to its canonical form, None if it is none of the task.

    Raises:
        DataError: If a string cannot be read, a call is another molecule's, or a value was changed.
    """
    calls = {row.call: row for row in rows}
    strings = {line.number: _string(path, line, canonical) for line in lines if line.is_measured}
    measured = [line for line in lines if line.is_measured]
    for line in measured:
        _check_call(path, line, strings[line.number], calls)
    recorded = {
        call: _recorded(path, call, measured, calls, rows)
        for call in dict.fromkeys(line.call for line in measured if line.call is not None)
    }
    new, known = [], 0
    for line in measured:
        left = [] if line.call is None else recorded[line.call]
        if line.value in left:
            left.remove(line.value)
            known += 1
        else:
            new.append(Measurement(strings[line.number], line.value, line.message))
    return new, known


def _string(path: Path, line: MeasuredLine, canonical: Callable[[str], str | None]) -> str:
    string = canonical(line.string)
    if string is None:
        raise DataError(
            f"{path}, line {line.number}: {line.string!r} cannot be read, and nothing of the file "
            f"was recorded: correct it, or drop the line"
        )
    return string


def _check_call(path: Path, line: MeasuredLine, string: str, calls: dict[int, Evaluation]) -> None:
    if line.call is None:
        return
    row = calls.get(line.call)
    if row is None or row.string != string:
        what = f"that of {row.string}, not of {line.string}" if row else "none of this run"
        raise DataError(
            f"{path}, line {line.number}: call {line.call} is {what}, and nothing of the file was "
            f"recorded: correct the call, or leave it empty"
        )


def _recorded(
    path: Path,
    call: int,
    lines: Sequence[MeasuredLine],
    calls: dict[int, Evaluation],
    rows: Sequence[Evaluation],
) -> list[float | None]:
    """Return the recorded results of a call and of what was measured again of its molecule."""
    row = calls[call]
    given = [line for line in lines if line.call == call]
    if row.value is not None and row.value not in [line.value for line in given]:
        raise DataError(
            f"{path}, line {given[0].number}: call {call} ({row.string}) has the value "
            f"{row.value!r}, and nothing of the file was recorded: a recorded value cannot be "
            f"changed; for one more measurement of the molecule add a line without a call"
        )
    again = [other for other in rows if other.string == row.string and other.origin == MEASURED]
    found = {other.call: other for other in [row, *again]}
    return [other.value for other in found.values() if other.status is not Status.PENDING]
