r"""An exact Gaussian process on molecules: count-Tanimoto similarity plus a kernel on descriptors.

The hyperparameters are fitted to a few hundred rows and the posterior is conditioned on at most a
thousand. Half of each are the best rows, where the search continues; the others are random. So the
cost of a step is bounded, however long the run.

Written in plain torch: gpytorch's kernels take dense rows of numbers, not sparse counts over an
open vocabulary, and its overhead would take most of a fit's time.

References:
    Tripp, Simm and Hernández-Lobato, "A Fresh Look at De Novo Molecular Design Benchmarks", 2021.
    Griffiths et al., "GAUCHE: A Library for Gaussian Processes in Chemistry", NeurIPS 2023.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from latentbo.chemistry import Form, SimilarityIndex, tanimoto
from latentbo.errors import ConfigurationError, InputError
from latentbo.surrogates.censored import Bounds, one_sided_sites
from latentbo.surrogates.molecule_features import (
    MoleculeFeatures,
    MoleculeFeaturizer,
    TanimotoGPConfig,
)
from latentbo.surrogates.repeats import Repeats
from latentbo.surrogates.tanimoto_kernel import (
    TanimotoHyperparameters,
    add_noise,
    cholesky_with_jitter,
    covariance,
    fit_hyperparameters,
    squared_distances,
)
from latentbo.surrogates.targets import standardized_targets

# Maximum number of strings whose covariance with the data is in memory at once.
BLOCK = 2000


@dataclass(frozen=True, eq=False)
class _Data:
    """The molecules on which the posterior is conditioned.

    Args:
        index: Their environments.
        descriptors: An `n x k`-dim tensor, standardised.
        center: Of the descriptors, `k`.
        unit: Of the descriptors, `k`.
    """

    index: SimilarityIndex
    descriptors: Tensor
    center: Tensor
    unit: Tensor

    @classmethod
    def of(cls, features: MoleculeFeatures, form: Form) -> "_Data":
        center = features.descriptors.mean(0)
        unit = (features.descriptors - center).square().mean(0).sqrt()
        # A descriptor that is constant over the molecules keeps its own unit.
        unit = torch.where(unit > 1e-9 * (1 + center.abs()), unit, 1.0)
        index = SimilarityIndex(features.fingerprints, form)
        return cls(index, (features.descriptors - center) / unit, center, unit)

    def standardized(self, features: MoleculeFeatures) -> Tensor:
        return (features.descriptors - self.center) / self.unit

    def with_more(self, both: MoleculeFeatures, form: Form) -> "_Data":
        """Return the same scales for these molecules and further ones behind them."""
        standardized = (both.descriptors - self.center) / self.unit
        return _Data(SimilarityIndex(both.fingerprints, form), standardized, self.center, self.unit)

    def relations(self, features: MoleculeFeatures) -> tuple[Tensor, Tensor | None]:
        """Return similarities and squared distances of `m` molecules to the data, `m x n`."""
        similarity = self.index.similarity(features.fingerprints)
        if not self.descriptors.shape[1]:
            return similarity, None
        return similarity, squared_distances(self.standardized(features), self.descriptors)

    def relations_among(self, features: MoleculeFeatures) -> tuple[Tensor, Tensor | None]:
        """Return similarities and squared distances of `m` molecules to each other."""
        similarity = tanimoto(features.fingerprints, features.fingerprints, self.index.form)
        if not self.descriptors.shape[1]:
            return similarity, None
        scaled = self.standardized(features)
        return similarity, squared_distances(scaled, scaled)


@dataclass(frozen=True, eq=False)
class TanimotoSurrogate:
    """The fitted Gaussian process.

    Args:
        featurizer: Computes features of strings.
        data: The molecules on which it is conditioned.
        fitted: Hyperparameters.
        converged: Whether L-BFGS converged; for constant values there is nothing to fit, and the
            hyperparameters are the initial ones.
        factor: The `n x n` Cholesky factor of kernel plus noise.
        alpha: Its solution for the targets, `n`.
        center: Mean of the values.
        unit: Standard deviation of the values.
        targets: The standardised targets on which it is conditioned, `n`.
        rows: Of the strings that were given, those that it is conditioned on with their values.
        num_censored: Rows at the end that stand for bounds.
    """

    featurizer: MoleculeFeaturizer
    data: _Data
    fitted: TanimotoHyperparameters
    converged: bool
    factor: Tensor
    alpha: Tensor
    center: float
    unit: float
    targets: Tensor
    rows: Tensor
    num_censored: int = 0

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Hyperparameters for the step record; variances in units of the values' variance."""
        num_exact = len(self.alpha) - self.num_censored
        found: dict[str, Any] = {"train": num_exact, "converged": self.converged}
        found |= {"censored": self.num_censored} if self.num_censored else {}
        found |= {"outputscale": self.fitted.outputscale, "noise": self.fitted.noise}
        if self.featurizer.descriptors:
            found |= {"weight": self.fitted.weight, "lengthscale": self.fitted.lengthscale}
        return found

    @torch.no_grad()
    def predict(self, strings: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation (`n` doubles each) in the unit of the values.

        The deviation is that of the function, without noise.

        Raises:
            InputError: If a string is not a molecule.
        """
        means, deviations = [torch.empty(0).double()], [torch.empty(0).double()]
        for start in range(0, len(strings), BLOCK):
            features = self.featurizer.features(strings[start : start + BLOCK])
            mean, explained = self._explained(features)
            variance = self.fitted.outputscale - explained.square().sum(0)
            means.append(self.center + self.unit * mean)
            deviations.append(self.unit * variance.clamp(min=0).sqrt())
        return torch.cat(means), torch.cat(deviations)

    @torch.no_grad()
    def sample(self, strings: Sequence[str], num_samples: int, seed: int) -> Tensor:
        """Return joint samples of the function, `num_samples x n`, in the unit of the values.

        Args:
            strings: n SMILES strings.
            num_samples: Number of functions to draw.
            seed: Of the draws.

        Raises:
            InputError: If a string is not a molecule.
        """
        generator = torch.Generator().manual_seed(seed)
        normal = torch.randn(num_samples, len(strings), generator=generator, dtype=torch.float64)
        if not strings:
            return normal
        features = self.featurizer.features(strings)
        mean, explained = self._explained(features)
        joint = covariance(*self.data.relations_among(features), self.fitted)
        factor = cholesky_with_jitter(joint - explained.T @ explained)
        return self.center + self.unit * (mean + normal @ factor.T)

    @torch.no_grad()
    def leave_one_out(self) -> tuple[Tensor, Tensor]:
        """Return leave-one-out predictions of all values, in closed form.

        With `K` the kernel plus noise, `y_i - α_i / (K⁻¹)_ii` is the mean and `1 / (K⁻¹)_ii` the
        variance of a measurement (the mean of as many as there were); the hyperparameters stay.

        Returns:
            Means and standard deviations in the unit of the values, in the order of `rows`.

        References:
            Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, section 5.4.2.
        """
        number = len(self.rows)
        precision = torch.cholesky_inverse(self.factor).diagonal()[:number]
        mean = self.targets[:number] - self.alpha[:number] / precision
        return self.center + self.unit * mean, self.unit * precision.rsqrt()

    @property
    def noise_deviation(self) -> float:
        """Standard deviation of the noise of one measurement, in the unit of the values."""
        return self.unit * math.sqrt(self.fitted.noise)

    def _explained(self, features: MoleculeFeatures) -> tuple[Tensor, Tensor]:
        """Return the standardised mean (`m`) and the whitened covariance with the data: `n x m`."""
        between = covariance(*self.data.relations(features), self.fitted)
        explained = torch.linalg.solve_triangular(self.factor, between.T, upper=False)
        return between @ self.alpha, explained


@torch.no_grad()
def fit_tanimoto_gp(
    featurizer: MoleculeFeaturizer,
    strings: Sequence[str],
    values: Tensor,
    config: TanimotoGPConfig,
    seed: int,
    repeats: Repeats | None = None,
    bounds: Bounds | None = None,
) -> TanimotoSurrogate:
    """Fit the Gaussian process; deterministic given its arguments.

    Args:
        featurizer: Of the same configuration; it caches features.
        strings: n SMILES strings, n >= 1.
        values: Their values, an `n`-dim tensor in any unit. Those far below the rest are raised.
        config: Settings.
        seed: Of the random choice of rows.
        repeats: Of the values, in their unit: number of measurements behind each mean; None: one. A
            row's noise is the fitted noise divided by this number; the scatter enters the fit of
            the noise exactly as if every measurement were a row.
        bounds: Of further molecules, whose values are censored: one-sided likelihoods with the
            fitted noise. The hyperparameters are fitted without them. None: there are none.

    Raises:
        ConfigurationError: If the featurizer's features are not those of the configuration.
        InputError: If there are no strings, a value is not finite, or a string is not a molecule.
    """
    _check(featurizer, strings, values, config)
    rows = best_and_random(values, config.max_train, seed)
    kept = [strings[row] for row in rows.tolist()]
    data_features = featurizer.features(kept)
    data = _Data.of(data_features, config.form)
    similarity, distances = data.relations(data_features)
    targets, center, unit = standardized_targets(values[rows])
    repeats = None if repeats is None else repeats.rows(rows).in_unit(unit)
    some = best_and_random(targets, config.max_fit, seed + 1)
    fitted, converged = _fit(similarity, distances, targets, some, config.max_iterations, repeats)
    factor = cholesky_with_jitter(
        add_noise(covariance(similarity, distances, fitted), fitted, repeats)
    )
    alpha = torch.cholesky_solve(targets[:, None], factor)[:, 0]
    exact = TanimotoSurrogate(
        *(featurizer, data, fitted, converged, factor, alpha, center, unit, targets, rows)
    )
    if bounds is None or not len(bounds):
        return exact
    noise = torch.full_like(targets, fitted.noise) / (1 if repeats is None else repeats.counts)
    censored = bounds.some(config.max_train // 2, seed + 2)
    return _with_bounds(exact, kept, targets, noise, censored, config.form)


def _with_bounds(
    exact: TanimotoSurrogate,
    strings: list[str],
    targets: Tensor,
    noise: Tensor,
    bounds: Bounds,
    form: Form,
) -> TanimotoSurrogate:
    """Condition on bounds, too: as rows with targets and noise variances of their own."""
    features = exact.featurizer.features(bounds.strings)
    mean, explained = exact._explained(features)
    left = covariance(*exact.data.relations_among(features), exact.fitted)
    left -= explained.T @ explained
    limits = (bounds.limits - exact.center) / exact.unit
    sites, variances = one_sided_sites(mean, left, limits, bounds.signs, exact.fitted.noise)
    both = exact.featurizer.features([*strings, *bounds.strings])
    data = exact.data.with_more(both, form)
    matrix = covariance(*data.relations(both), exact.fitted)
    matrix.diagonal().add_(torch.cat([noise, variances]))
    factor = cholesky_with_jitter(matrix)
    targets = torch.cat([targets, sites])
    alpha = torch.cholesky_solve(targets[:, None], factor)[:, 0]
    return replace(
        exact, data=data, factor=factor, alpha=alpha, targets=targets, num_censored=len(bounds)
    )


def best_and_random(values: Tensor, most: int, seed: int) -> Tensor:
    """Return `most` rows: half of them with the best values, half random others.

    Args:
        values: An `n`-dim tensor.
        most: Number of rows; of fewer values, all.
        seed: Of the random ones.

    Returns:
        Row numbers, best value first; ties in the order of rows.
    """
    order = values.argsort(descending=True, stable=True)
    if len(order) <= most:
        return order
    best, rest = order[: most - most // 2], order[most - most // 2 :]
    generator = torch.Generator().manual_seed(seed)
    kept = torch.randperm(len(rest), generator=generator)[: most // 2]
    return torch.cat([best, rest[kept.sort().values]])


def _fit(
    similarity: Tensor,
    distances: Tensor | None,
    targets: Tensor,
    rows: Tensor,
    iterations: int,
    repeats: Repeats | None,
) -> tuple[TanimotoHyperparameters, bool]:
    """Fit the hyperparameters to some or all rows."""
    among = rows[:, None], rows
    return fit_hyperparameters(
        similarity[among],
        None if distances is None else distances[among],
        targets[rows],
        iterations,
        None if repeats is None else repeats.rows(rows),
    )


def _check(
    featurizer: MoleculeFeaturizer,
    strings: Sequence[str],
    values: Tensor,
    config: TanimotoGPConfig,
) -> None:
    if (featurizer.radius, featurizer.descriptors) != (config.radius, config.descriptors):
        raise ConfigurationError(
            f"the featurizer has radius={featurizer.radius}, descriptors={featurizer.descriptors}, "
            f"the fit {config.radius}, {config.descriptors}: build both from one configuration"
        )
    if not strings or values.shape != (len(strings),):
        raise InputError(
            f"expected one value for each of at least one string, got {len(strings)} strings and "
            f"values of shape {tuple(values.shape)}"
        )
    if not torch.isfinite(values).all():
        row = int((~torch.isfinite(values)).nonzero()[0, 0])
        raise InputError(
            f"the value of {strings[row]!r} is {float(values[row])}: leave out such strings"
        )
