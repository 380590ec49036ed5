"""`python -m latentbo.optimize TASK`: search the latent space of a trained model."""

from latentbo.optimize.command import main
from latentbo.optimize.options import build_parser

__all__ = ["build_parser", "main"]
