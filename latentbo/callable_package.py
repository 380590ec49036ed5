"""Packages that can be called: `latentbo.train(...)` beside `python -m latentbo.train`."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def make_callable(package: str, module: str, function: str) -> None:
    """Let calls of a package go to a function.

    Args:
        package: Name of the package, which is being imported.
        module: Of the function; imported by the first call, since it loads torch, which a command
            line does without for as long as it can.
        function: Its name.
    """

    class CallablePackage(ModuleType):
        def __call__(self, *args: Any, **settings: Any) -> Any:
            return getattr(import_module(module), function)(*args, **settings)

    sys.modules[package].__class__ = CallablePackage
