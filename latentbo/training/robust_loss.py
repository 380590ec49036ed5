"""The loss of a training step on strings whose embeddings are attacked (chapter 5).

Tokens are discrete, but their embeddings can change a little. So the attack moves each embedding of
a string by a bounded step that takes the code far away, as it changes the pixels of an image. It
runs with the network in evaluation mode; clean and attacked embeddings then pass the encoder
together, so that batch norms, if any, treat both alike.
"""

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from latentbo.attacks import UNLIMITED
from latentbo.models import AnyAutoencoder
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import PairRegularizer, Regularizer, make_regularizer
from latentbo.training.attacked import attacked_inputs
from latentbo.training.config import TrainingConfig
from latentbo.training.loss import TrainingLoss
from latentbo.training.pair_config import SequencePairConfig


class PairTrainingLoss(TrainingLoss):
    """Reconstruction, and pairs of clean and adversarial codes that follow the prior.

    Each string is decoded from one code of its pair: from the adversarial one with the probability
    `adversarial_share`, which is 0 in the thesis (eq. 5.6).

    Args:
        network: The network to train.
        regularizer: Source of settings and prior for the regularizer of pairs.
        regularizer_weight: Of the loss of the pairs.
        robust: The attack and the coupling of codes.
        **options: As in `TrainingLoss`.
    """

    def __init__(
        self,
        network: AnyAutoencoder,
        regularizer: Regularizer,
        regularizer_weight: float,
        robust: SequencePairConfig,
        **options: Any,
    ) -> None:
        super().__init__(network, regularizer, regularizer_weight, **options)
        self.robust = robust

    @cached_property
    def pairs(self) -> PairRegularizer:
        """The regularizer of pairs."""
        config, prior, robust = self.regularizer.config, self.regularizer.prior, self.robust
        return PairRegularizer(config, prior, robust.coupling, robust.two_point_term)

    def attacked(self, tokens: Tensor, generator: torch.Generator) -> Tensor:
        """Return attacked embeddings of `n x length` tokens: Fast-FGSM (eq. 5.1).

        Their shape is that of `network.encoder.embed(tokens)`; they have no gradient.
        """
        encoder = self.network.encoder
        # The attack's unit of length; a tensor, to avoid a device synchronisation per step.
        unit = encoder.embedding_deviation

        def encode(embedded: Tensor) -> Tensor:
            return self.network.encode(tokens, embedded=unit * embedded).mean

        clean = encoder.embed(tokens).detach() / unit
        moved = attacked_inputs(self.network, encode, clean, self.robust, generator, UNLIMITED)
        return unit * moved

    def _regularized(
        self, groups: list[Tensor], generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        halves = [self._pair(group, generator) for group in groups]
        codes, others = (torch.cat(side) for side in zip(*halves, strict=True))
        terms = self.pairs(codes, others, generator, self.network.decoder.parameters())
        return self._chosen(codes, others, generator), terms, self.pairs.loss(terms)

    def _pair(self, tokens: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Codes of `n x length` tokens, and of their attacked embeddings, both `n x d`."""
        embedded = [self.network.encoder.embed(tokens), self.attacked(tokens, generator)]
        both = torch.cat([tokens, tokens])
        return self.network.encode(both, generator, torch.cat(embedded)).codes.chunk(2)

    def _chosen(self, codes: Tensor, others: Tensor, generator: torch.Generator) -> Tensor:
        """The code of each pair to decode."""
        if not self.robust.adversarial_share:
            return codes
        uniform = torch.rand(len(codes), 1, generator=generator, device=codes.device)
        return torch.where(uniform < self.robust.adversarial_share, others, codes)


def make_training_loss(
    config: TrainingConfig,
    network: AnyAutoencoder,
    prior: GaussianMixturePrior,
    allowed: Tensor | None = None,
) -> TrainingLoss:
    """Return the training loss, robust or not; see `TrainingLoss`."""
    options: dict[str, Any] = {
        "latent_noise": config.latent_noise,
        "noise_levels": config.noise_levels,
        "noisy_regularizer": config.regularized_codes == "noisy",
        "token_dropout": config.token_dropout,
        "length_groups": config.length_groups,
        "reconstruction": config.reconstruction,
        "allowed": allowed,
    }
    regularizer = make_regularizer(config.regularizer_config, prior)
    weight, robust = config.regularizer_weight, config.robust
    if robust is None:
        return TrainingLoss(network, regularizer, weight, **options)
    return PairTrainingLoss(network, regularizer, weight, robust, **options)
