from collections.abc import Sequence

import pytest

from latentbo.ledger import Evaluation, Status
from latentbo.optimizer import OptimizationConfig
from latentbo.optimizer.trust_region import trust_region_length

CONFIG = OptimizationConfig(initial_length=0.5, min_length=0.3, max_length=1.0)
TEN = [float(value) for value in range(1, 11)]


def batches(*values: Sequence[float | None]) -> list[list[Evaluation]]:
    """Batches of evaluations with these values; None is a failed call."""
    result, call = [], 0
    for number, batch in enumerate(values):
        rows = []
        for value in batch:
            call += 1
            status = Status.FAILED if value is None else Status.OK
            rows.append(Evaluation(call, number, "C" * call, "x", {}, status, value))
        result.append(rows)
    return result


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0.5),
        ([TEN], 0.5),
        ([TEN, [11.0]], 0.55),
        ([TEN, [0.0, 1.5]], 0.55),  # better than the tenth best is enough
        ([TEN, [0.0, 1.0]], 0.48),  # equal to the tenth best is not
        ([TEN, [0.0]], 0.48),
        ([TEN, [None, None]], 0.48),
        ([TEN, [None, 12.0]], 0.55),
        ([TEN, [11.0], [0.0], [0.0]], 0.5 * 1.1 * 0.96 * 0.96),
        # 1.5 enters, so the tenth best is 1.5 from then on and another 1.5 no improvement.
        ([TEN, [1.5], [1.5]], 0.5 * 1.1 * 0.96),
        # Fewer than ten values: every further value is among the ten best.
        ([[5.0], [1.0], [0.0]], 0.5 * 1.1 * 1.1),
        ([[None, None], [None], [3.0]], 0.5 * 0.96 * 1.1),
    ],
)
def test_lengths_by_hand(values: list[list[float | None]], expected: float) -> None:
    assert trust_region_length(CONFIG, batches(*values)) == pytest.approx(expected, rel=1e-12)


def test_it_keeps_its_bounds() -> None:
    rising: list[list[float | None]] = [[float(k)] for k in range(30)]
    falling: list[list[float | None]] = [[*TEN]]
    falling += [[0.0] for _ in range(30)]
    assert trust_region_length(CONFIG, batches(*rising)) == 1.0
    assert trust_region_length(CONFIG, batches(*falling)) == 0.3
    # At a bound, the way back starts at once.
    assert trust_region_length(CONFIG, batches(*rising, [-1.0])) == pytest.approx(0.96)
    assert trust_region_length(CONFIG, batches(*falling, [50.0])) == pytest.approx(0.33)
