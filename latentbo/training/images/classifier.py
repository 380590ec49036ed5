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
    """Cross entropy; the loop's rows are numbers of images."""

    network: ImageClassifier

    def __init__(self, network: ImageClassifier, images: Tensor, labels: Tensor) -> None:
        super().__init__()
        self.network = network
        self.images, self.labels = images, labels

    def forward(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of the images with these numbers (`n`), and the share that is right."""
        del generator
        rows = batch.to(self.images.device)
        images = as_float(self.images[rows].to(batch.device))
        labels = self.labels[rows].to(batch.device)
        logits = self.network(images)
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
    images = torch.cat([training[0], validation[0]])
    labels = torch.cat([training[1], validation[1]])
    loss = _ClassifierLoss(ImageClassifier(sizes), images, labels)
    rows = torch.arange(len(images)).split([len(training[0]), len(validation[0])])
    train_in_folder(
        directory,
        launch_fabric(device, config.precision),
        loss,
        *rows,
        config=config,
        followers=(show,),
    )
    return loss.network.eval().to("cpu")


@torch.no_grad()
def predict(network: ImageClassifier, images: Tensor) -> Tensor:
    """Return the most probable class of `n x c x h x w` images (uint8, or in [0, 1]): `n`."""
    parts = [network(as_float(part)).argmax(1) for part in images.split(IMAGES_AT_ONCE)]
    return torch.cat(parts) if parts else torch.empty(0, dtype=torch.int64)
