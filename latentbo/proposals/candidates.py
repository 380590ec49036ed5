"""Codes to new molecules that the oracle has not seen, with the codes these molecules really have.

A code is decoded, the string made canonical and put through the task's filter, known molecules are
dropped before anything is spent on them, and the rest is encoded again: the surrogate sees the code
of the molecule that would be evaluated, not the code it happened to be decoded from.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.representations import Decoded, DecodeStatus, RepresentationError
from latentbo.tasks.accepted import Accepted

TEMPERATURES = (0.0, 0.5, 1.0)
# What may become of a decode before it is a candidate, beside what happens when it is encoded.
LOST = ("unfinished", "invalid", "filtered", "known")


@dataclass(frozen=True)
class Candidates:
    """New strings, their codes, and how their decoding went.

    Args:
        strings: n distinct canonical strings.
        codes: Their `n x d` codes (float32): encoded anew, not those that were decoded.
        counts: How the decodes ended: `decoded` in all; among these `unfinished` (ran out of
            length), `invalid`, `filtered`, `known` (evaluated before, or found twice), `not
            encodable`, `inconsistent`; of the filtered, how many each rule refused (names that
            begin with `latentbo.tasks.RULE`).
    """

    strings: list[str]
    codes: Tensor
    counts: dict[str, int] = field(default_factory=dict)


def decode_candidates(
    model: TrainedModel,
    accept: Callable[[str], Accepted],
    codes: Tensor,
    known: Collection[Hashable],
    seed: int,
    consistent: bool = True,
    identity: Callable[[str], Hashable] = str,
    temperatures: Sequence[float] = TEMPERATURES,
) -> Candidates:
    """Decode `n x d` codes, a part of them at each temperature.

    Args:
        model: The autoencoder.
        accept: Makes a decoded string canonical, or refuses it.
        codes: What to decode.
        known: Identities of strings that are not to be found again.
        seed: Of the sampled decodes.
        consistent: Keep only strings that the model reconstructs (encode, then decode greedily).
            What it does not is mostly the decoder's slip, such as a ring closed at the wrong atom:
            the one thing about a candidate's value that can be known without asking the oracle.
        identity: Strings with equal identities have equal values; only one of them is kept.
        temperatures: Of the decodes; 0 is greedy.
    """
    generator = torch.Generator(device=model.device).manual_seed(seed)
    scales = in_equal_parts(temperatures, len(codes))
    decoded = _accepted(model, accept, codes, scales, generator)
    return _candidates(model, accept, decoded, known, generator, consistent, identity)


def accept_candidates(
    model: TrainedModel,
    accept: Callable[[str], Accepted],
    strings: Sequence[str | None],
    known: Collection[Hashable],
    seed: int,
    consistent: bool = True,
    identity: Callable[[str], Hashable] = str,
) -> Candidates:
    """Return the candidates among strings, as `decode_candidates` does for those that it decodes.

    Args:
        model: The autoencoder.
        accept: Makes a string canonical, or refuses it.
        strings: Proposed; None: a failed proposal.
        known: Identities of strings that are not to be found again.
        seed: Of the decodes that show whether strings are reconstructed.
        consistent: Keep only strings that the model reconstructs.
        identity: Strings with equal identities have equal values.
    """
    generator = torch.Generator(device=model.device).manual_seed(seed)
    judged = [Accepted(None, "invalid") if string is None else accept(string) for string in strings]
    return _candidates(model, accept, judged, known, generator, consistent, identity)


def _candidates(
    model: TrainedModel,
    accept: Callable[[str], Accepted],
    rows: Sequence[Accepted],
    known: Collection[Hashable],
    generator: torch.Generator,
    consistent: bool,
    identity: Callable[[str], Hashable],
) -> Candidates:
    counts = Counter({"decoded": len(rows), **dict.fromkeys(LOST, 0)})
    found: dict[Hashable, str] = {}
    for accepted in rows:
        if accepted.string is None:
            counts.update(accepted.ends)
            continue
        key = identity(accepted.string)
        if key in known or key in found:
            counts["known"] += 1
        else:
            found[key] = accepted.string
    new_codes, strings = encode_known(model, list(found.values()))
    counts["not encodable"] = len(found) - len(strings)
    if consistent:
        again = _accepted(model, accept, new_codes, 0.0, generator)
        kept = [i for i, row in enumerate(again) if row.string == strings[i]]
        counts["inconsistent"] = len(strings) - len(kept)
        new_codes, strings = new_codes[kept], [strings[i] for i in kept]
    return Candidates(strings, new_codes, dict(counts))


def in_equal_parts(temperatures: Sequence[float], number: int) -> Tensor:
    """Return a temperature for each of `number` codes: the first for the first part, and so on.

    All are then decoded together, which takes half the time of one part after the other.
    """
    parts = torch.arange(number) * len(temperatures) // max(1, number)
    return torch.tensor(temperatures)[parts]


def _accepted(
    model: TrainedModel,
    accept: Callable[[str], Accepted],
    codes: Tensor,
    temperature: float | Tensor,
    generator: torch.Generator,
) -> list[Accepted]:
    return [_judge(row, accept) for row in model.decode(codes, temperature, generator)]


def _judge(row: Decoded, accept: Callable[[str], Accepted]) -> Accepted:
    if row.string is not None:
        return accept(row.string)
    return Accepted(None, "unfinished" if row.status is DecodeStatus.UNFINISHED else "invalid")


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
