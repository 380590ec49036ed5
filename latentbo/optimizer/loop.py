"""Runs an optimizer against an oracle under a ledger, from any point at which it was stopped."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from latentbo.errors import ObjectiveError
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Evaluation, Status, StepRecord, Suggestion
from latentbo.objectives import Objective, evaluate

__all__ = ["NUM_PROBES", "Optimizer", "optimize"]

NUM_PROBES = 3


class Optimizer(Protocol):
    """What proposes: `LatentOptimizer`, or a protocol's own."""

    @property
    def config(self) -> Any:
        """Settings; `config.budget` is the number of calls that may be made."""

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        """Propose the next batch, given all finished evaluations and recorded steps."""


def optimize(
    optimizer: Optimizer,
    objective: Objective,
    ledger: Ledger,
    show: Callable[[list[Evaluation]], None],
) -> bool:
    """Spend the budget; goes on where the ledger ends.

    The first three initial molecules are the probes of the objective: counted like all others.

    Args:
        optimizer: Proposes.
        objective: The oracle.
        ledger: Every call is written to it before the next one is made.
        show: Called with all finished evaluations after each call.

    Returns:
        Whether the budget was spent or the protocol came to its end; False if nothing new could be
        proposed.

    Raises:
        ObjectiveError: If the objective fails on all probes.
    """
    finished = [row for row in ledger.evaluations() if row.status is not Status.PENDING]
    pending = ledger.pending()
    _check_probes(finished, optimizer.config.budget)
    while len(finished) < optimizer.config.budget:
        if not pending:
            suggestion = optimizer.ask(finished, ledger.steps())
            if suggestion.finished:
                return True
            if not suggestion.proposals and suggestion.finished is None:
                return False
            ledger.propose(suggestion.step, suggestion.proposals)
            pending = ledger.pending()
        while pending:
            finished.append(_call(objective, ledger, pending.pop(0)))
            _check_probes(finished, optimizer.config.budget)
            show(finished)
    return True


def _call(objective: Objective, ledger: Ledger, row: Evaluation) -> Evaluation:
    ledger.start(row.call)
    started = time.perf_counter()
    outcome = evaluate(objective, row.smiles)
    seconds = time.perf_counter() - started
    ledger.finish(row.call, outcome.value, outcome.error, seconds)
    status = Status.FAILED if outcome.value is None else Status.OK
    return replace(row, status=status, value=outcome.value, message=outcome.error, seconds=seconds)


def _check_probes(finished: list[Evaluation], budget: int) -> None:
    probes = finished[:NUM_PROBES]
    enough = len(probes) >= min(NUM_PROBES, budget)
    if enough and all(row.status is Status.FAILED for row in probes):
        raise ObjectiveError(
            f"the objective failed on all {len(probes)} probe molecules, e.g. {probes[0].smiles}: "
            f"{probes[0].message}; mend the function and start a new run"
        )
