"""IDs of what a run suggested, short enough for the label of a vial: `B02-07`."""

from collections import defaultdict
from collections.abc import Sequence

from latentbo.ledger.record import MEASURED, RETRY, Evaluation, StepRecord

#: Name, in a step's state, of IDs and further columns of the measurements that it records.
BESIDE = "beside"
#: The same for what the column of values was called.
VALUE_NAME = "value_name"


def vial_ids(evaluations: Sequence[Evaluation]) -> dict[str, Evaluation]:
    """Return the suggestions of a run by their IDs: number of the batch, number within it.

    Steps that suggest nothing are no batches, and measurements that nobody suggested have no ID.

    Args:
        evaluations: All of the ledger, in the order of their calls.
    """
    batches: dict[int, list[Evaluation]] = defaultdict(list)
    for row in evaluations:
        if row.origin not in (MEASURED, RETRY):
            batches[row.batch].append(row)
    return {
        f"B{number:02}-{place:02}": row
        for number, step in enumerate(sorted(batches), start=1)
        for place, row in enumerate(batches[step], start=1)
    }


def beside_measurements(steps: Sequence[StepRecord]) -> dict[str, dict[str, str]]:
    """Return what the files of results had beside the values of strings, `id` among it.

    Of a string that was measured several times the first text of a column counts.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for step in steps:
        for string, columns in step.state.get(BESIDE, ()):
            found[string] = {**columns, **found[string]}
    return dict(found)


def value_name(steps: Sequence[StepRecord]) -> str:
    """Return what the first file of results that names its values calls them; may be empty."""
    named = (str(step.state[VALUE_NAME]) for step in steps if VALUE_NAME in step.state)
    return next(named, "")
