"""Codes to new molecules that the oracle has not seen, with the codes these molecules really have.

A code is decoded, the string made canonical and put through the task's filter, known molecules are
dropped before anything is spent on them, and the rest is encoded again: the surrogate sees the code
of the molecule that would be evaluated, not the code it happened to be decoded from.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.representations import RepresentationError

__all__ = ["Accepted", "Candidates", "decode_candidates", "encode_known"]

TEMPERATURES = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Accepted:
    """What a task says of a decoded string.

    Args:
        string: The canonical string, None if there is no usable one.
        reason: `invalid` (no string of the task) or `filtered` (one that the user does not want);
            empty if accepted.
    """

    string: str | None
    reason: str = ""


@dataclass(frozen=True)
class Candidates:
    """New strings, their codes, and where they come from.

    Args:
        strings: n distinct canonical strings.
        codes: Their `n x d` codes (float32): encoded anew, not those that were decoded.
        sources: Row number of the proposal that each was decoded from.
        counts: How the decodes ended: `decoded` in all; among these `invalid`, `filtered`,
            `known` (evaluated before), `repeated` (twice in this batch), `not encodable`.
    """

    strings: list[str]
    codes: Tensor
    sources: list[int]
    counts: dict[str, int] = field(default_factory=dict)


def decode_candidates(
    model: TrainedModel,
    accept: Callable[[str], Accepted],
    codes: Tensor,
    known: Collection[str],
    seed: int,
) -> Candidates:
    """Decode `n x d` codes, a third each greedily and at temperatures 0.5 and 1."""
    generator = torch.Generator(device=model.device).manual_seed(seed)
    counts = Counter(
        {"decoded": len(codes), "invalid": 0, "filtered": 0, "known": 0, "repeated": 0}
    )
    found: dict[str, int] = {}
    start = 0
    for chunk, temperature in zip(codes.chunk(len(TEMPERATURES)), TEMPERATURES, strict=False):
        for row, decoded in enumerate(model.decode(chunk, temperature, generator), start=start):
            accepted = Accepted(None, "invalid")
            if decoded.string is not None:
                accepted = accept(decoded.string)
            if accepted.string is None:
                counts[accepted.reason] += 1
            elif accepted.string in known:
                counts["known"] += 1
            elif accepted.string in found:
                counts["repeated"] += 1
            else:
                found[accepted.string] = row
        start += len(chunk)
    new_codes, encodable = encode_known(model, list(found))
    counts["not encodable"] = len(found) - len(encodable)
    sources = [found[string] for string in encodable]
    return Candidates(encodable, new_codes, sources, dict(counts))


def encode_known(model: TrainedModel, strings: Sequence[str]) -> tuple[Tensor, list[str]]:
    """Encode what the model can hold: the `m x d` codes and the m strings they belong to."""
    rows, encodable = [], []
    for string in strings:
        try:
            rows.append(model.representation.encode([string]))
        except RepresentationError:
            continue
        encodable.append(string)
    if not rows:
        return torch.empty(0, model.num_dimensions), []
    return model.encode_tokens(torch.cat(rows)), encodable
