"""Autoencoders of images: data, networks, training, metrics, robustness (chapters 4.4 and 5)."""
