import argparse
import gzip
import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from latentbo.models import NetworkConfig, PriorConfig, load_model
from latentbo.representations import REPRESENTATIONS
from latentbo.train import build_parser, main
from latentbo.train.options import MODEL_OPTIONS, REPRESENTATION_NAMES
from latentbo.training import SequencePairConfig, TrainingConfig
from latentbo.training.config import RECONSTRUCTIONS
from latentbo.training.methods import recipe
from latentbo.training.reconstruction import LOSSES

SMALL = (
    *("--latent-size", "6", "--encoder-width", "8", "--decoder-width", "10"),
    *("--decoder-layers", "1", "--min-count", "2", "--max-length", "24"),
    *("--vocabulary-size", "0"),
)
SHORT = ("--epochs", "2", "--batch-size", "32", "--held-out", "24", "--device", "cpu")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("LATENTBO_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gzipped molecules with names, and two lines that cannot be used."""
    molecules = [
        f"{head}{'C' * length}{tail}"
        for head in ("C", "N", "O", "F", "Cl", "Br")
        for length in range(1, 6)
        for tail in ("O", "C#N", "c1ccccc1", "N", "C(C)C")
    ]
    lines = [f"{smiles}\tname-{i}" for i, smiles in enumerate(molecules)]
    lines[7:7] = ["no-molecule", "C" * 90]
    path = tmp_path_factory.mktemp("data") / "molecules.smi.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one whole run of the command."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENTBO_CACHE_DIR", str(folder / "cache"))
        arguments = ["molecules", "--data", str(data), "--out", str(folder / "model")]
        assert main([*arguments, *SMALL, *SHORT, "--quiet"]) == 0
    return folder / "model"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_run_leaves_all_its_files(trained: Path) -> None:
    assert {path.name for path in trained.iterdir()} == {
        *("training.json", "rejected.tsv", "metrics.jsonl", "tensorboard", "checkpoint.pt"),
        *("config.json", "vocabulary.json", "model.safetensors"),
        *("metrics.json", "latent.png", "samples.png", "model_card.md"),
    }
    assert [r.split("\t")[0] for r in (trained / "rejected.tsv").read_text().splitlines()] == [
        *("line", "8", "9")
    ]
    assert read(trained / "metrics.json")["num_held_out"] == 12


def test_trained_model_is_the_one_asked_for(trained: Path, data: Path) -> None:
    model = load_model(trained)
    assert model.network_config == NetworkConfig(
        6, encoder_width=8, decoder_width=10, decoder_layers=1
    )
    assert model.prior_config == PriorConfig(6)
    assert model.representation.to_config() == {"name": "smiles", "max_length": 24}
    assert model.encode(["CCO"]).shape == (1, 6)
    settings = TrainingConfig(**model.provenance["settings"])
    assert (settings.epochs, settings.batch_size, settings.held_out) == (2, 32, 24)
    assert model.provenance["data"]["file"] == "molecules.smi.gz"
    assert model.provenance["data"]["lines"] == 152
    assert model.provenance["command"].startswith("python -m latentbo.train molecules --data")
    assert str(data) in model.provenance["command"]


def test_finished_run_can_be_resumed(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: (trained / name).read_bytes() for name in ("model.safetensors", "metrics.json")}
    assert main(["--resume", str(trained), "--quiet"]) == 0
    assert {name: (trained / name).read_bytes() for name in before} == before
    out = capsys.readouterr().out
    assert "150 strings, 2 skipped" in out
    assert f"model, metrics and figures: {trained}" in out


def test_warm_start_goes_on_from_the_model(trained: Path, data: Path, tmp_path: Path) -> None:
    arguments = ["molecules", "--data", str(data), "--warm-start", str(trained), "--quiet"]
    assert main([*arguments, *SHORT, "--epochs", "0.3", "--out", "next"]) == 0
    model = load_model(tmp_path / "next")
    assert model.network_config == load_model(trained).network_config
    assert model.provenance["stage_1"] == load_model(trained).provenance
    assert "### Stage 2 of 2" in (tmp_path / "next" / "model_card.md").read_text()


def test_robust_training_is_in_settings_card_and_metrics(data: Path, tmp_path: Path) -> None:
    arguments = ["molecules", "--data", str(data), *SMALL, *SHORT, "--epochs", "0.5", "--quiet"]
    robust = ["--robust", "coupled", "--robust-epsilon", "0.2", "--log-every", "1"]
    assert main([*arguments, *robust, "--out", "model"]) == 0
    expected = SequencePairConfig(epsilon=0.2, step=0.25)
    assert TrainingConfig(**read(tmp_path / "model/training.json")["training"]).robust == expected
    settings = load_model(tmp_path / "model").provenance["settings"]
    assert TrainingConfig(**settings).robust == expected
    assert "| robust epsilon | 0.2 |" in (tmp_path / "model/model_card.md").read_text()
    first = json.loads((tmp_path / "model/metrics.jsonl").read_text().splitlines()[0])
    assert {"reconstruction", "ks", "covariance", "mean", "sliced"} <= first.keys()


def test_changed_data_are_refused_when_resuming(
    trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    settings = read(trained / "training.json")
    other = tmp_path / "other.smi"
    other.write_text("CC\n" * 150)
    (copy / "training.json").write_text(json.dumps({**settings, "data": str(other)}))
    assert main(["--resume", str(copy)]) == 2
    assert "other.smi has changed since the run in" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        {"training": {"unheard_of": 1}},
        {"training": {"epochs": "2"}},
        {"task": "poems"},
        {"network": None},
        {"device": "abacus"},
        {"data": "/gone.smi"},
    ],
)
def test_settings_that_cannot_be_used_are_one_line(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any]
) -> None:
    settings = read(trained / "training.json")
    (tmp_path / "training.json").write_text(json.dumps({**settings, **change}))
    assert main(["--resume", str(tmp_path)]) == 2
    assert_one_line(capsys.readouterr().err)


def assert_one_line(error: str) -> None:
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "give a task"),
        ("poems", "invalid choice: 'poems'"),
        ("molecules --resume x", "give a task"),
        ("molecules --epochs 0", "--epochs: must be positive and finite, not 0"),
        ("molecules --epochs inf", "finite"),
        ("molecules --batch-size 1", "at least 2"),
        ("molecules --latent-size x", "no whole number"),
        ("molecules --token-dropout 2", "must lie in [0, 1], not 2"),
        ("molecules --seed -1", "at least 0"),
        ("molecules --representation morse", "invalid choice"),
        ("molecules --regularizer magic", "invalid choice"),
        ("molecules --method magic", "invalid choice"),
        ("molecules --network magic", "invalid choice"),
        ("molecules --term-weights cv=0", "'cv=0': give TERM=WEIGHT"),
        ("molecules --term-weights ks=-1", "at least 0"),
        ("molecules --drop-best 2", "at most 1"),
        ("molecules --limit 0", "at least 6"),
        ("--resume run --limit 10", "--limit cannot be changed with --resume"),
        ("molecules --warm-start m --grammar g.cfg", "--grammar cannot be changed with --warm"),
        ("molecules --precision 16-mixed", "invalid choice"),
        ("molecules --unknown 3", "unrecognized arguments"),
        ("molecules --robust magic", "invalid choice"),
        ("molecules --robust-epsilon 0", "--robust-epsilon: must be positive and finite"),
        ("molecules --robust-strength 1.1", "must lie in [0, 1], not 1.1"),
        ("--resume run --robust coupled", "--robust cannot be changed with --resume"),
        ("--resume run --epochs 5", "--epochs cannot be changed with --resume"),
        ("--resume run --data=my.smi", "--data cannot be changed with --resume"),
        ("molecules --warm-start m --latent-size 8", "--latent-size cannot be changed with --warm"),
    ],
)
def test_wrong_options_are_one_line(
    arguments: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments.split())
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert_one_line(error)
    assert message in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--data gone.smi", "gone.smi cannot be read (No such file or directory)"),
        ("--data .", "is a folder"),
        ("--data empty.smi", "is empty"),
        ("--data binary.smi", "is a binary file"),
        (
            "--data useless.smi",
            "'useless' is not a SMILES string ('u' cannot stand at symbol 1 of 7)",
        ),
        (
            "--data useless.smi --representation selfies",
            "'useless' cannot be written as SELFIES",
        ),
        ("--data few.smi --min-count 1 --vocabulary-size 5", "--vocabulary-size of at least 6"),
        ("--data useless.smi --representation characters --min-count 1", "too few with 2000"),
        ("--data few.smi", "no symbol occurs 20 times in 3 lines"),
        ("--data few.smi --min-count 1", "3 usable strings are too few with 2000 held out"),
        ("--data few.smi --out taken", "taken exists: give another --out, or --resume taken"),
        ("--data few.smi --out few.smi", "few.smi exists"),
        ("--data few.smi --device cuda:99", "'cuda:99' is not there on this machine"),
        ("--data few.smi --device abacus", "'abacus' is no device"),
        ("--data few.smi --device cuda:0 --num-devices 2", "--device"),
        ("--data few.smi --warm-start gone", "gone is no model folder"),
        ("--data few.smi --robust-epsilon 1", "--robust-epsilon has no effect here: add --robust"),
        ("--data few.smi --robust coupled --regularizer kl", "kl has neither: use gmm-ks or"),
        ("--data few.smi --robust coupled --method gvae", "regularizer kl has neither: use gmm-ks"),
        ("--data few.smi --min-count 1 --components 200", "200 one-hot components in 64"),
    ],
)
def test_wrong_files_are_one_line_and_leave_nothing(
    arguments: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.smi").write_bytes(b"")
    (tmp_path / "binary.smi").write_bytes(bytes(range(256)))
    (tmp_path / "useless.smi").write_text("useless\nlines\n")
    (tmp_path / "few.smi").write_text("CC\nCCO\nCN\n")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    out = [] if "--out" in arguments else ["--out", "new"]
    assert main(["molecules", *arguments.split(), *out]) == 2
    error = capsys.readouterr().err
    assert_one_line(error)
    assert message in error
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "taken" / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["gone", "."])
def test_resume_of_what_is_no_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--resume", name]) == 2
    error = capsys.readouterr().err
    assert_one_line(error)
    assert "is no folder of a training run" in error


def test_names_are_those_of_the_package() -> None:
    """The command line lists them itself, so that --help need not load torch."""
    assert set(REPRESENTATION_NAMES) == set(REPRESENTATIONS)
    assert set(RECONSTRUCTIONS) == set(LOSSES)


def test_options_without_a_choice_leave_the_recipe_as_it_is() -> None:
    options = vars(build_parser().parse_args(["molecules"]))
    del options["precision"]
    assert recipe("molecules", None, None, options) == recipe("molecules")
    names = {field.name for field in fields(TrainingConfig)}
    assert names - options.keys() == {
        *("weight_decay", "gradient_norm", "length_groups", "precision", "betas")
    }


def test_options_of_a_model_exist() -> None:
    parser = build_parser()
    for option in MODEL_OPTIONS:
        assert isinstance(parser.parse_args(["molecules", option, "4"]), argparse.Namespace)


def run_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "latentbo.train", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_explains_with_examples() -> None:
    result = run_command("--help-all")
    assert result.returncode == 0
    assert "examples:" in result.stdout
    assert "--resume models/mine" in result.stdout
    assert result.stderr == ""


@pytest.mark.slow("latentbo/train", "latentbo/training")
def test_several_processes_train_one_model(data: Path, tmp_path: Path) -> None:
    arguments = ["molecules", "--data", str(data), *SMALL, *SHORT, "--log-every", "1", "--quiet"]
    result = run_command(*arguments, "--num-devices", "2")  # without --out: all must find one name
    assert result.returncode == 0, result.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert load_model(folder).provenance["settings"]["epochs"] == 2
    rows = [json.loads(row) for row in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2]  # 63 strings a process, less than two batches
