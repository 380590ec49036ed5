r"""Train a small classifier whose features judge generated images, as Inception's do for FID.

    python experiments/feature_classifier.py --dataset fashion-mnist --out runs/classifier [--smoke]

Writes `classifier.safetensors` (give its path to an image experiment: `--features classifier
--feature-weights runs/classifier/classifier.safetensors`), `confusion.png` and `result.json` (the
share of test images that it gets right), beside settings, log and checkpoint of the training. The
same command goes on where it was stopped. Distances by these features are no FID, and can be
compared only if the weights are the same: their hash is printed with each number.

Duration: about 4 minutes on one core for the 60,000 images of Fashion-MNIST. Expected: nine of ten
test images of Fashion-MNIST are right. --smoke: seconds, and shows nothing.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from study.options import study_parser
from study.running import run_study
from torch import Tensor

from latentbo.command_line import at_least, device_option
from latentbo.errors import ConfigurationError
from latentbo.images.data import IMAGE_DATASETS, ImageData, load_images
from latentbo.images.metrics import (
    ClassifierConfig,
    ImageClassifier,
    confusion_counts,
    confusion_figure,
    save_classifier,
)
from latentbo.images.training import ClassifierTraining, predict, train_classifier
from latentbo.training.display import TrainingDisplay

# One part in so many of the training images validates.
VALIDATION_PART = 12


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__ or "", smoke="600 images, ten epochs, four channels")
    add, number = parser.add_argument, at_least(1)
    add("--dataset", choices=tuple(IMAGE_DATASETS), default="fashion-mnist")
    add("--epochs", type=at_least(0, float, exclusive=True), help="default 6")
    add("--limit", type=at_least(100), metavar="N", help="training images, validation included")
    add("--width", type=number, help="channels of the first convolution (default 32)")
    add("--seed", type=at_least(0), default=0)
    add("--device", default="cpu", help="cpu, cuda, cuda:N (default: cpu)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    if options.smoke:
        options.epochs = options.epochs or 10.0
        options.limit, options.width = options.limit or 600, options.width or 4
    return run_study(lambda: run(options))


def run(options: argparse.Namespace) -> None:
    """Train, test, and write the files."""
    device = device_option(options.device)
    data = load_images(options.dataset, "train", limit=options.limit)
    test = load_images(options.dataset, "test")
    if data.labels is None or test.labels is None:
        raise ConfigurationError(
            f"{options.dataset} has no classes: choose a data set that has, or another feature "
            f"network"
        )
    sizes = ClassifierConfig(
        data.images.shape[1],
        data.images.shape[2],
        int(max(data.labels.max(), test.labels.max())) + 1,
        options.width or ClassifierConfig.width,
    )
    config = ClassifierTraining(
        epochs=options.epochs or ClassifierTraining.epochs, seed=options.seed
    )
    with TrainingDisplay() as display:
        network = train_classifier(
            options.out, sizes, config, *split(data), device=device, show=display.show
        )
    finish(options.out, network, data, test, config)


def split(data: ImageData) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return shuffled images and labels for training and for validation."""
    assert data.labels is not None
    order = torch.randperm(len(data.images), generator=torch.Generator().manual_seed(0))
    images, labels = data.images[order], data.labels[order].long()
    number = max(1, len(order) // VALIDATION_PART)
    return (images[number:], labels[number:]), (images[:number], labels[:number])


def finish(
    out: Path,
    network: ImageClassifier,
    data: ImageData,
    test: ImageData,
    config: ClassifierTraining,
) -> None:
    """Test the classifier and write its files."""
    assert test.labels is not None
    told = predict(network, test.images)
    accuracy = float((told == test.labels).float().mean())
    result = {
        **{"dataset": data.name, "images": len(data.images), "test_images": len(test.images)},
        **{"accuracy": accuracy, "settings": asdict(config)},
    }
    save_classifier(network, out / "classifier.safetensors", result)
    number = network.config.num_classes
    counts = confusion_counts(told, test.labels, number, number)
    match = [(each, each) for each in range(number)]
    title = f"The classifier of {data.name}"
    figure = confusion_figure(counts, match, test.class_names, title, "number of the told class")
    (out / "confusion.png").write_bytes(figure)
    (out / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{accuracy:.1%} of {len(test.images)} test images right; {out}/classifier.safetensors")


if __name__ == "__main__":
    sys.exit(main())
