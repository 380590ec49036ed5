"""Short trainings of strings, images, and networks that count."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from latentbo.counting.models import CounterConfig, CountGANConfig, StyleConfig
from latentbo.counting.training import (
    CounterTraining,
    CountRun,
    CountTrainingConfig,
    StyleTrainingConfig,
    train_counter,
)
from latentbo.images.metrics import ClassifierConfig
from latentbo.images.models import ImageNetworkConfig
from latentbo.images.training import (
    ClassifierTraining,
    ImageRun,
    ImageTrainingConfig,
    SecondStageConfig,
    image_method,
    train_classifier,
    train_second_stage,
)
from latentbo.train import main
from yardstick_parts.commands import run_main
from yardstick_parts.inputs import EXPRESSIONS, MOLECULES, bars, counted_squares, write_lines
from yardstick_parts.stored import training_record

Job = Callable[[Path], dict[str, Any]]

SMALL = ("--latent-size", 6, "--decoder-width", 10)
NARROW = ("--encoder-width", 8, "--decoder-layers", 1, "--min-count", 1)
SHORT = (
    *("--epochs", 2, "--batch-size", 32, "--held-out", 24, "--log-every", 1),
    *("--device", "cpu", "--threads", 1, "--quiet"),
)
# Representation of molecules -> maximum tokens per string, and number of tokens with merges.
REPRESENTATIONS = {
    "selfies": (32, 40),
    "characters": (32, 40),
    "smiles": (32, 40),
    "grammar": (120, 100),
}
LOOP: dict[str, Any] = {"log_every": 1, "checkpoint_minutes": 1e9}
NAMES = ("full", "hollow")
IMAGE_METHODS = ("gmm-dae", "vae", "coupled")


def _strings(task: str, *options: Any) -> Job:
    lines = MOLECULES if task == "molecules" else EXPRESSIONS

    def job(folder: Path) -> dict[str, Any]:
        data = write_lines(folder / "data.txt", lines)
        given = (task, "--data", data, "--out", folder / "run", *options, *SMALL, *SHORT)
        run_main(main, *given)
        return training_record(folder / "run")

    return job


def _representations() -> dict[str, Job]:
    jobs = {}
    for name, (length, size) in REPRESENTATIONS.items():
        options = ("--representation", name, "--max-length", length, *NARROW)
        jobs[name] = _strings("molecules", *options)
        jobs[f"{name}-merged"] = _strings("molecules", *options, "--vocabulary-size", size)
    return jobs


def _image(name: str) -> Job:
    def job(folder: Path) -> dict[str, Any]:
        images, _ = bars()
        method = image_method(name)
        trained = method.training(images[0].numel(), images.shape[1])
        config = ImageTrainingConfig(epochs=3, batch_size=20, **LOOP, **trained)
        variational = config.regularizer_config.requires_variance
        network = ImageNetworkConfig(size=16, width=2, num_dimensions=3, variational=variational)
        run = ImageRun(folder / "run", config, network, method.prior(3, 3, 3.0))
        run.train(images[:100], images[100:])
        return training_record(folder / "run")

    return job


def _classifier(folder: Path) -> dict[str, Any]:
    images, labels = bars()
    sizes = ClassifierConfig(size=16, num_classes=2, width=4, num_features=8)
    config = ClassifierTraining(epochs=3, batch_size=20, warmup_steps=0, **LOOP)
    training, rest = (images[:100], labels[:100]), (images[100:], labels[100:])
    train_classifier(folder / "run", sizes, config, training, rest)
    return training_record(folder / "run")


def _second_stage(folder: Path) -> dict[str, Any]:
    codes = bars()[0].flatten(1).float()[:, :64:5] / 255
    config = SecondStageConfig(epochs=3, batch_size=20, width=8, num_layers=2, log_every=1)
    train_second_stage(codes, folder / "run", config)
    return training_record(folder / "run")


def _parts(data: tuple[Tensor, Tensor]) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    images, counts = data
    return (images[:256], counts[:256]), (images[256:], counts[256:])


def _counter(folder: Path) -> dict[str, Any]:
    sizes = CounterConfig(1, 16, 2, width=8, dropout=0.1)
    config = CounterTraining(epochs=2, batch_size=32, warmup_steps=0, **LOOP)
    train_counter(folder / "run", sizes, config, *_parts(counted_squares()), NAMES)
    return training_record(folder / "run")


def _gan(method: str) -> Job:
    sizes = CountGANConfig(
        method, size=16, num_classes=2, noise_dimensions=4, width=8, growth=4, discriminator_width=4
    )
    config = CountTrainingConfig(epochs=2, batch_size=64, average_decay=0.5, **LOOP)

    def job(folder: Path) -> dict[str, Any]:
        CountRun(folder / "run", config, sizes, NAMES).train(*_parts(counted_squares()))
        return training_record(folder / "run")

    return job


def _style_gan(folder: Path) -> dict[str, Any]:
    narrow: dict[str, Any] = {
        "style_dimensions": 6,
        "mapping_layers": 2,
        "width": 4,
        "max_width": 4,
    }
    sizes = StyleConfig(channels=1, size=8, num_classes=2, noise_dimensions=4, **narrow)
    config = StyleTrainingConfig(
        epochs=2, batch_size=32, r1_every=3, path_every=2, average_decay=0.5, **LOOP
    )
    config = replace(config, augmentations=("shrink", "brightness"), augment_start=0.5)
    images, counts = counted_squares()
    CountRun(folder / "run", config, sizes, NAMES).train(
        *_parts((images[:, :, ::2, ::2].contiguous(), counts))
    )
    return training_record(folder / "run")


#: Name -> function that trains in an empty folder and returns the record.
STRINGS: dict[str, Job] = {
    **_representations(),
    "expressions": _strings("expressions", *NARROW),
    "expressions-gvae": _strings("expressions", "--method", "gvae"),
    "robust": _strings("molecules", "--robust", "coupled", *NARROW),
}
IMAGES: dict[str, Job] = {
    **{name: _image(name) for name in IMAGE_METHODS},
    "classifier": _classifier,
    "second-stage": _second_stage,
}
COUNTING: dict[str, Job] = {
    "counter": _counter,
    "mc2": _gan("mc2"),
    "acgan": _gan("acgan"),
    "stylegan2": _style_gan,
}
