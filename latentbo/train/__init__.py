"""`python -m latentbo.train TASK`: train an autoencoder on molecules or expressions."""

from latentbo.callable_package import make_callable
from latentbo.train.command import main
from latentbo.train.options import build_parser

__all__ = ["build_parser", "main"]

make_callable(__name__, "latentbo.train.from_python", "train_model")
