"""The training loop.

Step k is a function of (configuration, data, state after step k - 1): order of the data and all
noise come from generators seeded by (seed, epoch) and (seed, step), so a resumed run needs no saved
generator states to continue exactly.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from latentbo.errors import CheckpointError, TrainingError
from latentbo.training.checkpoint import load_checkpoint, save_checkpoint
from latentbo.training.config import TrainingConfig
from latentbo.training.objective import TrainingObjective

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["Hooks", "Progress", "learning_rate_at", "seed_for", "total_steps", "train"]


@dataclass(frozen=True)
class Progress:
    """What the loop reports after a step."""

    step: int
    total_steps: int
    epoch: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class Hooks:
    """How the caller follows a run: `report` on the first process, `should_stop` on each."""

    report: Callable[[Progress], None]
    should_stop: Callable[[], bool] = lambda: False


def seed_for(*parts: int) -> int:
    """Return a well-mixed 63-bit seed of some integers (SplitMix64)."""
    state = 0
    for part in parts:
        state = (state ^ (part & (2**64 - 1))) + 0x9E3779B97F4A7C15 & (2**64 - 1)
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & (2**64 - 1)
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & (2**64 - 1)
        state ^= state >> 31
    return state >> 1


def total_steps(config: TrainingConfig, num_rows: int, world_size: int = 1) -> int:
    """Return the number of steps of a run; incomplete batches are left out."""
    return max(1, round(config.epochs * _steps_per_epoch(config, num_rows, world_size)))


def learning_rate_at(config: TrainingConfig, step: int, steps: int) -> float:
    """Return the learning rate of a step: linear warm-up, then cosine decay."""
    warmup = min(config.warmup_steps, steps // 10)
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return config.learning_rate * (config.final_rate + (1 - config.final_rate) * cosine)


def train(
    fabric: "Fabric",
    objective: TrainingObjective,
    training_tokens: Tensor,
    validation_tokens: Tensor,
    *,
    config: TrainingConfig,
    checkpoint: Path,
    hooks: Hooks,
) -> None:
    """Train the autoencoder of `objective` in place; continues from `checkpoint` if it exists.

    Args:
        fabric: A launched Lightning Fabric: device, precision, data parallelism.
        objective: Loss and network.
        training_tokens: `n x length` tokens.
        validation_tokens: `m x length` tokens; their losses are reported ten times a run or more.
        config: Settings.
        checkpoint: File for the last good state, written every `config.checkpoint_minutes`, at the
            end, and when the caller stops the run.
        hooks: Reports, and the wish to stop.

    Raises:
        TrainingError: If the loss is not finite; the last good checkpoint is kept.
        CheckpointError: If the checkpoint is damaged or belongs to another run.
        KeyboardInterrupt: If `hooks.should_stop()` became true; the state is saved before.
    """
    optimizer = torch.optim.AdamW(
        objective.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    steps = total_steps(config, len(training_tokens), fabric.world_size)
    run = _Run(fabric, objective, optimizer, config=config, steps=steps, checkpoint=checkpoint)
    # After the set-up, which moves the network but not the optimizer's state to the device.
    first = _restore(checkpoint, objective, optimizer, steps)
    run.loop(first, training_tokens, validation_tokens, hooks)


class _Run:
    """State of a running loop."""

    def __init__(
        self,
        fabric: "Fabric",
        objective: TrainingObjective,
        optimizer: torch.optim.Optimizer,
        *,
        config: TrainingConfig,
        steps: int,
        checkpoint: Path,
    ) -> None:
        self.fabric, self.objective, self.config = fabric, objective, config
        self.steps, self.checkpoint = steps, checkpoint
        self.module, self.optimizer = fabric.setup(objective, optimizer)
        self.generator = torch.Generator(device=fabric.device)
        self.saved_at = self.mark = time.monotonic()
        self.reported = 0

    def loop(self, first: int, tokens: Tensor, validation: Tensor, hooks: Hooks) -> None:
        self.reported = first
        self.batch_size = _batch_size(self.config, len(tokens), self.fabric.world_size)
        validate_every = max(1, min(self.steps // 10, 500))
        batches = _batches(tokens, self.config, first, self.steps, self.fabric)
        for step, batch in enumerate(batches, start=first):
            parts = self._step(step, batch)
            done = step + 1
            validate = done == self.steps or done % validate_every == 0
            if validate or done % self.config.log_every == 0:
                self._report(done, parts, validation if validate else None, hooks)
            stop = self._any_process(hooks.should_stop())
            if stop or done == self.steps or self._checkpoint_is_due():
                self._save(done)
            if stop:
                raise KeyboardInterrupt

    def _any_process(self, wanted: bool) -> bool:
        """Whether any process wants to stop: all must stop after the same step."""
        if self.fabric.world_size == 1:
            return wanted
        flag = torch.tensor(float(wanted), device=self.fabric.device)
        total = self.fabric.all_reduce(flag, reduce_op="sum")
        return float(cast(Tensor, total)) > 0

    def _step(self, step: int, batch: Tensor) -> dict[str, Tensor]:
        self.generator.manual_seed(seed_for(self.config.seed, step, self.fabric.global_rank))
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate_at(self.config, step, self.steps)
        self.module.train()
        loss, parts = self.module(batch.to(self.fabric.device), self.generator)
        self.fabric.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.config.gradient_norm)
        # Checked before the step is taken, so that the weights and every checkpoint stay good.
        if not torch.isfinite(norm + parts["loss"]):
            raise TrainingError(
                f"the loss became {float(parts['loss'])} (gradient norm {float(norm)}) at step "
                f"{step + 1} of {self.steps}: use a smaller --learning-rate or "
                f"--regularizer-weight, or --precision 32-true; the last good checkpoint, if one "
                f"was due, is {self.checkpoint}"
            )
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return parts

    def _report(
        self, done: int, parts: dict[str, Tensor], validation: Tensor | None, hooks: Hooks
    ) -> None:
        metrics = {name: float(value) for name, value in parts.items()}
        metrics["learning_rate"] = learning_rate_at(self.config, done - 1, self.steps)
        strings = self.batch_size * self.fabric.world_size * (done - self.reported)
        metrics["strings_per_second"] = strings / (time.monotonic() - self.mark)
        if validation is not None:
            metrics |= self._validate(validation)
        if self.fabric.is_global_zero:
            epoch = done * self.config.epochs / self.steps
            hooks.report(Progress(done, self.steps, epoch, metrics))
        self.reported, self.mark = done, time.monotonic()

    @torch.no_grad()
    def _validate(self, tokens: Tensor) -> dict[str, float]:
        self.module.eval()
        self.generator.manual_seed(0)
        _, parts = self.module(tokens.to(self.fabric.device), self.generator)
        return {f"validation_{name}": float(value) for name, value in parts.items()}

    def _checkpoint_is_due(self) -> bool:
        return time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes

    def _save(self, done: int) -> None:
        self.saved_at = time.monotonic()
        if self.fabric.is_global_zero:
            state = {
                "network": self.objective.autoencoder.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": done,
                "steps": self.steps,
            }
            save_checkpoint(self.checkpoint, state)


def _restore(
    checkpoint: Path, objective: TrainingObjective, optimizer: torch.optim.Optimizer, steps: int
) -> int:
    if not checkpoint.exists():
        return 0
    state = load_checkpoint(checkpoint)
    if state.get("steps") != steps:
        raise CheckpointError(
            f"{checkpoint} belongs to a run of {state.get('steps')} steps, this one has {steps}: "
            f"resume with the same data and settings"
        )
    try:
        objective.autoencoder.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"{checkpoint} does not fit this network ({reason}): resume with the same settings"
        ) from error
    return int(state["step"])


def _steps_per_epoch(config: TrainingConfig, num_rows: int, world_size: int) -> int:
    return max(1, num_rows // (config.batch_size * world_size))


def _batch_size(config: TrainingConfig, num_rows: int, world_size: int) -> int:
    return min(config.batch_size, num_rows // world_size)


def _batches(
    tokens: Tensor, config: TrainingConfig, first: int, steps: int, fabric: "Fabric"
) -> Iterator[Tensor]:
    """Yield this process's batches of steps `first` to `steps`; every epoch is reshuffled."""
    per_epoch = _steps_per_epoch(config, len(tokens), fabric.world_size)
    size = _batch_size(config, len(tokens), fabric.world_size)
    epoch, order = -1, torch.empty(0, dtype=torch.int64)
    for step in range(first, steps):
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            generator = torch.Generator().manual_seed(seed_for(config.seed, epoch, 1 << 40))
            order = torch.randperm(len(tokens), generator=generator)
        start = ((step % per_epoch) * fabric.world_size + fabric.global_rank) * size
        yield tokens[order[start : start + size]]
