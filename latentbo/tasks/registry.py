"""The one registry of tasks."""

from latentbo.errors import ConfigurationError
from latentbo.tasks.base import Task
from latentbo.tasks.expressions import EXPRESSIONS
from latentbo.tasks.molecules import MOLECULES

_SHIPPED = (MOLECULES, EXPRESSIONS)
#: Tasks by their names.
TASKS: dict[str, Task] = {task.name: task for task in _SHIPPED}


def find_task(task: str | Task) -> Task:
    """Return the task of a name; a task is registered, and returned as it is.

    Raises:
        ConfigurationError: If there is no task of that name, or `register_task` refuses the task.
    """
    if isinstance(task, Task):
        return register_task(task)
    if task not in TASKS:
        raise ConfigurationError(f"unknown task {task!r}: choose one of {', '.join(TASKS)}")
    return TASKS[task]


def register_task(task: Task) -> Task:
    """Let runs, reports and command lines of this process find a task by its name.

    A task of the same name that was registered before is replaced.

    Raises:
        ConfigurationError: If the name is that of a task that ships with latentbo.
    """
    if any(task.name == each.name and task is not TASKS[each.name] for each in _SHIPPED):
        raise ConfigurationError(f"latentbo has a task {task.name!r}: give yours another name")
    TASKS[task.name] = task
    return task
