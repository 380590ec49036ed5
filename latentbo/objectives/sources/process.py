"""One running program that is asked line by line, and can be ended with all that it started."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import IO

from latentbo.interruption import STEP
from latentbo.objectives.sources.failures import CallError, shorten

# A program that has closed its output should be gone at once.
PATIENCE = 2.0
# Letters of a line of its output: an answer is one number, or the terms of a few objectives.
LONGEST_LINE = 1_000_000
# Waits for the end of its input, which is ours to hold open: so it comes when we end, however we
# end, and then this ends the group of processes that it is given.
GUARD = ("/bin/sh", "-c", 'trap "" HUP INT TERM; read -r _; kill -s KILL -- "-$1"', "guard")


class LineProcess:
    """A program with its three streams; what it prints is collected while it runs.

    Args:
        command: The program and its arguments.
        environment: Variables that it is given besides ours.

    Raises:
        CallError: If it cannot be started.
    """

    def __init__(
        self, command: tuple[str, ...], environment: Mapping[str, str] | None = None
    ) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                # Programs in Python would keep their answers back until they have many.
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                # A group of its own, so that what it starts ends with it, and Ctrl-C is ours.
                start_new_session=True,
            )
        except OSError as error:
            raise CallError(f"the program cannot be started: {error.strerror}") from error
        self._guard = _guard(self._process.pid)
        #: None: the program closed its output.
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._closed = False
        self._last_words = ""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._outputs = (self._process.stdout, self._process.stderr)
        self._readers = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for read, stream in zip(
                (self._read_lines, self._read_errors), self._outputs, strict=True
            )
        ]
        for reader in self._readers:
            reader.start()

    @property
    def status(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.poll()

    def unread(self) -> str | None:
        """Return a line that it printed and nobody has read, None if there is none."""
        if self._closed or self._lines.empty():
            return None
        return self._next(0.0)

    def write(self, line: str, last: bool = False) -> None:
        """Hand it a line; says nothing if it no longer reads, as the answer will be missing.

        Args:
            line: The line, without its end.
            last: Close its input afterwards.
        """
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        if last:
            _close(self._process.stdin)

    def read(self, seconds: float, limit: float | None = None) -> str | None:
        """Return its next line, None if it has closed its output.

        Args:
            seconds: How long to wait.
            limit: The whole time that the molecule had, for the message.

        Raises:
            CallError: If neither happens in time.
        """
        try:
            return self._next(seconds)
        except Empty as error:
            raise CallError(
                f"the program gave no answer within {limit or seconds:g} s{self._words()}"
            ) from error

    def wait(self) -> int | None:
        """Return the exit status of a program that should end now, None if it goes on."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(PATIENCE)
        return None

    def epitaph(self) -> str:
        """Say how it ended after it closed its output, with the last line of its error output."""
        status = self.wait()
        if status is None:
            return f"closed its output{self._words()}"
        self._readers[1].join(PATIENCE)
        if status < 0:
            return f"was ended by signal {-status}{self._words()}"
        return f"ended with exit status {status}{self._words()}"

    def stop(self, gently: bool = False) -> None:
        """End it and whatever it started, and close its streams.

        Args:
            gently: Close its input first and let it end by itself, for a moment.
        """
        assert self._process.stdin is not None
        _close(self._process.stdin)
        if gently:
            self.wait()
        self._kill()
        self._process.wait()
        if self._guard is not None:
            _dismiss(self._guard)
        for stream, reader in zip(self._outputs, self._readers, strict=True):
            reader.join(PATIENCE)
            if not reader.is_alive():  # else something has left the group and still writes
                _close(stream)

    def _kill(self) -> None:
        running = self._process.poll() is None
        if not hasattr(os, "killpg"):
            self._process.kill()
        elif running or any(reader.is_alive() for reader in self._readers):
            # Without either, the number of the group may already be another's.
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _next(self, seconds: float) -> str | None:
        if self._closed:
            return None
        line = self._get(seconds)
        self._closed = line is None
        return line

    def _get(self, seconds: float) -> str | None:
        """Take the next line, in waits that are short enough for Ctrl-C."""
        deadline = monotonic() + seconds
        while True:
            left = deadline - monotonic()
            try:
                return self._lines.get(timeout=max(0.0, min(STEP, left)))
            except Empty:
                if left <= STEP:
                    raise

    def _words(self) -> str:
        return f"; it said last: {self._last_words!r}" if self._last_words else ""

    def _read_lines(self, stream: IO[str]) -> None:
        # The rest of a longer line counts as a line that nobody asked for.
        while line := stream.readline(LONGEST_LINE):
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        while line := stream.readline(LONGEST_LINE):
            if line.strip():
                self._last_words = shorten(line)


def _guard(group: int) -> subprocess.Popen[bytes] | None:
    """Start what ends a group of processes if this process is killed; None where that is not so."""
    if not hasattr(os, "killpg"):
        return None
    with suppress(OSError):
        return subprocess.Popen(  # noqa: S603
            (*GUARD, str(group)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return None


def _dismiss(guard: subprocess.Popen[bytes]) -> None:
    guard.kill()  # before its input ends, which would set it off
    guard.wait()
    assert guard.stdin is not None
    guard.stdin.close()


def _close(stream: IO[str]) -> None:
    with suppress(OSError):  # what was written last and never read
        stream.close()
