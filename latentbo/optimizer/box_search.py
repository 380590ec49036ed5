"""The thesis's way: expected improvement in the box of the codes of all evaluated strings.

One difference: the process learns the code that a decoded string really has, not the code that was
picked, so that every value belongs to its string.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.optimizer.batches import NewStrings, Selection
from latentbo.optimizer.code_surrogate import fit_code_surrogate
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.history import History
from latentbo.proposals import CodeCache, box_expected_improvement
from latentbo.seeds import seed_for
from latentbo.surrogates import ConditionedGP, Repeats, single_thread
from latentbo.tasks import Accepted

# A picked code may decode to what is known, or to nothing: it is asked again, ever more freely.
TEMPERATURES = (0.0, 0.5, 1.0, 1.0, 1.5, 2.0)


@dataclass
class BoxSearchStrategy:
    """A sparse Gaussian process over codes, and greedy batches of expected improvement in a box.

    Args:
        model: The trained autoencoder.
        accept: The task's judgement of a decoded string.
        config: Settings.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    config: OptimizationConfig

    def __post_init__(self) -> None:
        self.model = self.model.finishing()
        self._codes = CodeCache(self.model)

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`."""
        codes, values, repeats = self._data(history)
        new = NewStrings(self.accept, history.known)
        state: dict[str, Any] = {"train": len(values)}
        if len(values) < 2:
            picked = self.model.prior.sample(q, torch.Generator().manual_seed(seed))
        else:
            picked, state["lengthscale"] = self._in_box(codes, values, repeats, q, seed)
        self._decode(picked, new, seed)
        selected = [Selection(string, origin) for string, origin in new.origins.items()]
        return {**state, **new.counts}, selected[:q]

    def _data(self, history: History) -> tuple[Tensor, Tensor, Repeats | None]:
        """Return codes and values of what was evaluated, at most `max_train` (the best)."""
        codes = self._codes.of(history.strings)
        rows = [row for row, string in enumerate(history.strings) if string in codes]
        if not rows:
            return torch.empty(0, self.model.num_dimensions), history.values[:0], None
        rows = rows[: self.config.max_train]
        repeats = None if history.repeats is None else history.repeats.rows(torch.tensor(rows))
        return torch.stack([*codes.values()][: len(rows)]), history.values[rows], repeats

    def _in_box(
        self, codes: Tensor, values: Tensor, repeats: Repeats | None, q: int, seed: int
    ) -> tuple[Tensor, float]:
        """Return `q` codes (`q x d`) within the box of the data's, and the fitted lengthscale."""
        lower, upper = codes.amin(0), codes.amax(0)
        width = (upper - lower).clamp(min=1e-6)
        unit = ((codes - lower) / width).double()
        with single_thread():
            surrogate = fit_code_surrogate(self.config, unit, values, repeats)
            best_f = float(surrogate.standardized(values.max()))
            bounds = torch.stack([torch.zeros_like(unit[0]), torch.ones_like(unit[0])])
            model = surrogate.model
            if self.config.surrogate != "exact":
                model = ConditionedGP(model)
            picked = box_expected_improvement(model, bounds, best_f, q, seed)
        return picked.float() * width + lower, surrogate.lengthscale

    def _decode(self, codes: Tensor, new: NewStrings, seed: int) -> None:
        """Add what each code decodes to; one that gives nothing new is decoded again."""
        left = codes
        for attempt, temperature in enumerate(TEMPERATURES):
            generator = torch.Generator(device=self.model.device)
            generator.manual_seed(seed_for(seed, 2, attempt))
            rows = self.model.decode(left, temperature, generator)
            failed = [i for i, row in enumerate(rows) if not new.add([row.string], "box")]
            left = left[failed]
            if not len(left):
                return
