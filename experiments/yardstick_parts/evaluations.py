"""Small measurements of the shipped model of expressions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from latentbo.evaluate import main
from yardstick_parts.commands import run_main
from yardstick_parts.inputs import EXPRESSIONS, write_lines
from yardstick_parts.stored import read_json, without

LATENT = ("--codes", 50, "--box", 60, "--train", 60, "--test", 15, "--moved", 10, "--threads", 1)
#: Names of folders and of settings' fields.
SETTINGS = ("data", "model", "settings")


def _job(*words: Any) -> Callable[[Path], dict[str, Any]]:
    def job(folder: Path) -> dict[str, Any]:
        data = write_lines(folder / "data.txt", EXPRESSIONS)
        run_main(main, *words, "--data", data, "--quiet", "--out", folder / "run")
        files = sorted((folder / "run").glob("*.json"))
        return {file.stem: without(read_json(file), SETTINGS) for file in files}

    return job


#: Name -> function that measures in an empty folder and returns the record.
EVALUATIONS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "model": _job("expressions", "--held-out", 40, "--samples", 100),
    "latent": _job("latent", "expressions", "--held-out", 40, *LATENT),
    "gp": _job("gp", "expressions", "--seeds", 1, "--threads", 1),
}
