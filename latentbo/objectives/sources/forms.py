"""One objective from its text: which form it has, told by its beginning or its end."""

import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from latentbo.chemistry import MOLECULE_PROPERTIES
from latentbo.errors import ObjectiveError
from latentbo.hiding import hide
from latentbo.objectives.base import Objective
from latentbo.objectives.builtin import OBJECTIVES
from latentbo.objectives.measures import MeasuredProperty, Minus, SimilarityTo
from latentbo.objectives.sources.endpoint import endpoint
from latentbo.objectives.sources.failures import DEFAULT_TIME_LIMIT, is_writable
from latentbo.objectives.sources.lookup import VALUE, load_lookup
from latentbo.objectives.sources.nearest import PREFIXES, unknown_form, with_nearest_prefix
from latentbo.objectives.sources.program import Program
from latentbo.objectives.user import load_objective

#: Prefix of objectives whose smallest values are wanted.
MINIMIZE = "minimize"
_LOOKUP = re.compile(r"(?P<path>.+\.csv)(?::(?P<column>[^:/\\]+))?", re.IGNORECASE)


def single_objective(text: str, time_limit: float = DEFAULT_TIME_LIMIT) -> Objective:
    """Return the objective that a text names; see `objective_from` for the forms.

    Args:
        text: Any form but a TOML file.
        time_limit: Seconds that a program or a server may take for one molecule.

    Raises:
        ObjectiveError: If it names none; says which form is the nearest.
    """
    text = text.strip()
    if text in OBJECTIVES:
        return OBJECTIVES[text]
    if not is_writable(text):
        raise ObjectiveError(f"objective {text!r} holds a character that no name can have")
    prefix, _, rest = text.partition(":")
    if prefix in PREFIXES:
        if not rest.strip():
            raise ObjectiveError(f"objective {text!r} lacks a part; write {PREFIXES[prefix]}")
        return _READERS[prefix](text, rest.strip(), time_limit)
    if prefix in ("http", "https"):
        shown = hide(text)
        return Objective(shown, endpoint(text, time_limit), f"the values that {shown} answers with")
    if found := _LOOKUP.fullmatch(text):
        return _lookup(Path(os.path.expanduser(found["path"])), found["column"])
    if _is_executable(text):
        return _program(text, shlex.quote(text), time_limit)
    if ":" not in text or "://" in text:
        raise unknown_form(text)
    with with_nearest_prefix(text):
        return load_objective(text)


def anchor_objective(text: str, folder: Path | None = None) -> str:
    """Make the paths in an objective's text absolute, so that it means the same in any folder.

    Args:
        text: Any form of objective.
        folder: Where its paths start from. None: from the current folder, and what is no file
            stays as it is.

    Returns:
        The text with absolute paths. Of a program, each word that names a file becomes absolute;
        a program without a slash is first looked for on the search path, as shells do.
    """
    text = text.strip()
    prefix, _, rest = text.partition(":")
    if text in OBJECTIVES:
        return text
    if prefix == MINIMIZE:
        return f"{MINIMIZE}:{anchor_objective(rest, folder)}"
    if prefix in PREFIXES or prefix in ("http", "https"):
        is_program = _READERS.get(prefix) is _program
        return f"{prefix}:{_anchor_command(rest, folder)}" if is_program else text
    if found := _LOOKUP.fullmatch(text):
        column = f":{found['column']}" if found["column"] else ""
        return f"{_anchor(found['path'], folder)}{column}"
    if text.lower().endswith(".toml") or ":" not in text:
        is_path = text.lower().endswith(".toml") or "/" in text or os.path.isfile(text)
        return _anchor(text, folder) if is_path else text
    place, _, function = text.rpartition(":")
    is_path = place.endswith(".py") or os.path.isfile(os.path.expanduser(place))
    return f"{_anchor(place, folder)}:{function}" if is_path else text


def _anchor(path: str, folder: Path | None) -> str:
    full = (folder or Path.cwd()) / os.path.expanduser(path)
    return str(full.resolve()) if folder is not None or os.path.isfile(full) else path


def _anchor_command(command: str, folder: Path | None) -> str:
    try:
        words = shlex.split(command)
    except ValueError:  # told when the program is needed
        return command
    start = folder or Path.cwd()
    for place, word in enumerate(words):
        path = start / os.path.expanduser(word)
        on_search_path = place == 0 and "/" not in word and shutil.which(word) is not None
        if word and not on_search_path and os.path.isfile(path):
            # Not resolved: a program may look at the name that it is called by.
            words[place] = os.path.abspath(path)
    return shlex.join(words)


def _program(text: str, rest: str, time_limit: float) -> Objective:
    try:
        command = shlex.split(_anchor_command(rest, None))
    except ValueError as error:
        raise ObjectiveError(f"objective {text!r}: {error}; close the quotation mark") from error
    program = shutil.which(os.path.expanduser(command[0]))
    if program is None:
        raise ObjectiveError(f"objective {text!r}: {_no_program(command[0])}")
    names = [Path(word).name if os.path.isabs(word) else word for word in command]
    once = text.startswith("program-once:")
    return Objective(
        f"{'program-once' if once else 'program'}:{shlex.join(map(hide, names))}",
        Program((program, *command[1:]), time_limit, once),
        f"the values that the program {names[0]} prints",
    )


def _no_program(name: str) -> str:
    if os.path.isfile(os.path.expanduser(name)):
        return (
            f"the file {name} is not executable; allow it (chmod +x {name}), or name its "
            f"interpreter, such as program:sh {name}"
        )
    return f"there is no program {name!r} (looked from {Path.cwd()}); correct its name"


def _is_executable(text: str) -> bool:
    path = os.path.expanduser(text)
    return not path.endswith(".py") and os.path.isfile(path) and os.access(path, os.X_OK)


def _lookup(path: Path, column: str | None) -> Objective:
    lookup = load_lookup(path, column or VALUE)
    name = f"{path.name}:{column}" if column else path.name
    return Objective(name, lookup, lookup.description, "molecules")


def _property(text: str, rest: str, time_limit: float) -> Objective:
    measure = MeasuredProperty(rest)
    words = MOLECULE_PROPERTIES[measure.name].words
    return Objective(text, measure, words, "molecules")


def _similarity(text: str, rest: str, time_limit: float) -> Objective:
    return Objective(text, SimilarityTo(rest), f"similarity to {rest}", "molecules")


def _minimized(text: str, rest: str, time_limit: float) -> Objective:
    if rest.lower().endswith(".toml"):
        raise ObjectiveError(
            f"objective {text!r}: a file says for each term what is wanted: write direction = "
            f'"minimize" in {rest}, under [[term]]'
        )
    other = single_objective(rest, time_limit)
    description = f"minus {other.description or other.name}"
    return Objective(f"-{other.name}", Minus(other), description, other.task, other.identity)


_READERS: dict[str, Callable[[str, str, float], Objective]] = {
    "program": _program,
    "program-once": _program,
    "property": _property,
    "similarity": _similarity,
    MINIMIZE: _minimized,
}
