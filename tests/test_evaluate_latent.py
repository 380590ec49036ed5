import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.data import content_hash, read_lines
from latentbo.diagnostics import DiagnosisConfig, diagnose
from latentbo.evaluate import main
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    load_model,
    save_model,
)
from latentbo.objectives import OBJECTIVES
from latentbo.representations import CharacterRepresentation
from latentbo.tasks import TASKS
from latentbo.training import split_rows
from latentbo.training.selection import select

STRINGS = [
    f"{a}*x+{b}{c}"
    for a in "123x"
    for b in ("sin(x)", "x", "1/x", "(x+2)")
    for c in ("", "+1", "*2", "*x", "/3", "+x", "-")
]
USABLE = [string for string in STRINGS if not string.endswith("-")]
SMALL = ["--codes", "12", "--box", "30", "--train", "40", "--test", "20"]
SMALL += ["--moved", "10"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `model`, an untrained one, and `data.txt`; return the folder of both."""
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("LATENTBO_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data.txt"
    data.write_text("\n".join(STRINGS))
    representation = CharacterRepresentation.build(USABLE, 14)
    sizes = NetworkConfig(4, 6, 8, 8, 1)
    torch.manual_seed(0)
    network = SequenceAutoencoder(len(representation.vocabulary), sizes)
    provenance = {
        "task": "expressions",
        "settings": {"held_out": 40, "split_seed": 7},
        "data": {"file": "data.txt", "sha256": content_hash(read_lines(data)), "lines": 112},
    }
    model = TrainedModel(network, representation, sizes, PriorConfig(4), provenance)
    save_model(model, tmp_path / "model", torch.float32)
    return tmp_path


def latent(*arguments: str, small: Sequence[str] = SMALL) -> int:
    return main(
        ["latent", "expressions", "--model", "model", "--data", "data.txt", *small, *arguments]
    )


def read(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(folder) / "latent.json").read_text())
    return found


def test_numbers_are_those_of_the_diagnosis(capsys: pytest.CaptureFixture[str]) -> None:
    assert latent("--seed", "5", "--out", "found") == 0
    split = split_rows(96, 40, 7)
    task = TASKS["expressions"]
    expected = diagnose(
        load_model(Path("model")),
        [USABLE[i] for i in split.training],
        [USABLE[i] for i in split.test],
        task.canonical,
        OBJECTIVES["target-fit"],
        DiagnosisConfig(12, 30, 40, 20, 5, 10),
    )
    found = read("found")
    assert {name: found[name] for name in expected.to_json()} == json.loads(
        json.dumps(expected.to_json())
    )
    assert (found["task"], found["seed"]) == ("expressions", 5)
    out = capsys.readouterr().out
    assert "96 strings, 16 skipped; 20 to measure with" in out
    assert "no expression" in out
    assert "codes moved by" in out
    assert "same expression" in out
    assert [row["radius"] for row in found["perturbations"]] == [0.0, 0.1, 0.25, 0.5]
    assert f"{expected.num_calls} oracle calls were spent on this (target-fit)" in out
    assert str(expected.verdict) in out
    assert (Path("found") / "latent-diagnosis.png").read_bytes().startswith(b"\x89PNG")


def test_no_objective_calls_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert latent("--no-objective", "--out", "found") == 0
    out = capsys.readouterr().out
    assert "no oracle calls were spent on this" in out
    assert "GP of" not in out
    assert read("found")["objective"] is None


def test_a_function_of_the_user_s_own_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("score.py").write_text(
        "def length(string):\n"
        "    with open('calls.txt', 'a') as file:\n"
        "        file.write(string + '\\n')\n"
        "    return float(len(string))\n"
    )
    assert latent("--objective", "score.py:length") == 0
    calls = Path("calls.txt").read_text().splitlines()
    assert len(set(calls)) == len(calls)
    assert f"{len(calls)} oracle calls were spent on this (score.py:length)" in (
        capsys.readouterr().out
    )


def test_quiet_prints_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in Path().iterdir())
    assert latent("--quiet", "--no-objective") == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert sorted(path.name for path in Path().iterdir()) in (before, sorted([*before, "cache"]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--objective qed --no-objective", "contradict each other"),
        ("--objective qed", "'qed' scores molecules, not expressions"),
        ("--objective quality", "there is no objective 'quality'"),
        ("--out data.txt", "data.txt is a file"),
        ("--held-out 95", "96 usable strings are too few with 95 held out"),
    ],
)
def test_wrong_inputs_are_one_line(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert latent(*arguments.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("latent", "required: task"),
        ("latent poems", "invalid choice: 'poems'"),
        ("latent molecules --codes 0", "--codes: must be at least 1"),
        ("latent molecules --moved 0", "--moved: must be at least 1"),
        ("latent molecules --train 9", "--train: must be at least 10"),
        ("latent molecules --code 9", "unrecognized arguments"),
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


@pytest.mark.parametrize("command", ["latent", "gp"])
def test_a_model_of_another_task_is_refused(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "molecules", "--model", "model", "--data", "data.txt"]) == 2
    assert "was trained on expressions, not on molecules" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["latent", "gp"])
def test_a_task_without_shipped_model_says_what_to_do(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("latentbo.evaluate.inputs.default_model_folder", lambda task: Path("gone"))
    assert main([command, "expressions", "--data", "data.txt"]) == 2
    error = capsys.readouterr().err
    assert "ships no model for expressions" in error
    assert "--model DIR" in error


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("latent", "gp"):
        with pytest.raises(SystemExit) as caught:
            main([command, "--help"])
        assert caught.value.code == 0
        assert f"python -m latentbo.evaluate {command} expressions" in capsys.readouterr().out


def trained_on(**record: Any) -> None:
    config = json.loads(Path("model/config.json").read_text())
    config["provenance"]["data"].update(record)
    Path("model/config.json").write_text(json.dumps(config))


def test_what_training_dropped_is_dropped_here(capsys: pytest.CaptureFixture[str]) -> None:
    trained_on(drop_best=0.5, objective="target-fit", limit=50)
    assert latent("--no-objective", "--held-out", "20") == 0
    out = capsys.readouterr().out
    assert "50 of these lines were chosen for the model's training; only they count" in out
    lines = select(
        read_lines(Path("data.txt")),
        OBJECTIVES["target-fit"],
        drop_best=0.5,
        limit=50,
        seed=7,
    ).lines
    usable = sum(line.string in USABLE for line in lines)
    assert f"{usable} strings, {50 - usable} skipped; 10 to measure with" in out


def test_data_that_cannot_be_chosen_again_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    trained_on(drop_best=0.5, objective="score.py:f")
    assert latent("--no-objective") == 2
    assert "without the best 0.5 of the data by 'score.py:f'" in capsys.readouterr().err


def test_a_model_of_expressions_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["expressions", "--model", "model", "--data", "data.txt", "--samples", "20"]
    assert main([*arguments, "--out", "found"]) == 0
    out = capsys.readouterr().out
    assert "exact reconstruction, canonical string" in out
    assert "radicals" not in out
    metrics = json.loads(Path("found/metrics.json").read_text())
    assert metrics["num_held_out"] == 20
