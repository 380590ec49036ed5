"""Training of the network that counts, with the loop that all else uses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.models.counting import CounterConfig, CounterNetwork, TrainedCounter, save_counter
from latentbo.models.images import as_float
from latentbo.seeds import seed_for
from latentbo.training.counting.gan_loss import check_counted_images
from latentbo.training.counting.losses import count_error
from latentbo.training.in_folder import train_in_folder
from latentbo.training.loop import Loss, Progress
from latentbo.training.loop_config import LoopConfig
from latentbo.training.run import claim_folder
from latentbo.training.run_log import launch_fabric

__all__ = ["CounterTraining", "train_counter"]


@dataclass(frozen=True)
class CounterTraining(LoopConfig):
    """Settings of the loop that suit a small counter."""

    epochs: float = 30.0
    batch_size: int = 128
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    weight_decay: float = 0.01
    gradient_norm: float = 5.0


class _CounterLoss(Loss):
    """Mean squared error of the counts in images."""

    network: CounterNetwork

    def __init__(self, network: CounterNetwork) -> None:
        super().__init__()
        self.network = network

    def check(self, *rows: Tensor) -> None:
        """Refuse what are not images and counts of the network's shapes."""
        check_counted_images(self.network.config, *rows)

    def forward(
        self, images: Tensor, counts: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of `n x c x h x w` images and `n x k` counts, and the share all right."""
        predicted = self.network(as_float(images), generator)
        loss = count_error(predicted, counts, "square")
        right = (predicted.round() == counts).all(1).float().mean()
        return loss, {"loss": loss.detach(), "exact": right}


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
    show: Callable[[Progress], None] = lambda _: None,
) -> TrainedCounter:
    """Train a counter, or go on where the folder's checkpoint was written, and save it.

    Args:
        directory: Gets `training.json`, `metrics.jsonl`, `tensorboard/`, `checkpoint.pt` and the
            counter's files.
        sizes: Of the network.
        config: Settings.
        training: Images (`n x c x h x w`, uint8) and their counts (`n x k`).
        validation: The same, for the reported share.
        class_names: Of what is counted.
        provenance: What the counter's folder shall say of its data.
        device: `cpu`, `cuda`, …
        show: Is told the state after reported steps.

    Returns:
        The counter, on the CPU.

    Raises:
        ConfigurationError: If the folder holds a run with other settings.
        InputError: If images and counts do not fit each other or the network.
        KeyboardInterrupt: After Ctrl-C; the state is saved before.
    """
    torch.manual_seed(seed_for(config.seed, -1))
    loss = _CounterLoss(CounterNetwork(sizes))
    loss.check(*training)
    loss.check(*validation)
    claim_folder(directory, {"training": asdict(config), "network": asdict(sizes)})
    train_in_folder(
        directory,
        launch_fabric(device, config.precision),
        loss,
        training,
        validation,
        config=config,
        followers=(show,),
    )
    told = {**(provenance or {}), "settings": asdict(config)}
    counter = TrainedCounter(loss.network.eval().to("cpu"), class_names, told)
    save_counter(counter, directory)
    return counter
