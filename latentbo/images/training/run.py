"""A training run on images.

Beside the files of `latentbo.training.fit`, its folder holds `pictures/` and, at the end, the
model's files.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.images.models import (
    ImageAutoencoder,
    ImageNetworkConfig,
    TrainedImageModel,
)
from latentbo.images.training.config import ImageTrainingConfig
from latentbo.images.training.grids import interpolation_grid, reconstruction_grid, sample_grid
from latentbo.images.training.robust import make_image_loss
from latentbo.images.training.robust_slopes import keep_weights
from latentbo.models import save_model
from latentbo.priors import GaussianMixturePrior
from latentbo.seeds import seed_for
from latentbo.training.fit import at_epochs, fit, provenance_of
from latentbo.training.loop import Report

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
        provenance: Kept in the model's folder beside the settings, for example of the data.

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
        self, training_images: Tensor, validation_images: Tensor, show: Report = lambda _: None
    ) -> TrainedImageModel:
        """Train, or resume, and save the model; errors as of `latentbo.training.fit`.

        Args:
            training_images: `n x c x h x w`, uint8.
            validation_images: `m x c x h x w`, uint8.
            show: Called with the state after reported steps.

        Returns:
            The model, on the CPU.
        """
        torch.manual_seed(seed_for(self.config.seed, -1))
        loss = make_image_loss(self.config, ImageAutoencoder(self.network), self.prior)
        provenance = provenance_of(self.config, self.provenance)
        model = TrainedImageModel(loss.network, self.prior, provenance)
        pictures = self.directory / "pictures"

        def draw(name: str) -> None:
            write_pictures(model, validation_images, pictures / name)

        fit(
            self.directory,
            loss,
            self.config,
            (training_images,),
            (validation_images,),
            settings={"network": asdict(self.network)},
            device=self.device,
            reports=(show, at_epochs(draw)),
        )
        keep_weights(model.network)
        save_model(model, self.directory)
        draw("")
        return model


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
