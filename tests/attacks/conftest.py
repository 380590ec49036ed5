from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from latentbo.attacks import AttackedModel
from latentbo.images.models import EvaluatedAutoencoder, ImageAutoencoder, ImageNetworkConfig


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Codes are `x A`, and reconstructions `z B`: attacks of it have known solutions."""

    encoder: Tensor
    decoder: Tensor

    def encode(self, images: Tensor, /) -> Tensor:
        return images.flatten(1) @ self.encoder

    def decode(self, codes: Tensor, /) -> Tensor:
        return codes @ self.decoder


@pytest.fixture
def linear_model() -> LinearModel:
    source = torch.Generator().manual_seed(0)
    return LinearModel(
        torch.randn(12, 3, generator=source, dtype=torch.float64),
        torch.randn(3, 12, generator=source, dtype=torch.float64),
    )


@pytest.fixture
def network() -> ImageAutoencoder:
    """A small fully connected autoencoder of 8-pixel images with weights of some size."""
    config = ImageNetworkConfig("mlp", 1, 8, 4, 32, 2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = ImageAutoencoder(config)
    for parameter in network.parameters():
        parameter.data *= 2.5
    return network


@pytest.fixture
def model(network: ImageAutoencoder) -> AttackedModel:
    return EvaluatedAutoencoder(network)


@pytest.fixture
def images() -> Tensor:
    """Six images with many pixels at the ends of the range."""
    source = torch.Generator().manual_seed(1)
    return (1.5 * torch.rand(6, 1, 8, 8, generator=source) - 0.25).clamp(0, 1)


@pytest.fixture
def seeded() -> Callable[[int], torch.Generator]:
    return lambda seed: torch.Generator().manual_seed(seed)
