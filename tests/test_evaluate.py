import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.data import content_hash, read_lines
from latentbo.evaluate import main
from latentbo.evaluate.options import HELD_OUT
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    save_model,
)
from latentbo.representations import SelfiesRepresentation
from latentbo.training import split_rows
from latentbo.training.evaluation import measure

STRINGS = [f"{head}{'C' * n}{tail}" for head in "CNOF" for n in range(1, 6) for tail in "CNO"]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("LATENTBO_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.smi"
    path.write_text("\n".join([*STRINGS, "no molecule"]))
    return path


@pytest.fixture
def model() -> TrainedModel:
    representation = SelfiesRepresentation.build(STRINGS, 12)
    sizes = NetworkConfig(4, 6, 8, 8, 1)
    torch.manual_seed(0)
    network = SequenceAutoencoder(len(representation.vocabulary), sizes)
    for parameter in network.parameters():  # exact in half precision
        parameter.data = parameter.data.half().float()
    return TrainedModel(network, representation, sizes, PriorConfig(4))


@pytest.fixture
def folder(model: TrainedModel, data: Path, tmp_path: Path) -> Path:
    model.provenance = {
        "settings": {"held_out": 20, "split_seed": 7},
        "data": {"file": "data.smi", "sha256": content_hash(read_lines(data)), "lines": 61},
    }
    save_model(model, tmp_path / "model")
    return tmp_path / "model"


def read_metrics(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return found


def test_held_out_strings_are_those_of_the_training(
    folder: Path, data: Path, model: TrainedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", str(folder), "--data", str(data), "--samples", "30", "--seed", "5"]
    assert main(["molecules", *arguments, "--out", "found", "--device", "cpu"]) == 0
    split = split_rows(60, 20, 7)
    expected = measure(
        model,
        [STRINGS[i] for i in split.test],
        [STRINGS[i] for i in split.training],
        num_samples=30,
        seed=5,
    )
    assert read_metrics(Path("found")) == expected
    assert {path.name for path in Path("found").iterdir()} == {
        *("metrics.json", "latent.png", "samples.png", "model_card.md")
    }
    out = capsys.readouterr().out
    assert "60 strings, 1 skipped; 10 to measure with" in out
    assert "note:" not in out
    canonical = expected["reconstruction"]["canonical"]
    assert f"exact reconstruction, canonical molecule               │ {canonical:.3f}" in out
    assert "KS term" in out


def test_options_replace_the_training_s(folder: Path, data: Path) -> None:
    arguments = ["molecules", "--model", str(folder), "--data", str(data), "--samples", "5"]
    seeds = []
    for seed in ("0", "3"):
        options = ["--held-out", "40", "--split-seed", seed, "--out", f"found-{seed}", "--quiet"]
        assert main([*arguments, *options]) == 0
        seeds.append(read_metrics(Path(f"found-{seed}")))
    assert [found["num_held_out"] for found in seeds] == [20, 20]
    assert seeds[0]["prior_distance"] != seeds[1]["prior_distance"]


def test_other_data_are_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.smi"
    other.write_text("\n".join(STRINGS[:50]))
    arguments = ["molecules", "--model", str(folder), "--data", str(other), "--samples", "5"]
    assert main(arguments) == 0
    assert "note: these are not the data the model was trained on" in capsys.readouterr().out


def test_quiet_prints_nothing(folder: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["molecules", "--model", str(folder), "--data", str(data), "--samples", "5"]
    assert main([*arguments, "--quiet"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert not list(Path.cwd().glob("*.png"))  # without --out nothing is written


def test_default_model_is_the_shipped_one(
    folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentbo.evaluate.inputs.default_model_folder", lambda task: folder)
    assert main(["molecules", "--data", str(data), "--samples", "5", "--out", "found"]) == 0
    assert read_metrics(Path("found"))["num_held_out"] == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--model gone", "gone is no model folder"),
        ("--model . --data data.smi", "config.json cannot be read"),
        ("--model model --data gone.smi", "gone.smi cannot be read"),
        ("--model model --data empty.smi", "empty.smi is empty"),
        ("--model model --data useless.smi", "none of 1 strings can be used"),
        ("--model model --data data.smi --held-out 60", "60 usable strings are too few with 60"),
        ("--model model --data data.smi --out data.smi", "data.smi is a file: give a folder"),
        ("--model model --device abacus", "'abacus' is no device"),
        ("--model model --device cuda:99", "'cuda:99' is not there"),
    ],
)
def test_wrong_files_are_one_line(
    folder: Path,
    data: Path,
    tmp_path: Path,
    arguments: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty.smi").write_bytes(b"")
    (tmp_path / "useless.smi").write_text("C?C\n")
    assert main(["molecules", *arguments.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "required: task"),
        ("poems", "invalid choice: 'poems'"),
        ("molecules --samples 0", "--samples: must be at least 1"),
        ("molecules --held-out 3", "at least 4"),
        ("molecules --split-seed -1", "at least 0"),
        ("molecules --sample 5", "unrecognized arguments"),
    ],
)
def test_wrong_options_are_one_line(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments.split())
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


def test_as_a_module() -> None:
    command = [sys.executable, "-m", "latentbo.evaluate"]
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert "examples:" in helped.stdout
    assert str(HELD_OUT) in helped.stdout
    wrong = subprocess.run(
        [*command, "molecules", "--model", "gone"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: gone is no model folder")
    assert "Traceback" not in wrong.stderr
