"""What becomes of calls when a cluster is lost and comes back; a client stands in for Dask's."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any, Self

import pytest

from latentbo.errors import LostCallError, PausedError
from latentbo.execution import CallResult, DaskCluster, cluster

PATIENCE = 20
ADDRESS = "tcp://10.0.0.1:8786"


class Client:
    """Stands in for `distributed.Client`.

    Args:
        threads: Of the workers that are there.
    """

    def __init__(self, threads: int = 2) -> None:
        self.status, self.threads, self.calls = "running", threads, list[Future[Any]]()

    def nthreads(self) -> dict[str, int]:
        return {f"worker-{number}": 1 for number in range(self.threads)}

    def get_executor(self, pure: bool) -> Self:
        assert not pure
        return self

    def submit(self, *call: Any) -> Future[Any]:
        if self.status != "running" or self.threads < 0:
            raise RuntimeError("closed")
        self.calls.append(Future())
        return self.calls[-1]

    def close(self, timeout: float = 0) -> None:
        self.status = "closed"


Connect = Callable[..., DaskCluster]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Connect to the first client, and when that is closed to the second."""

    def make(first: Client, second: Client | None = None, reconnect: float = 60.0) -> DaskCluster:
        monkeypatch.setattr(cluster, "_connect", lambda address: first)
        monkeypatch.setattr(cluster, "_client", lambda address: second or first)
        monkeypatch.setattr(cluster, "LOOK", 0.01)
        monkeypatch.setattr(cluster, "SAID", 0.05)
        return DaskCluster(ADDRESS, "objective", 1.0, reconnect)

    return make


def test_calls_go_on_with_the_scheduler_that_came_back(connect: Connect) -> None:
    first, second = Client(), Client()
    oracle = connect(first, second)
    lost = oracle.submit("C")
    first.status = "closed"
    with pytest.raises(LostCallError, match="the scheduler was lost during the call"):
        lost.result(PATIENCE)
    oracle.wait_until_ready()
    again = oracle.submit("C")
    second.calls[0].set_result(asdict(CallResult(1.5)))
    assert again.result(PATIENCE) == CallResult(1.5)
    # What the first scheduler says at last counts no more.
    first.calls[0].set_result(asdict(CallResult(2.5)))
    assert isinstance(lost.exception(), LostCallError)
    oracle.close()


def test_calls_that_dask_cancels_are_lost(connect: Connect) -> None:
    client = Client()
    oracle = connect(client)
    future = oracle.submit("C")
    client.calls[0].cancel()
    assert isinstance(future.exception(PATIENCE), LostCallError)
    oracle.close()


def test_a_call_between_two_schedulers_is_lost_and_others_pause(connect: Connect) -> None:
    client = Client()
    oracle = connect(client, client)
    client.threads = -1  # takes no calls, though it runs
    with pytest.raises(PausedError, match=r"takes no calls .*RuntimeError: closed"):
        oracle.submit("C")
    client.status = "connecting"
    assert isinstance(oracle.submit("C").exception(), LostCallError)
    oracle.close()


def test_patience_has_an_end(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    oracle = connect(client, reconnect=0.3)
    oracle.wait_until_ready()
    assert oracle.num_workers == 2
    running = oracle.submit("C")
    client.threads = 0
    with pytest.raises(PausedError, match=r"10\.0\.0\.1:8786 is lost, no worker was there for 0 s"):
        oracle.wait_until_ready()
    assert isinstance(running.exception(PATIENCE), PausedError)
    assert oracle.num_workers == 1
    assert "has no workers or does not answer: waiting 0.3 s" in caplog.text
    client.threads = 3  # more than at the start are not used
    oracle.wait_until_ready()
    assert oracle.num_workers == 2
    oracle.close()
