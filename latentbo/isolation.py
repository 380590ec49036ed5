"""Settings of a whole process, kept apart: those of a user's code and those of this package.

`torch.set_default_dtype(torch.float64)` at the head of a user's script would reach every tensor
that is made here, `os.chdir` every relative path, a warning turned into an error every library. So
the package works under settings of its own, and a user's code, when it is called, under those that
it made itself.
"""

import locale
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class _Setting:
    """A setting of the process.

    Args:
        get: Reads it.
        set: Changes it.
        ours: What this package computes under; None: what it finds.
    """

    get: Callable[[], Any]
    set: Callable[[Any], Any]
    ours: Any = None


# A user's code has these from us as well, unless it changes them.
_SHARED = ("threads", "warnings")

# While the package's settings are in force: the user's. None: the user's are in force.
_users: dict[str, Any] | None = None


@contextmanager
def library_settings() -> Iterator[None]:
    """Compute under the package's own settings within the block, and put the user's back."""
    global _users  # noqa: PLW0603 - it stands for settings that are as global
    if _users is not None:
        yield
        return
    _users = {name: value for name, value in _read().items() if name not in _SHARED}
    _change(_usual())
    try:
        yield
    finally:
        users, _users = _users, None
        _change(users)


@contextmanager
def users_settings() -> Iterator[None]:
    """Run a user's code within the block, under the settings that it made itself before."""
    global _users  # noqa: PLW0603
    if _users is None:
        yield
        return
    ours, users = _read(), _users
    _change(users)
    _users = None
    before = _read()
    try:
        yield
    finally:
        changed = {name: value for name, value in _read().items() if value != before.get(name)}
        _users = {**users, **changed}
        # The block may have been the first to load a library.
        _change({**_usual(), **ours})


def _usual() -> dict[str, Any]:
    return {name: each.ours for name, each in _settings().items() if each.ours is not None}


def _read() -> dict[str, Any]:
    return {name: setting.get() for name, setting in _settings().items()}


def _change(values: Mapping[str, Any]) -> None:
    """Change what differs: some of these calls are not free."""
    settings = _settings()
    for name, value in values.items():
        if name in settings and value is not None and settings[name].get() != value:
            settings[name].set(value)


def _settings() -> dict[str, _Setting]:
    """The settings, of those libraries that are loaded."""
    found = {
        "folder": _Setting(_folder, _enter),
        "numbers": _Setting(
            lambda: locale.setlocale(locale.LC_NUMERIC),
            lambda name: locale.setlocale(locale.LC_NUMERIC, name),
        ),
        "warnings": _Setting(lambda: list(warnings.filters), _filter_warnings),
    }
    if (torch := sys.modules.get("torch")) and hasattr(torch, "set_default_device"):
        found |= _of_torch(torch)
    if (numpy := sys.modules.get("numpy")) and hasattr(numpy, "seterr"):
        usual = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
        found["numpy errors"] = _Setting(numpy.geterr, lambda kept: numpy.seterr(**kept), usual)
    if (chem := sys.modules.get("rdkit.Chem")) and hasattr(chem, "SetUseLegacyStereoPerception"):
        found["stereo"] = _Setting(
            chem.GetUseLegacyStereoPerception, chem.SetUseLegacyStereoPerception
        )
    return found


def _of_torch(torch: Any) -> dict[str, _Setting]:
    return {
        "dtype": _Setting(torch.get_default_dtype, torch.set_default_dtype, torch.float32),
        "device": _Setting(torch.get_default_device, torch.set_default_device, torch.device("cpu")),
        "gradients": _Setting(torch.is_grad_enabled, torch.set_grad_enabled, True),
        "threads": _Setting(torch.get_num_threads, torch.set_num_threads),
        "determinism": _Setting(
            torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms
        ),
        "precision": _Setting(
            torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "highest"
        ),
    }


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return None


def _enter(folder: str) -> None:
    with suppress(OSError):
        os.chdir(folder)


def _filter_warnings(filters: list[Any]) -> None:
    warnings.resetwarnings()
    warnings.filters.extend(filters)  # type: ignore[attr-defined]
