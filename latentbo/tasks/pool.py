"""The strings that a run starts from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo.data import Line
from latentbo.errors import DataError
from latentbo.tasks.base import LeftOut, Task

if TYPE_CHECKING:
    from latentbo.chemistry import MoleculeRules
    from latentbo.models import TrainedModel

NOT_ENCODABLE = "not representable by the model"


@dataclass(frozen=True)
class Pool:
    """The strings a run starts from, and what became of the others.

    Args:
        strings: Canonical, accepted by the filter, and representable by the model.
        reasons: Why others were left out, with their numbers.
        left_out: The lines of a user's file among these.
    """

    strings: list[str]
    reasons: Counter[str]
    left_out: list[LeftOut]

    def summary(self) -> dict[str, Any]:
        """Return what `config.json` says of it."""
        return {"usable": len(self.strings), "left_out": dict(sorted(self.reasons.items()))}


def starting_pool(
    task: Task,
    model: "TrainedModel",
    molecule_filter: "MoleculeRules | None",
    initial: Path | None,
    given: list[Line] | None = None,
    made: Sequence[str] = (),
) -> Pool:
    """Return the strings a run can start from: those of a file, else the task's own pool.

    The task's own pool is canonical, so it is only filtered.

    Args:
        task: The task, as the model sees it.
        model: Must be able to hold the strings.
        molecule_filter: Limits that they must keep; None: none.
        initial: The user's file; None takes the task's own pool.
        given: Its lines, if it was read before.
        made: Further canonical strings that may be used, whatever the filter says.

    Raises:
        DataError: If the file cannot be read, or no string can be used.
    """
    lines, reasons, left_out = _accepted_lines(task, molecule_filter, initial, given)
    present = {line.string for line in lines}
    lines += [Line(0, string) for string in made if string not in present]
    usable = []
    for line in lines:
        if model.can_encode(line.string):
            usable.append(line.string)
        else:
            reasons[NOT_ENCODABLE] += 1
            if initial is not None:
                left_out.append((line.number, line.string, NOT_ENCODABLE))
    if not usable:
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        remedy = ", or a wider filter" if task.is_molecular else ""
        raise DataError(
            f"no {task.noun} of {initial or 'the default pool'} can be used ({counts}): give other "
            f"{task.name} with --initial{remedy}"
        )
    return Pool(usable, reasons, sorted(left_out))


def _accepted_lines(
    task: Task,
    molecule_filter: "MoleculeRules | None",
    initial: Path | None,
    given: list[Line] | None,
) -> tuple[list[Line], Counter[str], list[LeftOut]]:
    if initial is not None:
        found = task.read(initial) if given is None else given
        lines, left_out = task.filtered(found, molecule_filter)
        return lines, Counter(reason for _, _, reason in left_out), left_out
    strings, reasons = task.pool(), Counter[str]()
    if molecule_filter is not None:
        from latentbo.data.pool import filtered_pool  # noqa: PLC0415  (needs RDKit)

        strings, reasons = filtered_pool(strings, molecule_filter)
    return [Line(0, string) for string in strings], reasons, []
