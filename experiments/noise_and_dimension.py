"""Reconstruction against samples: which noise on codes, and how many dimensions?

    python experiments/noise_and_dimension.py --out runs/noise [--jobs 1] [--epochs 2] [--smoke]

With noise of standard deviation s on codes of total variance 1, a code of d dimensions carries at
most d ln(1/s) nats, and a molecule needs some 30 to 40: with less noise codes fill a tiny part of
the prior, and its samples mean nothing; with more, molecules do not come back. An alternative is
noise of a level of its own for each molecule, up to a sample of the prior ("interpolated"). Trains
a small network on ZINC-250k for each point, and measures each as `python -m latentbo.evaluate
molecules` does, and by what the preset `latent` finds with it in 300 calls of three goals (none of
the ten of `benchmarks/pmo.py`): the area under the curve of the ten best. The same command goes on
where it was stopped. Writes `results.jsonl` (a line a training), `table.md` and `tradeoff.png`. One
CPU core with bf16 products: 6 minutes a training of 2 epochs, half a minute a search; --smoke: 1
minute.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from study.figures import INK, MUTED
from study.jobs import Job, is_done, python_module
from study.options import chosen
from study.pages import write_rows
from study.running import git_commit, run_jobs, run_study, write_environment

from latentbo.command_line import at_least
from latentbo.ledger import Ledger
from latentbo.metrics import auc_top

FAINT = "#c9ced6"
#: Measure -> where it stands in `metrics.json`, and its name in table and figure.
MEASURES = {
    "reconstruction": (("reconstruction", "canonical"), "exact reconstruction"),
    "nats": (("reconstruction", "nats"), "nats a molecule"),
    "noise-0.25": (("reconstruction", "after_noise", "0.25"), "reconstruction after noise 0.25"),
    "noise-0.5": (("reconstruction", "after_noise", "0.5"), "reconstruction after noise 0.5"),
    "valid": (("samples", "valid_as_decoded"), "samples valid as decoded"),
    "round-trip": (("samples", "round_trip"), "samples that come back"),
    "large-rings": (("structures", "samples", "large_rings"), "samples with rings > 7"),
    "aromatic": (("structures", "samples", "aromatic"), "aromatic samples"),
    "sa": (("structures", "samples", "median_sa"), "samples' accessibility (median)"),
    "ks": (("prior_distance", "ks"), "KS"),
    "covariance": (("prior_distance", "covariance"), "covariance"),
    "sliced": (("prior_distance", "sliced"), "sliced"),
}
SEARCH = "search (AUC top-10)"
#: Of the figure, against exact reconstruction.
SHOWN = ("noise-0.5", "valid", "round-trip", "large-rings", "sa", "search")
NAMES = {name: text for name, (_, text) in MEASURES.items()} | {"search": SEARCH}


@dataclass(frozen=True)
class Point:
    """Dimensions of a code, and the noise on it."""

    dimensions: int
    noise: float
    levels: str = "fixed"

    @property
    def name(self) -> str:
        """Name of a training's folder."""
        noise = f"noise{self.noise:g}" if self.levels == "fixed" else self.levels
        return f"d{self.dimensions}-{noise}"

    @property
    def options(self) -> list[str]:
        """Of the training."""
        given = ["--latent-size", str(self.dimensions), "--latent-noise", f"{self.noise:g}"]
        # Interpolated codes have the prior's moments where the clean ones have.
        fixed = ["--regularized-codes", "noisy"]
        return given + (["--noise-levels", self.levels] if self.levels != "fixed" else fixed)

    @property
    def nats_at_most(self) -> float | None:
        """The most that a code can carry, if signal and noise have variance 1 together."""
        return round(-self.dimensions * math.log(self.noise), 1) if self.levels == "fixed" else None


@dataclass(frozen=True)
class Config:
    """Points, and how each is trained and searched."""

    points: tuple[Point, ...] = (
        Point(64, 0.1),
        Point(64, 1.0, "interpolated"),
        Point(64, 0.4),
        Point(32, 1.0, "interpolated"),
        Point(64, 0.6),
        Point(128, 1.0, "interpolated"),
    )
    epochs: float = 2.0
    seed: int = 0
    options: tuple[str, ...] = (
        *("--representation", "smiles", "--vocabulary-size", "1024"),
        *("--precision", "bf16-mixed", "--batch-size", "256"),
        *("--encoder-width", "128", "--decoder-width", "256", "--decoder-layers", "2"),
        *("--learning-rate", "1.5e-3", "--warmup-steps", "200", "--final-rate", "0.05"),
        *("--token-dropout", "0", "--regularizer-weight", "0.06"),
        *("--checkpoint-minutes", "2"),
    )
    goals: tuple[str, ...] = (
        *("mestranol_similarity", "troglitazone_rediscovery", "thiothixene_rediscovery"),
    )
    budget: int = 300
    minutes: float = 6.0


SMOKE = Config(
    points=(Point(4, 0.1), Point(4, 1.0, "interpolated")),
    epochs=1.0,
    options=("--limit", "600", "--held-out", "100", "--decoder-width", "32", "--batch-size", "50"),
    goals=("thiothixene_rediscovery",),
    budget=40,
    minutes=0.3,
)


def jobs(config: Config) -> Iterator[Job]:
    """Yield one training for each pair, and its searches."""
    for training in trainings(config):
        yield training
        for goal in config.goals:
            name = search_name(training, goal)
            command = ["molecules", "--preset", "latent", "--surrogate", "fragments"]
            command += ["--model", training.name]
            command += ["--objective", goal, "--budget", str(config.budget)]
            # As when the committed results were measured.
            command += ["--chemistry", "none"]
            command += ["--seed", str(config.seed), "--threads", "1", "--quiet"]
            start = python_module("latentbo.optimize", *command, "--out", name)
            resume = python_module("latentbo.optimize", "--resume", name)
            results = ("ledger.sqlite", "report.html")
            yield Job(
                *(name, "search", "search", start, resume, "config.json", results),
                needs=(training.name,),
                minutes=1.0,
            )


def search_name(training: Job, goal: str) -> str:
    """Name of the folder of a search."""
    return f"search/{Path(training.name).name}/{goal}"


def trainings(config: Config) -> Iterator[Job]:
    """Yield one training for each point."""
    for point in config.points:
        name = f"train/{point.name}"
        command = ["molecules", *point.options, "--epochs", f"{config.epochs:g}"]
        command += ["--seed", str(config.seed), *config.options, "--threads", "1", "--quiet"]
        start = python_module("latentbo.train", *command, "--out", name)
        resume = python_module("latentbo.train", "--resume", name)
        results = ("model.safetensors", "model_card.md")
        yield Job(
            *(name, "train", "train", start, resume, "training.json", results, ()),
            minutes=config.minutes,
        )


def rows(config: Config, out: Path, commit: str | None) -> list[dict[str, Any]]:
    """Collect the measurements of the trainings that are done."""
    found = []
    for point, job in zip(config.points, trainings(config), strict=True):
        if not is_done(out, job):
            continue
        folder = out / job.name
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        trained = json.loads((folder / "config.json").read_text(encoding="utf-8"))["provenance"]
        row = {**asdict(point), "nats_at_most": point.nats_at_most}
        row |= {name: _at(metrics, path) for name, (path, _) in MEASURES.items()}
        row["search"] = searched(config, out, job)
        facts = {"command": trained["command"], "version": trained["version"], "commit": commit}
        found.append({**row, **facts, "seed": config.seed})
    return found


def searched(config: Config, out: Path, training: Job) -> float:
    """The mean AUC top-10 of a model's searches; NaN: not all are done."""
    paths = [out / search_name(training, goal) / "ledger.sqlite" for goal in config.goals]
    if not all((path.parent / "report.html").is_file() for path in paths):
        return math.nan
    scores = []
    for path in paths:
        with Ledger.open(path) as ledger:
            values = [row.value for row in ledger.evaluations()]
        scores.append(auc_top(values, 10, config.budget))
    return round(statistics.mean(scores), 4)


def _at(metrics: Any, path: Sequence[str]) -> float:
    """The value at a path; of distances that at the largest number of codes; NaN: not there.

    Distances are of the codes that the regularizer saw.
    """
    if path[0] == "prior_distance" and "prior_distance_noisy" in metrics:
        path = ("prior_distance_noisy", *path[1:])
    for key in path:
        if key not in metrics:  # structures, where no sample is a molecule
            return math.nan
        metrics = metrics[key]
    return float(metrics[max(metrics, key=int)] if isinstance(metrics, dict) else metrics)


def table(found: list[dict[str, Any]]) -> str:
    """Return the results as a Markdown table, a row a training."""
    names = list(NAMES.values())
    head = ["dimensions", "noise", "nats at most", *names]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in found:
        values = [f"{row[name]:.3g}" for name in NAMES]
        most = "" if row["nats_at_most"] is None else f"{row['nats_at_most']:.0f}"
        cells = [str(row["dimensions"]), _noise(row), most, *values]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _noise(row: dict[str, Any]) -> str:
    return f"{row['noise']:g}" if row["levels"] == "fixed" else str(row["levels"])


def figure(found: list[dict[str, Any]], path: Path) -> None:
    """Draw each measure of noise, samples and search against exact reconstruction."""
    canvas = Figure(figsize=(11, 6.6), layout="constrained")
    grid = canvas.subplots(2, 3).flatten()
    sizes = sorted({row["dimensions"] for row in found})
    colours = dict(zip(sizes, ("#009e73", "#0072b2", "#d55e00", "#cc79a7"), strict=False))
    for axes, measure in zip(grid, SHOWN, strict=True):
        fixed = sorted(
            (row for row in found if row["levels"] == "fixed"), key=lambda row: row["noise"]
        )
        line = [(row["reconstruction"], row[measure]) for row in fixed]
        axes.plot(*zip(*line, strict=True), "-", color=FAINT, zorder=1) if line else None
        for row in found:
            place = (row["reconstruction"], row[measure])
            marker = "o" if row["levels"] == "fixed" else "D"
            axes.plot(*place, marker, color=colours[row["dimensions"]], markersize=7)
            axes.annotate(
                _noise(row),
                place,
                textcoords="offset points",
                xytext=(7, 4),
                fontsize=8,
                color=MUTED,
            )
        axes.set_title(NAMES[measure], fontsize=10, color=INK, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8, colors=MUTED)
        axes.margins(0.22, 0.15)
    for axes in grid[3:]:
        axes.set_xlabel("exact reconstruction", fontsize=9, color=INK)
    for size in sizes:
        grid[0].plot([], [], "o", color=colours[size], label=f"{size} dimensions")
    grid[0].legend(frameon=False, fontsize=8)
    canvas.suptitle(
        "Reconstruction against samples and search; at each point, the noise on codes",
        fontsize=12,
        color=INK,
    )
    canvas.savefig(path, dpi=130)


def write(config: Config, out: Path, commit: str | None) -> None:
    """Write lines, table and figure of what is there."""
    found = rows(config, out, commit)
    write_rows(out, found)
    (out / "table.md").write_text(table(found), encoding="utf-8")
    if found:
        figure(found, out / "tradeoff.png")
    print(table(found), flush=True)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder; what is done there is not done again")
    add("--jobs", type=at_least(1), default=1, metavar="N", help="trainings at a time (default 1)")
    add("--epochs", type=at_least(0, float, exclusive=True), help="passes over the data")
    add("--smoke", action="store_true", help="two tiny trainings")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is missing, and write the results; returns the exit code."""
    options = parse(arguments)
    config, out = chosen(SMOKE if options.smoke else Config(), options), options.out

    def prepare(commit: str | None) -> list[Job]:
        write_environment(out, config, commit)
        return list(jobs(config))

    return run_study(
        lambda: run_jobs(out, options.jobs, prepare, lambda: write(config, out, git_commit()))
    )


if __name__ == "__main__":
    sys.exit(main())
