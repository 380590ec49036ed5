"""Conditions that a contract test checks, and the random states outside its arguments."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch

T = TypeVar("T")


class ContractError(AssertionError):
    """A plug-in breaks a contract that latentbo relies on; the message names fault and remedy."""


def require(condition: object, message: str) -> None:
    """Fail with a message unless a condition holds.

    Raises:
        ContractError: If it does not.
    """
    if not condition:
        raise ContractError(message)


def twice(call: Callable[[], T]) -> tuple[T, T]:
    """Return the results of two calls that find other global random states.

    A pure function of its arguments cannot tell them apart.
    """
    with _global_seeds(1):
        first = call()
    with _global_seeds(2):
        return first, call()


@contextmanager
def _global_seeds(seed: int) -> Iterator[None]:
    """Seed the random numbers of Python, NumPy and torch, and restore their states at the end."""
    python, array = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(array)
