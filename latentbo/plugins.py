"""Users' Python files and installed packages that add to latentbo, such as a task of their own.

A plug-in is Python code that runs with the user's rights, like any script.
"""

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from latentbo.errors import ConfigurationError

OPTION = "--plugin"
#: Entry points of installed packages: the modules that register something.
GROUP = "latentbo.plugins"
#: Resolved paths of files that are loaded, in their order.
_loaded: dict[Path, None] = {}


def plugins_of(arguments: Sequence[str]) -> list[str]:
    """Return the files that the options `--plugin FILE` of a command line name."""
    found = []
    for place, word in enumerate(arguments):
        option, equals, value = word.partition("=")
        if option == OPTION:
            following = value if equals else "".join(arguments[place + 1 : place + 2])
            found += [following] if following else []
    return found


def load_plugins(paths: Iterable[str | Path]) -> list[str]:
    """Run users' files, and import the plug-ins of installed packages, each once in a process.

    Returns:
        Their absolute paths, so that a run's settings can name them from any folder.

    Raises:
        ConfigurationError: If a file is not there, or its code or that of a package fails.
    """
    load_installed()
    return [str(_load(Path(path).expanduser().resolve(), str(path))) for path in paths]


@cache
def load_installed() -> None:
    """Import the entry points of installed packages in the group `latentbo.plugins`.

    Raises:
        ConfigurationError: If the code of one of them fails.
    """
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except Exception as error:
            package = point.dist.name if point.dist else point.value
            raise ConfigurationError(
                f"the plug-in {point.name} of the package {package} fails ({_reason(error)}): "
                f"correct the package, or uninstall it"
            ) from error


def _load(path: Path, given: str) -> Path:
    if path in _loaded:
        return path
    if not path.is_file() or path.suffix != ".py":
        raise ConfigurationError(
            f"there is no Python file {given} (looked from {Path.cwd()}): correct {OPTION}"
        )
    name = f"latentbo_plugin_{len(_loaded)}_{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        message = f"the plug-in {given} fails ({_reason(error)}): correct it"
        raise ConfigurationError(message) from error
    _loaded[path] = None
    return path


def _reason(error: Exception) -> str:
    """Return an error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
