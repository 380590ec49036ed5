"""Training of the classifier whose features judge images, with the loop that all else uses."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from latentbo.metrics.images.classifier import ClassifierConfig, ImageClassifier
from latentbo.models.images import as_float
from latentbo.seeds import seed_for
from latentbo.training.in_folder import train_in_folder
from latentbo.training.loop import Loss, Progress
from latentbo.training.loop_config import LoopConfig
from latentbo.training.run import claim_folder
from latentbo.training.run_log import launch_fabric

__all__ = ["ClassifierTraining", "predict", "train_classifier"]

IMAGES_AT_ONCE = 500


@dataclass(frozen=True)
class ClassifierTraining(LoopConfig):
    """Settings of the loop that suit a small classifier."""

    epochs: float = 6.0
    batch_size: int = 128
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    weight_decay: float = 0.01
    gradient_norm: float = 5.0


class _ClassifierLoss(Loss):
    """Cross entropy of images and their labels."""

    network: ImageClassifier

    def __init__(self, network: ImageClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, images: Tensor, labels: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of `n x c x h x w` images and `n` labels, and the share that is right."""
        del generator
        logits = self.network(as_float(images))
        loss = cross_entropy(logits, labels)
        right = (logits.argmax(1) == labels).float().mean()
        return loss, {"loss": loss.detach(), "accuracy": right}


def train_classifier(
    directory: Path,
    sizes: ClassifierConfig,
    config: ClassifierTraining,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    device: str = "cpu",
    show: Callable[[Progress], None] = lambda _: None,
) -> ImageClassifier:
    """Train a classifier, or go on where the folder's checkpoint was written.

    Args:
        directory: Gets `training.json`, `metrics.jsonl`, `tensorboard/` and `checkpoint.pt`.
        sizes: Of the network.
        config: Settings.
        training: Images (`n x c x h x w`, uint8) and their labels (`n`).
        validation: The same, for the reported accuracy.
        device: `cpu`, `cuda`, …
        show: Is told the state after reported steps.

    Returns:
        The classifier, on the CPU, in evaluation mode.

    Raises:
        ConfigurationError: If the folder holds a run with other settings.
        KeyboardInterrupt: After Ctrl-C; the state is saved before.
    """
    claim_folder(directory, {"training": asdict(config), "network": asdict(sizes)})
    torch.manual_seed(seed_for(config.seed, -1))
    loss = _ClassifierLoss(ImageClassifier(sizes))
    train_in_folder(
        directory,
        launch_fabric(device, config.precision),
        loss,
        training,
        validation,
        config=config,
        followers=(show,),
    )
    return loss.network.eval().to("cpu")


@torch.no_grad()
def predict(network: ImageClassifier, images: Tensor) -> Tensor:
    """Return the most probable class of `n x c x h x w` images (uint8, or in [0, 1]): `n`."""
    parts = [network(as_float(part)).argmax(1) for part in images.split(IMAGES_AT_ONCE)]
    return torch.cat(parts) if parts else torch.empty(0, dtype=torch.int64)
