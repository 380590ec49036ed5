"""Workers survive whatever an objective does."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from latentbo.errors import ConfigurationError, ObjectiveError
from latentbo.execution import (
    DaskCluster,
    ExecutionConfig,
    InProcess,
    WorkerPool,
    call,
    make_oracle,
)
from latentbo.objectives import objective_from

PATIENCE = 120


@pytest.fixture(scope="module")
def pool(behave: str) -> Iterator[WorkerPool]:
    pool = WorkerPool(behave, 2, time_limit=0.5)
    yield pool
    pool.close()


@pytest.mark.parametrize("string", ["CCO", "é∂", "raise", "nan", 'a "quoted" \\ string\nof two'])
def test_a_worker_answers_as_this_process_does(pool: WorkerPool, behave: str, string: str) -> None:
    ours = call(objective_from(behave), string)
    theirs = pool.submit(string).result(PATIENCE)
    assert (theirs.value, theirs.error) == (ours.value, ours.error)
    assert theirs.seconds >= 0


def test_a_call_that_hangs_is_ended_and_one_that_dies_is_told(pool: WorkerPool) -> None:
    hang, die = pool.submit("hang"), pool.submit("die")
    assert hang.result(PATIENCE).value is None
    assert hang.result().error == "no answer within 0.5 s: the call was ended"
    assert die.result(PATIENCE).value is None
    assert die.result().error == (
        "the worker ended with exit status 3; it said last: 'out of memory'"
    )
    assert [pool.submit("CCO").result(PATIENCE).value for _ in range(3)] == [1.0, 1.0, 1.0]


def test_calls_are_made_outside_this_process(pool: WorkerPool) -> None:
    assert pool.num_workers == 2
    assert pool.submit("pid").result(PATIENCE).value != os.getpid()


def test_closing_drops_what_runs(behave: str) -> None:
    pool = WorkerPool(behave, 1, time_limit=600)
    pid = pool.submit("pid").result(PATIENCE).value
    assert pid is not None
    running, waiting = pool.submit("hang"), pool.submit("CCO")
    while not running.running():
        time.sleep(0.01)
    pool.close()
    assert running.result(PATIENCE).value is None
    assert waiting.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_an_objective_that_a_worker_cannot_load_ends_the_run(tmp_path: Path) -> None:
    pool = WorkerPool(f"{tmp_path}/none.py:f", 1, time_limit=5)
    with pytest.raises(ObjectiveError, match=r"a worker cannot load .*there is no file"):
        pool.submit("CCO").result(PATIENCE)
    pool.close()


def test_the_settings_decide_where_calls_are_made(behave: str) -> None:
    objective = objective_from(behave)
    assert isinstance(make_oracle(ExecutionConfig(), behave, objective), InProcess)
    for config in (ExecutionConfig(workers=3), ExecutionConfig(time_limit=2.0)):
        pool = make_oracle(config, behave, objective)
        assert isinstance(pool, WorkerPool)
        assert pool.num_workers == config.workers
        pool.close()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"workers": 2, "scheduler": "tcp://a:1"}, "leave out --workers"),
        ({"retries": -1}, "retries must be at least 0"),
        ({"time_limit": 0.0}, "time_limit must be positive and finite, not 0.0"),
        ({"max_hours": float("inf")}, "max_hours must be positive and finite"),
        ({"target": float("nan")}, "target must be a number"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, float], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        ExecutionConfig(**settings)  # type: ignore[arg-type]


def test_a_cluster_that_is_not_there(behave: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr("latentbo.execution.cluster.PATIENCE", 0.2)
    with pytest.raises(ConfigurationError, match=r"answers at tcp://127\.0\.0\.1:9"):
        DaskCluster("tcp://127.0.0.1:9", behave, 5.0)
    with pytest.raises(ConfigurationError, match="no Dask scheduler answers at nonsense"):
        DaskCluster("nonsense://x", behave, 5.0)


def test_a_worker_starts_without_torch() -> None:
    check = "import sys, latentbo.execution.worker as worker; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
