"""One measurement of clustering: do the prior's components find the classes? (table 4.2)."""

from dataclasses import asdict
from math import dist
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from images_study.experiment import Row
from images_study.generation import NUM_NEIGHBOURS, SUBSET_SIZE, make_network
from images_study.settings import MeasuringSettings, Study
from images_study.training import split_images
from latentbo.errors import ConfigurationError
from latentbo.images.data import IMAGE_DATASETS, load_images
from latentbo.images.metrics import (
    MeasurementConfig,
    clustering_accuracy,
    confusion_counts,
    distance_name,
    mean_average_precision,
    measure_generator,
    normalized_mutual_information,
)
from latentbo.images.metrics.optional import import_optional
from latentbo.images.models import TrainedImageModel, as_float
from latentbo.models import load_model

# k-means is fitted to so many training images at most, from so many starts.
KMEANS_IMAGES, KMEANS_STARTS = 10_000, 4
# Pictures of each component: figure 4.7.
NUM_SHOWN = 10


def check_classes(study: Study) -> None:
    """Refuse data sets whose images have no classes.

    Raises:
        ConfigurationError: If there is one.
    """
    for dataset in study.datasets:
        if IMAGE_DATASETS[dataset].classes is None:
            raise ConfigurationError(
                f"--dataset {dataset}: its images have no classes to compare with; give another"
            )


def measure(
    study: Study, out: Path, dataset: str, name: str, seed: int
) -> tuple[Row, dict[str, Tensor]]:
    """Measure the clusters of a trained variant, and the images that its prior gives.

    The cluster of a test image is the component of the prior that is most probable given its code.

    Args:
        study: The study.
        out: Its folder; the model is in `train/<dataset>/<name>/seed<seed>`.
        dataset: Name of the data set.
        name: Of the variant.
        seed: Of the training, of k-means and of all draws.

    Returns:
        The line of `results.jsonl`, and pictures of components (`K x m x c x h x w`, uint8).
    """
    settings, variant = study.measuring, study.variants[name]
    folder = out / "train" / dataset / name / f"seed{seed}"
    model = load_model(folder, device=study.device, kind=TrainedImageModel)
    data, training, _ = split_images(dataset, study.training.limit)
    test = load_images(dataset, "test", limit=settings.test_limit)
    assert test.labels is not None
    codes = model.encode(test.images)
    learned = training[:KMEANS_IMAGES]
    number, classes = model.prior.num_components, IMAGE_DATASETS[dataset].classes
    pixels = (as_float(learned).flatten(1), as_float(test.images).flatten(1))
    row: Row = {
        **{"dataset": dataset, "variant": name, "method": variant.method, "seed": seed},
        **{"measurement": settings.label, "complete": data.complete},
        **{"num_test": len(test.images), "num_training": len(training)},
        **{
            "class_names": test.class_names,
            "components": number,
            "scale": study.training.scale(variant),
        },
        **{"mode_distance": least_distance(model.prior.means), "training": asdict(study.training)},
        **_by_responsibilities(model, codes, test.labels, classes),
        **{"kmeans_images": len(learned), "kmeans_starts": KMEANS_STARTS},
        "kmeans_codes": _by_kmeans(model.encode(learned), codes, test.labels, number, seed),
        "kmeans_pixels": _by_kmeans(*pixels, test.labels, number, seed),
    }
    return row | _samples(study, model, test.images, dataset, seed), _pictures(model, seed)


def least_distance(means: Tensor) -> float | None:
    """Return the least distance of two of the prior's `K x d` means; None for a single one."""
    points = means.double().tolist()
    pairs = [dist(one, other) for place, one in enumerate(points) for other in points[:place]]
    return min(pairs, default=None)


def _by_responsibilities(
    model: TrainedImageModel, codes: Tensor, labels: Tensor, num_classes: int | None
) -> Row:
    # In double precision: far from all means, the responsibilities of the others underflow, and
    # only what is left of them ranks the images.
    shares = model.prior.to(dtype=torch.float64).responsibilities(codes.double())
    clusters = shares.argmax(1)
    match = clustering_accuracy(clusters, labels, shares.shape[1], num_classes)
    return {
        "accuracy": match.accuracy,
        "nmi": normalized_mutual_information(clusters, labels),
        "map": mean_average_precision(shares, labels, match.matching),
        "counts": confusion_counts(clusters, labels, shares.shape[1], num_classes).tolist(),
        "matching": match.matching,
    }


def _by_kmeans(learned: Tensor, tested: Tensor, labels: Tensor, number: int, seed: int) -> Row:
    """Fit k-means to vectors of training images, and cluster those of the test images."""
    cluster = import_optional("sklearn.cluster", "scikit-learn", "k-means")
    fit = cluster.KMeans(number, n_init=KMEANS_STARTS, random_state=seed).fit(learned.numpy())
    clusters = torch.from_numpy(fit.predict(tested.numpy())).long()
    return {
        "accuracy": clustering_accuracy(clusters, labels).accuracy,
        "nmi": normalized_mutual_information(clusters, labels),
    }


def _samples(
    study: Study, model: TrainedImageModel, test: Tensor, dataset: str, seed: int
) -> dict[str, Any]:
    """Fréchet distance of the prior's images: what the separation of the modes may cost."""
    settings = study.measuring
    network = make_network(settings, study.device)
    config = _config(settings, len(test), seed)
    reference = f"{len(test)} test images of {dataset}"
    real = network.features(as_float(test))
    quality = measure_generator(model.sample, real, network, reference, config)
    return {
        **{"features": network.name, "resize": network.resize, "reference": reference},
        **{"distance": distance_name(network), "num_samples": settings.num_samples},
        **{"draws": settings.draws, "frechet": quality.frechet_distance.mean},
        "values": list(quality.frechet_distance.values),
    }


def _config(settings: MeasuringSettings, num_test: int, seed: int) -> MeasurementConfig:
    size = min(SUBSET_SIZE, settings.num_samples, num_test)
    return MeasurementConfig(
        settings.num_samples, settings.draws, seed, settings.num_subsets, size, NUM_NEIGHBOURS
    )


def _pictures(model: TrainedImageModel, seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    rows = [
        model.sample(NUM_SHOWN, generator, component=number)
        for number in range(model.prior.num_components)
    ]
    return {"components": (torch.stack(rows) * 255).round().to(torch.uint8)}
