"""Jobs that are subprocesses: which are done, which go on, which failed; some at a time.

A job's folder is its state. What is known of its attempts stands beside the folders, in
`logs/<name>.jsonl` (a line at the start of an attempt, one at its end) and `logs/<name>.log`.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from latentbo.errors import ConfigurationError

# Each job has one thread: two jobs with two threads each on two cores get in each other's way.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
TAIL_LINES = 12


@dataclass(frozen=True)
class Job:
    """One call of a command line that writes one folder.

    Args:
        name: Its folder, from the study's folder, which is also where the command runs.
        stage: Part of the study that it belongs to, such as "train".
        kind: What it does, "train", "gp" or the name of a protocol; jobs of a kind take as long.
        command: What starts it anew.
        resume: What goes on with it once `resumable` is in its folder; None: starts anew.
        resumable: File in its folder that makes it resumable.
        results: Files in its folder that it writes last.
        needs: Names of the jobs whose folders it reads.
        minutes: Estimated duration.
    """

    name: str
    stage: str
    kind: str
    command: tuple[str, ...]
    resume: tuple[str, ...] | None
    resumable: str
    results: tuple[str, ...]
    needs: tuple[str, ...]
    minutes: float


def log_path(out: Path, name: str, suffix: str) -> Path:
    """Return where the log (`.log`) or the attempts (`.jsonl`) of a job stand."""
    return out / "logs" / (name.replace("/", "--") + suffix)


def attempts(out: Path, name: str) -> list[dict[str, Any]]:
    """Return the starts and ends of a job's attempts; a line cut off by a crash is left out."""
    path = log_path(out, name, ".jsonl")
    events = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return events


def is_done(out: Path, job: Job) -> bool:
    """Whether a job's last files are there and its last attempt, if it is known, went well.

    A command that is stopped may write its files too, so files alone are no proof; without a
    record of attempts (a folder that was copied here) they are all there is.
    """
    if not all((out / job.name / file).is_file() for file in job.results):
        return False
    events = attempts(out, job.name)
    return not events or events[-1].get("code") == 0


def seconds_of(out: Path, name: str) -> float | None:
    """Return the duration of all attempts; None where it is not known in full."""
    events = attempts(out, name)
    ends = [event["seconds"] for event in events if "seconds" in event]
    if not ends or 2 * len(ends) != len(events):
        return None
    return round(sum(ends), 1)


class Runner:
    """Runs jobs in their order, `num_parallel` at a time; a failed one does not stop the others.

    Args:
        out: The study's folder.
        num_parallel: Number of processes.
        commit: Recorded with each attempt.
        say: Shows a line.
        inherited: Open files that the jobs inherit (the lock of the folder).
    """

    def __init__(
        self,
        out: Path,
        num_parallel: int,
        commit: str | None,
        say: Callable[[str], None],
        inherited: Sequence[int] = (),
    ) -> None:
        self.out, self.num_parallel, self.commit, self.say = out, num_parallel, commit, say
        self.inherited = tuple(inherited)
        self._running: dict[str, tuple[Job, subprocess.Popen[bytes], float, TextIO]] = {}
        self.failed: dict[str, str] = {}

    def run(self, jobs: Sequence[Job]) -> dict[str, str]:
        """Run the jobs that are not done, and return the reasons of those that failed."""
        waiting = [job for job in jobs if not is_done(self.out, job)]
        self.say(f"{len(jobs)} jobs, {len(jobs) - len(waiting)} of them done before")
        try:
            while waiting or self._running:
                waiting = self._start_what_can(waiting, {job.name: job for job in jobs})
                while self._running and not self._collect():
                    time.sleep(0.1)
        finally:
            self._stop()
        return self.failed

    def _start_what_can(self, waiting: list[Job], known: dict[str, Job]) -> list[Job]:
        """Start jobs while there is room; return those that still wait."""
        left = []
        for job in waiting:
            missing = [name for name in job.needs if not self._is_there(name, known)]
            if any(name in self.failed or name not in known for name in missing):
                self.failed[job.name] = f"needs {missing[0]}, which is not there"
                self.say(f"left out: {job.name}: {self.failed[job.name]}")
            elif missing or len(self._running) >= self.num_parallel:
                left.append(job)
            else:
                self._start(job)
        return left

    def _is_there(self, name: str, known: dict[str, Job]) -> bool:
        """Whether what a job needs is done; what is not among the jobs counts by its log."""
        if name in known:
            return is_done(self.out, known[name])
        events = attempts(self.out, name)
        return (self.out / name).is_dir() and (not events or events[-1].get("code") == 0)

    def _start(self, job: Job) -> None:
        folder = self.out / job.name
        going_on = job.resume is not None and (folder / job.resumable).is_file()
        if not going_on and folder.exists():
            shutil.rmtree(folder)  # stopped before it had anything that could be resumed
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = job.resume if going_on and job.resume is not None else job.command
        log = log_path(self.out, job.name, ".log")
        log.parent.mkdir(exist_ok=True)
        self._note(job, {"started": time.strftime("%Y-%m-%dT%H:%M:%S"), "commit": self.commit})
        stream = log.open("a", encoding="utf-8")
        process = subprocess.Popen(
            command,
            cwd=self.out,
            # Started in the background of a shell, this process ignores SIGINT, and so would they.
            preexec_fn=_heed_interrupts,  # noqa: PLW1509  (no threads that it could harm)
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which hands it on once
            pass_fds=self.inherited,
        )
        self._running[job.name] = (job, process, time.perf_counter(), stream)
        self.say(f"{'goes on' if going_on else 'started'}: {job.name}")

    def _collect(self) -> bool:
        """Record the jobs that have ended; whether there were any."""
        before = len(self._running)
        for name, (job, process, started, stream) in list(self._running.items()):
            code = process.poll()
            if code is None:
                continue
            stream.close()
            del self._running[name]
            seconds = round(time.perf_counter() - started, 2)
            self._note(job, {"code": code, "seconds": seconds})
            if is_done(self.out, job):
                self.say(f"done: {name} ({seconds:.0f} s)")
            else:
                self._report(job, code)
        return len(self._running) < before

    def _report(self, job: Job, code: int) -> None:
        log = log_path(self.out, job.name, ".log")
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        self.failed[job.name] = f"ended with code {code}"
        if code == 0:
            missing = [f for f in job.results if not (self.out / job.name / f).is_file()]
            self.failed[job.name] = f"ended without {', '.join(missing)}"
        self.say("\n".join([f"failed: {job.name} {self.failed[job.name]}; see {log}", *lines]))

    def _note(self, job: Job, event: dict[str, Any]) -> None:
        with log_path(self.out, job.name, ".jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    def _stop(self) -> None:
        """Ask what still runs to stop (as Ctrl-C does), wait, and record it."""
        for _, process, _, _ in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for job, process, started, stream in self._running.values():
            try:
                code = process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            stream.close()
            # A training that is asked to stop ends well, but has not ended.
            seconds = round(time.perf_counter() - started, 2)
            self._note(job, {"code": code or "stopped", "seconds": seconds})
        self._running.clear()


def python_module(*arguments: str) -> tuple[str, ...]:
    """Return the command of a module; `-P` keeps the current folder off its path."""
    return (sys.executable, "-P", "-m", *arguments)


@contextmanager
def locked(out: Path) -> Iterator[int]:
    """Hold the lock of a folder, as long as this process or a job that inherits it lives.

    Raises:
        ConfigurationError: If another process holds it.
    """
    with (out / ".lock").open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"another process, or a job that it left behind, works in {out}: wait for its end"
            ) from None
        yield file.fileno()


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
