"""One measurement of a classifier on codes, before and under attack (table 5.7)."""

from dataclasses import asdict
from pathlib import Path

from images_study.experiment import Row
from images_study.settings import Study
from images_study.training import split_images
from torch import Tensor, nn

from latentbo.images.data import IMAGE_DATASETS, load_images
from latentbo.images.models import TrainedImageModel
from latentbo.images.robustness import (
    CodeClassifierConfig,
    DrawnImages,
    Robustness,
    classification_accuracy,
    train_code_classifier,
)
from latentbo.models import load_model
from robust_study.measuring import (
    attack_row,
    attacked_trials,
    joined,
    settings_of,
    trial_pictures,
)

#: The attack is that of equation 5.11.
GOAL = "latent"


def measure(
    study: Study, out: Path, dataset: str, name: str, seed: int
) -> tuple[Row, dict[str, Tensor]]:
    """Train a classifier on a variant's codes of training images, and attack test images.

    Args:
        study: The study.
        out: Its folder; the model is in `train/<dataset>/<name>/seed<seed>`.
        dataset: Name of the data set.
        name: Of the variant.
        seed: Of the training, of the classifier and of all draws.

    Returns:
        The line of `results.jsonl`, and pictures of attacked images.
    """
    settings = settings_of(study)
    model = load_model(
        out / "train" / dataset / name / f"seed{seed}", device=study.device, kind=TrainedImageModel
    )
    data, training, _ = split_images(dataset, study.training.limit)
    test = load_images(dataset, "test", limit=settings.test_limit)
    classes = IMAGE_DATASETS[dataset].classes
    assert data.labels is not None
    assert test.labels is not None
    assert classes is not None
    config, codes = CodeClassifierConfig(seed=seed), model.encode(data.images)
    classifier = train_code_classifier(codes, data.labels, classes, config)
    clean = model.encode(test.images)
    trials: list[Row] = []
    pictures: dict[str, Tensor] = {}
    for drawn, found in attacked_trials(settings, model, test, seed, (GOAL,)):
        if not trials:
            pictures = trial_pictures(drawn, found, settings.lambdas, (GOAL,))
        trials.append(_accuracies(classifier, model.encode(drawn.images), drawn, found))
    row: Row = {
        **{"dataset": dataset, "variant": name, "method": study.variants[name].method},
        **{"seed": seed, "measurement": settings.label, "complete": data.complete},
        **{"num_test": len(test.images), "num_training": len(training)},
        **{"classifier": asdict(config), "training": asdict(study.training)},
        "training_accuracy": classification_accuracy(classifier, codes, data.labels),
        "test_accuracy": classification_accuracy(classifier, clean, test.labels),
    }
    return row | attack_row(study, model, dataset) | joined(trials), pictures


def _accuracies(classifier: nn.Module, codes: Tensor, drawn: DrawnImages, found: Robustness) -> Row:
    """Return accuracies of a trial: `clean` of the images, and by lambda and attack `attacked`.

    `as_target` is the share that is taken for the class of the target.
    """
    assert drawn.labels is not None
    assert drawn.target_labels is not None
    attacked: Row = {}
    as_target: Row = {}
    for each in found.attacks:
        radius, labels = f"{each.radius:g}", (drawn.labels, drawn.target_labels)
        for place, kind in zip((attacked, as_target), labels, strict=True):
            accuracy = classification_accuracy(classifier, each.codes, kind)
            place.setdefault(radius, {})[each.attack] = accuracy
    clean = classification_accuracy(classifier, codes, drawn.labels)
    return {"clean": {"accuracy": clean}, "attacked": attacked, "as_target": as_target}
