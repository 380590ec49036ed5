"""One training of a study: from images to a model's folder."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from images_study.settings import TrainingSettings, Variant
from latentbo.images.data import ImageData, load_images
from latentbo.images.models import (
    ImageNetworkConfig,
    TrainedImageModel,
    as_float,
)
from latentbo.images.training import (
    ImageRun,
    ImageTrainingConfig,
    SecondStage,
    SecondStageConfig,
    train_second_stage,
)
from latentbo.models import load_model
from latentbo.regularizers import RegularizerConfig

#: Written last by the training of a second stage.
SECOND_STAGE_FILE = "second_stage.json"
# One part in so many of the training images is for the learning rate's schedule: 5,000 of 60,000.
VALIDATION_PART = 12
IMAGES_AT_ONCE = 500


def split_images(dataset: str, limit: int | None) -> tuple[ImageData, Tensor, Tensor]:
    """Load training images; the last twelfth validates.

    Images in the order of their classes are shuffled first, always alike: the last would be of one.

    Returns:
        The data, and its images for training and for validation (`n x c x h x w`, uint8).
    """
    data = load_images(dataset, "train", limit=limit)
    images = data.images
    if data.labels is not None and bool((data.labels.diff() >= 0).all()):
        images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))]
    validated = max(1, len(images) // VALIDATION_PART)
    return data, images[:-validated], images[-validated:]


def image_run(
    folder: Path,
    data: ImageData,
    variant: Variant,
    settings: TrainingSettings,
    seed: int,
    device: str,
) -> ImageRun:
    """Return the training run of a variant on a data set."""
    method = settings.method(variant)
    width, num_dimensions, num_components = settings.sizes(data.name)
    trained = method.training(data.images[0].numel(), data.images.shape[1])
    if variant.robust:
        trained["robust"] = replace(trained["robust"], **variant.robust)
    config = ImageTrainingConfig(
        epochs=settings.epochs, seed=seed, **settings.loop(data.name), **trained
    )
    regularizer = RegularizerConfig(method.regularizer, dict(method.term_weights))
    network = ImageNetworkConfig(
        settings.kind(data.name),
        channels=data.images.shape[1],
        size=data.images.shape[2],
        num_dimensions=num_dimensions,
        width=width,
        variational=regularizer.requires_variance,
        spectral_norm=method.spectral_norm,
    )
    prior = method.prior(
        num_dimensions, variant.components or num_components, settings.scale(variant)
    )
    told: dict[str, Any] = {"dataset": data.name, "images": len(data.images), "found": data.found}
    return ImageRun(folder, config, network, prior, device, told | {"variant": asdict(variant)})


def train_variant(
    folder: Path, dataset: str, variant: Variant, settings: TrainingSettings, seed: int, device: str
) -> None:
    """Train an autoencoder, or the second stage of one whose folder lies beside; both go on."""
    data, training, validation = split_images(dataset, settings.limit)
    if variant.first_stage is None:
        run = image_run(folder, data, variant, settings, seed, device)
        run.train(training, validation)
        return
    model = load_model(
        folder.parent.parent / variant.first_stage / folder.name, device, kind=TrainedImageModel
    )
    second_stage(folder, *posterior(model, training), settings, seed, device)
    done = {"first_stage": variant.first_stage, "codes": len(training)}
    (folder / SECOND_STAGE_FILE).write_text(json.dumps(done) + "\n", encoding="utf-8")


def second_stage(
    folder: Path,
    codes: Tensor,
    deviations: Tensor | None,
    settings: TrainingSettings,
    seed: int,
    device: str,
) -> SecondStage:
    """Train the second stage on codes for as many epochs as the first; or read a trained one."""
    config = SecondStageConfig(epochs=settings.epochs, seed=seed)
    return train_second_stage(codes, folder, config, deviations=deviations, device=device)


@torch.no_grad()
def posterior(model: TrainedImageModel, images: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return what the encoder says of images, on the CPU.

    Args:
        model: The model.
        images: `n x c x h x w`, uint8 or in [0, 1].

    Returns:
        Means and standard deviations of the codes, each `n x d`; no deviations for a
        deterministic encoder.
    """
    if not model.network.config.variational:
        return model.encode(images), None
    means, deviations = [], []
    for part in images.split(IMAGES_AT_ONCE):
        encoding = model.network.encode(as_float(part.to(model.device)))
        assert encoding.log_variance is not None
        means.append(encoding.mean.float().cpu())
        deviations.append((0.5 * encoding.log_variance).exp().float().cpu())
    return torch.cat(means), torch.cat(deviations)
