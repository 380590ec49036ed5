"""Objectives that ship keep the contract; each fault of an objective is found."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from latentbo.objectives import OBJECTIVES
from latentbo.testing import ContractError, check_objective

STRINGS = ("CCO", "c1ccccc1", "CCN")


def test_shipped_objectives_keep_the_contract() -> None:
    check_objective(OBJECTIVES["qed"], STRINGS)
    check_objective(len, STRINGS)


def noisy(string: str) -> float:
    return len(string) + random.random()


def test_noise_is_said() -> None:
    check_objective(noisy, STRINGS, is_noisy=True)
    with pytest.raises(ContractError, match=r"noisy returns another value for \['CCO'\]"):
        check_objective(noisy, STRINGS)


def test_what_is_remembered_between_calls_is_found() -> None:
    seen: list[str] = []

    def novelty(string: str) -> int:
        seen.append(string)
        return len(set(seen))

    with pytest.raises(ContractError, match="novelty returns another value"):
        check_objective(novelty, STRINGS)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda string: 1 / 0, "fails for 'CCO': ZeroDivisionError"),
        (lambda string: float("nan"), "fails for 'CCO'"),
        (lambda string: "high", "fails for 'CCO'"),
        (lambda string: None, "fails for 'CCO'"),
    ],
)
def test_faults_are_found(function: Callable[[str], Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_objective(function, STRINGS)
