"""A combination of objectives from a TOML file.

mean = "geometric"                      # or "arithmetic", or "pareto": the front is sought

[[term]]
objective = "dock.py:score"             # any form of objective; paths start from this file
name = "affinity"                       # the objective's own name by default
weight = 2.0                            # 1 by default
time-limit = 60                         # seconds for one molecule, of a program or a server
reference = 0.2                         # pareto: the least score of interest, 0 by default
transform = { kind = "sigmoid", middle = 7.0, slope = 1.5 }   # the raw value by default

[[term]]
objective = "property:sa"
direction = "minimize"                  # without a transform: the score is minus the raw value

[[term]]
objective = "property:logp"
target = 2.5                            # 1 at the target; a Gaussian around it
width = 1.0                             # of it, in units of the raw value; 1 by default

[[term]]
objective = "qed"

[constraints]                           # may stand here; see latentbo.chemistry.constraints
max-heavy-atoms = 38
"""

import os
from pathlib import Path

from latentbo.chemistry import Constraints, Table, load_constraints, nearest_name, read_table
from latentbo.errors import ConfigurationError, ObjectiveError
from latentbo.objectives.base import Objective
from latentbo.objectives.sources import (
    DEFAULT_TIME_LIMIT,
    MINIMIZE,
    anchor_objective,
    single_objective,
)
from latentbo.objectives.sources.failures import is_writable
from latentbo.objectives.term import Term
from latentbo.objectives.terms.combination import KINDS, PARETO, Combination, CombinationKind
from latentbo.objectives.transforms import Gaussian, Linear, Transform, transform_from

KEYS = ("mean", "term", "constraints")
WANTED_KEYS = ("transform", "direction", "target", "width")
TERM_KEYS = ("objective", "name", "weight", "time-limit", "reference", *WANTED_KEYS)
DIRECTIONS = ("maximize", "minimize")
_DIRECTION = 'direction = "{}"'
# What others call the same, and keys that belong elsewhere.
FILE_WORDS = {
    **dict.fromkeys(
        ("maximize", "minimize", "direction"), f"{_DIRECTION.format('minimize')} in a [[term]]"
    ),
    **dict.fromkeys(("objective", "objectives"), "a table [[term]] for each objective"),
    **dict.fromkeys(("scaffold", "core", "required", "alerts"), "it in a table [constraints]"),
}
TERM_WORDS = {
    **dict.fromkeys(("minimize", "minimise", "minimum"), _DIRECTION.format("minimize")),
    **dict.fromkeys(("maximize", "maximise", "maximum"), _DIRECTION.format("maximize")),
    "goal": "target = NUMBER or a transform",
    "tolerance": "target = NUMBER and width = NUMBER",
}


def is_combination(text: str) -> bool:
    """Tell whether an objective's text names a TOML file."""
    path = text.strip().lower()
    # `minimize:FILE.toml` is told that a file says for itself what is wanted.
    return path.endswith(".toml") and not path.startswith(f"{MINIMIZE}:") and is_writable(text)


def load_combination(path: Path, time_limit: float = DEFAULT_TIME_LIMIT) -> Objective:
    """Return the combination that a TOML file describes.

    Args:
        path: The file.
        time_limit: Seconds that a program or a server may take for one molecule, where the term
            does not say.

    Returns:
        An objective whose function is a `Combination`.

    Raises:
        ConfigurationError: If the file cannot be read, has an unknown key (names the nearest one
            and its place) or a value that cannot be used, or its terms score different tasks.
        ObjectiveError: If a term's objective cannot be found; names the term.
    """
    file = read_table(path)
    file.check_keys(KEYS, words=FILE_WORDS)
    entries = file.entries.get("term")
    if not isinstance(entries, list) or not entries:
        raise file.error("there is no term; write a table [[term]] for each", "term")
    kind = _mean(file)
    terms = [_term(file, kind, index, path.parent, time_limit) for index in range(len(entries))]
    _check_references(file, kind)
    # Told now, though a combination does not need them.
    load_constraints(path)
    try:
        combination = Combination(kind, tuple(terms))
    except ConfigurationError as error:
        raise file.error(str(error)) from error
    names = ", ".join(term.name for term in terms)
    what = "Pareto front" if combination.is_pareto else f"{kind} mean"
    summary = f"{what} of {len(terms)} terms: {names}"
    return Objective(path.name, combination, summary, _task(file, terms))


def constraints_of(text: str) -> Constraints | None:
    """Return the constraints that come with an objective: those of its TOML file; None: none.

    Raises:
        ConfigurationError: If the file cannot be read, or a constraint cannot be used.
    """
    if not is_combination(text):
        return None
    return load_constraints(Path(os.path.expanduser(text.strip())))


def _mean(file: Table) -> CombinationKind:
    text = file.string("mean", "geometric")
    for kind in KINDS:
        if text == kind:
            return kind
    nearest = nearest_name(text, KINDS)
    raise file.error(f"there is no mean {text!r}{nearest}; use {' or '.join(KINDS)}", "mean")


def _check_references(file: Table, kind: CombinationKind) -> None:
    """Refuse a reference where there is no front: it would do nothing."""
    for number, entries in enumerate(file.entries["term"], start=1):
        if kind != PARETO and "reference" in entries:
            table = Table(entries, f"{file.place}, [[term]] {number}", file.text)
            raise table.error(
                f"reference means nothing to the {kind} mean; leave it out, or write "
                f'mean = "{PARETO}"',
                "reference",
            )


def _term(file: Table, kind: CombinationKind, index: int, folder: Path, time_limit: float) -> Term:
    place = f"{file.place}, [[term]] {index + 1}"
    entries = file.entries["term"][index]
    if not isinstance(entries, dict):
        raise file.error(f"term is {entries!r}; write a table [[term]] for each", "term")
    table = Table(entries, place, file.text)
    table.check_keys(TERM_KEYS, words=TERM_WORDS)
    objective = _objective(table, folder.resolve(), table.number("time-limit", time_limit))
    transform = _transform(table, kind)
    try:
        name = table.string("name", objective.name)
        weight, reference = table.number("weight", 1.0), table.number("reference", 0.0)
        return Term(name, objective, transform, weight, reference)
    except ConfigurationError as error:
        raise error if str(error).startswith(place) else table.error(str(error)) from error


def _transform(table: Table, kind: CombinationKind) -> Transform:
    """Return the transform of a term: its own, or that of the direction or the target."""
    wanted = [key for key in WANTED_KEYS[:-1] if key in table.entries]
    if len(wanted) > 1:
        raise table.error(
            f"{wanted[0]} and {wanted[1]} both say which values are good: keep one of them",
            wanted[1],
        )
    if "width" in table.entries and wanted != ["target"]:
        raise table.error("width means nothing without target: add it, or leave width out", "width")
    if wanted == ["transform"]:
        return transform_from(table.table("transform", f"{table.place}, transform"))
    if wanted == ["target"]:
        width = table.number("width", 1.0)
        if width <= 0:
            raise table.error(f"width is {width:g}; give a number above 0", "width")
        return Gaussian(table.number("target"), width)
    direction = table.string("direction", DIRECTIONS[0])
    if direction not in DIRECTIONS:
        nearest = nearest_name(direction, DIRECTIONS)
        raise table.error(
            f"there is no direction {direction!r}{nearest}; use {' or '.join(DIRECTIONS)}",
            "direction",
        )
    if direction == DIRECTIONS[0]:
        return Linear()
    if kind == "geometric":
        raise table.error(
            "a geometric mean needs scores from 0 up, and minimize gives minus the value: write a "
            'transform, such as transform = { kind = "clipped", zero = 10, one = 0 }, or mean = '
            '"arithmetic"',
            "direction",
        )
    return Linear(-1.0)


def _objective(table: Table, folder: Path, time_limit: float) -> Objective:
    text = table.string("objective")
    if is_combination(text):
        raise table.error(
            f"the objective {text!r} is a TOML file, too; write its terms here", "objective"
        )
    try:
        return single_objective(anchor_objective(text, folder), time_limit)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ObjectiveError(f"{table.place}: {error}") from error


def _task(file: Table, terms: list[Term]) -> str | None:
    """Return the task that the terms score, None if none of them says."""
    tasks = {term.objective.task: term.name for term in terms if term.objective.task}
    if len(tasks) > 1:
        listed = ", ".join(f"{name!r} scores {task}" for task, name in tasks.items())
        raise file.error(f"no string suits all terms: {listed}; keep the terms of one task")
    return next(iter(tasks), None)
