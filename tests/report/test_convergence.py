from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from latentbo.ledger.record import Evaluation, Status
from latentbo.report.convergence import convergence_png
from latentbo.report.run import Run
from latentbo.report.theme import DARK, LIGHT, Theme


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(imread(BytesIO(png)))[..., :3]


def share(png: bytes, colour: str) -> float:
    """Share of the pixels that have exactly this colour."""
    return float(np.isclose(pixels(png), to_rgb(colour), atol=1 / 255).all(-1).mean())


def run_of(*values: float | None, objective: str = "score") -> Run:
    rows = [
        Evaluation(
            *(call, int(call > 3), "C" * call, "x", {}),
            *(Status.FAILED if value is None else Status.OK, value),
        )
        for call, value in enumerate(values, start=1)
    ]
    return Run({"objective": objective}, rows)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_curves_are_drawn_in_the_theme(run: Run, theme: Theme) -> None:
    png = convergence_png(run, theme)
    assert pixels(png).shape == (672, 1280, 3)
    assert share(png, theme.background) > 0.5
    for colour in (theme.best, theme.mean, theme.ink):
        assert share(png, colour) > 0.001


def test_equal_runs_give_equal_bytes(run: Run) -> None:
    slower = [replace(row, seconds=9.0) for row in run.evaluations]
    png = convergence_png(run)
    assert convergence_png(replace(run, evaluations=slower, num_interrupted=0)) == png
    for chunk in (b"tEXt", b"iTXt", b"tIME"):
        assert chunk not in png


def test_other_values_give_another_figure() -> None:
    assert convergence_png(run_of(1, 2, 3, 4)) != convergence_png(run_of(1, 2, 4, 3))


def test_failures_leave_ticks() -> None:
    """A run of failures only has no curve, but its ticks have the colour of one."""
    assert share(convergence_png(run_of(None, None)), LIGHT.mean) > 0
    assert share(convergence_png(run_of()), LIGHT.mean) == 0


@pytest.mark.parametrize("position", [0, 20, 40])
def test_terrible_values_do_not_flatten_the_curve(position: int) -> None:
    values = list(np.linspace(0, 5, 40))
    values[position:position] = [-1e6] * 8
    rows = np.argwhere(
        np.isclose(pixels(convergence_png(run_of(*values))), to_rgb(LIGHT.best), atol=0.01).all(-1)
    )[:, 0]
    assert np.ptp(rows) > 200


@pytest.mark.parametrize(
    "values",
    [(), (None,), (1.0,), (2.0, 2.0, 2.0, 2.0), (0.0, 0.0), (-1e300, 1e300), (1e-300, 2e-300)],
)
def test_any_run_can_be_drawn(values: tuple[float | None, ...]) -> None:
    assert convergence_png(run_of(*values)).startswith(b"\x89PNG")


def test_names_are_not_mathtext() -> None:
    assert convergence_png(run_of(1.0, objective="a$b_{$ \\frac\n" * 20)).startswith(b"\x89PNG")
