"""The laboratory's round trip by CSV."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from latentbo.errors import ConfigurationError, DataError, ObjectiveError
from latentbo.ledger import MEASURED, Evaluation, Ledger
from latentbo.tasks import TASKS

Optimize = Callable[..., tuple[int, str, str]]
OWN = "NCCc1ccccc1"


@pytest.fixture
def start(tiny_model_folder: Path, pool_file: Path, tmp_path: Path) -> list[Any]:
    return [
        *("molecules", "--model", tiny_model_folder, "--initial", pool_file, "--preset", "ga"),
        *("--min-rings", "none", "--threads", 1, "--out", tmp_path / "lab"),
    ]


def rows_of(directory: Path) -> list[Evaluation]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.evaluations()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def fill_in(path: Path, batch: list[dict[str, str]], values: list[str], *more: str) -> Path:
    """Write a batch with its values (some may be missing), and further lines below it."""
    filled = [{**row, "value": value} for row, value in zip(batch, values, strict=True)]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, batch[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(filled)
    path.write_text(stream.getvalue() + "".join(f"{line}\n" for line in more))
    return path


def test_three_rounds_by_csv(optimize: Optimize, start: list[Any], tmp_path: Path) -> None:
    lab = tmp_path / "lab"
    code, stdout, stderr = optimize(*start, "--suggest", 5)
    assert code == 0
    assert "starting pool: 32 molecules" in stderr
    assert "suggested 5 molecules" in stderr
    batch = table(stdout)
    assert [*batch[0]] == ["id", "call", "smiles", "predicted", "deviation", "origin", "value"]
    assert [row["id"] for row in batch] == [f"B01-0{number}" for number in range(1, 6)]
    assert [row["call"] for row in batch] == ["1", "2", "3", "4", "5"]

    values = ["1.5", "failed", "", "0.5", ""]
    results = fill_in(tmp_path / "1.csv", batch, values, f",,{OWN},,,,2.5", f",,{OWN},,,,3.5")
    code, stdout, stderr = optimize("--resume", lab, "--observe", results, "--suggest", 4)
    assert code == 0
    assert "6 results" not in stderr
    assert "recorded 5 results" in stderr
    assert "3 suggested, 1 of your own, 1 measured again; 1 of them failed" in stderr
    assert "2 have no value yet" in stderr
    assert f"wrote {lab / 'report.html'}" in stderr
    second = table(stdout)
    assert len(second) == 4
    assert len({row["smiles"] for row in [*batch, *second]} | {OWN}) == 10

    pending = table((lab / "pending.csv").read_text())
    assert [row["call"] for row in pending] == ["3", "5", *(row["call"] for row in second)]
    # The table of what waits is as good as the batches; a late repeat comes with it.
    late = fill_in(tmp_path / "2.csv", pending, ["7", "nan", "1", "2", "", "4"])
    code, stdout, stderr = optimize("--resume", lab, "--observe", late)
    assert (code, stdout) == (0, "")
    repeat = tmp_path / "3.csv"
    repeat.write_text(f"smiles,value,message\n{batch[0]['smiles']},2.5,again\n")
    code, stdout, stderr = optimize("--resume", lab, "--observe", repeat, "--suggest", 3)
    assert code == 0
    assert "1 measured again" in stderr
    assert len(table(stdout)) == 3

    rows = rows_of(lab)
    assert [row.value for row in rows[:7]] == [1.5, None, 7.0, 0.5, None, 2.5, 3.5]
    assert [row.string for row in rows if row.origin == MEASURED].count(OWN) == 2
    hits = table((lab / "hits.csv").read_text())
    found = {row["smiles"]: (row["value"], row["measurements"]) for row in hits}
    assert len(hits) == len(found) == 9
    assert found[OWN] == ("3", "2")
    assert found[batch[0]["smiles"]] == ("2", "2")
    assert found[batch[1]["smiles"]] == ("", "0")
    assert hits[0]["smiles"] == batch[2]["smiles"]
    page = (lab / "report.html").read_text()
    assert "mean of 2 measurements" in page
    assert "3 not suggested" in page
    config = json.loads((lab / "config.json").read_text())
    assert (config["objective"], config["budget"]) == ("measured", None)


def test_the_same_files_give_the_same_suggestions(
    optimize: Optimize, start: list[Any], tmp_path: Path
) -> None:
    batches = []
    for name in ("a", "b"):
        out = tmp_path / name
        first = table(optimize(*start, "--out", out, "--suggest", 4)[1])
        results = fill_in(tmp_path / f"{name}.csv", first, ["1", "2", "3", "4"])
        if name == "a":
            code, stdout, _ = optimize("--resume", out, "--observe", results, "--suggest", 4)
        else:
            assert optimize("--resume", out, "--observe", results, "--quiet") == (0, "", "")
            code, stdout, _ = optimize("--resume", out, "--suggest", 4)
        assert code == 0
        batches.append((first, table(stdout)))
    assert batches[0] == batches[1]


def test_a_laboratory_starts_from_measurements(
    optimize: Optimize, start: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ["CC1CCCCC1", "C1CCNCC1", "c1ccsc1"]
    monkeypatch.setitem(TASKS, "molecules", replace(TASKS["molecules"], pool=lambda: pool))
    assay = tmp_path / "assay.csv"
    assay.write_text("smiles;value\nCc1ccccc1;many\n")
    code, _, stderr = optimize(*start, "--initial", assay, "--suggest", 3)
    assert code == DataError.exit_code
    assert "1 of 1 lines cannot be used: 1 the value is no number (line 2: 'many')" in stderr
    assay.write_text("smiles;value\nCc1ccccc1;1,5\nOc1ccccc1;2\n")
    code, stdout, stderr = optimize(*start, "--initial", assay, "--suggest", 3)
    assert code == 0
    assert "measured before: 2 molecules (assay.csv), the best of them 2" in stderr
    assert {row["origin"] for row in table(stdout)} == {"graph"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--suggest", 0], "--suggest: must be at least 1"),
        (["--suggest", 2, "--budget", 9], "--budget means nothing to --suggest"),
        (["--suggest", 2, "--objective", "qed"], "--objective means nothing to --suggest"),
        (["--suggest", 2, "--workers", 2], "--workers means nothing to --suggest"),
        (["--suggest", 2, "--protocol", "held-out"], "--protocol means nothing to --suggest"),
        (["--suggest", 2, "--initial", 30], "--initial 30: --suggest says how many"),
        (["--observe", "nowhere.csv", "--target", 1], "--target means nothing to --observe"),
    ],
)
def test_options_that_a_laboratory_has_no_use_for(
    optimize: Optimize, start: list[Any], tmp_path: Path, more: list[Any], message: str
) -> None:
    code, stdout, stderr = optimize(*start, *more)
    assert (code, stdout) == (ConfigurationError.exit_code, "")
    assert message in stderr
    assert not (tmp_path / "lab").exists()


def test_what_cannot_be_done_with_a_laboratory(
    optimize: Optimize, start: list[Any], options: list[Any], tmp_path: Path
) -> None:
    lab, ordinary = tmp_path / "lab", tmp_path / "ordinary"
    assert optimize(*start, "--suggest", 2, "--quiet")[::2] == (0, "")
    code, _, stderr = optimize("--resume", lab)
    assert code == ObjectiveError.exit_code
    assert "there is no function to call: record them with --observe FILE" in stderr
    code, _, stderr = optimize("--resume", lab, "--observe", tmp_path / "nowhere.csv")
    assert code == DataError.exit_code
    assert "nowhere.csv cannot be read" in stderr
    code, _, stderr = optimize("--resume", lab, "--suggest", 2, "--preset", "random")
    assert code == ConfigurationError.exit_code
    assert "--preset cannot be changed" in stderr
    few = ("--preset", "random", "--budget", 2, "--quiet")
    assert optimize(*options, *few, "--out", ordinary) == (0, "", "")
    code, _, stderr = optimize("--resume", ordinary, "--suggest", 2)
    assert code == ConfigurationError.exit_code
    assert "only a run that was started with --suggest" in stderr


def test_a_pool_that_is_empty_is_told(optimize: Optimize, start: list[Any], tmp_path: Path) -> None:
    code, stdout, stderr = optimize(*start, "--preset", "random", "--suggest", 40)
    assert code == 0
    assert len(table(stdout)) == 32
    assert "suggested 32 of 40 molecules: there is nothing more that is new" in stderr


def test_assay_files_come_and_go_as_they_are(
    optimize: Optimize, start: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ["CC1CCCCC1", "C1CCNCC1", "c1ccsc1"]
    monkeypatch.setitem(TASKS, "molecules", replace(TASKS["molecules"], pool=lambda: pool))
    lab, assay = tmp_path / "lab", tmp_path / "assay.csv"
    assay.write_text(
        "Compound;Structure;pIC50;Comment\nA-1;Cc1ccccc1.Cl;1,5;salt\nA-2;Oc1ccccc1;2;twice\n"
        "A-3;Nc1ccccc1;>9,5\nA-4;nonsense;3\nA-5;Clc1ccccc1;n.d.\n"
    )
    code, stdout, stderr = optimize(*start, "--initial", assay, "--suggest", 3)
    assert code == 0
    assert "salts and solvents stripped in 1 lines: Cl (1)" in stderr
    assert "measured before: 2 molecules (assay.csv), the best of them 2; 1 are cens" in stderr
    assert (lab / "left-out.csv").read_text().splitlines()[1:] == [
        "5,no SMILES that can be read,A-4;nonsense;3",
        "6,not measured,A-5;Clc1ccccc1;n.d.",
    ]
    assert "A-3" in (lab / "compounds.csv").read_text()
    batch = table(stdout)
    assert not {row["smiles"] for row in batch} & {"Cc1ccccc1", "Oc1ccccc1", "Nc1ccccc1"}
    results = tmp_path / "results.csv"
    results.write_text(
        f"vial;pIC50;technician\n{batch[0]['id']};6,5;Ann\n{batch[1]['id']};>7;Ben\nA-2;3;Ann\n"
    )
    code, _, stderr = optimize("--resume", lab, "--observe", results)
    assert code == 0
    assert "recorded 3 results" in stderr
    assert "1 of them censored" in stderr
    hits = {row["smiles"]: row for row in table((lab / "hits.csv").read_text())}
    first, second = (hits[batch[number]["smiles"]] for number in (0, 1))
    assert (first["value"], first["id"], first["technician"]) == ("6.5", "B01-01", "Ann")
    assert (second["value"], second["status"], second["id"]) == (">7", "censored", "B01-02")
    assert (hits["Oc1ccccc1"]["id"], hits["Oc1ccccc1"]["Comment"]) == ("A-2", "twice")


def test_columns_are_named_where_they_cannot_be_told(
    optimize: Optimize, start: list[Any], tmp_path: Path
) -> None:
    assay = tmp_path / "assay.csv"
    assay.write_text("smiles,kinase a,kinase b\nCc1ccccc1,1,5\nOc1ccccc1,2,6\n")
    code, _, stderr = optimize(*start, "--initial", assay, "--suggest", 2)
    assert code == DataError.exit_code
    assert "several columns that may hold the values: 'kinase a', 'kinase b'; name" in stderr
    assert not (tmp_path / "lab").exists()
    chosen = ("--initial", assay, "--value-column", "kinase b", "--suggest", 2)
    code, _, stderr = optimize(*start, *chosen)
    assert code == 0
    assert "the best of them 6" in stderr
