"""Distances of latent codes to a prior: pure functions, and their weighted sum."""

from latentbo.regularizers.baselines import (
    decoder_norm,
    kl_divergence,
    l2_norm,
    mmd_distance,
    total_correlation,
)
from latentbo.regularizers.config import REGULARIZERS, TERMS, RegularizerConfig
from latentbo.regularizers.encoding import Encoding
from latentbo.regularizers.expectation import expectation_by_sampling
from latentbo.regularizers.kolmogorov_smirnov import ks_distance, ks_expectation
from latentbo.regularizers.moments import (
    covariance_distance,
    covariance_expectation,
    mean_distance,
    mean_expectation,
)
from latentbo.regularizers.regularizer import Regularizer, make_regularizer
from latentbo.regularizers.sliced import (
    default_knots,
    random_directions,
    sliced_characteristic_distance,
    sliced_characteristic_expectation,
)

__all__ = [
    "REGULARIZERS",
    "TERMS",
    "Encoding",
    "Regularizer",
    "RegularizerConfig",
    "covariance_distance",
    "covariance_expectation",
    "decoder_norm",
    "default_knots",
    "expectation_by_sampling",
    "kl_divergence",
    "ks_distance",
    "ks_expectation",
    "l2_norm",
    "make_regularizer",
    "mean_distance",
    "mean_expectation",
    "mmd_distance",
    "random_directions",
    "sliced_characteristic_distance",
    "sliced_characteristic_expectation",
    "total_correlation",
]
