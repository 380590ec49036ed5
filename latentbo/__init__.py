"""Bayesian optimization in the latent space of deep generative models."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentbo.laboratory import LatentOptimizer, Measurement
    from latentbo.tasks import Task, grammar_task, register_task

__all__ = [
    "LatentOptimizer",
    "Measurement",
    "Task",
    "__version__",
    "grammar_task",
    "register_task",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Return a public class; loaded here, so that importing the package costs nothing."""
    if name in ("LatentOptimizer", "Measurement"):
        from latentbo import laboratory  # noqa: PLC0415

        return getattr(laboratory, name)
    if name in ("Task", "grammar_task", "register_task"):
        from latentbo import tasks  # noqa: PLC0415

        return getattr(tasks, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
