"""`python -m latentbo.optimize TASK`: search the latent space of a trained model."""

from latentbo.optimize.command import main
from latentbo.optimize.options import TASKS, build_parser

__all__ = ["TASKS", "build_parser", "main"]
