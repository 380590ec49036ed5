"""Registries of things that are chosen by name: those of latentbo, and those of plug-ins.

Nothing here loads another module, so that options can offer the names that plug-ins have added.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from latentbo.errors import ConfigurationError

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z][\w-]*")


class UnknownNameError(ConfigurationError):
    """There is nothing of this name; it may be in a plug-in that is not loaded."""


class Registry(dict[str, T]):
    """Things of one kind by name.

    Args:
        kind: A noun for messages, such as "preset"; no two registries have the same.
        shipped: The things that latentbo brings along; their names are taken.
    """

    def __init__(self, kind: str, shipped: Mapping[str, T]) -> None:
        super().__init__(shipped)
        self.kind = kind
        self.shipped = frozenset(shipped)
        _REGISTRIES[kind] = self

    def register(self, name: str, thing: T) -> None:
        """Add something, or replace what was added under this name.

        Raises:
            ConfigurationError: If it is no name, or the name of something that latentbo brings
                along.
        """
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} is no name of a {self.kind}: give a letter, then letters, digits, - or _"
            )
        if name in self.shipped:
            raise ConfigurationError(
                f"latentbo has a {self.kind} {name!r}: give yours another name"
            )
        self[name] = thing

    def unknown(self, name: object) -> UnknownNameError:
        """Return the error for a name that is not there."""
        return UnknownNameError(
            f"unknown {self.kind} {name!r}: choose one of {', '.join(self)}, or give the file that "
            f"adds it with --plugin FILE"
        )


_REGISTRIES: dict[str, Registry[Any]] = {}


def added(kind: str) -> list[str]:
    """Return the names that plug-ins have added to a registry; none if it is not loaded."""
    registry = _REGISTRIES.get(kind)
    return [] if registry is None else [name for name in registry if name not in registry.shipped]


@contextmanager
def restored() -> Iterator[None]:
    """Forget, at the end, the names that were registered inside."""
    before = {kind: dict(registry) for kind, registry in _REGISTRIES.items()}
    try:
        yield
    finally:
        for kind, registry in _REGISTRIES.items():
            kept = before.get(kind, {name: registry[name] for name in registry.shipped})
            registry.clear()
            registry.update(kept)
