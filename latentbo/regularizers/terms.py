"""The terms of a regularizer by name, those that users add included."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from latentbo.registry import Registry

if TYPE_CHECKING:  # settings must not wait for torch
    import torch
    from torch import Tensor

    from latentbo.priors import GaussianMixturePrior
    from latentbo.regularizers.encoding import Encoding

#: From an encoding of n inputs, the prior in the precision and on the device of the codes, and the
#: source of random numbers, to a scalar that training makes small.
Term: TypeAlias = "Callable[[Encoding, GaussianMixturePrior, torch.Generator | None], Tensor]"

_SHIPPED = ("ks", "covariance", "mean", "sliced", "kl", "total-correlation", "mmd", "l2", "decoder")
#: Name -> term; None: one that `Regularizer` computes itself.
TERMS: "Registry[Term | None]" = Registry("term", dict.fromkeys(_SHIPPED))


def register_term(name: str, term: Term) -> None:
    """Let regularizers find a term by its name, also on command lines.

    The term is used as it is: it is not divided by a noise floor.

    Args:
        name: For `--term-weights NAME=WEIGHT`, and for `term_weights` of `RegularizerConfig` and
            `TrainingConfig`.
        term: A differentiable function of the codes; see `Term`.

    Raises:
        ConfigurationError: If the name cannot be used.

    Example:
        >>> def largest_square(encoding, prior, generator):
        ...     return encoding.codes.square().amax(1).mean()
        >>> register_term("largest-square", largest_square)
        >>> config = RegularizerConfig("gmm-ks", {"largest-square": 0.1})
    """
    TERMS.register(name, term)
