"""The ask-tell loop round a strategy, which says what to try next, given the history."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from latentbo.ledger.record import Evaluation, Proposal, StepRecord, Suggestion
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.history import LEAST_VALUES, History, draw_initial
from latentbo.proposals import Accepted
from latentbo.seeds import seed_for

__all__ = ["BatchOptimizer", "NewStrings", "Pick", "RandomStrategy", "Strategy"]


@dataclass(frozen=True)
class Pick:
    """A string that a call is to be spent on.

    Args:
        string: Canonical, never evaluated before.
        origin: Which proposal it comes from.
        details: Small facts about it as JSON.
    """

    string: str
    origin: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Strategy(Protocol):
    """What decides on the next batch; a pure function of its arguments and its settings."""

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Pick]]:
        """Return facts about the step, and at most `q` picks; none: there is nothing left to try.

        Args:
            history: All evaluations, of which pending ones have no value.
            q: Most picks.
            seed: Of everything random in this step.
        """


@dataclass
class RandomStrategy:
    """Strings of the pool, each once, in random order.

    Args:
        pool: Canonical strings.
    """

    pool: Sequence[str]

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Pick]]:
        """See `Strategy.pick`."""
        left = [string for string in self.pool if string not in history.known]
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(left), generator=generator)[:q].tolist()
        return {}, [Pick(left[i], "random") for i in order]


@dataclass
class BatchOptimizer:
    """Proposes what a strategy picks; first, and until two have a value, strings of a pool.

    Args:
        strategy: Decides.
        pool: Canonical strings to start from.
        config: Settings.
        labelled: Strings whose values are known without a call (from earlier measurements, say),
            repeated ones with every value: the strategy learns from them, and they are never
            proposed. With two of them there is no initial batch.
    """

    strategy: Strategy
    pool: Sequence[str]
    config: OptimizationConfig
    labelled: Sequence[tuple[str, float]] = ()

    def __post_init__(self) -> None:
        self._fallback = RandomStrategy(self.pool)

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        """Propose the next batch; see `TrustRegionOptimizer.ask`."""
        remaining = self.config.budget - len(evaluations)
        history = History.of(evaluations, self.labelled, len(steps))
        if not evaluations and len(history.strings) < LEAST_VALUES:
            number = min(remaining, self.config.num_initial)
            record = StepRecord(history.batch, {"pool": len(self.pool)})
            return Suggestion(record, draw_initial(self.pool, self.config, number, history.known))
        q = min(remaining, self.config.batch_size)
        if q < 1:
            return Suggestion(StepRecord(history.batch), [])
        seed = seed_for(self.config.seed, history.number)
        strategy = self.strategy if len(history.strings) >= LEAST_VALUES else self._fallback
        state, picks = strategy.pick(history, q, seed)
        proposals = [
            Proposal(call, history.batch, pick.string, pick.origin, pick.details)
            for call, pick in enumerate(picks, start=history.next_call)
        ]
        return Suggestion(StepRecord(history.batch, state), proposals)


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
        """Take what is new of proposed strings (None: nothing came of it), and return it."""
        found = []
        self.counts["decoded"] += len(proposed)
        for string in proposed:
            accepted = Accepted(None, "invalid") if string is None else self.accept(string)
            if accepted.string is None:
                self.counts[accepted.reason] += 1
            elif accepted.string in self.known or accepted.string in self.origins:
                self.counts["known"] += 1
            else:
                self.origins[accepted.string] = origin
                found.append(accepted.string)
        return found
