"""Two classes in two dimensions: do the codes find both modes of the prior? (figure 4.9)."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from images_study.clustering import check_classes
from images_study.experiment import Row
from images_study.settings import Study, TrainingSettings, Variant
from images_study.training import VALIDATION_PART, image_run
from latentbo.errors import ConfigurationError
from latentbo.images.data import ImageData, load_images
from latentbo.images.models import TrainedImageModel
from latentbo.models import load_model
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, RegularizerConfig, make_regularizer

#: The digits of figure 4.9; trousers and bags in Fashion-MNIST.
CLASSES = (1, 8)
#: Of the codes, and of the prior's components.
NUM_DIMENSIONS = 2
# Codes compared with the prior at a time: the distances' unit depends on their number.
CODES = 1000


def check(study: Study) -> None:
    """Refuse what is not of two dimensions and two components, and data without classes.

    Raises:
        ConfigurationError: If the study asks for it.
    """
    check_classes(study)
    settings = study.training
    for name in ("dimensions", "components"):
        if getattr(settings, name) != NUM_DIMENSIONS:
            raise ConfigurationError(
                f"--{name} {getattr(settings, name)}: --plane has two; leave the option out"
            )


def plane_prior(scale: float) -> GaussianMixturePrior:
    """Two unit Gaussians of equal weight, `scale` from the origin to both sides on the diagonal."""
    place = scale / 2**0.5
    return GaussianMixturePrior.spherical(torch.tensor([[place, place], [-place, -place]]))


def stages(epochs: float) -> dict[str, float]:
    """Return the trainings of a variant: their folder below the variant's -> epochs."""
    return {"first-epoch": 1.0, ".": epochs} if epochs > 1 else {".": epochs}


def two_classes(dataset: str, split: str, limit: int | None) -> tuple[ImageData, Tensor]:
    """Return the images of the two classes in random order, always the same, and their labels.

    Args:
        dataset: Name of the data set.
        split: `train` or `test`.
        limit: Most images; None: all.
    """
    data = load_images(dataset, split)
    assert data.labels is not None
    places = torch.isin(data.labels, torch.tensor(CLASSES)).nonzero()[:, 0]
    order = torch.randperm(len(places), generator=torch.Generator().manual_seed(0))
    chosen = places[order[:limit]]
    labels = data.labels[chosen]
    part = replace(data, images=data.images[chosen], labels=labels, complete=False)
    return part, labels


def train(
    folder: Path, dataset: str, variant: Variant, settings: TrainingSettings, seed: int, device: str
) -> None:
    """Train for one epoch, and for all; the first is a prefix of the second, step by step.

    Schedules look at past epochs alone and all randomness is a function of seed and step, so that
    two trainings show one at two times.
    """
    data, _ = two_classes(dataset, "train", settings.limit)
    validated = max(1, len(data.images) // VALIDATION_PART)
    for name, epochs in stages(settings.epochs).items():
        run = image_run(
            folder / name, data, variant, replace(settings, epochs=epochs), seed, device
        )
        run = replace(run, prior=plane_prior(settings.scale(variant)))
        run.train(data.images[:-validated], data.images[-validated:])


def measure(
    study: Study, out: Path, dataset: str, name: str, seed: int
) -> tuple[Row, dict[str, Tensor]]:
    """Measure how far the codes of test images are from the prior, after one epoch and all.

    Args:
        study: The study.
        out: Its folder; the models are in `train/<dataset>/<name>/seed<seed>`.
        dataset: Name of the data set.
        name: Of the variant.
        seed: Of the training.

    Returns:
        The line of `results.jsonl`, and the codes (`n x 2`) by stage with the labels (`n`).
    """
    settings, scale = study.training, study.training.scale(study.variants[name])
    data, _ = two_classes(dataset, "train", settings.limit)
    test, labels = two_classes(dataset, "test", study.measuring.test_limit)
    folder = out / "train" / dataset / name / f"seed{seed}"
    names = test.class_names or [str(number) for number in range(max(CLASSES) + 1)]
    tensors, found = {"labels": labels}, []
    validated = max(1, len(data.images) // VALIDATION_PART)
    for number, (place, epochs) in enumerate(stages(settings.epochs).items()):
        codes = load_model(folder / place, device=study.device, kind=TrainedImageModel).encode(
            test.images
        )
        tensors[f"codes{number}"] = codes
        found.append({"epochs": epochs, **_distances(codes, labels, plane_prior(scale), seed)})
    row: Row = {
        **{"dataset": dataset, "variant": name, "seed": seed},
        **{"method": study.variants[name].method, "measurement": study.measuring.label},
        **{"classes": list(CLASSES), "class_names": [names[number] for number in CLASSES]},
        **{"num_training": len(data.images) - validated, "num_test": len(test.images)},
        **{"means": plane_prior(scale).means.tolist(), "complete": False},
        **{"training": asdict(settings), "stages": found, "codes_at_once": _at_once(codes)},
    }
    return row, tensors


def _at_once(codes: Tensor) -> int:
    return min(CODES, len(codes))


def _distances(
    codes: Tensor, labels: Tensor, prior: GaussianMixturePrior, seed: int
) -> dict[str, Any]:
    """Return each term of `gmm-ks` in units of its mean for draws of the prior, and the modes.

    The sliced term is no part of the thesis's regularizers, so it judges them from outside.
    """
    regularizer = make_regularizer(RegularizerConfig("gmm-ks"), prior)
    generator = torch.Generator().manual_seed(seed)
    parts = [part for part in codes.split(_at_once(codes)) if len(part) == _at_once(codes)]
    terms = [regularizer(Encoding(part, part), generator) for part in parts]
    modes = prior.responsibilities(codes).argmax(1)
    return {
        **{name: sum(float(each[name]) for each in terms) / len(terms) for name in terms[0]},
        # Of all codes, and of those of each class, nearest to the first mode.
        "first_mode": float((modes == 0).double().mean()),
        "first_mode_of_classes": [
            float((modes[labels == number] == 0).double().mean()) for number in CLASSES
        ],
    }
