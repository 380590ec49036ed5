"""Tasks that ship keep the contract; each fault of a task is found."""

import random
from typing import Any

import pytest
import torch

from latentbo import Task
from latentbo.tasks import TASKS
from latentbo.testing import ContractError, check_task

GENES: dict[str, Any] = {"name": "genes", "pool": lambda: ["A", "C"]}


def gene(string: str) -> str | None:
    return string if string and set(string) <= set("ACGT") else None


def test_shipped_tasks_keep_the_contract() -> None:
    check_task(TASKS["expressions"], ["x + 1", "sin(x)"])


def test_the_simplest_task_keeps_it() -> None:
    check_task(Task(canonical=gene, **GENES), ["ACGT"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"canonical": lambda string: string[1:] or None}, "'CGT' of 'ACGT' becomes 'GT'"),
        ({"canonical": lambda string: string or None}, "has the canonical form"),
        ({"canonical": lambda string: None}, "'ACGT' has no canonical form"),
        (
            {"canonical": lambda string: {"ACGT": "ACGT"}[string]},
            r"canonical fails for '' \(KeyError\): return None",
        ),
        ({"pool": lambda: ["A", "a"]}, r"'a' of the pool is not canonical \(None\)"),
        ({"pool": lambda: random.sample("ACGT", 4)}, "the pool differs from call to call"),
        ({"count": lambda strings: torch.zeros(2, 2)}, "must have the shape 0 x m"),
        (
            {"count": lambda strings: torch.zeros(2 * len(strings), 2)},
            r"has the shape \(2, 2\), not \(1, 2\)",
        ),
        ({"describe": lambda strings: torch.rand(len(strings), 2)}, "describe differs"),
        (
            {"describe": lambda strings: torch.full((len(strings), 2), torch.nan)},
            "a number that is not finite",
        ),
    ],
)
def test_faults_are_found(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_task(Task(**{"canonical": gene, **GENES, **changes}), ["ACGT"])
