"""Ex-post density: a Gaussian or a Gaussian mixture fitted to the codes of a trained autoencoder.

It is not part of training, so it makes any autoencoder a generator:
`model.decode(fit_density(model.encode(images)).sample(n))`.
"""

import warnings

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics.optional import import_optional
from latentbo.priors import GaussianMixturePrior

# Added to the variances of standardised codes, for a factorisation in single precision.
LEAST_VARIANCE = 1e-5
# Lower bound of a dimension's standard deviation, as a share of the largest.
LEAST_SHARE = 1e-3
MAX_ITERATIONS = 200


def fit_density(codes: Tensor, num_components: int = 10, seed: int = 0) -> GaussianMixturePrior:
    """Fit a mixture of Gaussians of full covariance to codes.

    One component is fitted in closed form, more by scikit-learn's expectation maximisation, started
    at the clusters of k-means. Dimensions are standardised before the fit, and all variances are
    raised slightly, so that constant or duplicate dimensions are no problem.

    Args:
        codes: An `n x d`-dim tensor, n at least 2 and at least `num_components`.
        num_components: Number K of Gaussians; 10 as published for images of ten classes.
        seed: Of the start of the fit.

    Returns:
        The density, in the codes' floating-point type, on the CPU.

    Raises:
        ConfigurationError: If K is below 1, or scikit-learn is missing for K above 1.
        InputError: If the codes are too few, not a matrix, or not finite.

    References:
        P. Ghosh et al., "From Variational to Deterministic Autoencoders", ICLR 2020, section 4.
    """
    _check(codes, num_components)
    exact = codes.detach().cpu().double()
    centre, deviations = exact.mean(0), exact.std(0, correction=0)
    largest = float(deviations.max())
    scale = deviations.clamp_min(LEAST_SHARE * largest) if largest > 0 else torch.ones_like(centre)
    standardised = (exact - centre) / scale
    fit = _gaussian(standardised) if num_components == 1 else None
    weights, means, covariances = fit or _mixture(standardised, num_components, seed)
    covariances = (covariances + covariances.mT) / 2 * scale[:, None] * scale
    shifted = means * scale + centre
    return GaussianMixturePrior(*(each.to(codes.dtype) for each in (weights, shifted, covariances)))


def _gaussian(codes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    added = LEAST_VARIANCE * torch.eye(codes.shape[1], dtype=codes.dtype)
    covariance = codes.T @ codes / len(codes) + added
    return torch.ones(1, dtype=codes.dtype), torch.zeros_like(codes[:1]), covariance[None]


def _mixture(codes: Tensor, num_components: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    purpose = "a fitted mixture of Gaussians"
    models = import_optional("sklearn.mixture", "scikit-learn", purpose)
    warning = import_optional("sklearn.exceptions", "scikit-learn", purpose).ConvergenceWarning
    mixture = models.GaussianMixture(
        num_components, reg_covar=LEAST_VARIANCE, max_iter=MAX_ITERATIONS, random_state=seed
    )
    with warnings.catch_warnings():
        # A fit that has not converged, or has fewer distinct codes than components, is still a
        # density.
        warnings.simplefilter("ignore", warning)
        mixture.fit(codes.numpy())
    found = (mixture.weights_, mixture.means_, mixture.covariances_)
    weights, means, covariances = (torch.from_numpy(each) for each in found)
    return weights, means, covariances


def _check(codes: Tensor, num_components: int) -> None:
    if num_components < 1:
        raise ConfigurationError(f"num_components is {num_components}; fit at least 1 component")
    if codes.ndim != 2 or not codes.is_floating_point() or not codes.shape[1]:
        raise InputError(
            f"codes are {tuple(codes.shape)} of {codes.dtype}; give n x d floating-point numbers"
        )
    if len(codes) < max(2, num_components):
        raise InputError(
            f"{len(codes)} codes are too few for {num_components} component(s): encode at least "
            f"{max(2, num_components)} images, or fit fewer components"
        )
    finite = codes.isfinite().all(1)
    if not finite.all():
        raise InputError(
            f"{int((~finite).sum())} of {len(codes)} codes are not finite: look for a training "
            f"that diverged"
        )
