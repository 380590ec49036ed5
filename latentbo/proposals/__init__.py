"""New strings to consider: latent moves, edits of molecular graphs, and how far molecules lie."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
