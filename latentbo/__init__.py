"""Bayesian optimization in the latent space of deep generative models."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentbo.laboratory import LatentOptimizer, Measurement, Result, optimize
    from latentbo.optimizer import register_preset, register_surrogate
    from latentbo.proposals import register_source
    from latentbo.regularizers import register_term
    from latentbo.representations import register_representation
    from latentbo.tasks import Task, grammar_task, register_task

__all__ = [
    "LatentOptimizer",
    "Measurement",
    "Result",
    "Task",
    "__version__",
    "grammar_task",
    "optimize",
    "register_preset",
    "register_representation",
    "register_source",
    "register_surrogate",
    "register_task",
    "register_term",
]

__version__ = "0.1.0"


_PLACES = {
    "LatentOptimizer": "laboratory",
    "Measurement": "laboratory",
    "Result": "laboratory",
    "Task": "tasks",
    "grammar_task": "tasks",
    "register_preset": "optimizer",
    "register_representation": "representations",
    "register_source": "proposals",
    "register_surrogate": "optimizer",
    "register_task": "tasks",
    "register_term": "regularizers",
}


def __getattr__(name: str) -> object:
    """Return a public name; loaded here, so that importing the package costs nothing."""
    from importlib import import_module  # noqa: PLC0415

    if name in ("evaluate", "optimize", "train"):  # packages that can be called
        return import_module(f"latentbo.{name}")
    if name in _PLACES:
        return getattr(import_module(f"latentbo.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
