import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.errors import CheckpointError
from latentbo.models import TrainedModel, default_model_folder, load_model, save_model


@pytest.fixture
def folder(model: TrainedModel, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("name", ["characters", "selfies"])
@pytest.mark.parametrize("variational", [False, True])
def test_round_trip(
    make_model: Callable[..., TrainedModel],
    strings: list[str],
    tmp_path: Path,
    name: str,
    variational: bool,
) -> None:
    model = make_model(name, variational)
    model.provenance = {"command": "é", "settings": {"seed": 3}}
    save_model(model, tmp_path / "a" / "b", torch.float32)
    again = load_model(tmp_path / "a" / "b")
    assert again.to_config() == model.to_config()
    assert again.representation.vocabulary == model.representation.vocabulary
    assert again.encode(strings).equal(model.encode(strings))
    codes = model.prior.sample(20, torch.Generator().manual_seed(0))
    assert again.decode(codes) == model.decode(codes)


def test_weights_are_stored_in_half_precision(model: TrainedModel, folder: Path) -> None:
    again = load_model(folder)
    for name, tensor in again.network.state_dict().items():
        assert tensor.dtype == torch.float32
        assert tensor.equal(model.network.state_dict()[name].half().float()), name
    parameters = sum(p.numel() for p in model.network.parameters())
    assert (folder / "model.safetensors").stat().st_size < 2 * parameters + 4000


def test_saving_twice_gives_the_same_files(model: TrainedModel, folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    save_model(load_model(folder), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert set(before) == {"config.json", "vocabulary.json", "model.safetensors"}


def test_loaded_network_is_in_evaluation_mode(folder: Path) -> None:
    assert not load_model(folder).network.training


def test_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="gone is no model folder"):
        load_model(tmp_path / "gone")
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        load_model(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "vocabulary.json", "model.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"\x80\x04nonsense", b"[" * 50])
def test_missing_and_corrupt_files_are_named(
    folder: Path, name: str, content: bytes | None
) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{name} cannot be read .*train again"):
        load_model(folder)


def test_truncated_weights_are_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match="safetensors cannot be read"):
        load_model(folder)


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(change(content)), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: {**c, "network": {**c["network"], "encoder_width": 8}},
        lambda c: {**c, "network": {**c["network"], "encoder_width": 0}},
        lambda c: {**c, "network": {**c["network"], "unheard_of": 1}},
        lambda c: {**c, "network": None},
        lambda c: {**c, "prior": {"num_components": 99}},
        lambda c: {**c, "prior": {"num_components": "4"}},
        lambda c: {**c, "prior": {**c["prior"], "standard_deviation": 10**400}},
        lambda c: {**c, "representation": {"name": "morse"}},
        lambda c: {**c, "representation": []},
        lambda c: {key: value for key, value in c.items() if key != "prior"},
    ],
)
def test_config_that_does_not_fit_is_refused(folder: Path, change: Callable[[Any], Any]) -> None:
    edit(folder / "config.json", change)
    with pytest.raises(CheckpointError, match=r"do not make a model .*train again"):
        load_model(folder)


@pytest.mark.parametrize("change", [lambda v: v[:-1], lambda v: v[3:], lambda v: v + v[-1:], len])
def test_vocabulary_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[Any], Any]
) -> None:
    edit(folder / "vocabulary.json", change)
    with pytest.raises(CheckpointError, match="do not make a model"):
        load_model(folder)


@pytest.mark.parametrize("change", [lambda c: {**c, "format": 2}, lambda c: [c], lambda _: None])
def test_other_formats_are_refused(folder: Path, change: Callable[[Any], Any]) -> None:
    edit(folder / "config.json", change)
    with pytest.raises(CheckpointError, match="does not describe a model of format 1"):
        load_model(folder)


def test_weights_that_cannot_be_written_are_an_os_error(
    model: TrainedModel, tmp_path: Path
) -> None:
    (tmp_path / "model.safetensors").mkdir()
    with pytest.raises(OSError, match=r"model\.safetensors"):
        save_model(model, tmp_path)


def test_default_folder_is_inside_the_package() -> None:
    folder = default_model_folder("molecules")
    assert folder.name == "molecules"
    assert folder.parent.parent.name == "latentbo"
