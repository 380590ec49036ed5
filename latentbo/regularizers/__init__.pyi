from .baselines import (
    decoder_norm,
    kl_divergence,
    l2_norm,
    mmd_distance,
    total_correlation,
)
from .config import REGULARIZERS, RegularizerConfig
from .coupled_codes import cross_covariance, sample_pairs
from .coupling import CROSS_TARGETS, INDEPENDENT, TWO_POINT_TERMS, Coupling
from .encoding import Encoding
from .expectation import expectation_by_sampling
from .kolmogorov_smirnov import ks_distance, ks_expectation
from .moments import (
    covariance_distance,
    covariance_expectation,
    mean_distance,
    mean_expectation,
)
from .pair_regularizer import PairRegularizer
from .pairs import (
    augmented_ks_distance,
    coupled_ks_distance,
    coupled_ks_expectation,
    noisy_codes,
    pair_covariance_distance,
    pair_covariance_expectation,
    pair_covariance_residual,
    paired_ks_distance,
    paired_ks_expectation,
    sorted_ks_distance,
)
from .regularizer import Regularizer, make_regularizer
from .sliced import (
    default_knots,
    random_directions,
    sliced_characteristic_distance,
    sliced_characteristic_expectation,
)
from .terms import TERMS, Term, register_term

__all__ = [
    "CROSS_TARGETS",
    "INDEPENDENT",
    "REGULARIZERS",
    "TERMS",
    "TWO_POINT_TERMS",
    "Coupling",
    "Encoding",
    "PairRegularizer",
    "Regularizer",
    "RegularizerConfig",
    "Term",
    "augmented_ks_distance",
    "coupled_ks_distance",
    "coupled_ks_expectation",
    "covariance_distance",
    "covariance_expectation",
    "cross_covariance",
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
    "noisy_codes",
    "pair_covariance_distance",
    "pair_covariance_expectation",
    "pair_covariance_residual",
    "paired_ks_distance",
    "paired_ks_expectation",
    "random_directions",
    "register_term",
    "sample_pairs",
    "sliced_characteristic_distance",
    "sliced_characteristic_expectation",
    "sorted_ks_distance",
    "total_correlation",
]
