"""Tasks, and the one registry of them; nothing here loads torch or RDKit."""

from latentbo.tasks.accepted import Accepted
from latentbo.tasks.base import LeftOut, Task
from latentbo.tasks.pool import Pool, starting_pool
from latentbo.tasks.registry import TASKS
from latentbo.tasks.sentences import grammar_task

__all__ = [
    "TASKS",
    "Accepted",
    "LeftOut",
    "Pool",
    "Task",
    "grammar_task",
    "starting_pool",
]
