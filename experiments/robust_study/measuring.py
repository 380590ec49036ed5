"""One measurement under attack: what tables 5.1 to 5.6 and figures 5.2 to 5.7 are made of."""

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from images_study import generation
from images_study.experiment import Row
from images_study.settings import Study
from torch import Tensor

from latentbo.images.data import ImageData, load_images
from latentbo.images.metrics import multiscale_similarity
from latentbo.images.models import EvaluatedAutoencoder, TrainedImageModel
from latentbo.images.robustness import (
    GOALS,
    STRONGEST,
    DrawnImages,
    Robustness,
    draw_images,
    measure_robustness,
)
from latentbo.models import load_model
from latentbo.seeds import seed_for
from robust_study.cost import step_costs
from robust_study.settings import SIMILARITIES, RobustMeasuring

#: Images of the first trial that figures 5.2 to 5.5 show.
NUM_PICTURED = 3


def settings_of(study: Study) -> RobustMeasuring:
    """Return the settings of a study's measurements under attack."""
    assert isinstance(study.measuring, RobustMeasuring)
    return study.measuring


def measure(
    study: Study, out: Path, dataset: str, name: str, seed: int
) -> tuple[Row, dict[str, Tensor]]:
    """Measure a trained variant: images of its prior, images under attack, cost of a step.

    All variants of a data set have the same images and targets for the same seed.

    Args:
        study: The study.
        out: Its folder; the model is in `train/<dataset>/<name>/seed<seed>`.
        dataset: Name of the data set.
        name: Of the variant.
        seed: Of the training, and of all draws.

    Returns:
        The line of `results.jsonl`, and pictures by name: those of image generation, and
        `attack-latent` and `attack-damage` (`L x r x m x c x h x w`, uint8).
    """
    row, pictures = generation.measure(study, out, dataset, name, seed)
    folder = out / "train" / dataset / name / f"seed{seed}"
    model = load_model(folder, device=study.device, kind=TrainedImageModel)
    test = load_images(dataset, "test", limit=study.measuring.test_limit)
    trials: list[Row] = []
    for drawn, found in attacked_trials(settings_of(study), model, test, seed, GOALS):
        if not trials:
            pictures |= trial_pictures(drawn, found, settings_of(study).lambdas, GOALS)
        trials.append(_means(drawn, found, settings_of(study)))
    row |= attack_row(study, model, dataset) | joined(trials)
    return row | step_costs(study, dataset, name, seed), pictures


def attack_row(study: Study, model: TrainedImageModel, dataset: str) -> Row:
    """Return what a line says of the attacks and of the model's training."""
    settings = settings_of(study)
    return {
        **{"lambdas": list(settings.lambdas), "attack_images": settings.attack_images},
        **{"attack_names": list(settings.attacks), "similarity": settings.similarity},
        **{"attack_steps": settings.attack_steps, "attack_restarts": settings.attack_restarts},
        **{"newton_iterations": settings.newton_iterations},
        "robust": model.provenance.get("settings", {}).get("robust"),
        **{"components": model.prior.num_components, "network": study.training.kind(dataset)},
    }


def attacked_trials(
    settings: RobustMeasuring,
    model: TrainedImageModel,
    test: ImageData,
    seed: int,
    goals: tuple[str, ...],
) -> Iterator[tuple[DrawnImages, Robustness]]:
    """Draw test images and targets, and attack them, trial by trial."""
    attacked = EvaluatedAutoencoder(model.network)
    for trial in range(settings.trials):
        generator = torch.Generator().manual_seed(seed_for(seed, trial))
        drawn = draw_images(test.images, test.labels, settings.attack_images, generator)
        images, targets = drawn.images.to(model.device), drawn.targets.to(model.device)
        config = settings.robustness(goals)
        yield drawn, measure_robustness(attacked, images, targets, config, generator)


def _means(drawn: DrawnImages, found: Robustness, settings: RobustMeasuring) -> Row:
    """Return the means of a trial: `clean`, and `attacked` by goal, lambda and attack."""
    (other,) = set(SIMILARITIES) - {settings.similarity}
    under: Row = {goal: {f"{radius:g}": {} for radius in settings.lambdas} for goal in GOALS}
    for each in found.attacks:
        reference = drawn.targets if each.goal == "latent" else found.reconstructions
        second = multiscale_similarity(reference, each.reconstructions, other).mean()
        means = {**each.means(), "other_similarities": float(second)}
        means |= {"evaluations": each.evaluations, "seconds": each.seconds}
        under[each.goal][f"{each.radius:g}"][each.attack] = means
    return {"clean": found.clean_means(), "attacked": under}


def joined(trials: list[Row]) -> Row:
    """Make lists over trials of what each trial has one of; what is not a number becomes None."""
    return {
        key: joined([trial[key] for trial in trials])
        if isinstance(value, dict)
        else [None if math.isnan(trial[key]) else trial[key] for trial in trials]
        for key, value in trials[0].items()
    }


def trial_pictures(
    drawn: DrawnImages, found: Robustness, lambdas: tuple[float, ...], goals: tuple[str, ...]
) -> dict[str, Tensor]:
    """Return columns of figures 5.2 to 5.5: image, its reconstruction, both attacked, target.

    Returns:
        `attack-<goal>` -> `L x r x m x c x h x w` bytes: for each bound r images of m columns.
    """
    number = slice(min(NUM_PICTURED, len(drawn.images)))
    shown: dict[str, list[Tensor]] = {goal: [] for goal in goals}
    for goal in goals:
        for radius in lambdas:
            each = found.of(goal, radius, STRONGEST)
            columns = [drawn.images, found.reconstructions, each.images, each.reconstructions]
            columns += [drawn.targets] if goal == "latent" else []
            shown[goal].append(torch.stack([column[number] for column in columns], 1))
    return {
        f"attack-{goal}": (torch.stack(parts) * 255).round().to(torch.uint8)
        for goal, parts in shown.items()
    }
