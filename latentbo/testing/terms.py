"""The contract of a term of a regularizer."""

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, Term
from latentbo.testing.contract import require, twice

DIMENSIONS = 5


def check_term(term: Term) -> None:
    """Check that a regularizer can use a term.

    It returns one finite number, in the precision of the codes, for small and large batches; the
    number has a finite gradient; the codes stay as they are; random numbers come from the generator
    alone.

    Raises:
        ContractError: If it does not keep the contract.
    """
    prior = GaussianMixturePrior.one_hot(DIMENSIONS)
    for number, dtype in ((2, torch.float32), (100, torch.float32), (100, torch.float64)):
        codes = prior.sample(number, torch.Generator().manual_seed(number)).to(dtype)
        _check_batch(term, codes, prior.to(codes.device, dtype))


def _check_batch(term: Term, drawn: Tensor, prior: GaussianMixturePrior) -> None:
    name = getattr(term, "__name__", type(term).__name__)
    place = f"{name} of {len(drawn)} codes in {drawn.dtype}"

    def call() -> tuple[Tensor, Tensor]:
        codes = drawn.clone().requires_grad_()
        loss = term(Encoding(codes, mean=codes), prior, torch.Generator().manual_seed(3))
        require(isinstance(loss, Tensor), f"{place} returns {loss!r}: give a tensor")
        require(loss.ndim == 0, f"{place} has the shape {tuple(loss.shape)}: give one number")
        require(loss.dtype == drawn.dtype, f"{place} returns {loss.dtype}: keep that of the codes")
        require(loss.isfinite(), f"{place} is {loss.item()}: give a finite number")
        require(loss.requires_grad, f"{place} has no gradient: use torch's functions of the codes")
        (gradient,) = torch.autograd.grad(loss, codes, allow_unused=True)
        require(gradient is not None, f"{place} does not depend on the codes")
        require(gradient.isfinite().all(), f"{place} has a gradient that is not finite")
        require(torch.equal(codes.detach(), drawn), f"{place} changes the codes: copy them first")
        return loss.detach(), gradient

    first, second = twice(call)
    require(
        all(torch.equal(one, other) for one, other in zip(first, second, strict=True)),
        f"{place} differs between two calls: draw random numbers from the generator it is given",
    )
