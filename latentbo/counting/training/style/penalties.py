"""Penalties of gradients, of the discriminator and of the generator.

References:
    L. Mescheder et al., "Which Training Methods for GANs do actually Converge?", ICML 2018 (R1);
    T. Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020, sections
    3.1 (lazy regularization) and 3.2 (path length).
"""

import torch
from torch import Tensor


def r1_penalty(realness: Tensor, images: Tensor) -> Tensor:
    """Return half the mean squared norm of the gradients of logits by their images: a scalar.

    Args:
        realness: Logits of real images, `n`.
        images: The images, `n x c x h x w`, that they were computed from.
    """
    (slopes,) = torch.autograd.grad(realness.float().sum(), images, create_graph=True)
    return slopes.float().square().sum((1, 2, 3)).mean() / 2


def path_lengths(images: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
    """Return how much images change with their styles, `n`.

    With J the derivative of an image by its styles and y a random image of norm about 1 a channel,
    it is the norm of Jᵀ y of a layer, in the root of the mean of squares over the layers.

    Args:
        images: An `n x c x h x w`-dim tensor.
        styles: What the images were computed from, `n x l x d`.
        noise: Standard normal numbers, `n x c x h x w`.
    """
    scale = 1 / (images.shape[2] * images.shape[3]) ** 0.5
    weighted = (images.float() * noise).sum() * scale
    (slopes,) = torch.autograd.grad(weighted, styles, create_graph=True)
    return slopes.float().square().sum(2).mean(1).sqrt()
