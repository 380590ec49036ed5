"""The experiments of robustness: settings, tables and figures without training, and small runs."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
from images_study.command import main
from images_study.experiment import Experiment
from images_study.options import build_parser, configure
from images_study.running import plan
from images_study.settings import Study, TrainingSettings, Variant
from images_study.training import image_run
from robust_study import classifier_report, cost, figures, measuring, sensitivity, tables
from robust_study.settings import RobustMeasuring
from robust_study.thesis import COUPLING, DECODER, ROBUSTNESS, published
from safetensors.torch import save_file

from latentbo.errors import ConfigurationError
from latentbo.images.data import ImageData
from latentbo.images.models import (
    ImageAutoencoder,
    ImageNetworkConfig,
    TrainedImageModel,
)
from latentbo.images.training import image_method
from latentbo.models import save_model
from latentbo.priors import GaussianMixturePrior

SCRIPTS = Path(__file__).parents[2] / "experiments"
GOALS = ("latent", "damage")


@pytest.fixture(scope="module")
def experiments() -> dict[str, Experiment]:
    names = ("robustness", "robust_ablation", "robust_sensitivity", "robust_classifier")
    return {name: runpy.run_path(str(SCRIPTS / f"{name}.py"))["EXPERIMENT"] for name in names}


def study_of(experiment: Experiment, *arguments: str) -> Study:
    parser = build_parser("", experiment.study, experiment.flags, experiment.options)
    options = parser.parse_args(["--out", "x", *arguments])
    chosen = experiment.smoke if options.smoke else experiment.study
    return configure(chosen, experiment.study, options)


def data_of(name: str, channels: int = 1, number: int = 24) -> ImageData:
    generator = torch.Generator().manual_seed(0)
    shape = (number, channels, 32, 32)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    return ImageData(images, torch.arange(number) % 3, name, "here", "train", number, False)


def make_row(variant: str, seed: int, shift: float, dataset: str = "mnist") -> dict[str, Any]:
    """Two trials, whose measures are `shift` and a tenth more, at two bounds."""
    measures = {
        **{"losses": [shift, shift + 0.1], "relative_losses": [None, 0.5]},
        **{"similarities": [shift, shift + 0.2], "input_similarities": [0.9, 0.9]},
        **{"decoder_similarities": [0.4, 0.6], "distances": [3.0, 5.0]},
        **{"other_similarities": [0.25, 0.75], "kept": [0.25, 0.75]},
    }
    attacks = dict.fromkeys(("strongest", "l-bfgs-b", "projected-gradient"), measures)
    return {
        **{"dataset": dataset, "measurement": "m", "variant": variant, "seed": seed},
        **{"features": "net", "resize": "none", "distance": "Fréchet distance (net)"},
        **{"reference": "50 test images", "num_test": 50, "num_training": 90},
        **{"num_samples": 50, "draws": 2, "interpolation_kind": "linear", "ks_codes": 50},
        "training": {"network": "by-dataset", "width": None, "epochs": 3.0, "preset": "text"},
        **{"prior": {"frechet": 10.0, "values": [9.0, 11.0]}, "mixture": None, "gap": None},
        **{"reconstruction": {"frechet": 5.0}, "interpolation": {"frechet": 6.0}},
        **{"lambdas": [1.0, 2.0], "attack_images": 4, "similarity": "thesis"},
        **{"attack_names": ["l-bfgs-b", "projected-gradient"], "network": "mlp"},
        **{"attack_steps": 20, "attack_restarts": 2, "newton_iterations": 30},
        **{"robust": {"strength": 0.95}, "components": 10},
        "clean": {"similarities": [0.8, 1.0]},
        "attacked": {goal: {"1": attacks, "2": attacks} for goal in GOALS},
        **{"step_milliseconds": 4.0 + seed, "step_ratio": 2.0},
        "folder": f"measure/m/{dataset}/{variant}/seed{seed}",
    }


def accuracy_row(variant: str, seed: int) -> dict[str, Any]:
    row = make_row(variant, seed, 0.5, "fashion-mnist")
    shares = {name: [0.25, 0.75] for name in ("strongest", "l-bfgs-b", "projected-gradient")}
    return {
        **row,
        **{"test_accuracy": 0.8 + 0.1 * seed, "lambdas": [1.0]},
        **{"clean": {"accuracy": [0.5, 1.0]}, "attacked": {"1": shares}},
        "as_target": {"1": {**shares, "strongest": [0.0, 0.5]}},
        "classifier": {"width": 100, "epochs": 25, "learning_rate": 0.01},
    }


def test_the_networks_are_those_published_and_avae_has_one_kind_only(
    experiments: dict[str, Experiment],
) -> None:
    study = study_of(experiments["robustness"], "--dataset", "mnist,celeba")
    assert study.training.sizes("fashion-mnist") == (200, 10, 10)
    assert study.training.sizes("svhn") == (128, 100, 10)
    assert set(study.trained_on("mnist")) == set(study.variants)
    assert set(study.variants) - set(study.trained_on("svhn")) == {"avae"}
    names = [job.name for job in plan(study, ("run",))]
    assert "train/mnist/avae/seed0" in names
    assert "train/celeba/avae/seed0" not in names
    assert "train/celeba/coupled/seed0" in names
    kinds = {}
    for name, channels in (("mnist", 1), ("svhn", 3)):
        settings = TrainingSettings(network="by-dataset", width=2)
        data = data_of(name, channels)
        run = image_run(Path("x"), data, Variant("coupled"), settings, 0, "cpu")
        robust = run.config.robust
        assert robust is not None
        kinds[name] = (run.network.kind, robust.strength, robust.epsilon)
    assert kinds == {"mnist": ("mlp", 0.95, 0.1), "svhn": ("convolutional", 0.92, 8 / 255)}


def test_options_reach_the_attack_and_name_the_measurement(
    experiments: dict[str, Experiment],
) -> None:
    arguments = ("--lambdas", "3,0.5", "--attack-images", "7", "--attacks", "projected-gradient")
    study = study_of(experiments["robustness"], *arguments, "--attack-steps", "9")
    settings = measuring.settings_of(study)
    config = settings.robustness()
    assert config.radii == (0.5, 3)
    assert (config.attacks, config.num_steps) == (("projected-gradient",), 9)
    assert settings.label.endswith("lambda-0.5-3-attacked-7x10-gradient-9x5-thesis")
    full = RobustMeasuring()
    assert (full.lambdas, full.attack_images, full.trials) == ((1, 3, 5), 100, 10)
    assert full.robustness().attacks == ("l-bfgs-b", "projected-gradient")
    assert measuring.settings_of(study_of(experiments["robust_classifier"])).lambdas == (1,)


def test_the_noise_on_codes_is_the_presets(experiments: dict[str, Experiment]) -> None:
    for preset, noise in (("text", 1.0), ("code", 0.1)):
        study = study_of(experiments["robustness"], "--preset", preset)
        found = {n: study.training.method(v).latent_noise for n, v in study.variants.items()}
        assert found["coupled-thesis"] == noise
        assert found["coupled"] == found["gmm-dae"] == found["vae"] == 0


@pytest.mark.parametrize("wrong", [["--lambdas", "1,1"], ["--lambdas", "0"], ["--trials", "0"]])
def test_wrong_options_are_named(
    wrong: list[str], experiments: dict[str, Experiment], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        study_of(experiments["robustness"], *wrong)
    assert wrong[0] in capsys.readouterr().err


def test_sweeps_change_components_and_coupling(experiments: dict[str, Experiment]) -> None:
    study = experiments["robust_sensitivity"].study
    found = {}
    for name, variant in study.variants.items():
        run = image_run(Path("x"), data_of("mnist"), variant, study.training, 0, "cpu")
        assert run.config.robust is not None
        found[name] = (run.prior.num_components, run.config.robust.strength)
    assert found == {
        "coupled": (10, 0.95),
        **{f"components-{n}": (n, 0.95) for n in (1, 5, 15, 20, 25)},
        **{f"alpha-{a:g}": (10, a) for a in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)},
    }
    with pytest.raises(ConfigurationError, match="--dataset svhn: these tables are of grey"):
        sensitivity.check(study_of(experiments["robust_sensitivity"], "--dataset", "svhn"))


def test_every_variant_is_a_method(experiments: dict[str, Experiment]) -> None:
    for experiment in experiments.values():
        for variant in experiment.study.variants.values():
            assert image_method(variant.method).description


def test_reported_values_are_read_by_group_and_bound() -> None:
    ours = ROBUSTNESS["fashion-mnist"]["coupled"]
    assert [published(ours, group, 3.0) for group in range(4)] == [0.26, 0.91, 0.77, 0.92]
    assert published(ours, 0, 2.0) is None
    assert ours[-1] == 64.89
    assert DECODER["mnist"]["vae"] == (0.71, 0.42, 0.24, 0.66, 0.35, 0.31, 0.94)
    assert all(len(row) == 13 for found in ROBUSTNESS.values() for row in found.values())
    assert COUPLING["1"][-1] == 41.86


def test_tables_show_means_and_deviations_over_trials_beside_the_thesis() -> None:
    rows = [make_row("vae", 0, 0.5), make_row("vae", 1, 0.7), make_row("coupled", 0, 0.1)]
    found = {table.name: table for table in tables.tables(rows)}
    text = found["table_5.1_mnist"].markdown()
    # Trials 0.5, 0.7, 0.7, 0.9.
    outcome, inputs = "0.70 ± 0.16 (4)", "0.90 ± 0.00 (4)"
    cells = f"| {outcome} | {outcome} | {inputs} | {inputs} "
    assert f"| vae {cells}{cells}| 10.00 ± 1.15 (4) |" in text
    assert "| Ours, thesis | 0.38 | – | 0.95 | – | 0.92 | – | 0.98 | – | 39.37 |" in text
    assert "latent: (t, r(x')) ↓, λ 1 | latent: (t, r(x')) ↓, λ 2 | latent: (x, x'), λ 1" in text
    assert "Network mlp of width as published, 90 training images, 3 epoch(s)" in text
    assert "(their number, over 2 trainings), 4 test images each" in text
    assert "mean,standard_deviation,trials" in found["table_5.1_mnist"].csv()
    text = found["table_5.2_mnist"].markdown()
    assert "| coupled | 0.90 ± 0.14 (2) | 0.50 ± 0.14 (2) |" in text
    assert "| VAE, thesis | 0.94 | 0.71 | – | 0.66 | – |" in text
    text = found["figure_5.6_mnist"].markdown()
    assert "| coupled | 0.15 ± 0.07 (2) | 0.15 ± 0.07 (2) | 0.50 (1) | 0.50 (1) |" in text
    assert "| vae | 4.00 ± 1.15 (4) |" in found["figure_5.7_mnist"].markdown()
    text = found["attacks_mnist"].markdown()
    assert "| coupled, projected-gradient | 0.15 ± 0.07 (2) |" in text
    assert text.count("| 50 | 50 |") == 4
    assert "| vae | 0.50 ± 0.29 (4) |" in found["similarity_standard_mnist"].markdown()
    assert "| vae | 4.50 ± 0.71 (2) | 2.00 ± 0.00 (2) |" in found["cost_mnist"].markdown()


def test_colour_images_have_the_decoders_other_table_and_mnists_part_is_told() -> None:
    names = [table.name for table in tables.tables([make_row("vae", 0, 0.5, "svhn")])]
    assert "table_5.3_svhn" in names
    (text, *_) = [
        table.markdown() for table in tables.tables([make_row("vae", 0, 0, "mnist-5000")])
    ]
    assert "| VAE, thesis | 0.55 |" in text
    assert "here it is a part of 5,000 images" in text


def test_the_ablation_has_outcomes_alone() -> None:
    first, *_ = tables.ablation_tables([make_row("augmented", 0, 0.5)])
    text = first.markdown()
    assert first.name == "table_5.4_mnist"
    assert "| GMM-DAE, thesis | 0.54 | – | 0.75 | – | 38.89 |" in text
    assert "x, x')" not in text
    (first, *_) = tables.ablation_tables([make_row("augmented", 0, 0.5, "fashion-mnist")])
    assert ", thesis |" not in first.markdown()


def test_sweeps_are_in_order_and_share_the_base() -> None:
    rows = [
        make_row("coupled", 0, 0.5),
        make_row("components-5", 0, 0.3) | {"components": 5},
        make_row("alpha-1", 0, 0.7) | {"robust": {"strength": 1.0}},
    ]
    components, couplings = (table.markdown() for table in sensitivity.tables(rows))
    assert components.index("| 5 | 0.40 ±") < components.index("| 10 | 0.60 ±")
    assert couplings.index("| 0.95 | 0.60 ±") < couplings.index("| 1 | 0.80 ±")
    assert "| 25, thesis | 0.36 |" in components
    assert "| 0.1, thesis | 0.46 |" in couplings
    drawn = sensitivity.figures(rows, Path("x"))
    assert drawn.keys() == {"table_5.5_mnist.png", "table_5.6_mnist.png"}
    assert sensitivity.figures(rows[:1], Path("x")) == {}


def test_accuracies_are_in_percent_beside_the_thesis() -> None:
    (table,) = classifier_report.tables([accuracy_row("coupled", 0), accuracy_row("coupled", 1)])
    text = table.markdown()
    half = "50.00 ± 28.87 (4)"
    assert (
        f"| coupled | 85.00 ± 7.07 (2) | 75.00 ± 28.87 (4) | {half} | {half} | {half} "
        "| 25.00 ± 28.87 (4) |" in text
    )
    assert "| Ours, thesis | 85.96 | – | 78.86 | – | – | – |" in text
    drawn = classifier_report.figures([accuracy_row("coupled", 0)], Path("x"))
    assert drawn.keys() == {"table_5.7_fashion-mnist.png"}


def test_figures_are_drawn_from_rows_and_attacked_images_where_they_are(tmp_path: Path) -> None:
    rows = [make_row("vae", 0, 0.5), make_row("unheard-of", 0, 0.6)]
    folder = tmp_path / rows[0]["folder"]
    folder.mkdir(parents=True)
    shown = {
        "attack-latent": torch.zeros(2, 3, 5, 1, 8, 8, dtype=torch.uint8),
        "attack-damage": torch.zeros(2, 3, 4, 1, 8, 8, dtype=torch.uint8),
    }
    save_file(shown, folder / "pictures.safetensors")
    drawn = figures.attack_figures([*rows, make_row("vae", 0, 0.5, "svhn")], tmp_path)
    assert drawn.keys() == {
        *(f"figure_5.{number}_mnist.png" for number in (2, 4, 6, 7)),
        *(f"figure_5.{number}_svhn.png" for number in (6, 7)),
    }
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())


def test_no_rows_make_no_tables(tmp_path: Path) -> None:
    for module in (tables, sensitivity, classifier_report):
        assert module.tables([]) == []
    for drawing in (figures, sensitivity, classifier_report):
        assert drawing.figures([], tmp_path) == {}


def test_a_step_with_attacked_images_costs_more_than_a_plain_one(
    monkeypatch: pytest.MonkeyPatch, experiments: dict[str, Experiment]
) -> None:
    monkeypatch.setattr(cost, "load_images", lambda *_, **__: data_of("mnist", number=20))
    study = study_of(experiments["robustness"], "--width", "8")
    found = cost.step_costs(study, "mnist", "smooth-encoder", 0)
    assert found["step_ratio"] > 1
    assert found["step_milliseconds"] > found["plain_step_milliseconds"] > 0


def smoke_of(experiment: Experiment, out: Path) -> tuple[list[str], str]:
    """Return a small command line, and the folder of its one measurement."""
    given = ["--out", str(out), "--smoke", "--dataset", "mnist", "--attack-steps", "2"]
    given += ["--newton-iterations", "2", "--epochs", "1", "--width", "4"]
    study = study_of(experiment, *given[2:])
    (variant,) = study.variants
    return given, f"measure/{study.measuring.label}/mnist/{variant}/seed0"


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random images stand in for real ones, which take long to read."""
    for module in ("measuring", "classifier", "cost"):
        monkeypatch.setattr(f"robust_study.{module}.load_images", lambda *_, **__: data_of("mnist"))
    monkeypatch.setattr("images_study.training.load_images", lambda *_, **__: data_of("mnist"))


@pytest.mark.usefixtures("no_data")
def test_the_classifiers_jobs_leave_a_line_a_table_and_figures(
    tmp_path: Path, experiments: dict[str, Experiment]
) -> None:
    experiment = experiments["robust_classifier"]
    given, measured = smoke_of(experiment, tmp_path)
    for job in ("train/mnist/gmm-dae/seed0", measured):
        assert main(experiment, [*given, "--job", job]) == 0
    assert main(experiment, [*given, "--only", "tables"]) == 0
    (line,) = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    row = json.loads(line)
    assert (row["variant"], row["network"]) == ("gmm-dae", "mlp")
    assert len(row["attacked"]["1"]["strongest"]) == len(row["clean"]["accuracy"]) == 2
    assert 0 < row["training_accuracy"] <= 1
    assert (tmp_path / "table_5.7_mnist.csv").is_file()
    for name in ("table_5.7", "attacked"):
        assert (tmp_path / f"{name}_mnist.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("no_data")
def test_a_model_is_measured_under_attack_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, experiments: dict[str, Experiment]
) -> None:
    missing = ("attacked", "clean", "step_ratio", "lambdas", "robust")
    known = {k: v for k, v in make_row("augmented", 0, 0.5).items() if k not in missing}
    experiment = experiments["robust_ablation"]
    given, measured = smoke_of(experiment, tmp_path)
    generated = known | {"measurement": measured.split("/")[1]}
    monkeypatch.setattr("images_study.generation.measure", lambda *_: (generated, {}))
    monkeypatch.setattr("images_study.figures.figures", lambda *_: {})
    torch.manual_seed(0)
    model = TrainedImageModel(
        ImageAutoencoder(ImageNetworkConfig("mlp", 1, 32, 3, 4)),
        GaussianMixturePrior.standard_normal(3),
        {"settings": {"robust": {"objective": "augmented"}}},
    )
    save_model(model, tmp_path / "train" / "mnist" / "augmented" / "seed0")
    assert main(experiment, [*given, "--job", measured]) == 0
    assert main(experiment, [*given, "--only", "tables"]) == 0
    (line,) = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    row = json.loads(line)
    assert row["robust"] == {"objective": "augmented"}
    assert (row["lambdas"], row["components"]) == ([1, 3], 1)
    for goal in GOALS:
        for radius in ("1", "3"):
            found = row["attacked"][goal][radius]
            assert set(found) == {"l-bfgs-b", "projected-gradient", "strongest"}
            assert max(found["strongest"]["norms"]) <= float(radius)
            assert len(found["strongest"]["similarities"]) == 2
    assert len(row["clean"]["similarities"]) == 2
    assert row["step_ratio"] > 0
    text = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert "## mnist: similarity (MS-SSIM) under attack" in text
    for name in ("figure_5.2", "figure_5.4", "figure_5.6", "figure_5.7"):
        assert (tmp_path / f"{name}_mnist.png").is_file()
