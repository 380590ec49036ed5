"""A study's files: a line of JSON a result, a page of tables, a CSV a table, pictures."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from latentbo.errors import ConfigurationError
from study.table import Table

Row = dict[str, Any]
ROWS_FILE = "results.jsonl"


def write_results(
    out: Path,
    rows: Sequence[Row],
    tables: Sequence[Table],
    figures: Mapping[str, bytes] | None = None,
) -> None:
    """Write all files of a study.

    Args:
        out: Its folder.
        rows: For `results.jsonl`.
        tables: Made of the rows, for `tables.md` and a CSV each.
        figures: Name -> content of a PNG file.
    """
    write_rows(out, rows)
    write_tables(out, tables)
    for name, content in (figures or {}).items():
        (out / name).write_bytes(content)


def write_rows(out: Path, rows: Iterable[Row]) -> None:
    """Write `results.jsonl`."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_whole(out / ROWS_FILE, text)


def read_rows(out: Path) -> list[Row]:
    """Read `results.jsonl`; there are no rows where it is not."""
    path = out / ROWS_FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def write_tables(out: Path, tables: Sequence[Table]) -> None:
    """Write `tables.md` and a CSV a table."""
    write_whole(out / "tables.md", page_of(tables))
    for table in tables:
        write_whole(out / f"{table.name}.csv", table.csv())


def page_of(tables: Iterable[Table]) -> str:
    """Return the tables as one page."""
    return "\n".join(table.markdown() for table in tables)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a crash leaves the old or the new one whole, and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def claim(
    out: Path, settings: Mapping[str, Any], versions: Mapping[str, str], resume: bool
) -> None:
    """Make a study's folder with `config.json`, or accept that it holds the same study.

    Args:
        out: The folder.
        settings: What decides the results.
        versions: Of code and packages, written beside the settings.
        resume: Whether the folder may be there.

    Raises:
        ConfigurationError: If it is there and must not be, or has other settings.
    """
    file, content = out / "config.json", json.loads(json.dumps(settings))
    if not out.exists():
        write_whole(file, json.dumps({**content, "versions": versions}, indent=1) + "\n")
        return
    if not resume:
        raise ConfigurationError(f"{out} exists: give another --out, or --resume")
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if any(found.get(name) != value for name, value in content.items()):
        raise ConfigurationError(
            f"{out} holds no study with these settings: give another --out, or those in {file}"
        )
