"""The files of a batch, from a small run whose values are measured."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from rdkit import Chem

from latentbo.data.bounds import Bound
from latentbo.data.compounds import Compound
from latentbo.ledger import BOUND, Evaluation, Proposal, Status
from latentbo.objectives import BY_HAND
from latentbo.report.batch import Suggested, describe_batch, new_atoms
from latentbo.report.batch_files import batch_table, write_batch
from latentbo.report.ranking import rank_strings
from latentbo.report.run import Run
from latentbo.report.trust import trust_of

CONFIG = {"task": "molecules", "objective": BY_HAND, "objective_source": BY_HAND, "seed": 0}
COMPOUNDS = [
    Compound("Cc1ccccc1", 2.1, None, "AB-1"),
    Compound("Oc1ccccc1", 3.4, None, "AB-2"),
    Compound("Nc1ccccc1", 3.9, None, "AB-3"),
    Compound("COc1ccccc1", 2.8, None, "<b>AB-4</b>"),
    Compound("O=C(O)c1ccccc1", 4.4, None, ""),
    Compound("NC(=O)c1ccccc1", None, Bound(">", 4.9), "AB-6"),
]
TERMS = {BOUND: {">": 9.0}}
ROWS = [
    Evaluation(1, 0, "CCc1ccccc1", "graph", {}, Status.OK, 2.5),
    Evaluation(2, 0, "CCCc1ccccc1", "pool", {}, Status.CENSORED, None, ">9", None, TERMS),
    Evaluation(3, 1, "CCOc1ccccc1", "graph", {"predicted": 3.0, "deviation": 0.5}),
    Evaluation(4, 1, "Cc1ccc(C(N)=O)cc1", "pool", {"predicted": 4.0, "deviation": 0.25}),
]
VIALS = {3: "B02-01", 4: "B02-02"}
RESERVE = [Proposal(5, 1, "NCc1ccccc1", "latent", {"predicted": 2.0, "deviation": 1.0})]


@pytest.fixture
def run() -> Run:
    return Run(CONFIG, ROWS, [], 0, COMPOUNDS)


@pytest.fixture
def batch(run: Run) -> list[Suggested]:
    return describe_batch(run, ROWS[2:], VIALS, RESERVE)


def test_each_molecule_says_what_it_is_next_to_and_why_it_was_chosen(
    batch: list[Suggested],
) -> None:
    first, second, reserve = batch
    assert (first.id, first.call, first.neighbour) == ("B02-01", 3, "COc1ccccc1")
    assert (first.neighbour_id, first.neighbour_value) == ("<b>AB-4</b>", "2.8")
    assert (first.reason, second.reason) == ("best guess", "best guess, from the pool")
    assert first.prediction == "3.00 ± 0.50"
    assert (second.neighbour, second.neighbour_value) == ("NC(=O)c1ccccc1", ">4.9")
    assert (reserve.id, reserve.call, reserve.reason) == ("", None, "exploring")
    assert all(each.similarity and 0 < each.similarity < 1 for each in batch)


def test_a_first_batch_has_no_predictions_and_no_neighbours() -> None:
    rows = [Proposal(1, 0, "CCOc1ccccc1", "initial")]
    (first,) = describe_batch(Run(CONFIG), rows, {1: "B01-01"}, [])
    assert (first.reason, first.prediction) == ("first batch: from the pool", "–")
    assert (first.neighbour, first.similarity) == ("", None)


def test_all_files_hold_the_same_molecules(
    run: Run, batch: list[Suggested], tmp_path: Path
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    written = write_batch(tmp_path, run, 2, batch)
    paths = written.paths
    names = [f"batch-02.{kind}" for kind in ("csv", "sdf", "xlsx", "html")]
    assert [path.name for path in paths] == names
    assert written.remarks[0].startswith("leave-one-out of 6 measured molecules")
    rows = list(csv.DictReader(io.StringIO(paths[0].read_text())))
    assert [row["id"] for row in rows] == ["B02-01", "B02-02", "reserve"]
    assert {row["value"] for row in rows} == {""}
    found = [molecule for molecule in Chem.SDMolSupplier(str(paths[1])) if molecule]
    assert [molecule.GetProp("_Name") for molecule in found] == ["B02-01", "B02-02", "reserve"]
    assert [Chem.MolToSmiles(molecule) for molecule in found] == [each.smiles for each in batch]
    sheet = openpyxl.load_workbook(paths[2]).active
    assert [cell.value for cell in sheet[2]][1:4] == ["B02-01", 3, "CCOc1ccccc1"]
    assert len(sheet._images) == 3
    page = paths[3].read_text()
    assert page.count("<svg") == 3
    assert "&lt;b&gt;AB-4&lt;/b&gt;" in page
    assert "<b>AB-4" not in page
    assert "leave-one-out of 6 measured molecules" in page


def test_a_table_has_no_formulas(batch: list[Suggested]) -> None:
    assert "value" in batch_table(batch).splitlines()[0]
    assert batch_table([]) == "id\n"


def test_what_is_new_in_a_molecule_is_found() -> None:
    assert new_atoms("CCOc1ccccc1", "COc1ccccc1") == [0]
    assert new_atoms("c1ccccc1", "c1ccccc1") == []
    assert new_atoms("c1ccccc1", "") == []


def test_the_model_is_judged_where_values_are_measured(run: Run) -> None:
    found = trust_of(run)
    assert found is not None
    assert sorted(found.strings) == sorted(
        ["CCc1ccccc1", *(each.string for each in COMPOUNDS if each.value is not None)]
    )
    computed = replace(run, config={**CONFIG, "objective_source": "qed"}, compounds=[])
    assert trust_of(computed) is None
    assert trust_of(Run(CONFIG, ROWS[:1])) is None
    assert trust_of(replace(run, config={**CONFIG, "task": "expressions"})) is None


def test_a_list_is_ranked_and_what_is_known_comes_last(run: Run) -> None:
    new = ["CNc1ccccc1", "CCNC(=O)c1ccccc1", "CCCCc1ccccc1", "CCCCCc1ccccc1"]
    ranked = rank_strings(run, ["NC(=O)c1ccccc1", "CCOc1ccccc1", *new, new[0]], 2, 0) or []
    assert len(ranked) == 6
    assert {each.string for each in ranked[:4]} == set(new)
    assert [each.known for each in ranked[:4]] == [""] * 4
    assert {each.string: each.known for each in ranked[4:]} == {
        "NC(=O)c1ccccc1": ">4.9",
        "CCOc1ccccc1": "suggested",
    }
    sums = [each.predicted + each.deviation for each in ranked[2:4]]
    assert sums == sorted(sums, reverse=True)
    assert ranked == rank_strings(run, ["NC(=O)c1ccccc1", "CCOc1ccccc1", *new], 2, 0)
    assert rank_strings(Run(CONFIG, ROWS[:1]), new, 2, 0) is None
