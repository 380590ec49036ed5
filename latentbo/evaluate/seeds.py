"""Results of several seeds: which ones, and where they are kept."""

import argparse
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latentbo.errors import CheckpointError, ConfigurationError

LINES_FILE, SUMMARY_FILE = "gp.jsonl", "gp.json"


def seeds(text: str) -> tuple[int, ...]:
    """Argparse type: `3` is the seeds 0, 1, 2; `3,7` and `3,` are lists."""
    try:
        if "," not in text:
            given = list(range(int(text)))
        else:
            given = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        given = []
    if not given or min(given) < 0 or len(set(given)) < len(given):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number of seeds, at least 1, nor a list of them such as 3,7"
        )
    return tuple(given)


class SeedFile:
    """Results of seeds in `gp.jsonl` of a folder; a seed that is there need not be run again.

    Args:
        directory: The folder; None keeps nothing.
        settings: All that a result depends on, beside the seed.

    Attributes:
        results: Seed -> its numbers.
        rows: How many rows were used and left out, as the first result told.

    Raises:
        CheckpointError: If the file cannot be read.
        ConfigurationError: If it holds results of other settings.
    """

    def __init__(self, directory: Path | None, settings: dict[str, Any]) -> None:
        self.directory = directory
        self.settings = settings
        text = json.dumps(settings, sort_keys=True)
        self.key = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.results: dict[int, dict[str, Any]] = {}
        self.rows: dict[str, Any] = {"used": 0, "left_out": {}}
        if directory is not None and (directory / LINES_FILE).is_file():
            self._read(directory / LINES_FILE)

    def add(self, seed: int, result: dict[str, Any], rows: dict[str, Any]) -> None:
        """Keep a result, on disk at once."""
        self.results[seed] = result
        self.rows = rows
        if self.directory is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        line = {"seed": seed, "settings": self.key, **result, "rows": rows}
        with (self.directory / LINES_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def write_summary(self, summary: dict[str, Any], chosen: Sequence[int]) -> None:
        """Write `gp.json`: settings, summary, and the results of the chosen seeds."""
        if self.directory is None:
            return
        content = {
            "settings": self.settings,
            **summary,
            "results": [{"seed": seed, **self.results[seed]} for seed in chosen],
        }
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        (self.directory / SUMMARY_FILE).write_text(text, encoding="utf-8")

    def _read(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            # The run was killed while it wrote: that seed is run again.
            partial = path.with_suffix(".part")
            partial.write_text("".join(lines[:-1]), encoding="utf-8")
            os.replace(partial, path)
            lines.pop()
        for number, line in enumerate(lines, start=1):
            try:
                result = json.loads(line)
                seed, key, rows = (result.pop(name) for name in ("seed", "settings", "rows"))
            except (ValueError, KeyError, AttributeError, TypeError) as error:
                raise CheckpointError(
                    f"line {number} of {path} holds no result of a seed: delete the line, or give "
                    f"another --out"
                ) from error
            if key != self.key:
                raise ConfigurationError(
                    f"{path} holds results of other settings (model, data, objective or options): "
                    f"give another --out"
                )
            self.results[seed] = result
            self.rows = rows
