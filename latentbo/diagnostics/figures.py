"""The figure of a diagnosis: validity by region, predictions against values, calibration."""

from io import BytesIO
from textwrap import wrap

import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from latentbo.diagnostics.calibration import LEVELS, Calibration
from latentbo.diagnostics.diagnosis import Diagnosis
from latentbo.diagnostics.verdict import VerdictLevel
from latentbo.training.figures import FAINT, INK, MUTED

# From the colour-blind safe set of Okabe and Ito.
VALID, UNFINISHED, REFUSED = "#009e73", "#e69f00", "#d55e00"
BLUE = "#0072b2"
WIDTH, HEIGHT = 4.1, 4.5  # inches, of a panel and of the figure
TOP = 0.7  # top of the panels, as a share of the height
CHARACTERS, MOST_LINES = 62, 3  # below the title: characters per line and panel; lines in all


def diagnosis_png(diagnosis: Diagnosis, thing: str) -> bytes:
    """Draw a diagnosis.

    Args:
        diagnosis: The diagnosis; without objective only the first panel is drawn.
        thing: Name of a string of the task, such as `molecule`.

    Returns:
        A PNG file.
    """
    number = 1 if diagnosis.calibration is None else 3
    size = (WIDTH * number + (1.5 if number == 1 else 0.0), HEIGHT)
    figure = Figure(figsize=size, dpi=130, facecolor="white")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, number, squeeze=False)[0]
    left, right = 1.4 / size[0], 1 - 0.2 / size[0]
    figure.subplots_adjust(left=left, right=right, bottom=0.13, top=TOP, wspace=0.32)
    _draw_validity(panels[0], diagnosis, thing)
    if diagnosis.calibration is not None:
        _draw_predictions(panels[1], diagnosis.calibration, diagnosis.objective or "value")
        _draw_coverage(panels[2], diagnosis.calibration)
    _head(figure, diagnosis)
    stream = BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _draw_validity(axes: Axes, diagnosis: Diagnosis, thing: str) -> None:
    regions = [validity.region for validity in diagnosis.validities]
    left = torch.zeros(len(regions))
    parts = (
        ("valid", VALID, [v.num_valid for v in diagnosis.validities]),
        ("ran out of length", UNFINISHED, [v.num_unfinished for v in diagnosis.validities]),
        (f"no {thing}", REFUSED, [v.num_refused for v in diagnosis.validities]),
    )
    totals = torch.tensor([v.num_codes for v in diagnosis.validities])
    for name, colour, counts in parts:
        shares = torch.tensor(counts) / totals
        axes.barh(regions, shares.tolist(), left=left.tolist(), color=colour, label=name)
        left += shares
    for row, validity in enumerate(diagnosis.validities):
        axes.text(
            0.02,
            row,
            f"{validity.valid:.2f}",
            color="white",
            va="center",
            fontsize=9,
            weight="bold",
        )
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    _style(axes, "What codes decode to", "share of greedy decodes", "")
    axes.legend(
        *axes.get_legend_handles_labels(),
        loc="lower left",
        bbox_to_anchor=(-0.02, 0.99),
        ncol=3,
        fontsize=7.5,
        frameon=False,
        handlelength=0.9,
        columnspacing=0.9,
        handletextpad=0.4,
    )


def _draw_predictions(axes: Axes, calibration: Calibration, objective: str) -> None:
    axes.errorbar(
        calibration.means.tolist(),
        calibration.values.tolist(),
        xerr=calibration.deviations.tolist(),
        fmt="o",
        markersize=2.5,
        color=BLUE,
        ecolor=BLUE,
        elinewidth=0.4,
        alpha=0.35,
    )
    _limit_axes(axes, calibration)
    title = f"GP on unseen strings: rank correlation {calibration.rank_correlation:.2f}"
    _style(axes, title, f"predicted {objective} ± sd", f"true {objective}")


def _limit_axes(axes: Axes, calibration: Calibration) -> None:
    """Limit the axes to the bulk of the values: one outlier would compress all others."""
    values = calibration.values
    ends = torch.tensor([0.01, 0.99], dtype=values.dtype)
    low, high = torch.cat([values, calibration.means]).quantile(ends).tolist()
    margin = 0.2 * (high - low) or 1.0
    low, high = low - margin, high + margin
    hidden = int(((values < low) | (values > high)).sum())
    axes.plot([low, high], [low, high], color=INK, linewidth=0.8)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    if hidden:
        text = f"{hidden} beyond this picture"
        axes.text(0.98, 0.02, text, transform=axes.transAxes, ha="right", fontsize=8, color=MUTED)


def _draw_coverage(axes: Axes, calibration: Calibration) -> None:
    levels = [0.05 * step for step in range(1, 20)]
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle="--")
    axes.plot(levels, [calibration.coverage(level) for level in levels], color=BLUE, linewidth=2)
    for level in LEVELS:
        covered = calibration.coverage(level)
        axes.plot([level], [covered], "o", color=BLUE)
        above = covered < level
        # At the right edge there is room below only.
        shift = (4, -30) if above and level > 0.8 else (8, -7) if above else (-8, 7)
        side = "right" if not above else "center" if level > 0.8 else "left"
        axes.annotate(
            f"{100 * level:.0f} % interval:\nholds {100 * covered:.0f} %",
            (level, covered),
            textcoords="offset points",
            xytext=shift,
            ha=side,
            va="bottom" if not above else "top",
            fontsize=8,
            color=INK,
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _style(axes, "Are its intervals right?", "central interval", "share of true values inside")


def _style(axes: Axes, title: str, below: str, beside: str) -> None:
    axes.set_title(title, fontsize=9.5, color=INK, loc="left", pad=18)
    axes.set_xlabel(below, fontsize=9, color=INK)
    axes.set_ylabel(beside, fontsize=9, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=MUTED, labelsize=8.5, length=0)


def _head(figure: Figure, diagnosis: Diagnosis) -> None:
    verdict = diagnosis.verdict
    colours = {
        VerdictLevel.SENSIBLE: VALID,
        VerdictLevel.DOUBTFUL: "#b0560a",
        VerdictLevel.SENSELESS: "#c8322b",
    }
    title = verdict.level[0].upper() + verdict.level[1:]
    width = 0.2 / figure.get_size_inches()[0]
    figure.text(width, 0.95, title, color=colours[verdict.level], fontsize=12, weight="bold")
    lines = wrap("; ".join(verdict.reasons), CHARACTERS * len(figure.axes))
    shown = "\n".join(lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"])
    figure.text(width, 0.925, shown, color=MUTED, fontsize=8.5, va="top", parse_math=False)
