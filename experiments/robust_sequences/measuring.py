"""A variant and seed: trained, diagnosed and searched with, each once, by latentbo's commands."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from latentbo.evaluate import main as evaluate
from latentbo.optimize import main as optimize
from latentbo.report import best_so_far, load_run, top_mean
from latentbo.train import main as train
from robust_sequences.settings import Config

Row = dict[str, Any]


def call(command: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> None:
    """Run a command of latentbo.

    Raises:
        SystemExit: If it fails; it has said why.
    """
    code = command(list(arguments))
    if code != 0:
        raise SystemExit(code)


def trained(config: Config, variant: str, steps: int, rows: int, seed: int, out: Path) -> Path:
    """Train a variant, or go on where it was stopped; return the model's folder."""
    if variant == "start":
        return config.folder
    folder = out / "train" / f"{variant}-seed{seed}"
    if (folder / "training.json").exists():
        if not (folder / "metrics.json").exists():
            resumed = ["--resume", str(folder), "--threads", "1", "--quiet"]
            call(train, resumed)
    else:
        options = config.training(variant, steps, rows, seed)
        call(train, [*options, "--out", str(folder)])
    return folder


def diagnosed(config: Config, folder: Path, out: Path) -> dict[str, Any]:
    """Measure a model's latent space, once; return what `latent.json` holds."""
    file = out / "latent.json"
    if not file.exists():
        options = ["latent", "molecules", "--model", str(folder), "--quiet", "--threads", "1"]
        call(evaluate, [*options, *config.diagnosis, "--out", str(out)])
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def searched(config: Config, folder: Path, seed: int, out: Path) -> list[float | None]:
    """Search with a model, or go on where it was stopped; return the values of all calls."""
    if (out / "config.json").exists():
        options = ["--resume", str(out)]
    else:
        options = ["molecules", "--model", str(folder), "--preset", "latent", "--seed", str(seed)]
        options += ["--objective", config.objective, "--budget", str(config.budget)]
        # Over codes, and any molecule will do, as when the committed results were measured.
        options += ["--surrogate", "fragments"]
        options += ["--out", str(out), "--threads", "1", "--chemistry", "none"]
    call(optimize, [*options, "--quiet"])
    return [row.value for row in load_run(out).finished]


def measure(config: Config, variant: str, steps: int, rows: int, seed: int, out: Path) -> Row:
    """Return the line of `results.jsonl` of a variant and seed.

    Args:
        config: Settings.
        variant: One of `VARIANTS`.
        steps: Of its training.
        rows: Molecules that trainings learn from.
        seed: Of training and search.
        out: The experiment's folder.
    """
    name = f"{variant}-seed{seed}"
    folder = trained(config, variant, steps, rows, seed, out)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    latent = diagnosed(config, folder, out / "latent" / name)
    values = searched(config, folder, seed, out / "search" / name)
    return {
        **{"variant": variant, "seed": seed, "steps": 0 if variant == "start" else steps},
        "reconstruction": metrics["reconstruction"]["canonical"],
        "after_noise": metrics["reconstruction"]["after_noise"],
        "valid": metrics["samples"]["valid"],
        "round_trip_prior": metrics["samples"]["round_trip"],
        "round_trip_data": latent["data_round_trip"]["same"],
        "ks_over_floor": latent["ks_over_floor"]["mean"],
        "perturbations": latent["perturbations"],
        **{"objective": config.objective, "calls": len(values)},
        **{"best": best_so_far(values)[-1], "top_10": top_mean(values, 10)[-1]},
        "curve": best_so_far(values),
    }
