import argparse
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.evaluate import gp, main
from latentbo.evaluate.seeds import SeedFile, seeds
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    load_model,
    save_model,
)
from latentbo.objectives import OBJECTIVES
from latentbo.protocols import evaluate_gp, label
from latentbo.representations import CharacterRepresentation
from latentbo.surrogates import GPConfig, ModernGPConfig, StochasticGPConfig

EXPRESSIONS = [
    f"{a}*x+{b}{c}"
    for a in "123x"
    for b in ("sin(x)", "x", "1/x")
    for c in ("", "+1", "*2", "*x", "/3")
]
QUICK: dict[str, GPConfig] = {
    "published": StochasticGPConfig(num_inducing=10, epochs=2),
    "modern": ModernGPConfig(num_inducing=10, epochs=2),
}
RESULT = {"log_likelihood": -1.0, "rmse": 0.5}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `model`, an untrained one, and `data.txt`; make fits quick."""
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("LATENTBO_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gp, "_gp_config", lambda modern: QUICK["modern" if modern else "published"])
    # No expression, too long for the model, a repetition.
    lines = [*EXPRESSIONS, "x+", "x+x+x+x+x+x+x+x", EXPRESSIONS[0]]
    (tmp_path / "data.txt").write_text("\n".join(lines))
    representation = CharacterRepresentation.build(EXPRESSIONS, 14)
    sizes = NetworkConfig(4, 6, 8, 8, 1)
    torch.manual_seed(0)
    network = SequenceAutoencoder(len(representation.vocabulary), sizes)
    model = TrainedModel(network, representation, sizes, PriorConfig(4))
    save_model(model, tmp_path / "model", torch.float32)
    return tmp_path


def evaluate(*arguments: str) -> int:
    return main(["gp", "expressions", "--model", "model", "--data", "data.txt", *arguments])


def read(folder: str = "found") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(folder) / "gp.json").read_text())
    return found


def read_lines(folder: str = "found") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(folder) / "gp.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("kind", ["published", "modern"])
def test_numbers_are_those_of_the_protocol(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    modern = ["--modern"] if kind == "modern" else []
    assert evaluate("--seeds", "2", "--out", "found", *modern) == 0
    labelled = label(load_model(Path("model")), OBJECTIVES["target-fit"], EXPRESSIONS)
    expected = [evaluate_gp(labelled.codes, labelled.values, QUICK[kind], seed) for seed in (0, 1)]
    found = read()
    assert [row["seed"] for row in found["results"]] == [0, 1]
    for row, evaluation in zip(found["results"], expected, strict=True):
        assert row["rmse"] == pytest.approx(evaluation.rmse)
        assert row["log_likelihood"] == pytest.approx(evaluation.log_likelihood)
    assert found["settings"]["gp"] == kind
    first, second = (evaluation.rmse for evaluation in expected)
    assert found["rmse"]["mean"] == pytest.approx((first + second) / 2)
    assert found["rmse"]["standard_error"] == pytest.approx(abs(first - second) / 2)
    out = capsys.readouterr().out
    assert f"{(first + second) / 2:.3f} ± {abs(first - second) / 2:.3f}" in out
    assert "constant predictor" in out
    assert "seed 1 (2 of 2): log-likelihood" in out


def test_rows_left_out_are_told_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--out", "found") == 0
    expected = {"no expression": 1, "not representable by the model": 1, "repeated": 1}
    assert read()["rows"] == {"used": 60, "left_out": expected}
    out = capsys.readouterr().out
    assert (
        "60 rows used: 54 to fit, 6 to predict; left out: 1 no expression, 1 not representable "
        "by the model, 1 repeated"
    ) in out


def test_one_seed_has_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--seeds", "4,", "--out", "found") == 0
    assert "±" not in capsys.readouterr().out
    assert read()["rmse"]["standard_error"] is None
    assert read()["seeds"] == [4]


def test_seeds_that_are_there_are_not_run_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("--seeds", "0,2", "--out", "found") == 0
    first = read_lines()
    assert evaluate("--seeds", "3", "--out", "found") == 0
    assert "seed 1 (1 of 1)" in capsys.readouterr().out
    assert [row["seed"] for row in read_lines()] == [0, 2, 1]
    assert read_lines()[:2] == first

    def fail(*_: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(gp, "evaluate_gp", fail)
    assert evaluate("--seeds", "0,1,2", "--out", "found") == 0
    assert [row["seed"] for row in read()["results"]] == [0, 1, 2]
    assert "60 rows used: 54 to fit" in capsys.readouterr().out


def test_a_line_cut_off_is_run_again() -> None:
    assert evaluate("--seeds", "2", "--out", "found") == 0
    path, complete = Path("found/gp.jsonl"), read_lines()
    path.write_text(path.read_text()[:-20])
    assert evaluate("--seeds", "2", "--out", "found") == 0
    for old, new in zip(complete, read_lines(), strict=True):
        assert {**old, "seconds": 0} == {**new, "seconds": 0}


def test_other_settings_do_not_mix(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--out", "found") == 0
    assert evaluate("--modern", "--out", "found") == 2
    assert "gp.jsonl holds results of other settings" in capsys.readouterr().err


def test_limit_draws_the_same_strings(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("one", "two"):
        assert evaluate("--limit", "40", "--out", folder) == 0
    one, two = read("one"), read("two")
    assert one["rows"]["used"] + sum(one["rows"]["left_out"].values()) == 40
    assert one["rmse"] == two["rmse"]
    assert evaluate("--limit", "1000", "--out", "all") == 0
    assert read("all")["rows"]["used"] == 60


def test_quiet_prints_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--quiet") == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert not list(Path().glob("**/gp.json*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--objective qed", "'qed' scores molecules, not expressions"),
        ("--data molecules.smi", "none of 2 strings is"),
        ("--data gone.txt", "gone.txt cannot be read"),
        ("--data few.txt", "2 labelled strings cannot be split"),
        ("--out data.txt", "data.txt is a file"),
        ("--model gone", "gone is no model folder"),
    ],
)
def test_wrong_inputs_are_one_line(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("molecules.smi").write_text("CCO\nCCN\n")
    Path("few.txt").write_text("1*x+x\n2*x+x\n")
    assert evaluate(*arguments.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", (0,)), ("3", (0, 1, 2)), ("3,7", (3, 7)), ("3,", (3,)), (" 5 , 0 ", (5, 0))],
)
def test_seeds_are_a_number_or_a_list(text: str, expected: tuple[int, ...]) -> None:
    assert seeds(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "", "a", ",", "1,1", "1,-2", "1.5", "2;3"])
def test_other_seeds_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="neither a number of seeds"):
        seeds(text)


def test_seed_file_remembers(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    file = SeedFile(folder, {"a": 1})
    assert file.results == {}
    file.add(3, RESULT, {"used": 5, "left_out": {}})
    again = SeedFile(folder, {"a": 1})
    assert again.results == {3: RESULT}
    assert again.rows == {"used": 5, "left_out": {}}
    with pytest.raises(ConfigurationError, match="other settings"):
        SeedFile(folder, {"a": 2})


@pytest.mark.parametrize("line", ["no json", "{}", "[1]", '{"seed": 1, "settings": "x"}'])
def test_a_damaged_seed_file_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "gp.jsonl").write_text(f"{line}\n")
    with pytest.raises(CheckpointError, match=r"line 1 of .*gp\.jsonl holds no result"):
        SeedFile(tmp_path, {})


def test_a_seed_file_of_nowhere_keeps_nothing() -> None:
    file = SeedFile(None, {})
    file.add(0, RESULT, {})
    file.write_summary({}, [0])
    assert not list(Path().glob("**/gp.json*"))
