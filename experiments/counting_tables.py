r"""Thesis tables 3.4 and 3.5: do generated images help to train a network that counts?

    python experiments/counting_tables.py --data data/clevr --out runs/counting-tables \
        --checkpoint runs/counting/train/mc2/seed0 [--seeds 0,1,2] [--smoke]

Trains a counter on real images, on real and as many augmented or generated ones (table 3.4), and on
generated images in place of some of the real ones (table 3.5), each with the same number of steps
and each seed, and tests it on real images of other sources. Writes `results.jsonl`, `tables.md` and
a CSV a table; each counter has its folder. The same command goes on where it was stopped.

Duration: each of the ten counters of a seed takes as long as `counting_gan.py counter`. --smoke:
a minute, and shows nothing. Expected, by the thesis (on CLEVR, images of MC²-StyleGAN2): real 0.81,
with augmented images 0.81, with generated ones 0.86; generated images only 0.40.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from counting_study.data import StudyData, load_study_data
from counting_study.mixtures import MIXTURES, train_and_test
from counting_study.settings import SMOKE, CounterSettings
from study.options import chosen, seeds_option, study_parser
from study.pages import write_rows, write_tables
from study.running import run_study
from study.table import Column, Table, grouped, mean

from latentbo.command_line import at_least, device_option, names_of
from latentbo.counting.models import TrainedCountGAN
from latentbo.errors import ConfigurationError
from latentbo.models import load_model

# Accuracies of the thesis: CLEVR, CityCount, CityCar.
THESIS = {
    "real": "0.81 / 0.68 / 0.77 (table 3.5: 0.75)",
    "real-augmented": "0.81 / 0.71 / 0.78",
    "real-synthetic": "0.86 / 0.71 / 0.80",
    "synthetic": "0.40 / 0.30 / 0.39",
    "real25": "0.65 / 0.41 / 0.59",
    "real25-synthetic75": "0.67 / 0.45 / 0.62",
    "real50": "0.76 / 0.56 / 0.69",
    "real50-synthetic50": "0.81 / 0.60 / 0.75",
    "real75": "0.77 / 0.65 / 0.74",
    "real75-synthetic25": "0.83 / 0.68 / 0.76",
}
COLUMNS: dict[str, Column] = {
    "exact": mean("exact"),
    "per class": mean("per_class"),
    "mean error": mean("mean_error"),
    "images": lambda rows: ", ".join(sorted({f"{row['images']:,}" for row in rows})),
    "thesis (CLEVR / CityCount / CityCar)": lambda rows: THESIS[rows[0]["mixture"]],
}
Row = dict[str, Any]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__ or "")
    add = parser.add_argument
    add("--data", type=Path, required=True, help="a built data set with counts")
    add("--checkpoint", type=Path, required=True, help="a trained model that generates images")
    add("--mixtures", type=names_of(MIXTURES), default=tuple(MIXTURES), metavar="NAMES")
    add("--seeds", type=seeds_option, default=(0, 1, 2))
    add("--epochs", type=at_least(0, float, exclusive=True), help="on the real images (default 30)")
    add("--width", type=at_least(1), help="channels of the first convolution (default 32)")
    add("--limit", type=at_least(40), help="real training images (default: all)")
    add("--device", default="cpu", help="cpu, cuda, cuda:N (default: cpu)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    return run_study(lambda: run(options))


def run(options: argparse.Namespace) -> None:
    """Train and test all counters, and write the tables after each."""
    options.device = device_option(options.device)
    data = load_study_data(options.data, options.limit)
    model = load_model(options.checkpoint, options.device, kind=TrainedCountGAN)
    if model.class_names != data.class_names or model.config.shape != data.shape:
        raise ConfigurationError(
            f"{options.checkpoint} makes {', '.join(model.class_names)} of shape "
            f"{model.config.shape}, {options.data} has {', '.join(data.class_names)} of shape "
            f"{data.shape}: give a model of this data set"
        )
    usual = SMOKE[1] if options.smoke else CounterSettings()
    settings = chosen(usual, options)
    rows: list[Row] = []
    for seed in options.seeds:
        for name in options.mixtures:
            rows.append(_row(options, name, data, model, replace(settings, seed=seed)))
            write_rows(options.out, rows)
            write_tables(options.out, tables(rows))
    print(f"{options.out}/tables.md")


def _row(
    options: argparse.Namespace,
    name: str,
    data: StudyData,
    model: TrainedCountGAN,
    settings: CounterSettings,
) -> Row:
    folder = options.out / "train" / name / f"seed{settings.seed}"
    # A finished counter has no step left, so it is read back and tested again.
    found = train_and_test(folder, MIXTURES[name], data, model, settings, options.device)
    return {"mixture": name, "model": str(options.checkpoint), **found}


def tables(rows: Sequence[Row]) -> list[Table]:
    """Return tables 3.4 and 3.5, where they have rows."""
    found = [_table(number, rows) for number in ("3.4", "3.5")]
    return [table for table in found if table.rows]


def _table(number: str, rows: Sequence[Row]) -> Table:
    own = grouped(rows, "mixture")
    groups = {
        mixture.label: own[name]
        for name, mixture in MIXTURES.items()
        if name in own and (mixture.table == number or name == "real")
    }
    note = (
        f"Data: {rows[0]['data']}; tested on real images of other sources. Mean ± standard error "
        f"(seeds). The thesis's accuracies are of its own data and images of MC²-StyleGAN2."
    )
    name = f"table_{number.replace('.', '_')}"
    title = f"Table {number}: a counter trained on real, augmented and generated images"
    return Table.of(name, title, COLUMNS, groups, note, digits=3, first_column="training data")


if __name__ == "__main__":
    sys.exit(main())
