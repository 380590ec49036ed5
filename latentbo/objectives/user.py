"""Objectives by name: a built-in one, a function of a file, or a function of a module.

A user's file is Python code that runs with the user's rights, like any script. Its folder stays at
the end of the import path, so that its neighbours can be imported, also from within the function,
without hiding installed packages.
"""

import difflib
import hashlib
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from latentbo.errors import ObjectiveError
from latentbo.isolation import users_settings
from latentbo.objectives.base import Objective
from latentbo.objectives.builtin import OBJECTIVES
from latentbo.objectives.evaluation import describe_exception

FORMS = "path/file.py:function or package.module:function"
# Attribute of a user's module that holds the hash of the text that was run.
HASH = "__latentbo_sha256__"


@dataclass(frozen=True)
class _UsersFunction:
    """A user's function, called under the settings of the process that its module made.

    Args:
        function: The function.
    """

    function: Callable[[str], Any]

    def __call__(self, string: str) -> Any:
        with users_settings():
            return self.function(string)


def load_objective(spec: str) -> Objective:
    """Find an objective.

    Args:
        spec: A built-in name such as `qed`, `path/file.py:function`, or `package.module:function`
            (also found from the current folder). The function takes a string and returns a
            number, which is maximised.

    Returns:
        The objective. A user's one is named after its file or module and function.

    Raises:
        ObjectiveError: If there is no such objective, or it cannot be imported or called.
    """
    spec = spec.strip()
    if spec in OBJECTIVES:
        return OBJECTIVES[spec]
    place, colon, function_name = spec.rpartition(":")
    if not colon:
        raise _unknown(spec)
    if not place or not function_name:
        raise ObjectiveError(f"objective {spec!r} lacks a part; write {FORMS}")
    if _means_file(place):
        module, name = _import_file(Path(os.path.expanduser(place)), spec), Path(place).name
    else:
        module, name = _import_module(place, spec), place
    function = _function(module, function_name, spec)
    described = (inspect.getdoc(function) or "").strip() if inspect.isroutine(function) else ""
    summary = described.splitlines()[0] if described else f"the function {function_name} of {name}"
    return Objective(f"{name}:{function_name}", _UsersFunction(function), summary)


def _unknown(spec: str) -> ObjectiveError:
    """Explain a name that is no built-in."""
    if spec.endswith(".py"):
        return ObjectiveError(
            f"objective {spec!r} names a file but no function; write {spec}:FUNCTION"
        )
    return ObjectiveError(
        f"there is no objective {spec!r}{_suggest(spec, OBJECTIVES)}; "
        f"use one of the {len(OBJECTIVES)} built-in names, such as qed "
        f"(python -m latentbo.optimize --list-objectives shows all), {FORMS}"
    )


def _suggest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` where a known name is close."""
    by_lower_case = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower_case, n=1)
    return f" (did you mean {by_lower_case[close[0]]!r}?)" if close else ""


def _means_file(place: str) -> bool:
    """Tell a path from a dotted module name."""
    return place.endswith(".py") or "/" in place or "\\" in place or os.path.isfile(place)


def _import_file(path: Path, spec: str) -> ModuleType:
    """Run a file as a module of a name of its own, once in a process unless the file changes."""
    if path.suffix != ".py":
        raise ObjectiveError(
            f"objective {spec!r}: {path} is not a Python file; its name must end in .py"
        )
    if not os.path.isfile(path):  # also if no file can have the name
        raise ObjectiveError(
            f"objective {spec!r}: there is no file {path} (looked from {Path.cwd()}); "
            "correct the path"
        )
    path = path.resolve()
    name = f"latentbo_objective_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ObjectiveError(
            f"objective {spec!r}: {path} cannot be read ({error.strerror}); allow it"
        ) from error
    if getattr(known := sys.modules.get(name), HASH, None) == sha256:
        assert known is not None
        return known
    module_spec = spec_from_file_location(name, path)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = module_from_spec(module_spec)
    _make_importable(path.parent)
    sys.modules[name] = module
    try:
        with users_settings():
            module_spec.loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(name, None)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise _import_failure(spec, error, path) from error
    setattr(module, HASH, sha256)
    return module


def _import_module(place: str, spec: str) -> ModuleType:
    """Import an installed module, or one below the current folder."""
    _make_importable(Path.cwd())
    try:
        with users_settings():
            return importlib.import_module(place)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _import_failure(spec, error, None) from error


def _make_importable(folder: Path) -> None:
    """Append a folder to the import path, where it hides nothing."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    importlib.invalidate_caches()


def _import_failure(spec: str, error: BaseException, path: Path | None) -> ObjectiveError:
    """Explain an exception during an import, with the line of the user's file it passed."""
    message = describe_exception(error, None if path is None else str(path))
    remedy = "mend the file"
    if isinstance(error, SyntaxError) and error.filename:
        message = f"{type(error).__name__}: {error.msg} ({error.filename}, line {error.lineno})"
    elif isinstance(error, ModuleNotFoundError):
        remedy = f"install {error.name} in this environment, or correct the name"
    return ObjectiveError(f"objective {spec!r} cannot be imported: {message}; {remedy}")


def _function(module: ModuleType, name: str, spec: str) -> Callable[[str], Any]:
    """Look the function up and check that it can be called with one string."""
    if not hasattr(module, name):
        known = _public_callables(module)
        listed = f"it has {', '.join(known)}" if known else "it has no public function"
        raise ObjectiveError(
            f"objective {spec!r}: no function {name!r} there{_suggest(name, known)}; {listed}"
        )
    function = getattr(module, name)
    if not callable(function):
        raise ObjectiveError(
            f"objective {spec!r}: {name!r} is of type {type(function).__name__}, not a function; "
            "name a function that takes a string and returns a number"
        )
    _check_signature(function, spec)
    return function


def _public_callables(module: ModuleType) -> list[str]:
    """List what a module defines itself, without what it imports."""
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", None) == module.__name__
    )


def _check_signature(function: Callable[..., Any], spec: str) -> None:
    """Refuse functions that cannot be called with one positional argument, and coroutines."""
    if inspect.iscoroutinefunction(function):
        raise ObjectiveError(f"objective {spec!r} is an async function; write it with a plain def")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # functions of C extensions may have none
        return
    try:
        signature.bind("C")
    except TypeError as error:
        raise ObjectiveError(
            f"objective {spec!r} must take one argument, the string to score; "
            f"its signature is {signature}; give further arguments a default value"
        ) from error
