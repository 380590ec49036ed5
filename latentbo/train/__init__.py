"""`python -m latentbo.train TASK`: train an autoencoder on molecules or expressions."""

from latentbo.train.command import main
from latentbo.train.options import build_parser

__all__ = ["build_parser", "main"]
