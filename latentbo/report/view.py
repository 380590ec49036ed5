"""The presentation of a task's strings: names, columns, pictures."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from latentbo.report.run import Run
from latentbo.report.theme import Theme

if TYPE_CHECKING:
    from latentbo.report.hits import Hit

#: A string of the initial pool and its similarity in [0, 1]; Nones without a pool.
Neighbour = tuple[str | None, float | None]


@dataclass(frozen=True)
class Measure:
    """A number that describes a string.

    Args:
        label: In the page and on the terminal.
        column: In `hits.csv`.
        exact: Its format in `hits.csv`.
        shown: Its format elsewhere.
        on_terminal: Whether the closing table has room for it.
    """

    label: str
    column: str
    exact: str
    shown: str
    on_terminal: bool = True

    @property
    def decimals(self) -> int:
        """Decimals of the numbers that people see; three where the format has no fixed ones."""
        fixed = re.fullmatch(r"\.(\d+)f", self.shown)
        return int(fixed.group(1)) if fixed else 0 if self.shown == "d" else 3

    def show(self, number: float | None) -> str:
        """The number for people, with a true minus sign; a dash for nothing."""
        return "–" if number is None else format(number, self.shown).replace("-", "−")


@dataclass(frozen=True)
class Quality:
    """A number that describes a set of strings, the best of a run.

    Args:
        label: In the reports.
        column: In tables of runs.
        shown: Its format.
        measure: The number of some strings, None where it says nothing of them.
    """

    label: str
    column: str
    shown: str
    measure: Callable[[Sequence[str]], float | None]


@dataclass(frozen=True)
class Figure:
    """A figure that only one task has.

    Args:
        title: Its heading.
        caption: Under it.
        height: In pixels; the width is 1280.
        draw: A PNG file in the colours of a theme.
    """

    title: str
    caption: str
    height: int
    draw: Callable[[Run, Theme], bytes]


@dataclass(frozen=True)
class View:
    """Presentation of a task's strings in reports.

    Args:
        noun: What a string stands for, with its article: "a molecule".
        column: Of the strings in `hits.csv`.
        heading: Of the strings on the terminal.
        measures: The numbers that describe a string.
        measure: These numbers of a string, None where there is none.
        drawing: What a string's drawing is called, as in "Structure of CCO".
        draw: A drawing as inline SVG: run, string, width and height in pixels.
        notes: Explains the measures at the end of the page.
        file_name: Of the file that only this task writes.
        write_file: Its content; None: there is no such file.
        neighbours: The nearest strings of an initial pool; None if the task has no similarity.
        figure: A figure of its own on the page.
        has_filter: Whether decodes can be refused by a filter.
        qualities: What is said of the best strings together.
        alerts: What speaks against a string; None if the task knows no such thing.
        thumbnail: A small drawing of a string for long tables; None: `draw` makes it.
        space: Places strings on a plane, an `n x 2`-dim array; None if the task has no map.
        plotted: Columns of the measures that values are plotted against.
        family: What strings are counted by, such as their scaffold, itself a string that `draw`
            can draw, or empty; None if the task knows no such thing.
    """

    noun: str
    column: str
    heading: str
    measures: tuple[Measure, ...]
    measure: Callable[[str], Sequence[float | None]]
    drawing: str
    draw: Callable[[Run, str, int, int], Markup]
    notes: str
    file_name: str = ""
    write_file: Callable[[Run, Sequence["Hit"]], bytes] | None = None
    neighbours: Callable[[list[str], list[str]], Sequence[Neighbour]] | None = None
    figure: Figure | None = None
    has_filter: bool = False
    qualities: tuple[Quality, ...] = ()
    alerts: Callable[[str], Sequence[str]] | None = None
    thumbnail: Callable[[str], Markup] | None = None
    space: Callable[[Sequence[str]], NDArray[np.float64]] | None = None
    plotted: tuple[str, ...] = ()
    family: Callable[[str], str] | None = None

    @property
    def name(self) -> str:
        """The noun alone."""
        return self.noun.split()[1]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `hits.csv`."""
        nearest = () if self.neighbours is None else ("nearest_initial", "similarity")
        alerts = () if self.alerts is None else ("alerts",)
        measured = (measure.column for measure in self.measures)
        first = (self.column, "value", "call", "origin", "status")
        return (*first, *measured, *nearest, *alerts, "message")
