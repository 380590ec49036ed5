"""Measure several models alike, and search with each."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from latentbo.chemistry import NONE, MoleculeFilter
from latentbo.diagnostics import DiagnosisConfig, diagnose
from latentbo.errors import ConfigurationError
from latentbo.evaluate.inputs import open_console, open_model, open_objective, prepare
from latentbo.laboratory import optimize
from latentbo.objectives import Objective
from latentbo.report.curves import best_so_far, top_mean
from latentbo.report.files import replace_file
from latentbo.report.model_comparison import Measured, render_models, rows_of
from latentbo.tasks import TASKS
from latentbo.training.evaluation import examine

JSON_FILE, PAGE_FILE = "models.json", "models.html"
PRESET = "latent"


def run(options: argparse.Namespace) -> None:
    """Compare, print, and write.

    Raises:
        LatentboError: If a model, the data or the objective cannot be used.
    """
    console = open_console(options)
    objective = open_objective(options) if options.budget else None
    measured = []
    for place, folder in enumerate(options.models, start=1):
        console.print(f"{folder} ({place} of {len(options.models)})")
        measured.append(_measured(options, folder, place, objective, console.print))
    table = Table(title=Text(f"Models · {options.task}", style="bold"))
    table.add_column("measured", overflow="fold")
    for each in measured:
        table.add_column(each.name, justify="right", overflow="fold")
    for row in rows_of(measured):
        cells = [
            Text(text, style="bold" if is_best else "")
            for text, is_best in zip(row.texts, row.is_best, strict=True)
        ]
        table.add_row(row.label, *cells, end_section=row.ends)
    console.print(table, soft_wrap=False)
    options.out.mkdir(parents=True, exist_ok=True)
    settings = {
        "task": options.task,
        "seed": options.seed,
        "budget": options.budget,
        "objective": None if objective is None else objective.name,
    }
    content = {**settings, "models": [each.to_json() for each in measured]}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    page = render_models(measured, settings)
    for name, written in ((JSON_FILE, text), (PAGE_FILE, page)):
        console.print(f"wrote {replace_file(options.out / name, written.encode())}")


def _measured(
    options: argparse.Namespace,
    folder: Path,
    place: int,
    objective: Objective | None,
    say: Callable[[str], object],
) -> Measured:
    model = open_model(argparse.Namespace(**{**vars(options), "model": folder}))
    data = prepare(options, model, say)
    task = TASKS[options.task].for_model(model)
    training = [data.strings[i] for i in data.split.training.tolist()]
    test = [data.strings[i] for i in data.split.test.tolist()]
    say("measuring reconstruction and samples …")
    metrics = examine(
        *(model, test, set(training)),
        num_samples=options.samples,
        seed=options.seed,
        canonical=None if task.is_molecular else task.canonical,
    ).metrics
    say("diagnosing the latent space …")
    config = DiagnosisConfig(num_codes=options.codes, num_moved=options.codes, seed=options.seed)
    diagnosis = diagnose(model.finishing(), training, test, task.canonical, None, config)
    search = None
    if objective is not None:
        say(f"searching, {options.budget} calls …")
        search = _search(options, folder, place, objective)
    return Measured(str(folder), metrics, diagnosis.to_json(), search)


def _search(
    options: argparse.Namespace, folder: Path, place: int, objective: Objective
) -> dict[str, Any]:
    """Return best and top-10 mean by call of a search with a model."""
    directory = options.out / f"search-{place}"
    molecular = TASKS[options.task].is_molecular
    result = optimize(
        objective,
        options.budget,
        task=options.task,
        initial=options.initial,
        seed=options.seed,
        directory=directory,
        progress=False,
        model=folder,
        preset=PRESET,
        chemistry=NONE if molecular else None,
        limits=MoleculeFilter(None, None, None, None) if molecular else None,
        device=options.device,
    )
    if Path(str(result.settings["model"])).resolve() != folder.resolve():
        raise ConfigurationError(
            f"{directory} is a search with another model ({result.settings['model']}): give "
            f"another --out"
        )
    values = [row.value for row in result.evaluations][: options.budget]
    return {
        "run": directory.name,
        "calls": len(values),
        "failed": sum(value is None for value in values),
        "best": best_so_far(values),
        "top10": top_mean(values, 10),
    }
