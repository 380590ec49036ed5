"""The regularizer for pairs of codes: those of inputs and of their adversarial versions."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers.config import RegularizerConfig
from latentbo.regularizers.coupling import Coupling
from latentbo.regularizers.encoding import Encoding
from latentbo.regularizers.kolmogorov_smirnov import ks_expectation
from latentbo.regularizers.pairs import (
    augmented_ks_distance,
    coupled_ks_distance,
    coupled_ks_expectation,
    pair_covariance_distance,
    pair_covariance_expectation,
)
from latentbo.regularizers.regularizer import Regularizer


class PairRegularizer:
    """Terms that pull pairs of codes to a prior and to each other.

    The terms `ks` and `covariance` are those of section 5.3 in units of their expectation over
    coupled draws of the prior. The other terms do not depend on the pairing: each is the mean of
    its values for clean and for adversarial codes.

    Args:
        config: Names, weights and options of the terms.
        prior: The prior.
        coupling: Target of the cross-covariance; `INDEPENDENT` for the augmented form.
        two_point: Two-point term, one of `TWO_POINT_TERMS`; None for the augmented form, which has
            none (eqs. 5.2, 5.3).
    """

    def __init__(
        self,
        config: RegularizerConfig,
        prior: GaussianMixturePrior,
        coupling: Coupling,
        two_point: str | None = "paired",
    ) -> None:
        self.prior = prior
        self.weights = config.weights
        without = {**config.term_weights, "ks": 0.0, "covariance": 0.0}
        self.single = Regularizer(replace(config, term_weights=without), prior)
        self.position = config.position
        self.coupling, self.two_point = coupling, two_point
        self._prior_as = cache(prior.to)
        # Floats, computed once per batch size.
        self._floors = cache(self._expectations)

    def __call__(
        self,
        codes: Tensor,
        adversarial_codes: Tensor,
        generator: torch.Generator | None = None,
        decoder: Iterable[Tensor] = (),
    ) -> dict[str, Tensor]:
        """Terms of a batch of n >= 2 pairs of codes, both `n x d`: name -> scalar tensor.

        Args:
            codes: An `n x d`-dim tensor.
            adversarial_codes: An `n x d`-dim tensor, row for row of the same inputs.
            generator: Source of random directions and prior samples.
            decoder: Parameters of the decoder, for the term of that name.

        Raises:
            ValueError: If the shapes do not fit, or the decoder's parameters are needed and
                missing.
        """
        if codes.dtype in (torch.float16, torch.bfloat16):
            codes, adversarial_codes = codes.float(), adversarial_codes.float()
        parameters = tuple(decoder)
        clean = self.single(Encoding(codes, codes), generator, parameters)
        adversarial = self.single(
            Encoding(adversarial_codes, adversarial_codes), generator, parameters
        )
        terms = {name: 0.5 * (clean[name] + adversarial[name]) for name in clean}
        floors, prior = self._floors(len(codes)), self._prior_as(codes.device, codes.dtype)
        with torch.autocast(codes.device.type, enabled=False):
            if "ks" in self.weights:
                terms["ks"] = self._ks(codes, adversarial_codes, prior) / floors["ks"]
            if "covariance" in self.weights:
                pairs = codes, adversarial_codes
                distance = pair_covariance_distance(*pairs, prior, self.coupling)
                terms["covariance"] = distance / floors["covariance"]
        return terms

    def loss(self, terms: dict[str, Tensor]) -> Tensor:
        """Weighted sum of the terms of a call."""
        return torch.stack([self.weights[name] * term for name, term in terms.items()]).sum()

    def _ks(self, codes: Tensor, others: Tensor, prior: GaussianMixturePrior) -> Tensor:
        if self.two_point is None:
            return augmented_ks_distance(codes, others, prior, self.position)
        return coupled_ks_distance(codes, others, prior, self.position, self.two_point)

    def _expectations(self, n: int) -> dict[str, float]:
        if self.two_point is None:
            distance = ks_expectation(n, self.position)
        else:
            distance = coupled_ks_expectation(
                self.prior, n, self.coupling, self.position, self.two_point
            )
        covariance = pair_covariance_expectation(self.prior, n, self.coupling)
        return {"ks": distance, "covariance": covariance}
