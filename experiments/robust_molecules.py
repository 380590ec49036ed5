"""Does the coupled loss of chapter 5 help a molecule model, at the same budget of training?

    python experiments/robust_molecules.py --out runs/robust-molecules [--smoke] [--resume]
        [--seeds 1] [--start shipped|scratch|DIR] [--steps 100] [--budget 150]

Trains GMM-KS plain and coupled (pairs of codes: of clean embeddings of tokens, and of embeddings
that one signed gradient step moved), from the same start and with the same batches: `plain` and
`coupled` have the same number of steps, `plain-equal-time` has as many as `coupled` has processor
time for, by the cost of a step of each, measured in turn at the start (`cost.json`). `start` is the
model that all go on from. Each model is measured on held-out molecules by what
`latentbo.train` and `latentbo.evaluate latent` write, and searched by `latentbo.optimize --preset
latent`. A seed decides order of the data, noise, and the search.

The default goes on from the shipped model, for a short while: it shows what some minutes of the
coupled loss change, not what a whole training with it gives. `--start scratch` trains a small
network from nothing, e.g. with `--steps 800 --learning-rate 2e-3`; `--start DIR` goes on from any
model folder.

Writes `results.jsonl` (a line a variant and seed), `tables.md`, `robust_molecules.png`,
`cost.json`, `config.json`, and the folder of each training, diagnosis and search. It needs
ZINC-250k.
One CPU core: about 20 minutes a seed (by the processor time of its parts); --smoke: 40 s. Nothing
is expected: the thesis names this as future work.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from robust_sequences.cost import measured_cost
from robust_sequences.measuring import Row, measure
from robust_sequences.report import figure, tables
from robust_sequences.settings import SMOKE, Config
from study.options import chosen
from study.pages import claim, page_of, read_rows, write_rows, write_whole
from study.running import run_study

from latentbo.command_line import add_options, at_least
from latentbo.run import versions


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder for the results")
    add("--smoke", action="store_true", help="a small run that CI can afford")
    add("--resume", action="store_true", help="go on in an existing folder")
    add("--seeds", type=at_least(1), help="number of seeds (default: 1)")
    names = ("start", "steps", "batch_size", "learning_rate", "regularizer_weight", "epsilon")
    add_options(add, Config(), names=(*names, "strength", "limit", "budget"))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    return run_study(lambda: run(options))


def run(options: argparse.Namespace) -> None:
    """Claim the folder, and do what is missing there."""
    config = chosen(SMOKE if options.smoke else Config(), options)
    claim(options.out, {"config": asdict(config)}, versions(), options.resume)
    study(config, options.seeds or 1, options.out)


def study(config: Config, num_seeds: int, out: Path) -> None:
    """Measure what is missing, and write tables and figure."""
    compared = [config.training(variant, config.steps, 1, 0) for variant in ("plain", "coupled")]
    cost = measured_cost(compared, config.timed, out)
    rows: list[Row] = read_rows(out)
    done = {(row["variant"], row["seed"]) for row in rows}
    for seed in range(num_seeds):
        for variant in config.variants:
            if (variant, seed) in done:
                continue
            factor = cost["ratio"] if variant == "plain-equal-time" else 1.0
            steps = max(1, round(config.steps * factor))
            row = measure(config, variant, steps, cost["training_rows"], seed, out)
            rows.append(row)
            write_rows(out, rows)
            print({k: v for k, v in row.items() if not isinstance(v, list | dict)}, flush=True)
    text = page_of(tables(rows, cost))
    write_whole(out / "tables.md", text)
    figure(rows, out / "robust_molecules.png")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
