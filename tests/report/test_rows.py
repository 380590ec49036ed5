"""All rows of a run, its plots, and what a page with many of them weighs."""

import re
from dataclasses import replace

import pytest

from latentbo.data.bounds import Bound
from latentbo.data.compounds import Compound
from latentbo.ledger.record import Evaluation, Status
from latentbo.objectives import BY_HAND
from latentbo.report.convergence import convergence_png
from latentbo.report.dots import NUM_COLOURS, colour_of, value_limits
from latentbo.report.hits import collect_hits
from latentbo.report.molecules import MOLECULES
from latentbo.report.page import render_page
from latentbo.report.panels import families, plots_of
from latentbo.report.rows import Kind, Row, collect_rows
from latentbo.report.run import Run
from latentbo.report.structures import structure_svg, structure_thumbnail
from latentbo.report.table import table_of

CONFIG = {"task": "molecules", "objective": BY_HAND, "objective_source": BY_HAND}
COMPOUNDS = [
    Compound("Cc1ccccc1", 2.0, None, "AB-1"),
    Compound("Cc1ccccc1", 3.0, None, "AB-1"),
    Compound("Oc1ccccc1", None, Bound(">", 9.0), "AB-2"),
    Compound("CCO", 1.0, None, "AB-3"),
]
CALLS = [
    Evaluation(1, 0, "Cc1ccccc1", "measured", {}, Status.OK, 7.0),
    Evaluation(2, 0, "CCc1ccccc1", "graph", {"predicted": 5.0}, Status.OK, 6.0),
    Evaluation(3, 0, "Clc1ccccc1", "graph", {}, Status.FAILED, None, "lost"),
    Evaluation(4, 0, "NCCc1ccccc1", "measured", {}, Status.OK, 0.5),
    Evaluation(5, 1, "Fc1ccccc1", "latent", {"predicted": 4.0}),
]


@pytest.fixture
def run() -> Run:
    return Run(CONFIG, CALLS, [], 0, COMPOUNDS)


@pytest.fixture
def rows(run: Run) -> list[Row]:
    return collect_rows(run, MOLECULES, collect_hits(run, MOLECULES))


def test_every_string_is_there_once(rows: list[Row]) -> None:
    found = [(row.string, row.kind, row.value, row.count) for row in rows]
    assert found == [
        ("CCc1ccccc1", Kind.PROPOSED, 6.0, 1),
        ("Cc1ccccc1", Kind.GIVEN, 4.0, 3),  # the mean of what was measured before and again
        ("CCO", Kind.GIVEN, 1.0, 1),
        ("NCCc1ccccc1", Kind.OWN, 0.5, 1),
        ("Clc1ccccc1", Kind.PROPOSED, None, 0),
        ("Oc1ccccc1", Kind.GIVEN, None, 0),
        ("Fc1ccccc1", Kind.PENDING, None, 0),
    ]
    assert [row.id for row in rows] == ["B01-01", "AB-1", "AB-3", "", "B01-02", "AB-2", "B02-01"]


def test_the_table_shows_bounds_and_predictions(run: Run, rows: list[Row]) -> None:
    table = table_of(run, MOLECULES, rows, [], run.scale)
    names = [column.name for column in table.columns]
    data = table.data()["rows"]
    assert isinstance(data, list)
    assert [row[names.index("value")] for row in data] == [6, 4, 1, 0.5, None, ">9", None]
    predicted = table.columns[names.index("predicted")]
    assert [predicted.text(row) for row in rows[:2]] == ["5.00", "–"]


def test_dots_are_where_their_numbers_say(run: Run, rows: list[Row]) -> None:
    plots = {plot.name: plot for plot in plots_of(MOLECULES, rows, run.scale)}
    assert list(plots) == ["map", "sa", "logp", "weight"]
    assert None not in plots["map"].places
    places = plots["weight"].places
    assert places[4:] == [None, None, None]  # without a value
    (x, y), (left, below) = places[0] or (0, 0), places[2] or (0, 0)
    assert x > left  # ethylbenzene is heavier than ethanol
    assert y < below  # and better: higher up
    assert str(plots["map"].svg).count("class='ring'") == 1
    minimised = Run({**CONFIG, "direction": "minimize"}, CALLS, [], 0, COMPOUNDS)
    turned = {plot.name: plot for plot in plots_of(MOLECULES, rows, minimised.scale)}
    (_, y), (_, below) = turned["weight"].places[0] or (0, 0), turned["weight"].places[2] or (0, 0)
    assert y > below  # the user's number is smaller
    assert turned["weight"].svg.count("v9") == plots["weight"].svg.count("v9") == 1


def test_terrible_values_do_not_take_all_colours() -> None:
    low, high = value_limits([1.0, 2.0, 3.0, -1e9])
    assert (low, high) == (pytest.approx(-1.5), 3.0)
    assert colour_of(3.0, (low, high)) == NUM_COLOURS - 1
    assert colour_of(-1e9, (low, high)) == 0
    assert colour_of(None, (low, high)) == -1
    assert colour_of(5.0, value_limits([5.0])) == NUM_COLOURS - 1


def test_scaffolds_are_counted(rows: list[Row]) -> None:
    found = [
        (each.string, len(each.rows), each.best.string, each.middle)
        for each in families(MOLECULES, rows)
    ]
    assert found == [("c1ccccc1", 6, "CCc1ccccc1", 4.0), ("", 1, "CCO", 1.0)]


def test_a_thumbnail_is_small_and_holds_what_the_drawing_holds() -> None:
    smiles = "COc1ccc(S(=O)(=O)Nc2cc(F)ccc2[C@@H](C)[NH+](C)C)cc1Cl"
    drawn = structure_thumbnail(smiles)
    assert len(drawn) < len(structure_svg(smiles, 180, 120)) / 8
    letters = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawn))
    assert sorted(letters) == sorted("OSOONHNH+FCl")
    for ink in "cnosh":
        assert f"class='{ink}'" in drawn
    assert "class='c f'" in structure_thumbnail("C[C@H](N)c1ccccc1")  # a wedge is filled


def test_atoms_that_come_close_get_no_red_boxes() -> None:
    crowded = "OC(c1ccccc1)(c1ccccc1)C(O)(c1ccccc1)c1ccccc1"
    assert "#FF0000" not in structure_svg(crowded, 180, 120)
    assert structure_thumbnail(crowded).count("<path") == 2  # carbon and oxygen


@pytest.mark.slow("latentbo/report", "latentbo/chemistry")
def test_a_page_of_a_thousand_rows_is_below_five_megabytes(run: Run) -> None:
    ends = ["F", "Cl", "Br", "C", "OC", "N", "C#N", "C(N)=O", "S(C)(=O)=O", "CC"]
    strings = [
        f"O=C(N{'C' * chain}c1ccc({first})cc1)c1cc({second})ccc1"
        for chain in range(10)
        for first in ends
        for second in ends
    ]
    calls = [
        Evaluation(call, 0, string, "graph", {}, Status.OK, call / 100)
        for call, string in enumerate(strings, start=1)
    ]
    run = replace(run, evaluations=calls, compounds=[])
    page = render_page(run, collect_hits(run, MOLECULES), convergence_png(run))
    assert 1e6 < len(page.encode()) < 5e6
