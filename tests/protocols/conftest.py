"""A small run of the protocol with the tiny model of expressions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.models import TrainedModel, load_model
from latentbo.objectives import Objective
from latentbo.protocols import KusnerConfig, KusnerStrategy, Labelled, label

MakeKusner = Callable[..., KusnerStrategy]
SETTINGS: dict[str, Any] = {
    "num_iterations": 3,
    "batch_size": 6,
    "num_samples": 5,
    "num_candidates": 30,
    "num_inducing": 8,
    "epochs": 2,
    "refit_epochs": 1,
}


def score(string: str) -> float:
    """Quick to compute, different for most strings."""
    return -len(string) - 0.1 * string.count("x") + 0.01 * string.count("1")


def canonical(string: str) -> str | None:
    """Strings that hold a 3 count as invalid."""
    return None if "3" in string else string


@pytest.fixture(scope="session")
def expression_model(expression_models: dict[str, Path]) -> TrainedModel:
    """Decodes to random expressions."""
    return load_model(expression_models["grammar"])


@pytest.fixture(scope="session")
def objective() -> Objective:
    """Prefers short strings."""
    return Objective("short", score)


@pytest.fixture(scope="session")
def labelled(
    expression_model: TrainedModel, expressions: list[str], objective: Objective
) -> Labelled:
    """The expressions with their codes, spread out, and values."""
    made = label(expression_model, objective, expressions)
    # The random encoder maps all strings to nearly one code.
    codes = (made.codes - made.codes.mean(0)) / made.codes.std(0)
    return Labelled(made.strings, 2 * codes, made.values)


@pytest.fixture
def make_kusner(expression_model: TrainedModel, labelled: Labelled) -> MakeKusner:
    """Make a fresh optimizer with other settings."""

    def make(
        accept: Callable[[str], str | None] = canonical, data: Labelled = labelled, **changes: Any
    ) -> KusnerStrategy:
        return KusnerStrategy(expression_model, accept, data, KusnerConfig(**SETTINGS | changes))

    return make


@pytest.fixture(autouse=True)
def seeded() -> None:
    """No test may depend on the global generator."""
    torch.manual_seed(torch.randint(2**31, ()).item())
