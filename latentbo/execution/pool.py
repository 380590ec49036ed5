"""Worker processes on this machine."""

from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from latentbo.execution.oracle import CallResult
from latentbo.execution.process import WorkerProcess
from latentbo.objectives import CallPlace


class WorkerPool:
    """Calls in processes of their own, which are ended when they hang and replaced when they die.

    Args:
        source: The objective, as `objective_from` reads it, with absolute paths.
        num_workers: Processes, at least 1.
        time_limit: Seconds that a call may take.
    """

    def __init__(self, source: str, num_workers: int, time_limit: float) -> None:
        self._workers = [WorkerProcess(source, time_limit) for _ in range(num_workers)]
        self._idle: SimpleQueue[WorkerProcess] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        # A thread waits for each process.
        self._threads = ThreadPoolExecutor(num_workers, thread_name_prefix="latentbo-worker")

    @property
    def num_workers(self) -> int:
        """Number of processes."""
        return len(self._workers)

    def wait_until_ready(self) -> None:
        """It always is: processes that end are replaced."""

    def submit(self, string: str, place: CallPlace | None = None) -> Future[CallResult]:
        """See `Oracle.submit`."""
        return self._threads.submit(self._call, string, place)

    def close(self) -> None:
        """See `Oracle.close`."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def _call(self, string: str, place: CallPlace | None = None) -> CallResult:
        worker = self._idle.get()
        try:
            return worker.ask(string, place)
        finally:
            self._idle.put(worker)
