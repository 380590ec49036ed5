from .cluster import DaskCluster, check_installed
from .config import ExecutionConfig
from .oracle import CallResult, InProcess, Oracle, call
from .oracles import make_oracle
from .pool import WorkerPool

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
