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
objective = "qed"

[constraints]                           # may stand here; see latentbo.chemistry.constraints
max-heavy-atoms = 38
"""

import os
from pathlib import Path

from latentbo.chemistry import Constraints, Table, load_constraints, nearest_name, read_table
from latentbo.errors import ConfigurationError, ObjectiveError
from latentbo.objectives.base import Objective
from latentbo.objectives.sources import DEFAULT_TIME_LIMIT, anchor_objective, single_objective
from latentbo.objectives.sources.failures import is_writable
from latentbo.objectives.terms.combination import KINDS, PARETO, Combination, CombinationKind, Term
from latentbo.objectives.terms.transforms import Linear, transform_from

__all__ = ["constraints_of", "is_combination", "load_combination"]

KEYS = ("mean", "term", "constraints")
TERM_KEYS = ("objective", "name", "weight", "time-limit", "reference", "transform")


def is_combination(text: str) -> bool:
    """Tell whether an objective's text names a TOML file."""
    return text.strip().lower().endswith(".toml") and is_writable(text)


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
    file.check_keys(KEYS)
    entries = file.entries.get("term")
    if not isinstance(entries, list) or not entries:
        raise file.error("there is no term; write a table [[term]] for each", "term")
    kind = _mean(file)
    terms = [_term(file, index, path.parent, time_limit) for index in range(len(entries))]
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


def _term(file: Table, index: int, folder: Path, time_limit: float) -> Term:
    place = f"{file.place}, [[term]] {index + 1}"
    entries = file.entries["term"][index]
    if not isinstance(entries, dict):
        raise file.error(f"term is {entries!r}; write a table [[term]] for each", "term")
    table = Table(entries, place, file.text)
    table.check_keys(TERM_KEYS)
    objective = _objective(table, folder.resolve(), table.number("time-limit", time_limit))
    transform = (
        transform_from(table.table("transform", f"{place}, transform"))
        if "transform" in entries
        else Linear()
    )
    try:
        name = table.string("name", objective.name)
        weight, reference = table.number("weight", 1.0), table.number("reference", 0.0)
        return Term(name, objective, transform, weight, reference)
    except ConfigurationError as error:
        raise error if str(error).startswith(place) else table.error(str(error)) from error


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
