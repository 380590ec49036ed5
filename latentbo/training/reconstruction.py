"""Reconstruction losses: cross-entropy per token, and the binary one of the published models.

Both return a sum and its divisor, so that a batch can be computed in parts.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017, and the code beside it.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from latentbo.representations import END, PAD

#: Keras' clipping of probabilities; here only near 1, where the loss would be infinite. A true
#: class of tiny probability keeps its gradient.
EPSILON = 1e-7


def cross_entropy_loss(
    logits: Tensor, targets: Tensor, allowed: Tensor | None, everywhere: bool
) -> tuple[Tensor, Tensor]:
    """Cross-entropy of tokens, with the end and without padding.

    Args:
        logits: An `n x length x vocabulary`-dim tensor.
        targets: The `n x length` true tokens.
        allowed: Boolean, `vocabulary x vocabulary`: the alternatives to each true token; None: all.
        everywhere: Has no effect here: nothing is decoded after the end.

    Returns:
        The sum, and the number of tokens.
    """
    del everywhere
    logits = _masked(logits, targets, allowed)
    flat = targets.flatten()
    total = cross_entropy(logits.flatten(0, 1), flat, ignore_index=PAD, reduction="sum")
    return total, (flat != PAD).sum()


def binary_loss(
    logits: Tensor, targets: Tensor, allowed: Tensor | None, everywhere: bool
) -> tuple[Tensor, Tensor]:
    """Binary cross-entropy of the probability of each class, summed over the positions.

    The published loss, `max_length` times the mean over positions and classes. Probabilities are a
    softmax over the alternatives to the true token. Classes are the symbols and "nothing" (END and
    PAD, with END's logit).

    Args:
        logits: An `n x length x vocabulary`-dim tensor.
        targets: The `n x length` true tokens.
        allowed: Boolean, `vocabulary x vocabulary`: the alternatives to each true token; None: all.
        everywhere: Whether positions after the end count, as in the published loss (under a grammar
            they add zero: "nothing" has no alternative there).

    Returns:
        The sum over rows, positions and classes, and the number of rows times classes.
    """
    inside = targets != PAD
    targets = targets.masked_fill(~inside, END)
    logits = _masked(logits, targets, allowed)[..., END:]
    classes = (targets - END)[..., None]
    logs = logits.log_softmax(-1)
    rest = torch.log1p(-logs.exp().clamp(max=1 - EPSILON))
    sums = (rest - logs).gather(-1, classes)[..., 0] - rest.sum(-1)
    if not everywhere:
        sums = sums.masked_fill(~inside, 0)
    return sums.sum(), sums.new_tensor(len(targets) * logits.shape[-1])


#: Name -> loss.
LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor | None, bool], tuple[Tensor, Tensor]]] = {
    "cross-entropy": cross_entropy_loss,
    "binary": binary_loss,
}


def _masked(logits: Tensor, targets: Tensor, allowed: Tensor | None) -> Tensor:
    return logits if allowed is None else logits.masked_fill(~allowed[targets], -torch.inf)
