r"""The posterior of a fitted sparse Gaussian process as two small matrices.

gpytorch's own posterior uses all training data in each evaluation. An optimizer of an acquisition
function evaluates it some thousand times: here that costs the kernel with the inducing points and
two products with precomputed matrices. The equations are Titsias' (see `sparse_gp`): those of
`sparse_posterior` without the part that the inducing points leave unexplained in the noise of rows.
"""

import warnings
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # Importing botorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    from botorch.models.model import Model
    from botorch.posteriors import GPyTorchPosterior
    from gpytorch.distributions import MultivariateNormal
    from linear_operator import to_linear_operator

from latentbo.surrogates.repeated_noise import row_noise

JITTER = 1e-6


class ConditionedGP(Model):
    """A fitted sparse Gaussian process, conditioned on its data once.

    Its posterior has mean `c + a^T k(x)` and covariance `k(x, x') - k(x)^T C k(x')`, where `k(x)`
    is the kernel with the inducing points.

    Args:
        model: The `model` of a `FittedSurrogate` of `fit_sparse_gp`, in evaluation mode.
    """

    num_outputs = 1

    @torch.no_grad()
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.kernel = model.covar_module.base_kernel
        self.inducing = model.covar_module.inducing_points.detach()
        self.constant = model.mean_module.constant.detach()
        (train_Z,), targets = model.train_inputs, model.train_targets
        one = torch.eye(len(self.inducing)).to(train_Z)
        factor = torch.linalg.cholesky(self._prior(self.inducing, self.inducing) + JITTER * one)
        v = torch.linalg.solve_triangular(factor, self._prior(self.inducing, train_Z), upper=False)
        weighted = v / row_noise(model.likelihood)
        lower = torch.linalg.cholesky(one + weighted @ v.mT)
        unwhitened = torch.linalg.solve_triangular(factor, one, upper=False)
        total = weighted @ (targets - self.constant)
        self.weights = unwhitened.mT @ torch.cholesky_solve(total[:, None], lower)
        self.reduction = unwhitened.mT @ (one - torch.cholesky_inverse(lower)) @ unwhitened

    def _prior(self, x1: Tensor, x2: Tensor) -> Tensor:
        covariance: Tensor = self.kernel.forward(x1, x2)
        return covariance

    def posterior(self, X: Tensor, *_: Any, **__: Any) -> GPyTorchPosterior:
        """Return the joint posterior of the function, without noise, at `batch x n x d` points."""
        k = self._prior(X, self.inducing)
        mean = self.constant + (k @ self.weights)[..., 0]
        covariance = self._prior(X, X) - k @ self.reduction @ k.mT
        # An operator is factorised only when used, with jitter where needed.
        return GPyTorchPosterior(MultivariateNormal(mean, to_linear_operator(covariance)))
