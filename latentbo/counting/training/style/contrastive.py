"""ContraGAN's loss of images and their requested counts."""

import torch
from torch import Tensor

TEMPERATURE = 1.0


def contrastive_loss(embedded: Tensor, wanted: Tensor, counts: Tensor) -> Tensor:
    """Contrastive loss between images, their counts' vectors and images of equal counts: a scalar.

    For image i it is minus the log of the share that its counts' vector and the images of equal
    counts have of exp(similarity), summed over that vector and all other images.

    Args:
        embedded: Embeddings of the images, `n x e`, rows of norm 1.
        wanted: Embeddings of their counts, `n x e`, rows of norm 1.
        counts: The counts, `n x k`.

    References:
        M. Kang and J. Park, "ContraGAN", NeurIPS 2020, equation 8.
    """
    own = (embedded * wanted).sum(1, keepdim=True)
    alike = embedded @ embedded.T
    others = ~torch.eye(len(counts), dtype=torch.bool, device=counts.device)
    same = (counts[:, None] == counts[None]).all(2) & others
    totals = [
        torch.cat([own, alike.masked_fill(~mask, -torch.inf)], 1) / TEMPERATURE
        for mask in (same, others)
    ]
    return (totals[1].logsumexp(1) - totals[0].logsumexp(1)).mean()
