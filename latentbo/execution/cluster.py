"""Workers of a Dask cluster.

Each thread of a Dask worker keeps a process of ours, as `WorkerPool` does: so a call that hangs is
ended, and one that kills its process leaves the Dask worker alive.
"""

import importlib.util
import logging
import threading
import time
import uuid
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import asdict
from time import monotonic
from typing import Any

from latentbo.errors import ConfigurationError, LatentboError, LostCallError, PausedError
from latentbo.execution.oracle import CallResult
from latentbo.execution.process import WorkerProcess
from latentbo.interruption import raise_if_interrupted
from latentbo.objectives import CallPlace

# Seconds to wait for the scheduler.
PATIENCE = 15
# Seconds between two looks at the cluster, the least, and without an answer until it is said.
LOOK, MOMENT, SAID = 1.0, 0.01, 5.0
# Seconds that a farewell to the cluster may take.
FAREWELL = 2.0

LOST_WORKER = "the cluster lost its worker during the call"

_log = logging.getLogger(__name__)
_here = threading.local()


class DaskCluster:
    """Calls on the workers of a running Dask cluster; all of them must have latentbo installed.

    A call whose worker is lost has failed: the
    cluster would make it again, uncounted, so the second attempt only says so. If the scheduler is
    lost and comes back at its address, the calls that ran end with a `LostCallError`. If all
    workers are lost, or the scheduler, for longer than `reconnect`, they end with a `PausedError`.

    Args:
        address: Of the scheduler, such as `tcp://10.0.0.1:8786`.
        source: The objective, as `objective_from` reads it, with absolute paths, which must mean
            the same on all workers.
        time_limit: Seconds that a call may take.
        reconnect: Seconds to wait for a cluster that was lost.

    Raises:
        ConfigurationError: If Dask is not installed, no scheduler answers, or it has no workers.
    """

    def __init__(
        self, address: str, source: str, time_limit: float, reconnect: float = 60.0
    ) -> None:
        self._client = _connect(address)
        self._num_workers = self._num_present = sum(self._client.nthreads().values())
        if not self._num_workers:
            self._client.close()
            raise ConfigurationError(
                f"the Dask cluster at {address} has no workers: start some with dask worker "
                f"{address}"
            )
        self._address, self._source, self._time_limit = address, source, time_limit
        self._reconnect = reconnect
        # Each with the client that it was given to.
        self._open: dict[Future[CallResult], Any] = {}
        self._seen, self._closed, self._wanted = monotonic(), threading.Event(), threading.Event()
        for task in (self._look, self._watch):  # a look at a lost cluster may never return
            threading.Thread(target=task, daemon=True).start()

    @property
    def num_workers(self) -> int:
        """Threads of all workers that are there, at most those of the start, and at least 1."""
        return max(1, min(self._num_workers, self._num_present))

    def wait_until_ready(self) -> None:
        """Wait until the cluster has been seen with a worker.

        Raises:
            PausedError: If it has not for `reconnect` seconds.
        """
        asked = monotonic()
        self._wanted.set()
        while self._seen < asked:
            raise_if_interrupted()
            time.sleep(MOMENT)
            self._check_patience()

    def submit(self, string: str, place: CallPlace | None = None) -> Future[CallResult]:
        """See `Oracle.submit`."""
        future: Future[CallResult] = Future()
        client = self._client
        try:
            # `pure` would take the result of an equal earlier call.
            submitted: Future[dict[str, Any]] = client.get_executor(pure=False).submit(
                _call, self._source, self._time_limit, string, place, uuid.uuid4().hex
            )
        except Exception as error:
            if client.status == "running":
                raise PausedError(
                    f"the Dask cluster at {self._address} takes no calls "
                    f"({type(error).__name__}: {error}): start it anew, then resume with --resume"
                ) from error
            future.set_exception(LostCallError("the scheduler was lost before the call"))
            return future
        self._open[future] = client
        submitted.add_done_callback(lambda done: self._hand_over(done, future))
        return future

    def close(self) -> None:
        """See `Oracle.close`."""
        self._closed.set()
        with suppress(Exception):  # it may be gone
            self._client.close(timeout=FAREWELL)

    def _look(self) -> None:
        """See whether the cluster has workers; connect anew where the scheduler was lost."""
        while not self._closed.is_set():
            asked = monotonic()
            with suppress(Exception):
                if self._client.status == "closed":
                    self._connect_anew()
                if self._client.status == "running":
                    present = sum(self._client.nthreads().values())
                    self._num_present, self._seen = present, asked if present else self._seen
            # A wish during the look was for a later one.
            self._wanted.wait(LOOK)
            self._wanted.clear()

    def _connect_anew(self) -> None:
        lost, self._client = self._client, _client(self._address)
        for future, client in list(self._open.items()):
            if client is lost:
                self._settle(future, LostCallError("the scheduler was lost during the call"))

    def _watch(self) -> None:
        """Say that the cluster is lost, and end its calls when it stays so."""
        said = False
        while not self._closed.wait(LOOK):
            is_missing = monotonic() - self._seen > SAID
            if is_missing and not said:
                _log.warning(
                    "the Dask cluster at %s has no workers or does not answer: waiting %g s",
                    *(self._address, self._reconnect),
                )
            elif said and not is_missing:
                _log.warning("the Dask cluster at %s is back", self._address)
            said = is_missing
            try:
                self._check_patience()
            except PausedError as error:
                for future in list(self._open):
                    self._settle(future, error)

    def _check_patience(self) -> None:
        missing = monotonic() - self._seen
        if missing > max(SAID, self._reconnect):
            raise PausedError(
                f"the Dask cluster at {self._address} is lost, no worker was there for "
                f"{missing:.0f} s: start it again, then resume with --resume, and --scheduler if "
                f"its address has changed"
            )

    def _hand_over(self, done: Future[dict[str, Any]], future: Future[CallResult]) -> None:
        try:
            result: CallResult | BaseException = CallResult(**done.result())
        except CancelledError:
            result = LostCallError("the scheduler was lost during the call")
        except LatentboError as error:
            result = error
        except Exception as error:
            if type(error).__name__ == "KilledWorker":
                result = CallResult(None, LOST_WORKER)
            elif isinstance(error, ImportError):
                result = ConfigurationError(
                    f"a worker of the Dask cluster lacks a package ({error}): install latentbo, "
                    f"and all that the objective needs, on every worker"
                )
            else:
                result = PausedError(
                    f"the Dask cluster at {self._address} lost a call "
                    f"({type(error).__name__}: {error}): look at its workers, then resume with "
                    f"--resume"
                )
        self._settle(future, result)

    def _settle(self, future: Future[CallResult], result: CallResult | BaseException) -> None:
        self._open.pop(future, None)
        with suppress(Exception):  # another thread was quicker
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)


def check_installed() -> None:
    """Refuse to run without Dask.

    Raises:
        ConfigurationError: If it is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise ConfigurationError(
            "--scheduler needs Dask: install it with pip install 'latentbo[dask]'"
        )


def _connect(address: str) -> Any:
    check_installed()
    # Its own words on lost connections are tracebacks.
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return _client(address)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConfigurationError(
            f"no Dask scheduler answers at {address} ({error}): start one with dask scheduler, or "
            f"correct the address"
        ) from error


def _client(address: str) -> Any:
    from distributed import Client  # noqa: PLC0415  (an extra)

    return Client(address, timeout=PATIENCE)


def _call(
    source: str, time_limit: float, string: str, place: CallPlace | None, token: str
) -> dict[str, Any]:
    """Make a call on a worker of the cluster, in this thread's own process.

    The scheduler gives a task of a lost worker to another one. The token tells that the call was
    begun: it may have been paid for, and is not made again behind the back of the ledger.
    """
    from distributed import Event  # noqa: PLC0415  (an extra)

    begun = Event(token)
    if begun.is_set():
        return asdict(CallResult(None, LOST_WORKER))
    worker: WorkerProcess | None = getattr(_here, "worker", None)
    if worker is None or (worker.source, worker.time_limit) != (source, time_limit):
        if worker is not None:
            worker.close()
        worker = _here.worker = WorkerProcess(source, time_limit)
    worker.started()  # takes seconds, and is no part of the call
    begun.set()
    return asdict(worker.ask(string, place))
