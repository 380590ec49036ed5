import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import CheckpointError
from latentbo.training.checkpoint import load_checkpoint, save_checkpoint

STATE: dict[str, Any] = {
    "network": {"weight": torch.arange(6.0)},
    "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": []},
    "step": 3,
    "steps": 9,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "checkpoint.pt", STATE)
    return tmp_path / "checkpoint.pt"


def test_round_trip(path: Path) -> None:
    state = load_checkpoint(path)
    assert state["network"]["weight"].equal(STATE["network"]["weight"])
    assert (state["step"], state["steps"]) == (3, 9)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_failed_write_keeps_the_old_checkpoint(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full_disk(state: object, place: Path) -> None:
        place.write_bytes(b"half")
        raise RuntimeError("PytorchStreamWriter failed writing file: no space left")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(RuntimeError, match="no space left"):
        save_checkpoint(path, STATE)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_missing_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no checkpoint yet: start again without"):
        load_checkpoint(tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("content", [b"", b"\n", b"no checkpoint\n", b"PK\x03\x04", b"\x80\x02."])
def test_damaged_checkpoint_is_named(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is damaged"):
        load_checkpoint(path)


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_no_damage_ends_in_another_error(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, cut: int
) -> None:
    path = tmp_path_factory.mktemp("damage") / "checkpoint.pt"
    save_checkpoint(path, STATE)
    whole = path.read_bytes()
    for content in (junk, whole[: cut % len(whole)], junk + whole, whole[: cut % 500] + junk):
        path.write_bytes(content)
        try:
            load_checkpoint(path)
        except CheckpointError:
            continue


@pytest.mark.parametrize("state", [[1, 2], {"network": {}}, {"step": 1}])
def test_other_content_is_no_checkpoint(path: Path, state: Any) -> None:
    torch.save(state, path)
    with pytest.raises(CheckpointError, match="is no checkpoint of a training run"):
        load_checkpoint(path)


class Malicious:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("wrapped", [True, False])
def test_nothing_in_a_checkpoint_is_executed(path: Path, wrapped: bool) -> None:
    marker = path.parent / "executed"
    attack = {**STATE, "extra": Malicious(marker)}
    if wrapped:
        torch.save(attack, path)
    else:
        path.write_bytes(pickle.dumps(attack))
    with pytest.raises(CheckpointError, match="is damaged"):
        load_checkpoint(path)
    assert not marker.exists()
