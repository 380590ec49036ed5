"""Presentation of a run's strings in reports."""

from pkgutil import resolve_name

from latentbo.report.plain import plain_view
from latentbo.report.run import Run
from latentbo.report.view import View
from latentbo.tasks import TASKS


def view_of(run: Run) -> View:
    """The view of a run's strings; a run that names no task is one over molecules."""
    name = str(run.config.get("task", "molecules"))
    if name not in TASKS:
        return plain_view("string", "string")
    task = TASKS[name]
    if task.view is None:
        return plain_view(task.noun, task.column)
    view: View = resolve_name(task.view) if isinstance(task.view, str) else task.view
    return view
