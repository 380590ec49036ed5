"""Options, jobs, tables and figures of the image experiments, without training anything."""

import itertools
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from images_study.experiment import Experiment
from images_study.figures import figures, pictures_figure
from images_study.options import build_parser, configure
from images_study.running import collect, plan, run
from images_study.settings import Study
from images_study.tables import tables
from images_study.training import image_run, posterior
from safetensors.torch import save_file
from study.jobs import log_path

from latentbo.errors import ConfigurationError
from latentbo.images.data import ImageData
from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig, TrainedImageModel
from latentbo.images.training import image_method
from latentbo.priors import GaussianMixturePrior

SCRIPT = Path(__file__).parents[2] / "experiments" / "image_generation.py"


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    made: Experiment = runpy.run_path(str(SCRIPT))["EXPERIMENT"]
    return made


@pytest.fixture
def chosen(experiment: Experiment) -> Callable[..., Study]:
    def call(*arguments: str) -> Study:
        parser = build_parser("", experiment.study)
        options = parser.parse_args(["--out", "x", *arguments])
        study = experiment.smoke if options.smoke else experiment.study
        return configure(study, experiment.study, options)

    return call


@pytest.fixture
def data() -> ImageData:
    images = torch.randint(0, 256, (24, 1, 32, 32), dtype=torch.uint8)
    return ImageData(images, None, "fashion-mnist", "here", "train", 24, False)


def make_row(variant: str, seed: int, prior: float, mixture: float | None) -> dict[str, Any]:
    def numbers(frechet: float) -> dict[str, Any]:
        return {"frechet": frechet, "kernel": 0.002, "precision": 0.5, "recall": 0.25}

    return {
        **{"dataset": "fashion-mnist", "measurement": "m", "variant": variant, "seed": seed},
        **{"features": "net", "resize": "none", "distance": "Fréchet distance (net)"},
        **{"reference": "50 test images", "num_test": 50, "num_training": 90},
        **{"num_samples": 50, "draws": 1, "num_subsets": 2, "subset_size": 50},
        **{"interpolation_kind": "linear", "ks_codes": 50, "ks": 2.0, "squared_error": 0.01},
        "training": {"network": "mlp", "width": None, "epochs": 3.0},
        "sources": {"prior": "prior"},
        "prior": numbers(prior),
        "mixture": None if mixture is None else numbers(mixture),
        "reconstruction": {"frechet": 5.0},
        "interpolation": numbers(7.0),
        "gap": None if mixture is None else prior - mixture,
        "seconds": 120.0,
        "folder": f"measure/m/fashion-mnist/{variant}/seed{seed}",
    }


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [
        make_row("gmm-dae", 0, 10.0, 9.0),
        make_row("gmm-dae", 1, 14.0, 11.0),
        make_row("two-stage-vae", 0, 20.0, None),
    ]


def test_a_second_stage_brings_its_first_and_waits_for_it(chosen: Callable[..., Study]) -> None:
    jobs = plan(chosen("--methods", "two-stage-vae", "--seeds", "3"), ("run",))
    assert [job.name for job in jobs[:2]] == [
        "train/fashion-mnist/vae/seed3",
        "train/fashion-mnist/two-stage-vae/seed3",
    ]
    assert jobs[1].needs == ("train/fashion-mnist/vae/seed3",)
    assert set(jobs[2].needs) == {job.name for job in jobs[:2]}
    assert jobs[2].stage == "measure"
    assert len(jobs) == 3


def test_every_job_is_there_once_and_called_by_its_name(chosen: Callable[..., Study]) -> None:
    study = chosen("--methods", "vae,two-stage-vae", "--dataset", "mnist,svhn")
    jobs = plan(study, ("run", "--draws", "2"))
    names = [job.name for job in jobs]
    assert len(names) == len(set(names)) == 2 * 3 * 4
    for job in jobs:
        assert job.command[:3] == ("run", "--draws", "2")
        assert job.command[-1] == job.name
        assert job.command[-3] == job.name.split("/")[-3]


def test_options_reach_the_settings(chosen: Callable[..., Study]) -> None:
    study = chosen("--epochs", "2", "--weights", "vae=0.5,gmm-dae=0.1", "--num-samples", "60")
    assert study.training.epochs == 2
    assert study.training.method(study.variants["vae"]).weight == 0.5
    assert study.training.method(study.variants["two-stage-vae"]).weight == 0.5
    assert study.measuring.num_samples == 60
    assert chosen("--smoke", "--methods", "rae-l2").variants.keys() == {"rae-l2"}
    assert chosen("--only", "train").stages == ("train",)


def test_presets_are_those_of_text_and_code(chosen: Callable[..., Study], data: ImageData) -> None:
    configs = {}
    for preset in ("text", "code"):
        study = chosen("--preset", preset)
        variant = study.variants["gmm-dae-thesis"]
        configs[preset] = image_run(Path("x"), data, variant, study.training, 0, "cpu").config
    text, code = configs["text"], configs["code"]
    assert (text.learning_rate, text.schedule, text.betas) == (2e-3, "plateau", (0.5, 0.999))
    assert (code.learning_rate, code.schedule, code.betas) == (2e-4, "constant", (0.9, 0.999))
    assert (1 / text.regularizer_weight, 1 / code.regularizer_weight) == (200, 2000)
    loop = chosen("--preset", "code").training.loop("celeba")
    assert (loop["schedule"], loop["decay"], loop["patience"]) == ("step", 0.1, 7)


def test_a_schedule_replaces_the_presets(chosen: Callable[..., Study], data: ImageData) -> None:
    for preset in ("text", "code"):
        study = chosen("--preset", preset, "--schedule", "cosine")
        variant = study.variants["vae"]
        config = image_run(Path("x"), data, variant, study.training, 0, "cpu").config
        assert config.schedule == "cosine"
        assert config.learning_rate == {"text": 2e-3, "code": 2e-4}[preset]


def test_the_scale_of_a_prior_is_its_methods_unless_given(
    chosen: Callable[..., Study], data: ImageData
) -> None:
    def largest(name: str, *arguments: str) -> float:
        study = chosen(*arguments)
        run_of = image_run(Path("x"), data, study.variants[name], study.training, 0, "cpu")
        return float(run_of.prior.means.max())

    assert largest("gmm-dae-thesis") == 1
    assert largest("gmm-dae") == image_method("gmm-dae").prior_scale > 1
    assert largest("gmm-dae", "--prior-scale", "2.5") == 2.5


def test_every_method_has_a_training_run(chosen: Callable[..., Study], data: ImageData) -> None:
    study = chosen("--width", "2")
    for name, variant in study.variants.items():
        run_of = image_run(Path("x"), data, variant, study.training, 1, "cpu")
        assert run_of.config.seed == 1, name
        assert run_of.network.width == 2
        expected = 10 if "gmm" in name or name == "gmvae" else 1
        assert run_of.prior.num_components == expected, name


@pytest.mark.parametrize(
    "wrong",
    [
        ["--methods", "gan"],
        ["--dataset", "folder"],
        ["--seeds", "-1"],
        ["--weights", "vae"],
        ["--num-samples", "3"],
    ],
)
def test_wrong_options_are_named(
    wrong: list[str], chosen: Callable[..., Study], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        chosen(*wrong)
    assert wrong[0] in capsys.readouterr().err


def test_options_that_do_not_fit_are_refused(chosen: Callable[..., Study]) -> None:
    with pytest.raises(ConfigurationError, match="--feature-size is for efficientnet-lite0"):
        chosen("--features", "inception", "--feature-size", "64")
    with pytest.raises(ConfigurationError, match="--weights names 'gan', which is no method"):
        chosen("--weights", "gan=1")


def test_draws_of_a_variational_encoder_have_its_mean_and_deviation() -> None:
    for variational in (False, True):
        config = ImageNetworkConfig("mlp", 1, 8, 3, 5, variational=variational)
        prior = GaussianMixturePrior.standard_normal(3)
        model = TrainedImageModel(ImageAutoencoder(config), prior)
        images = torch.rand(7, 1, 8, 8)
        means, deviations = posterior(model, images)
        assert means.equal(model.encode(images))
        assert (deviations is not None) == variational
        if deviations is not None:
            expected = model.network.encode(images).log_variance
            assert expected is not None
            torch.testing.assert_close(deviations.log() * 2, expected.detach())


def test_tables_show_means_over_trainings_beside_the_thesis(rows: list[dict[str, Any]]) -> None:
    distances, samples, codes = tables(rows)
    assert distances.name == "table_4.1_fashion-mnist"
    text = distances.markdown()
    assert (
        "| gmm-dae | 12.00 ± 2.00 (2) | 10.00 ± 1.00 (2) | 5.00 ± 0.00 (2) | 7.00 ± 0.00 (2) "
        "| 2.00 ± 1.00 (2) | prior | 33.70 / 26.62 / 19.56 / 29.17 |" in text
    )
    assert "| two-stage-vae | 20.00 (1) | – | 5.00 (1) | 7.00 (1) | – | prior | 46.47 / – /" in text
    assert "Fréchet distance (net), lower is better" in text
    assert "Thesis: FID by Inception-v3 at full scale" in text
    assert "90 training images, 3 epoch(s)" in text
    assert "| gmm-dae | 2.000 ± 0.000 (2) | 0.500 ± 0.000 (2) | 0.250" in samples.markdown()
    assert "| 10.00 ± 0.00 (2) | 2.00 ± 0.00 (2) | 2.00 ± 0.00 (2) |" in codes.markdown()


def test_other_measurements_have_tables_and_figures_of_their_own(
    rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    rows.append({**rows[0], "measurement": "other"})
    names = [table.name for table in tables(rows)]
    assert len(set(names)) == 6
    assert "table_4.1_fashion-mnist_other" in names
    assert set(figures(rows, tmp_path)) == {
        "distances_fashion-mnist_m.png",
        "distances_fashion-mnist_other.png",
    }


def test_no_rows_make_no_tables(tmp_path: Path) -> None:
    assert tables([]) == []
    assert figures([], tmp_path) == {}


def test_long_names_do_not_run_into_their_neighbours() -> None:
    shown = {"test": torch.zeros(3, 6, 1, 32, 32, dtype=torch.uint8)}
    names = ("gmm-dae-thesis-without-covariance", "gmm-dae-without-covariance")
    figure = pictures_figure(dict.fromkeys(names, shown), "mnist")
    figure.draw_without_rendering()
    labels = [axes.yaxis.label for axes in figure.axes if axes.get_ylabel()]
    places = [label.get_window_extent() for label in labels]
    assert len(places) == 1 + len(names)
    assert all(a.y0 > b.y1 for a, b in itertools.pairwise(places))


def test_pictures_are_drawn_where_measurements_left_them(
    rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / rows[0]["folder"]
    folder.mkdir(parents=True)
    kinds = ("test", "prior", "reconstruction")
    pictures = {kind: torch.zeros(3, 6, 3, 8, 8, dtype=torch.uint8) for kind in kinds}
    save_file(pictures, folder / "pictures.safetensors")
    drawn = figures(rows, tmp_path)
    assert drawn.keys() == {"distances_fashion-mnist.png", "pictures_fashion-mnist.png"}
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())


def test_only_finished_measurements_are_collected_in_order(
    rows: list[dict[str, Any]], tmp_path: Path, experiment: Experiment
) -> None:
    for row in reversed(rows):
        folder = tmp_path / row["folder"]
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps(row))
    log = log_path(tmp_path, rows[1]["folder"], ".jsonl")
    log.parent.mkdir()
    log.write_text('{"started": "now", "commit": "abc"}\n{"code": 1, "seconds": 2}\n')
    found = collect(tmp_path, experiment.study.variants)
    assert [(row["variant"], row["seed"]) for row in found] == [
        ("gmm-dae", 0),
        ("two-stage-vae", 0),
    ]


def test_a_folder_with_other_trainings_is_refused(
    tmp_path: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("images_study.running.load_images", lambda *_, **__: None)
    monkeypatch.setattr("images_study.running.plan", lambda *_: [])

    def call(*arguments: str) -> int:
        given = ["--out", str(tmp_path), *arguments]
        options = build_parser("", experiment.study).parse_args(given)
        study = configure(experiment.study, experiment.study, options)
        return run(experiment, study, options, given)

    assert call("--epochs", "3") == 0
    assert json.loads((tmp_path / "environment.json").read_text())["cores"] >= 1
    with pytest.raises(ConfigurationError, match=r"have epochs 3.0, not 100.0: give another --out"):
        call()
    assert call("--only", "tables") == 0  # needs no settings
    assert (tmp_path / "results.jsonl").read_text() == ""
