"""One training of one arm, its measurements, and its searches.

It resumes where it was stopped: the training from its checkpoint, the searches with the next one.
"""

import itertools
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from study.pages import write_whole
from torch import Tensor

from latentbo.data import find_dataset
from latentbo.ledger import Evaluation, Proposal, Status
from latentbo.models import TrainedModel, load_model
from latentbo.objectives import fit_error, worst_part
from latentbo.optimizer import OptimizationConfig, OptimizerInputs, make_optimizer
from latentbo.proposals import encode_known
from latentbo.seeds import seed_for
from latentbo.surrogates import ExactGPConfig, fit_exact_gp, single_thread
from latentbo.tasks import TASKS, Task
from latentbo.train.command import main as train

#: Options of training of each arm, beside those of all; the weight is a factor of its usual one.
ARMS: dict[str, tuple[tuple[str, ...], float]] = {
    "plain": (("--regularizer", "none"), 0.0),
    "l2": (("--regularizer", "l2"), 0.01),
    "kl": (("--regularizer", "kl", "--components", "1"), 0.04),
    "mmd": (("--regularizer", "mmd", "--components", "1"), 0.005),
    "gmm-ks": (("--regularizer", "gmm-ks"), 0.005),
    "gmm-ks-4": (("--regularizer", "gmm-ks", "--components", "10", "--prior-scale", "4"), 0.005),
}
#: How codes are moved: preset and surrogate, which sees codes alone in both.
MOVES = {"latent": "code", "thesis": "latent"}
#: Parts of seeds.
LABELS, ROWS = 1, 2


@dataclass(frozen=True)
class Unit:
    """One training and what is done with its model.

    Args:
        arm: One of `ARMS`.
        weight: Factor of the arm's usual weight.
        seed: Of the training.
        targets: Expressions to find; none: the model is trained and not searched.
        searches: Number of searches a target and way of moving, seeds 0, 1, …
        labels: Strings of the worse half that are labelled for free.
        calls: Of each search.
        options: Of all trainings.
    """

    arm: str
    weight: float
    seed: int
    targets: tuple[str, ...]
    searches: int
    labels: int
    calls: int
    options: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of its folder in the study's, and in the lines."""
        return f"{'unit' if self.targets else 'scan'}/{self.arm}-{self.weight:g}-seed{self.seed}"


def run_unit(unit: Unit) -> None:
    """Do what is missing in the current folder, the study's, and write `unit.json`."""
    folder = Path(unit.name)
    model_folder = trained(unit, folder)
    found: dict[str, Any] = {**asdict(unit), **measured(model_folder)}
    if unit.targets:
        torch.set_num_threads(1)
        model = load_model(model_folder)
        task = TASKS["expressions"].for_model(model)
        strings = [task.canonical(line.string) for line in find_dataset("expressions100k")[1]]
        known = list(dict.fromkeys(string for string in strings if string))
        found["searches"] = {}
        for target in unit.targets:
            values = torch.tensor([-fit_error(string, target) for string in known]).double()
            found[f"gp {target}"] = predicted(unit, model, known, values)
            for moves, seed in itertools.product(MOVES, range(unit.searches)):
                path = folder / f"search-{len(found['searches'])}.json"
                if not path.is_file():
                    result = search(unit, model, task, known, values, target, moves, seed)
                    write_whole(path, json.dumps(result) + "\n")
                result = json.loads(path.read_text(encoding="utf-8"))
                found["searches"][f"{moves} {target} {seed}"] = result
    write_whole(folder / "unit.json", json.dumps(found, indent=1) + "\n")


def trained(unit: Unit, folder: Path) -> Path:
    """Train the model, or what is left of it; returns its folder."""
    out = folder / "model"
    if not (out / "metrics.json").is_file():
        options, weight = ARMS[unit.arm]
        given = ["expressions", *options, *unit.options, "--seed", str(unit.seed)]
        given += ["--regularizer-weight", f"{unit.weight * weight:g}", "--threads", "1", "--quiet"]
        resumed = ["--resume", str(out), "--quiet"]
        code = train(resumed if (out / "training.json").is_file() else [*given, "--out", str(out)])
        if code:
            raise SystemExit(code)
    return out


def measured(folder: Path) -> dict[str, Any]:
    """Return the model's reconstruction, samples and distances to the prior."""
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    distances = metrics.get("prior_distance_noisy", metrics["prior_distance"])
    return {
        "reconstruction": metrics["reconstruction"]["canonical"],
        "after_noise": metrics["reconstruction"]["after_noise"],
        "valid_samples": metrics["samples"]["valid"],
        **{name: by_size[max(by_size, key=int)] for name, by_size in distances.items()},
    }


def predicted(
    unit: Unit, model: TrainedModel, strings: Sequence[str], values: Tensor
) -> dict[str, float]:
    """Return RMSE and log density of an exact process over standardised codes.

    1,000 strings to fit and 1,000 others to predict (fewer where there are fewer), the same in all
    arms; values are standardised by those to fit.
    """
    generator = torch.Generator().manual_seed(seed_for(0, ROWS))
    rows = torch.randperm(len(strings), generator=generator)[:2000].tolist()
    codes, kept = encode_known(model, [strings[row] for row in rows])
    of = dict(zip(strings, values.tolist(), strict=True))
    train_Y = torch.tensor([of[string] for string in kept], dtype=torch.float64)
    half = len(kept) // 2
    mean, deviation = codes[:half].mean(0), codes[:half].std(0).clamp(min=1e-6)
    train_Z = 0.5 + ((codes - mean) / deviation / 10).double()
    train_Y = (train_Y - train_Y[:half].mean()) / train_Y[:half].std()
    with single_thread():
        surrogate = fit_exact_gp(train_Z[:half], train_Y[:half, None], ExactGPConfig())
        predictions, spread = surrogate.predict(train_Z[half:])
    errors = train_Y[half:] - predictions
    variance = spread.square() + surrogate.noise
    density = -0.5 * (errors.square() / variance + (2 * math.pi * variance).log())
    return {
        "rmse": float(errors.square().mean().sqrt()),
        "log_density": float(density.mean()),
    }


def search(
    unit: Unit,
    model: TrainedModel,
    task: Task,
    strings: Sequence[str],
    values: Tensor,
    target: str,
    moves: str,
    seed: int,
) -> dict[str, Any]:
    """Search once; the labels depend on target and seed alone, so that arms are paired."""
    worse = worst_part(values, 0.5)
    generator = torch.Generator().manual_seed(seed_for(seed, LABELS))
    rows = worse[torch.randperm(len(worse), generator=generator)[: unit.labels]].tolist()
    labelled = [(strings[row], float(values[row])) for row in rows]
    config = OptimizationConfig(
        budget=unit.calls,
        seed=seed,
        preset=moves,
        surrogate=MOVES[moves],
        identity="string",
        scaling="data",
        num_from_pool=0,
    )
    inputs = OptimizerInputs(
        model, task.accept(None), [], initial_data=labelled, must_beat_initial_data=False
    )
    optimizer = make_optimizer(config, inputs)
    evaluations: list[Evaluation] = []
    counts: dict[str, int] = {}
    started = time.process_time()
    while len(evaluations) < unit.calls:
        suggestion = optimizer.ask(evaluations)
        if not suggestion.proposals:
            break
        for name, count in suggestion.step.state.items():
            if name in ("decoded", "unfinished", "invalid", "known"):
                counts[name] = counts.get(name, 0) + count
        evaluations += [_evaluated(proposal, target) for proposal in suggestion.proposals]
    errors = [math.inf if row.value is None else -row.value for row in evaluations]
    best = [min(errors[: call + 1]) for call in range(len(errors))]
    return {
        "best": best[-1],
        "mean_best": sum(best) / len(best),
        "best_string": evaluations[errors.index(best[-1])].string,
        "calls": len(evaluations),
        "counts": counts,
        "seconds": round(time.process_time() - started, 1),
    }


def _evaluated(proposal: Proposal, target: str) -> Evaluation:
    facts = (proposal.call, proposal.batch, proposal.string, proposal.origin, proposal.details)
    return Evaluation(*facts, Status.OK, -fit_error(proposal.string, target))


def parse_unit(text: str) -> Unit:
    """Return a unit from JSON, whose lists are tuples here."""
    given: dict[str, Any] = json.loads(text)
    tuples: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return Unit(**tuples)
