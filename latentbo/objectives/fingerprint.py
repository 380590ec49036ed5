"""The files that an objective is made of, and their hash: whether it is still the same."""

import hashlib
import importlib.util
import os
import re
import shlex
from pathlib import Path

from latentbo.chemistry import read_table
from latentbo.errors import InputError
from latentbo.objectives.builtin import OBJECTIVES
from latentbo.objectives.sources import anchor_objective

_CSV = re.compile(r"(?P<path>.+\.csv)(?::[^:/\\]+)?", re.IGNORECASE)


def objective_files(text: str) -> list[Path]:
    """Return the files that an objective is made of, as far as its text tells.

    Args:
        text: Any form of objective, with absolute paths.

    Returns:
        The file of a function (of a module its file), a table of values, a program and those of its
        arguments that are files, a TOML file and the files of its terms; none of a built-in
        objective and of a server.
    """
    prefix, _, rest = text.partition(":")
    if text in OBJECTIVES or prefix in ("http", "https", "property", "similarity"):
        return []
    if prefix in ("program", "program-once"):
        return _files_of_command(rest)
    if text.lower().endswith(".toml"):
        return [Path(text), *_files_of_terms(Path(text))]
    if found := _CSV.fullmatch(text):
        return [Path(found["path"])]
    place, colon, _ = text.rpartition(":")
    if not colon:
        return [Path(text)]
    return [Path(place)] if place.endswith(".py") or "/" in place else _file_of_module(place)


def objective_hash(text: str) -> str | None:
    """Return the sha256 of an objective's files; None if it has none, or one cannot be read."""
    files = objective_files(text)
    digest = hashlib.sha256()
    try:
        for path in files:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        return None
    return digest.hexdigest() if files else None


def _files_of_command(command: str) -> list[Path]:
    try:
        words = shlex.split(command)
    except ValueError:
        return []
    # Interpreters on the search path are no part of it: their updates are not changes of ours.
    return [Path(word) for word in words if os.path.isabs(word) and os.path.isfile(word)]


def _files_of_terms(path: Path) -> list[Path]:
    try:
        terms = read_table(path).entries.get("term", [])
        texts = [term["objective"] for term in terms]
        anchored = [anchor_objective(text, path.parent) for text in texts]
    except (InputError, KeyError, TypeError, AttributeError):  # told when it is loaded
        return []
    return [file for text in anchored for file in objective_files(text)]


def _file_of_module(name: str) -> list[Path]:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return []
    return [Path(spec.origin)] if spec is not None and spec.origin is not None else []
