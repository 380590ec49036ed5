"""The Fréchet distance between Gaussians fitted to two sets of features."""

import torch
from torch import Tensor

from latentbo.images.metrics.checks import check_pair


def frechet_distance(first: Tensor, second: Tensor) -> float:
    r"""Return the Fréchet distance between Gaussians fitted to two sets of features.

    With means `m` and unbiased covariances `C`, it is
    `|m_1 - m_2|^2 + tr(C_1) + tr(C_2) - 2 tr((C_1 C_2)^(1/2))`.
    With `C_i = R_i^T R_i` the last trace is the sum of the singular values of `R_1 R_2^T`. This
    takes no root of a matrix, so singular covariances (fewer rows than columns, dead features)
    need no added diagonal. The factors `R_i` are those of a QR decomposition of the centred
    features: the covariances themselves are never formed.

    The estimate is biased upwards, more for fewer rows: compare distances of equal n. Only that of
    the standard Inception-v3 may be called FID; see `distance_name`.

    Args:
        first: An `n x d`-dim tensor of features, n >= 2.
        second: An `m x d`-dim tensor, m >= 2.

    Returns:
        The distance, at least 0, computed in double precision.

    Raises:
        InputError: If the features cannot be used.

    References:
        Dowson and Landau, "The Fréchet distance between multivariate normal distributions", 1982;
        Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017, eq. 6.
    """
    check_pair(first, second)
    means, factors = [], []
    for features in (first.double(), second.double().to(first.device)):
        means.append(features.mean(0))
        centred = (features - means[-1]) / (len(features) - 1) ** 0.5
        factors.append(torch.linalg.qr(centred, mode="r").R)
    shift = (means[0] - means[1]).square().sum()
    traces = factors[0].square().sum() + factors[1].square().sum()
    shared = torch.linalg.svdvals(factors[0] @ factors[1].T).sum()
    # Rounding can give a tiny negative number for equal sets.
    return max(0.0, float(shift + traces - 2 * shared))
