"""Cost of a step of training, plain and coupled, measured in turn."""

import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.data import find_dataset
from latentbo.models import alternatives
from latentbo.objectives import OBJECTIVES
from latentbo.train import build_parser
from latentbo.train.running import restore_run
from latentbo.train.settings import make_settings
from latentbo.training import TrainingLoss, make_training_loss, select
from latentbo.training.run import prepare

#: Names of the two trainings.
COMPARED = ("plain", "coupled")


def measured_cost(options: Sequence[Sequence[str]], timed: int, folder: Path) -> dict[str, Any]:
    """Return processor time of a training step, read back where it was measured before.

    Steps of the two take turns on the same batches, so that whatever else the machine does slows
    both; the median counts.

    Args:
        options: Of `latentbo.train`, for each of `COMPARED`.
        timed: Steps of each, after one that is not timed.
        folder: Gets `cost.json`.

    Returns:
        `training_rows` (molecules that trainings learn from), `seconds` (name -> of a step), and
        `ratio` (coupled over plain).
    """
    file = folder / "cost.json"
    if file.exists():
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found
    torch.set_num_threads(1)
    prepared = [_prepare(list(given), folder / "cost") for given in options]
    rows, batch_size = prepared[0][1], prepared[0][2]
    steppers = [_Stepper(objective) for objective, *_ in prepared]
    seconds: list[list[float]] = [[] for _ in steppers]
    generator = torch.Generator().manual_seed(0)
    for step in range(timed + 1):
        batch = rows[torch.randint(len(rows), (batch_size,), generator=generator)]
        for stepper, times in zip(steppers, seconds, strict=True):
            times.append(stepper.step(batch, step))
    medians = [statistics.median(times[1:]) for times in seconds]
    cost = {
        "training_rows": len(rows),
        "seconds": dict(zip(COMPARED, medians, strict=True)),
        "ratio": medians[1] / medians[0],
    }
    file.write_text(json.dumps(cost, indent=1) + "\n", encoding="utf-8")
    return cost


class _Stepper:
    """Takes training steps and times them."""

    def __init__(self, objective: TrainingLoss) -> None:
        self.objective = objective.train()
        # Without a rate: the network stays what it is.
        self.optimizer = torch.optim.AdamW(objective.parameters(), lr=0.0, weight_decay=0.0)

    def step(self, batch: Tensor, number: int) -> float:
        """Return the processor time of a step, in seconds."""
        started = time.process_time()
        loss, _ = self.objective(batch, torch.Generator().manual_seed(number))
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return time.process_time() - started


def _prepare(given: list[str], folder: Path) -> tuple[TrainingLoss, Tensor, int]:
    """Return the loss of a training, the rows that it learns from, and how many are a batch."""
    settings = make_settings(build_parser().parse_args(given), given, "cpu")
    run = restore_run(folder, settings)
    _, lines = find_dataset("zinc250k")
    # No part is dropped, so the objective is not called.
    chosen = select(
        lines, OBJECTIVES["qed"], limit=settings["limit"], seed=run.config.split_seed
    ).lines
    model = run.start(chosen)
    data = prepare(model.representation, chosen, run.config, folder)
    allowed = alternatives(model.representation)
    objective = make_training_loss(run.config, model.network, model.prior, allowed)
    return objective, data.tokens[data.split.training], run.config.batch_size
