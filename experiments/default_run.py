"""Is the default run worth its oracle calls? Against its start, its pool, and random search.

    python experiments/default_run.py --out runs/default [--smoke] [--resume] [--presets NAMES]

Runs `python -m latentbo.optimize molecules` once per seed (500 oracle calls, the default
objective), and the same with `--preset latent`; draws the same number of molecules from the same
pool at random, and scores the whole pool for comparison (outside any budget). Writes
`results.jsonl` (one line per preset and seed), `table.md`, `convergence.png`, `structures.png` (the
two best molecules of each seed), and the folder of each run. `--objective penalized-logp
--chemistry none` is the comparison for the score of the literature.

2 CPU cores: 15 minutes for 5 seeds; --smoke (40 calls, 2 seeds): 1 minute. Expected: the mean best
is above the best of the pool and of random search; see `experiments/results/default_run/`.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rdkit.Chem import Draw
from study.pages import claim, read_rows, write_rows
from study.running import run_study

from latentbo.chemistry import CHEMISTRY, USUAL, parse_molecule
from latentbo.command_line import names_of
from latentbo.data import read_lines
from latentbo.objectives import OBJECTIVES
from latentbo.optimize import main as optimize
from latentbo.report import best_so_far, load_run
from latentbo.run import versions
from latentbo.tasks import TASKS

ORANGE, BLUE, GREEN, GREY = "#d55e00", "#0072b2", "#009e73", "#555555"
#: The default comes first.
PRESETS = ("hybrid", "latent")
MOLECULES = TASKS["molecules"]


@dataclass(frozen=True)
class Config:
    """Settings of the comparison."""

    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    budget: int = 500
    objective: str = MOLECULES.objective or ""
    chemistry: str = "usual"


SMOKE = Config(seeds=(0, 1), budget=40)


def run(config: Config, preset: str, seed: int, out: Path) -> dict[str, Any]:
    """Run or resume one seed, and return its line of `results.jsonl`."""
    folder = out / f"{preset}-seed-{seed}"
    is_whole = not (folder / "config.json").exists()
    if not is_whole:
        arguments = ["--resume", str(folder), "--quiet"]
    else:
        arguments = ["molecules", "--seed", str(seed), "--budget", str(config.budget)]
        arguments += ["--objective", config.objective, "--chemistry", config.chemistry]
        arguments += ["--out", str(folder), "--quiet"]
        # The default preset is measured without options.
        arguments += ["--preset", preset] if preset != PRESETS[0] else []
    started = time.process_time()
    if optimize(arguments) != 0:
        raise SystemExit(f"the run in {folder} failed")
    seconds = time.process_time() - started
    finished = load_run(folder).finished
    values = [row.value for row in finished]
    pool = [line.string for line in read_lines(folder / "pool.smi")]
    chosen = np.random.default_rng(seed).permutation(len(pool))[: config.budget]
    objective = OBJECTIVES[config.objective]
    drawn: list[float | None] = [objective(pool[i]) for i in chosen]
    initial = [row.value for row in finished if row.batch == 0 and row.value is not None]
    return {
        "preset": preset,
        "seed": seed,
        "calls": len(finished),
        "best": best_so_far(values)[-1],
        "best_initial": max(initial),
        "best_random": best_so_far(drawn)[-1],
        "best_pool": max(objective(smiles) for smiles in pool),
        # Of the processor; of a run that was stopped, the time before is not known.
        "cpu_seconds": round(seconds, 1) if is_whole else None,
        "curve": list(best_so_far(values)),
        "curve_random": list(best_so_far(drawn)),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Return the results as a Markdown table with mean and standard error."""
    names = ["best", "best_initial", "best_random", "best_pool", "cpu_seconds"]
    shown = {"cpu_seconds": ".0f"}
    lines = ["| preset | seed | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 2)]
    for preset in PRESETS:
        own = sorted((r for r in rows if r["preset"] == preset), key=lambda row: row["seed"])
        if not own:
            continue
        for row in own:
            cells = " | ".join(
                "–" if row[name] is None else format(row[name], shown.get(name, ".3f"))
                for name in names
            )
            lines.append(f"| {preset} | {row['seed']} | {cells} |")
        means = " | ".join(
            _mean_and_error([row[name] for row in own if row[name] is not None]) for name in names
        )
        lines.append(f"| {preset} | mean ± s.e. | {means} |")
    return "\n".join(lines) + "\n"


def _mean_and_error(values: list[float]) -> str:
    if not values:
        return "–"
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.3f} ± {error:.3f}"


def structures(rows: list[dict[str, Any]], out: Path) -> None:
    """Draw the two best molecules of each seed of the default run, with their values."""
    molecules, legends = [], []
    for seed in sorted(row["seed"] for row in rows if row["preset"] == PRESETS[0]):
        for row in load_run(out / f"{PRESETS[0]}-seed-{seed}").hits[:2]:
            molecules.append(parse_molecule(row.string))
            legends.append(f"{row.value:.3f} (seed {seed})")
    if not molecules:
        return
    drawn = Draw.MolsToGridImage(
        molecules, molsPerRow=5, subImgSize=(300, 220), legends=legends, returnPNG=False
    )
    drawn.save(out / "structures.png")


def figure(rows: list[dict[str, Any]], objective: str, path: Path) -> None:
    """Draw the best value against oracle calls: thin lines per seed, a thick mean."""
    canvas = Figure(figsize=(7, 4.2), layout="constrained")
    axes = canvas.subplots()
    for preset, key, colour, name in (
        ("hybrid", "curve", ORANGE, "latentbo, default run"),
        ("latent", "curve", GREEN, "latentbo --preset latent"),
        ("hybrid", "curve_random", BLUE, "random search from the pool"),
    ):
        curves = np.array([row[key] for row in rows if row["preset"] == preset])
        if not len(curves):
            continue
        calls = np.arange(1, curves.shape[1] + 1)
        for curve in curves:
            axes.plot(calls, curve, color=colour, alpha=0.25, linewidth=0.8)
        axes.plot(calls, curves.mean(0), color=colour, linewidth=2.2, label=f"{name} (mean)")
    best_pool = rows[0]["best_pool"]
    axes.axhline(best_pool, color=GREY, linestyle="--", linewidth=1.2, label="best of the pool")
    lowest = min(row["curve"][min(9, len(row["curve"]) - 1)] for row in rows)
    axes.set(xlabel="oracle calls", ylabel=f"best {objective} so far", xlim=(0, len(calls)))
    axes.set_ylim(bottom=lowest - 0.1 * (best_pool - lowest))
    axes.legend(frameon=False, loc="best")
    axes.spines[["top", "right"]].set_visible(False)
    canvas.savefig(path, dpi=150)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--smoke", action="store_true", help="a small run, as in the tests")
    parser.add_argument("--resume", action="store_true", help="resume in an existing folder")
    parser.add_argument("--objective", default=MOLECULES.objective, help="a built-in objective")
    parser.add_argument("--chemistry", choices=CHEMISTRY, default=USUAL)
    parser.add_argument("--presets", type=names_of(PRESETS), default=PRESETS, metavar="NAMES")
    parser.add_argument("--seeds", metavar="NUMBERS", help="such as 0,1 (default: all)")
    options = parser.parse_args(arguments)
    return run_study(lambda: study(options))


def study(options: argparse.Namespace) -> None:
    """Do the runs that are missing, and write the results."""
    chosen = {"objective": options.objective, "chemistry": options.chemistry}
    config = replace(SMOKE if options.smoke else Config(), **chosen)
    if options.seeds is not None:
        config = replace(config, seeds=tuple(map(int, options.seeds.split(","))))
    claim(options.out, {"config": asdict(config)}, versions(), options.resume)
    rows = read_rows(options.out)
    done = {(row["preset"], row["seed"]) for row in rows}
    for preset, seed in product(options.presets, config.seeds):
        if (preset, seed) in done:
            continue
        rows.append(run(config, preset, seed, options.out))
        write_rows(options.out, rows)
        print({k: v for k, v in rows[-1].items() if not k.startswith("curve")}, flush=True)
    (options.out / "table.md").write_text(table(rows), encoding="utf-8")
    figure(rows, config.objective, options.out / "convergence.png")
    structures(rows, options.out)
    print(table(rows))


if __name__ == "__main__":
    sys.exit(main())
