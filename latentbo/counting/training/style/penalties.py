"""Penalties on the gradients of discriminator and generator.

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
        images: The images, `n x c x h x w`, inputs of these logits.
    """
    (slopes,) = torch.autograd.grad(realness.float().sum(), images, create_graph=True)
    return slopes.float().square().sum((1, 2, 3)).mean() / 2


def path_lengths(images: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
    """Return the path lengths, the rate of change of images with their styles, `n`.

    With J the derivative of an image by its styles and y a random image of norm about 1 per
    channel, it is the root mean square over the layers of the norm of Jᵀ y.

    Args:
        images: An `n x c x h x w`-dim tensor.
        styles: The styles of the images, `n x l x d`.
        noise: Standard normal numbers, `n x c x h x w`.
    """
    scale = 1 / (images.shape[2] * images.shape[3]) ** 0.5
    weighted = (images.float() * noise).sum() * scale
    (slopes,) = torch.autograd.grad(weighted, styles, create_graph=True)
    return slopes.float().square().sum(2).mean(1).sqrt()
