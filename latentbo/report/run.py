"""A run as its folder holds it: the configuration and the ledger."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from latentbo.data.compounds import COMPOUNDS_FILE, Compound, read_compounds
from latentbo.errors import CheckpointError
from latentbo.ledger.averages import by_molecule, mean
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import BOUND, INITIAL, Evaluation, Status, StepRecord
from latentbo.ledger.vials import VALUE_NAME, beside_measurements, value_name, vial_ids
from latentbo.objectives import BY_HAND, files_of_calls
from latentbo.proposals import far_enough
from latentbo.report.front import Front, front_of
from latentbo.report.value_scale import ValueScale, scale_of


@dataclass(frozen=True)
class Labelled:
    """Strings whose values a run was given for free: no calls, and none of the ledger's rows.

    Args:
        count: How many.
        best: The best value among them; None if all failed.
        source: Where they come from; may be empty.
        by_protocol: Whether a protocol gave them; else they are the user's measurements.
    """

    count: int
    best: float | None
    source: str = ""
    by_protocol: bool = True


@dataclass(frozen=True)
class Run:
    """All that the reports are made from.

    Args:
        config: The run's configuration, as in `config.json`; every key is optional.
        evaluations: The calls in their order, those still pending included.
        steps: The steps in their order.
        num_interrupted: Number of calls that were started, interrupted, and made again.
        compounds: The user's measurements that it started from.
        files: What calls left in the run's folder: call -> paths from there.
    """

    config: dict[str, Any] = field(default_factory=dict)
    evaluations: list[Evaluation] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)
    num_interrupted: int = 0
    compounds: list[Compound] = field(default_factory=list)
    files: dict[int, list[str]] = field(default_factory=dict)

    @cached_property
    def beside(self) -> dict[str, dict[str, str]]:
        """Further columns of the user's files by string, their `id` among them.

        A string that the run suggested for a measurement has the ID of its vial, unless it came
        back with another one.
        """
        found = {
            each.string: {**each.further, **({"id": each.id} if each.id else {})}
            for each in self.compounds
        }
        if self.is_by_hand:
            vials = vial_ids(self.evaluations)
            found |= {row.string: {"id": name} for name, row in vials.items()}
        for string, columns in beside_measurements(self.steps).items():
            found[string] = found.get(string, {}) | columns
        return {string: columns for string, columns in found.items() if columns}

    @cached_property
    def scale(self) -> ValueScale:
        """How its values are written for people."""
        values = [row.value for row in self.finished if row.value is not None]
        values += [each.value for each in self.compounds if each.value is not None]
        named = {VALUE_NAME: value_name(self.steps), **self.config}
        return scale_of(named, values or [0.0, 1.0])

    @cached_property
    def is_by_hand(self) -> bool:
        """Whether people measure its values."""
        return bool(self.config.get("objective_source") == BY_HAND)

    @cached_property
    def finished(self) -> list[Evaluation]:
        """The calls with a result, in their order."""
        return [row for row in self.evaluations if row.status is not Status.PENDING]

    @cached_property
    def measurements(self) -> dict[str, list[float]]:
        """The values of each string that has a result; more than one where it was repeated."""
        return {each.rows[0].string: each.values for each in by_molecule(self.finished)}

    @cached_property
    def values(self) -> list[float | None]:
        """The value that each finished call adds to the curves.

        A repeated string counts once, by the mean of its values, at its first call with a value.
        """
        seen = set[str]()
        found: list[float | None] = []
        for row in self.finished:
            is_new = row.value is not None and row.string not in seen
            found.append(mean(self.measurements[row.string]) if is_new else None)
            seen.update([row.string] if is_new else [])
        return found

    @cached_property
    def ranked(self) -> list[Evaluation]:
        """The strings with a result, best first, ties in the order of calls, failed ones last.

        A repeated string stands there once, as its first call with the mean of its values.
        """
        return sorted(
            (each.merged for each in by_molecule(self.finished)),
            key=lambda row: (row.value is None, 0.0 if row.value is None else -row.value, row.call),
        )

    @cached_property
    def min_distance(self) -> float:
        """Least Tanimoto distance between its hits; 0 where none was asked for."""
        optimizer = self.config.get("optimizer")
        given = optimizer.get("min_distance") if isinstance(optimizer, dict) else None
        return float(given) if isinstance(given, int | float) and 0 < given <= 1 else 0.0

    @cached_property
    def hits(self) -> list[Evaluation]:
        """The calls with a value, best first, without those too close to a better one."""
        valued = [row for row in self.ranked if row.value is not None]
        if not self.min_distance:
            return valued
        kept = far_enough([row.string for row in valued], [], self.min_distance)
        return [row for row, is_kept in zip(valued, kept, strict=True) if is_kept]

    @cached_property
    def initial(self) -> list[Evaluation]:
        """The calls with a result that were spent on the initial pool.

        The first batch of a run that starts from labelled data holds none.
        """
        return [row for row in self.finished if row.origin == INITIAL]

    @cached_property
    def labelled(self) -> Labelled | None:
        """Data known before its first call (of its protocol or user); None if none are."""
        given = self.config.get("labelled")
        if not isinstance(given, dict) or not given.get("count"):
            return None
        source, by_protocol = str(given.get("source") or ""), "measurements" not in given
        return Labelled(int(given["count"]), given.get("best"), source, by_protocol)

    @cached_property
    def front(self) -> Front | None:
        """Strings that no other surpasses; None where the objective has no Pareto front."""
        return front_of(self.config.get("pareto"), self.finished)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The terms of a combined objective; none of another one."""
        front = self.config.get("pareto")
        names = list(front) if isinstance(front, dict) else []
        names += [name for row in self.finished for name in row.terms if name != BOUND]
        return tuple(dict.fromkeys(names))

    @cached_property
    def budget(self) -> int:
        """The calls that it was given; those that it proposed if its settings do not say."""
        budget = self.config.get("budget")
        if isinstance(budget, int) and budget > 0:
            return budget
        return max(len(self.evaluations), 1)

    @cached_property
    def objective(self) -> str:
        """Name of the objective, for titles and axes."""
        return str(self.config.get("objective", "objective"))


def load_run(directory: Path) -> Run:
    """Reads the folder of a run, whether it ended or not.

    Raises:
        CheckpointError: If `directory` is no folder, or its `config.json` or `ledger.sqlite` is
            missing or unreadable.
    """
    if not directory.is_dir():
        raise CheckpointError(f"{directory} is not a folder; give the folder of a run")
    missing = [
        name for name in ("config.json", "ledger.sqlite") if not (directory / name).is_file()
    ]
    if missing:
        raise CheckpointError(
            f"{directory} is not a run: {' and '.join(missing)} missing; give the folder of a run"
        )
    config = _read_config(directory / "config.json")
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return Run(
            *(config, ledger.evaluations(), ledger.steps(), ledger.num_interrupted),
            read_compounds(directory / COMPOUNDS_FILE),
            files_of_calls(directory),
        )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"cannot read {path}: {error}") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} holds {type(config).__name__}, not the settings of a run")
    return config
