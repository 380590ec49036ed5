"""Is the default run worth its oracle calls? Against its start, its pool, and random search.

    python experiments/default_run.py --out runs/default [--smoke] [--resume]

Runs `python -m latentbo.optimize molecules` once per seed (500 oracle calls, penalised logP), and
the same with `--preset latent`; draws the same number of molecules from the same pool at random,
and scores the whole pool for comparison (outside any budget). Writes `results.jsonl` (one line per
preset and seed), `table.md`, `convergence.png`, and the folder of each run.

2 CPU cores: 15 minutes for 5 seeds; --smoke (40 calls, 2 seeds): 1 minute. Expected: the mean best
is above the best of the pool and of random search; see `experiments/results/default_run/`.
"""

import argparse
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from study.pages import claim, read_rows, write_rows
from study.running import run_study

from latentbo.data import read_lines
from latentbo.objectives import OBJECTIVES
from latentbo.optimize import main as optimize
from latentbo.report import best_so_far, load_run
from latentbo.run import versions

ORANGE, BLUE, GREEN, GREY = "#d55e00", "#0072b2", "#009e73", "#555555"
#: The default comes first.
PRESETS = ("hybrid", "latent")


@dataclass(frozen=True)
class Config:
    """Settings of the comparison."""

    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    budget: int = 500
    objective: str = "penalized-logp"


SMOKE = Config(seeds=(0, 1), budget=40)


def run(config: Config, preset: str, seed: int, out: Path) -> dict[str, Any]:
    """Run or resume one seed, and return its line of `results.jsonl`."""
    folder = out / f"{preset}-seed-{seed}"
    if (folder / "config.json").exists():
        arguments = ["--resume", str(folder), "--quiet"]
    else:
        arguments = ["molecules", "--seed", str(seed), "--budget", str(config.budget)]
        arguments += ["--objective", config.objective, "--out", str(folder), "--quiet"]
        # The default preset is measured without options.
        arguments += ["--preset", preset] if preset != PRESETS[0] else []
    started = time.perf_counter()
    if optimize(arguments) != 0:
        raise SystemExit(f"the run in {folder} failed")
    seconds = time.perf_counter() - started
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
        "seconds": round(seconds, 1),
        "curve": list(best_so_far(values)),
        "curve_random": list(best_so_far(drawn)),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Return the results as a Markdown table with mean and standard error."""
    names = ["best", "best_initial", "best_random", "best_pool", "seconds"]
    lines = ["| preset | seed | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 2)]
    for preset in PRESETS:
        own = [row for row in rows if row["preset"] == preset]
        for row in own:
            cells = " | ".join(f"{row[name]:.2f}" for name in names)
            lines.append(f"| {preset} | {row['seed']} | {cells} |")
        means = " | ".join(_mean_and_error([row[name] for row in own]) for name in names)
        lines.append(f"| {preset} | mean ± s.e. | {means} |")
    return "\n".join(lines) + "\n"


def _mean_and_error(values: list[float]) -> str:
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.2f} ± {error:.2f}"


def figure(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the best value against oracle calls: thin lines per seed, a thick mean."""
    canvas = Figure(figsize=(7, 4.2), layout="constrained")
    axes = canvas.subplots()
    for preset, key, colour, name in (
        ("hybrid", "curve", ORANGE, "latentbo, default run"),
        ("latent", "curve", GREEN, "latentbo --preset latent"),
        ("hybrid", "curve_random", BLUE, "random search from the pool"),
    ):
        curves = np.array([row[key] for row in rows if row["preset"] == preset])
        calls = np.arange(1, curves.shape[1] + 1)
        for curve in curves:
            axes.plot(calls, curve, color=colour, alpha=0.25, linewidth=0.8)
        axes.plot(calls, curves.mean(0), color=colour, linewidth=2.2, label=f"{name} (mean)")
    best_pool = rows[0]["best_pool"]
    axes.axhline(best_pool, color=GREY, linestyle="--", linewidth=1.2, label="best of the pool")
    lowest = min(row["curve"][min(9, len(row["curve"]) - 1)] for row in rows)
    axes.set(xlabel="oracle calls", ylabel="best penalised logP so far", xlim=(0, len(calls)))
    axes.set_ylim(bottom=lowest - 0.3)
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    canvas.savefig(path, dpi=150)


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--smoke", action="store_true", help="a small run for CI")
    parser.add_argument("--resume", action="store_true", help="resume in an existing folder")
    options = parser.parse_args()
    return run_study(lambda: study(options))


def study(options: argparse.Namespace) -> None:
    """Do the runs that are missing, and write the results."""
    config = SMOKE if options.smoke else Config()
    claim(options.out, {"config": asdict(config)}, versions(), options.resume)
    rows = read_rows(options.out)
    done = {(row["preset"], row["seed"]) for row in rows}
    for preset, seed in product(PRESETS, config.seeds):
        if (preset, seed) in done:
            continue
        rows.append(run(config, preset, seed, options.out))
        write_rows(options.out, rows)
        print({k: v for k, v in rows[-1].items() if not k.startswith("curve")}, flush=True)
    (options.out / "table.md").write_text(table(rows), encoding="utf-8")
    figure(rows, options.out / "convergence.png")
    print(table(rows))


if __name__ == "__main__":
    sys.exit(main())
