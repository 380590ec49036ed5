"""Shared parts of the experiments on count-conditioned images."""
