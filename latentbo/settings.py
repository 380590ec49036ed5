"""Settings whose fields say their bounds.

```python
@dataclass(frozen=True)
class LoopConfig:
    rate: float = setting(1e-3, more_than=0)
    schedule: str = setting("cosine", choices=SCHEDULES)

    def __post_init__(self) -> None:
        check(self)
```

`latentbo.command_line.add_options` makes options of them, whose help is the field's description
among the class's `Args`.
"""

import inspect
import math
import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Any

from latentbo.errors import ConfigurationError

_KEY = "bounds"


@dataclass(frozen=True)
class Bounds:
    """The values that a field may have; None, where a field may be None, always is one.

    Attributes:
        at_least: The smallest value; a float also asks for finite values.
        more_than: A bound that is too small itself; asks for finite values, too.
        at_most: The largest value.
        less_than: A bound that is too large itself.
        choices: The names to choose from; of a tuple, its entries.
    """

    at_least: float | None = None
    more_than: float | None = None
    at_most: float | None = None
    less_than: float | None = None
    choices: Collection[str] | None = None

    def fault(self, name: str, value: Any) -> str | None:
        """Return what is wrong with a value, None if nothing is."""
        if value is None:
            return None
        if self.choices is not None:
            return self._unknown(name, value)
        low = self.at_least if self.more_than is None else self.more_than
        high = self.at_most if self.less_than is None else self.less_than
        kept = all(
            (
                self.at_least is None or value >= self.at_least,
                self.more_than is None or value > self.more_than,
                self.at_most is None or value <= self.at_most,
                self.less_than is None or value < self.less_than,
                not self._is_finite or -math.inf < value < math.inf,
            )
        )
        if kept:
            return None
        if high is not None:
            left, right = "[("[self.more_than is not None], "])"[self.less_than is not None]
            return f"{name} must lie in {left}{low:g}, {high:g}{right}, not {value}"
        if low == 0 and self._is_finite:
            kind = "finite and not negative" if self.more_than is None else "positive and finite"
            return f"{name} must be {kind}, not {value}"
        return f"{name} must be at least {low}, not {value}"

    @property
    def _is_finite(self) -> bool:
        return self.more_than is not None or isinstance(self.at_least, float)

    def _unknown(self, name: str, value: Any) -> str | None:
        known = self.choices or ()
        for each in value if isinstance(value, tuple | list) else (value,):
            if each not in known:
                return f"unknown {name} {each!r}; choose one of {', '.join(known)}"
        return None


def setting(
    default: Any,
    *,
    at_least: float | None = None,
    more_than: float | None = None,
    at_most: float | None = None,
    less_than: float | None = None,
    choices: Collection[str] | None = None,
) -> Any:
    """Return a field of a dataclass with a default and bounds; see `Bounds`.

    A subclass that gives the field another default keeps the bounds.
    """
    bounds = Bounds(at_least, more_than, at_most, less_than, choices)
    return field(default=default, metadata={_KEY: bounds})


def bounds_of(settings: type) -> dict[str, Bounds]:
    """Return the bounds of the fields of a class, those of its parents included."""
    return {
        name: each.metadata[_KEY]
        for parent in reversed(settings.__mro__)
        for name, each in vars(parent).get("__dataclass_fields__", {}).items()
        if _KEY in each.metadata
    }


def check(settings: Any) -> None:
    """Check the fields of a dataclass.

    Raises:
        ConfigurationError: If a value is out of its bounds; names field, value and bounds.
    """
    for name, bounds in bounds_of(type(settings)).items():
        if fault := bounds.fault(name, getattr(settings, name)):
            raise ConfigurationError(fault)


def descriptions(settings: type) -> dict[str, str]:
    """Return the descriptions of a class's fields, from the `Args` of its docstring.

    Fields of a parent that are not described again have the parent's description.
    """
    found: dict[str, str] = {}
    for parent in reversed(settings.__mro__):
        # `__doc__` of a dataclass without a docstring is its signature.
        text = inspect.cleandoc(vars(parent).get("__doc__") or "").partition("\nArgs:\n")[2]
        entries = re.split(r"^    (\w+): ", text.partition("\n\n")[0] + "\n", flags=re.MULTILINE)
        pairs = zip(entries[1::2], entries[2::2], strict=True)
        found.update({name: " ".join(words.split()) for name, words in pairs})
    return {each.name: found[each.name] for each in fields(settings) if each.name in found}
