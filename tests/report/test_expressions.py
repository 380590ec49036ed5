"""What the reports show of a run over expressions."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread
from rich.console import Console

from latentbo.ledger.record import Evaluation, Status, StepRecord
from latentbo.objectives.expressions import TARGET_EXPRESSION
from latentbo.report.convergence import convergence_png
from latentbo.report.curve import curve_svg
from latentbo.report.expressions import EXPRESSIONS
from latentbo.report.files import write_report
from latentbo.report.fit import fit_png
from latentbo.report.hits import collect_hits, hits_csv
from latentbo.report.page import render_page
from latentbo.report.run import Labelled, Run
from latentbo.report.summary import summarize
from latentbo.report.terminal import summary_table
from latentbo.report.theme import DARK, LIGHT, Theme
from latentbo.report.views import view_of
from latentbo.tasks import TASKS

LABELLED = {"count": 5000, "best": -0.5, "source": "worst half of expressions100k"}
CALLS: list[tuple[str, float | None]] = [
    ("x", -0.6),
    ("exp(x)", -5.0),
    ("x+sin(x*x)", -0.1),
    ("log(", None),
    (TARGET_EXPRESSION, 0.0),
]


def make_run(config: dict[str, object], origin: str = "initial") -> Run:
    rows = [
        Evaluation(
            call,
            int(call > 2),
            expression,
            origin if call <= 2 else "trust-region",
            {},
            Status.FAILED if value is None else Status.OK,
            value,
            "unexpected end" if value is None else "",
        )
        for call, (expression, value) in enumerate(CALLS, start=1)
    ]
    state = {"decoded": 60, "invalid": 5, "unfinished": 7, "known": 20}
    steps = [StepRecord(0), StepRecord(1, state)]
    return Run({"task": "expressions", "objective": "target-fit", **config}, rows, steps)


@pytest.fixture
def run() -> Run:
    return make_run({})


@pytest.fixture
def labelled_run() -> Run:
    return make_run({"labelled": LABELLED}, "expected-improvement")


def page_of(run: Run) -> str:
    return render_page(run, collect_hits(run, view_of(run)), convergence_png(run))


def text_of(page: str) -> str:
    body = page[page.index("<body>") :]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def printed(run: Run) -> str:
    stream = StringIO()
    Console(file=stream, width=150).print(summary_table(run))
    return stream.getvalue()


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(imread(BytesIO(png)))[..., :3]


def test_csv_names_expressions_and_counts_symbols(run: Run) -> None:
    text = hits_csv(collect_hits(run, EXPRESSIONS), EXPRESSIONS)
    assert text.splitlines()[0] == "expression,value,call,origin,status,symbols,message"
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["expression"] for row in rows][:2] == [TARGET_EXPRESSION, "x+sin(x*x)"]
    assert [row["symbols"] for row in rows] == ["11", "7", "1", "3", "1"]
    assert (rows[-1]["value"], rows[-1]["message"]) == ("", "unexpected end")


@pytest.mark.parametrize("config", [{}, {"labelled": LABELLED}])
def test_nothing_calls_an_expression_a_molecule(config: dict[str, object]) -> None:
    run = make_run(config)
    page = re.sub(r"base64,[^\"]*", "", page_of(run))
    for text in (page, printed(run), hits_csv(collect_hits(run, EXPRESSIONS), EXPRESSIONS)):
        assert not re.search("smiles|molecul|structure|sdf|QED|Tanimoto", text, re.IGNORECASE)


def test_the_page_shows_curves_and_the_fit(run: Run) -> None:
    page = page_of(run)
    text = text_of(page)
    assert page.count('<div class="drawing"') == 4
    assert page.count("data:image/png;base64,") == 4  # two figures, on light and dark ground
    assert "Best target-fit 0.00 +0.60 against the best starting expression" in text
    assert "Best 4 expressions All evaluated expressions are in hits.csv." in text
    assert "new candidates 28 46.7 %" in text
    assert "ran out of length 7 11.7 %" in text
    assert "not an expression 5 8.3 %" in text
    assert "refused by the filter" not in text
    assert "symbols 11" in text
    assert "labelled" not in text


def test_labelled_data_are_told_beside_what_was_found(labelled_run: Run) -> None:
    run = labelled_run
    text = text_of(page_of(run))
    line = (
        "labelled data: 5000 strings given by the protocol (worst half of expressions100k), "
        "best in them −0.5"
    )
    assert line in text
    assert "Best target-fit 0.00 +0.50 against the best labelled expression" in text
    assert "Best expression labelled before −0.50 of 5000 given by the protocol" in text
    assert "Best starting" not in text
    table = " ".join(printed(run).split())
    assert line in table
    assert "best 0 · best labelled expression −0.5 · improvement 0.5" in table
    assert "starting" not in table
    summary = summarize(run)
    assert (summary.num_initial, summary.num_optimizer) == (0, 5)
    assert summary.labelled == Labelled(5000, -0.5, "worst half of expressions100k")
    assert summary.improvement == 0.5
    assert convergence_png(run) != convergence_png(make_run({}, "expected-improvement"))


@pytest.mark.parametrize("best", [0.0, 3.0])
def test_labelled_data_that_hold_better_strings(best: float) -> None:
    run = make_run({"labelled": {"count": 9, "best": best}})
    assert summarize(run).improvement == -best
    text = text_of(page_of(run))
    assert "no improvement on the labelled expressions" in text
    assert "labelled data: 9 strings given by the protocol, best in them" in text


@pytest.mark.parametrize("labelled", [None, {}, {"count": 0}, "many"])
def test_settings_without_labelled_data(labelled: object) -> None:
    assert make_run({"labelled": labelled}).labelled is None


def test_labelled_data_that_all_failed() -> None:
    run = make_run({"labelled": {"count": 9, "best": None}}, "other")
    assert summarize(run).improvement is None
    assert "Best target-fit 0.00 proposed" in text_of(page_of(run))


def share(png: bytes, colour: str) -> float:
    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return float(np.isclose(pixels(png), rgb, atol=0.01).all(-1).mean())


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_fit_is_drawn_in_the_colours_of_the_theme(run: Run, theme: Theme) -> None:
    png = fit_png(run, theme)
    assert pixels(png).shape == (768, 1280, 3)
    for colour in (theme.best, theme.mean, theme.muted):
        assert share(png, colour) > 1e-4
    assert share(png, theme.background) > 0.7


def test_equal_runs_give_equal_figures(run: Run) -> None:
    assert fit_png(run) == fit_png(make_run({}))


@pytest.mark.parametrize(
    "expressions",
    [[], ["exp(exp(exp(x)))"], ["log(x)"], ["no arithmetic $x$"], ["1/" * 300 + "x"]],
)
def test_the_fit_of_strange_runs(expressions: list[str]) -> None:
    rows = [
        Evaluation(call, 0, text, "initial", {}, Status.OK, -float(call))
        for call, text in enumerate(expressions, start=1)
    ]
    for objective in ("target-fit", "mine.py:score"):
        run = Run({"task": "expressions", "objective": objective}, rows)
        assert fit_png(run).startswith(b"\x89PNG")
        assert "<body>" in page_of(run)


def path_data(svg: str) -> list[str]:
    return re.findall(r"<path d='([^']*)'", svg)


def points(path: str) -> np.ndarray:
    return np.array([[float(n) for n in pair.split()] for pair in re.split("[ML]", path)[1:]])


def test_a_curve_is_where_its_values_are() -> None:
    axis, target, own = path_data(curve_svg("x", True, 300, 200))
    assert axis == "M0 100.0H300"
    x = points(own)[:, 0] / 300 * 20 - 10
    np.testing.assert_allclose(13 - 26 * points(own)[:, 1] / 200, x, atol=0.03)
    expected = 1 / 3 + x + np.sin(x * x)
    np.testing.assert_allclose(13 - 26 * points(target)[:, 1] / 200, expected, atol=0.1)


def test_without_a_target_only_the_expression_is_drawn() -> None:
    assert len(path_data(curve_svg("x", False, 300, 200))) == 2


def test_a_curve_is_interrupted_where_it_is_undefined_and_cut_far_away() -> None:
    (_, own) = path_data(curve_svg("sqrt(x)+1/(x-3)", False, 300, 200))
    assert own.startswith("M150.0 ")
    (_, two) = path_data(curve_svg("sqrt(x*x-4)", False, 300, 200))
    assert two.count("M") == 2
    (_, steep) = path_data(curve_svg("exp(exp(x))", False, 300, 200))
    assert points(steep)[:, 1].min() == -200.0


@pytest.mark.parametrize("text", ["</svg><script>alert(1)</script>", "C", "log(0-1)"])
def test_a_curve_holds_no_text(text: str) -> None:
    svg = curve_svg(text, True, 300, 200)
    assert path_data(svg)[2] == ""
    assert "script" not in svg
    assert text not in svg


def test_files_of_a_run(make_run: Callable[..., Path]) -> None:
    directory = make_run("expressions")
    config = directory / "config.json"
    config.write_text(config.read_text().replace('"molecules"', '"expressions"', 1))
    names = [path.name for path in write_report(directory)]
    assert names == ["hits.csv", "fit.png", "convergence.png", "report.html"]
    assert not (directory / "hits.sdf").exists()


def test_a_run_that_names_no_task_is_one_over_molecules(run: Run) -> None:
    assert view_of(replace(run, config={})).name == "molecule"
    assert view_of(replace(run, config={"task": "x"})).name == "string"


def test_a_task_without_a_view_is_shown_as_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    task = replace(TASKS["expressions"], name="idioms", column="words", view=None)
    monkeypatch.setitem(TASKS, "idioms", task)
    run = replace(run, config={"task": "idioms"})
    view = view_of(run)
    assert (view.noun, view.column, view.measure("abc")) == ("an idiom", "words", (3,))
    short = view.draw(run, "<b>&", 180, 120)
    assert ElementTree.fromstring(short)[0].text == "<b>&"
    long = ElementTree.fromstring(view.draw(run, "x" * 1000, 180, 120))
    assert len(long) == 6
    assert str(long[5].text).endswith("x…")
    assert "hits.csv" in page_of(run)
