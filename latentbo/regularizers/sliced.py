"""The sliced term: characteristic functions of random projections."""

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior, check_codes
from latentbo.regularizers.expectation import check_batch_size


def sliced_characteristic_distance(
    codes: Tensor, prior: GaussianMixturePrior, directions: Tensor, knots: Tensor
) -> Tensor:
    r"""Mean squared distance of the projections' empirical characteristic functions to the prior's.

    Averages `|phi_n(t; a) - phi(t; a)|^2` over directions a and knots t, with `phi_n(t; a)` the
    mean of `exp(i t a . z)` over the codes. Detects cluster structure that marginals and covariance
    miss.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        prior: The prior.
        directions: An `m x d`-dim tensor of unit vectors.
        knots: A `t`-dim tensor of positive frequencies.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If `codes` or `directions` has the wrong shape.

    References:
        T. W. Epps and L. B. Pulley, "A test for normality based on the empirical characteristic
        function", Biometrika 1983; R. Balestriero and Y. LeCun, "LeJEPA", 2025 (for N(0, I)).
    """
    target = prior.characteristic_function(directions, knots)
    return characteristic_distance(codes, target, directions, knots)


def sliced_characteristic_expectation(
    prior: GaussianMixturePrior, n: int, directions: Tensor, knots: Tensor
) -> Tensor:
    """Expectation of `sliced_characteristic_distance` over n draws of the prior, a scalar."""
    return characteristic_expectation(prior.characteristic_function(directions, knots), n)


def characteristic_distance(
    codes: Tensor, target: Tensor, directions: Tensor, knots: Tensor
) -> Tensor:
    """`sliced_characteristic_distance` for a known characteristic function of the prior.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        target: An `m x t`-dim complex tensor: the prior's at `directions` and `knots`.
        directions: An `m x d`-dim tensor of unit vectors.
        knots: A `t`-dim tensor of positive frequencies.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If `codes` does not fit the directions or has fewer than two rows.
    """
    check_codes(codes, directions.shape[1], minimum_rows=2)
    angles = (codes @ directions.T)[..., None] * knots
    real = angles.cos().mean(dim=0) - target.real
    imaginary = angles.sin().mean(dim=0) - target.imag
    return (real.square() + imaginary.square()).mean()


def characteristic_expectation(target: Tensor, n: int) -> Tensor:
    """Expectation of `characteristic_distance` over n draws of the prior: mean (1 - |phi|^2)/n."""
    check_batch_size(n)
    return (1 - target.real.square() - target.imag.square()).mean() / n


def random_directions(
    num_directions: int, like: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Uniform unit vectors, `num_directions x d`, of the type and device of `like` (`n x d`)."""
    source = like.device if generator is None else generator.device
    shape = (num_directions, like.shape[1])
    directions = torch.randn(shape, dtype=like.dtype, device=source, generator=generator)
    return torch.nn.functional.normalize(directions, dim=-1).to(like.device)


def default_knots(prior: GaussianMixturePrior, num_knots: int) -> Tensor:
    """Evenly spaced frequencies up to 3 / s, `num_knots`.

    s is the root of the prior's mean variance. Frequencies below 1.5 / s depend on the moments
    only, and those far above 3 / s mostly on noise.
    """
    scale = prior.covariance.diagonal().mean().sqrt()
    return torch.linspace(0, 3, num_knots + 1).to(scale)[1:] / scale
