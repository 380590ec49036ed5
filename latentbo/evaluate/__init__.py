"""`python -m latentbo.evaluate`: measure a model, its latent space, a Gaussian process on it."""

from latentbo.evaluate.command import build_parser, main

__all__ = ["build_parser", "main"]
