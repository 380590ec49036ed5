import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from latentbo.errors import CheckpointError, InputError, TrainingError
from latentbo.training import (
    Callbacks,
    LoopConfig,
    Loss,
    Progress,
    TrainingConfig,
    TrainingLoss,
    learning_rate_at,
    total_steps,
    train,
)
from latentbo.training.checkpoint import load_checkpoint
from latentbo.training.loop import LossAndParts

Builder = Callable[..., TrainingLoss]
Trainer = Callable[..., list[Progress]]
# 180 rows in batches of 40: four a pass.
STEPS = 12


def weights(objective: TrainingLoss) -> dict[str, Tensor]:
    return {k: v.clone() for k, v in objective.network.state_dict().items()}


def comparable(reports: list[Progress]) -> list[Any]:
    return [(r.step, r.total_steps, r.epoch, {**r.metrics, "rows_per_second": 0}) for r in reports]


def assert_same(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert tensor.equal(second[name]), name


def test_loss_falls(build: Builder, run_training: Trainer) -> None:
    objective = build(width=24, latent_noise=0.0)
    reports = run_training(objective, epochs=40, learning_rate=1e-2)
    losses = [report.metrics["reconstruction"] for report in reports]
    assert losses[-1] < 0.4 * losses[0]
    assert reports[-1].metrics["validation_reconstruction"] < 0.5 * losses[0]


def test_reports_tell_where_the_run_is(build: Builder, run_training: Trainer) -> None:
    reports = run_training(build(), log_every=5)
    assert [r.step for r in reports if "validation_loss" not in r.metrics] == []  # every step
    assert reports[-1].step == reports[-1].total_steps == STEPS
    assert reports[-1].epoch == 3
    names = {"loss", "reconstruction", "ks", "covariance", "mean", "sliced"}
    assert names | {"learning_rate", "rows_per_second"} <= reports[0].metrics.keys()
    assert all(math.isfinite(v) for r in reports for v in r.metrics.values())


@pytest.mark.parametrize("regularizer", ["gmm-ks", "kl"])
@pytest.mark.parametrize("stop_after", [1, 6, STEPS])
def test_resumed_run_equals_unbroken_run(
    build: Builder, run_training: Trainer, tmp_path: Path, regularizer: str, stop_after: int
) -> None:
    unbroken = build(regularizer=regularizer)
    all_reports = run_training(unbroken, tmp_path / "unbroken.pt")
    broken = build(regularizer=regularizer)
    with pytest.raises(KeyboardInterrupt):
        run_training(broken, tmp_path / "broken.pt", stop_after=stop_after)
    assert load_checkpoint(tmp_path / "broken.pt")["step"] == stop_after
    resumed = build(regularizer=regularizer)
    torch.nn.init.zeros_(resumed.network.encoder.head.weight)  # all comes from the checkpoint
    torch.manual_seed(99)
    rest = run_training(resumed, tmp_path / "broken.pt")
    assert comparable(rest) == comparable(all_reports)[stop_after:]
    assert_same(weights(resumed), weights(unbroken))
    first, second = (
        load_checkpoint(tmp_path / name)["optimizer"]["state"]
        for name in ("unbroken.pt", "broken.pt")
    )
    for key in first:
        assert_same(first[key], second[key])


def test_processor_time_goes_on_where_it_was(
    build: Builder, run_training: Trainer, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(KeyboardInterrupt):
        run_training(build(), path, stop_after=6)
    state = load_checkpoint(path)
    assert 0 < state["processor_seconds"] < 600
    torch.save({**state, "processor_seconds": 1000.0}, path)
    run_training(build(), path)
    assert 1000 < load_checkpoint(path)["processor_seconds"] < 1600
    del state["processor_seconds"]  # as version 0.1 wrote it
    torch.save(state, path)
    run_training(build(), path)
    assert 0 < load_checkpoint(path)["processor_seconds"] < 600


def test_resumed_run_of_the_published_network_equals_unbroken_run(
    build_published: Builder, run_training: Trainer, tmp_path: Path
) -> None:
    """The statistics of its batch norms are part of the state."""
    unbroken = build_published(regularizer="kl")
    start = weights(unbroken)
    all_reports = run_training(unbroken, tmp_path / "unbroken.pt")
    with pytest.raises(KeyboardInterrupt):
        run_training(build_published(regularizer="kl"), tmp_path / "broken.pt", stop_after=5)
    resumed = build_published(regularizer="kl")
    rest = run_training(resumed, tmp_path / "broken.pt")
    assert comparable(rest) == comparable(all_reports)[5:]
    assert_same(weights(resumed), weights(unbroken))
    names = [name for name in start if "running" in name]
    assert len(names) == 8
    assert not any(start[name].equal(weights(unbroken)[name]) for name in names)


def test_a_learning_rate_that_waits_for_better_losses_is_resumed_too(
    build: Builder, run_training: Trainer, tmp_path: Path
) -> None:
    """So high a rate that hardly any epoch is the best yet."""
    options = {"schedule": "plateau", "patience": 1, "epochs": 8, "learning_rate": 0.3}
    reports = run_training(build(), tmp_path / "unbroken.pt", **options)
    rates = [report.metrics["learning_rate"] for report in reports]
    assert rates[0] == 0.3
    assert rates[-1] <= 0.15
    validated = [r.step for r in reports if "validation_loss" in r.metrics]
    assert validated == list(range(4, 33, 4))  # once an epoch
    for stop_after in (7, 20):
        file = tmp_path / f"broken{stop_after}.pt"
        with pytest.raises(KeyboardInterrupt):
            run_training(build(), file, stop_after=stop_after, **options)
        rest = run_training(build(), file, **options)
        assert comparable(rest) == comparable(reports)[stop_after:]


def test_rows_are_validated_in_parts(
    build: Builder, run_training: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss of the parts is the loss of all, as far as it is one of rows."""
    whole = run_training(build(regularizer="none"), tmp_path / "1.pt", epochs=1)[-1].metrics
    monkeypatch.setattr("latentbo.training.loop.VALIDATED_AT_ONCE", 7)
    parts = run_training(build(regularizer="none"), tmp_path / "2.pt", epochs=1)[-1].metrics
    name = "validation_reconstruction"
    # Of strings, the mean is over tokens, so parts of different lengths weigh a little differently.
    assert parts[name] == pytest.approx(whole[name], rel=0.05)


def test_finished_run_is_left_as_it_is(build: Builder, run_training: Trainer) -> None:
    objective = build()
    run_training(objective)
    again = build()
    assert run_training(again) == []
    assert_same(weights(again), weights(objective))


class Recording(TrainingLoss):
    """Keeps the batches it is trained on."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.batches: list[Tensor] = []

    def forward(self, tokens: Tensor, generator: torch.Generator) -> LossAndParts:
        if self.training:
            self.batches.append(tokens)
        return super().forward(tokens, generator)


def test_every_epoch_sees_every_string_once_in_a_new_order(
    build: Builder, run_training: Trainer, tokens: Tensor
) -> None:
    objective = build(Recording)
    assert isinstance(objective, Recording)
    run_training(objective, epochs=2, batch_size=45)
    epochs = [torch.cat(objective.batches[i : i + 4]) for i in (0, 4)]
    assert len(objective.batches) == 8
    for epoch in epochs:
        assert sorted(epoch.tolist()) == sorted(tokens[20:].tolist())
    assert not epochs[0].equal(epochs[1])


def test_batch_larger_than_the_data_is_all_of_them(build: Builder, run_training: Trainer) -> None:
    objective = build(Recording)
    assert isinstance(objective, Recording)
    run_training(objective, batch_size=1000)
    assert [len(batch) for batch in objective.batches] == [180] * 3


class Paired(Loss):
    """Of numbers and their squares: keeps how far each batch is from that."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Linear(1, 1)
        self.errors: list[float] = []

    def forward(self, numbers: Tensor, squares: Tensor, generator: torch.Generator) -> LossAndParts:
        del generator
        self.errors.append(float((squares - numbers.square()).abs().max()))
        loss = (self.network(numbers) - squares).square().mean()
        return loss, {"loss": loss.detach()}


def test_rows_of_several_tensors_stay_side_by_side(tmp_path: Path) -> None:
    numbers = torch.arange(12.0)[:, None]

    def run(*training: Tensor) -> list[float]:
        loss = Paired()
        train(
            Fabric(accelerator="cpu", devices=1),
            loss,
            training,
            (numbers[:5], numbers[:5].square()),
            config=LoopConfig(epochs=2, batch_size=3, warmup_steps=0),
            checkpoint=tmp_path / "checkpoint.pt",
            callbacks=Callbacks(lambda _: None),
        )
        return loss.errors

    assert run(numbers, numbers.square()) == [0.0] * 16  # 8 steps, each validated
    with pytest.raises(InputError, match=r"same number of rows, not \[11, 12\]"):
        run(numbers, numbers[1:].square())


class Diverging(TrainingLoss):
    """Has no finite loss from a given call on."""

    last_good = 6
    calls = 0

    def forward(self, tokens: Tensor, generator: torch.Generator) -> LossAndParts:
        loss, parts = super().forward(tokens, generator)
        if self.training:
            self.calls += 1
        return loss * (math.nan if self.calls > self.last_good else 1.0), parts


def test_nan_stops_and_the_last_good_checkpoint_stays(
    build: Builder, run_training: Trainer, tmp_path: Path
) -> None:
    diverging = build(Diverging)
    with pytest.raises(TrainingError, match=r"gradient norm nan\) at step 7 of 12.*learning-rate"):
        run_training(diverging, checkpoint_minutes=1e-9)
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    assert state["step"] == 6
    assert_same(weights(diverging), state["network"])
    assert all(torch.isfinite(tensor).all() for tensor in state["network"].values())
    mended, unbroken = build(), build()
    run_training(mended)
    run_training(unbroken, tmp_path / "unbroken.pt")
    assert_same(weights(mended), weights(unbroken))


def test_checkpoints_only_when_due(build: Builder, run_training: Trainer, tmp_path: Path) -> None:
    diverging = build(Diverging)
    with pytest.raises(TrainingError, match="if one was due"):
        run_training(diverging, checkpoint_minutes=60)
    assert not (tmp_path / "checkpoint.pt").exists()


def test_other_settings_are_refused(build: Builder, run_training: Trainer, tmp_path: Path) -> None:
    run_training(build())
    with pytest.raises(CheckpointError, match="run of 12 steps, this one has 16"):
        run_training(build(), epochs=4)
    with pytest.raises(CheckpointError, match="does not fit this network"):
        run_training(build(width=13))


def test_damaged_checkpoint_is_not_overwritten(
    build: Builder, run_training: Trainer, tmp_path: Path
) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="is damaged"):
        run_training(build())
    assert (tmp_path / "checkpoint.pt").read_bytes() == b"damaged"


def test_learning_rate_warms_up_and_decays() -> None:
    config = TrainingConfig(learning_rate=2.0, warmup_steps=10, final_rate=0.1)
    rates = [learning_rate_at(config, step, 200) for step in range(200)]
    assert rates[:10] == pytest.approx([0.2 * (i + 1) for i in range(10)])
    assert max(rates) == pytest.approx(2.0)
    assert all(a > b for a, b in itertools.pairwise(rates[10:]))
    assert rates[105] == pytest.approx(0.5 * (2.0 + 0.2))  # half-way
    assert rates[-1] == pytest.approx(0.2, rel=0.01)


def test_warm_up_takes_a_tenth_of_a_short_run_at_most() -> None:
    config = TrainingConfig(learning_rate=1.0, warmup_steps=500)
    rates = [learning_rate_at(config, step, 20) for step in range(20)]
    assert rates[:3] == pytest.approx([0.5, 1.0, 1.0])
    assert learning_rate_at(config, 0, 1) == 1.0


@pytest.mark.parametrize(
    ("epochs", "rows", "world_size", "steps"),
    [(3, 180, 1, 12), (3, 180, 2, 6), (0.5, 180, 1, 2), (0.01, 180, 1, 1), (2, 30, 1, 2)],
)
def test_number_of_steps(epochs: float, rows: int, world_size: int, steps: int) -> None:
    assert total_steps(TrainingConfig(epochs=epochs, batch_size=40), rows, world_size) == steps
