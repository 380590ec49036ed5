"""Collect the rows of `results.jsonl` from the folders of finished jobs alone."""

import json
import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.jobs import attempts, seconds_of

from latentbo.ledger import Evaluation, Ledger, Status, StepRecord
from latentbo.protocols import Source, summarize
from latentbo.protocols.held_out import read_labelled
from latentbo.protocols.points import points_of, values_of
from published.plan import FAULTS, PROTOCOLS, Model
from published.tables import LOWER_IS_BETTER

Row = dict[str, Any]
GP_MEASURES = ("log_likelihood", "rmse", "constant_log_likelihood", "constant_rmse")


def collect(task: str, out: Path) -> list[Row]:
    """Return one row per training, split of a GP evaluation, and optimization run.

    Args:
        task: Sets the sign of scores: for expressions the score is the error, lower is better.
        out: The study's folder. Unfinished and failed jobs are skipped.
    """
    sign = -1.0 if LOWER_IS_BETTER[task] else 1.0
    rows = [*_trainings(out), *_predictions(out)]
    evaluated = {(row["model"], row["seed"]) for row in rows if row.get("modern") is False}
    rows += [row for row in _first_fits(out) if (row["model"], row["seed"]) not in evaluated]
    for protocol in PROTOCOLS:
        for name, folder, model in _folders(out, f"{protocol}/*/seed*"):
            rows.append(_search(out, name, folder, model, protocol, None, sign))
    for fault in FAULTS:
        for name, folder, model in _folders(out, f"faults/{fault}/*/seed*"):
            rows.append(_search(out, name, folder, model, "kusner2017", fault, sign))
    return rows


def _folders(out: Path, pattern: str) -> Iterator[tuple[str, Path, Model]]:
    """Yield the folders of finished jobs: name, path, and model."""
    for path in sorted(out.glob(pattern)):
        name = path.relative_to(out).as_posix()
        model_name = next(part for part in name.split("/")[::-1] if not part.startswith("seed"))
        model = Model.from_name(model_name.removesuffix("-modern"))
        events = attempts(out, name)
        if model is not None and (not events or events[-1].get("code") == 0):
            yield name, path, model


def _common(out: Path, name: str, model: Model, kind: str, stage: str) -> Row:
    events = attempts(out, name)
    commits = [event["commit"] for event in events if "commit" in event]
    return {
        "kind": kind,
        "stage": stage,
        "folder": name,
        "model": model.name,
        "method": model.method,
        "network": model.network,
        "training_seed": model.seed,
        "seconds": seconds_of(out, name),
        "commit": commits[-1] if commits else None,
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _trainings(out: Path) -> Iterator[Row]:
    for name, folder, model in _folders(out, "train/*"):
        if not (folder / "metrics.json").is_file():
            continue
        metrics, settings = _read(folder / "metrics.json"), _read(folder / "training.json")
        distances = metrics["prior_distance"]
        most = max(distances["ks"], key=int)  # the largest number of codes compared at a time
        yield {
            **_common(out, name, model, "train", "train"),
            "epochs": settings["training"]["epochs"],
            "components": settings["prior"]["num_components"],
            "version": settings["version"],
            "reconstruction": metrics["reconstruction"]["canonical"],
            "prior_valid": metrics["samples"]["valid"],
            "ks": distances["ks"][most],
            "covariance": distances["covariance"][most],
            "num_codes": int(most),
        }


def _predictions(out: Path) -> Iterator[Row]:
    for name, folder, model in _folders(out, "gp/*"):
        if (folder / "gp.json").is_file():
            content = _read(folder / "gp.json")
            for row in content["results"]:
                yield {
                    **_common(out, name, model, "gp", "gp"),
                    "modern": name.endswith("-modern"),
                    "seed": row["seed"],
                    **{measure: row[measure] for measure in GP_MEASURES},
                    "fit_seconds": round(row["seconds"], 1),
                    "version": content["settings"]["version"],
                }


def _first_fits(out: Path) -> Iterator[Row]:
    """Yield the GP evaluations of `kusner2017` runs, made before the search."""
    for name, folder, model in _folders(out, "kusner2017/*/seed*"):
        settings = _read(folder / "config.json")
        with Ledger.open(folder / "ledger.sqlite") as ledger:
            steps = ledger.steps()
        gp = steps[0].state.get("gp", {}) if steps else {}
        if gp.keys() >= set(GP_MEASURES):
            yield {
                **_common(out, name, model, "gp", "gp"),
                "modern": False,
                "seed": settings["seed"],
                **{measure: gp[measure] for measure in GP_MEASURES},
                "fit_seconds": None,
                "version": settings["versions"]["latentbo"],
            }


def _search(
    out: Path,
    name: str,
    folder: Path,
    model: Model,
    protocol: str,
    fault: str | None,
    sign: float,
) -> Row:
    settings = _read(folder / "config.json")
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        steps, evaluations = ledger.steps(), ledger.evaluations()
    by_points = bool(steps) and "points" in steps[0].state
    found = _of_points(steps, evaluations) if by_points else _of_calls(steps, evaluations, folder)
    return {
        **_common(out, name, model, "search", "faults" if fault else protocol),
        "protocol": protocol,
        "fault": fault,
        "seed": settings["seed"],
        "best": [sign * value for _, value in found.best],
        "best_strings": [string for string, _ in found.best],
        "best_in_training": _number(sign * found.known),
        "valid": _number(found.valid),
        "average": _number(sign * found.average),
        "calls": sum(row.status is not Status.PENDING for row in evaluations),
        "curve": [[call, sign * value] for call, value in found.curve],
        "versions": settings["versions"],
    }


@dataclass(frozen=True)
class _Found:
    """The results of a run; values are maximised."""

    best: list[tuple[str, float]]
    known: float  # best value of the free initial data
    valid: float
    average: float
    curve: list[tuple[int, float]]


def _of_points(steps: Sequence[StepRecord], evaluations: Sequence[Evaluation]) -> _Found:
    """Summarise a run of a protocol whose steps have points, some without an oracle call."""
    found = summarize(steps, evaluations)
    points = [point for step in steps for point in points_of(step)]
    calls, series = 0, []
    for point, value in zip(points, values_of(points, evaluations), strict=True):
        calls += point.source is Source.CALL
        series.append((calls, value))
    return _Found(
        list(found.best),
        found.best_in_training,
        found.fraction_valid,
        found.average,
        _improvements(series),
    )


def _of_calls(
    steps: Sequence[StepRecord], evaluations: Sequence[Evaluation], folder: Path
) -> _Found:
    """Summarise a run of our optimizer: a proposal is an oracle call; decodes count per step."""
    given = folder / "labelled.csv"
    known = max(value for _, value in read_labelled(given)) if given.is_file() else math.nan
    scored = [(row.string, row.value) for row in evaluations if row.value is not None]
    decoded = sum(step.state.get("decoded", 0) for step in steps)
    invalid = sum(step.state.get("invalid", 0) for step in steps)
    return _Found(
        sorted(scored, key=lambda item: (-item[1], item[0]))[:3],
        known,
        1 - invalid / decoded if decoded else math.nan,
        statistics.fmean(value for _, value in scored) if scored else math.nan,
        _improvements([(row.call, row.value) for row in evaluations]),
    )


def _improvements(series: Iterable[tuple[int, float | None]]) -> list[tuple[int, float]]:
    """Return each improvement of the best value, with the number of oracle calls so far."""
    best = -math.inf
    found = []
    for calls, value in series:
        if value is not None and value > best:
            best = value
            found.append((max(1, calls), value))
    return found


def _number(value: float) -> float | None:
    """Return a number for JSON, with None for NaN."""
    return value if math.isfinite(value) else None
