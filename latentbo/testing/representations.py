"""The contract of a representation of strings as tokens."""

import json
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from latentbo.representations import (
    END,
    REPRESENTATIONS,
    DecodeStatus,
    Representation,
    RepresentationError,
    Vocabulary,
)
from latentbo.testing.contract import require, twice

NUM_RANDOM = 50


def check_representation(
    kind: type[Representation], strings: Sequence[str], max_length: int = 100, **options: Any
) -> None:
    """Check that models can be trained with a representation, saved, loaded and decoded.

    Every string comes back from its tokens; the decoder mask allows these tokens, and whatever it
    allows can be decoded; settings and vocabulary survive JSON; a string that cannot be represented
    raises a `RepresentationError`.

    Args:
        kind: The class.
        strings: Strings that it can represent, as it writes them itself.
        max_length: Number of token positions of a row, the end token included.
        options: Further arguments of `build`, such as a grammar.

    Raises:
        ContractError: If it does not keep the contract.
    """
    name = kind.__name__
    require(isinstance(getattr(kind, "name", None), str), f"{name}.name is no text")
    made, again = twice(lambda: kind.build(strings, max_length, **options))
    tokens = made.encode(strings)
    require(
        made.vocabulary == again.vocabulary and torch.equal(tokens, again.encode(strings)),
        f"{name}.build makes another vocabulary of the same strings: sort what sets hold",
    )
    for string, decoded in zip(strings, made.decode(tokens), strict=True):
        require(
            decoded.string == string,
            f"{name} reads {string!r} back as {decoded.string!r} ({decoded.status}): "
            f"join must undo symbols",
        )
    _check_mask(made, tokens)
    _check_saved(kind, made, strings, tokens)
    for odd in ("", strings[0] * max_length, "\0"):
        _check_refusal(made, odd)


def _check_mask(representation: Representation, tokens: Tensor) -> None:
    """Check that the mask allows rows of strings, and that rows that it allows can be decoded."""
    name, device = type(representation).__name__, torch.device("cpu")
    mask = representation.decoder_mask(len(tokens), device)
    inside = torch.ones(len(tokens), dtype=torch.bool)
    for column in tokens.T:
        allowed = mask.allowed().expand(len(tokens), len(representation.vocabulary))
        fits = allowed[torch.arange(len(tokens)), column] | ~inside
        require(fits.all(), f"the decoder mask of {name} forbids a token of one of the strings")
        mask.advance(column)
        inside &= column != END
    generator = torch.Generator().manual_seed(0)
    mask, rows = representation.decoder_mask(NUM_RANDOM, device), []
    for _ in range(representation.decode_length):
        weights = mask.allowed().expand(NUM_RANDOM, len(representation.vocabulary)).float()
        rows.append(torch.multinomial(weights, 1, generator=generator)[:, 0])
        mask.advance(rows[-1])
    for decoded in representation.decode(torch.stack(rows, 1)):
        is_complete = decoded.status is DecodeStatus.COMPLETE
        require(
            is_complete == bool(decoded.string),
            f"{name} decodes {decoded.string!r} with the status {decoded.status}",
        )


def _check_saved(
    kind: type[Representation], made: Representation, strings: Sequence[str], tokens: Tensor
) -> None:
    config: dict[str, Any] = json.loads(json.dumps(made.to_config()))
    vocabulary = Vocabulary.from_json(json.loads(json.dumps(made.vocabulary.to_json())))
    name = kind.__name__
    require(config.get("name") == kind.name, f"{name}.to_config does not hold its name")
    require(
        REPRESENTATIONS.get(kind.name) is kind,
        f"models with {name} cannot be loaded: call latentbo.register_representation({name})",
    )
    loaded = kind.from_config(config, vocabulary)
    require(
        torch.equal(loaded.encode(strings), tokens) and loaded.cache_key() == made.cache_key(),
        f"{name}.from_config(to_config()) gives other tokens: put all settings into to_config",
    )


def _check_refusal(representation: Representation, odd: str) -> None:
    name = type(representation).__name__
    try:
        representation.indices(odd)
    except RepresentationError:
        return
    except Exception as error:
        shown = f"{name} fails with {type(error).__name__} for {odd[:20]!r}"
        require(False, f"{shown}: raise a RepresentationError, so that the string is left out")
        raise
    require(False, f"{name} has tokens for {odd[:20]!r}: raise a RepresentationError")
