"""Tables of settings that a user wrote, in TOML or JSON, and errors that name key and place."""

import difflib
import math
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentbo.errors import ConfigurationError


@dataclass(frozen=True)
class Table:
    """A table of settings and where it stands.

    Attributes:
        entries: Keys and values, as TOML or JSON gives them.
        place: For messages, such as `goal.toml, [constraints]`.
        text: The text of the whole file, in which the lines of keys are looked up; may be empty.
    """

    entries: Mapping[str, Any]
    place: str
    text: str = ""

    def error(self, message: str, key: str | None = None) -> ConfigurationError:
        """Return an error that starts with the place, and with the line of a key if it is clear."""
        line = self._line(key) if key else None
        return ConfigurationError(f"{self.place}{f' (line {line})' if line else ''}: {message}")

    def check_keys(
        self, known: Iterable[str], listed: str = "", words: Mapping[str, str] | None = None
    ) -> None:
        """Refuse keys that have no meaning here.

        Args:
            known: The keys that have one.
            listed: How messages list them, where there are many.
            words: For keys that others would write, what to write here.

        Raises:
            ConfigurationError: If there is another; names the nearest key that has a meaning.
        """
        names = list(known)
        for key in self.entries:
            if key not in names:
                meant = (words or {}).get(spelling(key))
                nearest = f"; write {meant}" if meant else nearest_name(key, names)
                remedy = nearest or f"; the keys are {listed or ', '.join(names)}"
                raise self.error(f"there is no key {key!r}{remedy}", key)

    def number(self, key: str, default: float | None = None) -> float:
        """Return a finite number.

        Raises:
            ConfigurationError: If it is none, or is missing and has no default.
        """
        value = self._value(key, default, "a number")
        try:
            finite = isinstance(value, int | float) and math.isfinite(value)
        except OverflowError:
            raise self.error(f"{key} is too large; give a finite number", key) from None
        if isinstance(value, bool) or not finite:
            raise self.error(f"{key} is {value!r}; give a finite number", key)
        return value

    def string(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty.

        Raises:
            ConfigurationError: If it is none, or is missing and has no default.
        """
        value = self._value(key, default, "a text")
        if not isinstance(value, str) or not value.strip():
            raise self.error(f'{key} is {value!r}; give a text, such as {key} = "..."', key)
        return value.strip()

    def strings(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; none if the key is missing.

        Raises:
            ConfigurationError: If it is something else.
        """
        value = self.entries.get(key, [])
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise self.error(
                f'{key} is {value!r}; give a list of texts, such as {key} = ["..."]', key
            )
        return tuple(value)

    def table(self, key: str, place: str) -> "Table":
        """Return a table inside this one.

        Args:
            key: Its key.
            place: Where it stands, for messages.

        Raises:
            ConfigurationError: If it is missing, or no table.
        """
        value = self._value(key, None, "a table")
        if not isinstance(value, Mapping):
            raise self.error(f"{key} is {value!r}; give a table", key)
        return Table(value, place, self.text)

    def _value(self, key: str, default: Any, what: str) -> Any:
        value = self.entries.get(key, default)
        if value is None:
            raise self.error(f"the key {key!r} is missing; give it {what}")
        return value

    def _line(self, key: str) -> int | None:
        """Return the number of the only line that sets a key; None if there are several."""
        lines = [
            number
            for number, line in enumerate(self.text.splitlines(), start=1)
            if line.split("=")[0].strip(" \t\"'[]") == key
        ]
        return lines[0] if len(lines) == 1 else None


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` where a known name is close or has more words, else nothing."""
    by_spelling = {spelling(candidate): candidate for candidate in known}
    spelled = spelling(name)
    longer = [each for each in by_spelling if f"-{spelled}-" in f"-{each}-"] if spelled else []
    close = longer or difflib.get_close_matches(spelled, by_spelling, n=1)
    return f" (did you mean {by_spelling[close[0]]!r}?)" if close else ""


def spelling(name: str) -> str:
    """Return a name in small letters, with hyphens for blanks and underscores."""
    return name.lower().replace("_", "-").replace(" ", "-")


#: Bytes of a TOML file that people write.
LARGEST_FILE = 10_000_000


def read_table(path: Path) -> Table:
    """Read a TOML file.

    Raises:
        ConfigurationError: If it cannot be read, is larger than `LARGEST_FILE`, or is no TOML.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigurationError(
                f"{path} is larger than {LARGEST_FILE} bytes: give a TOML file of settings"
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}; looked from {Path.cwd()}): correct the path"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is no UTF-8 text: save it as a TOML file") from error
    try:
        table = Table(tomllib.loads(text), path.name, text)
        _check_numbers(table, table.entries)
        return table
    except ConfigurationError:  # a ValueError, too
        raise
    except (ValueError, RecursionError) as error:  # also of a number with too many digits
        raise ConfigurationError(f"{path} is no TOML: {error}; mend the file") from error


def _check_numbers(table: Table, value: Any, key: str = "") -> None:
    """Refuse whole numbers beyond the largest float: they are no numbers to us, nor to print."""
    if isinstance(value, Mapping):
        for name, entry in value.items():
            _check_numbers(table, entry, name)
    elif isinstance(value, list):
        for entry in value:
            _check_numbers(table, entry, key)
    elif isinstance(value, int) and value.bit_length() >= sys.float_info.max_exp:
        raise table.error(f"{key} is too large; give a finite number", key)
