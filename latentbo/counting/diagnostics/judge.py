"""The independent counter as a judge, accepted only if it counts real images well."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from latentbo.counting.metrics import CountAccuracy, count_accuracy
from latentbo.counting.models import TrainedCounter
from latentbo.errors import InputError
from latentbo.images.metrics import FeatureNetwork
from latentbo.images.metrics.weights import weights_digest
from latentbo.models import load_model

#: Required share of real test images with exactly predicted counts.
LEAST_EXACT = 0.95


@dataclass(frozen=True)
class Judge:
    """A counter with its accuracy on held-out real images.

    Args:
        counter: Trained on real images only.
        accuracy: On real test images.
        name: Printed with each number; identifies the training.
    """

    counter: TrainedCounter
    accuracy: CountAccuracy
    name: str = "counter"

    @classmethod
    def on(cls, counter: TrainedCounter, images: Tensor, counts: Tensor, name: str) -> "Judge":
        """Evaluate a counter on real test images (`n x c x h x w`) and their counts (`n x k`)."""
        return cls(counter, count_accuracy(counter.count(images), counts), name)

    @property
    def is_fit(self) -> bool:
        """Whether its accuracy is sufficient for a judge."""
        return self.accuracy.exact >= LEAST_EXACT

    def require(self) -> None:
        """Refuse a counter with too low an accuracy.

        Raises:
            InputError: If the accuracy is too low.
        """
        if not self.is_fit:
            raise InputError(self.verdict)

    @property
    def verdict(self) -> str:
        """Statement of the judge's accuracy, to print with its numbers."""
        told = (
            f"the {self.name} counts {self.accuracy.exact:.1%} of {self.accuracy.number} real test "
            f"images exactly"
        )
        if self.is_fit:
            return told
        return (
            f"{told}, less than the {LEAST_EXACT:.0%} that a judge needs: train it longer or wider "
            f"before any image is judged"
        )

    def features(self) -> FeatureNetwork:
        """Return the counter's features before its last layer, for Fréchet distances."""
        network = self.counter.network
        device = str(next(network.parameters()).device)

        def compute(images: Tensor) -> Tensor:
            found: Tensor = network.features(2 * images.to(torch.float32) - 1)
            return found

        number = network.features.outputs
        return FeatureNetwork(self.name, number, "none", compute, False, 200, device)


def load_judge(
    directory: Path,
    test: Callable[[], tuple[Tensor, Tensor]],
    device: str = "cpu",
) -> Judge:
    """Read a counter's folder, and evaluate it on the real test images and counts of `test`.

    Raises:
        CheckpointError: If the folder holds no counter.
        InputError: If counter and images do not fit each other.
    """
    counter = load_model(directory, device, kind=TrainedCounter)
    digest = weights_digest(directory / "model.safetensors")
    return Judge.on(counter, *test(), name=f"counter {digest}")
