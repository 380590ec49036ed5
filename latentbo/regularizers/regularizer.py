"""The regularizer that training uses: named terms in units of their noise floor."""

from collections.abc import Callable, Iterable
from functools import cache

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior, check_codes
from latentbo.regularizers.baselines import (
    decoder_norm,
    kl_divergence,
    l2_norm,
    mmd_distance,
    total_correlation,
)
from latentbo.regularizers.config import RegularizerConfig
from latentbo.regularizers.encoding import Encoding
from latentbo.regularizers.kolmogorov_smirnov import ks_distance, ks_expectation
from latentbo.regularizers.moments import (
    covariance_distance,
    covariance_expectation,
    mean_distance,
    mean_expectation,
)
from latentbo.regularizers.sliced import (
    characteristic_distance,
    characteristic_expectation,
    default_knots,
    random_directions,
)


class Regularizer:
    """Terms that pull the codes of a batch towards a prior.

    The terms `ks`, `covariance`, `mean` and `sliced` are divided by their expectation over draws
    of the prior at the same batch size, so 1.0 is the noise floor; the others are raw. Terms are
    computed in at least float32, under autocast too.

    Args:
        config: Names, weights and options of the terms.
        prior: The prior.

    Example:
        >>> prior = GaussianMixturePrior.one_hot(10, scale=4.0)
        >>> regularizer = make_regularizer("gmm-ks", prior)
        >>> codes = prior.sample(100)
        >>> terms = regularizer(Encoding(codes, mean=codes))
        >>> loss = regularizer.loss(terms)
    """

    def __init__(self, config: RegularizerConfig, prior: GaussianMixturePrior) -> None:
        self.config = config
        self.prior = prior
        self.weights = config.weights
        self._prior_as = cache(prior.to)
        # Floors are floats, computed once per batch size: reading them from a device would make
        # every training step wait for it.
        self._floors = cache(self._moment_floors)
        self._knots = default_knots(prior, config.num_knots)
        self._terms: dict[str, Callable[..., Tensor]] = {
            "ks": self._ks,
            "covariance": self._covariance,
            "mean": self._mean,
            "sliced": self._sliced,
            "kl": lambda encoding, prior, generator: kl_divergence(encoding, prior),
            "total-correlation": lambda encoding, prior, generator: total_correlation(encoding),
            "mmd": self._mmd,
            "l2": lambda encoding, prior, generator: l2_norm(encoding.codes),
            **config.functions,
        }

    @property
    def requires_variance(self) -> bool:
        """Whether the encoder must return a log-variance."""
        return self.config.requires_variance

    def __call__(
        self,
        encoding: Encoding,
        generator: torch.Generator | None = None,
        decoder: Iterable[Tensor] = (),
    ) -> dict[str, Tensor]:
        """Terms of a batch.

        Args:
            encoding: The encoding of n >= 2 inputs in the prior's d dimensions.
            generator: Source of random directions and prior samples.
            decoder: Parameters of the decoder, for the term of that name.

        Returns:
            Name -> scalar tensor, for the terms with a positive weight.

        Raises:
            ValueError: If the codes are not `n x d` with n >= 2, or a log-variance, or the
                decoder's parameters, are needed and missing.
        """
        check_codes(encoding.codes, self.prior.num_dimensions, minimum_rows=2)
        encoding = encoding.in_full_precision()
        codes = encoding.codes
        prior = self._prior_as(codes.device, codes.dtype)
        with torch.autocast(codes.device.type, enabled=False):
            terms = {
                name: self._terms[name](encoding, prior, generator)
                for name in self.weights
                if name != "decoder"
            }
            return terms | ({"decoder": decoder_norm(decoder)} if "decoder" in self.weights else {})

    def loss(self, terms: dict[str, Tensor]) -> Tensor:
        """Weighted sum of the terms of a call; zero where there are none."""
        weighted = [self.weights[name] * term for name, term in terms.items()]
        return torch.stack(weighted).sum() if weighted else torch.zeros(())

    def _moment_floors(self, n: int) -> dict[str, float]:
        return {
            "covariance": covariance_expectation(self.prior, n),
            "mean": mean_expectation(self.prior, n),
        }

    def _ks(self, encoding: Encoding, prior: GaussianMixturePrior, _: object) -> Tensor:
        position = self.config.position
        floor = ks_expectation(encoding.codes.shape[0], position)
        return ks_distance(encoding.codes, prior, position) / floor

    def _covariance(self, encoding: Encoding, prior: GaussianMixturePrior, _: object) -> Tensor:
        floor = self._floors(encoding.codes.shape[0])["covariance"]
        return covariance_distance(encoding.codes, prior) / floor

    def _mean(self, encoding: Encoding, prior: GaussianMixturePrior, _: object) -> Tensor:
        floor = self._floors(encoding.codes.shape[0])["mean"]
        return mean_distance(encoding.codes, prior) / floor

    def _sliced(
        self, encoding: Encoding, prior: GaussianMixturePrior, generator: torch.Generator | None
    ) -> Tensor:
        codes = encoding.codes
        directions = random_directions(self.config.num_directions, codes, generator)
        knots = self._knots.to(codes)
        target = prior.characteristic_function(directions, knots)
        floor = characteristic_expectation(target, codes.shape[0])
        return characteristic_distance(codes, target, directions, knots) / floor

    def _mmd(
        self, encoding: Encoding, prior: GaussianMixturePrior, generator: torch.Generator | None
    ) -> Tensor:
        return mmd_distance(encoding.codes, prior.sample(encoding.codes.shape[0], generator))


def make_regularizer(config: str | RegularizerConfig, prior: GaussianMixturePrior) -> Regularizer:
    """Build a regularizer from a name or a configuration.

    Raises:
        ConfigurationError: If the name is unknown.
    """
    if isinstance(config, str):
        config = RegularizerConfig(name=config)
    return Regularizer(config, prior)
