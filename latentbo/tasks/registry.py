"""The one registry of tasks."""

from latentbo.tasks.base import Task
from latentbo.tasks.expressions import EXPRESSIONS
from latentbo.tasks.molecules import MOLECULES

#: Tasks by their names.
TASKS: dict[str, Task] = {task.name: task for task in (MOLECULES, EXPRESSIONS)}
