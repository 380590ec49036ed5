"""Makes what makes the calls, from the settings."""

from latentbo.execution.cluster import DaskCluster
from latentbo.execution.config import ExecutionConfig
from latentbo.execution.oracle import InProcess, Oracle
from latentbo.execution.pool import WorkerPool
from latentbo.objectives import DEFAULT_TIME_LIMIT, Objective


def make_oracle(config: ExecutionConfig, source: str, objective: Objective) -> Oracle:
    """Return what makes the calls.

    Args:
        config: Says where.
        source: The objective, as `objective_from` reads it, with absolute paths.
        objective: The same, loaded, for calls in this process.

    Raises:
        ConfigurationError: If there is no such Dask cluster.
    """
    limit = config.time_limit or DEFAULT_TIME_LIMIT
    if config.scheduler is not None:
        return DaskCluster(config.scheduler, source, limit, config.reconnect)
    if config.workers > 1 or config.time_limit is not None:
        return WorkerPool(source, config.workers, limit)
    return InProcess(objective)
