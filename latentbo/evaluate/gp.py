"""`python -m latentbo.evaluate gp`: how well does a sparse GP predict held-out values?"""

import argparse
from collections import Counter
from dataclasses import asdict
from typing import Any

import torch
from rich.console import Console
from rich.status import Status
from rich.table import Table

from latentbo import __version__
from latentbo.data import Line, cache_folder, content_hash
from latentbo.errors import DataError
from latentbo.evaluate.inputs import check_out, open_console, open_model, open_objective
from latentbo.evaluate.seeds import SeedFile
from latentbo.models import TrainedModel, default_model_folder
from latentbo.protocols import Labelled, MeanError, evaluate_gp, label, mean_and_error
from latentbo.run import model_hash
from latentbo.surrogates import GPConfig, ModernGPConfig, StochasticGPConfig
from latentbo.tasks import TASKS

MEASURES = ("log_likelihood", "rmse", "constant_log_likelihood", "constant_rmse")
# Draws the strings of --limit; the same ones for every seed, so that they are encoded once.
LIMIT_SEED = 0


def run(options: argparse.Namespace) -> None:
    """Evaluate each seed, print the table, and write what `--out` asks for."""
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


def _gp_config(modern: bool) -> GPConfig:

    return ModernGPConfig() if modern else StochasticGPConfig()


def _settings(
    options: argparse.Namespace, objective: str, config: GPConfig, data: str
) -> dict[str, Any]:
    """Return all that a seed's result depends on."""
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
    model: TrainedModel,
    objective: Any,
    lines: list[Line],
    console: Console,
) -> tuple[Labelled, dict[str, int]]:
    """Encode and score the strings that the task and the model can use; count the others."""
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
    if limit is None or limit >= len(lines):
        return lines
    generator = torch.Generator().manual_seed(LIMIT_SEED)
    order = torch.randperm(len(lines), generator=generator)[:limit]
    return [lines[row] for row in order.sort().values.tolist()]


def _evaluate(
    labelled: Labelled,
    config: GPConfig,
    missing: list[int],
    found: SeedFile,
    rows: dict[str, Any],
    console: Console,
) -> None:
    """Run the missing seeds; each result is kept as soon as it is there."""
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


def _plain(summary: dict[str, MeanError]) -> dict[str, Any]:
    return {
        name: {"mean": found.mean, "standard_error": found.error if found.number > 1 else None}
        for name, found in summary.items()
    }


def _table(summary: dict[str, MeanError], modern: bool) -> Table:

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
