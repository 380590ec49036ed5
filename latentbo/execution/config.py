"""Settings of a run's calls and of its end: nothing here changes the proposals."""

import math
from dataclasses import dataclass

from latentbo.errors import ConfigurationError
from latentbo.settings import check, setting


@dataclass(frozen=True)
class ExecutionConfig:
    """Settings of the calls.

    Args:
        workers: Calls made at once, each in a process of its own; 1: in this process, unless there
            is a time limit. The same seed gives the same run with any number.
        scheduler: Address of a Dask scheduler, such as tcp://10.0.0.1:8786, whose workers make the
            calls (needs latentbo[dask]); None: no cluster.
        time_limit: Seconds that a call may take; then it has failed. None: 300 for workers,
            programs and servers; a Python function in this process has no limit.
        retries: How often a failed call is made again; each attempt is charged.
        asynchronous: Propose as soon as a worker is free, without waiting for the rest of the
            batch: faster where calls differ in length, but not reproducible.
        max_hours: Hours after which no call is begun; None: no limit.
        target: Value at which the run ends; None: the budget alone ends it.
        max_failures: Calls that may fail in a row before the run pauses: something is broken that
            costs calls. 0: any number.
        reconnect: Seconds to wait for a cluster that was lost.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    workers: int = setting(1, at_least=1)
    scheduler: str | None = None
    time_limit: float | None = setting(None, more_than=0)
    retries: int = setting(0, at_least=0)
    asynchronous: bool = False
    max_hours: float | None = setting(None, more_than=0)
    target: float | None = None
    max_failures: int = setting(100, at_least=0)
    reconnect: float = setting(60.0, at_least=0.0)

    def __post_init__(self) -> None:
        check(self)
        if self.scheduler is not None and self.workers > 1:
            raise ConfigurationError(
                "the workers of a Dask cluster are started with the cluster: leave out --workers, "
                "or --scheduler"
            )
        if self.target is not None and math.isnan(self.target):
            raise ConfigurationError("target must be a number, not nan")
