"""The parents of new molecules: the best ones, or the best of each region after a stall.

Both are reconstructed from the evaluations, so that a resumed run decides alike.
"""

from collections.abc import Sequence

from latentbo.ledger.record import Evaluation
from latentbo.optimizer.history import with_thresholds
from latentbo.proposals import Diversity

# Batches without success after which parents must lie this far apart (Tanimoto distance).
PATIENCE = {3: 0.3, 6: 0.5, 9: 0.7}
# Batches without success after which, and after each further so many, the search restarts.
RESTART = 12
# Candidates examined per parent, best first.
DEPTH = 10


def stalled_batches(batches: Sequence[Sequence[Evaluation]]) -> int:
    """Return how many of the last batches brought nothing into the ten best."""
    stalled = 0
    for batch, threshold in with_thresholds(batches):
        improved = any(row.value is not None and row.value > threshold for row in batch)
        stalled = 0 if improved else stalled + 1
    return stalled


def region_distance(stalled: int, min_distance: float) -> float:
    """Return the least distance between parents, which grows with the length of the stall.

    Args:
        stalled: See `stalled_batches`; the count starts again at a restart.
        min_distance: The user's setting.
    """
    waited = stalled if stalled < RESTART else stalled % RESTART
    reached = [distance for patience, distance in PATIENCE.items() if waited >= patience]
    return max([min_distance, *reached])


def is_restart(stalled: int) -> bool:
    """Whether to restart from the pool after a long stall.

    Args:
        stalled: See `stalled_batches`.
    """
    return stalled > 0 and stalled % RESTART == 0


def first_batch(number: int, stalled: int) -> int:
    """Return the first batch whose molecules may be parents: that of the last restart.

    Earlier molecules would draw the search back at once. They count again as soon as the restarted
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
    """Return the mask of candidates at least `min_distance` from every better molecule.

    Args:
        candidates: n SMILES strings.
        bounds: An optimistic value for each.
        strings: Evaluated molecules, best first.
        values: Their values.
        min_distance: Least Tanimoto distance between hits, 0 to 1.

    Returns:
        For each candidate, whether it may become a hit.
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
