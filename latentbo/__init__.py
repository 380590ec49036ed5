"""Bayesian optimization in the latent space of deep generative models."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentbo.laboratory import LatentOptimizer, Measurement

__all__ = ["LatentOptimizer", "Measurement", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Return a public class; loaded here, so that importing the package costs nothing."""
    if name not in ("LatentOptimizer", "Measurement"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from latentbo import laboratory  # noqa: PLC0415

    return getattr(laboratory, name)
