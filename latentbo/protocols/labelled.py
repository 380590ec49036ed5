"""Labelled strings, with codes and values: the initial data of a protocol, free of cost."""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from latentbo.errors import DataError
from latentbo.models import TrainedModel
from latentbo.objectives import Objective
from latentbo.objectives.labels import score_all
from latentbo.representations.cached import encode_with_cache


@dataclass(frozen=True)
class Labelled:
    """Strings that a model can encode and that have a value.

    Args:
        strings: n canonical strings.
        codes: Their `n x d` codes.
        values: Their `n` values (double), always maximised.
        left_out: Number of skipped strings, by reason.

    Raises:
        ValueError: If the numbers of rows differ.
    """

    strings: list[str]
    codes: Tensor
    values: Tensor
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.values.shape != (len(self.strings),):
            raise ValueError(
                f"expected codes n x d and values n for {len(self.strings)} strings, got "
                f"{tuple(self.codes.shape)} and {tuple(self.values.shape)}"
            )
        if len(self.codes) != len(self.strings):
            raise ValueError(f"{len(self.strings)} strings, but {len(self.codes)} codes")

    def __len__(self) -> int:
        return len(self.strings)

    def rows(self, chosen: Tensor) -> "Labelled":
        """Return some rows, selected by an index or boolean tensor."""
        numbers = chosen.nonzero()[:, 0] if chosen.dtype == torch.bool else chosen
        strings = [self.strings[row] for row in numbers.tolist()]
        return Labelled(strings, self.codes[numbers], self.values[numbers], self.left_out)


def label(
    model: TrainedModel, objective: Objective, strings: Sequence[str], cache: Path | None = None
) -> Labelled:
    """Encode and score strings; strings without a code or a value are skipped.

    Args:
        model: The autoencoder.
        objective: Scores every string; these oracle calls do not count towards the budget.
        strings: Canonical strings.
        cache: A folder for tokens, codes and values, under hashes of all that they depend on.

    Raises:
        DataError: If no string is left.
    """
    codes, positions = _encode(model, strings, cache)
    held = [strings[position] for position in positions]
    values = score_all(objective, held, cache)
    usable = torch.isfinite(values)
    left_out = {
        "not representable by the model": len(strings) - len(held),
        "without a value": int((~usable).sum()),
    }
    if not usable.any():
        raise DataError(
            f"the objective {objective.name} has no value for any of the {len(held)} strings that "
            f"the model holds: give other data, or fix the objective"
        )
    return Labelled(held, codes, values, left_out).rows(usable)


def _encode(
    model: TrainedModel, strings: Sequence[str], cache: Path | None
) -> tuple[Tensor, list[int]]:
    """Return the codes of the strings that can be encoded, and their positions."""
    tokens, positions, _ = encode_with_cache(model.representation, strings, cache)
    path = None
    if cache is not None:
        path = cache / f"codes-{_fingerprint(model, tokens)}.safetensors"
    codes = _read(path, (len(positions), model.num_dimensions))
    if codes is None:
        codes = model.encode_tokens(tokens)
        _write(path, codes)
    return codes, positions


def _fingerprint(model: TrainedModel, tokens: Tensor) -> str:
    """Hash all that codes depend on: weights, sizes, representation, tokens, kind of device."""
    digest = hashlib.sha256(json.dumps(model.to_config(), sort_keys=True, default=str).encode())
    digest.update("\n".join(model.representation.vocabulary.symbols).encode())
    digest.update(model.device.type.encode())
    for name, tensor in sorted(model.network.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    digest.update(tokens.contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def _read(path: Path | None, shape: tuple[int, int]) -> Tensor | None:
    """Return cached codes; None if they are missing or damaged (and must be computed again)."""
    if path is None:
        return None
    try:
        codes = load_file(path)["codes"]
    except (OSError, SafetensorError, KeyError):
        return None
    return codes if codes.shape == shape else None


def _write(path: Path | None, codes: Tensor) -> None:
    """Cache codes; failure to write is not an error, only slower next time."""
    if path is None:
        return
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"codes": codes.contiguous()}, partial)
        os.replace(partial, path)
    except (OSError, SafetensorError):
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
