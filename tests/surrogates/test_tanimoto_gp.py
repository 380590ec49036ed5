import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.chemistry import count_fingerprints, descriptor_matrix, tanimoto
from latentbo.errors import ConfigurationError, InputError
from latentbo.surrogates import (
    Bounds,
    MoleculeFeaturizer,
    TanimotoGPConfig,
    TanimotoSurrogate,
    fit_tanimoto_gp,
    standardized_targets,
    tanimoto_gp,
)
from latentbo.surrogates.tanimoto_gp import best_and_random

NAN = float("nan")


def property_of(strings: list[str]) -> Tensor:
    """A smooth function of descriptors, in a unit of its own."""
    descriptors = descriptor_matrix(strings)
    return 100 + 20 * (descriptors[:, 1] + 0.05 * descriptors[:, 2] + descriptors[:, 5])


def fit(strings: list[str], values: Tensor, seed: int = 0, **changes: Any) -> TanimotoSurrogate:
    config = replace(TanimotoGPConfig(), **changes)
    return fit_tanimoto_gp(MoleculeFeaturizer(config), strings, values, config, seed)


def exact_posterior(
    surrogate: TanimotoSurrogate, strings: list[str], values: Tensor, new: list[str]
) -> tuple[Tensor, Tensor]:
    """Mean and covariance by textbook algebra, in the unit of the values."""
    everything = [*strings, *new]
    found, n = count_fingerprints(everything), len(strings)
    hyper = surrogate.fitted
    kernel = hyper.weight * tanimoto(found, found)
    if surrogate.featurizer.descriptors:
        descriptors = descriptor_matrix(everything)
        unit = descriptors[:n].std(0, correction=0)
        scaled = descriptors / torch.where(unit > 0, unit, 1.0)
        squared = torch.cdist(scaled, scaled, compute_mode="donot_use_mm_for_euclid_dist").square()
        kernel += (1 - hyper.weight) * torch.exp(-squared / (2 * hyper.lengthscale**2))
    kernel *= hyper.outputscale
    inverse = torch.linalg.inv(kernel[:n, :n] + hyper.noise * torch.eye(n))
    targets, center, unit_of_values = standardized_targets(values)
    mean = kernel[n:, :n] @ inverse @ targets
    joint = kernel[n:, n:] - kernel[n:, :n] @ inverse @ kernel[:n, n:]
    return center + unit_of_values * mean, unit_of_values**2 * joint


@pytest.mark.parametrize("descriptors", [True, False])
def test_the_posterior_is_that_of_linear_algebra(molecules: list[str], descriptors: bool) -> None:
    train, new = molecules[::8], molecules[3::40]
    # Noise keeps the inverse accurate.
    noise = torch.randn(len(train), generator=torch.Generator().manual_seed(0)).double()
    values = property_of(train) + 5 * noise
    surrogate = fit(train, values, descriptors=descriptors)
    mean, joint = exact_posterior(surrogate, train, values, new)
    found_mean, deviation = surrogate.predict(new)
    torch.testing.assert_close(found_mean, mean, rtol=1e-8, atol=1e-6)
    torch.testing.assert_close(deviation, joint.diagonal().sqrt(), rtol=1e-5, atol=1e-6)
    assert set(surrogate.hyperparameters) >= {"train", "converged", "outputscale", "noise"}
    assert ("weight" in surrogate.hyperparameters) == descriptors
    assert ("lengthscale" in surrogate.hyperparameters) == descriptors
    assert surrogate.hyperparameters["converged"] is True


@pytest.mark.parametrize("descriptors", [True, False])
def test_samples_have_the_moments_of_the_posterior(molecules: list[str], descriptors: bool) -> None:
    train, new = molecules[::30], molecules[5::60]
    values = property_of(train)
    surrogate = fit(train, values, descriptors=descriptors)
    samples = surrogate.sample(new, 20_000, seed=1)
    assert samples.shape == (20_000, len(new))
    mean, joint = exact_posterior(surrogate, train, values, new)
    spread = joint.diagonal().sqrt()
    # Five standard errors.
    assert float(((samples.mean(0) - mean) / spread).abs().max()) < 5 / math.sqrt(20_000)
    correlations = (samples - mean).T @ (samples - mean) / 20_000 / torch.outer(spread, spread)
    expected = joint / torch.outer(spread, spread)
    assert float((correlations - expected).abs().max()) < 5 * math.sqrt(2 / 20_000)


def test_it_learns_what_descriptors_say(molecules: list[str]) -> None:
    train, test = molecules[::4], molecules[1::4]
    truth = property_of(test)
    for descriptors, share in ((True, 0.1), (False, 0.7)):
        mean, _ = fit(train, property_of(train), descriptors=descriptors).predict(test)
        assert float((mean - truth).square().mean().sqrt()) < share * float(truth.std())


def test_the_same_arguments_give_the_same_process(molecules: list[str]) -> None:
    values = property_of(molecules)
    few = {"max_train": 100, "max_fit": 40}
    first, second = fit(molecules, values, **few), fit(molecules, values, **few)
    new = molecules[::50]
    for a, b in zip(first.predict(new), second.predict(new), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(first.sample(new, 3, 7), second.sample(new, 3, 7))
    assert not torch.equal(first.sample(new, 3, 7), first.sample(new, 3, 8))
    other = fit(molecules, values, seed=1, **few)
    assert not torch.equal(first.predict(new)[0], other.predict(new)[0])


def test_a_featurizer_that_saw_more_changes_nothing(molecules: list[str]) -> None:
    config = TanimotoGPConfig()
    used = MoleculeFeaturizer(config)
    used.features(molecules)
    train, values = molecules[::9], property_of(molecules[::9])
    warm = fit_tanimoto_gp(used, train, values, config, 0).predict(molecules[:9])
    cold = fit(train, values).predict(molecules[:9])
    assert torch.equal(warm[0], cold[0])
    assert torch.equal(warm[1], cold[1])


def test_many_rows_are_thinned_out(molecules: list[str]) -> None:
    strings, values = molecules * 2, property_of(molecules * 2)
    surrogate = fit(strings, values)
    assert surrogate.hyperparameters["train"] == 1000
    rows = best_and_random(values, 1000, 0)
    kept = fit([strings[row] for row in rows.tolist()], values[rows])
    # The same rows, given alone.
    mean, deviation = surrogate.predict(molecules[:20])
    torch.testing.assert_close(kept.predict(molecules[:20])[0], mean)
    torch.testing.assert_close(kept.predict(molecules[:20])[1], deviation)


def test_the_best_half_and_random_others_are_taken() -> None:
    values = torch.randn(50, generator=torch.Generator().manual_seed(0))
    rows = best_and_random(values, 11, 0).tolist()
    order = values.argsort(descending=True).tolist()
    assert rows[:6] == order[:6]
    assert len(set(rows)) == 11
    assert rows == best_and_random(values, 11, 0).tolist()
    assert rows != best_and_random(values, 11, 1).tolist()
    assert best_and_random(values, 50, 0).tolist() == order
    seen = {row for seed in range(200) for row in best_and_random(values, 11, seed).tolist()}
    assert seen == set(range(50))


def test_only_rows_that_are_taken_are_looked_at(molecules: list[str]) -> None:
    values = torch.cat([torch.ones(4), torch.zeros(len(molecules))])
    config = TanimotoGPConfig(max_train=4)
    featurizer = MoleculeFeaturizer(config)
    fit_tanimoto_gp(featurizer, [*molecules[:4], *molecules], values, config, 0)
    assert len(featurizer._molecules) <= 4


@pytest.mark.parametrize("value", [0.0, 3.5, -1e200])
def test_constant_values_are_predicted(molecules: list[str], value: float) -> None:
    surrogate = fit(molecules[:20], torch.full((20,), value, dtype=torch.float64))
    mean, deviation = surrogate.predict(molecules[10:40])
    assert mean.tolist() == pytest.approx([max(value, -1e150)] * 30)
    assert (deviation > 0).all()
    assert torch.isfinite(surrogate.sample(molecules[10:40], 2, 0)).all()
    assert surrogate.hyperparameters["converged"] is True


@pytest.mark.parametrize("descriptors", [True, False])
def test_one_row_is_enough(molecules: list[str], descriptors: bool) -> None:
    surrogate = fit(molecules[:1], torch.tensor([2.0]), descriptors=descriptors)
    mean, deviation = surrogate.predict(molecules[:30])
    assert mean.tolist() == [2.0] * 30
    assert float(deviation[0]) == float(deviation.min())
    assert torch.isfinite(surrogate.sample(molecules[:30], 2, 0)).all()


@pytest.mark.parametrize("unit", [1e-200, 1e-6, 1e6, 1e140])
def test_units_do_not_matter(molecules: list[str], unit: float) -> None:
    train, new = molecules[::10], molecules[4::60]
    values = property_of(train)
    mean, deviation = fit(train, values).predict(new)
    scaled = fit(train, unit * values)
    found_mean, found_deviation = scaled.predict(new)
    torch.testing.assert_close(found_mean / unit, mean, rtol=1e-5, atol=1e-3)
    torch.testing.assert_close(found_deviation / unit, deviation, rtol=1e-4, atol=1e-3)
    assert torch.isfinite(scaled.sample(new, 2, 0)).all()


def test_the_largest_values_stay_finite(molecules: list[str]) -> None:
    values = torch.tensor([1e308, -1e308, 5.0, 0.0, 1e308], dtype=torch.float64)
    surrogate = fit(molecules[:5], values)
    for tensor in (*surrogate.predict(molecules[:9]), surrogate.sample(molecules[:9], 2, 0)):
        assert torch.isfinite(tensor).all()


def test_repeated_molecules_are_averaged_and_sampled_alike(molecules: list[str]) -> None:
    train = [molecules[0]] * 10 + molecules[20:40]
    values = torch.cat([torch.tensor([1.0, 3.0] * 5), torch.linspace(-2, 6, 20)])
    surrogate = fit(train, values)
    assert 1 < float(surrogate.predict(molecules[:1])[0]) < 3
    samples = surrogate.sample([molecules[100]] * 3 + [molecules[0]] * 2, 50, 0)
    spread = float(samples[:, 0].std())
    assert float((samples[:, 0] - samples[:, 2]).abs().max()) < 1e-3 * spread
    assert float((samples[:, 3] - samples[:, 4]).abs().max()) < 1e-3 * spread


def test_many_strings_are_predicted_in_blocks(
    molecules: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    surrogate = fit(molecules[::10], property_of(molecules[::10]))
    whole = surrogate.predict(molecules[:50])
    monkeypatch.setattr(tanimoto_gp, "BLOCK", 7)
    for block, expected in zip(surrogate.predict(molecules[:50]), whole, strict=True):
        torch.testing.assert_close(block, expected)


def test_no_strings_are_no_predictions(molecules: list[str]) -> None:
    surrogate = fit(molecules[:5], property_of(molecules[:5]))
    mean, deviation = surrogate.predict([])
    assert mean.shape == deviation.shape == (0,)
    assert surrogate.sample([], 3, 0).shape == (3, 0)


@pytest.mark.parametrize("value", [NAN, float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_refused(molecules: list[str], value: float) -> None:
    with pytest.raises(InputError, match=r"is (nan|inf|-inf): leave out"):
        fit(molecules[:3], torch.tensor([1.0, value, 2.0]))


@pytest.mark.parametrize(("n", "shape"), [(0, (0,)), (3, (2,)), (3, (3, 1))])
def test_shapes_that_do_not_agree_are_refused(
    molecules: list[str], n: int, shape: tuple[int, ...]
) -> None:
    with pytest.raises(InputError, match=rf"got {n} strings and values of shape \({shape[0]},"):
        fit(molecules[:n], torch.zeros(shape))


def test_what_is_no_molecule_is_refused(molecules: list[str]) -> None:
    with pytest.raises(InputError, match="'C(=' is not a molecule".replace("(", r"\(")):
        fit(["C(=", molecules[0]], torch.tensor([1.0, 2.0]))
    with pytest.raises(InputError, match="is not a molecule"):
        fit(molecules[:3], torch.arange(3.0)).predict(["?"])


def test_a_featurizer_of_another_configuration_is_refused(molecules: list[str]) -> None:
    featurizer = MoleculeFeaturizer(TanimotoGPConfig(descriptors=False))
    with pytest.raises(ConfigurationError, match="descriptors=False, the fit 3, True"):
        fit_tanimoto_gp(featurizer, molecules[:2], torch.zeros(2), TanimotoGPConfig(), 0)


def with_bounds(
    strings: list[str], values: Tensor, censored: list[str], limits: Tensor, sign: float
) -> TanimotoSurrogate:
    config = TanimotoGPConfig()
    bounds = Bounds(censored, limits, torch.full_like(limits, sign))
    return fit_tanimoto_gp(MoleculeFeaturizer(config), strings, values, config, 0, None, bounds)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_bounds_pull_predictions_to_their_side(molecules: list[str], sign: float) -> None:
    train, censored = molecules[::8], molecules[3:200:60]
    values = property_of(train)
    plain = fit(train, values)
    before, deviation = plain.predict(censored)
    limits = before + sign * 3 * deviation
    after, narrowed = with_bounds(train, values, censored, limits, sign).predict(censored)
    assert (sign * (after - before) > deviation).all()
    assert (narrowed < deviation).all()


def test_bounds_that_are_implied_change_nothing(molecules: list[str]) -> None:
    train, censored = molecules[::8], molecules[3:200:60]
    values = property_of(train)
    before, deviation = fit(train, values).predict(molecules[5::50])
    limits = torch.full((len(censored),), float(values.min() - 100 * values.std())).double()
    surrogate = with_bounds(train, values, censored, limits, 1.0)
    after, same = surrogate.predict(molecules[5::50])
    assert torch.allclose(after, before, atol=1e-3 * float(values.std()))
    assert torch.allclose(same, deviation, rtol=1e-3)
    assert surrogate.hyperparameters["censored"] == len(censored)
    assert surrogate.hyperparameters["train"] == len(train)
