"""Ablation, plane and number of components: without training much, and their smoke runs."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
from images_study import ablation, components, plane, plane_report
from images_study.experiment import Experiment
from images_study.options import build_parser, configure
from images_study.running import collect
from images_study.settings import Study
from images_study.training import image_run
from safetensors.torch import save_file

from latentbo.errors import ConfigurationError
from latentbo.images.data import ImageData
from latentbo.images.models import TrainedImageModel
from latentbo.models import load_model
from latentbo.priors import GaussianMixturePrior

SCRIPTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPTS / "ablation.py"))


@pytest.fixture(scope="module")
def numbers() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPTS / "components.py"))


def study_of(experiment: Experiment, *arguments: str) -> Study:
    parser = build_parser("", experiment.study, experiment.flags)
    return configure(
        experiment.study, experiment.study, parser.parse_args(["--out", "x", *arguments])
    )


def data_of(labels: list[int]) -> ImageData:
    """Images whose brightness tells the label."""
    found = torch.tensor(labels)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 60, (len(labels), 1, 32, 32), generator=generator)
    images = (images + 20 * found[:, None, None, None]).to(torch.uint8)
    return ImageData(images, found, "mnist", "here", "train", len(labels), True)


def generation_row(variant: str, seed: int, frechet: float) -> dict[str, Any]:
    def numbers(value: float) -> dict[str, float]:
        return {"frechet": value}

    return {
        **{"dataset": "mnist", "measurement": "m", "variant": variant, "seed": seed},
        **{"features": "net", "resize": "none", "distance": "Fréchet distance (net)"},
        **{"reference": "50 test images", "num_test": 50, "num_training": 90},
        **{"num_samples": 50, "draws": 1, "interpolation_kind": "linear", "ks_codes": 50},
        **{"training": {"network": "mlp", "width": None, "epochs": 3.0}, "ks": 2.0},
        **{"prior": numbers(frechet), "mixture": numbers(8.0), "gap": frechet - 8.0},
        **{"reconstruction": numbers(5.0), "interpolation": numbers(7.0)},
        "folder": f"measure/m/mnist/{variant}/seed{seed}",
    }


def plane_row(variant: str, seed: int, first: float) -> dict[str, Any]:
    terms = {"ks": 1.0, "covariance": 2.0, "mean": 3.0, "sliced": 4.0 + seed}
    shares = {"first_mode": first, "first_mode_of_classes": [1.0, 0.0]}
    return {
        **{"dataset": "mnist", "measurement": "m", "variant": variant, "seed": seed},
        **{"classes": [1, 8], "class_names": ["one", "eight"], "num_training": 90},
        **{"num_test": 6, "codes_at_once": 6, "means": [[3.0, 3.0], [-3.0, -3.0]]},
        **{"training": {"network": "mlp", "width": 7, "epochs": 30.0}},
        "stages": [{"epochs": 1.0, **terms, **shares}, {"epochs": 30.0, **terms, **shares}],
        "folder": f"measure/m/mnist/{variant}/seed{seed}",
    }


def test_variants_have_the_terms_that_their_names_say(entries: dict[str, Any]) -> None:
    found = {}
    for name in ("EXPERIMENT", "PLANE"):
        study = entries[name].study
        for variant, chosen in study.variants.items():
            run = image_run(Path("x"), data_of([0] * 24), chosen, study.training, 0, "cpu")
            found[variant] = set(run.config.regularizer_config.weights)
    assert found == {
        "gmm-dae": {"ks", "covariance", "mean", "sliced"},
        "gmm-dae-without-ks": {"covariance", "mean", "sliced"},
        "gmm-dae-without-covariance": {"ks", "mean", "sliced"},
        "gmm-dae-thesis": {"ks", "covariance"},
        "gmm-dae-thesis-without-ks": {"covariance"},
        "gmm-dae-thesis-without-covariance": {"ks"},
        "both": {"ks", "covariance"},
        "ks": {"ks"},
        "covariance": {"covariance"},
        "all-terms": {"ks", "covariance", "mean", "sliced"},
    }


def test_the_reported_values_stand_beside_the_thesis_terms_on_mnist_only(
    entries: dict[str, Any],
) -> None:
    assert set(ablation.REPORTED) <= set(entries["STUDY"].variants)
    rows = [
        generation_row("gmm-dae", 0, 10.0),
        generation_row("gmm-dae-thesis-without-ks", 0, 12.0),
        generation_row("gmm-dae-thesis-without-ks", 1, 14.0),
    ]
    (table,) = ablation.tables(rows)
    text = table.markdown()
    assert table.name == "ablation_mnist"
    assert "| gmm-dae | 10.00 (1) | 8.00 (1) | 5.00 (1) | 7.00 (1) | 2.00 (1) | 2.00 (1) | – |" in (
        text
    )
    assert "| gmm-dae-thesis-without-ks | 13.00 ± 1.00 (2) |" in text
    assert "| 49.82 |" in text
    (other,) = ablation.tables([{**row, "dataset": "fashion-mnist"} for row in rows])
    assert "49.82" not in other.markdown()


def test_the_planes_prior_is_that_of_the_figure(entries: dict[str, Any]) -> None:
    study = entries["PLANE"].study
    prior = plane.plane_prior(study.training.prior_scale)
    torch.testing.assert_close(prior.means, torch.tensor([[3.0, 3.0], [-3.0, -3.0]]))
    assert prior.covariances.unique().tolist() == [1.0]
    assert study.training.epochs == 30
    assert list(plane.stages(30).values()) == [1, 30]
    assert plane.stages(0.5) == {".": 0.5}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--dimensions", "3"], "--dimensions 3: --plane has two"),
        (["--components", "5"], "--components 5: --plane has two"),
        (["--dataset", "celeba"], "no classes"),
    ],
)
def test_what_the_plane_cannot_use_is_refused(
    wrong: list[str], message: str, entries: dict[str, Any]
) -> None:
    experiment = entries["PLANE"]
    experiment.check(study_of(experiment))
    with pytest.raises(ConfigurationError, match=message):
        experiment.check(study_of(experiment, "--plane", *wrong))


def test_two_classes_are_chosen_and_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_of([number // 4 for number in range(40)])
    monkeypatch.setattr(plane, "load_images", lambda *_: data)
    part, labels = plane.two_classes("mnist", "train", None)
    assert labels.bincount().nonzero()[:, 0].tolist() == [1, 8]
    assert labels.bincount()[[1, 8]].tolist() == [4, 4]
    assert not (labels.diff() >= 0).all()
    places = [int((data.images == image).flatten(1).all(1).nonzero()) for image in part.images]
    assert data.labels is not None
    assert data.labels[places].equal(labels)
    fewer, _ = plane.two_classes("mnist", "train", 3)
    assert fewer.images.equal(part.images[:3])


def test_distances_are_about_one_for_draws_of_the_prior_and_see_a_lost_mode() -> None:
    prior = plane.plane_prior(3 * 2**0.5)
    codes = prior.sample(4000, torch.Generator().manual_seed(1))
    first = prior.responsibilities(codes)[:, 0] > 0.5
    labels = torch.where(first, 1, 8)
    found = plane._distances(codes, labels, prior, 0)
    for term in ("ks", "covariance", "mean", "sliced"):
        assert 0.05 < found[term] < 4
    assert abs(found["first_mode"] - 0.5) < 0.05
    assert found["first_mode_of_classes"] == [1, 0]
    lost = plane._distances(torch.where(first[:, None], codes, -codes), labels, prior, 0)
    assert lost["first_mode"] == 1
    assert min(lost["ks"], lost["sliced"]) > 20


def test_the_first_epoch_is_the_first_of_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, entries: dict[str, Any]
) -> None:
    data = data_of([1, 8] * 24)
    monkeypatch.setattr(plane, "load_images", lambda *_, **__: data)
    options = ("--epochs", "2", "--network", "mlp", "--width", "4", "--preset", "code")
    study = study_of(entries["PLANE"], *options)
    folder = tmp_path / "train" / "mnist" / "both" / "seed3"
    plane.train(folder, "mnist", study.variants["both"], study.training, 3, "cpu")

    def after(name: str, epoch: float) -> dict[str, float]:
        lines = (folder / name / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        (found,) = [line for line in map(json.loads, lines) if line["epoch"] == epoch]
        return {k: v for k, v in found.items() if k.startswith("validation")}

    assert after("first-epoch", 1.0) == after(".", 1.0) != after(".", 2.0)
    row, tensors = plane.measure(study, tmp_path, "mnist", "both", 3)
    assert [stage["epochs"] for stage in row["stages"]] == [1, 2]
    assert row["class_names"] == ["1", "8"]
    assert tensors["codes1"].equal(
        load_model(folder, kind=TrainedImageModel).encode(
            plane.two_classes("mnist", "test", None)[0].images
        )
    )
    assert not tensors["codes0"].equal(tensors["codes1"])


def test_the_folder_of_the_other_part_is_refused(tmp_path: Path, entries: dict[str, Any]) -> None:
    row = plane_row("both", 0, 0.5)
    folder = tmp_path / row["folder"]
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(row))
    assert len(collect(tmp_path, entries["PLANE"].study.variants)) == 1
    with pytest.raises(ConfigurationError, match="has results of 'both', which this experiment"):
        collect(tmp_path, entries["EXPERIMENT"].study.variants)


def test_the_planes_table_has_a_line_a_stage() -> None:
    (table,) = plane_report.tables([plane_row("both", 0, 0.5), plane_row("both", 1, 0.7)])
    text = table.markdown()
    assert table.name == "figure_4.9_mnist"
    assert "mnist, one and eight: test codes" in text
    line = "| 1.00 ± 0.00 (2) | 2.00 ± 0.00 (2) | 3.00 ± 0.00 (2) | 4.50 ± 0.50 (2) "
    assert f"| both, 1 epoch {line}| 60.00 ± 10.00 (2) | 100.00 ± 0.00 (2) |" in text
    assert f"| both, 30 epochs {line}" in text
    assert "Modes at (3, 3) and (-3, -3)" in text


def test_the_plane_is_drawn_where_codes_were_left(tmp_path: Path) -> None:
    rows = [plane_row("both", 0, 0.5), plane_row("ks", 0, 0.5)]
    assert plane_report.figures(rows, tmp_path) == {}
    for row in rows:
        folder = tmp_path / row["folder"]
        folder.mkdir(parents=True)
        codes = {"codes0": torch.full((6, 2), 99.0), "codes1": torch.zeros(6, 2)}
        save_file({**codes, "labels": torch.tensor([1, 8] * 3)}, folder / "pictures.safetensors")
    drawn = plane_report.figures(rows, tmp_path)
    assert drawn.keys() == {"figure_4.9_mnist.png"}
    assert drawn["figure_4.9_mnist.png"].startswith(b"\x89PNG")


def test_priors_have_the_numbers_of_components_and_no_mean_twice(numbers: dict[str, Any]) -> None:
    study = numbers["STUDY"]
    found = []
    for variant in study.variants.values():
        run = image_run(Path("x"), data_of([0] * 24), variant, study.training, 0, "cpu")
        assert len(run.prior.means.unique(dim=0)) == run.prior.num_components
        found.append(run.prior.num_components)
    assert found == [1, 5, 10, 15, 20, 25]


def test_components_are_measured_with_their_distance(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, numbers: dict[str, Any]
) -> None:
    class Model:
        prior = GaussianMixturePrior.one_hot(10, 5)

    monkeypatch.setattr("images_study.generation.measure", lambda *_: ({"ks": 1.0}, {}))
    monkeypatch.setattr(components, "load_model", lambda *_, **__: Model())
    row, _ = components.measure(numbers["STUDY"], tmp_path, "mnist", "components-5", 0)
    assert row["ks"] == 1
    assert row["components"] == 5
    assert row["mode_distance"] == pytest.approx(2**0.5)


def test_components_have_a_table_and_a_figure(tmp_path: Path) -> None:
    rows = [
        generation_row("components-1", 0, 10.0) | {"components": 1, "mode_distance": None},
        generation_row("components-15", 0, 12.0) | {"components": 15, "mode_distance": 0.87},
        generation_row("components-15", 1, 14.0) | {"components": 15, "mode_distance": 0.87},
    ]
    (table,) = components.tables(rows)
    text = table.markdown()
    assert "| 1 | – | 10.00 (1) |" in text
    assert "| 15 | 0.87 | 13.00 ± 1.00 (2) |" in text
    drawn = components.figures(rows, tmp_path)
    assert drawn.keys() == {"figure_4.10_mnist.png"}
    assert drawn["figure_4.10_mnist.png"].startswith(b"\x89PNG")


@pytest.mark.slow(
    "experiments/images_study", "experiments/ablation.py", "experiments/components.py"
)
@pytest.mark.parametrize(
    ("script", "name", "flags", "variant", "figure"),
    [
        ("ablation", "EXPERIMENT", [], "gmm-dae-thesis-without-ks", "pictures"),
        ("ablation", "PLANE", ["--plane"], "both", "figure_4.9"),
        ("components", "EXPERIMENT", [], "components-15", "figure_4.10"),
    ],
)
def test_smoke_leaves_a_line_a_table_and_figures(
    script: str,
    name: str,
    flags: list[str],
    variant: str,
    figure: str,
    tmp_path: Path,
    image_dataset: str,
) -> None:
    entries = runpy.run_path(str(SCRIPTS / f"{script}.py"))
    command = ["--out", str(tmp_path), "--smoke", "--dataset", image_dataset, *flags]
    assert entries["main"](entries[name], command) == 0
    (line,) = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["variant"] == variant
    assert f"## {image_dataset}" in (tmp_path / "tables.md").read_text(encoding="utf-8")
    content = (tmp_path / f"{figure}_{image_dataset}.png").read_bytes()
    assert content.startswith(b"\x89PNG")
