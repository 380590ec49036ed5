"""A run as its folder holds it: the configuration and the ledger."""

__all__ = ["Labelled", "Run", "load_run"]

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from latentbo.errors import CheckpointError
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Evaluation, Status, StepRecord
from latentbo.proposals import far_enough

#: Origin of the rows that were drawn from the initial pool before anything was learnt.
INITIAL = "initial"


@dataclass(frozen=True)
class Labelled:
    """Strings whose values a protocol gives for free: no calls, and none of the ledger's rows.

    Args:
        count: How many.
        best: The best value among them; None if all failed.
        source: Where they come from; may be empty.
    """

    count: int
    best: float | None
    source: str = ""


@dataclass(frozen=True)
class Run:
    """All that the reports are made from.

    Args:
        config: The run's configuration, as in `config.json`; every key is optional.
        evaluations: The calls in their order, those still pending included.
        steps: The steps in their order.
        num_interrupted: Number of calls that were started, interrupted, and made again.
    """

    config: dict[str, Any] = field(default_factory=dict)
    evaluations: list[Evaluation] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)
    num_interrupted: int = 0

    @cached_property
    def finished(self) -> list[Evaluation]:
        """The calls with a result, in their order."""
        return [row for row in self.evaluations if row.status is not Status.PENDING]

    @cached_property
    def ranked(self) -> list[Evaluation]:
        """The calls with a result, best first, ties in the order of calls, failed ones last."""
        return sorted(
            self.finished,
            key=lambda row: (row.value is None, 0.0 if row.value is None else -row.value, row.call),
        )

    @cached_property
    def min_distance(self) -> float:
        """How far apart its hits must lie (Tanimoto distance); 0 where nobody asked for that."""
        optimizer = self.config.get("optimizer")
        given = optimizer.get("min_distance") if isinstance(optimizer, dict) else None
        return float(given) if isinstance(given, int | float) and 0 < given <= 1 else 0.0

    @cached_property
    def hits(self) -> list[Evaluation]:
        """The calls with a value, best first, without those too close to a better one."""
        valued = [row for row in self.ranked if row.value is not None]
        if not self.min_distance:
            return valued
        kept = far_enough([row.smiles for row in valued], [], self.min_distance)
        return [row for row, is_kept in zip(valued, kept, strict=True) if is_kept]

    @cached_property
    def initial(self) -> list[Evaluation]:
        """The calls with a result that were spent on the initial pool.

        The first batch of a run that starts from labelled data holds none.
        """
        return [row for row in self.finished if row.origin == INITIAL]

    @cached_property
    def labelled(self) -> Labelled | None:
        """The labelled data that its protocol gave it; None if there are none."""
        given = self.config.get("labelled")
        if not isinstance(given, dict) or not given.get("count"):
            return None
        return Labelled(int(given["count"]), given.get("best"), str(given.get("source") or ""))

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
        return Run(config, ledger.evaluations(), ledger.steps(), ledger.num_interrupted)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path}: {error}") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} holds {type(config).__name__}, not the settings of a run")
    return config
