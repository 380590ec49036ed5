"""Tasks, and the one registry of them; nothing here loads torch or RDKit."""

from latentbo.tasks.accepted import RULE, Accepted
from latentbo.tasks.base import LeftOut, Task
from latentbo.tasks.pool import Pool, starting_pool
from latentbo.tasks.recipes import NetworkRecipe, short_strings
from latentbo.tasks.registry import (
    TASKS,
    by_task,
    data_sets,
    find_task,
    recorded_task,
    register_task,
)
from latentbo.tasks.sentences import grammar_task

__all__ = [
    "RULE",
    "TASKS",
    "Accepted",
    "LeftOut",
    "NetworkRecipe",
    "Pool",
    "Task",
    "by_task",
    "data_sets",
    "find_task",
    "grammar_task",
    "recorded_task",
    "register_task",
    "short_strings",
    "starting_pool",
]
