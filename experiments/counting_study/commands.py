"""The commands of counting_gan.py."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from study.pages import ROWS_FILE, read_rows, write_rows, write_tables, write_whole
from study.running import run_study

from counting_study.data import StudyData, load_study_data
from counting_study.measuring import Row, measure, seconds_of_training
from counting_study.options import build_parser, configure, methods_of
from counting_study.settings import MeasuringSettings
from counting_study.tables import count_tables
from counting_study.training import estimate_gan, train_gan, train_judge
from latentbo.command_line import device_option
from latentbo.counting.diagnostics import Judge, load_judge
from latentbo.counting.models import TrainedCountGAN
from latentbo.counting.training import count_grid
from latentbo.errors import ConfigurationError
from latentbo.images.metrics import FeatureNetwork, feature_network
from latentbo.models import load_model


def main(description: str, arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser(description).parse_args(arguments)
    return run_study(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    options.device = device_option(options.device)
    COMMANDS[options.command](options)


def _train(options: argparse.Namespace) -> None:
    gan, _, _ = configure(options)
    (name,) = methods_of(options)
    data = load_study_data(options.data, options.limit)
    if options.dry_run:
        print(estimate_gan(name, data, gan, options.seed, options.device))
        return
    train_gan(options.out, name, data, gan, options.seed, options.device, options.snapshots)
    print(f"{options.out}/pictures/counts.png")


def _counter(options: argparse.Namespace) -> Judge:
    _, settings, _ = configure(options)
    data = load_study_data(options.data, options.limit)
    train_judge(options.out, data, settings, options.device)
    judge = load_judge(options.out, lambda: data.real_test, options.device)
    print(judge.verdict)
    return judge


def _evaluate(options: argparse.Namespace) -> None:
    data = load_study_data(options.data, options.limit)
    judge = load_judge(options.counter, lambda: data.real_test, options.device)
    row = _measured(options, options.checkpoint, judge, data, configure(options)[2], options.out)
    write_whole(options.out / "result.json", json.dumps(row, indent=1) + "\n")
    _write_tables(options.out, [row])


def _compare(options: argparse.Namespace) -> None:
    gan, counter, measuring = configure(options)
    methods = methods_of(options)
    data = load_study_data(options.data, options.limit)
    folder = options.out / "counter"
    train_judge(folder, data, counter, options.device)
    judge = load_judge(folder, lambda: data.real_test, options.device)
    print(judge.verdict)
    _admit(judge, options)
    rows = []
    for seed in options.seeds:
        for name in methods:
            run = options.out / "train" / name / f"seed{seed}"
            train_gan(run, name, data, gan, seed, options.device)
            out = options.out / "measured" / name / f"seed{seed}"
            rows.append(_measured(options, run, judge, data, measuring, out))
            write_rows(options.out, rows)
            _write_tables(options.out, rows)


def _sample(options: argparse.Namespace) -> None:
    model = load_model(options.checkpoint, options.device, kind=TrainedCountGAN)
    for counts in options.counts:
        if len(counts) != len(model.class_names):
            raise ConfigurationError(
                f"--counts {','.join(map(str, counts))} has {len(counts)} numbers: the model needs "
                f"one for each of {', '.join(model.class_names)}"
            )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    vectors = torch.tensor(options.counts)
    picture = count_grid(model, vectors, options.n, options.seed, options.truncation)
    options.out.write_bytes(picture)
    print(options.out)


def _tables(options: argparse.Namespace) -> None:
    rows = read_rows(options.out)
    if not rows:
        raise ConfigurationError(
            f"{options.out / ROWS_FILE} is not there, or empty: give the --out of a compare"
        )
    _write_tables(options.out, rows)


def _measured(
    options: argparse.Namespace,
    run: Path,
    judge: Judge,
    data: StudyData,
    settings: MeasuringSettings,
    out: Path,
) -> Row:
    _admit(judge, options)
    model = load_model(run, options.device, kind=TrainedCountGAN)
    row = measure(model, judge, data, settings, out, _features(options))
    return row | {"seconds": seconds_of_training(run, row["training"].get("batch_size", 0))}


def _admit(judge: Judge, options: argparse.Namespace) -> None:
    """Refuse a bad judge, unless its badness shall only be told."""
    if not (options.weak_counter or options.smoke):
        judge.require()
    elif not judge.is_fit:
        print(f"WARNING: {judge.verdict}", file=sys.stderr)


def _features(options: argparse.Namespace) -> FeatureNetwork | None:
    if options.features is None:
        return None
    return feature_network(options.features, options.feature_weights, options.device)


def _write_tables(folder: Path, rows: Sequence[Row]) -> None:
    write_tables(folder, count_tables(rows))
    print(f"{folder}/tables.md")


COMMANDS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "train": _train,
    "counter": _counter,
    "evaluate": _evaluate,
    "compare": _compare,
    "sample": _sample,
    "tables": _tables,
}
