"""Short runs of every preset and both tasks, one ask–tell run, two fronts, both protocols."""

import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from latentbo.optimize import main
from yardstick_parts.commands import run_main
from yardstick_parts.inputs import EXPRESSIONS, write_lines
from yardstick_parts.stored import search_record

SHORT = ("--budget", 50, "--initial", 20, "--batch-size", 10)
MOLECULES = ("hybrid", "latent", "thesis", "gp-bo", "ga", "random")
EXPRESSION_RUNS: dict[str, tuple[Any, ...]] = {
    "latent": (),
    "latent-log-ei": ("--acquisition", "log-ei", "--surrogate", "fragments"),
    "latent-exact": ("--surrogate", "exact"),
    "thesis": ("--preset", "thesis"),
    "thesis-exact": ("--preset", "thesis", "--surrogate", "exact"),
    "random": ("--preset", "random"),
}
KUSNER = ("--iterations", 2, "--points", 5, "--inducing", 10, "--gp-epochs", 2)
HELD_OUT = ("--num-labelled", 40, "--budget", 20, "--batch-size", 10)
GOALS = """mean = "pareto"

[[term]]
objective = "qed"
reference = 0.3

[[term]]
name = "likeness"
objective = "similarity:Cc1ccccc1O"
weight = 3

[constraints]
max-logp = 6
"""
OWN = "NCCc1ccccc1"  # a molecule that an ask-tell run did not suggest
CALL, STRING, VALUE = 0, 1, 5  # columns of a batch
NUM_ROUNDS, PER_ROUND = 3, 8


def _run(folder: Path, *arguments: Any) -> dict[str, Any]:
    run_main(main, *arguments, "--threads", 1, "--quiet", "--out", folder / "run")
    return search_record(folder / "run")


def _plain(*arguments: Any) -> Callable[[Path], dict[str, Any]]:
    return lambda folder: _run(folder, *arguments, *SHORT)


def _measured(folder: Path) -> dict[str, Any]:
    """Run with initial data."""
    rows = [f"{expression},{-len(expression)}" for expression in EXPRESSIONS[::4]]
    known = write_lines(folder / "known.csv", ["expression,value", *rows])
    return _run(folder, "expressions", "--initial", known, "--budget", 20, "--batch-size", 10)


def _front(preset: str, folder: Path) -> dict[str, Any]:
    goals = folder / "goals.toml"
    goals.write_text(GOALS, encoding="utf-8")
    return _run(folder, "molecules", "--objective", goals, "--preset", preset, *SHORT)


def _protocol(name: str, options: tuple[Any, ...], folder: Path) -> dict[str, Any]:
    data = write_lines(folder / "data.txt", EXPRESSIONS)
    return _run(folder, "expressions", "--protocol", name, "--data", data, *options)


def _ask_tell(folder: Path) -> dict[str, Any]:
    """Suggest and observe, with a failure and a measurement that was not suggested."""
    run, results = folder / "run", folder / "results.csv"
    start = ("molecules", "--preset", "hybrid", "--threads", 1, "--out", run)
    for number in range(NUM_ROUNDS):
        given = start if number == 0 else ("--resume", run, "--observe", results)
        batch = run_main(main, *given, "--suggest", PER_ROUND, "--quiet")
        results.write_text(_filled_in(batch, number), encoding="utf-8")
    run_main(main, "--resume", run, "--observe", results, "--quiet")
    return search_record(run)


def _filled_in(batch: str, number: int) -> str:
    head, *rows = csv.reader(io.StringIO(batch))
    for row in rows:
        row[VALUE] = str(len(set(row[STRING])) - len(row[STRING]) / 10)
    rows[number][VALUE] = "failed"
    own = ["" for _ in head]
    own[STRING], own[VALUE] = OWN, str(number + 0.5)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([head, *rows, own])
    return stream.getvalue()


#: Name -> function that runs in an empty folder and returns the record.
SEARCHES: dict[str, Callable[[Path], dict[str, Any]]] = {
    **{f"molecules-{name}": _plain("molecules", "--preset", name) for name in MOLECULES},
    **{f"expressions-{name}": _plain("expressions", *o) for name, o in EXPRESSION_RUNS.items()},
    "expressions-measured": _measured,
    "front-ga": partial(_front, "ga"),
    "front-gp-bo": partial(_front, "gp-bo"),
    "ask-tell": _ask_tell,
    "kusner2017": partial(_protocol, "kusner2017", KUSNER),
    "held-out": partial(_protocol, "held-out", HELD_OUT),
}
