import pytest
import torch

from latentbo.diagnostics import (
    measure_distance,
)
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, ks_distance, ks_expectation, make_regularizer


def test_distance_is_the_regularizer_s_ks_term() -> None:
    prior = GaussianMixturePrior.one_hot(6, 3, scale=2.0)
    codes = prior.sample(100, torch.Generator().manual_seed(0)) + 0.3
    found = measure_distance(codes, prior)
    term = make_regularizer("gmm-ks", prior)(Encoding(codes, codes))["ks"]
    assert found.num_codes == 100
    assert found.mean == pytest.approx(float(term), rel=1e-4)
    assert found.worst >= found.mean


def test_distance_is_averaged_over_batches_of_one_size() -> None:
    prior = GaussianMixturePrior.standard_normal(5)
    codes = prior.sample(250, torch.Generator().manual_seed(0))
    parts = [float(ks_distance(part, prior)) / ks_expectation(100) for part in codes.split(100)[:2]]
    found = measure_distance(codes, prior, num_codes=100)
    assert found.num_codes == 100
    assert found.mean == pytest.approx(sum(parts) / 2, rel=1e-4)


def test_one_is_the_noise_floor() -> None:
    prior = GaussianMixturePrior.standard_normal(20)
    codes = prior.sample(5000, torch.Generator().manual_seed(0))
    assert measure_distance(codes, prior).mean == pytest.approx(1.0, abs=0.15)
    assert measure_distance(codes + 0.18, prior).mean == pytest.approx(10.0, rel=0.1)
