"""Workers of a Dask cluster.

Each thread of a Dask worker keeps a process of ours, as `WorkerPool` does: so a call that hangs is
ended, and one that kills its process leaves the Dask worker alive.
"""

__all__ = ["DaskCluster", "check_installed"]

import importlib.util
import threading
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.execution.oracle import CallResult
from latentbo.execution.process import WorkerProcess

# Seconds to wait for the scheduler.
PATIENCE = 15

_here = threading.local()


class DaskCluster:
    """Calls on the workers of a running Dask cluster; all of them must have latentbo installed.

    The number of workers is read once, at the start. A worker that the cluster loses is replaced by
    the cluster, which makes its call again; the ledger counts that call once.

    Args:
        address: Of the scheduler, such as `tcp://10.0.0.1:8786`.
        source: The objective, as `objective_from` reads it, with absolute paths, which must mean
            the same on all workers.
        time_limit: Seconds that a call may take.

    Raises:
        ConfigurationError: If Dask is not installed, no scheduler answers, or it has no workers.
    """

    def __init__(self, address: str, source: str, time_limit: float) -> None:
        self._client = _connect(address)
        self._num_workers = sum(self._client.nthreads().values())
        if not self._num_workers:
            self._client.close()
            raise ConfigurationError(
                f"the Dask cluster at {address} has no workers: start some with dask worker "
                f"{address}"
            )
        self._source, self._time_limit = source, time_limit
        # `pure` would take the result of an equal earlier call.
        self._executor = self._client.get_executor(pure=False)

    @property
    def num_workers(self) -> int:
        """Threads of all workers."""
        return self._num_workers

    def submit(self, string: str) -> Future[CallResult]:
        """See `Oracle.submit`."""
        submitted: Future[dict[str, Any]] = self._executor.submit(
            _call, self._source, self._time_limit, string
        )
        future: Future[CallResult] = Future()
        submitted.add_done_callback(lambda done: _hand_over(done, future))
        return future

    def close(self) -> None:
        """See `Oracle.close`."""
        self._executor.shutdown(wait=False)
        self._client.close()


def check_installed() -> None:
    """Refuse to go on without Dask.

    Raises:
        ConfigurationError: If it is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise ConfigurationError(
            "--scheduler needs Dask: install it with pip install 'latentbo[dask]'"
        )


def _connect(address: str) -> Any:
    check_installed()
    from distributed import Client  # noqa: PLC0415  (an extra)

    try:
        return Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConfigurationError(
            f"no Dask scheduler answers at {address} ({error}): start one with dask scheduler, or "
            f"correct the address"
        ) from error


def _hand_over(done: Future[dict[str, Any]], future: Future[CallResult]) -> None:
    if done.cancelled():
        future.cancel()
    elif error := done.exception():
        future.set_exception(error)
    else:
        future.set_result(CallResult(**done.result()))


def _call(source: str, time_limit: float, string: str) -> dict[str, Any]:
    """Make a call on a worker of the cluster, in this thread's own process."""
    worker: WorkerProcess | None = getattr(_here, "worker", None)
    if worker is None or (worker.source, worker.time_limit) != (source, time_limit):
        if worker is not None:
            worker.close()
        worker = _here.worker = WorkerProcess(source, time_limit)
    return asdict(worker.ask(string))
