"""The frame of benchmarks: options, files, and the last line, which compares with a baseline."""

import argparse
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from latentbo.command_line import at_least, run_command
from latentbo.errors import ConfigurationError

Rows = list[dict[str, Any]]
Config = TypeVar("Config")


def benchmark_parser(
    description: str | None, smoke: str, files: str = "rows.jsonl and table.md"
) -> argparse.ArgumentParser:
    """Return a parser with --out and --smoke.

    Args:
        description: Of the benchmark; its first line is shown.
        smoke: What --smoke does.
        files: Names of the files in --out.
    """
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, help=f"new folder for {files}")
    parser.add_argument("--smoke", action="store_true", help=smoke)
    return parser


def commit() -> str | None:
    """Return the commit of the code, with a plus if files differ from it; None: no repository."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=12"]
    try:
        found = subprocess.run(
            [*command, "--dirty=+", "--exclude=*"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def timing_options(parser: argparse.ArgumentParser) -> None:
    """Add --threads and --repeats."""
    parser.add_argument("--threads", type=at_least(1), help="of torch (default 1)")
    parser.add_argument("--repeats", type=at_least(1), help="timed runs of each form")


def configured(config: Config, options: argparse.Namespace) -> Config:
    """Return a dataclass in which given options replace the fields of the same name."""
    names = [field.name for field in fields(config)]  # type: ignore[arg-type]
    given = {name: getattr(options, name, None) for name in names}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(config, **changes)  # type: ignore[type-var]


def run_benchmark(
    out: Path | None,
    measure: Callable[[], Rows],
    table: Callable[[Rows], str],
    summary: Callable[[Rows], Mapping[str, Any]],
    config: Any = None,
) -> int:
    """Measure, print the table and the summary as a line of JSON, and return the exit code.

    Args:
        out: New folder for `rows.jsonl` and `table.md`; None: nothing is written.
        measure: Returns the rows.
        table: Rows -> Markdown.
        summary: Rows -> `name`, `ours`, `baseline`, `ratio`, and more.
        config: A dataclass, for `config.json` in the folder.
    """

    def work() -> None:
        if out is not None and out.exists():
            raise ConfigurationError(f"{out} exists; name a new folder")
        rows = measure()
        print(table(rows))
        if out is not None:
            out.mkdir(parents=True)
            if config is not None:
                (out / "config.json").write_text(json.dumps(asdict(config), indent=1) + "\n")
            (out / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
            (out / "table.md").write_text(table(rows) + "\n")
        print(json.dumps(summary(rows)))

    return run_command(work)
