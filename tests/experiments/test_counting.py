"""The smoke runs of counting_gan.py and counting_tables.py, on squares."""

import json
from dataclasses import replace
from pathlib import Path

import counting_gan
import counting_tables
import pytest
import torch
from counting_study.commands import main
from counting_study.data import load_study_data
from counting_study.mixtures import MIXTURES, augment, mixed
from counting_study.options import build_parser, configure
from PIL import Image
from torch import Tensor

from latentbo.counting.data import CountData, CountDataset, save_counts
from latentbo.counting.models import TrainedCountGAN
from latentbo.errors import ConfigurationError
from latentbo.models import load_model

NAMES = ("full", "hollow")


@pytest.fixture(scope="module")
def folder(
    counted_squares: tuple[Tensor, Tensor], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data set of squares, without two full ones and one hollow in training."""
    images, counts = counted_squares
    away = (counts == torch.tensor([2, 1])).all(1)
    half = torch.arange(len(images)) < 144
    masks = {
        "train": half & ~away,
        "test": ~half & ~away,
        "left_out": half & away,
        "left_out_test": ~half & away,
    }
    splits = {
        name: CountDataset(images[mask], counts[mask], NAMES, name) for name, mask in masks.items()
    }
    path = tmp_path_factory.mktemp("data") / "squares"
    save_counts(CountData("squares", {}, {}, splits), path)
    return path


@pytest.fixture(scope="module")
def study(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "counting"
    command = ["compare", "--data", str(folder), "--out", str(out), "--smoke", "--seeds", "0"]
    assert run([*command, "--methods", "mc2,cgan", "--counter-epochs", "1"]) == 0
    return out


def run(arguments: list[str]) -> int:
    return main(counting_gan.__doc__ or "", arguments)


def rows(folder: Path) -> list[dict[str, object]]:
    text = (folder / "results.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_study_leaves_rows_tables_and_pictures(study: Path) -> None:
    found = rows(study)
    assert [row["method"] for row in found] == ["mc2", "cgan"]
    for row in found:
        assert row["judge_is_fit"] is False
        assert "less than the 95%" in str(row["judge"])
        for part in ("trained", "left_out"):
            measured = row[part]
            assert isinstance(measured, dict)
            assert (measured["own"] is None) == (row["method"] == "cgan")
            assert measured["judged"]["number"] == 60
        assert isinstance(row["left_out"], dict)
        assert [each["counts"] for each in row["left_out"]["combinations"]] == [[2, 1]]
        assert isinstance(row["seconds"], float)
        assert row["seconds"] > 0
        assert isinstance(row["extrapolation"], dict)
        assert list(row["extrapolation"]["full"]) == ["0", "1", "2", "3"]
    page = (study / "tables.md").read_text(encoding="utf-8")
    assert "**The judge is not fit.**" in page
    trained = found[0]["trained"]
    assert isinstance(trained, dict)
    constant = trained["constant"]["exact"]
    assert 1 / 8 <= constant < 0.2  # eight combinations
    assert f"| one answer for all | {constant:.3f} (1)" in page
    # Not where a single combination was left out: there it would be the truth.
    assert page.count("| one answer for all |") == 1
    names = {path.name for path in (study / "measured" / "mc2" / "seed0").iterdir()}
    pictures = {f"{kind}_{part}.png" for kind in ("grid", "histograms") for part in MEASURED}
    assert names == {*pictures, "extrapolation.png"}


MEASURED = ("trained", "left_out")


def test_finished_studies_are_left_as_they_are(
    study: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (study / "train" / "mc2" / "seed0" / "model.safetensors").read_bytes()
    command = ["compare", "--data", str(folder), "--out", str(study), "--smoke", "--seeds", "0"]
    command += ["--methods", "mc2", "--counter-epochs", "1", "--resume"]
    kept = (study / "results.jsonl").read_text(encoding="utf-8")
    assert run(command) == 0
    assert kept.startswith((study / "results.jsonl").read_text(encoding="utf-8"))
    assert (study / "train" / "mc2" / "seed0" / "model.safetensors").read_bytes() == before
    assert run([*command, "--epochs", "3"]) == 2
    assert "other settings" in capsys.readouterr().err
    (study / "results.jsonl").write_text(kept, encoding="utf-8")
    assert run(["tables", "--out", str(study)]) == 0
    assert "| cgan |" in (study / "tables.md").read_text(encoding="utf-8")


def test_samples_are_drawn_a_row_for_each_counts(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = str(study / "train" / "mc2" / "seed0"), tmp_path / "new" / "grid.png"
    command = ["sample", "--checkpoint", model, "--n", "5", "--out", str(out)]
    assert run([*command, "--counts", "2,1", "--counts", "0,4"]) == 0
    with Image.open(out) as picture:
        assert picture.size == (5 * 50 + 2, 2 * 50 + 2)
    first = out.read_bytes()
    assert run([*command, "--counts", "2,1", "--counts", "0,4"]) == 0
    assert out.read_bytes() == first
    assert run([*command, "--counts", "2"]) == 2
    assert "needs one for each of full, hollow" in capsys.readouterr().err
    no_folder = out / "grid.png"
    assert run([*command[:-1], str(no_folder), "--counts", "2,1"]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_a_simple_gan_is_trained_in_half_precision(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    command = ["train", "--data", str(folder), "--smoke", "--epochs", "1", "--out", str(model)]
    changed = ["--precision", "bf16-mixed", "--count-error", "square", "--schedule", "cosine"]
    assert run([*command, *changed]) == 0
    settings = json.loads((model / "training.json").read_text(encoding="utf-8"))
    assert settings["training"]["precision"] == "bf16-mixed"
    assert settings["training"]["count_error"] == "square"
    assert settings["training"]["schedule"] == "cosine"
    weights = load_model(model, kind=TrainedCountGAN).network.generator.state_dict().values()
    assert all(weight.isfinite().all() for weight in weights)
    assert {weight.dtype for weight in weights if weight.is_floating_point()} == {torch.float32}


@pytest.mark.parametrize("model", ["simple", "stylegan2"])
def test_precision_is_that_of_the_device_unless_told(model: str) -> None:
    command = ["train", "--model", model, "--data", "x", "--out", "y"]
    parser = build_parser("")
    for device, given, expected in (
        ("cpu", [], "32-true"),
        ("cuda:0", [], "bf16-mixed"),
        ("cuda:0", ["--precision", "32-true"], "32-true"),
        ("cpu", ["--precision", "bf16-mixed"], "bf16-mixed"),
    ):
        options = parser.parse_args([*command, "--device", device, *given])
        assert configure(options)[0].precision == expected


def test_a_scale_sets_all_and_single_options_change_it() -> None:
    parser = build_parser("")
    command = ["train", "--model", "stylegan2", "--data", "x", "--out", "y"]
    published = configure(parser.parse_args(command))[0]
    assert published == configure(parser.parse_args([*command, "--scale", "published"]))[0]
    small = configure(parser.parse_args([*command, "--scale", "small"]))[0]
    assert (small.width, small.learning_rate, small.epochs) == (16, 8e-3, 16)
    changed = configure(parser.parse_args([*command, "--scale", "small", "--epochs", "8"]))[0]
    assert changed == replace(small, epochs=8.0)
    simple = [*command[:2], "simple", *command[3:], "--scale", "small"]
    with pytest.raises(ConfigurationError, match="--scale is no option of --model simple"):
        configure(parser.parse_args(simple))


def test_a_bad_judge_stops_an_evaluation(
    study: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "--checkpoint", str(study / "train" / "mc2" / "seed0")]
    command += ["--data", str(folder), "--counter", str(study / "counter"), "--num-images", "40"]
    assert run([*command, "--out", str(tmp_path)]) == 2
    assert "less than the 95% that a judge needs" in capsys.readouterr().err
    assert run([*command, "--out", str(tmp_path), "--weak-counter"]) == 0
    assert "WARNING" in capsys.readouterr().err
    assert (tmp_path / "result.json").exists()


def test_a_stylegan_is_trained_judged_and_sampled(
    study: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, model = ["--data", str(folder), "--smoke"], tmp_path / "model"
    train = ["train", "--model", "stylegan2", *data, "--out", str(model)]
    assert run([*train, "--method", "output-skips", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "million operations an image" in told
    assert "hours" in told
    assert not model.exists()
    assert run([*train, "--method", "cgan"]) == 2
    assert "--model stylegan2 has no method 'cgan'" in capsys.readouterr().err
    assert run([*train, "--growth", "4"]) == 2
    assert "--growth is no option of --model stylegan2" in capsys.readouterr().err
    assert run([*train, "--method", "output-skips", "--augmentations", "shrink,noise"]) == 0
    command = ["evaluate", "--checkpoint", str(model), *data, "--counter", str(study / "counter")]
    assert run([*command, "--out", str(tmp_path / "judged")]) == 0
    row = json.loads((tmp_path / "judged" / "result.json").read_text(encoding="utf-8"))
    assert (row["model"], row["method"]) == ("stylegan2", "output-skips")
    assert row["network"]["connections"] == "output-skips"
    assert row["training"]["augmentations"] == ["shrink", "noise"]
    page = (tmp_path / "judged" / "tables.md").read_text(encoding="utf-8")
    assert "Tables 3.1 and 3.2" in page
    assert "0.94 / 0.92 / – / 0.72" in page
    pictures = []
    for truncation in ("0.5", "1"):
        out = tmp_path / f"{truncation}.png"
        sample = ["sample", "--checkpoint", str(model), "--counts", "2,1", "--out", str(out)]
        assert run([*sample, "--truncation", truncation]) == 0
        pictures.append(out.read_bytes())
    assert pictures[0] != pictures[1]
    simple = ["sample", "--checkpoint", str(study / "train" / "mc2" / "seed0"), "--counts", "1,1"]
    assert run([*simple, "--out", str(tmp_path / "x.png"), "--truncation", "0.5"]) == 2
    assert "needs a generator with styles" in capsys.readouterr().err


def test_mixtures_have_their_shares(study: Path, folder: Path) -> None:
    data = load_study_data(folder)
    model = load_model(study / "train" / "mc2" / "seed0", kind=TrainedCountGAN)
    n = len(data.training[0])
    for name, shares in {"real25-synthetic75": 1.0, "real-augmented": 2.0, "real50": 0.5}.items():
        images, counts = mixed(MIXTURES[name], data.training, model, 0)
        assert len(images) == len(counts) == round(shares * n)
        assert images.dtype == torch.uint8
    _, all_counts = mixed(MIXTURES["real-augmented"], data.training, model, 0)
    assert sorted(all_counts[n:].tolist()) == sorted(data.training[1].tolist())


def test_augmented_images_keep_all_that_is_on_them() -> None:
    images = torch.zeros(50, 1, 32, 32, dtype=torch.uint8)
    images[:, :, 3:7, 25:29] = 200  # 16 pixels near a corner
    changed = augment(images, torch.Generator().manual_seed(0)).float()
    assert not changed.byte().equal(images)
    weights = changed.sum((1, 2, 3)) / (200 * 16)
    # Shrunk to 0.85 squared and dimmed to 0.8 at the least, and never cut.
    assert weights.min() > 0.85**2 * 0.8 * 0.9
    assert changed[:, :, [0, -1]].max() == 0
    assert changed[..., [0, -1]].max() == 0


def test_tables_of_mixtures(
    study: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(folder), "--checkpoint", str(study / "train" / "mc2" / "seed0")]
    command += ["--out", str(tmp_path), "--smoke", "--seeds", "0", "--epochs", "1"]
    assert counting_tables.main([*command, "--mixtures", "real,real-synthetic,synthetic"]) == 0
    found = rows(tmp_path)
    assert [row["mixture"] for row in found] == ["real", "real-synthetic", "synthetic"]
    page = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert page.count("| Real only |") == 2
    assert page.count("| Syn only |") == 1
    command[3] = str(tmp_path / "nowhere")
    assert counting_tables.main(command) == 2
    assert "is no model folder" in capsys.readouterr().err
