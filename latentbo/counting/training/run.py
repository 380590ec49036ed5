"""A training run of a count-conditioned GAN.

Beside the files of `latentbo.training.fit`, its folder holds `pictures/`, optional `snapshots/`
and, at the end, the model's files.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.counting.models import (
    CountGAN,
    CountGANConfig,
    StyleConfig,
    StyleGAN,
    TrainedCountGAN,
)
from latentbo.counting.training.config import CountTrainingConfig
from latentbo.counting.training.gan_loss import CountLoss
from latentbo.counting.training.grids import count_grid, grid_counts
from latentbo.counting.training.style import StyleLoss, StyleTrainingConfig
from latentbo.errors import ConfigurationError
from latentbo.models import save_model
from latentbo.priors import GaussianMixturePrior
from latentbo.seeds import seed_for
from latentbo.training.fit import at_epochs, fit, provenance_of
from latentbo.training.loop import Report


@dataclass(frozen=True)
class CountRun:
    """One training run.

    Args:
        directory: The run's folder.
        config: Settings of the training, of the network's kind.
        network: Method and sizes, of a SimpleGAN or a StyleGAN2.
        class_names: Names of the counted classes.
        prior: Of the noise; None: standard normal, as published.
        device: `cpu`, `cuda`, `cuda:1`, …
        provenance: Stored in the model's folder with the settings, for example that of the data.
        snapshots: Whether to save the model with each picture before the last, in
            `snapshots/epoch-…/`, as in the run's folder.
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
        show: Report = lambda _: None,
        drawn: Tensor | None = None,
    ) -> TrainedCountGAN:
        """Train, or resume, and save the model; errors as in `latentbo.training.fit`.

        Args:
            training: Images (`n x c x h x w`, uint8) and their counts (`n x k`).
            validation: The same, for the reported accuracies.
            show: Callback with the state after reported steps.
            drawn: Vectors of counts in the pictures, one per row (`r x k`); None: those of the
                training data.

        Returns:
            The model, on the CPU.

        Raises:
            ConfigurationError: If the settings are for another kind of network.
            InputError: If prior and network differ in their dimensions.
        """
        prior = self.prior or GaussianMixturePrior.standard_normal(self.network.noise_dimensions)
        torch.manual_seed(seed_for(self.config.seed, -1))
        loss = make_count_loss(self.network, self.config, prior)
        provenance = provenance_of(self.config, self.provenance)
        model = TrainedCountGAN(loss.network, prior, self.class_names, provenance)
        vectors = grid_counts(training[1]) if drawn is None else drawn

        def keep(name: str) -> None:
            write_grid(model, vectors, self.directory / "pictures" / f"{name}.png")
            if self.snapshots:
                save_model(model, self.directory / "snapshots" / name)

        fit(
            self.directory,
            loss,
            self.config,
            training,
            validation,
            settings={"network": asdict(self.network), "prior": _described(prior)},
            device=self.device,
            reports=(show, at_epochs(keep)),
        )
        save_model(model, self.directory)
        write_grid(model, vectors, self.directory / "pictures" / "counts.png")
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


def write_grid(model: TrainedCountGAN, vectors: Tensor, path: Path) -> None:
    """Write the grid of `r x k` counts, with fixed noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(count_grid(model, vectors))


def _described(prior: GaussianMixturePrior) -> dict[str, Any]:
    """Return a short description that identifies a prior."""
    return {
        "components": prior.num_components,
        "dimensions": prior.num_dimensions,
        "mean_norms": prior.means.norm(dim=1).tolist(),
        "total_variance": float(prior.covariance.diagonal().sum()),
    }
