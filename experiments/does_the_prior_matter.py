"""Does the shape of the latent space help the search? GMM-KS against other shapes.

    python experiments/does_the_prior_matter.py --out runs/prior [--jobs 2] [--smoke]

Trains the autoregressive grammar network (25 dimensions) on the 100,000 expressions with each
regularizer of `prior_study.unit.ARMS`: none, L2 (with noise on codes: a constant-variance encoder),
KL, MMD, GMM-KS, and GMM-KS whose ten means lie at distance 4. Equal reconstruction: of each arm the
largest of the weights 1, 0.3 and 0.1 times its usual one with which at least 97 % of held-out
expressions come back (the smallest, if none does), in a training with a seed that is not used
again. Three trainings an arm; with each, three searches by moves of `latent` and of `thesis` for
each of two hidden expressions: 5,000 labels of the worse half, 200 calls, codes scaled by the data,
a Gaussian process over codes alone, nothing of the data proposed, equal strings the only ones that
are equal.

The analysis is in `prior_study.analysis`, and was fixed before the searches were run. Writes
`results.jsonl` (a line a training), tables and a figure; the same command goes on where it was
stopped, and takes lines of `--known` as done. Two cores: about 3 hours; --smoke: 2 minutes.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from prior_study.analysis import (
    EXPLAINING,
    SUBJECT,
    answer,
    correlations,
    difference,
    explaining,
    primary,
)
from prior_study.unit import ARMS, MOVES, Unit, parse_unit, run_unit
from study.figures import INK, MUTED, plain, png
from study.jobs import Job, is_done
from study.options import study_parser
from study.pages import read_rows, write_results
from study.running import git_commit, run_jobs, run_study, say, write_environment
from study.table import Line, Table

from latentbo import __version__
from latentbo.command_line import at_least, run_command

Row = dict[str, Any]
WEIGHTS = (1.0, 0.3, 0.1)
LEAST_RECONSTRUCTION = 0.97
KNOWN = Path(__file__).parent / "results" / "prior"


@dataclass(frozen=True)
class Config:
    """Arms, trainings and searches."""

    arms: tuple[str, ...] = tuple(ARMS)
    trainings: int = 3
    searches: int = 3
    # The usual target, and one whose curve no expression of the data has.
    targets: tuple[str, ...] = ("1/3+x+sin(x*x)", "x/2+3*sin(x+x)")
    scan_seed: int = 100
    labels: int = 5000
    calls: int = 200
    options: tuple[str, ...] = (
        *("--representation", "grammar", "--latent-size", "25", "--latent-noise", "0.1"),
        *("--regularized-codes", "noisy", "--epochs", "12", "--checkpoint-minutes", "2"),
    )
    minutes: float = 12.0

    def unit(self, arm: str, weight: float, seed: int, *, is_scan: bool = False) -> Unit:
        """Return a training, with its searches unless it is one of the scan."""
        targets = () if is_scan else self.targets
        return Unit(
            *(arm, weight, seed, targets, self.searches, self.labels, self.calls, self.options)
        )


SMOKE = Config(
    arms=("plain", "kl", "mmd", "gmm-ks"),
    trainings=1,
    searches=1,
    targets=("x/2+3*sin(x+x)",),
    labels=60,
    calls=20,
    options=(
        *("--representation", "grammar", "--latent-size", "5", "--latent-noise", "0.1"),
        *("--limit", "600", "--held-out", "100", "--epochs", "1", "--decoder-width", "32"),
    ),
    minutes=0.3,
)


def job(unit: Unit, minutes: float) -> Job:
    """Return the job of a training."""
    command = (
        sys.executable,
        str(Path(__file__).resolve()),
        "--out",
        ".",
        "--unit",
        json.dumps(asdict(unit)),
    )
    return Job(
        *(unit.name, "unit", "unit", command, None, "unit.json", ("unit.json",), ()),
        minutes=minutes,
    )


def line(out: Path, unit: Unit, commit: str | None) -> Row | None:
    """Return the result of a training that is done here, for `results.jsonl`."""
    if not is_done(out, job(unit, 0)):
        return None
    found: Row = json.loads((out / unit.name / "unit.json").read_text(encoding="utf-8"))
    return {"run": unit.name, **found, "version": __version__, "commit": commit}


def scans(config: Config) -> list[Unit]:
    """Return the trainings that choose the weights."""
    return [
        config.unit(arm, weight, config.scan_seed, is_scan=True)
        for arm in config.arms
        for weight in (WEIGHTS if ARMS[arm][1] else WEIGHTS[:1])
    ]


def units(config: Config, rows: dict[str, Row]) -> list[Unit]:
    """Return the trainings with searches, at weights that the scan has chosen."""
    weights = {arm: chosen_weight(config, rows, arm) for arm in config.arms}
    return [
        config.unit(arm, weights[arm], seed)
        for seed in range(config.trainings)
        for arm in config.arms
    ]


def chosen_weight(config: Config, rows: dict[str, Row], arm: str) -> float:
    """Return the largest weight that keeps the reconstruction, else the smallest."""
    tried = [unit for unit in scans(config) if unit.arm == arm]
    for unit in tried:
        if rows[unit.name]["reconstruction"] >= LEAST_RECONSTRUCTION:
            return unit.weight
    return tried[-1].weight


def tables(rows: Sequence[Row], scanned: Sequence[Row]) -> list[Table]:
    """Return the tables; that of differences needs the arm it compares with."""
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    return [
        _scan_table(scanned),
        *([_arms_table(rows, arms), _why_table(rows)] if rows else []),
        *([_differences_table(rows, arms)] if SUBJECT in arms else []),
    ]


def _scan_table(scanned: Sequence[Row]) -> Table:
    lines: list[Line] = [
        (row["arm"], [f"{row['weight']:g}", f"{row['reconstruction']:.3f}"]) for row in scanned
    ]
    title = "Choice of the weight, by a training that is not used again"
    return _table("scan", title, ("weight", "held-out expressions that come back"), lines)


def _arms_table(rows: Sequence[Row], arms: Sequence[str]) -> Table:
    head = ["weight", "trainings", "best error", *(f"by {moves}" for moves in MOVES)]
    head += ["error over calls", *EXPLAINING.values()]
    lines: list[Line] = []
    for arm in arms:
        own = [row for row in rows if row["arm"] == arm]
        read = [explaining(row) for row in own]
        lines.append(
            (
                arm,
                [
                    f"{own[0]['weight']:g}",
                    str(len(own)),
                    *(_mean([primary(row, only=only) for row in own]) for only in ("", *MOVES)),
                    _mean([primary(row, "mean_best") for row in own]),
                    *(_mean([each[name] for each in read]) for name in EXPLAINING),
                ],
            )
        )
    return _table("arms", "Means over trainings", head, lines)


def _differences_table(rows: Sequence[Row], arms: Sequence[str]) -> Table:
    head = ["all searches", *(f"by {moves}" for moves in MOVES)]
    lines: list[Line] = [
        (arm, [difference(rows, arm, only).text for only in ("", *MOVES)])
        for arm in arms
        if arm != SUBJECT
    ]
    title = f"Best error of the arm minus that of {SUBJECT}, 95 % interval"
    return _table("differences", title, head, lines)


def _why_table(rows: Sequence[Row]) -> Table:
    found = correlations(rows)
    lines: list[Line] = [(text, [f"{found[name]:+.2f}"]) for name, text in EXPLAINING.items()]
    title = f"Rank correlation with the best error, {len(rows)} trainings"
    return _table("why", title, ("correlation",), lines, "read-out")


def _table(
    name: str, title: str, head: Sequence[str], lines: list[Line], first: str = "arm"
) -> Table:
    return Table(name, title, tuple(head), lines, first_column=first)


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f}"


def figure(rows: Sequence[Row]) -> bytes:
    """Draw each training's best error by arm, and against its distance to the prior."""
    canvas = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = canvas.subplots(1, 2, sharey=True)
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    for place, arm in enumerate(arms):
        own = [row for row in rows if row["arm"] == arm]
        values = [primary(row) for row in own]
        colour = "#0072b2" if arm.startswith(SUBJECT) else MUTED
        left.plot([place] * len(values), values, "o", color=colour, alpha=0.6)
        left.plot(place, sum(values) / len(values), "_", color=INK, markersize=22)
        right.plot([row["sliced"] for row in own], values, "o", color=colour, label=arm, alpha=0.6)
        for row, value in zip(own, values, strict=True):
            right.annotate(
                arm,
                (row["sliced"], value),
                xytext=(5, 3),
                textcoords="offset points",
                fontsize=7,
                color=MUTED,
            )
    left.set_xticks(range(len(arms)), arms, rotation=25)
    left.set_ylabel("best error after all calls")
    right.set_xscale("log")
    right.set_xlabel("sliced distance of sampled codes to the prior (1: its noise)")
    for axes in (left, right):
        plain(axes, "y")
    return png(canvas)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line."""
    parser = study_parser(__doc__ or "", "tiny trainings and searches")
    add = parser.add_argument
    add("--jobs", type=at_least(1), default=1, metavar="N", help="trainings at a time (default 1)")
    add("--unit", type=parse_unit, metavar="JSON", help=argparse.SUPPRESS)
    add("--known", type=Path, default=KNOWN, metavar="DIR", help="folder with lines that are done")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and search what is missing, and write the results; returns the exit code."""
    options = parse(arguments)
    if options.unit is not None:
        return run_command(lambda: run_unit(options.unit))
    config, out = (SMOKE if options.smoke else Config()), options.out
    rows = {} if options.smoke else {row["run"]: row for row in read_rows(options.known)}

    def missing(wanted: Sequence[Unit]) -> list[Job]:
        return [job(unit, config.minutes) for unit in wanted if unit.name not in rows]

    def collect(wanted: Sequence[Unit]) -> None:
        for unit in wanted:
            found = line(out, unit, git_commit())
            if unit.name not in rows and found is not None:
                rows[unit.name] = found

    def write() -> None:
        done = [row for row in rows.values() if row["targets"]]
        made = tables(done, [row for row in rows.values() if not row["targets"]])
        write_results(out, list(rows.values()), made, {"prior.png": figure(done)} if done else {})
        say(answer(done))

    def scan(commit: str | None) -> list[Job]:
        write_environment(out, config, commit)
        return missing(scans(config))

    def work() -> int:
        code = run_jobs(out, options.jobs, scan, lambda: collect(scans(config)))
        if code == 0:
            wanted = units(config, rows)
            code = run_jobs(out, options.jobs, lambda _: missing(wanted), lambda: collect(wanted))
        write()
        return code

    return run_study(work)


if __name__ == "__main__":
    sys.exit(main())
