"""Cache of vocabularies and tokens of whole data sets, keyed by hashes of their inputs."""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from latentbo.errors import ConfigurationError, DataError
from latentbo.representations.base import Rejected, Representation
from latentbo.representations.vocabulary import Vocabulary

#: Version of the vocabulary cache; raised when the same strings give another vocabulary.
VOCABULARY_FORM = 2


def build_with_cache(
    kind: type[Representation], strings: Sequence[str], cache: Path | None, **options: Any
) -> Representation:
    """Build the representation of a data set; its vocabulary is cached by a hash of its inputs.

    Args:
        kind: The representation.
        strings: The data.
        cache: Folder of the cache; None: no cache. A user's own class is not cached: its code may
            change from run to run.
        **options: As of `Representation.build`.

    Raises:
        ConfigurationError: As `Representation.build`.
    """
    grammar = options.get("grammar")
    merged = options.get("vocabulary_size") is not None
    if (
        cache is None or not _is_ours(kind) or (grammar is not None and not merged)
    ):  # taking productions is fast
        return kind.build(strings, **options)
    values = {name: value for name, value in options.items() if name != "grammar"}
    config = {"name": kind.name, "max_length": options["max_length"]}
    if grammar is not None:
        values["grammar"] = config["grammar"] = grammar.text
    digest = hashlib.sha256(json.dumps([kind.name, VOCABULARY_FORM, values]).encode() + b"\0")
    digest.update(kind.cache_version().encode() + b"\0" + "\n".join(strings).encode())
    path = cache / f"vocabulary-{digest.hexdigest()[:32]}.json"
    with contextlib.suppress(OSError, ValueError, ConfigurationError):
        content = json.loads(path.read_text(encoding="utf-8"))
        return kind.from_config(config, Vocabulary.from_json(content))
    built = kind.build(strings, **options)
    partial = path.with_suffix(f".{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(built.vocabulary.to_json()), encoding="utf-8")
        os.replace(partial, path)
    return built


def _is_ours(kind: type[Representation]) -> bool:
    return kind.__module__.startswith("latentbo.")


def encode_with_cache(
    representation: Representation, strings: Sequence[str], cache: Path | None
) -> tuple[Tensor, list[int], list[Rejected]]:
    """Encode strings in bulk; the result is cached in `cache` by a hash of its inputs.

    Returns:
        As `Representation.encode_bulk`.

    Raises:
        DataError: If no string can be encoded.
    """
    if not _is_ours(type(representation)):
        cache = None
    path = None if cache is None else cache / f"tokens-{_key(representation, strings)}.safetensors"
    loaded = None if path is None else _load(path, strings)
    tokens, positions, rejected = loaded or representation.encode_bulk(strings)
    if not positions:
        first = f" The first: {rejected[0].reason}" if rejected else ""
        raise DataError(f"none of {len(strings)} strings can be used.{first}")
    if path is not None and loaded is None:
        _save(path, tokens, positions, rejected)
    return tokens, positions, rejected


def _key(representation: Representation, strings: Sequence[str]) -> str:
    digest = hashlib.sha256(representation.cache_key().encode() + b"\0")
    digest.update("\n".join(strings).encode())
    return digest.hexdigest()[:32]


def _load(path: Path, strings: Sequence[str]) -> tuple[Tensor, list[int], list[Rejected]] | None:
    """Read a cached encoding; None if it is missing or damaged (and must be computed again)."""
    try:
        stored = load_file(path)
        reasons = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        rejected = [Rejected(i, strings[i], reason) for i, reason in reasons]
        tokens, positions = stored["tokens"], stored["positions"].tolist()
    except (OSError, SafetensorError, ValueError, TypeError, LookupError):
        return None
    complete = len(tokens) == len(positions) == len(strings) - len(rejected)
    return (tokens, positions, rejected) if complete else None


def _save(path: Path, tokens: Tensor, positions: list[int], rejected: list[Rejected]) -> None:
    """Write the cache; failure to write is not an error, only slower next time."""
    partial = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        reasons = [(r.position, r.reason) for r in rejected]
        path.with_suffix(".json").write_text(json.dumps(reasons), encoding="utf-8")
        save_file({"tokens": tokens, "positions": torch.tensor(positions)}, partial)
        os.replace(partial, path)
    except (OSError, SafetensorError):
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
