"""All that was found in an assay file, as a table for people, and its unusable lines as a file."""

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from latentbo.cells import cell, rows_writer
from latentbo.data.assay.reader import Assay, MeasuredLine, Unusable

NOT_MEASURED, FAILED = "not measured", "failed"
# Most line numbers, and names of salts, that a row of the table holds.
LINES, NAMES = 8, 5
# A concentration is small where a compound is potent.
CONCENTRATIONS = ("ic50", "ec50", "ki", "kd", "xc50", "gi50", "mic")


def fault_table(assay: Assay) -> str:
    """Return what was read, and a table of what was not: reason, number of lines, which ones."""
    rows = _by_reason(left_out_lines(assay))
    told = [_headline(assay), _columns(assay), _usable(assay), *_remarks(assay)]
    if rows:
        width = max(len(reason) for reason, _, _ in rows)
        told += [f"  {'left out':{width}}  lines  which"]
        told += [f"  {reason:{width}}  {count:5}  {which}" for reason, count, which in rows]
    return "\n".join(told)


def left_out_lines(assay: Assay) -> list[Unusable]:
    """Return the lines that bring no measurement, in the order of the file.

    Those are the unusable ones and, in a file with values, those without one.
    """
    without = [
        Unusable(line.number, line.original, FAILED if line.is_measured else NOT_MEASURED)
        for line in assay.lines
        if assay.has_values and line.value is None and line.bound is None
    ]
    return sorted([*assay.unusable, *without], key=lambda line: line.number)


def write_left_out(path: Path, lines: Iterable[Unusable]) -> None:
    """Write lines that were left out: number, reason and the line as it stood, as CSV."""
    stream = io.StringIO()
    writer = rows_writer(stream)
    writer.writerow(["line", "reason", "original"])
    writer.writerows([line.number, cell(line.reason), cell(line.original)] for line in lines)
    path.write_text(stream.getvalue(), encoding="utf-8")


def _by_reason(lines: Sequence[Unusable]) -> list[tuple[str, int, str]]:
    found: dict[str, list[Unusable]] = {}
    for line in lines:
        found.setdefault(line.reason, []).append(line)
    ranked = sorted(found.items(), key=lambda item: -len(item[1]))
    return [(reason, len(each), _which(each)) for reason, each in ranked]


def _which(lines: Sequence[Unusable]) -> str:
    told = [
        f"{line.number} ({_short(line.shown)!r})" if line.shown else str(line.number)
        for line in lines[:LINES]
    ]
    return ", ".join(told) + (", …" if len(lines) > LINES else "")


def _headline(assay: Assay) -> str:
    count = len(assay.lines) + len(assay.unusable)
    divided = f", columns divided by {assay.divided_by}" if assay.divided_by else ""
    commas = ", decimal commas" if assay.decimal_commas else ""
    return f"{assay.path}: {count} lines, {assay.encoding}{divided}{commas}"


def _columns(assay: Assay) -> str:
    columns = assay.columns
    chosen = {assay.kind.name: columns.string, "values": columns.value, "IDs": columns.id}
    kinds = {assay.kind.name: "string", "values": "value", "IDs": "id"}
    told = [
        f"{kind} in {columns.names[number]!r}"
        + (" (by its content)" if kinds[kind] in columns.guessed else "")
        for kind, number in chosen.items()
        if number is not None
    ]
    if columns.relation is not None:
        told.append(f"signs in {columns.names[columns.relation]!r}")
    further = [columns.names[number] for number in columns.further]
    told += [f"kept beside them: {', '.join(map(repr, further))}"] if further else []
    return f"  {'; '.join(told)}"


def _usable(assay: Assay) -> str:
    if not assay.has_values:
        distinct = len({line.string for line in assay.lines})
        return f"  no column of values: {distinct} {assay.kind.name} to start from"
    measured = assay.measured
    repeated = _repeated(measured)
    told = f"  {len(measured)} measurements of {len(repeated)} {assay.kind.name}"
    bounds = [line.bound for line in measured if line.bound]
    if bounds:
        told += f", {len(bounds)} of them censored (such as {bounds[0]})"
    again = sum(count > 1 for count in repeated.values())
    return told + (f"; {again} measured several times: averaged" if again else "")


def _repeated(lines: Iterable[MeasuredLine]) -> Counter[str]:
    return Counter(line.string for line in lines)


def _remarks(assay: Assay) -> list[str]:
    told = []
    stripped = Counter(name for line in assay.lines for name in line.stripped)
    if stripped:
        salts = sum(bool(line.stripped) for line in assay.lines)
        names = ", ".join(f"{name} ({count})" for name, count in stripped.most_common(NAMES))
        more = f" and {len(stripped) - NAMES} others" if len(stripped) > NAMES else ""
        told.append(f"  salts and solvents stripped in {salts} lines: {names}{more}")
    if assay.num_tails:
        told.append(f"  CXSMILES tails cut off in {assay.num_tails} lines")
    value = assay.columns.value
    name = "" if value is None else assay.columns.names[value].lower()
    if any(word in name for word in CONCENTRATIONS) and not name.startswith("p"):
        told.append(
            f"  note: values are maximised, and {name!r} looks like a concentration, small where a "
            f"compound is potent: give its negative logarithm"
        )
    return told


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:30]}…"
