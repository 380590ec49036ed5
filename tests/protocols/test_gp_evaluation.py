import pytest
import torch
from scipy import stats
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.protocols import evaluate_gp, split_labelled
from latentbo.protocols.gp_evaluation import fit_gp
from latentbo.surrogates import ModernGPConfig, StochasticGPConfig

QUICK = StochasticGPConfig(num_inducing=100, epochs=2)


@pytest.fixture
def problem() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(200, 3, generator=generator)
    noise = 0.1 * torch.randn(200, generator=generator, dtype=torch.float64)
    return codes, codes.sum(1).sin().double() - 4 + noise


def test_the_numbers_are_those_of_the_predictions(problem: tuple[Tensor, Tensor]) -> None:
    codes, values = problem
    result = evaluate_gp(codes, values, QUICK, seed=5)
    train, test = split_labelled(200, 5)
    posterior = fit_gp(codes[train], values[train], QUICK, 5)
    mean, deviation = posterior.predict(codes[test])
    scale = (deviation.square() + posterior.noise_variance).sqrt()
    density = stats.norm.logpdf(values[test], mean, scale).mean()
    assert result.log_likelihood == pytest.approx(density)
    assert result.rmse == pytest.approx(float((mean - values[test]).square().mean().sqrt()))
    constant = stats.norm(values[train].mean(), values[train].std())
    assert result.constant_log_likelihood == pytest.approx(constant.logpdf(values[test]).mean())
    errors = values[test] - values[train].mean()
    assert result.constant_rmse == pytest.approx(float(errors.square().mean().sqrt()))
    assert (result.num_train, result.num_test) == (180, 20)
    assert result.seconds > 0


@pytest.mark.parametrize("config", [QUICK, ModernGPConfig(num_inducing=100, epochs=5)])
def test_it_beats_a_constant(
    problem: tuple[Tensor, Tensor], config: StochasticGPConfig | ModernGPConfig
) -> None:
    result = evaluate_gp(*problem, config, seed=0)
    assert result.rmse < 0.8 * result.constant_rmse
    assert result.log_likelihood > result.constant_log_likelihood


def test_codes_that_say_nothing_are_no_better_than_a_constant(
    problem: tuple[Tensor, Tensor],
) -> None:
    codes, values = problem
    generator = torch.Generator().manual_seed(9)
    shuffled = codes[torch.randperm(len(codes), generator=generator)]
    result = evaluate_gp(shuffled, values, QUICK, seed=0)
    assert result.rmse > 0.9 * result.constant_rmse


def test_splits_are_disjoint_complete_and_seeded() -> None:
    train, test = split_labelled(101, 7)
    assert (len(train), len(test)) == (91, 10)
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(101))
    assert torch.equal(split_labelled(101, 7)[0], train)
    assert not torch.equal(split_labelled(101, 8)[0], train)


@pytest.mark.parametrize("num_rows", [0, 1, 2, 4])
def test_too_few_rows_are_refused(num_rows: int) -> None:
    with pytest.raises(ConfigurationError, match=f"{num_rows} labelled strings cannot be split"):
        split_labelled(num_rows, 0)
