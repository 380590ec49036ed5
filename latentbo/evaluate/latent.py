"""`python -m latentbo.evaluate latent`: is a latent space worth searching?"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Self

from latentbo.command_line import Parser, at_least
from latentbo.evaluate.inputs import (
    add_data,
    add_model,
    add_objective,
    add_output,
    add_split,
    add_threads,
    check_out,
    open_console,
    open_model,
    open_objective,
    prepare,
)
from latentbo.tasks import TASKS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from latentbo.diagnostics import Diagnosis

__all__ = ["build_parser", "run"]

DESCRIPTION = """Diagnose a latent space before oracle calls are spent on it.

Do codes decode to something: drawn from the prior, uniformly in the box of the data's codes (which
the published protocol searches), near the data (noise in standard deviations of the prior)? Do
strings survive encoding and decoding, and does their value? Do the codes follow the prior? If codes
of unseen strings are moved a little, how many decode to the same string, how far is the moved code
from the code of what it decodes to, and how much does the value change? Does a Gaussian process
predict unseen values, and are its intervals right? The last line is a verdict with its reasons.
Distances are in standard deviations: of codes, of the prior's in each dimension; of values, of the
data's. Decoding is greedy; unseen strings are those held out of the model's own training, if
the data are the same.

What needs values calls the objective, some 3,700 times with the default numbers; the calls are
counted and told. With an objective of your own that costs more than a moment, use --no-objective,
or smaller numbers.
"""
EXAMPLES = """examples:
  the model that ships with the package, with penalised logP:
    python -m latentbo.evaluate latent molecules
  your own model, data and objective, fewer calls, with latent.json and latent-diagnosis.png:
    python -m latentbo.evaluate latent molecules --model models/mine --data my.smi \\
        --objective score.py:dock --train 200 --test 50 --codes 50 --moved 20 --out diagnosis
  without any call of an objective:
    python -m latentbo.evaluate latent expressions --model models/mine --no-objective
"""
JSON_FILE, FIGURE_FILE = "latent.json", "latent-diagnosis.png"


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("python -m latentbo.evaluate latent", DESCRIPTION, EXAMPLES)
    add_model(parser)
    add_data(parser)
    add_objective(parser)
    add = parser.add_argument
    add("--no-objective", action="store_true", help="leave out what needs values: no oracle calls")
    add(
        "--codes",
        type=at_least(1),
        default=500,
        metavar="N",
        help="codes decoded per region, and unseen strings encoded and decoded again",
    )
    add(
        "--box",
        type=at_least(2),
        default=2000,
        metavar="N",
        help="strings whose codes span the box",
    )
    add(
        "--train",
        type=at_least(10),
        default=2000,
        metavar="N",
        help="strings that the Gaussian process is fitted to (a call each)",
    )
    add(
        "--test",
        type=at_least(10),
        default=500,
        metavar="N",
        help="unseen strings that it predicts (a call each)",
    )
    add(
        "--moved",
        type=at_least(1),
        default=200,
        metavar="N",
        help="codes of unseen strings that are moved a little, by each of a few radii",
    )
    add_split(parser)
    add("--seed", type=at_least(0), default=0, metavar="N", help="seed of codes and noise")
    add_threads(parser)
    add_output(parser, f"write {JSON_FILE} and {FIGURE_FILE} to this folder")
    return parser


def run(options: argparse.Namespace) -> None:
    """Diagnose, print, and write what `--out` asks for.

    Raises:
        ConfigurationError: If options contradict each other.
    """
    import torch  # noqa: PLC0415  (--help should not wait for torch)

    from latentbo.diagnostics import DiagnosisConfig, diagnose, num_stages  # noqa: PLC0415
    from latentbo.errors import ConfigurationError  # noqa: PLC0415

    check_out(options)
    if options.no_objective and options.objective:
        raise ConfigurationError("--objective and --no-objective contradict each other: leave one")
    if options.threads:
        torch.set_num_threads(options.threads)
    console = open_console(options)
    objective = None if options.no_objective else open_objective(options)
    model = open_model(options)
    data = prepare(options, model, console.print)
    task = TASKS[options.task].for_model(model)
    config = DiagnosisConfig(
        num_codes=options.codes,
        num_box=options.box,
        num_train=options.train,
        num_test=options.test,
        seed=options.seed,
        num_moved=options.moved,
    )
    with _Bar(console, num_stages(objective is not None)) as bar:
        diagnosis = diagnose(
            model.finishing(),  # as the search decodes
            [data.strings[i] for i in data.split.training.tolist()],
            [data.strings[i] for i in data.split.test.tolist()],
            task.canonical,
            objective,
            config,
            bar.say,
        )
    for table in _tables(diagnosis, task.noun):
        console.print(table)
    console.print(_calls(diagnosis))
    console.print(str(diagnosis.verdict), style="bold")
    if options.out is not None:
        _write(options, diagnosis, task.noun)
        console.print(f"numbers and figure: {options.out}")


class _Bar:
    """A bar of the stages of a diagnosis, and what is being done; gone when all is.

    Args:
        console: Where it is shown; without a terminal it is not.
        num_stages: How often `say` will be called.
    """

    def __init__(self, console: "Console", num_stages: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

        columns = (TextColumn("{task.completed:.0f}/{task.total:.0f}"), BarColumn(bar_width=24))
        text = TextColumn("{task.description}", markup=False)
        self.progress = Progress(*columns, text, console=console, transient=True)
        self.task = self.progress.add_task("encoding …", total=num_stages)
        self.begun = 0

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def say(self, text: str) -> None:
        """Begin the next stage."""
        self.progress.update(self.task, completed=self.begun, description=f"{text} …")
        self.begun += 1


def _write(options: argparse.Namespace, diagnosis: "Diagnosis", noun: str) -> None:
    from latentbo.diagnostics import diagnosis_png  # noqa: PLC0415

    directory: Path = options.out
    directory.mkdir(parents=True, exist_ok=True)
    settings = {
        "task": options.task,
        "model": None if options.model is None else str(options.model),
        "data": None if options.data is None else str(options.data),
        "seed": options.seed,
    }
    text = json.dumps({**settings, **diagnosis.to_json()}, indent=1, ensure_ascii=False)
    (directory / JSON_FILE).write_text(text + "\n", encoding="utf-8")
    (directory / FIGURE_FILE).write_bytes(diagnosis_png(diagnosis, noun))


def _calls(diagnosis: "Diagnosis") -> str:
    if diagnosis.objective is None:
        return "no oracle calls were spent on this"
    failed = f", {diagnosis.num_failed} of them failed" if diagnosis.num_failed else ""
    return (
        f"{diagnosis.num_calls:,} oracle calls were spent on this ({diagnosis.objective}{failed})"
    )


def _tables(diagnosis: "Diagnosis", noun: str) -> "list[Table]":
    from rich.table import Table  # noqa: PLC0415

    from latentbo.diagnostics.tables import (  # noqa: PLC0415
        measurement_rows,
        perturbation_rows,
        validity_rows,
    )

    tables = []
    for head, *rows in (
        validity_rows(diagnosis, noun),
        perturbation_rows(diagnosis, noun),
        measurement_rows(diagnosis),
    ):
        table = Table()
        table.add_column(head[0])
        for name in head[1:]:
            table.add_column(name, justify="right")
        for row in rows:
            table.add_row(*row)
        tables.append(table)
    return tables
