"""The append-only record of every oracle call, in one SQLite file.

A step and all of its proposals are written in one transaction before the first call of the batch,
the start of an oracle call before it is made, and its result before the next call. Each is on the
disk when the method returns (rollback journal, `synchronous=FULL`), so a run that is killed at any
point loses no finished oracle call. Tables and rules are in `ledger.sql` beside this file.
"""

import json
import math
import sqlite3
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from latentbo.errors import CheckpointError, LatentboError
from latentbo.ledger.file_locks import has_locks
from latentbo.ledger.record import BOUND, Evaluation, Proposal, Status, StepRecord

_FORMAT = "latentbo ledger"
_VERSION = 2
# Ledgers of version 1 hold each molecule once and no terms; they can be read and resumed.
_READABLE = (1, _VERSION)
_SCHEMA = Path(__file__).with_name("ledger.sql")

_REMEDIES = {
    sqlite3.SQLITE_FULL: "free some disk space, then continue the run with --resume",
    sqlite3.SQLITE_IOERR: "check the disk, then continue the run with --resume",
    sqlite3.SQLITE_READONLY: "make the folder writable, then continue the run with --resume",
    sqlite3.SQLITE_CANTOPEN: "check that the folder exists and can be written to",
    sqlite3.SQLITE_BUSY: "another process is writing to it; let only one continue this run (if "
    "there is none, delete the folder ledger.sqlite.lock that a killed one left)",
}


_LOCK_FAILED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR)

# sqlite3 raises the second one where a message of its own quotes a damaged file.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)


class LedgerError(LatentboError):
    """A record cannot be written: the disk is full, or the record breaks a rule."""


class Ledger:
    """The ledger of one run; open it with `create` or `open`, and close it or use `with`.

    An oracle call is pending from its proposal to its result. Only results count as calls; a start
    without a result is an interrupted call, which may have had its cost and is counted separately.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._version = _VERSION

    @classmethod
    def create(cls, path: Path) -> Self:
        """Creates an empty ledger.

        Raises:
            CheckpointError: If the file exists.
            LedgerError: If it cannot be written.
        """
        try:
            path.open("xb").close()
        except FileExistsError:
            raise CheckpointError(f"{path} exists; choose another folder or resume it") from None
        except OSError as error:
            raise LedgerError(f"cannot create the ledger {path}: {error.strerror}") from error
        ledger = cls(path, _connect(path))
        try:
            ledger._connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
        except sqlite3.DatabaseError as error:
            ledger.close()
            raise ledger._explained("its tables", error) from error
        return ledger

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens an existing ledger for reading or further writing.

        Raises:
            CheckpointError: If the file does not exist, is not a ledger of this version, or is
                corrupt.
        """
        if not path.is_file():
            raise CheckpointError(f"{path} does not exist; give the folder of a run")
        try:
            connection = _connect(path)
        except UNREADABLE as error:
            raise CheckpointError(f"cannot read the ledger {path}: {error}") from error
        ledger = cls(path, connection)
        try:
            ledger._check_format()
        except BaseException:
            ledger.close()
            raise
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; calling it twice is harmless."""
        self._connection.close()

    def propose(self, step: StepRecord, proposals: Iterable[Proposal]) -> None:
        """Records a step and all of its proposals atomically.

        Args:
            step: The step; its batch number follows the last recorded one.
            proposals: Its proposals, of the same batch, in the order of their calls.

        Raises:
            LedgerError: If a number is out of order, a molecule was proposed before (take its value
                from the ledger instead), or the record cannot be written.
        """
        with self._recording(f"step {step.batch}") as connection:
            row = (step.batch, _to_json(step.state))
            connection.execute("INSERT INTO steps VALUES (?, ?)", row)
            for proposal in proposals:
                self._insert_proposal(proposal)

    def add(self, proposals: Iterable[Proposal]) -> None:
        """Records further proposals of the last step atomically, such as retries after failures.

        Raises:
            LedgerError: As in `propose`.
        """
        with self._recording("further proposals"):
            for proposal in proposals:
                self._insert_proposal(proposal)

    def start(self, call: int) -> None:
        """Records the start of an oracle call; repeated when an interrupted call is made again.

        Raises:
            LedgerError: If the call was not proposed or has a result, or on a failed write.
        """
        with self._recording(f"the start of call {call}") as connection:
            connection.execute("INSERT INTO starts (call) VALUES (?)", (call,))

    def finish(
        self,
        call: int,
        value: float | None,
        message: str = "",
        seconds: float | None = None,
        terms: Mapping[str, Mapping[str, float]] | None = None,
        start: int | None = None,
    ) -> None:
        """Records the result of a started call.

        Args:
            call: Its number.
            value: The objective's value, or None if the call failed.
            message: Reason of the failure.
            seconds: Duration of the call.
            terms: For an objective of several terms: name to `raw` value and `score`. Ledgers of
                version 1 do not store them.
            start: A call whose start is recorded with the result, for one wait for the disk instead
                of two; see `start`.

        Raises:
            ValueError: If `value` is not finite: record a failed call instead.
            LedgerError: If the call was not started or has a result, or on a failed write.
        """
        if value is not None:
            value = float(value)  # SQLite would store a NumPy scalar as bytes
            if not math.isfinite(value):
                raise ValueError(f"the value of call {call} must be finite or None, got {value}")
        with self._recording(f"the result of call {call}") as connection:
            text = message.encode(errors="replace").decode()  # lone surrogates cannot be stored
            row = [call, value, text, None if seconds is None else float(seconds)]
            if self._version > 1:
                row.append(_to_json(terms or {}))
            places = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO results VALUES ({places})", row)  # noqa: S608
            if start is not None:
                connection.execute("INSERT INTO starts (call) VALUES (?)", (start,))

    def evaluations(self) -> list[Evaluation]:
        """All calls in order, pending ones included."""
        terms = "terms" if self._version > 1 else "'{}'"
        rows = self._read(
            f"SELECT proposals.*, results.call, value, message, seconds, {terms} "  # noqa: S608
            "FROM proposals LEFT JOIN results USING (call) ORDER BY proposals.call"
        )
        try:
            return [self._to_evaluation(row) for row in rows]
        except (ValueError, TypeError) as error:
            if isinstance(error, CheckpointError):
                raise
            raise CheckpointError(f"{self.path} is damaged: {error}") from error

    def pending(self) -> list[Evaluation]:
        """The calls without a result, in order."""
        return [row for row in self.evaluations() if row.status is Status.PENDING]

    def steps(self, first: int = 0) -> list[StepRecord]:
        """All steps in order, from the batch of this number on."""
        query = "SELECT batch, state FROM steps WHERE batch >= ? ORDER BY batch"
        rows = self._read(query, (first,))
        return [StepRecord(batch, self._from_json(state)) for batch, state in rows]

    def strings(self) -> set[str]:
        """All strings that were proposed."""
        # The column is named as in ledgers of the first version, whatever the strings are.
        return {row[0] for row in self._read("SELECT smiles FROM proposals")}

    def known(self, string: str) -> bool:
        """Whether a string was proposed, given in its canonical form."""
        return bool(self._read("SELECT 1 FROM proposals WHERE smiles = ?", (string,)))

    @property
    def num_calls(self) -> int:
        """Number of calls with a result, failed ones included."""
        return int(self._read("SELECT COUNT(*) FROM results")[0][0])

    @property
    def num_interrupted(self) -> int:
        """Number of starts without a result, running calls included."""
        return int(self._read("SELECT COUNT(*) FROM starts")[0][0]) - self.num_calls

    def comparable(self) -> list[StepRecord | Evaluation]:
        """Steps and evaluations without durations, which are equal for equal runs."""
        return [*self.steps(), *(replace(row, seconds=None) for row in self.evaluations())]

    def _check_format(self) -> None:
        try:
            rows = self._connection.execute("SELECT format, version FROM schema").fetchall()
            damage = self._connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except UNREADABLE as error:
            raise CheckpointError(f"cannot read the ledger {self.path}: {error}") from error
        if len(rows) != 1 or rows[0][0] != _FORMAT:
            raise CheckpointError(f"{self.path} is a database, but not a ledger of latentbo")
        self._version = rows[0][1]
        if self._version not in _READABLE:
            raise CheckpointError(
                f"{self.path} has ledger version {self._version}, this latentbo reads "
                f"{' and '.join(map(str, _READABLE))}; use the version of latentbo that wrote it"
            )
        if damage != "ok":
            raise CheckpointError(f"{self.path} is damaged: {' '.join(damage.split())}")

    @contextmanager
    def _recording(self, what: str) -> Iterator[sqlite3.Connection]:
        """One transaction: either on the disk afterwards or rolled back."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._explained(what, error) from error
        finally:
            if self._connection.in_transaction:
                with suppress(sqlite3.OperationalError):  # else rolled back when next opened
                    self._connection.execute("ROLLBACK")

    def _insert_proposal(self, proposal: Proposal) -> None:
        row = (
            proposal.call,
            proposal.batch,
            proposal.string,
            proposal.origin,
            _to_json(proposal.details),
        )
        try:
            self._connection.execute("INSERT INTO proposals VALUES (?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise self._explained(f"call {proposal.call} ({proposal.string})", error) from error

    def _explained(self, what: str, error: sqlite3.DatabaseError) -> LedgerError:
        remedy = _REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        reason = f"{error}; {remedy}" if remedy else str(error)
        return LedgerError(f"cannot record {what} in {self.path}: {reason}")

    def _read(self, query: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._connection.execute(query, parameters).fetchall()
        except sqlite3.ProgrammingError:
            raise
        except UNREADABLE as error:
            raise CheckpointError(f"cannot read the ledger {self.path}: {error}") from error

    def _to_evaluation(self, row: tuple[Any, ...]) -> Evaluation:
        call, batch, string, origin, details, result, value, message, seconds, terms = row
        proposal = (call, batch, string, origin, self._from_json(details))
        if result is None:
            return Evaluation(*proposal)
        found = self._from_json(terms)
        without = Status.CENSORED if BOUND in found else Status.FAILED
        status = without if value is None else Status.OK
        return Evaluation(*proposal, status, value, message, seconds, found)

    def _from_json(self, text: str) -> dict[str, Any]:
        try:
            content = json.loads(text)
            return dict(content)
        except (ValueError, TypeError, RecursionError) as error:
            raise CheckpointError(f"{self.path} is damaged: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Opens an existing file in autocommit mode, with explicit transactions."""
    connection = _file(path)
    if _lacks_locks(connection, path.parent):
        connection.close()
        warnings.warn(
            f"the file system of {path.parent} has no locks: the folder {path.name}.lock stands in "
            f"for one",
            RuntimeWarning,
            stacklevel=4,
        )
        connection = _file(path, "&vfs=unix-dotfile")
    try:
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _file(path: Path, more: str = "") -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode=rw{more}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0.0)


def _lacks_locks(connection: sqlite3.Connection, directory: Path) -> bool:
    """Whether SQLite cannot lock a file for the file system has no locks, as some NFS and Lustre.

    To SQLite, some of these errors look like a lock that another process holds. So a file of our
    own is tried: opening and closing the ledger's would drop the locks of other connections.
    """
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except UNREADABLE as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _LOCK_FAILED:
            with suppress(OSError), tempfile.TemporaryFile(dir=directory) as file:
                return not has_locks(file)
    return False


def _to_json(content: Mapping[str, Any]) -> str:
    return json.dumps(dict(content), sort_keys=True, allow_nan=False)
