"""`python -m latentbo.optimize TASK`, and `latentbo.optimize(function)`.

The package can be called, as `latentbo.laboratory.optimize` is.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from latentbo.optimize.command import main
from latentbo.optimize.options import build_parser

__all__ = ["build_parser", "main"]


class _Callable(ModuleType):
    """A package that optimizes a function when it is called."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """Optimize a function; see `latentbo.laboratory.optimize`."""
        # Loads torch, which the command line does without for as long as it can.
        return import_module("latentbo.laboratory").optimize(*args, **settings)


sys.modules[__name__].__class__ = _Callable
