"""Clustering of images: its measurement, tables and figures, and the smoke run of clustering.py."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from images_study import clustering
from images_study.clustering_figures import figures, scales_figure
from images_study.clustering_tables import by_scale, tables
from images_study.experiment import Experiment
from images_study.options import build_parser, configure
from images_study.training import image_run, split_images
from safetensors.torch import save_file

from latentbo.errors import ConfigurationError
from latentbo.images.data import ImageData
from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig, TrainedImageModel
from latentbo.priors import GaussianMixturePrior

SCRIPT = Path(__file__).parents[2] / "experiments" / "clustering.py"


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def experiment(entries: dict[str, Any]) -> Experiment:
    made: Experiment = entries["EXPERIMENT"]
    return made


def data_of(labels: list[int], size: int = 32) -> ImageData:
    """Images whose pixels are their label."""
    numbers = torch.tensor(labels)
    images = numbers.to(torch.uint8)[:, None, None, None].expand(-1, 1, size, size).clone()
    return ImageData(images, numbers, "mnist", "here", "train", len(labels), False)


def make_row(variant: str, scale: float, seed: int, accuracy: float) -> dict[str, Any]:
    return {
        **{"dataset": "mnist", "measurement": "m", "variant": variant, "method": "gmm-dae"},
        **{"seed": seed, "scale": scale, "mode_distance": scale * 2**0.5, "components": 2},
        **{"num_test": 4, "num_training": 90, "class_names": ["zero", "one"]},
        **{"accuracy": accuracy, "nmi": 0.5, "map": 0.25, "frechet": 10.0 * scale},
        **{"counts": [[2, 0], [1, 1]], "matching": [[0, 0], [1, 1]]},
        **{"kmeans_images": 90, "kmeans_starts": 4},
        **{"kmeans_codes": {"accuracy": 0.75, "nmi": 0.4}},
        **{"kmeans_pixels": {"accuracy": 0.5 + 0.1 * seed, "nmi": 0.3}},
        **{"features": "net", "resize": "none", "distance": "Fréchet distance (net)"},
        **{"reference": "4 test images", "num_samples": 50, "draws": 1},
        "training": {"network": "mlp", "width": None, "epochs": 3.0, "preset": "text"},
        "folder": f"measure/m/mnist/{variant}/seed{seed}",
    }


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [
        make_row("gmm-dae", 4.0, 0, 0.8),
        make_row("gmm-dae", 4.0, 1, 0.9),
        make_row("gmm-dae-scale-1", 1.0, 0, 0.3),
    ]


def test_scales_are_those_asked_for(experiment: Experiment) -> None:
    def scales(*arguments: str) -> dict[str, float]:
        options = build_parser("", experiment.study).parse_args(["--out", "x", *arguments])
        study = configure(experiment.study, experiment.study, options)
        data = data_of([0] * 24)
        return {
            name: float(
                image_run(Path("x"), data, variant, study.training, 0, "cpu").prior.means.max()
            )
            for name, variant in study.variants.items()
        }

    found = scales()
    assert found["gmm-dae"] == found["gmvae"] == 4
    assert [found[f"gmm-dae-scale-{scale}"] for scale in (1, 2, 6, 8)] == [1, 2, 6, 8]
    changed = scales("--prior-scale", "5")
    assert (changed["gmm-dae"], changed["gmm-dae-scale-8"]) == (5, 8)


def test_the_figure_says_how_many_trainings_its_points_have(rows: list[dict[str, Any]]) -> None:
    def title(of: list[dict[str, Any]]) -> str:
        return scales_figure(of).get_suptitle()

    assert title(rows).endswith("gmm-dae, 1 to 2 trainings each")
    assert title([rows[0], rows[2]]).endswith("gmm-dae, 1 training each")


def test_images_without_classes_are_refused(experiment: Experiment) -> None:
    options = build_parser("", experiment.study).parse_args(["--out", "x", "--dataset", "celeba"])
    study = configure(experiment.study, experiment.study, options)
    with pytest.raises(ConfigurationError, match="--dataset celeba: its images have no classes"):
        experiment.check(study)
    experiment.check(experiment.study)


def test_images_sorted_by_class_are_shuffled_before_the_last_validate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = [number // 12 for number in range(120)]
    monkeypatch.setattr("images_study.training.load_images", lambda *_, **__: data_of(labels, 2))
    _, training, validation = split_images("mnist-5000", None)
    again = split_images("mnist-5000", None)[1]
    assert training.equal(again)
    assert (len(training), len(validation)) == (110, 10)
    assert len(validation[:, 0, 0, 0].unique()) > 3
    both = torch.cat([training, validation])[:, 0, 0, 0]
    assert both.sort().values.tolist() == labels
    labels[0] = 9
    assert split_images("mnist", None)[1][:, 0, 0, 0].tolist() == labels[:110]


def test_least_distance_is_that_of_the_nearest_means() -> None:
    prior = GaussianMixturePrior.one_hot(5, 3, 4.0)
    assert clustering.least_distance(prior.means) == pytest.approx(4 * 2**0.5)
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]])
    assert clustering.least_distance(points) == 1
    assert clustering.least_distance(points[:1]) is None


def test_a_perfect_encoder_has_perfect_clusters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, experiment: Experiment
) -> None:
    pytest.importorskip("sklearn")
    labels = [0, 1, 2] * 10
    prior = GaussianMixturePrior.one_hot(3, 3, 6.0)
    config = ImageNetworkConfig("mlp", 1, 4, 3, 5)

    class Known(TrainedImageModel):
        def encode(self, images: torch.Tensor) -> torch.Tensor:
            # Classes 0, 1, 2 at components 1, 2, 0.
            return prior.means[(images[:, 0, 0, 0].long() + 1) % 3]

    model = Known(ImageAutoencoder(config), prior)
    monkeypatch.setattr(clustering, "load_model", lambda *_, **__: model)
    monkeypatch.setattr(clustering, "load_images", lambda *_, **__: data_of(labels, 4))
    monkeypatch.setattr("images_study.training.load_images", lambda *_, **__: data_of(labels, 4))
    monkeypatch.setattr(clustering, "_samples", lambda *_: {})
    row, pictures = clustering.measure(experiment.study, tmp_path, "mnist", "gmm-dae", 0)
    assert row["accuracy"] == row["nmi"] == row["map"] == 1
    assert dict(row["matching"]) == {1: 0, 2: 1, 0: 2}
    assert row["counts"][1][0] == 10
    assert row["kmeans_codes"] == {"accuracy": 1.0, "nmi": 1.0}
    assert row["kmeans_pixels"] == {"accuracy": 1.0, "nmi": 1.0}
    assert row["scale"] == 4
    assert pictures["components"].shape == (3, 10, 1, 4, 4)


def test_tables_show_means_over_trainings_beside_the_thesis(rows: list[dict[str, Any]]) -> None:
    accuracies, scales = tables(rows)
    assert (accuracies.name, scales.name) == ("table_4.2_mnist", "figure_4.8_mnist")
    text = accuracies.markdown()
    assert "| gmm-dae | 85.00 ± 5.00 (2) | 0.50 ± 0.00 (2) | 0.25 ± 0.00 (2) | 4 |" in text
    assert "| k-means on the codes of gmm-dae | 75.00 ± 0.00 (2) |" in text
    # Seeds 0 and 1 once each, though two variants have seed 0.
    assert "| k-means on pixels | 55.00 ± 5.00 (2) |" in text
    assert "| JointVAE, thesis | 78.33 | – | – | – |" in text
    assert "| GMM-DAE, thesis | 85.53 | 0.72 | 0.75 | – |" in text
    assert "90 training images, 3 epoch(s)" in text
    assert "4,000 images for training" not in text
    text = scales.markdown()
    assert text.index("| 1 | 1.41 | 30.00 (1) |") < text.index("| 4 | 5.66 | 85.00 ± 5.00 (2) |")
    assert "| 40.00 ± 0.00 (2) |" in text


def test_a_part_of_mnist_is_said_to_be_one(rows: list[dict[str, Any]]) -> None:
    text = tables([{**row, "dataset": "mnist-5000"} for row in rows])[0].markdown()
    assert "| CascadeVAE, thesis | 84.19 |" in text
    assert "4,000 images for training" in text


def test_one_scale_has_no_figure_and_each_seed_counts_once(rows: list[dict[str, Any]]) -> None:
    assert [table.name for table in tables(rows[:2])] == ["table_4.2_mnist"]
    twice = [*rows, {**rows[2], "variant": "gmm-dae-again"}]
    assert {scale: len(own) for scale, own in by_scale(twice).items()} == {1.0: 1, 4.0: 2}


def test_no_rows_make_no_tables(tmp_path: Path) -> None:
    assert tables([]) == []
    assert figures([], tmp_path) == {}


def test_figures_are_drawn_from_rows_and_components_where_they_are(
    rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    drawn = figures(rows, tmp_path)
    assert drawn.keys() == {"figure_4.8_mnist.png", "confusion_mnist_gmm-dae.png"}
    folder = tmp_path / rows[0]["folder"]
    folder.mkdir(parents=True)
    pictures = {"components": torch.zeros(2, 5, 1, 8, 8, dtype=torch.uint8)}
    save_file(pictures, folder / "pictures.safetensors")
    drawn = figures(rows, tmp_path)
    assert "figure_4.7_mnist_gmm-dae.png" in drawn
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())


@pytest.mark.slow("experiments/images_study", "experiments/clustering.py")
def test_smoke_leaves_a_line_a_variant_tables_and_figures(
    entries: dict[str, Any], tmp_path: Path, image_dataset: str
) -> None:
    main: Callable[[Experiment, list[str]], int] = entries["main"]
    out = tmp_path / "new"
    command = ["--out", str(out), "--smoke", "--dataset", image_dataset]
    assert main(entries["EXPERIMENT"], command) == 0
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    found = {row["variant"]: row for row in map(json.loads, lines)}
    assert list(found) == ["gmm-dae", "gmm-dae-scale-1"]
    for row in found.values():
        assert 0 < row["accuracy"] <= 1
        assert sum(map(sum, row["counts"])) == row["num_test"] == 200
        assert row["frechet"] == pytest.approx(sum(row["values"]) / 2)
        assert row["seconds"] > 0
    names = (
        f"figure_4.8_{image_dataset}.png",
        f"confusion_{image_dataset}_gmm-dae.png",
        f"figure_4.7_{image_dataset}_gmm-dae.png",
    )
    for name in names:
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert (out / f"table_4.2_{image_dataset}.csv").is_file()
