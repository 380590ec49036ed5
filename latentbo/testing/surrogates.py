"""The contract of a surrogate on strings."""

import json
from collections.abc import Sequence

import torch
from torch import Tensor

from latentbo.acquisition import StringSurrogate
from latentbo.optimizer.own_surrogates import FitStrings
from latentbo.testing.contract import require, twice

NUM_SAMPLES = 200


def check_string_surrogate(
    fit: FitStrings, strings: Sequence[str], values: Sequence[float], others: Sequence[str]
) -> None:
    """Check that `hybrid` can use a surrogate on strings.

    Means, deviations and samples have the right shapes and are finite, also for no string, for few
    data and for constant values; they are the same for the same arguments and seed, and in the
    unit of the values.

    Args:
        fit: Fits the surrogate.
        strings: At least four strings to learn from.
        values: The value of each.
        others: At least two strings that are not among them.

    Raises:
        ContractError: If it does not keep the contract.
    """
    require(len(strings) == len(values) > 3, "give check_string_surrogate four values or more")
    require(len(others) > 1, "give check_string_surrogate two further strings or more")
    learned = torch.tensor(values, dtype=torch.float64)
    for number in (2, len(strings)):
        _check_fit(fit, strings[:number], learned[:number], others)
    _check_fit(fit, strings, torch.full_like(learned, 3.0), others)
    mean, deviation, _ = _outputs(fit, strings, learned, others)
    scaled = _outputs(fit, strings, 1000 * learned + 5000, others)
    fits = torch.allclose(scaled[0], 1000 * mean + 5000, rtol=0.05, atol=1.0)
    fits &= torch.allclose(scaled[1], 1000 * deviation, rtol=0.05, atol=1.0)
    require(
        fits,
        "the surrogate depends on the unit of the values: standardise them, and return means and "
        "deviations in their unit",
    )


def _check_fit(
    fit: FitStrings, strings: Sequence[str], values: Tensor, others: Sequence[str]
) -> None:
    place = f"the surrogate of {len(strings)} strings"
    first, second = twice(lambda: _outputs(fit, strings, values.clone(), others))
    mean, deviation, samples = first
    number = len(others)
    require(mean.shape == deviation.shape == (number,), f"{place}: predict must return n, n")
    require(samples.shape == (NUM_SAMPLES, number), f"{place}: sample must be num_samples x n")
    for name, tensor in (("mean", mean), ("deviation", deviation), ("sample", samples)):
        require(tensor.isfinite().all(), f"{place}: a {name} is not finite")
    require((deviation >= 0).all(), f"{place}: a deviation is negative")
    same = all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    require(same, f"{place} differs between two calls: draw from generators that have the seed")


def _outputs(
    fit: FitStrings, strings: Sequence[str], values: Tensor, others: Sequence[str]
) -> tuple[Tensor, Tensor, Tensor]:
    surrogate: StringSurrogate = fit(list(strings), values, 5)
    nothing = surrogate.predict([])
    require([len(each) for each in nothing] == [0, 0], "predict([]) must return two empty tensors")
    facts = dict(getattr(surrogate, "hyperparameters", {}))
    try:
        json.dumps(facts, allow_nan=False)
    except (TypeError, ValueError) as error:
        require(False, f"hyperparameters are no JSON ({error}): give plain, finite numbers")
    mean, deviation = surrogate.predict(list(others))
    return mean, deviation, surrogate.sample(list(others), NUM_SAMPLES, 6)
