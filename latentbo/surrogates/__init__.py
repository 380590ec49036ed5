"""Codes and values to botorch models."""

from latentbo.surrogates.sparse_gp import FittedSurrogate, SparseGPConfig, fit_sparse_gp

__all__ = ["FittedSurrogate", "SparseGPConfig", "fit_sparse_gp"]
