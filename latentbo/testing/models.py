"""The contract of a user's encoder and decoder."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.proposals import LatentModel, ModelMoves
from latentbo.testing.contract import require, twice
from latentbo.testing.sources import check_source


def check_model(model: LatentModel, strings: Sequence[str]) -> None:
    """Check that `ModelMoves` can search the latent space of a model.

    Codes are finite, have the prior's dimensions, and are the same whenever they are computed; each
    code is decoded to a string or to None; random numbers come from the generator alone; a
    string that cannot be encoded raises an `InputError`.

    Args:
        model: The model.
        strings: Strings that it can encode, at least two.

    Raises:
        ContractError: If it does not keep the contract.
    """
    name = type(model).__name__
    codes, again = twice(lambda: model.encode(list(strings)))
    size = (len(strings), model.prior.num_dimensions)
    require(isinstance(codes, Tensor), f"{name}.encode returns no tensor")
    require(tuple(codes.shape) == size, f"{name}.encode returns {tuple(codes.shape)}, not {size}")
    require(codes.dtype == torch.float32, f"{name}.encode returns {codes.dtype}: give float32")
    require(codes.isfinite().all(), f"{name}.encode returns a code that is not finite")
    require(torch.equal(codes, again), f"{name}.encode differs between two calls")
    _check_decode(model, codes)
    try:
        odd = model.encode(["\0"])
        require(odd.isfinite().all(), f"{name}.encode: the code of an odd string is not finite")
    except InputError:
        pass
    except Exception as error:
        require(
            isinstance(error, AssertionError),
            f"{name}.encode fails with {type(error).__name__} for an odd string: raise an "
            f"InputError, so that it is left out",
        )
        raise
    check_source(ModelMoves(model, "checked"), strings)


def _check_decode(model: LatentModel, codes: Tensor) -> None:
    place = f"{type(model).__name__}.decode"
    for temperature in (0.0, 1.0):
        temperatures = torch.full((len(codes),), temperature)

        def decode(temperatures: Tensor = temperatures) -> list[str | None]:
            return list(model.decode(codes, temperatures, torch.Generator().manual_seed(4)))

        first, second = twice(decode)
        require(len(first) == len(codes), f"{place} returns {len(first)} of {len(codes)} strings")
        require(
            all(isinstance(each, str | None) for each in first),
            f"{place} returns something that is neither a string nor None",
        )
        require(first == second, f"{place} differs between two calls: use the generator")
