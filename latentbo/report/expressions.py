"""Expressions in the reports: their length, their curve, the fit of the best one."""

from markupsafe import Markup

from latentbo.objectives.arithmetic import num_symbols
from latentbo.parsing import ParseError
from latentbo.report.curve import curve_svg
from latentbo.report.fit import FIT_HEIGHT, fit_png
from latentbo.report.run import Run
from latentbo.report.view import Figure, Measure, View


def _measure(expression: str) -> tuple[float | None]:
    try:
        return (num_symbols(expression),)
    except ParseError:  # of a grammar that is no arithmetic
        return (None,)


def _curve(run: Run, expression: str, width: int, height: int) -> Markup:
    return curve_svg(expression, run.objective == "target-fit", width, height)


EXPRESSIONS = View(
    noun="an expression",
    column="expression",
    heading="expression",
    measures=(Measure("symbols", "symbols", "d", "d"),),
    measure=_measure,
    drawing="Curve",
    draw=_curve,
    file_name="fit.png",
    write_file=lambda run, _: fit_png(run),
    notes="Symbols: operators, operands and brackets; a function's name and its bracket are one. "
    "Curves: from x = −10 to 10; values beyond ±13 lie outside.",
    plotted=("symbols",),
    figure=Figure(
        title="Fit",
        caption="The best expression over x, and its difference to the target where there is one. "
        "Values far away lie outside the figure.",
        height=FIT_HEIGHT,
        draw=fit_png,
    ),
)
