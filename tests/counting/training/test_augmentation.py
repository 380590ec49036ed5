import pytest
import torch
from scipy.ndimage import label
from torch import Tensor

from latentbo.counting.training.style import AUGMENTATIONS, augment

Pair = tuple[Tensor, Tensor]


def scenes() -> Pair:
    """Forty images of 32 pixels with 0 to 9 bright squares on a floor of varying grey, as bytes."""
    random = torch.Generator().manual_seed(0)
    floor = torch.linspace(-0.9, -0.6, 32)[:, None].expand(32, 32)
    images = floor.repeat(40, 3, 1, 1)
    counts = torch.randint(0, 10, (40,), generator=random)
    for image, count in zip(images, counts.tolist(), strict=True):
        for place in torch.randperm(9, generator=random)[:count].tolist():
            top, left = 11 * (place // 3), 11 * (place % 3)  # the outer ones touch the edge
            image[:, top : top + 7, left : left + 7] = torch.tensor([0.9, 0.5, 0.7])[:, None, None]
    return images, counts


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_leave_the_counts_as_they_are(name: str) -> None:
    images, counts = scenes()
    changed = augment(images, [name], torch.ones(()), torch.Generator().manual_seed(1))
    assert changed.shape == images.shape
    different = (changed != images).flatten(1).any(1)
    # An empty floor is its own mirror image.
    assert different[counts > 0].float().mean() > 0.8
    for image, count in zip(changed.mean(1), counts.tolist(), strict=True):
        _, found = label((image > (image.min() + image.max()) / 2).numpy())
        assert found == count or not count


def test_only_some_images_undergo_an_augmentation() -> None:
    images = scenes()[0]
    same = augment(images, ["brightness"], torch.zeros(()), torch.Generator().manual_seed(0))
    assert same.equal(images)
    some = augment(images, ["brightness"], torch.tensor(0.3), torch.Generator().manual_seed(0))
    assert 0.1 < (some != images).flatten(1).any(1).float().mean() < 0.5


def test_augmentations_have_gradients_of_gradients() -> None:
    images = torch.randn(2, 3, 8, 8, requires_grad=True)
    random = torch.Generator().manual_seed(0)
    changed = augment(images, list(AUGMENTATIONS), torch.tensor(0.9), random)
    (slopes,) = torch.autograd.grad(changed.square().sum(), images, create_graph=True)
    slopes.square().sum().backward()
    assert images.grad is not None
    assert images.grad.abs().max() > 0
