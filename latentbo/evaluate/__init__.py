"""`python -m latentbo.evaluate`: measure a model, its latent space, a Gaussian process on it."""

from latentbo.callable_package import make_callable
from latentbo.evaluate.command import build_parser, main

__all__ = ["build_parser", "main"]

make_callable(__name__, "latentbo.evaluate.from_python", "evaluate_model")
