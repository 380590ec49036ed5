"""Speed of a run's progress, and quality of its best strings."""

from dataclasses import dataclass

from latentbo.metrics import auc_top
from latentbo.report.curves import top_mean
from latentbo.report.run import Run
from latentbo.report.view import Quality, View

#: The means whose areas are reported, as by PMO.
TOPS = (1, 10, 100)
#: How many of the best strings are looked at more closely.
NUM_BEST = 100


@dataclass(frozen=True)
class Area:
    """The area under the mean of a run's best values.

    Args:
        top: How many values the mean is over.
        area: Normalised by the budget; None while there is no value.
        mean: The mean at the end; None while there is no value.
    """

    top: int
    area: float | None
    mean: float | None


@dataclass(frozen=True)
class Finding:
    """The value of one quality of the best strings; None where it does not apply to them."""

    quality: Quality
    number: float | None

    @property
    def text(self) -> str:
        """The number for people; a dash for nothing."""
        if self.number is None:
            return "–"
        return format(self.number, self.quality.shown).replace("%", " %")


def areas(run: Run, budget: int | None = None) -> list[Area]:
    """The areas of a run, one for each of `TOPS`.

    Args:
        run: The run, which may be empty.
        budget: The calls to count and to divide by; None takes the run's own budget.
    """
    budget = run.budget if budget is None else budget
    values = run.values[:budget]
    if not any(value is not None for value in values):
        return [Area(top, None, None) for top in TOPS]
    return [Area(top, auc_top(values, top, budget), top_mean(values, top)[-1]) for top in TOPS]


def best_strings(run: Run) -> list[str]:
    """The best strings of a run, at most `NUM_BEST`."""
    return [row.string for row in run.ranked[:NUM_BEST] if row.value is not None]


def findings(run: Run, view: View) -> list[Finding]:
    """The best strings by each of the task's qualities."""
    strings = best_strings(run)
    return [Finding(quality, quality.measure(strings)) for quality in view.qualities]
