"""Training of the counter, with the common training loop."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.counting.models import CounterConfig, CounterNetwork, TrainedCounter
from latentbo.counting.training.gan_loss import check_counted_images
from latentbo.counting.training.losses import count_error
from latentbo.images.models import as_float
from latentbo.images.training import ClassifierTraining
from latentbo.models import save_model
from latentbo.seeds import seed_for
from latentbo.training.fit import fit, provenance_of
from latentbo.training.loop import Loss, LossAndParts, Report, with_parts


@dataclass(frozen=True)
class CounterTraining(ClassifierTraining):
    """Settings of the loop, with defaults for a small counter: a classifier's, with more epochs."""

    epochs: float = 30.0


class _CounterLoss(Loss):
    """Mean squared error of the counts in images."""

    network: CounterNetwork

    def __init__(self, network: CounterNetwork) -> None:
        super().__init__()
        self.network = network

    def check(self, *rows: Tensor) -> None:
        """Refuse images and counts that do not have the network's shapes."""
        check_counted_images(self.network.config, *rows)

    def forward(self, images: Tensor, counts: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the loss of `n x c x h x w` images and `n x k` counts, and the exact share."""
        predicted = self.network(as_float(images), generator)
        loss = count_error(predicted, counts, "square")
        right = (predicted.round() == counts).all(1).float().mean()
        return with_parts(loss, exact=right)


def train_counter(
    directory: Path,
    sizes: CounterConfig,
    config: CounterTraining,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    class_names: Sequence[str],
    *,
    provenance: Mapping[str, Any] | None = None,
    device: str = "cpu",
    show: Report = lambda _: None,
) -> TrainedCounter:
    """Train a counter in a folder, or resume, and save it; errors as in `latentbo.training.fit`.

    Args:
        directory: The folder.
        sizes: Of the network.
        config: Settings.
        training: Images (`n x c x h x w`, uint8) and their counts (`n x k`).
        validation: The same, for the reported share.
        class_names: Names of the counted classes.
        provenance: Stored in the counter's folder, for example that of its data.
        device: `cpu`, `cuda`, …
        show: Callback with the state after reported steps.

    Returns:
        The counter, on the CPU.
    """
    torch.manual_seed(seed_for(config.seed, -1))
    loss = _CounterLoss(CounterNetwork(sizes))
    fit(
        directory,
        loss,
        config,
        training,
        validation,
        settings={"network": asdict(sizes)},
        device=device,
        reports=(show,),
    )
    counter = TrainedCounter(loss.network, class_names, provenance_of(config, provenance))
    save_model(counter, directory)
    return counter
