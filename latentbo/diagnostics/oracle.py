"""An objective that counts its oracle calls."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latentbo.objectives import Objective
from latentbo.objectives.labels import score_all


class CountedObjective:
    """Scores strings, with one oracle call per distinct string.

    Args:
        objective: The objective.

    Attributes:
        num_calls: Oracle calls so far.
        num_failed: Oracle calls without a value.
    """

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.num_calls = 0
        self.num_failed = 0
        self._values: dict[str, float] = {}

    def __call__(self, strings: Sequence[str | None]) -> Tensor:
        """Return the values of `n` strings as doubles: NaN for None and for failed oracle calls."""
        wanted = (string for string in strings if string is not None)
        new = [string for string in dict.fromkeys(wanted) if string not in self._values]
        values = score_all(self.objective, new)
        self.num_calls += len(new)
        self.num_failed += int(values.isnan().sum())
        self._values.update(zip(new, values.tolist(), strict=True))
        found = [torch.nan if s is None else self._values[s] for s in strings]
        return torch.tensor(found, dtype=torch.float64)
