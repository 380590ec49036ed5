from collections.abc import Callable

import pytest
import torch

from latentbo.models import NetworkConfig, PriorConfig, SequenceAutoencoder, TrainedModel
from latentbo.representations import REPRESENTATIONS

STRINGS = ["CCO", "CCN(C)C", "c1ccccc1O", "CC(=O)NC", "OCC", "CCCCCCCCCC", "N", "FC(F)F"]


@pytest.fixture
def strings() -> list[str]:
    return list(STRINGS)


@pytest.fixture
def make_model() -> Callable[..., TrainedModel]:
    """Return a maker of small random models."""

    def make(name: str = "characters", variational: bool = False) -> TrainedModel:
        representation = REPRESENTATIONS[name].build(STRINGS, 16)
        config = NetworkConfig(6, 5, 7, 9, 2, variational)
        torch.manual_seed(3)
        network = SequenceAutoencoder(len(representation.vocabulary), config)
        # Codes far apart and a start vector of its own, so that mistakes show.
        torch.nn.init.normal_(network.encoder.backward_start)
        for parameter in network.decoder.output.parameters():
            parameter.data.mul_(8)
        return TrainedModel(network, representation, config, PriorConfig(4, 2.0))

    return make


@pytest.fixture
def model(make_model: Callable[..., TrainedModel]) -> TrainedModel:
    return make_model()
