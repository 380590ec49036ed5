"""The most similar name to a text that names no objective."""

import difflib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from latentbo.chemistry import nearest_name
from latentbo.errors import ObjectiveError
from latentbo.objectives.builtin import OBJECTIVES

#: How the forms that are told by their beginning are written.
PREFIXES = {
    "program": "program:COMMAND",
    "program-once": "program-once:COMMAND",
    "property": "property:NAME",
    "similarity": "similarity:SMILES",
    "minimize": "minimize:OBJECTIVE",
}

#: How objectives that are not built in are written.
OBJECTIVE_FORMS = (
    "path/file.py:function",
    "package.module:function",
    *PREFIXES.values(),
    "FILE.csv",
    "FILE.csv:COLUMN",
    "http://HOST:PORT/PATH",
    "FILE.toml",
)

SUFFIXES = {".py": ":FUNCTION", ".csv": "", ".toml": ""}


def unknown_form(text: str) -> ObjectiveError:
    """Explain a text that has no form of an objective."""
    return ObjectiveError(_explanation(text))


@contextmanager
def with_nearest_prefix(text: str) -> Iterator[None]:
    """Explain a missing module whose name is nearly that of a form."""
    try:
        yield
    except ObjectiveError as error:
        prefix, _, rest = text.partition(":")
        missing = isinstance(error.__cause__, ModuleNotFoundError) or not rest.isidentifier()
        near = _nearest(prefix, list(PREFIXES))
        if not (missing and near):
            raise
        raise ObjectiveError(
            f"there is no objective {text!r}; did you mean '{near}:{rest}'?"
        ) from error


def _explanation(text: str) -> str:
    path = Path(text)
    words = text.split()
    if "://" in text:
        place = text.partition("://")[2] or "HOST:PORT/PATH"
        return f"objective {text!r} is no address that can be asked; write http://{place}"
    if path.suffix == ".py":
        return (
            f"objective {text!r} names a file but no function; write {text}:FUNCTION, or "
            f"program:python {text} if it reads SMILES and prints values"
        )
    if os.path.isfile(os.path.expanduser(text)):
        return (
            f"objective {text!r} is a file, but neither Python, CSV or TOML (by its name) nor "
            f"executable; write program:INTERPRETER {text}, or allow it (chmod +x {text})"
        )
    if len(words) > 1 and os.path.isfile(os.path.expanduser(words[0])):
        return f"there is no objective {text!r}; write program:{text} for a program with arguments"
    if near := _nearest(path.suffix, list(SUFFIXES), 0.6):
        meant = f"{path.with_suffix(near)}{SUFFIXES[near]}"
        return f"there is no objective {text!r}; did you mean {meant!r}?"
    return (
        f"there is no objective {text!r}{nearest_name(text, OBJECTIVES)}; use one of the "
        f"{len(OBJECTIVES)} built-in names, such as qed (python -m latentbo.optimize "
        f"--list-objectives shows all), {', '.join(OBJECTIVE_FORMS[:-1])} or {OBJECTIVE_FORMS[-1]}"
    )


def _nearest(name: str, known: list[str], likeness: float = 0.7) -> str | None:
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=likeness)
    return close[0] if close else None
