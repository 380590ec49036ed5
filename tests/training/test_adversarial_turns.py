"""Several players: each turn changes its own parameters only, and a resumed run is the unbroken."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from latentbo.errors import CheckpointError, ConfigurationError, TrainingError
from latentbo.training import Callbacks, LoopConfig, Loss, Progress, train
from latentbo.training.checkpoint import load_checkpoint
from latentbo.training.loop import LossAndParts

CONFIG = LoopConfig(
    epochs=3,
    batch_size=10,
    learning_rate=0.1,
    schedule="constant",
    weight_decay=0.0,
    gradient_norm=1e3,
    log_every=1,
    checkpoint_minutes=1e9,
)
ROWS = torch.linspace(-1, 1, 30)[:, None]


class Tug(Loss):
    """Two players pull one product to opposite sides; `network` keeps their weights."""

    network: nn.ParameterDict
    broken_at = 10**9

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.ParameterDict(
            {"up": nn.Parameter(torch.tensor(0.5)), "down": nn.Parameter(torch.tensor(-0.5))}
        )
        self.seen: list[tuple[str | None, float, float, list[bool]]] = []
        self.finished = 0

    def players(self) -> Mapping[str, Sequence[nn.Parameter]]:
        return {name: [self.network[name]] for name in ("up", "down")}

    def after_step(self) -> None:
        self.finished += 1

    def forward(
        self, batch: Tensor, generator: torch.Generator, player: str | None = None
    ) -> LossAndParts:
        up, down = self.network["up"], self.network["down"]
        needed = [up.requires_grad, down.requires_grad]
        self.seen.append((player, up.item(), down.item(), needed))
        noise = torch.randn(len(batch), generator=generator)
        value = (up - down) * (1 + 0.1 * noise + 0.1 * batch[:, 0]).mean()
        loss = (value - 3).square() if player == "up" else (value + 3).square()
        if player == "down" and self.finished >= self.broken_at:
            loss = loss * torch.nan
        return loss, {"loss": loss.detach(), f"value_{player}": value.detach()}


def run(objective: Tug, checkpoint: Path, stop_after: int | None = None) -> list[Progress]:
    reports: list[Progress] = []
    train(
        Fabric(accelerator="cpu", devices=1),
        objective,
        (ROWS,),
        (ROWS[:5],),
        config=CONFIG,
        checkpoint=checkpoint,
        callbacks=Callbacks(reports.append, lambda: len(reports) == stop_after),
    )
    return reports


def test_players_take_turns_and_leave_the_other_alone(tmp_path: Path) -> None:
    objective = Tug()
    reports = run(objective, tmp_path / "checkpoint.pt")
    turns = [each for each in objective.seen if each[0] is not None]
    assert [name for name, *_ in turns] == ["up", "down"] * 9
    assert objective.finished == 9
    assert [needed for *_, needed in turns[:2]] == [[True, False], [False, True]]
    assert all(parameter.requires_grad for parameter in objective.parameters())
    for first, second in zip(turns[::2], turns[1::2], strict=True):
        assert first[1] != second[1]  # it has moved in its turn
        assert first[2] == second[2]
    # The first step of Adam has the length of the learning rate.
    assert turns[1][1] == pytest.approx(0.6, abs=1e-4)
    assert turns[2][2] == pytest.approx(-0.4, abs=1e-4)
    metrics = reports[-1].metrics
    assert {"up_loss", "down_loss", "value_up", "value_down", "validation_loss"} <= metrics.keys()
    assert "loss" not in metrics


@pytest.mark.parametrize("stop_after", [1, 5])
def test_a_resumed_game_is_the_unbroken_one(tmp_path: Path, stop_after: int) -> None:
    unbroken = Tug()
    reports = run(unbroken, tmp_path / "unbroken.pt")
    with pytest.raises(KeyboardInterrupt):
        run(Tug(), tmp_path / "broken.pt", stop_after)
    resumed = Tug()
    rest = run(resumed, tmp_path / "broken.pt")
    for name in ("up", "down"):
        assert resumed.network[name].equal(unbroken.network[name])
    first, second = (
        load_checkpoint(tmp_path / f"{name}.pt")["optimizer"] for name in ("unbroken", "broken")
    )
    assert first.keys() == {"up", "down"}
    for name in first:
        for key in ("exp_avg", "exp_avg_sq"):
            assert first[name]["state"][0][key].equal(second[name]["state"][0][key])
    still = [{**each.metrics, "rows_per_second": 0} for each in reports[stop_after:]]
    assert still == [{**each.metrics, "rows_per_second": 0} for each in rest]


def test_a_player_without_a_finite_loss_stops_all(tmp_path: Path) -> None:
    objective = Tug()
    objective.broken_at = 4
    with pytest.raises(TrainingError, match=r"became nan .* at step 5 of 9"):
        run(objective, tmp_path / "checkpoint.pt")
    assert not (tmp_path / "checkpoint.pt").exists()
    assert all(parameter.requires_grad for parameter in objective.parameters())


def test_checkpoints_of_other_players_are_refused(tmp_path: Path) -> None:
    run(Tug(), tmp_path / "checkpoint.pt")
    state = torch.load(tmp_path / "checkpoint.pt")
    state["optimizer"] = {"one": state["optimizer"]["up"]}
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="does not fit this network"):
        run(Tug(), tmp_path / "checkpoint.pt")


def test_several_players_use_one_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fabric, "world_size", property(lambda _: 2))
    with pytest.raises(ConfigurationError, match="2 players train in turn on one device, not on 2"):
        run(Tug(), tmp_path / "checkpoint.pt")
