"""The loss of a training step on strings."""

from dataclasses import replace

import torch
from torch import Tensor

from latentbo.models import AnyAutoencoder
from latentbo.regularizers import Encoding, Regularizer
from latentbo.representations import PAD
from latentbo.training.loop import Loss, LossAndParts, with_parts
from latentbo.training.noise import noisy_codes
from latentbo.training.reconstruction import LOSSES


class TrainingLoss(Loss):
    """Reconstruction loss plus the weighted regularizer of the batch's codes.

    Args:
        network: The network to train.
        regularizer: Compares the codes with the prior.
        regularizer_weight: Of the regularizer's loss.
        latent_noise: Standard deviation of the noise on the decoder's codes.
        noise_levels: Its choice per string; see `latentbo.training.noise.noisy_codes`.
        noisy_regularizer: Whether the regularizer uses the codes with that noise, in training and
            in validation.
        token_dropout: Share of previous tokens hidden from the decoder.
        length_groups: Number of groups of similar length in which a batch is computed; one for a
            network of fixed length.
        reconstruction: One of `latentbo.training.reconstruction.LOSSES`.
        allowed: Boolean, `vocabulary x vocabulary`: the alternatives to each true token (see
            `latentbo.models.alternatives`); None: all.
    """

    allowed: Tensor | None
    network: AnyAutoencoder

    def __init__(
        self,
        network: AnyAutoencoder,
        regularizer: Regularizer,
        regularizer_weight: float,
        *,
        latent_noise: float = 0.0,
        noise_levels: str = "fixed",
        noisy_regularizer: bool = False,
        token_dropout: float = 0.0,
        length_groups: int = 1,
        reconstruction: str = "cross-entropy",
        allowed: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.regularizer = regularizer
        self.regularizer_weight = regularizer_weight
        self.latent_noise = latent_noise
        self.noise_levels = noise_levels
        self.noisy_regularizer = noisy_regularizer
        self.token_dropout = token_dropout
        self.length_groups = length_groups
        self.reconstruction = LOSSES[reconstruction]
        self.register_buffer("allowed", allowed, persistent=False)

    def forward(self, tokens: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the loss of `n x length` tokens and its parts."""
        groups = self._groups(tokens)
        codes, terms, penalty = self._regularized(groups, generator)
        if self.training and self.latent_noise and not self.noisy_regularizer:
            codes = self._noisy(codes, generator)
        reconstruction = self._reconstruction(groups, codes, generator)
        loss = reconstruction + self.regularizer_weight * penalty
        return with_parts(loss, reconstruction=reconstruction, **terms)

    def _regularized(
        self, groups: list[Tensor], generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Return the codes to decode, `n x d`, the regularizer's terms, and their weighted sum."""
        encoding = _concatenate([self.network.encode(group, generator) for group in groups])
        if self.noisy_regularizer and self.latent_noise:
            encoding = replace(encoding, codes=self._noisy(encoding.codes, generator))
        decoder = self.network.decoder.parameters()
        terms = self.regularizer(encoding, generator, decoder)
        return encoding.codes, terms, self.regularizer.loss(terms)

    def _noisy(self, codes: Tensor, generator: torch.Generator) -> Tensor:
        """Return `n x d` codes with the noise of training."""
        prior = self.regularizer.prior
        return noisy_codes(codes, prior, self.latent_noise, self.noise_levels, generator)

    def _groups(self, tokens: Tensor) -> list[Tensor]:
        if self.network.fixed_length is not None:
            return [tokens.long()]
        lengths = (tokens != PAD).sum(1)
        ordered = tokens[lengths.argsort(stable=True)].long()
        groups = ordered.chunk(self.length_groups)
        return [group[:, : int((group != PAD).sum(1).max())] for group in groups]

    def _reconstruction(
        self, groups: list[Tensor], codes: Tensor, generator: torch.Generator
    ) -> Tensor:
        total = codes.new_zeros(())
        count = codes.new_zeros(())
        for group, group_codes in zip(groups, codes.split([len(g) for g in groups]), strict=True):
            dropped = None
            if self.training and self.token_dropout:
                uniform = torch.rand(group.shape, generator=generator, device=group.device)
                dropped = uniform < self.token_dropout
            logits = self.network.logits(group_codes, group, dropped).float()
            everywhere = self.network.fixed_length is not None
            part, weight = self.reconstruction(logits, group, self.allowed, everywhere)
            total, count = total + part, count + weight
        return total / count


def _concatenate(encodings: list[Encoding]) -> Encoding:
    codes = torch.cat([encoding.codes for encoding in encodings])
    mean = torch.cat([encoding.mean for encoding in encodings])
    variances = [e.log_variance for e in encodings if e.log_variance is not None]
    return Encoding(codes, mean, torch.cat(variances) if variances else None)
