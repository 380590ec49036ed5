import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.errors import CheckpointError, LatentboError
from latentbo.ledger.ledger import Ledger, LedgerError
from latentbo.ledger.record import MEASURED, RETRY, Evaluation, Proposal, Status, StepRecord

INITIAL = (Proposal(1, 0, "CCO", "initial"), Proposal(2, 0, "c1ccccc1", "initial"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


def evaluate(ledger: Ledger, call: int, value: float | None, message: str = "") -> None:
    ledger.start(call)
    ledger.finish(call, value, message, seconds=0.5)


def test_evaluations_give_back_what_was_recorded(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0, {"decoded": 7, "length": 0.8}), INITIAL)
    evaluate(ledger, 1, 0.1)
    ledger.propose(
        StepRecord(1), [Proposal(3, 1, "CCN", "trust-region", {"mean": 0.25, "sd": [1, None]})]
    )
    evaluate(ledger, 3, None, "no conformer")
    assert ledger.evaluations() == [
        Evaluation(1, 0, "CCO", "initial", {}, Status.OK, 0.1, "", 0.5),
        Evaluation(2, 0, "c1ccccc1", "initial", {}, Status.PENDING),
        Evaluation(
            *(3, 1, "CCN", "trust-region", {"mean": 0.25, "sd": [1, None]}),
            *(Status.FAILED, None, "no conformer", 0.5),
        ),
    ]
    assert ledger.steps() == [StepRecord(0, {"decoded": 7, "length": 0.8}), StepRecord(1, {})]
    assert ledger.pending() == [Evaluation(2, 0, "c1ccccc1", "initial", {}, Status.PENDING)]
    assert ledger.num_calls == 2
    assert ledger.strings() == {"CCO", "c1ccccc1", "CCN"}
    assert ledger.known("CCN")
    assert not ledger.known("CCC")


def test_the_file_outlives_the_object(tmp_path: Path) -> None:
    path = tmp_path / "odd name ?#%.sqlite"
    with Ledger.create(path) as ledger:
        ledger.propose(StepRecord(0), INITIAL)
        evaluate(ledger, 1, 2.5)
        before = ledger.evaluations()
    with Ledger.open(path) as ledger:
        assert ledger.evaluations() == before
        evaluate(ledger, 2, 3.5)
    with Ledger.open(path) as ledger:
        assert ledger.num_calls == 2


@given(value=st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=settings().max_examples // 3)
def test_values_come_back_exactly(value: float) -> None:
    with TemporaryDirectory() as folder, Ledger.create(Path(folder) / "ledger.sqlite") as ledger:
        ledger.propose(StepRecord(0), INITIAL)
        evaluate(ledger, 1, value)
        assert ledger.evaluations()[0].value == value


def test_numpy_values_become_floats(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, np.float32(0.5))  # type: ignore[arg-type]
    value = ledger.evaluations()[0].value
    assert value == 0.5
    assert type(value) is float


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_values_that_are_not_finite_are_refused(ledger: Ledger, value: float) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    ledger.start(1)
    with pytest.raises(ValueError, match="value of call 1 must be finite or None"):
        ledger.finish(1, value)
    assert ledger.num_calls == 0


def test_any_message_can_be_recorded(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, None, "naïve \udcff 'quoted'\n; DROP TABLE results")
    assert ledger.evaluations()[0].message == "naïve ? 'quoted'\n; DROP TABLE results"


def test_a_second_result_is_refused(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, 1.0)
    with pytest.raises(LedgerError, match=r"result of call 1 .*already has a result"):
        ledger.finish(1, 2.0)
    with pytest.raises(LedgerError, match=r"start of call 1 .*already has a result"):
        ledger.start(1)
    assert ledger.evaluations()[0].value == 1.0


def test_calls_need_a_proposal_and_a_start(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    with pytest.raises(LedgerError, match=r"start of call 3 .*not proposed"):
        ledger.start(3)
    with pytest.raises(LedgerError, match=r"result of call 2 .*not started"):
        ledger.finish(2, 1.0)


def test_interrupted_calls_are_counted_apart(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    ledger.start(1)
    assert (ledger.num_calls, ledger.num_interrupted) == (0, 1)
    evaluate(ledger, 1, 1.0)
    evaluate(ledger, 2, 2.0)
    assert (ledger.num_calls, ledger.num_interrupted) == (2, 1)


@pytest.mark.parametrize(
    ("step", "proposals", "reason"),
    [
        (1, [Proposal(4, 1, "CCN", "x")], "call 4 .CCN.*consecutively from 1"),
        (1, [Proposal(2, 1, "CCN", "x")], "call 2 .CCN.*consecutively from 1"),
        (1, [Proposal(3, 1, "CCO", "x")], "call 3 .CCO.*proposed before"),
        (1, [Proposal(3, 1, "CN", "x"), Proposal(4, 1, "CN", "x")], "call 4 .CN.*proposed before"),
        (1, [Proposal(3, 0, "CCN", "x")], "call 3 .CCN.*not that of the last step"),
        (0, [], "step 0 .*batches are numbered consecutively"),
        (2, [], "step 2 .*batches are numbered consecutively"),
    ],
)
def test_a_wrong_batch_leaves_no_trace(
    ledger: Ledger, step: int, proposals: list[Proposal], reason: str
) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    before = ledger.comparable()
    with pytest.raises(LedgerError, match=reason):
        ledger.propose(StepRecord(step), proposals)
    assert ledger.comparable() == before
    ledger.propose(StepRecord(1), [Proposal(3, 1, "CCN", "x")])  # and can be mended


def test_details_that_are_not_json_leave_no_trace(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.propose(StepRecord(0), [Proposal(1, 0, "C", "initial", {"sd": float("nan")})])
    assert ledger.comparable() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE results SET value = 9",
        "DELETE FROM results",
        "INSERT OR REPLACE INTO results VALUES (1, 9, '', 0, '{}')",
        "UPDATE proposals SET smiles = 'C' WHERE call = 1",
        "DELETE FROM proposals",
        "INSERT OR REPLACE INTO proposals VALUES (3, 0, 'CCO', '', '{}')",
        "INSERT OR REPLACE INTO proposals VALUES (1, 0, 'CCN', '', '{}')",
        "UPDATE steps SET state = ''",
        "DELETE FROM steps",
        "INSERT OR REPLACE INTO steps VALUES (0, '')",
        "DELETE FROM starts",
        "UPDATE starts SET call = 2",
        "INSERT OR REPLACE INTO starts VALUES (1, 2)",
        "INSERT INTO schema VALUES ('other', 2)",
        "UPDATE schema SET version = 2",
        "DELETE FROM schema",
    ],
)
def test_the_file_itself_is_append_only(ledger: Ledger, statement: str) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, 1.0)
    before = ledger.evaluations()
    with closing(sqlite3.connect(ledger.path)) as other:
        with pytest.raises(sqlite3.IntegrityError):
            other.execute(statement)
        other.rollback()
    assert ledger.evaluations() == before
    assert ledger.num_interrupted == 0


def test_equal_runs_are_equal_but_for_times(tmp_path: Path) -> None:
    ledgers = []
    for name, seconds in (("a", 0.1), ("b", 0.2)):
        with Ledger.create(tmp_path / name) as ledger:
            ledger.propose(StepRecord(0, {"length": 0.8}), INITIAL)
            ledger.start(1)
            ledger.finish(1, 1.0, "", seconds)
            ledgers.append((ledger.evaluations(), ledger.comparable()))
    assert ledgers[0][0] != ledgers[1][0]
    assert ledgers[0][1] == ledgers[1][1]
    assert len(ledgers[0][1]) == 3


def test_create_refuses_an_existing_file(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("precious")
    with pytest.raises(CheckpointError, match=r"ledger\.sqlite exists"):
        Ledger.create(tmp_path / "ledger.sqlite")
    assert (tmp_path / "ledger.sqlite").read_text() == "precious"


def test_create_in_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"cannot create the ledger .*No such file"):
        Ledger.create(tmp_path / "missing" / "ledger.sqlite")


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be read as one" * 9])
def test_open_refuses_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(
        CheckpointError,
        match=r"cannot read the ledger .*ledger\.sqlite: (no such table|file is not)",
    ):
        Ledger.open(path)


def test_open_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"ledger\.sqlite does not exist"):
        Ledger.open(tmp_path / "ledger.sqlite")
    assert not (tmp_path / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("'latentbo ledger', 99", "ledger version 99, this latentbo reads 1 and 2"),
        ("'cookies', 1", "not a ledger of latentbo"),
    ],
)
def test_open_refuses_other_schemas(tmp_path: Path, row: str, reason: str) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE schema (format TEXT, version INTEGER)")
        other.execute(f"INSERT INTO schema VALUES ({row})")
    with pytest.raises(CheckpointError, match=reason):
        Ledger.open(path)


OLD_TABLES = """
CREATE TABLE schema (format TEXT NOT NULL, version INTEGER NOT NULL);
CREATE TABLE steps (batch INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE proposals (call INTEGER PRIMARY KEY, batch INTEGER NOT NULL REFERENCES steps,
    smiles TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, details TEXT NOT NULL);
CREATE TABLE starts (attempt INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES proposals);
CREATE TABLE results (call INTEGER PRIMARY KEY REFERENCES proposals, value REAL,
    message TEXT NOT NULL, seconds REAL);
INSERT INTO schema VALUES ('latentbo ledger', 1);
"""


def test_a_ledger_of_version_1_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(OLD_TABLES)
    with Ledger.open(path) as ledger:
        ledger.propose(StepRecord(0), INITIAL)
        ledger.start(1)
        ledger.finish(1, 2.0, terms={"qed": {"raw": 2.0, "score": 1.0}})
    with Ledger.open(path) as ledger:
        assert [(row.value, row.terms) for row in ledger.evaluations()] == [(2.0, {}), (None, {})]


def test_terms_are_kept(ledger: Ledger) -> None:
    terms = {"qed": {"raw": 0.5, "score": 0.25}, "size": {"raw": 20.0, "score": 1.0}}
    ledger.propose(StepRecord(0), INITIAL)
    ledger.start(1)
    ledger.finish(1, 0.5, terms=terms)
    evaluate(ledger, 2, None, "failed")
    assert [row.terms for row in ledger.evaluations()] == [terms, {}]


def test_a_failed_molecule_is_called_again(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, None, "no conformer")
    ledger.add([Proposal(3, 0, INITIAL[0].string, RETRY)])
    evaluate(ledger, 3, 1.0)
    statuses = [Status.FAILED, Status.PENDING, Status.OK]
    assert [row.status for row in ledger.evaluations()] == statuses
    assert ledger.num_calls == 2


@pytest.mark.parametrize("smiles", [INITIAL[0].string, INITIAL[1].string, "CCCCN"])
def test_only_a_failed_molecule_is_called_again(ledger: Ledger, smiles: str) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, 1.0)  # the first has a value, the second is pending, the third is unknown
    with pytest.raises(LedgerError, match="only a molecule whose calls have all failed"):
        ledger.add([Proposal(3, 0, smiles, RETRY)])


def test_a_molecule_is_measured_as_often_as_people_like(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, 1.0)
    ledger.propose(StepRecord(1), [Proposal(n, 1, INITIAL[0].string, MEASURED) for n in (3, 4)])
    evaluate(ledger, 3, 1.5)
    assert [row.value for row in ledger.evaluations()] == [1.0, None, 1.5, None]


def test_open_refuses_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger.create(path) as ledger:
        rows = [Proposal(i + 1, 0, "C" * (i + 1), "initial") for i in range(300)]
        ledger.propose(StepRecord(0), rows)
    content = bytearray(path.read_bytes())
    content[-4096 * 2 :] = b"\xff" * 4096 * 2
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"ledger\.sqlite(: .*malformed| is damaged)"):
        Ledger.open(path)


def test_a_full_disk_is_one_clear_error_and_loses_nothing(ledger: Ledger) -> None:
    ledger.propose(StepRecord(0), INITIAL)
    evaluate(ledger, 1, 1.0)
    before = ledger.comparable()
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    ledger.start(2)
    with pytest.raises(LatentboError, match=r"result of call 2 .*full; free some disk space"):
        ledger.finish(2, None, "x" * 100_000)
    assert ledger.comparable() == before
    ledger._connection.execute("PRAGMA max_page_count = 100000")
    ledger.finish(2, 2.0)
    assert ledger.num_calls == 2


def killed(script: str, path: Path, lines: int) -> list[str]:
    """Runs a script, kills it with SIGKILL after some lines of output; returns all its lines."""
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        output = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        output += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL
    return [line for line in output if line.endswith("\n")]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_process_loses_no_finished_call(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Proposal, StepRecord
with Ledger.create(Path(sys.argv[1])) as ledger:
    call = 0
    for batch in range(10_000):
        rows = [Proposal(call + i, batch, "C" * (call + i), "x") for i in (1, 2, 3)]
        ledger.propose(StepRecord(batch), rows)
        for row in rows:
            call += 1
            ledger.start(call)
            ledger.finish(call, 1 / call, "", 0.0)
            print(call, flush=True)
"""
    path = tmp_path / "ledger.sqlite"
    calls = [int(line) for line in killed(script, path, lines=40)]
    with Ledger.open(path) as ledger:
        done = [row for row in ledger.evaluations() if row.status is Status.OK]
        assert [row.call for row in done] == list(range(1, len(done) + 1))
        assert len(calls) <= len(done) <= len(calls) + 1
        assert [row.value for row in done] == [1 / row.call for row in done]
        assert ledger.num_interrupted <= 1
        for row in ledger.pending():
            evaluate(ledger, row.call, 0.0)
        assert ledger.num_calls == 3 * len(ledger.steps())


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_process_killed_inside_a_transaction_leaves_nothing_of_it(tmp_path: Path) -> None:
    script = """
import sys, time
from pathlib import Path
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Proposal, StepRecord
def proposals():
    for call in range(2, 30_002):  # more than the page cache holds: half of it is in the file
        yield Proposal(call, 1, f"{call:0200d}", "x")
    print("in the middle", flush=True)
    time.sleep(60)
with Ledger.create(Path(sys.argv[1])) as ledger:
    ledger.propose(StepRecord(0), [Proposal(1, 0, "C", "initial")])
    ledger.propose(StepRecord(1), proposals())
"""
    path = tmp_path / "ledger.sqlite"
    assert killed(script, path, lines=1) == ["in the middle\n"]
    assert path.with_name("ledger.sqlite-journal").stat().st_size > 0
    with Ledger.open(path) as ledger:
        assert [row.string for row in ledger.evaluations()] == ["C"]
        assert ledger.steps() == [StepRecord(0)]


def test_records_refuse_contradictions() -> None:
    with pytest.raises(ValueError, match="calls are numbered from 1"):
        Proposal(0, 0, "C", "x")
    with pytest.raises(ValueError, match="batches are numbered from 0"):
        Proposal(1, -1, "C", "x")
    with pytest.raises(ValueError, match="batches are numbered from 0"):
        StepRecord(-1)
    with pytest.raises(ValueError, match="empty string"):
        Proposal(1, 0, "", "x")
    for status, value in (
        (Status.OK, None),
        (Status.FAILED, 1.0),
        (Status.OK, float("nan")),
        (Status.FAILED, float("nan")),
    ):
        with pytest.raises(ValueError, match="exactly the ok calls have a finite value"):
            Evaluation(1, 0, "C", "x", {}, status, value)


def test_a_damaged_file_whose_error_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger.create(path).close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE TABL\xdc"))
    with pytest.raises(CheckpointError, match="cannot read the ledger"):
        Ledger.open(path)
