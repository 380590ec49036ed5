"""A program as objective: SMILES in, one a line; values out, one a line.

By default one process is kept alive (`program:COMMAND`): it gets a line, must print one line with
the value before it gets the next, and is started again after any failure. Its answers must not stay
in a buffer: flush after each line (programs in Python need not: they are told so). A program that
answers only at the end of its input is started for each molecule (`program-once:COMMAND`): it gets
one line and the end of its input, must print one line, and end with exit status 0. In its
environment, `LATENTBO_CALL` is the number of the call, and `LATENTBO_CALL_DIR` a folder of its own
in the run's folder for files, such as poses; what is left there is listed in `hits.csv`.

Only values belong on the standard output. Everything else belongs on the error output, whose last
line is quoted when the program fails. A molecule without a value is reported as `nan`.
"""

import os
import shlex
import threading
import weakref
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from latentbo.hiding import secrets_of, without
from latentbo.objectives.sources.failures import (
    DEFAULT_TIME_LIMIT,
    CallError,
    check_time_limit,
    number_in,
    shorten,
)
from latentbo.objectives.sources.places import environment
from latentbo.objectives.sources.process import LineProcess


@dataclass
class _Running:
    """The process that is kept, and which of our own processes started it."""

    process: LineProcess | None = None
    owner: int = 0
    answered: int = 0
    lock: Any = field(default_factory=threading.Lock)

    @property
    def own(self) -> LineProcess | None:
        """The process, unless it is that of the process that we were forked from."""
        return self.process if self.owner == os.getpid() else None

    def current(self, command: tuple[str, ...]) -> LineProcess:
        """Return the process, a new one if there is none that could answer."""
        process = self.own
        if process is None or process.status is not None:
            self.stop()
            process = LineProcess(command)
            self.process, self.owner, self.answered = process, os.getpid(), 0
        return process

    def stop(self, gently: bool = False) -> None:
        """End the process."""
        process, self.process = self.own, None
        if process is not None:
            process.stop(gently)


class Program:
    """A program that prints one value for each line it reads.

    One molecule is asked at a time, also from several threads. It can be pickled and used after a
    fork: each process starts the program for itself.

    Args:
        command: The program and its arguments; no shell reads them.
        time_limit: Seconds that one molecule may take, the program's start included.
        once: Start the program anew for each molecule.

    Raises:
        ObjectiveError: If the time limit is not above 0.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        time_limit: float = DEFAULT_TIME_LIMIT,
        once: bool = False,
    ) -> None:
        check_time_limit(time_limit)
        self.command, self.time_limit, self.once = command, time_limit, once
        self._running = _Running()
        weakref.finalize(self, self._running.stop, gently=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.command, self.time_limit, self.once)

    def __call__(self, smiles: str) -> float:
        """Return the program's value for a molecule.

        Raises:
            CallError: If it prints no number, ends or stays silent; it is started again for the
                next molecule.
        """
        try:
            return self._asked(smiles)
        except CallError as error:
            # A program may quote its arguments.
            secrets = secrets_of(shlex.join(self.command))
            raise CallError(without(str(error), secrets)) from error

    def _asked(self, smiles: str) -> float:
        if "\n" in smiles:
            raise CallError("the string holds a line break, which ends a program's input line")
        if self.once:
            return self._ask_once(smiles)
        with self._running.lock:
            try:
                return self._ask(smiles)
            except BaseException:
                # An answer that comes late must not pass for the next molecule's.
                self._running.stop()
                raise

    def close(self) -> None:
        """End the program; the next call starts it again."""
        with self._running.lock:
            self._running.stop(gently=True)

    def _ask(self, smiles: str) -> float:
        running = self._running
        _refuse_unasked(running.own)
        line = self._answer(smiles)
        if line is None and running.answered and _ended_well(running.own):
            # It had ended after its last answer, as a script for one molecule does.
            line = self._answer(smiles)
        if line is None:
            assert running.own is not None
            raise CallError(f"the program {running.own.epitaph()}")
        value = number_in(line, "the program printed")
        running.answered += 1
        return value

    def _answer(self, smiles: str) -> str | None:
        process = self._running.current(self.command)
        process.write(smiles)
        return process.read(self.time_limit)

    def _ask_once(self, smiles: str) -> float:
        deadline = monotonic() + self.time_limit
        process = LineProcess(self.command, environment())
        try:
            process.write(smiles, last=True)
            lines = []
            while (line := self._until(deadline, process)) is not None:
                lines.append(line)
            how = process.epitaph()
            if process.status != 0:
                raise CallError(f"the program {how}")
            if len(lines) != 1:
                raise CallError(f"the program printed {len(lines)} lines for one molecule, not 1")
            return number_in(lines[0], "the program printed")
        finally:
            process.stop()

    def _until(self, deadline: float, process: LineProcess) -> str | None:
        return process.read(max(deadline - monotonic(), 0.001), self.time_limit)


def _refuse_unasked(process: LineProcess | None) -> None:
    """Refuse a program that prints more than it is asked.

    Raises:
        CallError: If it has printed a line.
    """
    line = process.unread() if process else None
    if line is not None:
        raise CallError(
            f"the program printed {shorten(line)!r} without being asked, so its values may belong "
            "to other molecules; print one line for each molecule, and messages to the error output"
        )


def _ended_well(process: LineProcess | None) -> bool:
    """Wait for the end of a program that closed its output; tell whether nothing went wrong."""
    return process is not None and process.wait() == 0
