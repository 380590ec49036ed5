"""Distances of latent codes to a prior: pure functions, and their weighted sum."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
