"""The reports of a run that seeks a Pareto front."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread
from rdkit import Chem
from rich.console import Console

from latentbo.ledger import Evaluation, Ledger, Proposal, Status, StepRecord
from latentbo.report import compare, load_run, summary_table, write_report
from latentbo.report.front import front_csv
from latentbo.report.front_figure import front_height, front_png, hypervolume_png
from latentbo.report.hits import collect_hits, hits_csv
from latentbo.report.molecules import MOLECULES, hits_sdf
from latentbo.report.page import render_page
from latentbo.report.run import Run

SCRIPT = "a<b>$c$"
# SMILES, scores of the two terms; the raw value of the second one is ten times its score.
CALLS: list[tuple[str, tuple[float, float] | None]] = [
    ("CC", (0.2, 0.9)),
    ("CCC", (0.1, 0.8)),
    ("CCCC", None),
    ("CCO", (0.5, 0.5)),
    ("CCN", (0.9, 0.1)),
    ("CCCO", (0.4, 0.4)),
    ("CCCN", (0.6, 0.5)),
]
ON_FRONT = ["CCN", "CCCN", "CC"]


def rows(names: Sequence[str]) -> list[Evaluation]:
    found = []
    for call, (smiles, scores) in enumerate(CALLS, start=1):
        origin = "initial" if call <= 3 else "ga"
        pending = Evaluation(call, int(call > 3), smiles, origin)
        if scores is None:
            found.append(replace(pending, status=Status.FAILED, message="no"))
            continue
        terms = {
            name: {"raw": score * 10**place, "score": score}
            for place, (name, score) in enumerate(zip(names, (*scores, 0.3), strict=False))
        }
        value = sum(scores) / 2
        found.append(replace(pending, status=Status.OK, value=value, seconds=0.1, terms=terms))
    return found


def run_of(names: Sequence[str] = ("qed", SCRIPT), **references: float) -> Run:
    terms = {name: {"weight": 1.0, "reference": references.get(name, 0.0)} for name in names}
    config = {"task": "molecules", "objective": "goals.toml", "budget": 7, "pareto": terms}
    return Run(config, rows(names))


def write(run: Run, directory: Path, seed: int = 0) -> Path:
    """The folder of a run."""
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps({**run.config, "seed": seed}))
    with Ledger.create(directory / "ledger.sqlite") as ledger:
        for batch in (0, 1):
            proposed = [row for row in run.evaluations if row.batch == batch]
            ledger.propose(
                StepRecord(batch),
                [Proposal(row.call, batch, row.string, row.origin) for row in proposed],
            )
            for row in proposed:
                ledger.start(row.call)
                ledger.finish(row.call, row.value, row.message, row.seconds, row.terms)
    return directory


def test_the_front_of_a_run() -> None:
    front = run_of().front
    assert front is not None
    assert [each.evaluation.string for each in front.members] == ON_FRONT
    assert len(front.points) == 6
    assert front.is_transformed == [False, True]
    # Steps of width 0.2, 0.4 and 0.3.
    assert front.volume == pytest.approx(0.2 * 0.9 + 0.4 * 0.5 + 0.3 * 0.1)
    assert front.volumes == pytest.approx([0.18, 0.18, 0.33, 0.37, 0.37, 0.41])
    higher = run_of(qed=0.55).front
    assert higher is not None
    assert higher == replace(front, references=(0.55, 0.0), volumes=higher.volumes)
    assert higher.volume == pytest.approx(0.05 * 0.5 + 0.3 * 0.1)


def test_runs_without_a_front() -> None:
    run = run_of()
    without = replace(run, config={**run.config, "pareto": None})
    assert without.front is None
    assert without.terms == ("qed", SCRIPT)  # a combination by another mean
    empty = replace(run, evaluations=[]).front
    assert empty is not None
    assert (empty.members, empty.volume) == ([], 0.0)


def test_many_terms_have_a_front_but_no_volume() -> None:
    names = [f"t{number}" for number in range(6)]
    evaluations = [
        replace(row, terms={name: {"raw": 1.0, "score": 1.0} for name in names})
        for row in rows(names)
        if row.value is not None
    ]
    run = replace(run_of(names), evaluations=evaluations)
    front = run.front
    assert front is not None
    assert len(front.members) == 6
    assert front.volume is None
    assert hypervolume_png(run, front) is None
    assert "hypervolume" not in printed(run)


def test_the_csv_of_the_front() -> None:
    front = run_of().front
    assert front is not None
    found = list(csv.DictReader(StringIO(front_csv(front, "smiles"))))
    assert [row["smiles"] for row in found] == ON_FRONT
    assert found[1] == {
        **{"smiles": "CCCN", "qed_raw": "0.6", "qed_score": "0.6"},
        **{"a_b_$c$_raw": "5", "a_b_$c$_score": "0.5", "call": "7", "origin": "ga"},
    }


def test_hits_hold_the_raw_values_of_terms() -> None:
    hits = collect_hits(run_of(), MOLECULES)
    found = list(csv.DictReader(StringIO(hits_csv(hits, MOLECULES))))
    names = list(found[0])
    assert names[:8] == [
        *("smiles", "value", "call", "origin", "status", "qed_raw", "a_b_$c$_raw", "qed")
    ]
    by_call = {row["call"]: row for row in found}
    assert (by_call["5"]["qed_raw"], by_call["5"]["a_b_$c$_raw"]) == ("0.9", "1")
    assert by_call["5"]["qed"] != "0.9"  # the molecule's own
    assert (by_call["3"]["qed_raw"], by_call["3"]["status"]) == ("", "failed")
    supplier = Chem.SDMolSupplier()
    supplier.SetData(hits_sdf(hits))
    assert [molecule.GetProp("value").strip() for molecule in list(supplier)[:6]] == [
        row["value"] for row in found[:6]
    ]


def size_of(png: bytes) -> tuple[int, int]:
    pixels: Any = imread(BytesIO(png), format="png")
    height, width = pixels.shape[:2]
    return width, height


@pytest.mark.parametrize("names", [("qed", SCRIPT), ("qed", "b", "c")])
def test_figures(names: Sequence[str]) -> None:
    run = run_of(names)
    front = run.front
    assert front is not None
    png = front_png(run, front)
    assert size_of(png) == (1280, front_height(front))
    assert png == front_png(run, front)
    moved = run_of(names, qed=-2.0)
    assert moved.front is not None
    assert front_png(moved, moved.front) != png  # the reference is drawn
    curve = hypervolume_png(run, front)
    assert curve is not None
    assert size_of(curve) == (1280, 512)


def test_figures_of_an_empty_run() -> None:
    run = replace(run_of(), evaluations=[])
    assert run.front is not None
    assert front_png(run, run.front)
    assert hypervolume_png(run, run.front)


def test_the_page_shows_the_front() -> None:
    run = run_of()
    page = render_page(run, collect_hits(run, MOLECULES), b"")
    table = page[page.index('id="front"') : page.index("</table>", page.index('id="front"'))]
    assert table.count("<tr>") == 1 + 3
    assert table.count("<svg") == 3
    assert [table.index(f">{smiles}<") for smiles in ON_FRONT] == sorted(
        table.index(f">{smiles}<") for smiles in ON_FRONT
    )
    assert "a&lt;b&gt;$c$ (score)" in table
    assert SCRIPT not in page
    assert "Pareto front: 3 of 6, hypervolume 0.41 above qed 0, " in page
    assert page.count("<picture>") == 3  # the front, its hypervolume, convergence


def printed(run: Run) -> str:
    stream = StringIO()
    Console(file=stream, width=120).print(summary_table(run))
    return stream.getvalue()


def test_the_terminal_tells_the_front() -> None:
    assert "Pareto front: 3 of 6, hypervolume 0.41 above qed 0, a<b>$c$ 0" in printed(run_of())


def test_the_files_of_a_front(tmp_path: Path) -> None:
    directory = write(run_of(), tmp_path / "run")
    names = [path.name for path in write_report(directory)]
    assert names == [
        *("hits.csv", "hits.sdf", "convergence.png", "pareto.csv", "pareto.png"),
        *("hypervolume.png", "report.html"),
    ]
    front = load_run(directory).front
    assert front is not None
    assert (directory / "pareto.csv").read_text() == front_csv(front, "smiles")


def test_runs_of_one_front_are_compared_by_their_volume(tmp_path: Path) -> None:
    run = run_of()
    early = replace(run, evaluations=run.evaluations[:5])
    folders = [write(run, tmp_path / "0"), write(early, tmp_path / "1", seed=1)]
    comparison = compare(folders)
    column = next(each for each in comparison.columns if each.name == "hypervolume")
    assert column.highest_wins
    volumes = [numbers["hypervolume"] for _, _, numbers in comparison.members]
    assert volumes == pytest.approx([0.41, 0.37])
    folders.append(write(run_of(qed=0.5), tmp_path / "2", seed=2))
    assert "hypervolume" not in {each.name for each in compare(folders).columns}
