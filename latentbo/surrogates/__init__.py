"""Codes and values to botorch models."""

from latentbo.surrogates.kernels import LinearCountKernel, TanimotoKernel
from latentbo.surrogates.sparse_gp import FittedSurrogate, SparseGPConfig, fit_sparse_gp

__all__ = [
    "FittedSurrogate",
    "LinearCountKernel",
    "SparseGPConfig",
    "TanimotoKernel",
    "fit_sparse_gp",
]
