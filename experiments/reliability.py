"""Does a run survive what happens to it?

    python experiments/reliability.py --out DIR [--parts kills,clusters,signals,disk]

Each part starts real runs (`python -m latentbo.optimize`) of the shipped model and does something
to them:

kills    SIGKILL at random moments, for every preset, with workers and on a Dask cluster of two; the
         ledger must be that of an unbroken run, and counted calls those that the objective logs.
clusters Scheduler or workers of a Dask cluster are killed during five calls of a run, and come back
         within `--reconnect` seconds or not; calls made must be calls counted.
signals  SIGINT, SIGTERM and SIGHUP while a call hangs in this process, in a worker, in a program
         or on a cluster, lost or not: seconds until the run says that it stops, seconds until it
         has ended, processes left.
disk     A limit on the size of files (RLIMIT_FSIZE) from a few bytes up: each run must be resumable
         without it, or leave nothing.

Writes `reliability.json` and prints a line for each case. One core: a minute for each kill of a
preset, 20 s for each signal, 30 s for each limit.
"""

import argparse
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from latentbo.chemistry.descriptors import describe
from latentbo.command_line import at_least, names_of
from latentbo.ledger import Ledger
from latentbo.optimize.command import main as optimize
from latentbo.optimize.running import carry_out  # noqa: F401 - loads what forks need
from latentbo.optimizer import PRESETS
from latentbo.tasks import TASKS

COMMAND = (sys.executable, "-m", "latentbo.optimize")
SMALL = ("molecules", "--budget", "24", "--batch-size", "8", "--num-initial", "8", "--seed", "1")
SCORES = """
import time
from pathlib import Path

def logged(smiles):
    with open(Path(__file__).with_name("made"), "a") as file:
        file.write(f"{smiles}\\n")
    return score(smiles)

def slow(smiles):
    value = logged(smiles)
    time.sleep(2)
    return value

def score(smiles):
    return smiles.count("N") + 0.1 * len(smiles)

def hang(smiles):
    time.sleep(600)
"""
PROGRAM = "#!/bin/sh\nread -r smiles\nsleep 600\n"
PATIENCE = 300.0
# Bytes: below the settings, up to the pool, within the ledger's growth, and the report's.
LIMITS = (10, 1_000, 10_000, 50_000, 70_000, 75_000, 80_000, 100_000, 150_000, 400_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; returns 0 if all cases went as they should."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--parts", type=names_of(PARTS), default=tuple(PARTS))
    parser.add_argument("--kills", type=at_least(1), default=25, help="per preset")
    options = parser.parse_args(arguments)
    out: Path = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    (out / "scores.py").write_text(SCORES, encoding="utf-8")
    (out / "program").write_text(PROGRAM, encoding="utf-8")
    (out / "program").chmod(0o755)
    cases: dict[str, list[dict[str, Any]]] = {}
    for part in options.parts:
        cases[part] = PARTS[part](out, options.kills)
        text = json.dumps(cases, indent=1) + "\n"
        (out / "reliability.json").write_text(text, encoding="utf-8")
    return 0 if all(case["ok"] for part in cases.values() for case in part) else 1


def kills(out: Path, number: int) -> list[dict[str, Any]]:
    """Kill runs of every preset, in this process, with two workers and on a Dask cluster."""
    variants = [(preset, ()) for preset in PRESETS] + [("random", ("--workers", "2"))]
    describe("CCO")  # loads tables that each fork would load
    cases = [_killed(out, preset, more, number) for preset, more in variants]
    with _cluster(out / "cluster") as cluster:
        cases.append(_killed(out, "random", ("--scheduler", cluster.address), number))
    return cases


def _killed(out: Path, preset: str, more: tuple[str, ...], number: int) -> dict[str, Any]:
    """Kill runs until `number` kills met one that was not finished; compare each in the end.

    The unbroken run is a process of its own. Those that are killed are forked from this process,
    which has loaded the packages: so moments are those of a run's work, and not of its imports.
    """
    name = f"{preset}{more[0].replace('--', '-') if more else ''}"
    given = [*SMALL, "--preset", preset, "--objective", f"{out}/scores.py:logged", *more]
    given += ["--initial", f"{_pool(out)}"]
    whole, log = out / f"{name}-whole", out / "made"
    code = _run([*given, "--out", str(whole)]).wait()
    assert code == 0, f"the unbroken run {whole} ended with {code}"
    started = time.monotonic()
    assert _forked([*given, "--out", str(out / f"{name}-timed")], PATIENCE) == 0
    duration, chance = time.monotonic() - started, random.Random(name)
    made, runs, calls, different, extra = 0, 0, 0, 0, 0
    while made < number:
        broken, runs = out / f"{name}-{runs}", runs + 1
        ended: int | None = None
        log.unlink(missing_ok=True)
        while ended is None:
            is_last = made == number
            ended = _forked(
                _words(given, broken), PATIENCE if is_last else chance.uniform(0, duration)
            )
            made += ended is None
        different += ended != 0 or _ledger(whole) != _ledger(broken)
        with Ledger.open(broken / "ledger.sqlite") as ledger:
            finished, begun = ledger.num_calls, ledger.num_calls + ledger.num_interrupted
        count = len(log.read_text(encoding="utf-8").splitlines())
        calls, extra = calls + count, extra + begun - count
        different += not finished <= count <= begun
        print(f"  {name}: {made} kills, run {runs}, {count} calls, {begun} counted", flush=True)
    return _told(
        "kills",
        {
            **{"run": name, "kills": made, "runs": runs, "different": different},
            **{"calls made": calls, "counted and not begun": extra, "ok": not different},
        },
    )


def _pool(out: Path) -> Path:
    """Write 200 molecules to start from, which are read in no time."""
    path = out / "pool.smi"
    if not path.exists():
        pool = [molecule for molecule in TASKS["molecules"].pool() if len(molecule) < 40]
        path.write_text("\n".join(pool[:200]), encoding="utf-8")
    return path


def _forked(words: list[str], seconds: float) -> int | None:
    """Carry out a command in a fork of this process; None if it was killed after some seconds."""
    pid = _fork(words, Path(os.devnull))
    code = _exit_code(pid, seconds)
    if code is None:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else None


def _fork(words: list[str], output: Path) -> int:
    """Begin a command in a fork of this process, which has loaded the packages."""
    pid = os.fork()
    if not pid:
        with output.open("a", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            code = optimize(words)
            sys.stdout.flush()
            os._exit(code)
    return pid


def _exit_code(pid: int, seconds: float) -> int | None:
    """Wait for a fork; None: it goes on."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    return None


class _Cluster:
    """A Dask scheduler and two workers, as processes.

    Args:
        folder: For their files.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def start_scheduler(self) -> None:
        """Start it, at the same address each time."""
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )
        _wait_until(self._answers)

    def start_workers(self) -> None:
        """Start two of one thread."""
        self.workers = [
            self._start("worker", self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny")
            for _ in range(2)
        ]

    def lose_scheduler(self) -> None:
        """Kill it."""
        assert self.scheduler is not None
        _end(self.scheduler)

    def lose_workers(self) -> None:
        """Kill them."""
        for worker in self.workers:
            _end(worker)

    def _answers(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.port)) == 0

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


@contextmanager
def _cluster(folder: Path) -> Iterator[_Cluster]:
    cluster = _Cluster(folder)
    cluster.start_scheduler()
    cluster.start_workers()
    try:
        _wait_for_workers(cluster)
        yield cluster
    finally:
        cluster.lose_workers()
        cluster.lose_scheduler()


def _wait_for_workers(cluster: _Cluster) -> None:
    from distributed import Client  # noqa: PLC0415  (an extra)

    with Client(cluster.address, timeout=60) as client:
        client.wait_for_workers(2, timeout=PATIENCE)


def _start_or_resume(given: list[str], directory: Path) -> "subprocess.Popen[str]":
    return _run(_words(given, directory))


def _words(given: list[str], directory: Path) -> list[str]:
    is_run = (directory / "config.json").is_file()
    return ["--resume", str(directory)] if is_run else [*given, "--out", str(directory)]


def _ledger(directory: Path) -> list[Any]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.comparable()


def clusters(out: Path, number: int) -> list[dict[str, Any]]:
    """Lose a cluster at five moments of a run, in four ways."""
    del number
    describe("CCO")
    with _cluster(out / "cluster") as cluster:
        return [_lost(out, cluster, way, call) for way in LOSSES for call in MOMENTS]


def _lost(out: Path, cluster: _Cluster, way: str, call: int) -> dict[str, Any]:
    """Lose a cluster while calls are made, and have it back during the run or after its pause."""
    directory, log = out / f"{way}-{call}".replace(" ", "-"), out / "made"
    said_in = out / f"{directory.name}.txt"
    log.unlink(missing_ok=True)
    returns = "comes back" in way
    given = [*SMALL, "--preset", "random", "--objective", f"{out}/scores.py:slow"]
    given += ["--initial", f"{_pool(out)}", "--scheduler", cluster.address]
    given += ["--reconnect", "300" if returns else "6", "--out", str(directory)]
    run = _fork(given, said_in)
    # Calls whose start is recorded and that have not come to the objective would be counted alone.
    _wait_until(lambda: call <= _count(log) == _num_starts(directory))
    if "scheduler" in way:
        cluster.lose_scheduler()
    cluster.lose_workers()  # without their scheduler they end themselves, after a while
    if returns:
        time.sleep(8)
        _bring_back(cluster)
    first = code = _exit_code(run, PATIENCE)
    if not returns:
        _bring_back(cluster)
    if first == PAUSED:
        code = _forked(["--resume", str(directory)], PATIENCE)
    said = said_in.read_text(encoding="utf-8")
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        calls, again = ledger.num_calls, ledger.num_interrupted
    made, errors = _count(log), [line for line in said.splitlines() if line.startswith("error")]
    paused_well = first == (0 if returns else PAUSED) and len(errors) == (first == PAUSED)
    return _told(
        "clusters",
        {
            **{"lost": way, "call": call, "code": first, "code after": code},
            **{"calls": calls, "interrupted": again, "made": made},
            "ok": paused_well and code == 0 and made == calls + again and "Traceback" not in said,
        },
    )


def _bring_back(cluster: _Cluster) -> None:
    if cluster.scheduler is not None and cluster.scheduler.poll() is not None:
        cluster.start_scheduler()
    cluster.start_workers()
    _wait_for_workers(cluster)


def _count(log: Path) -> int:
    return len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0


def signals(out: Path, number: int) -> list[dict[str, Any]]:
    """Stop runs whose call hangs."""
    del number
    places = {
        "in process": [f"{out}/scores.py:hang"],
        "worker": [f"{out}/scores.py:hang", "--workers", "2"],
        "program": [f"{out}/program"],
    }
    cases = [
        _signalled(out / f"{place}-{name}".replace(" ", "-"), objective, place, name)
        for place, objective in places.items()
        for name in ("SIGINT", "SIGTERM", "SIGHUP")
    ]
    for place in ("cluster", "lost cluster"):
        with _cluster(out / "cluster") as cluster:
            objective = [f"{out}/scores.py:hang", "--scheduler", cluster.address]
            lose = cluster.lose_scheduler if place == "lost cluster" else None
            folder = out / place.replace(" ", "-")
            cases.append(_signalled(folder, objective, place, "SIGINT", lose))
    return cases


def _is_running(pid: int) -> bool:
    """Whether a process is there, and not only its exit status, which nobody has read yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def _signalled(
    directory: Path,
    objective: list[str],
    place: str,
    name: str,
    first: Callable[[], None] | None = None,
) -> dict[str, Any]:
    sent = signal.Signals[name]
    given = [*SMALL, "--preset", "random", "--objective", *objective, "--out", str(directory)]
    run = _run(given, output=subprocess.PIPE)
    _wait_until(lambda: _num_starts(directory) > 0)
    time.sleep(1)
    if first is not None:
        first()
        time.sleep(3)
    children = _descendants(run.pid)
    before = time.monotonic()
    run.send_signal(sent)
    assert run.stdout is not None
    said = 0.0
    for line in run.stdout:
        if line.startswith("resume with"):
            said = time.monotonic() - before
    run.wait(PATIENCE)
    ended = time.monotonic() - before
    left = [pid for pid in children if _is_running(pid)]
    return _told(
        "signals",
        {
            **{"state": place, "signal": name, "seconds": round(said, 2)},
            **{"seconds with report": round(ended, 2), "code": run.returncode, "left": len(left)},
            "ok": 0 < said < 2 and run.returncode == 128 + sent and not left,
        },
    )


def _num_starts(directory: Path) -> int:
    if not (directory / "config.json").is_file():
        return 0
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.num_interrupted + ledger.num_calls


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "nothing happens"
        time.sleep(0.1)


def _descendants(pid: int) -> list[int]:
    text = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    parents = {int(own): int(parent) for own, parent in map(str.split, text.splitlines())}
    found = [pid]
    for own in sorted(parents):
        if parents[own] in found:
            found.append(own)
    return found[1:]


def disk(out: Path, number: int) -> list[dict[str, Any]]:
    """Let no file grow beyond a limit, as on a full disk."""
    del number
    return [_limited(out / f"limit-{limit}", out, limit) for limit in LIMITS]


def _limited(directory: Path, out: Path, limit: int) -> dict[str, Any]:
    given = [*SMALL, "--preset", "random", "--objective", f"{out}/scores.py:score"]
    run = _run([*given, "--out", str(directory)], limit, subprocess.PIPE)
    _, said = run.communicate()
    left = directory.exists()
    hidden = list(directory.parent.glob(f".{directory.name}-*"))
    code = _start_or_resume(given, directory).wait()
    return _told(
        "disk",
        {
            **{"limit": limit, "code": run.returncode, "folder": left, "code after": code},
            "ok": code == 0 and not hidden and "Traceback" not in said,
        },
    )


def _run(
    words: list[str], limit: int | None = None, output: int = subprocess.DEVNULL
) -> "subprocess.Popen[str]":
    def prepare() -> None:
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing fails with EFBIG
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # A limit on files would be one on caches of imports, too.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [*COMMAND, *words],
        stdout=output,
        stderr=output,
        text=True,
        env=environment,
        preexec_fn=prepare,  # noqa: PLW1509 - there is one thread
    )


def _told(part: str, case: dict[str, Any]) -> dict[str, Any]:
    print(part, *(f"{name} {value}" for name, value in case.items()), sep="  ", flush=True)
    return case


MOMENTS = (1, 4, 9, 15, 24)
LOSSES = (
    "scheduler and comes back",
    "scheduler for good",
    "workers for good",
    "workers and comes back",
)
PAUSED = 3
PARTS: dict[str, Callable[[Path, int], list[dict[str, Any]]]] = {
    "signals": signals,
    "disk": disk,
    "clusters": clusters,
    "kills": kills,
}

if __name__ == "__main__":
    sys.exit(main())
