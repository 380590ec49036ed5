"""The one registry of tasks."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.plugins import load_plugins
from latentbo.registry import Registry
from latentbo.tasks.base import Task
from latentbo.tasks.expressions import EXPRESSIONS
from latentbo.tasks.molecules import MOLECULES

_SHIPPED = (MOLECULES, EXPRESSIONS)
#: Tasks by their names.
TASKS: Registry[Task] = Registry("task", {task.name: task for task in _SHIPPED})


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


def by_task(fact: Callable[[Task], str | None]) -> str:
    """Return a text that says a fact of each task that has it."""
    found = {task.name: fact(task) for task in TASKS.values()}
    return ", ".join(f"{text} for {name}" for name, text in found.items() if text)


def data_sets() -> str:
    """Return the names of the tasks' data sets, for people."""
    return ", or ".join(task.dataset.label for task in TASKS.values() if task.dataset)


def recorded_task(settings: Mapping[str, Any]) -> Task:
    """Return the task of a run, from the run's settings.

    The plug-ins that it was started with are loaded. One that is gone is not needed where
    something else has registered the task.

    Raises:
        CheckpointError: If there is no such task, or a plug-in fails.
    """
    try:
        load_plugins(path for path in settings.get("plugins", ()) if Path(path).is_file())
    except ConfigurationError as error:
        raise CheckpointError(str(error)) from error
    name = settings.get("task")
    if not isinstance(name, str) or name not in TASKS:
        raise CheckpointError(
            f"the run is for {name!r}, and there is no such task: give the file that adds it with "
            f"--plugin FILE, or call register_task"
        )
    return TASKS[name]
