"""The training loop.

Step k is a function of (configuration, data, state after step k - 1): order of the data and all
noise come from generators seeded by (seed, epoch) and (seed, step), so a resumed run needs no saved
generator states to continue exactly.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from latentbo.errors import CheckpointError, ConfigurationError, InputError, TrainingError
from latentbo.seeds import seed_for
from latentbo.training.adversarial_turns import ONLY_PLAYER, AdversarialTurns, Player
from latentbo.training.checkpoint import load_checkpoint, save_checkpoint
from latentbo.training.loop_config import LoopConfig
from latentbo.training.schedules import learning_rate_at

if TYPE_CHECKING:
    from lightning_fabric import Fabric

#: The data, or a batch of it: tensors with the same number of rows, one per example.
Rows = tuple[Tensor, ...]
#: The scalar to minimise, and its detached parts for reports; one of them is `loss`, the scalar.
LossAndParts = tuple[Tensor, dict[str, Tensor]]
# Rows validated at a time: bounds the memory.
VALIDATED_AT_ONCE = 1000


class Loss(nn.Module):
    """A network and its loss on a batch of rows.

    A module, so that data-parallel wrappers use its `forward`. Arguments of `forward` are the
    tensors of the batch and a generator on their device, the source of all randomness of the step.
    A loss of several players overrides `players`: its `forward` takes a player's name as the last
    argument and returns that player's loss; without a name it returns the validation loss and its
    parts.
    """

    #: Saved in checkpoints.
    network: nn.Module
    forward: Callable[..., LossAndParts]

    def check(self, *rows: Tensor) -> None:
        """Raise an `InputError` for data that do not fit the loss; called before training."""
        return

    def players(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """Return the parameters of each player by name, in the order of their turns."""
        return {ONLY_PLAYER: list(self.parameters())}

    def after_step(self) -> None:
        """Callback after the turns of all players, for example to average weights."""
        return


@dataclass(frozen=True)
class Progress:
    """The state that the loop reports after a step."""

    step: int
    total_steps: int
    epoch: float
    metrics: dict[str, float]


#: Callback with the state after a step.
Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Callbacks:
    """Callbacks of the loop: `report` is called on the first process, `should_stop` on each."""

    report: Report
    should_stop: Callable[[], bool] = lambda: False


def with_parts(loss: Tensor, **parts: Tensor) -> LossAndParts:
    """Return a loss and its detached parts, the loss itself first."""
    return loss, {name: each.detach() for name, each in {"loss": loss, **parts}.items()}


def total_steps(config: LoopConfig, num_rows: int, world_size: int = 1) -> int:
    """Return the number of steps of a run; incomplete batches are dropped."""
    return max(1, round(config.epochs * _steps_per_epoch(config, num_rows, world_size)))


def train(
    fabric: "Fabric",
    loss: Loss,
    training: Rows,
    validation: Rows,
    *,
    config: LoopConfig,
    checkpoint: Path,
    callbacks: Callbacks,
) -> float:
    """Train the network of `loss` in place; resumes from `checkpoint` if it exists.

    Args:
        fabric: A launched Lightning Fabric: device, precision, data parallelism.
        loss: Loss and network.
        training: `n x …`-dim tensors, the inputs of the loss: tokens, or images and labels.
        validation: `m x …`-dim tensors of the same kind; their losses are reported at least ten
            times per run, and once per epoch if the learning rate depends on them.
        config: Settings.
        checkpoint: File for the last good state, written every `config.checkpoint_minutes`, at the
            end, and when the caller stops the run.
        callbacks: Receive reports, and can stop the run.

    Returns:
        Seconds of processor time of the training, including those before the checkpoint, of the
        first process.

    Raises:
        TrainingError: If the loss is not finite; the last good checkpoint is kept.
        CheckpointError: If the checkpoint is damaged or belongs to another run.
        ConfigurationError: If several players are to train on several devices.
        InputError: If the tensors differ in their number of rows.
        KeyboardInterrupt: If `callbacks.should_stop()` became true, with the state saved.
    """
    num_rows, _ = _num_rows(training), _num_rows(validation)
    steps = total_steps(config, num_rows, fabric.world_size)
    per_epoch = _steps_per_epoch(config, num_rows, fabric.world_size)
    rate_at = partial(learning_rate_at, config, steps=steps, steps_per_epoch=per_epoch)
    players = AdversarialTurns(loss.players(), config, rate_at)
    run = _Run(fabric, loss, players, config=config, steps=steps, checkpoint=checkpoint)
    # After the set-up, which does not move the optimizers' state to the device.
    first, run.spent = _restore(checkpoint, loss, players, steps)
    run.loop(first, training, validation, callbacks)
    return run.processor_seconds


class _Run:
    """State of a running loop."""

    def __init__(
        self,
        fabric: "Fabric",
        loss: Loss,
        players: AdversarialTurns,
        *,
        config: LoopConfig,
        steps: int,
        checkpoint: Path,
    ) -> None:
        if len(players) > 1 and fabric.world_size > 1:
            raise ConfigurationError(
                f"{len(players)} players train in turn on one device, not on {fabric.world_size}: "
                f"use one"
            )
        self.fabric, self.loss, self.config = fabric, loss, config
        self.steps, self.checkpoint = steps, checkpoint
        self.players = players
        self.module, *self.optimizers = fabric.setup(loss, *players.optimizers)
        self.generator = torch.Generator(device=fabric.device)
        self.saved_at = self.mark = time.monotonic()
        self.began = time.process_time()
        self.spent = 0.0
        self.reported = 0

    @property
    def processor_seconds(self) -> float:
        """Processor time of the run so far, over all its resumptions."""
        return self.spent + time.process_time() - self.began

    def loop(self, first: int, training: Rows, validation: Rows, callbacks: Callbacks) -> None:
        self.reported = first
        num_rows, world_size = _num_rows(training), self.fabric.world_size
        self.batch_size = _batch_size(self.config, num_rows, world_size)
        validate_every = max(1, min(self.steps // 10, 500))
        if self.config.schedule == "plateau":
            validate_every = _steps_per_epoch(self.config, num_rows, world_size)
        batches = _batches(training, self.config, first, self.steps, self.fabric)
        for step, batch in enumerate(batches, start=first):
            parts = self._step(step, batch)
            done = step + 1
            validate = done == self.steps or done % validate_every == 0
            if validate or done % self.config.log_every == 0:
                self._report(done, parts, validation if validate else None, callbacks)
            stop = self._any_process(callbacks.should_stop())
            if stop or done == self.steps or self._checkpoint_is_due():
                self._save(done)
            if stop:
                raise KeyboardInterrupt

    def _any_process(self, wanted: bool) -> bool:
        """Whether any process must stop: then all stop after the same step."""
        if self.fabric.world_size == 1:
            return wanted
        flag = torch.tensor(float(wanted), device=self.fabric.device)
        total = self.fabric.all_reduce(flag, reduce_op="sum")
        return float(cast(Tensor, total)) > 0

    def _step(self, step: int, batch: Rows) -> dict[str, Tensor]:
        self.generator.manual_seed(seed_for(self.config.seed, step, self.fabric.global_rank))
        self.players.before(step)
        self.module.train()
        batch = self._moved(batch)
        parts: dict[str, Tensor] = {}
        for player, optimizer in zip(self.players.turns(), self.optimizers, strict=True):
            parts |= self._turn(step, batch, player, optimizer)
        self.loss.after_step()
        return parts

    def _turn(self, step: int, batch: Rows, player: Player, optimizer: Any) -> dict[str, Tensor]:
        value, parts = self.module(*batch, self.generator, *player.arguments)
        self.fabric.backward(value)
        norm = torch.nn.utils.clip_grad_norm_(player.parameters, self.config.gradient_norm)
        # Checked before the optimizer's step, so that weights and checkpoints stay finite.
        if not torch.isfinite(norm + parts["loss"]):
            raise TrainingError(
                f"the loss became {float(parts['loss'])} (gradient norm {float(norm)}) at step "
                f"{step + 1} of {self.steps}: use a smaller --learning-rate or "
                f"--regularizer-weight, or --precision 32-true; the last good checkpoint, if one "
                f"was due, is {self.checkpoint}"
            )
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return player.named(parts)

    def _report(
        self, done: int, parts: dict[str, Tensor], validation: Rows | None, callbacks: Callbacks
    ) -> None:
        metrics = {name: float(value) for name, value in parts.items()}
        metrics["learning_rate"] = self.players.rate
        rows = self.batch_size * self.fabric.world_size * (done - self.reported)
        metrics["rows_per_second"] = rows / (time.monotonic() - self.mark)
        if validation is not None:
            metrics |= self._validate(validation)
            self.players.observe(metrics["validation_loss"])
        if self.fabric.is_global_zero:
            epoch = done * self.config.epochs / self.steps
            callbacks.report(Progress(done, self.steps, epoch, metrics))
        self.reported, self.mark = done, time.monotonic()

    @torch.no_grad()
    def _validate(self, validation: Rows) -> dict[str, float]:
        self.module.eval()
        self.generator.manual_seed(0)
        num_rows = _num_rows(validation)
        num_chunks = max(1, -(-num_rows // VALIDATED_AT_ONCE))
        totals: dict[str, float] = {}
        for chunk in zip(*(each.tensor_split(num_chunks) for each in validation), strict=True):
            _, parts = self.module(*self._moved(chunk), self.generator)
            for name, value in parts.items():
                totals[name] = totals.get(name, 0.0) + float(value) * len(chunk[0])
        return {f"validation_{name}": total / num_rows for name, total in totals.items()}

    def _moved(self, rows: Rows) -> Rows:
        return tuple(each.to(self.fabric.device) for each in rows)

    def _checkpoint_is_due(self) -> bool:
        return time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes

    def _save(self, done: int) -> None:
        self.saved_at = time.monotonic()
        if self.fabric.is_global_zero:
            state = {
                "network": self.loss.network.state_dict(),
                **self.players.state_dict(self.optimizers),
                "step": done,
                "steps": self.steps,
                "processor_seconds": self.processor_seconds,
            }
            save_checkpoint(self.checkpoint, state)


def _restore(
    checkpoint: Path, loss: Loss, players: AdversarialTurns, steps: int
) -> tuple[int, float]:
    """Return the number of completed steps, and their processor seconds."""
    if not checkpoint.exists():
        return 0, 0.0
    state = load_checkpoint(checkpoint)
    if state.get("steps") != steps:
        raise CheckpointError(
            f"{checkpoint} belongs to a run of {state.get('steps')} steps, this one has {steps}: "
            f"resume with the same data and settings"
        )
    try:
        loss.network.load_state_dict(state["network"])
        players.load_state_dict(state)
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"{checkpoint} does not fit this network ({reason}): resume with the same settings"
        ) from error
    # Checkpoints of version 0.1 have no time.
    return int(state["step"]), float(state.get("processor_seconds", 0.0))


def _num_rows(rows: Rows) -> int:
    numbers = {len(each) for each in rows}
    if len(numbers) != 1:
        raise InputError(
            f"training needs tensors with the same number of rows, not {sorted(numbers)}: give one "
            f"row per example in each"
        )
    return numbers.pop()


def _steps_per_epoch(config: LoopConfig, num_rows: int, world_size: int) -> int:
    return max(1, num_rows // (config.batch_size * world_size))


def _batch_size(config: LoopConfig, num_rows: int, world_size: int) -> int:
    return min(config.batch_size, num_rows // world_size)


def _batches(
    rows: Rows, config: LoopConfig, first: int, steps: int, fabric: "Fabric"
) -> Iterator[Rows]:
    """Yield this process's batches of steps `first` to `steps`, shuffled anew in every epoch."""
    num_rows = _num_rows(rows)
    per_epoch = _steps_per_epoch(config, num_rows, fabric.world_size)
    size = _batch_size(config, num_rows, fabric.world_size)
    epoch, order = -1, torch.empty(0, dtype=torch.int64)
    for step in range(first, steps):
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            generator = torch.Generator().manual_seed(seed_for(config.seed, epoch, 1 << 40))
            order = torch.randperm(num_rows, generator=generator)
        start = ((step % per_epoch) * fabric.world_size + fabric.global_rank) * size
        chosen = order[start : start + size]
        yield tuple(each[chosen] for each in rows)
