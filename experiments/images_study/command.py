"""The command line of an image experiment: all of it, or one of its jobs by itself."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import save_file
from study.pages import write_whole
from study.running import run_study

from images_study.experiment import RESULT_FILES, Experiment
from images_study.options import build_parser, configure
from images_study.settings import Study


def main(experiment: Experiment, arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser(
        experiment.description, experiment.study, experiment.flags, experiment.options
    )
    options = parser.parse_args(given)
    return run_study(lambda: _run(experiment, options, given))


def _run(experiment: Experiment, options: argparse.Namespace, given: list[str]) -> int:
    chosen = experiment.smoke if options.smoke else experiment.study
    study = configure(chosen, experiment.study, options)
    experiment.check(study)
    if options.job is not None:
        _work(experiment, study, options.out, options.job)
        return 0
    # Imports much that the jobs can do without.
    from images_study.running import run  # noqa: PLC0415

    return run(experiment, study, options, given)


def _work(experiment: Experiment, study: Study, out: Path, job: str) -> None:
    """Do one job, in a process of its own."""
    *_, dataset, name, last = job.split("/")
    seed = int(last.removeprefix("seed"))
    variants = experiment.study.variants  # a first stage need not be among the chosen
    if job.startswith("train/"):
        experiment.train(out / job, dataset, variants[name], study.training, seed, study.device)
        return
    row, pictures = experiment.measure(study, out, dataset, name, seed)
    folder = out / job
    folder.mkdir(parents=True)
    save_file(pictures, folder / RESULT_FILES[0])
    write_whole(folder / RESULT_FILES[1], json.dumps(row) + "\n")
