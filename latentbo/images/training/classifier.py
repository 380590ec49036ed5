"""Training of the feature classifier for image metrics, with the common training loop."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from latentbo.images.metrics.classifier import ClassifierConfig, ImageClassifier
from latentbo.images.models import as_float
from latentbo.seeds import seed_for
from latentbo.training.fit import fit
from latentbo.training.loop import Loss, LossAndParts, Report, with_parts
from latentbo.training.loop_config import LoopConfig

IMAGES_AT_ONCE = 500


@dataclass(frozen=True)
class ClassifierTraining(LoopConfig):
    """Settings of the loop, with defaults for a small classifier."""

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

    def forward(self, images: Tensor, labels: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the loss of `n x c x h x w` images and `n` labels, and the accuracy."""
        del generator
        logits = self.network(as_float(images))
        loss = cross_entropy(logits, labels)
        right = (logits.argmax(1) == labels).float().mean()
        return with_parts(loss, accuracy=right)


def train_classifier(
    directory: Path,
    sizes: ClassifierConfig,
    config: ClassifierTraining,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    device: str = "cpu",
    show: Report = lambda _: None,
) -> ImageClassifier:
    """Train a classifier in a folder, or resume; files and errors as in `latentbo.training.fit`.

    Args:
        directory: The folder.
        sizes: Of the network.
        config: Settings.
        training: Images (`n x c x h x w`, uint8) and their labels (`n`).
        validation: The same, for the reported accuracy.
        device: `cpu`, `cuda`, …
        show: Callback with the state after reported steps.

    Returns:
        The classifier, on the CPU, in evaluation mode.
    """
    torch.manual_seed(seed_for(config.seed, -1))
    loss = _ClassifierLoss(ImageClassifier(sizes))
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
    return loss.network


@torch.no_grad()
def predict(network: ImageClassifier, images: Tensor) -> Tensor:
    """Return the most probable class of `n x c x h x w` images (uint8, or in [0, 1]): `n`."""
    parts = [network(as_float(part)).argmax(1) for part in images.split(IMAGES_AT_ONCE)]
    return torch.cat(parts) if parts else torch.empty(0, dtype=torch.int64)
