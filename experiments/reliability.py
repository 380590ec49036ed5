"""Does a run survive what happens to it?

    python experiments/reliability.py --out DIR [--parts kills,signals,disk] [--kills 4]

Each part starts real runs (`python -m latentbo.optimize`) of the shipped model and does something
to them:

kills    SIGKILL at random moments, for every preset, and with workers; the ledger must be that of
         an unbroken run.
signals  SIGINT, SIGTERM and SIGHUP while a call hangs in this process, in a worker, in a program:
         seconds until the run says that it stops, seconds until it has ended, processes left.
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
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from latentbo.command_line import at_least, names_of
from latentbo.ledger import Ledger
from latentbo.optimizer import PRESETS

COMMAND = (sys.executable, "-m", "latentbo.optimize")
SMALL = ("molecules", "--budget", "24", "--batch-size", "8", "--num-initial", "8", "--seed", "1")
SCORES = """
import time

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
    parser.add_argument("--kills", type=at_least(1), default=4, help="per preset")
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
    """Kill runs of every preset, in this process and with two workers."""
    variants = [(preset, ()) for preset in PRESETS] + [("random", ("--workers", "2"))]
    return [_killed(out, preset, more, number) for preset, more in variants]


def _killed(out: Path, preset: str, more: tuple[str, ...], number: int) -> dict[str, Any]:
    name = "-".join((preset, *more)).replace("--", "")
    given = [*SMALL, "--preset", preset, "--objective", f"{out}/scores.py:score", *more]
    whole, broken = out / f"{name}-whole", out / f"{name}-broken"
    started = time.monotonic()
    code = _run([*given, "--out", str(whole)]).wait()
    assert code == 0, f"the unbroken run {whole} ended with {code}"
    duration, chance, made = time.monotonic() - started, random.Random(name), 0
    for _ in range(number):
        run = _start_or_resume(given, broken)
        try:
            run.wait(chance.uniform(0, duration))
        except subprocess.TimeoutExpired:
            run.kill()
            made += 1
        run.wait()
    code = _start_or_resume(given, broken).wait()
    same = code == 0 and _ledger(whole) == _ledger(broken)
    return _told("kills", {"run": name, "kills": made, "ok": same})


def _start_or_resume(given: list[str], directory: Path) -> "subprocess.Popen[str]":
    is_run = (directory / "config.json").is_file()
    return _run(["--resume", str(directory)] if is_run else [*given, "--out", str(directory)])


def _ledger(directory: Path) -> list[Any]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.comparable()


def signals(out: Path, number: int) -> list[dict[str, Any]]:
    """Stop runs whose call hangs."""
    del number
    places = {
        "in process": [f"{out}/scores.py:hang"],
        "worker": [f"{out}/scores.py:hang", "--workers", "2"],
        "program": [f"{out}/program"],
    }
    return [
        _signalled(out / f"{place}-{name}".replace(" ", "-"), objective, place, name)
        for place, objective in places.items()
        for name in ("SIGINT", "SIGTERM", "SIGHUP")
    ]


def _is_running(pid: int) -> bool:
    """Whether a process is there, and not only its exit status, which nobody has read yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def _signalled(directory: Path, objective: list[str], place: str, name: str) -> dict[str, Any]:
    sent = signal.Signals[name]
    given = [*SMALL, "--preset", "random", "--objective", *objective, "--out", str(directory)]
    run = _run(given, output=subprocess.PIPE)
    _wait_until(lambda: _num_starts(directory) > 0)
    time.sleep(1)
    children = _descendants(run.pid)
    before = time.monotonic()
    run.send_signal(sent)
    assert run.stdout is not None
    said = 0.0
    for line in run.stdout:
        if line.startswith("go on with"):
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


PARTS: dict[str, Callable[[Path, int], list[dict[str, Any]]]] = {
    "signals": signals,
    "disk": disk,
    "kills": kills,
}

if __name__ == "__main__":
    sys.exit(main())
