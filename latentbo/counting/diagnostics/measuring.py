"""Quality of a count-conditioned GAN: counts by an independent judge, and image quality."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from latentbo.counting.diagnostics.judge import Judge
from latentbo.counting.metrics import (
    CountAccuracy,
    constant_accuracy,
    count_accuracy,
    count_table,
)
from latentbo.counting.models import TrainedCountGAN
from latentbo.errors import InputError
from latentbo.images.metrics import (
    FeatureNetwork,
    PrecisionRecall,
    distance_name,
    frechet_distance,
    precision_recall,
)
from latentbo.images.models import as_float

# Of an image, whose distance to the last is the radius of its neighbourhood.
NUM_NEIGHBOURS = 3


@dataclass(frozen=True)
class CountMeasurement:
    """Numbers of one set of requested counts.

    Args:
        judged: By the independent counter.
        own: By the model's own count head; None if it has none.
        constant: Accuracy of the best constant prediction.
        table: Class, asked and counted number, as from `count_table`, by the independent counter.
        frechet: Distance name -> distance to the real images of the same combinations; empty if
            there are none.
        neighbours: Precision and recall by the independent counter's features, of as many real
            images as generated ones; None if there are too few. Counts can be right in images that
            are all alike: then recall is low.
        counted: Predictions of the independent counter, `n x k`.
        asked: Requested counts, `n x k`.
    """

    judged: CountAccuracy
    own: CountAccuracy | None
    constant: CountAccuracy
    table: Tensor
    frechet: dict[str, float]
    neighbours: PrecisionRecall | None
    counted: Tensor
    asked: Tensor

    def as_row(self) -> dict[str, Any]:
        """Return the numbers for JSON, without the counts of single images."""
        return {
            "judged": asdict(self.judged),
            "own": None if self.own is None else asdict(self.own),
            "constant": asdict(self.constant),
            "table": self.table.tolist(),
            "frechet": self.frechet,
            "precision": None if self.neighbours is None else self.neighbours.precision,
            "recall": None if self.neighbours is None else self.neighbours.recall,
            "combinations": by_combination(self.counted, self.asked),
        }


def measure_counts(
    model: TrainedCountGAN,
    judge: Judge,
    asked: Tensor,
    real: Tensor | None = None,
    features: FeatureNetwork | None = None,
    seed: int = 0,
) -> CountMeasurement:
    """Generate images, and count their objects by the judge.

    Args:
        model: The model.
        judge: The independent counter; the caller checks whether it is fit.
        asked: Requested counts, `n x k`: a row an image.
        real: Real test images of the same combinations, `m x c x h x w`, for the distance,
            precision and recall by the counter's features; None: none of them. Precision and recall
            take the first of both, so let them be of the same combinations in the same order.
        features: A second network for the distance.
        seed: Of the noise.

    Raises:
        InputError: If judge and model count other things, or shapes do not fit.
    """
    if judge.counter.class_names != model.class_names:
        raise InputError(
            f"the model makes {', '.join(model.class_names)} and the judge counts "
            f"{', '.join(judge.counter.class_names)}: give a counter of the same data set"
        )
    images = model.sample(asked, torch.Generator().manual_seed(seed))
    counted = judge.counter.count(images)
    own = model.predicted_counts(images)
    distances, neighbours = {}, None
    if real is not None and min(len(real), len(images)) >= 2:
        networks = [judge.features(), *([] if features is None else [features])]
        pairs = [(each.features(as_float(real)), each.features(images)) for each in networks]
        names = [distance_name(each) for each in networks]
        distances = {name: frechet_distance(*pair) for name, pair in zip(names, pairs, strict=True)}
        neighbours = _neighbours(*pairs[0])
    return CountMeasurement(
        judged=count_accuracy(counted, asked),
        own=None if own is None else count_accuracy(own, asked),
        constant=constant_accuracy(asked),
        table=count_table(counted, asked),
        frechet=distances,
        neighbours=neighbours,
        counted=counted,
        asked=asked,
    )


def by_combination(counted: Tensor, asked: Tensor) -> list[dict[str, Any]]:
    """Return, for each requested vector, the number of images and the share counted exactly."""
    rows = []
    for vector in torch.unique(asked, dim=0):
        mask = (asked == vector).all(1)
        exact = (counted[mask] == vector).all(1).double().mean()
        rows.append({"counts": vector.tolist(), "number": int(mask.sum()), "exact": float(exact)})
    return rows


def extrapolate(
    model: TrainedCountGAN,
    judge: Judge,
    start: Tensor,
    position: int,
    values: range,
    num_images: int = 100,
    seed: int = 0,
) -> dict[int, CountAccuracy]:
    """Request increasing counts of one class, with the others fixed (figure 3.8).

    Counts beyond those in training are told by a counter that may not know them either: read
    such numbers with the counter's accuracy on real images of these counts, if there are any.

    Args:
        model: The model.
        judge: The independent counter.
        start: The counts of the other classes, `m x k`; its rows are repeated.
        position: The class.
        values: Its counts.
        num_images: Images for each of them.
        seed: Of the noise.

    Returns:
        Count of the class -> accuracy of all counts.
    """
    found = {}
    for value in values:
        asked = start[torch.arange(num_images) % len(start)].clone()
        asked[:, position] = value
        images = model.sample(asked, torch.Generator().manual_seed(seed))
        found[value] = count_accuracy(judge.counter.count(images), asked)
    return found


def _neighbours(real: Tensor, generated: Tensor) -> PrecisionRecall | None:
    """Return precision and recall of as many features of both, `m x d` each."""
    number = min(len(real), len(generated))
    if number <= NUM_NEIGHBOURS:
        return None
    return precision_recall(real[:number], generated[:number], NUM_NEIGHBOURS)
