"""The ask-tell loop around a strategy, which decides on the next batch from the history.

Step k is a pure function of (configuration, evaluations and steps before k, seed derived from
(seed, k)): everything is refitted from the ledger, and no step reads the clock. So a run that was
killed and resumed gives the same ledger as an unbroken one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import torch

from latentbo.data.bounds import Bound
from latentbo.ledger.record import Evaluation, Proposal, StepRecord, Suggestion
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.history import History, draw_initial
from latentbo.proposals import RANDOM
from latentbo.seeds import seed_for
from latentbo.tasks import Accepted


@dataclass(frozen=True)
class Selection:
    """A string selected for an oracle call.

    Args:
        string: Canonical, never evaluated before.
        origin: Which proposal it comes from.
        details: Small facts about it as JSON.
    """

    string: str
    origin: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Strategy(Protocol):
    """Decides on the next batch; a pure function of its arguments and its settings."""

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """Return the state of the step, and at most `q` selections; none: nothing is left to try.

        Args:
            history: All evaluations; pending ones have no value.
            q: Most selections.
            seed: Of everything random in this step.
        """


@runtime_checkable
class Watchable(Protocol):
    """A strategy that tells what it does.

    Attributes:
        watch: Is told what begins, and what share of the step is done by then, 0 to 1.
    """

    watch: Callable[[str, float], None]


def not_watched(stage: str, done: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class RandomStrategy:
    """Strings of the pool, each once, in random order.

    Args:
        pool: Canonical strings.
    """

    pool: Sequence[str]

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`."""
        left = [string for string in self.pool if string not in history.known]
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(left), generator=generator)[:q].tolist()
        return {}, [Selection(left[i], RANDOM) for i in order]


@dataclass(frozen=True)
class BatchOptimizer:
    """Proposes an initial batch of the pool, then what a strategy selects.

    Args:
        strategy: Decides.
        pool: Canonical strings to start from.
        config: Sizes of the batches, budget and seed.
        initial_data: Strings whose values are known without a call (from earlier measurements,
            say), repeated ones with every value: the strategy learns from them, and they are never
            proposed. With two of them there is no initial batch.
        fallback: Decides while fewer than two strings have a value; None: random strings of the
            pool.
        num_steps: Steps after which the run ends, whether or not they propose anything; None: it
            ends with the first step that proposes nothing.
        initial_bounds: Strings with bounds known before the first call; they are never proposed.
    """

    strategy: Strategy
    pool: Sequence[str]
    config: OptimizationConfig
    initial_data: Sequence[tuple[str, float]] = ()
    fallback: Strategy | None = None
    num_steps: int | None = None
    initial_bounds: Sequence[tuple[str, Bound]] = ()

    def ask(
        self,
        evaluations: Sequence[Evaluation],
        steps: Sequence[StepRecord] = (),
        number: int | None = None,
    ) -> Suggestion:
        """Propose the next batch.

        Args:
            evaluations: All evaluations, in the order of their calls; pending ones are known, but
                have no value.
            steps: The recorded steps, some of which may have proposed nothing.
            number: Size of the batch, whatever the budget; None: `num_initial` at first, then
                `batch_size`, within the budget.

        Returns:
            At most as many proposals, none of them evaluated before. No proposals: the strategy
            finds nothing new.
        """
        history = History(evaluations, self.initial_data, steps, self.initial_bounds)
        if self.num_steps is not None and len(steps) >= self.num_steps:
            return Suggestion(StepRecord(history.batch), [], finished=True)
        is_initial = self._needs_initial(history)
        if number is None:
            size = self.config.num_initial if is_initial else self.config.batch_size
            number = min(self.config.budget - len(evaluations), size)
        if is_initial:
            proposals = draw_initial(self.pool, self.config.seed, number, history.known)
            return Suggestion(StepRecord(history.batch, {"pool": len(self.pool)}), proposals)
        if number < 1:
            return Suggestion(StepRecord(history.batch), [])
        return self._step(history, number)

    def watch(self, show: Callable[[str, float], None]) -> None:
        """Have the strategy tell what it does, if it can.

        Args:
            show: Is told what begins, and what share of the step is done by then, 0 to 1.
        """
        if isinstance(self.strategy, Watchable):
            self.strategy.watch = show

    def _needs_initial(self, history: History) -> bool:
        """Whether an initial batch is needed (few values, and a pool to draw from)."""
        is_start = not history.evaluations and bool(self.pool)
        return is_start and not history.has_least

    def _step(self, history: History, q: int) -> Suggestion:
        seed = seed_for(self.config.seed, history.number)
        strategy = self.strategy
        if not history.has_least:
            strategy = self.fallback or RandomStrategy(self.pool)
        state, selections = strategy.pick(history, q, seed)
        proposals = [
            Proposal(call, history.batch, each.string, each.origin, each.details)
            for call, each in enumerate(selections, start=history.next_call)
        ]
        finished = None if self.num_steps is None else False
        return Suggestion(StepRecord(history.batch, state), proposals, finished)


@dataclass
class NewStrings:
    """Collects proposed strings that are canonical, accepted and new.

    Args:
        accept: The task's judgement.
        known: Strings that are not wanted again.
    """

    accept: Callable[[str], Accepted]
    known: Collection[str]
    origins: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(
        default_factory=lambda: Counter(decoded=0, unfinished=0, invalid=0, filtered=0, known=0)
    )

    def add(self, proposed: Sequence[str | None], origin: str) -> list[str]:
        """Add proposed strings (None: a failed proposal), and return those that are new."""
        found = []
        self.counts["decoded"] += len(proposed)
        for string in proposed:
            accepted = Accepted(None, "invalid") if string is None else self.accept(string)
            if accepted.string is None:
                self.counts.update(accepted.ends)
            elif accepted.string in self.known or accepted.string in self.origins:
                self.counts["known"] += 1
            else:
                self.origins[accepted.string] = origin
                found.append(accepted.string)
        return found
