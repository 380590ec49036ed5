"""Checks of features, common to all distances."""

from torch import Tensor

from latentbo.errors import InputError


def check_features(features: Tensor, name: str, at_least: int = 2) -> None:
    """Refuse features that are not an `n x d`-dim floating-point tensor of finite numbers.

    Args:
        features: The features.
        name: Their name for messages.
        at_least: The minimum number n of rows.

    Raises:
        InputError: If they cannot be used.
    """
    if features.ndim != 2 or not features.is_floating_point():
        raise InputError(
            f"{name} features are {tuple(features.shape)} of {features.dtype}; "
            "give an n x d tensor of floating-point numbers"
        )
    if len(features) < at_least or not features.shape[1]:
        raise InputError(
            f"{name} features are {len(features)} x {features.shape[1]}; "
            f"give at least {at_least} rows and one column"
        )
    if not features.isfinite().all():
        raise InputError(
            f"{name} features hold values that are not finite; look for nan in the images"
        )


def check_pair(first: Tensor, second: Tensor, at_least: int = 2) -> None:
    """Refuse two sets of features that cannot be compared.

    Raises:
        InputError: If a set cannot be used, or their numbers of columns differ.
    """
    check_features(first, "first", at_least)
    check_features(second, "second", at_least)
    if first.shape[1] != second.shape[1]:
        raise InputError(
            f"first features have {first.shape[1]} columns and second {second.shape[1]}; "
            "compute both with the same feature network"
        )
