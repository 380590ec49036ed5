"""`python -m latentbo.evaluate`: measure a model, its latent space, a Gaussian process on it."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from latentbo.evaluate.command import build_parser, main

__all__ = ["build_parser", "main"]


class _Callable(ModuleType):
    """A package that can be called."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """Measure a model; see `latentbo.evaluate.from_python.evaluate_model`."""
        return import_module("latentbo.evaluate.from_python").evaluate_model(*args, **settings)


sys.modules[__name__].__class__ = _Callable
