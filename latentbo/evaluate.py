"""`python -m latentbo.evaluate molecules`: measure a trained model on strings it has not seen."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo.command_line import HelpFormatter, Parser, at_least, device_option, run_command
from latentbo.data import TASK_DATASETS, cache_folder, content_hash, find_dataset
from latentbo.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.table import Table

    from latentbo.models import TrainedModel
    from latentbo.training.run import PreparedData

__all__ = ["main"]

DESCRIPTION = """Measure a trained model again: reconstruction of held-out strings, validity,
uniqueness and novelty of samples of the prior, distance of the codes to the prior.

The held-out strings are those of the model's own training, if the data are the same.
"""
EXAMPLES = """examples:
  the model that ships with the package:
    python -m latentbo.evaluate molecules
  your own, with metrics.json, figures and model card written anew:
    python -m latentbo.evaluate molecules --model models/mine --data my.smi --out models/mine-again
"""
HELD_OUT, SPLIT_SEED = 2000, 1


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="python -m latentbo.evaluate",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("task", choices=sorted(TASK_DATASETS), help="what the strings are")
    add("--model", type=Path, metavar="DIR", help="model folder (default: the one that ships)")
    add(
        "--data",
        type=Path,
        metavar="FILE",
        help="strings, one a line (.smi, .txt, .gz); default: ZINC-250k from LATENTBO_DATA_DIR, "
        "the cache, or its public address",
    )
    add(
        "--held-out",
        type=at_least(4),
        metavar="N",
        help=f"strings kept out of training, half of them to measure with (default: as the model "
        f"was trained, else {HELD_OUT})",
    )
    add(
        "--split-seed",
        type=at_least(0),
        metavar="N",
        help=f"seed of the held-out choice (default: as the model was trained, else {SPLIT_SEED})",
    )
    add("--samples", type=at_least(1), default=1000, metavar="N", help="samples of the prior")
    add("--seed", type=at_least(0), default=0, metavar="N", help="seed of samples and noise")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N")
    add("--out", type=Path, metavar="DIR", help="write metrics, figures and card to this folder")
    add("--quiet", action="store_true", help="print nothing but errors")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    return run_command(lambda: _evaluate(options))


def _evaluate(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415  (--help should not wait for torch)

    from latentbo.models import default_model_folder, load_model  # noqa: PLC0415
    from latentbo.training.evaluation import examine, write_examination  # noqa: PLC0415

    if options.out is not None and options.out.exists() and not options.out.is_dir():
        raise ConfigurationError(f"{options.out} is a file: give a folder with --out")
    console = Console(quiet=options.quiet, soft_wrap=True, highlight=False, markup=False)
    folder = options.model or default_model_folder(options.task)
    model = load_model(folder, device_option(options.device))
    data = _prepare(options, model, console.print)
    examination = examine(
        model,
        [data.strings[i] for i in data.split.test.tolist()],
        {data.strings[i] for i in data.split.training.tolist()},
        num_samples=options.samples,
        seed=options.seed,
    )
    for table in _tables(examination.metrics, examination.molecular):
        console.print(table)
    if options.out is not None:
        write_examination(options.out, model, examination)
        console.print(f"metrics, figures and card: {options.out}")


def _prepare(options: argparse.Namespace, model: "TrainedModel", say: Any) -> "PreparedData":
    """Read, encode and split the data, as the model's training did."""
    from latentbo.training import encode_with_cache, split_rows  # noqa: PLC0415
    from latentbo.training.run import PreparedData  # noqa: PLC0415

    path, lines = find_dataset(TASK_DATASETS[options.task], options.data)
    say(f"reading {path} ({len(lines)} lines) …")
    trained_on = model.provenance.get("data") or {}
    if trained_on and trained_on.get("sha256") != content_hash(lines):
        say("note: these are not the data the model was trained on; it may know some of them")
    strings = [line.string for line in lines]
    tokens, positions, rejected = encode_with_cache(model.representation, strings, cache_folder())
    settings = model.provenance.get("settings") or {}
    held_out = options.held_out or settings.get("held_out", HELD_OUT)
    seed = options.split_seed
    if seed is None:
        seed = settings.get("split_seed", SPLIT_SEED)
    split = split_rows(len(positions), held_out, seed)
    say(f"{len(positions)} strings, {len(rejected)} skipped; {len(split.test)} to measure with")
    return PreparedData(tokens, [strings[i] for i in positions], split, len(rejected))


def _tables(metrics: dict[str, Any], molecular: bool) -> "list[Table]":
    from rich.table import Table  # noqa: PLC0415

    from latentbo.training.card import distance_rows, share_rows  # noqa: PLC0415

    tables = []
    for rows in ([("share", "value"), *share_rows(metrics, molecular)], distance_rows(metrics)):
        table = Table()
        table.add_column(rows[0][0])
        for name in rows[0][1:]:
            table.add_column(name, justify="right")
        for row in rows[1:]:
            table.add_row(*row)
        tables.append(table)
    return tables


if __name__ == "__main__":
    sys.exit(main())
