"""Several runs of one objective, side by side: numbers of each run, means of each group."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os.path import commonpath
from pathlib import Path
from statistics import fmean, stdev

from latentbo.report.groups import (
    Group,
    Member,
    group_by_folder,
    group_by_settings,
    load_members,
)
from latentbo.report.labels import differing, short_hash
from latentbo.report.quality import TOPS, areas, findings
from latentbo.report.run import Run
from latentbo.report.summary import Summary, format_number, summarize
from latentbo.report.view import View
from latentbo.report.views import view_of

Numbers = dict[str, float | None]


@dataclass(frozen=True)
class Column:
    """A number of a run.

    Args:
        name: In the CSV files.
        label: In the page and on the terminal.
        highest_wins: Whether the highest mean is marked.
        is_share: Whether people read it in per cent.
    """

    name: str
    label: str
    highest_wins: bool = False
    is_share: bool = False

    def text(self, number: float | None) -> str:
        """A run's number for people; a dash for nothing."""
        if self.is_share and number is not None:
            return f"{100 * number:.0f} %"
        return format_number(number)

    def spread_text(self, spread: "Spread") -> str:
        """Mean ± standard error for people, the error with two digits at most."""
        mean, error = spread.mean, spread.error
        if mean is None or not error:
            return self.text(mean)
        if self.is_share:
            return f"{100 * mean:.0f} ± {100 * error:.0f} %"
        # Two digits of the error, but no more than four significant ones of the mean.
        size = _exponent(max(abs(mean), error))
        digits = min(1 - _exponent(error), 3 - min(size, -1))
        if digits > 6 or error >= 1e6:
            return f"{format_number(mean)} ± {format_number(float(f'{error:.2g}'))}"
        digits = max(digits, 0)
        return f"{mean:.{digits}f} ± {error:.{digits}f}".replace("-", "−")


@dataclass(frozen=True)
class Spread:
    """The mean of a number over the runs of a group.

    Args:
        mean: None if no run has the number.
        error: The standard error of the mean; None for fewer than two runs.
        number: How many runs have the number.
    """

    mean: float | None
    error: float | None
    number: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> "Spread":
        """The spread of the values that there are."""
        known = [value for value in values if value is not None]
        if not known:
            return cls(None, None, 0)
        error = stdev(known) / math.sqrt(len(known)) if len(known) > 1 else None
        return cls(fmean(known), error, len(known))


@dataclass(frozen=True)
class Comparison:
    """The contents of a comparison's page.

    Args:
        objective: Its name; the same in all runs.
        view: How the task presents its strings.
        groups: The groups, in the order of the command line.
        budget: The calls that each run was cut to; None if each has its own budget.
        by_folder: Whether the groups are folders.
    """

    objective: str
    view: View
    groups: tuple[Group, ...]
    budget: int | None
    by_folder: bool

    @property
    def is_minimized(self) -> bool:
        """Whether small values are wanted; all runs have the objective in common."""
        return self.groups[0].runs[0].scale.is_minimized

    @property
    def columns(self) -> tuple[Column, ...]:
        """The numbers of a run."""
        return (*self.value_columns, *self.other_columns)

    @cached_property
    def value_columns(self) -> tuple[Column, ...]:
        """The numbers of a run that are made of values."""
        return (
            Column("best_start", "best in start"),
            Column("best", "best found", True),
            *(Column(f"auc_top{top}", f"AUC top-{top}", True) for top in TOPS),
            *([Column("hypervolume", "hypervolume", True)] if self.has_fronts else []),
        )

    @cached_property
    def has_fronts(self) -> bool:
        """Whether all runs seek the Pareto front of the same terms above the same references."""
        fronts = {
            (run.front.names, run.front.references) if run.front else None
            for group in self.groups
            for run in group.runs
        }
        return len(fronts) == 1 and None not in fronts

    @cached_property
    def other_columns(self) -> tuple[Column, ...]:
        """A run's calls, and the quality of its best strings."""
        return (
            Column("calls", "calls"),
            Column("failed", "failed"),
            Column("seconds", "seconds in the objective"),
            *(
                Column(each.column, each.label, is_share=each.shown.endswith("%"))
                for each in self.view.qualities
            ),
        )

    @cached_property
    def numbers(self) -> list[list[Numbers]]:
        """The numbers of each run of each group, by the names of the columns."""
        return [[self._numbers(run) for run in group.runs] for group in self.groups]

    def _numbers(self, run: Run) -> Numbers:
        summary: Summary = summarize(run)
        has_value = summary.best is not None
        return {
            "calls": summary.num_calls,
            "failed": summary.num_failed,
            "best_start": run.scale.number(summary.best_start),
            "best": run.scale.number(summary.best),
            **{f"auc_top{each.top}": run.scale.number(each.area) for each in areas(run)},
            **(
                {each.quality.column: each.number for each in findings(run, self.view)}
                if has_value
                else {quality.column: None for quality in self.view.qualities}
            ),
            "seconds": summary.seconds,
            **({"hypervolume": run.front.volume} if self.has_fronts and run.front else {}),
        }

    @cached_property
    def spreads(self) -> list[dict[str, Spread]]:
        """The means of each group, by the names of the columns."""
        return [
            {
                column.name: Spread.of(numbers[column.name] for numbers in group)
                for column in self.columns
            }
            for group in self.numbers
        ]

    def is_best(self, group: int, column: Column) -> bool:
        """Whether a group has the best mean of a column in which there is a better."""
        means = [spread[column.name].mean for spread in self.spreads]
        known = [mean for mean in means if mean is not None]
        best = min if self.is_minimized else max
        return column.highest_wins and len(known) > 1 and means[group] == best(known)

    @cached_property
    def members(self) -> list[tuple[Group, Member, Numbers]]:
        """All runs with their groups and numbers."""
        return [
            (group, *row)
            for group, numbers in zip(self.groups, self.numbers, strict=True)
            for row in zip(group.members, numbers, strict=True)
        ]

    @cached_property
    def differences(self) -> list[tuple[str, list[str]]]:
        """The settings that differ between the groups, with the value in each."""
        settings = [group.members[0].settings for group in self.groups]
        return [
            (name, [short_hash(name, each.get(name, "–")) for each in settings])
            for name in differing(settings)
        ]

    def name_of(self, member: Member) -> str:
        """The folder of a run without what all of them have in common."""
        folders = [each.directory.resolve() for _, each, _ in self.members]
        if len(folders) == 1:
            return folders[0].name
        return member.directory.resolve().relative_to(commonpath(folders)).as_posix()

    @cached_property
    def notes(self) -> list[str]:
        """Warnings about the means."""
        return list(_notes(self))


def compare(
    directories: Sequence[Path], budget: int | None = None, by_folder: bool = False
) -> Comparison:
    """Reads runs and sorts them into groups.

    Args:
        directories: The folders of the runs, at least one.
        budget: Count only so many calls of each run, and take areas over so many.
        by_folder: Group by the folder that the runs lie in, not by their settings.

    Raises:
        CheckpointError: If a folder is no run.
        InputError: If the runs have different tasks or objectives, or two of them are alike.
    """
    members = load_members(directories)
    groups = group_by_folder(members) if by_folder else group_by_settings(members)
    if budget is not None:
        groups = [cut(group, budget) for group in groups]
    first = members[0].run
    return Comparison(first.objective, view_of(first), tuple(groups), budget, by_folder)


def _exponent(number: float) -> int:
    """The power of ten of a positive number, after rounding to two digits."""
    return math.floor(math.log10(float(f"{number:.1e}")))


def cut(group: Group, budget: int) -> Group:
    """The group's runs as if they had had another budget."""
    cut = []
    for member in group.members:
        rows = [row for row in member.run.evaluations if row.call <= budget]
        run = replace(member.run, config={**member.run.config, "budget": budget}, evaluations=rows)
        cut.append(replace(member, run=run))
    return replace(group, members=tuple(cut))


def _notes(comparison: Comparison) -> Iterable[str]:
    members = [member for group in comparison.groups for member in group.members]
    budgets = sorted({member.run.budget for member in members})
    if len(budgets) > 1:
        shown = ", ".join(map(str, budgets))
        yield (
            f"The budgets differ ({shown}): an area is over its run's own budget; --budget "
            f"{budgets[0]} compares at equal calls."
        )
    yield from _notes_on_runs(members)
    if comparison.by_folder:
        for group in comparison.groups:
            if len({tuple(sorted(member.fixed.items())) for member in group.members}) > 1:
                yield f"The runs in {group.label} differ in more than the seed."
    texts = {
        "objective_source": "The objective was loaded from different places.",
        "versions": "The runs were made with different versions of packages; their pages tell.",
    }
    for name, text in texts.items():
        if len({repr(member.run.config.get(name)) for member in members}) > 1:
            yield text


def _notes_on_runs(members: Sequence[Member]) -> Iterable[str]:
    checks: tuple[tuple[str, Callable[[Run], bool]], ...] = (
        ("Fewer calls than the budget", lambda run: len(run.finished) < run.budget),
        (
            "Without any value, and so left out of the means of values",
            lambda run: all(row.value is None for row in run.finished),
        ),
    )
    for text, is_so in checks:
        found = [str(member.directory) for member in members if is_so(member.run)]
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        if found:
            yield f"{text}: {', '.join(found[:3])}{more}."
