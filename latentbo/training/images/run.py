"""A training run on images in a folder: prepare, train with reports and pictures, save the model.

The folder holds `training.json` (settings), `metrics.jsonl`, `tensorboard/`, `checkpoint.pt`,
`pictures/` and, at the end, the model's files.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.models.images import (
    ImageAutoencoder,
    ImageNetworkConfig,
    TrainedImageModel,
    save_image_model,
)
from latentbo.priors import GaussianMixturePrior
from latentbo.seeds import seed_for
from latentbo.training.images.config import ImageTrainingConfig
from latentbo.training.images.grids import interpolation_grid, reconstruction_grid, sample_grid
from latentbo.training.images.robust import make_image_loss
from latentbo.training.images.robust_slopes import keep_weights
from latentbo.training.in_folder import train_in_folder
from latentbo.training.loop import Progress
from latentbo.training.run import claim_folder
from latentbo.training.run_log import launch_fabric

__all__ = ["ImageRun", "write_pictures"]

# Epochs after which pictures are drawn, beside the last.
PICTURED = (1, 2, 5, 10, 20, 50, 100, 200, 500)
# Validation images in the pictures of reconstructions and of interpolations.
NUM_RECONSTRUCTED, NUM_ENDS = 50, 20


@dataclass(frozen=True)
class ImageRun:
    """One training run.

    Args:
        directory: The run's folder.
        config: Settings of the training.
        network: Kind and sizes.
        prior: Prior of the codes.
        device: `cpu`, `cuda`, `cuda:1`, …
        provenance: What the model's folder shall say beside the settings, such as the data.

    Raises:
        ConfigurationError: If the regularizer needs a variance that the network does not give, or
            prior and network differ in their dimensions.
    """

    directory: Path
    config: ImageTrainingConfig
    network: ImageNetworkConfig
    prior: GaussianMixturePrior
    device: str = "cpu"
    provenance: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.config.regularizer_config.requires_variance and not self.network.variational:
            raise ConfigurationError(
                f"the regularizer {self.config.regularizer} needs a variational network: set "
                f"variational=True"
            )
        if self.network.num_dimensions != self.prior.num_dimensions:
            raise ConfigurationError(
                f"the network has codes of {self.network.num_dimensions} dimensions, the prior "
                f"{self.prior.num_dimensions}: give both the same"
            )

    def train(
        self,
        training_images: Tensor,
        validation_images: Tensor,
        show: Callable[[Progress], None] = lambda _: None,
    ) -> TrainedImageModel:
        """Train, or go on where the folder's checkpoint was written, and save the model.

        Args:
            training_images: `n x c x h x w`, uint8.
            validation_images: `m x c x h x w`, uint8.
            show: Is told the state after reported steps.

        Returns:
            The model, on the CPU.

        Raises:
            ConfigurationError: If the folder holds a run with other settings.
            TrainingError: If the loss is not finite.
            KeyboardInterrupt: After Ctrl-C; the state is saved before.
        """
        settings = {"training": self.config.as_settings(), "network": asdict(self.network)}
        claim_folder(self.directory, settings)
        torch.manual_seed(seed_for(self.config.seed, -1))
        loss = make_image_loss(self.config, ImageAutoencoder(self.network), self.prior)
        model = TrainedImageModel(loss.network, self.prior, self._described())
        pictured = _Pictured()

        def draw(progress: Progress) -> None:
            if pictured.is_due(progress):
                folder = self.directory / "pictures" / f"epoch-{progress.epoch:06.2f}"
                write_pictures(model, validation_images, folder)

        train_in_folder(
            self.directory,
            launch_fabric(self.device, self.config.precision),
            loss,
            (training_images,),
            (validation_images,),
            config=self.config,
            followers=(show, draw),
        )
        keep_weights(model.network.eval().to("cpu"))
        save_image_model(model, self.directory)
        write_pictures(model, validation_images, self.directory / "pictures")
        return model

    def _described(self) -> dict[str, Any]:
        return {**(self.provenance or {}), "settings": self.config.as_settings()}


class _Pictured:
    """Which reports come with pictures: the first after some numbers of epochs."""

    def __init__(self) -> None:
        self.epoch = 0.0

    def is_due(self, progress: Progress) -> bool:
        passed = [epoch for epoch in PICTURED if self.epoch < epoch <= progress.epoch]
        # A resumed run does not know of the pictures before it: it draws the latest again.
        self.epoch = progress.epoch
        return bool(passed)


def write_pictures(model: TrainedImageModel, images: Tensor, folder: Path) -> None:
    """Write `samples.png`, `reconstructions.png` and `interpolations.png`.

    The network is used in evaluation mode and left in it.
    """
    model.network.eval()
    folder.mkdir(parents=True, exist_ok=True)
    ends = images[: min(NUM_ENDS, len(images) // 2 * 2)]
    pictures = {
        "samples": sample_grid(model),
        "reconstructions": reconstruction_grid(model, images[:NUM_RECONSTRUCTED]),
        "interpolations": interpolation_grid(model, ends),
    }
    for name, content in pictures.items():
        (folder / f"{name}.png").write_bytes(content)
