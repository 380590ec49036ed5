"""Files that are hostile or damaged end in one line."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from latentbo.chemistry import read_table
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import files as files_module
from latentbo.models import load_model

DEEP = 100_000


@pytest.fixture
def folder(tiny_model_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_folder, tmp_path / "model"))


def test_weights_that_are_not_finite(folder: Path) -> None:
    path = folder / "model.safetensors"
    weights = load_file(path)
    name = next(name for name, tensor in weights.items() if tensor.is_floating_point())
    weights[name].view(-1)[0] = torch.nan
    save_file(weights, path)
    with pytest.raises(CheckpointError, match="weights that are not finite"):
        load_model(folder)


def test_nested_json(folder: Path) -> None:
    (folder / "config.json").write_text("[" * DEEP)
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        load_model(folder)


def test_oversized_json(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "LARGEST_JSON", 10)
    with pytest.raises(CheckpointError, match="larger than 10 bytes"):
        load_model(folder)


def test_nested_and_oversized_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nested.toml"
    path.write_text(f"a = {'[' * DEEP}")
    with pytest.raises(ConfigurationError, match="is no TOML"):
        read_table(path)
    monkeypatch.setattr("latentbo.chemistry.tables.LARGEST_FILE", 10)
    with pytest.raises(ConfigurationError, match="larger than 10 bytes"):
        read_table(path)


def test_json_of_another_kind(folder: Path) -> None:
    contents: tuple[object, ...] = ([], 3, None, {"format": 1})
    for content in contents:
        (folder / "config.json").write_text(json.dumps(content))
        with pytest.raises(CheckpointError):
            load_model(folder)
