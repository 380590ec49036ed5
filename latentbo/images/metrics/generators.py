"""Quality of a generator's images: distances over several draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics.checks import check_features
from latentbo.images.metrics.features import FeatureNetwork, distance_name
from latentbo.images.metrics.frechet import frechet_distance
from latentbo.images.metrics.kernel import kernel_distance
from latentbo.images.metrics.neighbours import neighbour_radii, precision_recall


@dataclass(frozen=True)
class MeasurementConfig:
    """Settings of the measurement of a generator.

    Args:
        num_samples: Images in each draw; 10,000 as published.
        num_draws: Independent draws for each mean and standard error.
        seed: Of images and of the kernel distance's subsets.
        num_subsets: Subsets of the kernel distance in each draw.
        subset_size: Images in each subset.
        num_neighbours: The k of precision and recall.

    Raises:
        ConfigurationError: If a number is too small or too large for another.
    """

    num_samples: int = 10_000
    num_draws: int = 5
    seed: int = 0
    num_subsets: int = 100
    subset_size: int = 1000
    num_neighbours: int = 3

    def __post_init__(self) -> None:
        smallest = {"num_draws": 1, "num_subsets": 1, "subset_size": 2, "num_neighbours": 1}
        for field, least in smallest.items():
            if getattr(self, field) < least:
                raise ConfigurationError(
                    f"{field} is {getattr(self, field)}; give at least {least}"
                )
        needed = max(self.subset_size, self.num_neighbours + 1)
        if self.num_samples < needed:
            raise ConfigurationError(
                f"num_samples is {self.num_samples}; subset_size {self.subset_size} and "
                f"num_neighbours {self.num_neighbours} need at least {needed}: draw more, or "
                "lower them"
            )


@dataclass(frozen=True)
class Estimate:
    """Mean over draws, its standard error (None for a single draw), and the value of each."""

    mean: float
    standard_error: float | None
    values: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float]) -> "Estimate":
        """Return the estimate from one value or more."""
        numbers = torch.tensor(values, dtype=torch.float64)
        error = float(numbers.std()) / len(values) ** 0.5 if len(values) > 1 else None
        return cls(float(numbers.mean()), error, tuple(values))


@dataclass(frozen=True)
class GeneratorQuality:
    """Quality of a generator's images, with the facts needed to compare the numbers."""

    distance_name: str
    network: str
    num_features: int
    resize: str
    reference: str
    num_real: int
    config: MeasurementConfig
    frechet_distance: Estimate
    kernel_distance: Estimate
    precision: Estimate
    recall: Estimate


def measure_generator(
    draw: Callable[[int, torch.Generator], Tensor],
    real_features: Tensor,
    network: FeatureNetwork,
    reference: str,
    config: MeasurementConfig | None = None,
) -> GeneratorQuality:
    """Measure a generator's images against real ones.

    Args:
        draw: Given a number n and a generator on the CPU, returns n images, `n x c x h x w` in [0,
            1]. It is called repeatedly with at most `network.batch_size`, so that only features are
            kept.
        real_features: `network.features` of the real images, `n x d`.
        network: The feature network of both.
        reference: Name of the real images, such as "Fashion-MNIST test"; recorded.
        config: Counts and seed (default: as published).

    Raises:
        InputError: If the real features are too few or of another network, or `draw` returns
            another number of images.
    """
    config = config or MeasurementConfig()
    _check_real(real_features, network, config)
    images, subsets = (torch.Generator().manual_seed(config.seed) for _ in range(2))
    radii = neighbour_radii(real_features, config.num_neighbours)
    rows = []
    for _ in range(config.num_draws):
        drawn = _draw_features(draw, network, config.num_samples, images).to(real_features.device)
        kernel = kernel_distance(
            real_features, drawn, subsets, config.num_subsets, config.subset_size
        )
        shares = precision_recall(real_features, drawn, config.num_neighbours, real_radii=radii)
        rows.append(
            (frechet_distance(real_features, drawn), kernel.mean, shares.precision, shares.recall)
        )
    return GeneratorQuality(
        *(distance_name(network), network.name, network.num_features, network.resize),
        *(reference, len(real_features), config),
        *(Estimate.over(column) for column in zip(*rows, strict=True)),
    )


def _draw_features(
    draw: Callable[[int, torch.Generator], Tensor],
    network: FeatureNetwork,
    num_samples: int,
    generator: torch.Generator,
) -> Tensor:
    features = []
    for start in range(0, num_samples, network.batch_size):
        number = min(network.batch_size, num_samples - start)
        with torch.no_grad():
            images = draw(number, generator)
        if len(images) != number:
            raise InputError(
                f"draw() returned {len(images)} images where {number} were asked for; "
                "return as many as its first argument says"
            )
        features.append(network.features(images))
    return torch.cat(features)


def _check_real(features: Tensor, network: FeatureNetwork, config: MeasurementConfig) -> None:
    check_features(features, "real", max(config.subset_size, config.num_neighbours + 1))
    if features.shape[1] != network.num_features:
        raise InputError(
            f"real features have {features.shape[1]} columns and {network.name} computes "
            f"{network.num_features}; compute them with the same feature network"
        )
