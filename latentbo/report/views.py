"""Task -> how the reports present its strings."""

__all__ = ["VIEWS", "view_of"]

from latentbo.report.expressions import EXPRESSIONS
from latentbo.report.molecules import MOLECULES
from latentbo.report.run import Run
from latentbo.report.view import View

VIEWS = {"molecules": MOLECULES, "expressions": EXPRESSIONS}


def view_of(run: Run) -> View:
    """How to present a run's strings; a run that names no task is one over molecules."""
    return VIEWS.get(str(run.config.get("task")), MOLECULES)
