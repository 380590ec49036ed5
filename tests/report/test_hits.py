import csv
from dataclasses import replace
from io import StringIO

import pytest
from rdkit import Chem

from latentbo.chemistry.descriptors import describe, nearest
from latentbo.errors import InputError
from latentbo.ledger.record import MEASURED, Evaluation, Status
from latentbo.report.hits import collect_hits, hits_csv
from latentbo.report.molecules import MOLECULES, hits_sdf
from latentbo.report.run import Run
from latentbo.report.summary import budget_line, summarize


def test_csv_holds_every_finished_call_best_first(run: Run) -> None:
    text = hits_csv(collect_hits(run, MOLECULES), MOLECULES)
    assert text.splitlines()[0] == (
        "smiles,value,call,origin,status,qed,sa,logp,heavy_atoms,weight,nearest_initial,"
        "similarity,alerts,message"
    )
    rows = list(csv.DictReader(StringIO(text)))
    assert [int(row["call"]) for row in rows] == [7, 9, 3, 5, 6, 1, 10, 4, 2, 8]
    assert [row["value"] for row in rows][-4:] == ["0.3333333333", "-3", "", ""]
    assert [row["status"] for row in rows] == ["ok"] * 8 + ["failed"] * 2
    assert {row["origin"] for row in rows[:2]} == {"trust-region"}
    assert len(text.splitlines()) == len(rows) + 1  # messages of many lines become one


def test_csv_describes_the_molecule(run: Run) -> None:
    row = next(csv.DictReader(StringIO(hits_csv(collect_hits(run, MOLECULES), MOLECULES))))
    expected = describe("c1cc[nH]c1")
    pool = [evaluation.string for evaluation in run.initial]
    neighbour, similarity = nearest(["c1cc[nH]c1"], pool)[0]
    assert row["qed"] == f"{expected.qed:.4f}"
    assert row["sa"] == f"{expected.sa:.4f}"
    assert row["logp"] == f"{expected.logp:.4f}"
    assert row["heavy_atoms"] == "5"
    assert row["weight"] == "67.09"  # pyrrole
    assert row["nearest_initial"] == neighbour
    assert row["similarity"] == f"{similarity:.4f}"


def test_csv_names_the_alerts_of_the_best_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentbo.report.hits.NUM_BEST", 7)
    hits = collect_hits(run, MOLECULES)
    assert [hit.alerts is not None for hit in hits] == [True] * 7 + [False] * 3
    rows = list(csv.DictReader(StringIO(hits_csv(hits, MOLECULES))))
    assert rows[0]["alerts"] == "none"
    assert "Brenk: nitro_group; " in rows[1]["alerts"]  # nitrobenzene
    assert [row["alerts"] for row in rows[7:]] == [""] * 3


def test_failed_calls_have_no_alerts(run: Run) -> None:
    failed = [hit for hit in collect_hits(run, MOLECULES) if hit.evaluation.value is None]
    assert [hit.alerts for hit in failed] == [None, None]


def test_a_starting_molecule_is_its_own_neighbour(run: Run) -> None:
    for hit in collect_hits(run, MOLECULES):
        if hit.evaluation.batch == 0:
            assert (hit.nearest_initial, hit.similarity) == (hit.evaluation.string, 1.0)


def test_without_initial_pool_there_is_no_neighbour(run: Run) -> None:
    late = [row for row in run.evaluations if row.batch > 0]
    hits = collect_hits(replace(run, evaluations=late), MOLECULES)
    assert {(hit.nearest_initial, hit.similarity) for hit in hits} == {(None, None)}
    assert ",,none,\n" in hits_csv(hits, MOLECULES)


def test_tables_of_an_empty_run() -> None:
    hits = collect_hits(Run(), MOLECULES)
    assert hits == []
    assert hits_csv(hits, MOLECULES).count("\n") == 1
    assert hits_sdf(hits) == ""


def test_sdf_holds_the_same_molecules_and_columns(run: Run) -> None:
    hits = collect_hits(run, MOLECULES)
    supplier = Chem.SDMolSupplier()
    supplier.SetData(hits_sdf(hits))
    molecules = list(supplier)
    assert len(molecules) == len(hits)
    for molecule, hit in zip(molecules, hits, strict=True):
        assert molecule.GetProp("_Name") == f"call-{hit.evaluation.call}"
        assert Chem.MolToSmiles(molecule) == hit.evaluation.string
        coordinates = molecule.GetConformer().GetPositions()
        assert not coordinates[:, 2].any()
        assert coordinates.std() > 0.5
        tags = {name: molecule.GetProp(name).strip() for name in molecule.GetPropNames()}
        assert tags == {name: text for name, text in hit.fields().items() if text}


def test_a_message_cannot_end_an_sdf_record(run: Run) -> None:
    text = hits_sdf(collect_hits(run, MOLECULES))
    assert text.splitlines().count("$$$$") == len(run.finished)


def test_a_ledger_of_something_else_is_refused() -> None:
    row = Evaluation(1, 0, "no molecule", "initial", {}, Status.OK, 1.0)
    with pytest.raises(InputError, match="'no molecule' is not a molecule"):
        collect_hits(Run(evaluations=[row]), MOLECULES)


def repeated(run: Run) -> Run:
    """The best molecule measured twice more, and one that had failed with a value now."""
    rows = [
        Evaluation(12, 1, "c1cc[nH]c1", MEASURED, {}, Status.OK, 1.0),
        Evaluation(13, 1, "c1cc[nH]c1", MEASURED, {}, Status.OK, 2.5),
        Evaluation(14, 1, "c1ccncc1", MEASURED, {}, Status.OK, 9.0),
    ]
    return replace(run, evaluations=[*run.evaluations, *rows])


def test_a_repeated_molecule_is_one_line_with_its_mean(run: Run) -> None:
    run = repeated(run)
    rows = list(csv.DictReader(StringIO(hits_csv(collect_hits(run, MOLECULES), MOLECULES))))
    assert len(rows) == len({row["smiles"] for row in rows}) == 10
    found = {row["smiles"]: (row["value"], row["call"], row["measurements"]) for row in rows}
    assert rows[0]["smiles"] == "c1ccncc1"
    assert found["c1ccncc1"] == ("9", "2", "1")
    assert found["c1cc[nH]c1"] == ("2.5", "7", "3")
    assert rows[0]["status"] == "ok"


def test_a_repeated_molecule_is_not_counted_again(run: Run) -> None:
    summary = summarize(repeated(run))
    assert (summary.best, summary.best_initial) == (9.0, 9.0)
    assert summary.top_mean == pytest.approx((1 + 2.5 - 3 + 2.5 + 2 + 2.5 + 4 + 1 / 3 + 9) / 9)
    assert (summary.num_initial, summary.num_optimizer, summary.num_measured) == (5, 5, 3)
    assert summary.num_calls == 13
    assert "5 by the optimizer, 3 not suggested, 2 failed" in budget_line(summary)
    assert repeated(run).values[-3:] == [None, None, 9.0]
