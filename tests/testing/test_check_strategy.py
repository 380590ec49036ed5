"""Strategies that ship keep the contract; each fault of a strategy is found."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from latentbo.models import TrainedModel
from latentbo.optimizer import OptimizationConfig, OptimizerInputs, Selection, Strategy
from latentbo.optimizer.presets import STRATEGIES
from latentbo.tasks import TASKS
from latentbo.testing import ContractError, check_strategy

POOL = ["C" * length for length in range(1, 31)]
VALUES = [float(number % 4) for number in range(9)]


@pytest.mark.parametrize("name", ["random", "ga", "latent"])
def test_shipped_strategies_keep_the_contract(
    name: str, tiny_model: TrainedModel, molecules: list[str]
) -> None:
    config = OptimizationConfig(preset=name, num_proposals=20, num_rounds=1, num_candidates=10)
    inputs = OptimizerInputs(tiny_model, TASKS["molecules"].accept(None), molecules)
    check_strategy(lambda: STRATEGIES[name](config, inputs), molecules[:9], VALUES)


class First:
    """Selects the first new strings of the pool."""

    def pick(self, history: Any, q: int, seed: int) -> tuple[dict[str, Any], list[Any]]:
        left = [string for string in POOL if string not in history.known]
        return {"left": len(left)}, [Selection(string, "pool") for string in left[:q]]


def test_the_simplest_strategy_keeps_it() -> None:
    check_strategy(First, POOL[:9], VALUES)


class Unseeded(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        state, picked = super().pick(history, len(POOL), seed)
        return state, random.sample(picked, q)


class Counting(First):
    """Remembers its steps; a new one would not know them."""

    steps = -1

    def pick(self, history: Any, q: int, seed: int) -> Any:
        self.steps += 1
        return super().pick(history, 1 + (self.steps > 3), seed)


class Remembering(First):
    """Selects the same again for a history that it has seen, but a new one selects less."""

    def __init__(self) -> None:
        self.best: dict[str, None] = {}

    def pick(self, history: Any, q: int, seed: int) -> Any:
        self.best |= dict.fromkeys(history.strings[:1])
        return {"best": list(self.best)}, []


class Known(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        return {}, [Selection(POOL[0], "pool")]


class Twice(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        return {}, [Selection(POOL[-1], "pool")] * 2


class Many(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        return super().pick(history, q + 1, seed)


class Strings(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        return {}, [POOL[-1]]


class NoState(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        return None, []


class NotJson(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        return {"who": self}, []


class NotFinite(First):
    def pick(self, history: Any, q: int, seed: int) -> Any:
        return {"best": float("nan")}, []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Unseeded, r"Unseeded.pick in step 1 selects something else when called again"),
        (Counting, "selects something else"),
        (Remembering, r"Remembering.pick in step 2 .*than a strategy that was made anew"),
        (Known, "which has been evaluated"),
        (Twice, "selects a string twice"),
        (Many, "selects 4 strings of 3"),
        (Strings, "give a Selection"),
        (NoState, "the state is no mapping"),
        (NotJson, "is no JSON"),
        (NotFinite, "best is nan"),
    ],
)
def test_faults_are_found(make: Callable[[], Strategy], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_strategy(make, POOL[:9][::-1] if make is Remembering else POOL[:9], range(9))
