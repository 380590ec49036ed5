"""Means of repeated measurements against a process on all of them, one row each."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.surrogates import (
    ConditionedGP,
    ExactGPConfig,
    FittedSurrogate,
    MoleculeFeaturizer,
    Repeats,
    SparseGPConfig,
    TanimotoGPConfig,
    fit_exact_gp,
    fit_sparse_gp,
    fit_tanimoto_gp,
    repeats_of,
)
from latentbo.surrogates.repeated_noise import row_noise
from latentbo.surrogates.repeats import scatter_log_likelihood
from latentbo.surrogates.tanimoto_kernel import (
    TanimotoHyperparameters,
    add_noise,
    log_marginal_likelihood,
)

COUNTS = [1, 3, 1, 2, 5, 1, 1, 2, 1, 4]
Fit = Callable[[Tensor, Tensor, Repeats | None], FittedSurrogate]


def measured(values: Tensor, seed: int = 0) -> list[list[float]]:
    """Noisy measurements, as often as `COUNTS` says, again and again."""
    generator = torch.Generator().manual_seed(seed)
    return [
        [
            float(value + 0.3 * torch.randn((), generator=generator))
            for _ in range(COUNTS[row % len(COUNTS)])
        ]
        for row, value in enumerate(values)
    ]


def means(groups: list[list[float]]) -> Tensor:
    return torch.tensor([sum(group) / len(group) for group in groups], dtype=torch.float64)


def spread(rows: Tensor, groups: list[list[float]]) -> tuple[Tensor, Tensor]:
    """A row for each measurement."""
    counts = torch.tensor([len(group) for group in groups])
    values = torch.tensor([value for group in groups for value in group], dtype=torch.float64)
    return rows.repeat_interleave(counts, 0), values


def test_without_repeats_there_is_nothing_to_say() -> None:
    assert repeats_of([[1.0], [2.0]]) is None
    assert repeats_of([]) is None


def test_repeats_count_and_measure_the_scatter() -> None:
    repeats = repeats_of([[1.0], [2.0, 4.0, 6.0]])
    assert repeats is not None
    assert repeats.counts.tolist() == [1.0, 3.0]
    assert repeats.scatter == pytest.approx(8.0)
    assert repeats.freedom == 2.0
    assert repeats.in_unit(2.0).scatter == pytest.approx(2.0)
    assert repeats.rows(torch.tensor([0])).freedom == 0.0
    assert math.isfinite(Repeats(repeats.counts, 1e308 * repeats.counts).scatter)


@pytest.mark.parametrize(
    ("counts", "deviation"), [([1.0], [0.0, 0.0]), ([0.0], [0.0]), ([1.0], [-1.0])]
)
def test_repeats_that_cannot_be(counts: list[float], deviation: list[float]) -> None:
    with pytest.raises(ValueError, match=r"expected counts|must be at least"):
        Repeats(torch.tensor(counts), torch.tensor(deviation))


@pytest.mark.parametrize("with_distances", [False, True])
def test_the_likelihood_is_that_of_all_measurements(with_distances: bool) -> None:
    """Their difference does not depend on the hyperparameters: it is `log n_i` and the like."""
    generator = torch.Generator().manual_seed(1)
    X = torch.rand(10, 3, generator=generator, dtype=torch.float64)
    groups = measured(X.sum(1))
    all_X, all_values = spread(X, groups)
    repeats = repeats_of(groups)

    def arguments(rows: Tensor) -> tuple[Tensor, Tensor | None]:
        similarity = torch.exp(-torch.cdist(rows, rows))
        return similarity, torch.cdist(rows, rows).square() if with_distances else None

    constants = []
    for seed in range(4):
        drawn = torch.Generator().manual_seed(seed)
        point = torch.randn(4 if with_distances else 2, generator=drawn, dtype=torch.float64)
        short, slope = log_marginal_likelihood(point, *arguments(X), means(groups), repeats)
        full, full_slope = log_marginal_likelihood(point, *arguments(all_X), all_values)
        constants.append(full - short)
        assert torch.allclose(slope, full_slope, rtol=1e-5, atol=1e-6)
    assert constants == pytest.approx([constants[0]] * 4, abs=1e-6)


def test_the_scatter_is_most_likely_at_the_pooled_variance() -> None:
    repeats = repeats_of([[1.0, 3.0], [0.0, 0.0, 3.0], [9.0]])
    assert repeats is not None
    best = math.log(repeats.scatter / repeats.freedom)
    points = torch.tensor([best - 0.1, best, best + 0.1], dtype=torch.float64)
    heights = [float(scatter_log_likelihood(repeats, point)) for point in points]
    assert heights[1] > max(heights[0], heights[2])


def test_noise_is_divided_by_the_number_of_measurements() -> None:
    parameters = TanimotoHyperparameters(1.0, 0.6)
    repeats = Repeats(torch.tensor([1.0, 3.0]).double(), torch.zeros(2).double())
    zero = torch.zeros(2, 2, dtype=torch.float64)
    assert add_noise(zero.clone(), parameters, repeats).diagonal().tolist() == [0.6, 0.6 / 3]
    assert add_noise(zero.clone(), parameters, None).diagonal().tolist() == [0.6, 0.6]


def test_molecules_measured_more_often_are_known_better(molecules: list[str]) -> None:
    config = TanimotoGPConfig(descriptors=False)
    strings = molecules[:40]
    values = torch.tensor([float(len(string)) for string in strings], dtype=torch.float64)
    deviation = torch.full_like(values, 2.0)

    def predicted(counts: list[float]) -> tuple[Tensor, float]:
        repeats = Repeats(torch.tensor(counts, dtype=torch.float64), deviation)
        surrogate = fit_tanimoto_gp(MoleculeFeaturizer(config), strings, values, config, 0, repeats)
        return surrogate.predict(strings)[1], surrogate.fitted.noise

    often = [16.0 if row % 2 else 2.0 for row in range(40)]
    found, noise = predicted(often)
    assert noise > 0
    assert found[1::2].mean() < 0.7 * found[::2].mean()


def test_a_tanimoto_fit_of_means_is_that_of_all_measurements(molecules: list[str]) -> None:
    config = TanimotoGPConfig()
    strings, others = molecules[:30], molecules[30:36]
    groups = measured(torch.tensor([0.1 * len(string) for string in strings]))
    repeats = repeats_of(groups)
    short = fit_tanimoto_gp(MoleculeFeaturizer(config), strings, means(groups), config, 0, repeats)
    repeated = [string for string, group in zip(strings, groups, strict=True) for _ in group]
    values = torch.tensor([value for group in groups for value in group], dtype=torch.float64)
    full = fit_tanimoto_gp(MoleculeFeaturizer(config), repeated, values, config, 0)
    noise = [each.unit**2 * each.fitted.noise for each in (short, full)]
    # Means and single values are standardised differently, and the priors see that.
    assert noise[0] == pytest.approx(noise[1], rel=0.1)
    for ours, theirs in zip(short.predict(others), full.predict(others), strict=True):
        assert torch.allclose(ours, theirs, rtol=0.05, atol=0.02)


def exact(train_Z: Tensor, train_Y: Tensor, repeats: Repeats | None) -> FittedSurrogate:
    return fit_exact_gp(train_Z, train_Y, ExactGPConfig(), repeats)


def sparse(train_Z: Tensor, train_Y: Tensor, repeats: Repeats | None) -> FittedSurrogate:
    return fit_sparse_gp(train_Z, train_Y, SparseGPConfig(40), repeats)


def posterior_of_all(
    surrogate: FittedSurrogate, rows: Tensor, values: Tensor, new_Z: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean and deviation of the same kernel and noise with a row for each measurement."""
    model, targets = surrogate.model, surrogate.standardized(values)
    kernel = getattr(model.covar_module, "base_kernel", model.covar_module)
    with torch.no_grad():
        constant = model.mean_module.constant
        among = kernel(rows, rows).to_dense() + surrogate.noise * torch.eye(len(rows)).double()
        between = kernel(new_Z, rows).to_dense()
        mean = constant + between @ torch.linalg.solve(among, targets - constant)
        prior = kernel(new_Z, new_Z).to_dense()
        variance = (prior - between @ torch.linalg.solve(among, between.T)).diagonal()
    return surrogate.center + surrogate.unit * mean, surrogate.unit * variance.sqrt()


@pytest.mark.parametrize("fit", [exact, sparse])
def test_a_fit_of_means_is_that_of_all_measurements(fit: Fit) -> None:
    generator = torch.Generator().manual_seed(0)
    Z = torch.rand(30, 2, generator=generator, dtype=torch.float64)
    new_Z = torch.rand(6, 2, generator=generator, dtype=torch.float64)
    groups = measured((3 * Z).sin().sum(1))
    all_Z, all_values = spread(Z, groups)
    short = fit(Z, means(groups)[:, None], repeats_of(groups))
    full = fit(all_Z, all_values[:, None], None)
    assert short.converged
    # Means and single values are standardised differently, and the priors see that.
    assert short.unit**2 * short.noise == pytest.approx(full.unit**2 * full.noise, rel=0.1)
    expected = posterior_of_all(short, all_Z, all_values, new_Z)
    for ours, theirs in zip(short.predict(new_Z), expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6 if fit is exact else 1e-3)


def test_a_conditioned_process_has_the_noise_of_each_row() -> None:
    generator = torch.Generator().manual_seed(0)
    Z = torch.rand(20, 2, generator=generator, dtype=torch.float64)
    groups = measured((3 * Z).sin().sum(1))
    surrogate = sparse(Z, means(groups)[:, None], repeats_of(groups))
    noise = row_noise(surrogate.model.likelihood)
    counts = torch.tensor([len(group) for group in groups])
    assert torch.allclose(noise * counts, torch.full_like(noise, surrogate.noise))
    new_Z = torch.rand(5, 2, generator=generator, dtype=torch.float64)
    posterior: Any = ConditionedGP(surrogate.model).posterior(new_Z)
    mean, deviation = surrogate.predict(new_Z)
    found = surrogate.center + surrogate.unit * posterior.mean[:, 0]
    assert torch.allclose(found, mean, atol=1e-3)
    assert torch.allclose(surrogate.unit * posterior.variance[:, 0].sqrt(), deviation, atol=1e-3)


def test_many_rows_are_fitted_in_part_and_known_in_full() -> None:
    generator = torch.Generator().manual_seed(0)
    Z = torch.rand(40, 2, generator=generator, dtype=torch.float64)
    groups = measured((3 * Z).sin().sum(1))
    repeats = repeats_of(groups)
    Y = means(groups)[:, None]
    for found in (
        fit_sparse_gp(Z, Y, SparseGPConfig(40, max_fit=20), repeats),
        fit_exact_gp(Z, Y, ExactGPConfig(max_fit=20), repeats),
    ):
        assert len(row_noise(found.model.likelihood)) == 40
        assert float((found.predict(Z)[0] - Y[:, 0]).abs().mean()) < 0.3
