"""The run of a study: its command, its jobs under a lock, where it ran. Light to import."""

import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from latentbo.command_line import INTERRUPTED, run_command
from study.jobs import Job, Runner, locked

STOPPING = (signal.SIGTERM, signal.SIGHUP)


def run_study(work: Callable[[], int | None]) -> int:
    """Run a command that can be called again; return the exit code, and say how it ended."""

    def interruptible() -> int | None:
        try:
            return work()
        except KeyboardInterrupt:
            print("\nstopped; the same command goes on", file=sys.stderr)
            return INTERRUPTED

    return run_command(interruptible)


def run_jobs(
    out: Path,
    num_parallel: int,
    prepare: Callable[[str | None], Sequence[Job]],
    write: Callable[[], object] | None,
) -> int:
    """Run the jobs that are not done, then write the results, also after a failure.

    Args:
        out: The study's folder; no other process may work in it meanwhile.
        num_parallel: Number of processes.
        prepare: From the commit of the code to the jobs; writes what they need.
        write: Writes the results that are there; None: nothing is written.

    Returns:
        The exit code: 1 if a job failed.

    Raises:
        ConfigurationError: If another process works in the folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    failed: dict[str, str] = {}
    with stoppable(), locked(out) as lock:
        commit = git_commit()
        jobs = prepare(commit)
        try:
            if jobs:
                failed = Runner(out, num_parallel, commit, say, [lock]).run(jobs)
        finally:
            if write is not None:
                write()
    for name, reason in failed.items():
        print(f"not done: {name}: {reason}", file=sys.stderr)
    return 1 if failed else 0


@contextmanager
def stoppable() -> Iterator[None]:
    """Let the end of a terminal, or a kill, stop the jobs as Ctrl-C does."""
    before = {number: signal.signal(number, _interrupt) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def git_commit() -> str | None:
    """Return the commit of the code, and a plus if files differ from it; None: no repository."""
    folder = Path(__file__).resolve().parent
    command = ["git", "-C", str(folder)]
    try:
        head = subprocess.run(
            [*command, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run([*command, "diff", "--quiet", "HEAD"], check=False)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip()[:12] + ("+" if changed.returncode else "")


def write_environment(out: Path, study: Any, commit: str | None) -> None:
    """Write what a study (a dataclass) ran on and was asked for, once."""
    path = out / "environment.json"
    if path.exists():
        return
    # Imported here: it takes seconds, which only the first process should pay.
    from latentbo.run import versions  # noqa: PLC0415

    content = {
        "study": asdict(study),
        "commit": commit,
        "cores": os.cpu_count(),
        "processor": _processor(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": versions(),
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _processor() -> str | None:
    """Return the processor's name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else None
