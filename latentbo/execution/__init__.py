"""Where oracle calls are made: in this process, in worker processes, or on a Dask cluster."""

from latentbo.execution.cluster import DaskCluster, check_installed
from latentbo.execution.oracle import CallResult, InProcess, Oracle, call
from latentbo.execution.pool import WorkerPool
from latentbo.execution.settings import ExecutionConfig, make_oracle

__all__ = [
    "CallResult",
    "DaskCluster",
    "ExecutionConfig",
    "InProcess",
    "Oracle",
    "WorkerPool",
    "call",
    "check_installed",
    "make_oracle",
]
