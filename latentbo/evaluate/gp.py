"""`python -m latentbo.evaluate gp`: how well does a sparse GP predict held-out values?"""

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any

from latentbo.command_line import Parser, at_least
from latentbo.data import Line, cache_folder, content_hash
from latentbo.errors import DataError
from latentbo.evaluate.inputs import (
    add_data,
    add_model,
    add_objective,
    add_output,
    add_threads,
    check_out,
    open_console,
    open_model,
    open_objective,
)
from latentbo.evaluate.seeds import SeedFile, seeds
from latentbo.tasks import TASKS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from latentbo.models import TrainedModel
    from latentbo.protocols import Labelled, MeanError
    from latentbo.protocols.gp_evaluation import GPConfig

__all__ = ["build_parser", "run"]

DESCRIPTION = """Fit a sparse Gaussian process to the codes and values of 90 % of the data, predict
the other 10 %: mean predictive log-likelihood and root mean squared error, as in table 4.5 of the
thesis, for each seed of the split.

By default with the published settings: 500 inducing points, a squared-exponential kernel with a
lengthscale a dimension, targets not standardised, 50 epochs of Adam at 5e-4 over mini-batches of
5,000. Published is FITC, fitted by stochastic expectation propagation; what stands in for it here
is FITC's own log marginal likelihood, whose gradient mini-batches estimate. With --modern targets
are standardised, inducing points chosen greedily, lengthscales have a prior, and the fit goes on
until it has converged.

All strings are encoded and scored once; codes and values of built-in objectives are kept in the
cache. With --out, seeds that are already in gp.jsonl are not run again.
"""
EXAMPLES = """examples:
  ten splits of the expressions, published settings:
    python -m latentbo.evaluate gp expressions --model models/mine --seeds 10 --out gp
  seeds 3 and 7 with the modern GP:
    python -m latentbo.evaluate gp expressions --model models/mine --modern --seeds 3,7
  molecules, 10,000 of them, another objective:
    python -m latentbo.evaluate gp molecules --objective qed --limit 10000
"""
MEASURES = ("log_likelihood", "rmse", "constant_log_likelihood", "constant_rmse")
# Draws the strings of --limit; the same ones for every seed, so that they are encoded once.
LIMIT_SEED = 0


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("python -m latentbo.evaluate gp", DESCRIPTION, EXAMPLES)
    add_model(parser)
    add_data(parser)
    add_objective(parser)
    add = parser.add_argument
    add("--modern", action="store_true", help="fit the GP as one would today")
    add(
        "--seeds",
        type=seeds,
        default="1",
        metavar="N|LIST",
        help="how many seeds, from 0, or a list such as 3,7 (one seed: '3,')",
    )
    add("--limit", type=at_least(20), metavar="N", help="use N of the strings, drawn at random")
    add_threads(parser)
    add_output(parser, "write gp.json and gp.jsonl (one line a seed) to this folder")
    return parser


def run(options: argparse.Namespace) -> None:
    """Evaluate each seed, print the table, and write what `--out` asks for."""
    import torch  # noqa: PLC0415  (--help should not wait for torch)

    from latentbo.protocols import mean_and_error  # noqa: PLC0415

    check_out(options)
    if options.threads:
        torch.set_num_threads(options.threads)
    console = open_console(options)
    objective = open_objective(options)
    model = open_model(options)
    path, lines = TASKS[options.task].data(options.data)
    console.print(f"reading {path} ({len(lines)} lines) …")
    config = _gp_config(options.modern)
    settings = _settings(options, objective.name, config, content_hash(lines))
    found = SeedFile(options.out, settings)
    missing = [seed for seed in options.seeds if seed not in found.results]
    rows = found.rows
    if missing:
        labelled, left_out = _label(options, model, objective, lines, console)
        rows = {"used": len(labelled), "left_out": left_out}
        _evaluate(labelled, config, missing, found, rows, console)
    done = [found.results[seed] for seed in options.seeds]
    summary = {name: mean_and_error([result[name] for result in done]) for name in MEASURES}
    console.print(_table(summary, options.modern))
    console.print(_rows_line(rows, done[0]))
    if options.out is not None:
        found.write_summary(
            {"rows": rows, "seeds": list(options.seeds), **_plain(summary)}, options.seeds
        )
        console.print(f"numbers: {options.out}")


def _gp_config(modern: bool) -> "GPConfig":
    from latentbo.surrogates import ModernGPConfig, StochasticGPConfig  # noqa: PLC0415

    return ModernGPConfig() if modern else StochasticGPConfig()


def _settings(
    options: argparse.Namespace, objective: str, config: "GPConfig", data: str
) -> dict[str, Any]:
    """Return all that a seed's result depends on."""
    from dataclasses import asdict  # noqa: PLC0415

    from latentbo import __version__  # noqa: PLC0415
    from latentbo.models import default_model_folder  # noqa: PLC0415
    from latentbo.run import model_hash  # noqa: PLC0415

    return {
        "task": options.task,
        "objective": objective,
        "gp": "modern" if options.modern else "published",
        "gp_settings": asdict(config),
        "model_sha256": model_hash(options.model or default_model_folder(options.task)),
        "data_sha256": data,
        "limit": options.limit,
        "version": __version__,
    }


def _label(
    options: argparse.Namespace,
    model: "TrainedModel",
    objective: Any,
    lines: list[Line],
    console: "Console",
) -> "tuple[Labelled, dict[str, int]]":
    """Encode and score the strings that the task and the model can use; count the others."""
    from rich.status import Status  # noqa: PLC0415

    from latentbo.protocols import label  # noqa: PLC0415

    chosen = _limited(lines, options.limit)
    with Status(f"reading, encoding and scoring {len(chosen)} strings …", console=console):
        task = TASKS[options.task].for_model(model)
        usable, others = task.filtered(chosen, None)
        if not usable:
            raise DataError(
                f"none of {len(chosen)} strings is {task.noun}: give {task.name} with --data FILE"
            )
        strings = [line.string for line in usable]
        labelled = label(model, objective, strings, cache_folder())
    reasons = Counter(reason for _, _, reason in others)
    reasons.update(labelled.left_out)
    return labelled, {reason: count for reason, count in sorted(reasons.items()) if count}


def _limited(lines: list[Line], limit: int | None) -> list[Line]:
    """Draw lines at random, in the order of the file."""
    import torch  # noqa: PLC0415

    if limit is None or limit >= len(lines):
        return lines
    generator = torch.Generator().manual_seed(LIMIT_SEED)
    order = torch.randperm(len(lines), generator=generator)[:limit]
    return [lines[row] for row in order.sort().values.tolist()]


def _evaluate(
    labelled: "Labelled",
    config: "GPConfig",
    missing: list[int],
    found: SeedFile,
    rows: dict[str, Any],
    console: "Console",
) -> None:
    """Run the missing seeds; each result is kept as soon as it is there."""
    from dataclasses import asdict  # noqa: PLC0415

    from rich.status import Status  # noqa: PLC0415

    from latentbo.protocols import evaluate_gp  # noqa: PLC0415

    for number, seed in enumerate(missing, start=1):
        text = f"seed {seed} ({number} of {len(missing)}): fitting {len(labelled)} rows …"
        with Status(text, console=console):
            evaluation = evaluate_gp(labelled.codes, labelled.values, config, seed)
        found.add(seed, asdict(evaluation), rows)
        console.print(
            f"seed {seed} ({number} of {len(missing)}): log-likelihood "
            f"{evaluation.log_likelihood:.3f}, RMSE {evaluation.rmse:.3f}  "
            f"({evaluation.seconds:.0f} s)"
        )


def _plain(summary: "dict[str, MeanError]") -> dict[str, Any]:
    return {
        name: {"mean": found.mean, "standard_error": found.error if found.number > 1 else None}
        for name, found in summary.items()
    }


def _table(summary: "dict[str, MeanError]", modern: bool) -> "Table":
    from rich.table import Table  # noqa: PLC0415

    def text(name: str) -> str:
        found = summary[name]
        return f"{found.mean:.3f}" + (f" ± {found.error:.3f}" if found.number > 1 else "")

    number = summary["rmse"].number
    table = Table(f"mean ± standard error of {number} seeds" if number > 1 else "one seed")
    table.add_column("log-likelihood", justify="right")
    table.add_column("RMSE", justify="right")
    name = "sparse GP, modern" if modern else "sparse GP, published settings"
    table.add_row(name, text("log_likelihood"), text("rmse"))
    table.add_row("constant predictor", text("constant_log_likelihood"), text("constant_rmse"))
    return table


def _rows_line(rows: dict[str, Any], result: dict[str, Any]) -> str:
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in rows["left_out"].items())
    return (
        f"{rows['used']:,} rows used: {result['num_train']:,} to fit, {result['num_test']:,} to "
        f"predict; left out: {reasons or 'none'}"
    )
