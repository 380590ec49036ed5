"""Jobs of fake commands: skipped, resumed, failed, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from study.jobs import Job, Runner, attempts, is_done, locked, log_path, seconds_of

from latentbo.errors import ConfigurationError

# Appends a line to FOLDER/calls, and ends the job at once or at the second try.
SCRIPT = """
import pathlib, sys
folder, mode = pathlib.Path(sys.argv[1]), sys.argv[2]
folder.mkdir(parents=True, exist_ok=True)
with (folder / "calls").open("a") as file: file.write(mode + "\\n")
with (folder.parent.parent / "order").open("a") as file: file.write(folder.name + "\\n")
if mode == "fails":
    (folder / "begun").write_text("")
    sys.exit("the disk is on fire")
if mode != "empty":
    (folder / "result").write_text("")
"""


def fake(name: str, mode: str = "works", needs: tuple[str, ...] = ()) -> Job:
    folder = f"part/{name}"
    command = (sys.executable, "-c", SCRIPT, folder)
    return Job(
        name=folder,
        stage="train",
        kind="train",
        command=(*command, mode),
        resume=(*command, "resumed"),
        resumable="begun",
        results=("result",),
        needs=tuple(f"part/{need}" for need in needs),
        minutes=1.0,
    )


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(tmp_path: Path, said: list[str]) -> Callable[..., dict[str, str]]:
    def call(*jobs: Job, parallel: int = 2) -> dict[str, str]:
        return Runner(tmp_path, parallel, "abc", said.append).run(jobs)

    return call


def calls(out: Path, name: str) -> list[str]:
    path = out / "part" / name / "calls"
    return path.read_text().split() if path.exists() else []


def test_what_is_done_is_not_done_again(run: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    job = fake("a")
    assert run(job) == {}
    assert run(job) == {}
    assert calls(tmp_path, "a") == ["works"]
    assert attempts(tmp_path, job.name)[0]["commit"] == "abc"
    assert seconds_of(tmp_path, job.name) is not None


def test_a_failed_job_is_told_and_resumed_later(
    run: Callable[..., dict[str, str]], tmp_path: Path, said: list[str]
) -> None:
    failing = fake("a", "fails")
    failed = run(failing, fake("b"))
    assert failed == {"part/a": "ended with code 1"}
    assert "the disk is on fire" in "\n".join(said)
    assert is_done(tmp_path, fake("b"))
    assert run(failing, fake("b")) == {}
    assert calls(tmp_path, "a") == ["fails", "resumed"]
    assert calls(tmp_path, "b") == ["works"]


def test_success_without_results_is_a_failure(run: Callable[..., dict[str, str]]) -> None:
    assert run(fake("a", "empty")) == {"part/a": "ended without result"}


def test_what_cannot_be_resumed_starts_anew(
    run: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "part" / "a").mkdir(parents=True)
    (tmp_path / "part" / "a" / "calls").write_text("debris\n")
    assert run(fake("a")) == {}
    assert calls(tmp_path, "a") == ["works"]


def test_a_copied_folder_counts_as_done(run: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    (tmp_path / "part" / "a").mkdir(parents=True)
    (tmp_path / "part" / "a" / "result").write_text("")
    assert run(fake("a"), fake("b", needs=("a",))) == {}
    assert calls(tmp_path, "a") == []
    assert calls(tmp_path, "b") == ["works"]


def test_jobs_wait_for_what_they_need(run: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    jobs = (fake("late", needs=("early",)), fake("early"), fake("other"))
    assert run(*jobs, parallel=3) == {}
    order = (tmp_path / "order").read_text().split()
    assert order.index("early") < order.index("late")


def test_jobs_are_left_out_when_what_they_need_failed(
    run: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    jobs = (fake("a", "fails"), fake("b", needs=("a",)), fake("c", needs=("absent",)), fake("d"))
    failed = run(*jobs)
    assert failed["part/b"] == "needs part/a, which is not there"
    assert failed["part/c"] == "needs part/absent, which is not there"
    assert calls(tmp_path, "b") == calls(tmp_path, "c") == []
    assert calls(tmp_path, "d") == ["works"]


def test_the_order_is_kept_with_one_process(
    run: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    run(*(fake(name) for name in "cab"), parallel=1)
    assert (tmp_path / "order").read_text().split() == ["c", "a", "b"]


def test_a_killed_attempt_is_not_done_and_has_no_duration(tmp_path: Path) -> None:
    job = fake("a")
    (tmp_path / job.name).mkdir(parents=True)
    (tmp_path / job.name / "result").write_text("")
    log = log_path(tmp_path, job.name, ".jsonl")
    log.parent.mkdir()
    log.write_text('{"started": "now"}\n')
    assert not is_done(tmp_path, job)
    log.write_text('{"started": "now"}\n{"started": "later"}\n{"code": 0, "seconds": 2}\n{"sta')
    assert is_done(tmp_path, job)
    assert seconds_of(tmp_path, job.name) is None


def test_stopping_stops_the_jobs(tmp_path: Path) -> None:
    waiting = "import time, sys; open('ready', 'w').close(); time.sleep(60)"
    job = replace(fake("a"), command=(sys.executable, "-c", waiting))

    def interrupt(_: str) -> None:
        started = time.monotonic()
        while not (tmp_path / "ready").exists() and time.monotonic() < started + 30:
            time.sleep(0.05)
        raise KeyboardInterrupt

    runner = Runner(tmp_path, 1, None, lambda text: interrupt(text) if "started" in text else None)
    with pytest.raises(KeyboardInterrupt):
        runner.run([job])
    assert attempts(tmp_path, job.name)[-1]["code"] == -signal.SIGINT or (
        attempts(tmp_path, job.name)[-1]["code"] == 1
    )
    assert not is_done(tmp_path, job)


def test_a_folder_is_for_one_process(tmp_path: Path) -> None:
    with locked(tmp_path) as lock:
        with pytest.raises(ConfigurationError, match="another process"), locked(tmp_path):
            pass
        child = subprocess.Popen(["sleep", "60"], pass_fds=[lock])
    try:
        with pytest.raises(ConfigurationError, match="left behind"), locked(tmp_path):
            pass
    finally:
        child.kill()
        child.wait()
    with locked(tmp_path):
        pass


def test_jobs_have_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    code = "import json, os; json.dump(dict(os.environ), open('environment', 'w'))"
    Runner(tmp_path, 1, None, lambda _: None).run(
        [replace(fake("a"), command=(sys.executable, "-c", code))]
    )
    environment = json.loads((tmp_path / "environment").read_text())
    assert environment["OMP_NUM_THREADS"] == "1"
    assert environment["PATH"] == os.environ["PATH"]
