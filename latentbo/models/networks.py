"""Networks and priors from their configurations."""

from typing import TypeAlias

import torch

from latentbo.models.network import SequenceAutoencoder
from latentbo.models.published import PublishedAutoencoder
from latentbo.models.sizes import AnyNetworkConfig, PriorConfig, PublishedConfig
from latentbo.priors import GaussianMixturePrior

#: Every network has `encode` (of tokens, or of a replacement of their `encoder.embed`), `logits`
#: and a token-by-token `decoder` (`initial_state`, and a call that returns logits and the next
#: state, whose dimension 1 indexes the rows); `fixed_length` is None, or the length to which all
#: strings are padded.
AnyAutoencoder: TypeAlias = SequenceAutoencoder | PublishedAutoencoder


def make_network(vocabulary_size: int, config: AnyNetworkConfig) -> AnyAutoencoder:
    """Return a new network with random weights (from torch's global generator)."""
    if isinstance(config, PublishedConfig):
        return PublishedAutoencoder(vocabulary_size, config)
    return SequenceAutoencoder(vocabulary_size, config)


def make_prior(config: PriorConfig, num_dimensions: int) -> GaussianMixturePrior:
    """Return the prior over codes of `num_dimensions` dimensions."""
    if config.num_components == 1:
        centre = torch.zeros(1, num_dimensions)
        return GaussianMixturePrior.spherical(centre, config.standard_deviation)
    return GaussianMixturePrior.one_hot(
        num_dimensions, config.num_components, config.scale, config.standard_deviation
    )
