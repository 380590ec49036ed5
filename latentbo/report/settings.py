"""The settings of a run as flat names and texts."""

from collections.abc import Iterator, Mapping
from typing import Any


def flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """All settings but the command, nested ones with dotted names."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        elif f"{prefix}{name}" != "command":
            yield f"{prefix}{name}", show(value)


def show(value: Any) -> str:
    """A setting's value as text; a dash for None."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
