"""`python -m latentbo.train TASK`: train an autoencoder on molecules or expressions."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from latentbo.train.command import main
from latentbo.train.options import build_parser

__all__ = ["build_parser", "main"]


class _Callable(ModuleType):
    """A package that can be called."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """Train a model; see `latentbo.train.from_python.train_model`."""
        return import_module("latentbo.train.from_python").train_model(*args, **settings)


sys.modules[__name__].__class__ = _Callable
