from dataclasses import replace

import pytest

from latentbo.errors import ConfigurationError
from latentbo.optimizer import OptimizationConfig


def test_the_defaults_are_valid() -> None:
    config = OptimizationConfig()
    assert config.budget == 500
    assert config.num_initial < config.budget


@pytest.mark.parametrize(
    "name",
    [
        *("budget", "num_initial", "batch_size", "num_proposals", "num_rounds", "num_parents"),
        *("num_inducing", "max_train"),
    ],
)
def test_counts_must_be_positive(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be at least 1, not 0"):
        replace(OptimizationConfig(), **{name: 0})  # type: ignore[arg-type]


def test_no_molecules_of_the_pool_are_allowed_but_not_fewer() -> None:
    assert OptimizationConfig(num_from_pool=0).num_from_pool == 0
    with pytest.raises(ConfigurationError, match="num_from_pool must be at least 0, not -1"):
        OptimizationConfig(num_from_pool=-1)


def test_the_acquisition_must_be_known() -> None:
    with pytest.raises(ConfigurationError, match=r"'ucb'; choose one of thompson, log-ei"):
        OptimizationConfig(acquisition="ucb")


@pytest.mark.parametrize("lengths", [(0.0, 0.5, 1.0), (0.6, 0.5, 1.0), (0.3, 1.5, 1.0)])
def test_lengths_must_be_in_order(lengths: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigurationError, match=r"0 < min_length <= .*, got "):
        OptimizationConfig(min_length=lengths[0], initial_length=lengths[1], max_length=lengths[2])
