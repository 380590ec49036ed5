"""Bayesian optimization in the latent space of deep generative models."""

__all__ = ["__version__"]

__version__ = "0.1.0"
