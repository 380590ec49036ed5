"""A training run of a count-conditioned GAN in a folder: train, report, draw, save the model.

The folder holds `training.json` (settings), `metrics.jsonl`, `tensorboard/`, `checkpoint.pt`,
`pictures/`, `snapshots/` if wanted and, at the end, the model's files.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.models.counting import (
    CountGAN,
    CountGANConfig,
    StyleConfig,
    StyleGAN,
    TrainedCountGAN,
    save_count_gan,
)
from latentbo.priors import GaussianMixturePrior
from latentbo.seeds import seed_for
from latentbo.training.counting.config import CountTrainingConfig
from latentbo.training.counting.gan_loss import CountLoss
from latentbo.training.counting.grids import count_grid, grid_counts
from latentbo.training.counting.style import StyleLoss, StyleTrainingConfig
from latentbo.training.in_folder import train_in_folder
from latentbo.training.loop import Progress
from latentbo.training.run import claim_folder
from latentbo.training.run_log import launch_fabric

__all__ = ["CountRun", "make_count_loss"]

# Epochs after which the grid is drawn, beside the last.
PICTURED = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class CountRun:
    """One training run.

    Args:
        directory: The run's folder.
        config: Settings of the training, of the network's kind.
        network: Method and sizes, of a SimpleGAN or a StyleGAN2.
        class_names: Of the objects that are counted.
        prior: Of the noise; None: standard normal, as published.
        device: `cpu`, `cuda`, `cuda:1`, …
        provenance: What the model's folder shall say beside the settings, such as the data.
        snapshots: Whether the model is kept with each picture before the last, in
            `snapshots/epoch-…/`: a folder as the run's own.
    """

    directory: Path
    config: CountTrainingConfig
    network: CountGANConfig | StyleConfig
    class_names: Sequence[str]
    prior: GaussianMixturePrior | None = None
    device: str = "cpu"
    provenance: dict[str, Any] | None = None
    snapshots: bool = False

    def train(
        self,
        training: tuple[Tensor, Tensor],
        validation: tuple[Tensor, Tensor],
        show: Callable[[Progress], None] = lambda _: None,
        drawn: Tensor | None = None,
    ) -> TrainedCountGAN:
        """Train, or go on where the folder's checkpoint was written, and save the model.

        Args:
            training: Images (`n x c x h x w`, uint8) and their counts (`n x k`).
            validation: The same, for the reported shares.
            show: Is told the state after reported steps.
            drawn: Vectors of counts in the pictures, a row each (`r x k`); None: of the training.

        Returns:
            The model, on the CPU.

        Raises:
            ConfigurationError: If the folder holds a run with other settings, or the settings are
                for another kind of network.
            InputError: If images and counts do not fit each other, the network or the prior.
            TrainingError: If a loss is not finite.
            KeyboardInterrupt: After Ctrl-C; the state is saved before.
        """
        prior = self.prior or GaussianMixturePrior.standard_normal(self.network.noise_dimensions)
        settings = {"training": asdict(self.config), "network": asdict(self.network)}
        torch.manual_seed(seed_for(self.config.seed, -1))
        loss = make_count_loss(self.network, self.config, prior)
        loss.check(*training)
        loss.check(*validation)
        claim_folder(self.directory, settings | {"prior": _described(prior)})
        told = {**(self.provenance or {}), "settings": asdict(self.config)}
        model = TrainedCountGAN(loss.network, prior, self.class_names, told)
        vectors = grid_counts(training[1]) if drawn is None else drawn
        pictures = _Pictures(model, vectors, self.directory, self.snapshots)
        train_in_folder(
            self.directory,
            launch_fabric(self.device, self.config.precision),
            loss,
            training,
            validation,
            config=self.config,
            followers=(show, pictures.follow),
        )
        model.network.eval().to("cpu")
        save_count_gan(model, self.directory)
        pictures.draw("counts")
        return model


def make_count_loss(
    network: CountGANConfig | StyleConfig,
    config: CountTrainingConfig,
    prior: GaussianMixturePrior,
) -> CountLoss:
    """Return new networks with their losses.

    Args:
        network: Method and sizes.
        config: Settings of the training.
        prior: Of the noise.

    Raises:
        ConfigurationError: If the settings are for another kind of network.
        InputError: If prior and network differ in their dimensions.
    """
    if isinstance(network, StyleConfig) != isinstance(config, StyleTrainingConfig):
        raise ConfigurationError(
            f"a network of {type(network).__name__} is not trained by {type(config).__name__}: "
            f"give StyleTrainingConfig for StyleConfig, and CountTrainingConfig for CountGANConfig"
        )
    if isinstance(network, StyleConfig):
        assert isinstance(config, StyleTrainingConfig)
        return StyleLoss(StyleGAN(network), prior, config)
    return CountLoss(CountGAN(network), prior, config)


class _Pictures:
    """Draws the grid at the first report after some numbers of epochs, always with equal noise."""

    def __init__(
        self, model: TrainedCountGAN, vectors: Tensor, directory: Path, snapshots: bool
    ) -> None:
        self.model, self.vectors, self.directory = model, vectors, directory
        self.snapshots = snapshots
        self.epoch = 0.0

    def follow(self, progress: Progress) -> None:
        if any(self.epoch < epoch <= progress.epoch for epoch in PICTURED):
            name = f"epoch-{progress.epoch:06.2f}"
            self.draw(name)
            if self.snapshots:
                save_count_gan(self.model, self.directory / "snapshots" / name)
        # A resumed run does not know of the pictures before it: it draws the latest again.
        self.epoch = progress.epoch

    def draw(self, name: str) -> None:
        folder = self.directory / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(count_grid(self.model, self.vectors))


def _described(prior: GaussianMixturePrior) -> dict[str, Any]:
    """Return what tells one prior from another, in a few numbers."""
    return {
        "components": prior.num_components,
        "dimensions": prior.num_dimensions,
        "mean_norms": prior.means.norm(dim=1).tolist(),
        "total_variance": float(prior.covariance.diagonal().sum()),
    }
