"""The learning rate of a step."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from latentbo.training.loop_config import LoopConfig


def learning_rate_at(config: LoopConfig, step: int, steps: int, steps_per_epoch: int = 1) -> float:
    """Return the learning rate of a step, without changes that depend on the run's losses.

    Args:
        config: Settings; `plateau` begins as `constant`.
        step: Number of the step, from 0.
        steps: Number of steps of the run.
        steps_per_epoch: For the schedule `step`.
    """
    if config.schedule == "step":
        periods = step // (config.patience * steps_per_epoch)
        return float(config.learning_rate * config.decay**periods)
    if config.schedule != "cosine":
        return config.learning_rate
    warmup = min(config.warmup_steps, steps // 10)
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return config.learning_rate * (config.final_rate + (1 - config.final_rate) * cosine)


class Schedule:
    """Sets an optimizer's learning rate before each step; `plateau` follows validation losses.

    Args:
        config: Settings.
        optimizer: The optimizer.
        rate_at: Number of a step -> learning rate; not used by `plateau`.
    """

    def __init__(
        self,
        config: LoopConfig,
        optimizer: torch.optim.Optimizer,
        rate_at: Callable[[int], float],
    ) -> None:
        self.optimizer, self.rate_at = optimizer, rate_at
        self.plateau = None
        if config.schedule == "plateau":
            # Its "patience" is the number of bad validations before a change.
            self.plateau = ReduceLROnPlateau(
                optimizer, factor=config.decay, patience=config.patience - 1
            )

    @property
    def rate(self) -> float:
        """The learning rate in use."""
        return float(self.optimizer.param_groups[0]["lr"])

    def before(self, step: int) -> None:
        """Set the learning rate of a step."""
        if self.plateau is None:
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate_at(step)

    def observe(self, loss: float) -> None:
        """Update the schedule by a validation loss."""
        if self.plateau is not None:
            self.plateau.step(loss)

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint, without the optimizer's own."""
        if self.plateau is None:
            return {}
        state = self.plateau.state_dict()
        return {name: state[name] for name in ("best", "num_bad_epochs", "last_epoch")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state of `state_dict`; the learning rate is in the optimizer's state."""
        if self.plateau is not None:
            self.plateau.load_state_dict(state)
