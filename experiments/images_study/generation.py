"""One measurement of image generation: the four columns of table 4.1, and what explains them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from images_study.settings import MeasuringSettings, Study
from images_study.training import posterior, second_stage, split_images
from latentbo.images.data import load_images
from latentbo.images.metrics import (
    FeatureNetwork,
    GeneratorQuality,
    MeasurementConfig,
    distance_name,
    efficientnet_lite0,
    feature_network,
    frechet_distance,
    measure_generator,
)
from latentbo.images.models import (
    TrainedImageModel,
    as_float,
    fit_density,
    interpolate,
)
from latentbo.models import load_model
from latentbo.regularizers import ks_distance, ks_expectation

Row = dict[str, Any]
#: The columns of table 4.1, and what they are called.
KINDS = {
    "prior": "samples",
    "mixture": "samples of a fitted mixture",
    "reconstruction": "reconstructions",
    "interpolation": "interpolations",
}
#: Rows and columns of each block of pictures.
SHOWN = (3, 6)
# Codes compared with the prior at a time: the distance's unit depends on their number.
KS_CODES = 1000
SUBSET_SIZE, NUM_NEIGHBOURS = 1000, 3


@dataclass(frozen=True)
class Sampler:
    """Codes to be decoded, and where they come from, in words."""

    source: str
    density: Any

    def draw(self, model: TrainedImageModel, n: int, generator: torch.Generator) -> Tensor:
        """Return n images, `n x c x h x w` in [0, 1]."""
        return model.decode(self.density.sample(n, generator))


def measure(
    study: Study, out: Path, dataset: str, name: str, seed: int
) -> tuple[Row, dict[str, Tensor]]:
    """Measure a trained variant.

    Args:
        study: The study.
        out: Its folder; the model is in `train/<dataset>/<name>/seed<seed>`.
        dataset: Name of the data set.
        name: Of the variant.
        seed: Of the training, and of all draws.

    Returns:
        The line of `results.jsonl`, and pictures by name (`r x m x c x h x w`, uint8).
    """
    settings, variant = study.measuring, study.variants[name]
    folder = out / "train" / dataset
    model = load_model(
        folder / (variant.first_stage or name) / f"seed{seed}",
        device=study.device,
        kind=TrainedImageModel,
    )
    data, training, _ = split_images(dataset, study.training.limit)
    test = load_images(dataset, "test", limit=settings.test_limit)
    samplers = _samplers(study, model, training, folder / name / f"seed{seed}", dataset, seed)
    network = make_network(settings, study.device)
    reference = f"{len(test.images)} test images of {dataset}"
    row: Row = {
        **{"dataset": dataset, "variant": name, "method": variant.method, "seed": seed},
        **{"measurement": settings.label, "features": network.name, "resize": network.resize},
        **{"distance": distance_name(network), "reference": reference},
        **{"num_test": len(test.images), "num_training": len(training)},
        **{"num_samples": settings.num_samples, "draws": settings.draws},
        **{"interpolation_kind": settings.interpolation, "complete": data.complete},
        "training": asdict(study.training),
        "sources": {kind: sampler.source for kind, sampler in samplers.items()},
    }
    row |= _distances(model, test.images, samplers, network, settings, seed, reference)
    row |= _codes(study, model, test.images, name, seed)
    return row, _pictures(model, test.images, samplers, settings, seed)


def make_network(settings: MeasuringSettings, device: str) -> FeatureNetwork:
    """Return the feature network of the settings."""
    weights = None if settings.feature_weights is None else Path(settings.feature_weights)
    if settings.feature_size is None:
        return feature_network(settings.features, weights, device)
    return efficientnet_lite0(weights, device, size=settings.feature_size)


def _samplers(
    study: Study,
    model: TrainedImageModel,
    training: Tensor,
    folder: Path,
    dataset: str,
    seed: int,
) -> dict[str, Sampler]:
    """The distribution that is sampled: the prior, or a Gaussian, or the second stage."""
    name = folder.parent.name
    variant = study.variants[name]
    means, deviations = posterior(model, training)
    if variant.first_stage is not None:
        stage = second_stage(folder, means, deviations, study.training, seed, study.device)
        return {"prior": Sampler("second stage", stage)}
    modes, scale = model.prior.num_components, study.training.scale(variant)
    own = Sampler(f"prior, {modes} modes at {scale:g}" if modes > 1 else "N(0, I)", model.prior)
    if not study.training.method(variant).has_prior:
        own = Sampler("fitted Gaussian", fit_density(means, 1))
    _, _, num_components = study.training.sizes(dataset)
    number = variant.components or num_components
    mixture = Sampler(f"fitted mixture of {number}", fit_density(means, number, seed))
    return {"prior": own, "mixture": mixture}


def _distances(
    model: TrainedImageModel,
    test: Tensor,
    samplers: dict[str, Sampler],
    network: FeatureNetwork,
    settings: MeasuringSettings,
    seed: int,
    reference: str,
) -> Row:
    real = network.features(as_float(test))
    size = min(SUBSET_SIZE, settings.num_samples, len(test))
    config = MeasurementConfig(
        settings.num_samples, settings.draws, seed, settings.num_subsets, size, NUM_NEIGHBOURS
    )
    codes = model.encode(test)

    def between(n: int, generator: torch.Generator) -> Tensor:
        return model.decode(_middles(codes, n, generator, settings.interpolation))

    found: Row = {"mixture": None, "subset_size": size, "num_subsets": settings.num_subsets}
    for kind, sampler in samplers.items():

        def draw(n: int, generator: torch.Generator, sampler: Sampler = sampler) -> Tensor:
            return sampler.draw(model, n, generator)

        found[kind] = _numbers(measure_generator(draw, real, network, reference, config))
    found["interpolation"] = _numbers(measure_generator(between, real, network, reference, config))
    # In parts, so that only features are kept.
    again = [network.features(model.decode(part)) for part in codes.split(network.batch_size)]
    found["reconstruction"] = {"frechet": frechet_distance(real, torch.cat(again))}
    gap = None
    if found["mixture"] is not None:
        gap = found["prior"]["frechet"] - found["mixture"]["frechet"]
    return found | {"gap": gap}


def _numbers(quality: GeneratorQuality) -> Row:
    frechet = quality.frechet_distance
    return {
        **{"frechet": frechet.mean, "standard_error": frechet.standard_error},
        "values": list(frechet.values),
        "kernel": quality.kernel_distance.mean,
        "precision": quality.precision.mean,
        "recall": quality.recall.mean,
    }


def _middles(codes: Tensor, n: int, generator: torch.Generator, kind: str) -> Tensor:
    """Return the codes half-way between n random pairs of different codes (`m x d`)."""
    first = torch.randint(len(codes), (n,), generator=generator)
    step = torch.randint(1, len(codes), (n,), generator=generator)
    second = (first + step) % len(codes)
    half = torch.tensor([0.5])
    return interpolate(codes[first], codes[second], half, kind == "spherical")[:, 0]


def _codes(study: Study, model: TrainedImageModel, test: Tensor, name: str, seed: int) -> Row:
    """Error of a reconstructed value, and distance of the test codes to the prior if there is one.

    A variational encoder's codes are draws: it is those that its training compares with the prior.
    """
    means, deviations = posterior(model, test)
    squares = 0.0
    for part, codes in zip(test.split(KS_CODES), means.split(KS_CODES), strict=True):
        squares += float((model.decode(codes) - as_float(part)).square().sum())
    found: Row = {"squared_error": squares / test.numel(), "ks": None, "ks_codes": None}
    if not study.training.method(study.variants[name]).has_prior:
        return found
    if deviations is not None:
        generator = torch.Generator().manual_seed(seed)
        means = means + deviations * torch.randn(means.shape, generator=generator)
    number = min(KS_CODES, len(means))
    parts = [part for part in means.split(number) if len(part) == number]
    distances = [float(ks_distance(part, model.prior)) for part in parts]
    mean = sum(distances) / len(distances) / ks_expectation(number)
    return found | {"ks": mean, "ks_codes": number}


def _pictures(
    model: TrainedImageModel,
    test: Tensor,
    samplers: dict[str, Sampler],
    settings: MeasuringSettings,
    seed: int,
) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    number = SHOWN[0] * SHOWN[1]
    shown = {kind: each.draw(model, number, generator) for kind, each in samplers.items()}
    # Some data sets are in the order of their classes.
    chosen = test[torch.linspace(0, len(test) - 1, number).long()]
    shown["test"] = as_float(chosen)
    codes = model.encode(chosen)
    shown["reconstruction"] = model.decode(codes)
    first, second = codes[: 2 * SHOWN[0]].unflatten(0, (-1, 2)).unbind(1)
    spherical = settings.interpolation == "spherical"
    ways = interpolate(first, second, torch.linspace(0, 1, SHOWN[1]), spherical)
    shown["interpolation"] = model.decode(ways.flatten(0, 1))
    return {
        kind: (images * 255).round().to(torch.uint8).unflatten(0, SHOWN).contiguous()
        for kind, images in shown.items()
    }
