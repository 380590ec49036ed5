"""A run in a few numbers: what was spent, what it bought, and what became of the decodes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from latentbo.ledger.record import INITIAL, MEASURED, Evaluation, Status, StepRecord
from latentbo.report.curves import top_mean
from latentbo.report.front import Front
from latentbo.report.quality import NUM_BEST
from latentbo.report.run import Labelled, Run
from latentbo.report.value_scale import ValueScale
from latentbo.tasks import RULE

TOP = 10


@dataclass(frozen=True)
class DecodeCounts:
    """Counts of the decodes of all steps by their end.

    Args:
        decoded: All decodes.
        invalid: Those that are no string of the task.
        filtered: Strings that the filter refused.
        known: Strings proposed before, or decoded twice.
        unfinished: Those without an end within the model's length, where they are counted apart
            from `invalid`.
        unusable: Strings that the model cannot encode, or does not reconstruct where it must.
        rules: How many of the filtered each rule refused, most first; runs of earlier versions do
            not say.
    """

    decoded: int
    invalid: int
    filtered: int
    known: int
    unusable: int = 0
    unfinished: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)

    @property
    def candidates(self) -> int:
        """Those that could be proposed."""
        lost = self.invalid + self.unfinished + self.filtered + self.known + self.unusable
        return self.decoded - lost


@dataclass(frozen=True)
class OriginCounts:
    """Results of the strings of one origin.

    Args:
        origin: Which proposal made them.
        calls: Calls spent on them.
        failed: Those that failed.
        best: Their best value, None without any.
        in_best: How many are among the run's best `NUM_BEST`.
    """

    origin: str
    calls: int
    failed: int
    best: float | None
    in_best: int


@dataclass(frozen=True)
class Summary:
    """The numbers of a run; values are None where there is none yet.

    Args:
        num_initial: Calls spent on the initial pool, failed ones included.
        num_optimizer: Calls spent on the optimizer's proposals, failed ones included.
        num_failed: Calls that failed, of both kinds.
        num_pending: Proposed strings without a result.
        num_interrupted: Calls that were interrupted and made again; not among the others.
        best_initial: The best value of the initial pool.
        best: The best value of all.
        top_mean: Mean of the best ten.
        seconds: Time spent in the objective, as far as it is known.
        decodes: How the decodes ended, None if the steps do not say.
        labelled: What a protocol gave the run for free, None if nothing.
        budget: The calls that the run was given; None if it is not known.
        num_measured: Measurements that nobody suggested: of other strings, or once more.
    """

    num_initial: int
    num_optimizer: int
    num_failed: int
    num_pending: int
    num_interrupted: int
    best_initial: float | None
    best: float | None
    top_mean: float | None
    seconds: float
    decodes: DecodeCounts | None
    labelled: Labelled | None = None
    budget: int | None = None
    num_measured: int = 0

    @property
    def num_calls(self) -> int:
        """All calls with a result."""
        return self.num_initial + self.num_optimizer + self.num_measured

    @property
    def improvement(self) -> float | None:
        """The best value minus the best one known at the start."""
        if self.best is None or self.best_start is None:
            return None
        return self.best - self.best_start

    @property
    def best_start(self) -> float | None:
        """The best value of the initial pool and the labelled data."""
        known = [self.best_initial, self.labelled.best if self.labelled else None]
        return max((value for value in known if value is not None), default=None)


def summarize(run: Run) -> Summary:
    """Counts a run."""
    num_measured = sum(row.origin == MEASURED for row in run.finished)
    initial = [row for row in run.ranked if row.origin == INITIAL]
    has_value = any(value is not None for value in run.values)
    return Summary(
        num_initial=len(run.initial),
        num_optimizer=len(run.finished) - len(run.initial) - num_measured,
        num_failed=sum(row.status is Status.FAILED for row in run.finished),
        num_pending=len(run.evaluations) - len(run.finished),
        num_interrupted=run.num_interrupted,
        best_initial=_best(initial),
        best=_best(run.ranked),
        top_mean=top_mean(run.values, TOP)[-1] if has_value else None,
        seconds=sum(row.seconds or 0.0 for row in run.finished),
        decodes=_count_decodes(run.steps),
        labelled=run.labelled,
        budget=run.budget if "budget" in run.config else None,
        num_measured=num_measured,
    )


def count_origins(run: Run) -> list[OriginCounts]:
    """Counts the calls of each origin, in the order in which origins first appear."""
    groups: defaultdict[str, list[Evaluation]] = defaultdict(list)
    for row in run.finished:
        groups[row.origin].append(row)
    hits = Counter(row.origin for row in run.ranked[:NUM_BEST] if row.value is not None)
    return [
        OriginCounts(
            origin,
            len(rows),
            sum(row.status is Status.FAILED for row in rows),
            _best(rows),
            hits[origin],
        )
        for origin, rows in groups.items()
    ]


def format_number(number: float | None) -> str:
    """Four significant digits with a true minus sign; a dash for nothing."""
    return "–" if number is None else f"{number:.4g}".replace("-", "−")


def budget_line(summary: Summary) -> str:
    """The use of the budget in one line; strings known before cost nothing."""
    calls = [
        f"{summary.num_initial} initial",
        f"{summary.num_optimizer} by the optimizer",
        *([f"{summary.num_measured} not suggested"] if summary.num_measured else []),
        f"{summary.num_failed} failed",
    ]
    whole = "" if summary.budget in (None, summary.num_calls) else f" of {summary.budget}"
    line = f"{summary.num_calls}{whole} calls: {', '.join(calls)}"
    if summary.num_pending:
        line += f", {summary.num_pending} pending"
    if summary.num_interrupted:
        line += f", {summary.num_interrupted} interrupted and repeated"
    if summary.decodes is not None:
        line += f"; {summary.decodes.known} decodes were known and cost none"
    return line


def rules_line(decodes: DecodeCounts, most: int = 4) -> str:
    """Counts of refused proposals by rule in one line; empty if they are not known.

    Args:
        decodes: The counts.
        most: How many rules are named.
    """
    if not decodes.rules:
        return ""
    named = list(decodes.rules.items())
    said = [f"{number} {rule}" for rule, number in named[:most]]
    rest = sum(number for _, number in named[most:])
    said += [f"{rest} by {len(named) - most} other rules"] if rest else []
    share = decodes.filtered / decodes.decoded if decodes.decoded else 0.0
    return f"refused before a call: {share:.0%} of {decodes.decoded} proposals: {', '.join(said)}"


def front_line(front: Front) -> str:
    """The front in one line."""
    above = ", ".join(
        f"{name} {format_number(reference)}"
        for name, reference in zip(front.names, front.references, strict=True)
    )
    line = f"Pareto front: {len(front.members)} of {len(front.points)}"
    if front.volume is not None:
        line += f", hypervolume {format_number(front.volume)} above {above}"
    return line


def labelled_line(labelled: Labelled, scale: ValueScale) -> str:
    """The data known at the start, in one line."""
    best = format_number(scale.number(labelled.best))
    source = f" ({labelled.source})" if labelled.source else ""
    if not labelled.by_protocol:
        return f"measured before the run: {labelled.count} strings{source}, best in them {best}"
    given = f"labelled data: {labelled.count} strings given by the protocol{source}"
    return f"{given}, best in them {best}"


def _best(rows: Iterable[Evaluation]) -> float | None:
    return max((row.value for row in rows if row.value is not None), default=None)


def _count_decodes(steps: Sequence[StepRecord]) -> DecodeCounts | None:
    """Adds up the steps that count their decodes."""
    states = [step.state for step in steps if isinstance(step.state.get("decoded"), int)]
    if not states:
        return None

    def total(*names: str) -> int:
        return sum(int(state.get(name, 0)) for state in states for name in names)

    return DecodeCounts(
        total("decoded"),
        total("invalid"),
        total("filtered"),
        total("known"),
        total("not encodable", "inconsistent"),
        total("unfinished"),
        _count_rules(states),
    )


def _count_rules(states: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Add up the counts of strings that one rule refused, most first."""
    found = Counter[str]()
    for state in states:
        for name, number in state.items():
            if name.startswith(RULE):
                found[name.removeprefix(RULE)] += int(number)
    return dict(found.most_common())
