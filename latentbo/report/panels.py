"""The plots of a run's strings: a map of their space, and values against other numbers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from latentbo.report.dots import DotPlot, axis_over, dot_plot, value_limits
from latentbo.report.rows import Row
from latentbo.report.value_scale import ValueScale
from latentbo.report.view import View

# Width and height in pixels.
_MAP, _PLOT = (720, 460), (380, 300)
# Strings below which a map says nothing.
_LEAST = 4


def plots_of(view: View, rows: Sequence[Row], scale: ValueScale) -> list[DotPlot]:
    """Draw the map, if the task has one, and the value against each of the view's measures.

    Args:
        view: How the task presents strings.
        rows: n strings.
        scale: How values are written.
    """
    values = [row.value for row in rows if row.value is not None]
    limits = value_limits(values)
    found = []
    if view.space is not None and len(rows) >= _LEAST:
        points = view.space([row.string for row in rows])
        xs, ys = points[:, 0].tolist(), points[:, 1].tolist()
        axes = (axis_over("", xs), axis_over("", ys))
        found.append(dot_plot("map", "Map", rows, xs, ys, axes, limits, _MAP))
    if len(values) < 2:
        return found
    shown = [scale.number(row.value) for row in rows]
    ends = [scale.number(end) or 0.0 for end in limits]
    vertical = axis_over(scale.name, ends, 0.06)
    for column in view.plotted:
        place = [measure.column for measure in view.measures].index(column)
        numbers = [row.numbers[place] for row in rows]
        label = view.measures[place].label
        valued = [
            number
            for number, row in zip(numbers, rows, strict=True)
            if number is not None and row.value is not None
        ]
        axes = (axis_over(label, valued), vertical)
        title = f"{scale.name} against {label}"
        found.append(dot_plot(column, title, rows, numbers, shown, axes, limits, _PLOT))
    return found


@dataclass(frozen=True)
class Family:
    """Strings that share something, such as a scaffold.

    Args:
        string: What they share; may be empty.
        rows: The strings, the best first.
    """

    string: str
    rows: list[Row]

    @property
    def best(self) -> Row:
        """The best of them."""
        return self.rows[0]

    @property
    def middle(self) -> float | None:
        """The median of their values; None without any."""
        values = [row.value for row in self.rows if row.value is not None]
        return median(values) if values else None


def families(view: View, rows: Sequence[Row]) -> list[Family]:
    """Group rows by what they share, the largest groups first; none if the task knows no such."""
    if view.family is None:
        return []
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[view.family(row.string)].append(row)
    groups = [Family(string, members) for string, members in found.items()]
    return sorted(groups, key=lambda group: -len(group.rows))
