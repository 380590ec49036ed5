"""Sparse Gaussian process (SGPR) on standardised targets, in double precision.

Fit and prediction are those of Titsias' variational sparse GP in its collapsed form (gpytorch's
`InducingPointKernel` with the trace term added to the marginal likelihood), wrapped as a botorch
model. Inducing points are chosen among the data by pivoted Cholesky under the prior kernel.

References:
    Titsias, "Variational Learning of Inducing Variables in Sparse Gaussian Processes", AISTATS
    2009: the bound is eq. 9, the prediction eq. 6 and 10.
"""

import math
import warnings
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # Importing botorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    import gpytorch
    from botorch.exceptions import InputDataWarning
    from botorch.models import SingleTaskGP
    from botorch.models.utils.gpytorch_modules import (
        get_gaussian_likelihood_with_lognormal_prior,
    )
    from botorch.models.utils.inducing_point_allocators import GreedyVarianceReduction
    from botorch.optim.core import OptimizationStatus
    from botorch.optim.fit import fit_gpytorch_mll_scipy
    from gpytorch.distributions import MultivariateNormal
    from gpytorch.models.exact_prediction_strategies import SGPRPredictionStrategy
    from linear_operator.operators import (
        LowRankRootAddedDiagLinearOperator,
        MatmulLinearOperator,
    )

from latentbo.settings import check, setting
from latentbo.surrogates.kernels import (
    ColumnSumKernel,
    Linear,
    Matern,
    Part,
    Quadratic,
    SquaredExponential,
    Tanimoto,
)
from latentbo.surrogates.repeated_noise import with_repeats
from latentbo.surrogates.repeats import Repeats

# Larger values are clipped, so that their squares fit in a double.
LARGEST = 1e150
# Targets count as constant below this standard deviation, relative to the largest.
ROUNDING = 1e-13


@dataclass(frozen=True)
class SparseGPConfig:
    """Settings of the sparse GP.

    Args:
        num_inducing: Maximum number of inducing points; fewer data are all inducing points.
        max_iterations: L-BFGS iterations on the collapsed bound.
        max_fit: Maximum number of rows for fitting the hyperparameters (of more, every second,
            third, …); the posterior uses all rows.
        num_confidence: Columns of `train_Z` after the code that hold the model's confidence.
        num_counts: Columns after these that count fragments.
        num_descriptors: Columns after these with other descriptors of the string.

    Raises:
        ConfigurationError: If a value is not positive, or a number of columns negative.
    """

    num_inducing: int = setting(150, at_least=1)
    max_iterations: int = setting(50, at_least=1)
    max_fit: int = setting(500, at_least=1)
    num_confidence: int = setting(0, at_least=0)
    num_counts: int = setting(0, at_least=0)
    num_descriptors: int = setting(0, at_least=0)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class FittedSurrogate:
    """A fitted model, and whether the fit converged.

    Args:
        model: The botorch model of the standardised values. Sample and acquire in this unit:
            numerical jitter is absolute, and would drown values of a tiny unit.
        converged: Whether L-BFGS ended without an error. If the bound could not be computed at all,
            the hyperparameters are the initial ones.
        lengthscale: Of the kernel over the code.
        noise: Noise variance, in units of the targets' variance.
        center: Mean of `train_Y`.
        unit: Standard deviation of `train_Y` (1 if it is constant).
    """

    model: Any
    converged: bool
    lengthscale: float
    noise: float
    center: float
    unit: float

    def standardized(self, values: Tensor) -> Tensor:
        """Return values of any shape, standardised as for the model, in double precision."""
        return (values.double().clamp(-LARGEST, LARGEST) - self.center) / self.unit

    def predict(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return the posterior mean and standard deviation in the unit of `train_Y`.

        Args:
            codes: An `n x d`-dim double tensor.

        Returns:
            Two `n`-dim tensors; the deviation is that of the function, without noise.
        """
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            posterior = self.model.posterior(codes)
            mean, variance = posterior.mean[:, 0], posterior.variance[:, 0]
        return self.center + self.unit * mean, self.unit * variance.clamp(min=0).sqrt()

    def gradients(self, codes: Tensor) -> Tensor:
        """Return the gradients (`n x d`) of the standardised posterior mean at `n x d` codes."""
        with torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # For inputs equal to the training data gpytorch takes a shortcut whose gradient is
            # wrong; one extra row avoids it.
            inputs = torch.cat([codes, codes[:1]]).requires_grad_()
            total = self.model.posterior(inputs).mean.sum()
            (gradients,) = torch.autograd.grad(total, inputs)
        return gradients[: len(codes)]


class NoiseOf:
    """The likelihood in the form that the trace term of the bound needs.

    The prior and the added loss terms of a likelihood that is a submodule of two others are counted
    twice.
    """

    def __init__(self, likelihood: Any) -> None:
        self._shaped_noise_covar = likelihood._shaped_noise_covar


class TitsiasKernel(gpytorch.kernels.InducingPointKernel):
    """gpytorch's kernel with inducing points, without FITC's correction of the training data.

    gpytorch fits the bound of Titsias, but its predictions add the variance not explained by the
    inducing points to the noise of each row, which is another model (FITC).
    """

    def prediction_strategy(
        self, train_inputs: Any, train_prior_dist: Any, train_labels: Tensor, likelihood: Any
    ) -> "TitsiasPrediction":
        """Return the prediction strategy; the arguments are gpytorch's."""
        with gpytorch.settings.sgpr_diagonal_correction(False):
            covariance = train_prior_dist.lazy_covariance_matrix.evaluate_kernel()
        prior = MultivariateNormal(train_prior_dist.mean, covariance)
        return TitsiasPrediction(train_inputs, prior, train_labels, likelihood)


class TitsiasPrediction(SGPRPredictionStrategy):
    """gpytorch's prediction, correct also for inputs that equal the training data."""

    def exact_prediction(
        self, test_mean: Tensor, test_test_covar: Any, test_train_covar: Any
    ) -> tuple[Tensor, Any]:
        """Return mean and covariance; the arguments are gpytorch's."""
        if isinstance(test_train_covar, LowRankRootAddedDiagLinearOperator):
            # Corrected in the same way as the test inputs' own covariance.
            root = test_train_covar._linear_op.root
            test_train_covar = MatmulLinearOperator(root, root.mT)
        prediction: tuple[Tensor, Any] = super().exact_prediction(
            test_mean, test_test_covar, test_train_covar
        )
        return prediction


def fit_sparse_gp(
    train_Z: Tensor, train_Y: Tensor, config: SparseGPConfig, repeats: Repeats | None = None
) -> FittedSurrogate:
    """Fit a sparse GP.

    Args:
        train_Z: An `n x d`-dim double tensor of codes, scaled to about the unit cube.
        train_Y: An `n x 1`-dim double tensor of values, in any unit.
        config: Settings.
        repeats: Of the values, in their unit: number of measurements behind each mean; None: one. A
            row's noise is the fitted noise divided by this number; the scatter enters the fit of
            the noise exactly as if every measurement were a row.

    Returns:
        The fitted surrogate. A fit that fails numerically is reported, not raised: the GP with its
        initial hyperparameters is still a model.

    Raises:
        ValueError: If the shapes do not agree, or the data are not double or not finite.
    """
    check_data(train_Z, train_Y)
    values = train_Y.clamp(-LARGEST, LARGEST)
    center, unit = float(values.mean()), _deviation(values)
    targets = (values - center) / unit
    repeats = None if repeats is None else repeats.in_unit(unit)
    every = math.ceil(len(train_Z) / config.max_fit)
    with warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        some = slice(None, None, every)
        repeats_of_some = None if repeats is None else repeats.rows(some)
        model = _build(train_Z[some], targets[some], config, repeats_of_some)
        # botorch switches this off globally, which makes gpytorch factorise the n x n matrix of a
        # low-rank kernel: n^3 instead of n m^2.
        fast = gpytorch.settings.fast_computations.log_prob(True)
        with fast, model.covar_module.base_kernel.constant_inputs():
            converged = maximize_likelihood(model, config.max_iterations)
        if every > 1:
            model = _with_hyperparameters(_build(train_Z, targets, config, repeats), model)
    model.eval()
    over_code = model.covar_module.base_kernel.parts[0]
    return FittedSurrogate(
        model,
        converged,
        float(over_code.value("lengthscale").detach()),
        float(model.likelihood.noise.detach()),
        center,
        unit,
    )


def _with_hyperparameters(model: Any, fitted: Any) -> Any:
    """Copy hyperparameters fitted to some rows to a model of all; it keeps its inducing points."""
    found = {k: v for k, v in fitted.state_dict().items() if not k.endswith("inducing_points")}
    model.load_state_dict({**model.state_dict(), **found})
    return model


def _deviation(values: Tensor) -> float:
    """Return the standard deviation; 1 where differences are mere rounding."""
    if len(values) < 2:
        return 1.0
    deviation = float(values.std())
    return deviation if deviation > ROUNDING * float(values.abs().max()) else 1.0


def maximize_likelihood(model: Any, max_iterations: int) -> bool:
    """Maximise the marginal likelihood, or its lower bound, by L-BFGS.

    Returns:
        Whether it ended without an error; the model is unchanged if no value could be computed.
    """
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    mll = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    try:
        result = fit_gpytorch_mll_scipy(mll, options={"maxiter": max_iterations})
        usable = math.isfinite(result.fval)
        usable &= all(bool(torch.isfinite(p).all()) for p in model.parameters())
        converged = usable and result.status != OptimizationStatus.FAILURE
    except (RuntimeError, ValueError):
        # NotPSDError and NanError of linear_operator are RuntimeErrors.
        usable = converged = False
    if not usable:
        model.load_state_dict(initial)
    return converged


def check_data(train_Z: Tensor, train_Y: Tensor) -> None:
    """Refuse data that no Gaussian process can be fitted to.

    Raises:
        ValueError: If the shapes do not agree, or the data are not double or not finite.
    """
    if train_Z.ndim != 2 or train_Y.shape != (len(train_Z), 1) or not train_Z.numel():
        raise ValueError(
            f"expected train_Z of shape n x d and train_Y of shape n x 1 with n, d >= 1, got "
            f"{tuple(train_Z.shape)} and {tuple(train_Y.shape)}"
        )
    for name, tensor in (("train_Z", train_Z), ("train_Y", train_Y)):
        if tensor.dtype != torch.float64 or not torch.isfinite(tensor).all():
            raise ValueError(f"{name} must be finite and of double precision")


def _kernel(train_Z: Tensor, config: SparseGPConfig) -> ColumnSumKernel:
    """Build the kernel: one part over the code, and one per kind of optional column present."""
    ends = list(accumulate((config.num_confidence, config.num_counts, config.num_descriptors)))
    first = train_Z.shape[1] - ends[-1]
    code = slice(0, first)
    confidence, counts, descriptors = (
        slice(first + start, first + end) for start, end in zip([0, *ends[:-1]], ends, strict=True)
    )
    parts: list[Part] = [_matern(train_Z, code)]
    if config.num_confidence:
        parts.append(SquaredExponential(confidence))
    if config.num_counts:
        scale = float((train_Z[:, counts] ** 2).sum(1).mean().clamp(min=1.0))
        parts += [Tanimoto(counts), Linear(counts, scale)]
    if config.num_descriptors:
        # The squared distance between two curves is a quadratic form of the values of one.
        parts += [_matern(train_Z, descriptors), Quadratic(descriptors)]
    return ColumnSumKernel(parts).to(train_Z)


def _matern(train_Z: Tensor, columns: slice) -> Matern:
    """Return a Matern kernel over some columns, its lengthscale at their median distance."""
    matern = Matern(columns)
    distances = torch.pdist(train_Z[:500, columns])
    if (distances > 0).any():
        matern.set_value("lengthscale", distances[distances > 0].median())
    return matern


def _build(
    train_Z: Tensor, train_Y: Tensor, config: SparseGPConfig, repeats: Repeats | None
) -> Any:
    warnings.simplefilter("ignore", InputDataWarning)
    kernel = _kernel(train_Z, config)
    inducing = GreedyVarianceReduction().allocate_inducing_points(
        inputs=train_Z,
        covar_module=kernel,
        num_inducing=min(config.num_inducing, len(train_Z)),
        input_batch_shape=torch.Size([]),
    )
    likelihood = with_repeats(get_gaussian_likelihood_with_lognormal_prior(), repeats)
    sparse = TitsiasKernel(kernel, inducing.clone(), NoiseOf(likelihood))
    # Moving d x m inducing coordinates by gradient costs most of the fit and gains little here.
    sparse.inducing_points.requires_grad_(False)
    return SingleTaskGP(
        train_Z,
        train_Y,
        covar_module=sparse,
        likelihood=likelihood,
        outcome_transform=None,
    ).to(train_Z)
