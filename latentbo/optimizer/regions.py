"""Where the search goes on from: the best molecules, or, when it is stuck, the best of each region.

Both are folded from the evaluations, so that a resumed run decides alike.
"""

from collections.abc import Sequence

from latentbo.ledger.record import Evaluation
from latentbo.proposals import Diversity

__all__ = [
    "first_batch",
    "is_restart",
    "parents",
    "region_distance",
    "stalled_batches",
    "worth_a_call",
]

NUM_TOP = 10
# Batches without success after which parents must lie this far apart (Tanimoto distance).
PATIENCE = {3: 0.3, 6: 0.5, 9: 0.7}
# Batches without success after which, and after each so many more, the search begins anew.
RESTART = 12
# Parents are looked for among so many of the best for each that is wanted.
DEPTH = 10


def stalled_batches(batches: Sequence[Sequence[Evaluation]]) -> int:
    """Return how many of the last batches brought nothing into the ten best."""
    top: list[float] = []
    stalled = 0
    for batch in batches:
        threshold = top[-1] if len(top) == NUM_TOP else float("-inf")
        values = [row.value for row in batch if row.value is not None]
        stalled = 0 if any(value > threshold for value in values) else stalled + 1
        top = sorted([*top, *values], reverse=True)[:NUM_TOP]
    return stalled


def region_distance(stalled: int, min_distance: float) -> float:
    """Return how far apart parents must lie: the longer the search is stuck, the farther.

    Args:
        stalled: See `stalled_batches`; a search that began anew has its own patience.
        min_distance: What the user asked for.
    """
    waited = stalled if stalled < RESTART else stalled % RESTART
    reached = [distance for patience, distance in PATIENCE.items() if waited >= patience]
    return max([min_distance, *reached])


def is_restart(stalled: int) -> bool:
    """Whether the next batch is of the pool, for what is known has led nowhere for long.

    Args:
        stalled: See `stalled_batches`.
    """
    return stalled > 0 and stalled % RESTART == 0


def first_batch(number: int, stalled: int) -> int:
    """Return the batch from which on molecules may be parents: the last new beginning.

    What was found before it would draw the search back at once. It counts again as soon as the new
    search succeeds.

    Args:
        number: Of the next batch.
        stalled: See `stalled_batches`.
    """
    return number - stalled % RESTART if stalled > RESTART and stalled % RESTART else 0


def parents(ranked: Sequence[str], number: int, distance: float) -> list[str]:
    """Return the best molecules that lie at least so far apart.

    Args:
        ranked: SMILES strings, best first.
        number: Most parents.
        distance: Least Tanimoto distance between two of them, 0 to 1.
    """
    if distance == 0:
        return list(ranked[:number])
    regions, found = Diversity(distance), list[str]()
    for string in ranked[: DEPTH * number]:
        if len(found) == number:
            break
        if regions.admit(string):
            found.append(string)
    return found


def worth_a_call(
    candidates: Sequence[str],
    bounds: Sequence[float],
    strings: Sequence[str],
    values: Sequence[float],
    min_distance: float,
) -> list[bool]:
    """Tell which candidates could become a hit, if hits must lie apart.

    A candidate that is close to an evaluated molecule counts only if it is better than this one.

    Args:
        candidates: n SMILES strings.
        bounds: For each the most that may be hoped for.
        strings: Evaluated molecules, best first.
        values: Their values.
        min_distance: Least Tanimoto distance between hits, 0 to 1.

    Returns:
        For each candidate whether it is better than all evaluated molecules that are too close.
    """
    if min_distance == 0:
        return [True] * len(candidates)
    order = sorted(range(len(candidates)), key=lambda row: -bounds[row])
    better, added = Diversity(min_distance), 0
    found = [False] * len(candidates)
    for row in order:
        while added < len(strings) and values[added] >= bounds[row]:
            better.add(strings[added])
            added += 1
        found[row] = better.is_far(candidates[row])
    return found
