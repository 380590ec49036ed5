"""A small classifier on codes, to measure the effect of attacks on downstream models.

References:
    A. Saseendran, thesis, University of Siegen, 2023, section 5.4.6 and table 5.7.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from latentbo.errors import InputError
from latentbo.settings import check, setting


@dataclass(frozen=True)
class CodeClassifierConfig:
    """Settings of the classifier and its training; as published, except `width` and `seed`.

    Args:
        width: Units of the hidden layer, not given in the thesis.
        epochs: Passes over the codes.
        batch_size: Codes per step.
        learning_rate: Of Adam.
        seed: Of the initial weights and the order of codes.

    Raises:
        ConfigurationError: If a value is not positive.
    """

    width: int = setting(100, at_least=1)
    epochs: int = setting(25, at_least=1)
    batch_size: int = setting(100, at_least=1)
    learning_rate: float = setting(0.01, more_than=0)
    seed: int = 0

    def __post_init__(self) -> None:
        check(self)


def train_code_classifier(
    codes: Tensor, labels: Tensor, num_classes: int, config: CodeClassifierConfig | None = None
) -> nn.Module:
    """Train two layers with a ReLU between them by cross entropy.

    Args:
        codes: An `n x d`-dim tensor.
        labels: An `n`-dim tensor of classes, from 0.
        num_classes: Number of classes.
        config: Settings; None: the published ones.

    Returns:
        A module from `m x d` codes to `m x num_classes` logits, in evaluation mode, on the codes'
        device.

    Raises:
        InputError: If codes and labels do not fit each other, or the classes.
    """
    config = config or CodeClassifierConfig()
    _check(codes, labels, num_classes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        layers = (nn.Linear(codes.shape[1], config.width), nn.Linear(config.width, num_classes))
    network = nn.Sequential(layers[0], nn.ReLU(), layers[1]).to(codes)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    generator = torch.Generator().manual_seed(config.seed)
    labels = labels.to(codes.device)
    for _ in range(config.epochs):
        order = torch.randperm(len(codes), generator=generator).to(codes.device)
        for rows in order.split(config.batch_size):
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(network(codes[rows]), labels[rows]).backward()
            optimizer.step()
    return network.eval()


@torch.no_grad()
def predicted_classes(classifier: nn.Module, codes: Tensor) -> Tensor:
    """Return the most probable class of `n x d` codes: `n`."""
    classes: Tensor = classifier(codes).argmax(1)
    return classes


def classification_accuracy(classifier: nn.Module, codes: Tensor, labels: Tensor) -> float:
    """Return the share of `n x d` codes whose class is their label (`n`).

    Raises:
        InputError: If there are no codes, or codes and labels differ in number.
    """
    if not len(codes) or len(codes) != len(labels):
        raise InputError(f"{len(codes)} codes have {len(labels)} labels: give one for each")
    return float((predicted_classes(classifier, codes) == labels.to(codes.device)).double().mean())


def _check(codes: Tensor, labels: Tensor, num_classes: int) -> None:
    if codes.ndim != 2 or labels.shape != codes.shape[:1] or not len(codes):
        raise InputError(
            f"codes are {tuple(codes.shape)} and labels {tuple(labels.shape)}: give an n x d and "
            f"an n-dim tensor"
        )
    if int(labels.min()) < 0 or int(labels.max()) >= num_classes:
        raise InputError(
            f"labels reach from {int(labels.min())} to {int(labels.max())}: {num_classes} classes "
            f"are 0 to {num_classes - 1}"
        )
