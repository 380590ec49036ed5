"""Packages that only some metrics need: imported on use, named if missing."""

from importlib import import_module
from typing import Any

from latentbo.errors import ConfigurationError


def import_optional(module: str, package: str, purpose: str) -> Any:
    """Import a module of an optional package.

    Args:
        module: Dotted name of the module.
        package: Its name for pip.
        purpose: The feature that needs it, as the subject of a sentence.

    Raises:
        ConfigurationError: If the package is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".", maxsplit=1)[0]:
            raise
        raise ConfigurationError(
            f"{purpose} needs the package {package}, which is not installed; "
            f"install it (pip install {package})"
        ) from None
