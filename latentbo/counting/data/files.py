"""A data set with counts in a folder: one safetensors file per split, and manifest.json.

manifest.json        builder, settings, versions, and for each split: file, sha256, numbers
train.safetensors    images (n x c x h x w, bytes) and counts (n x k, int64); so for each split
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from latentbo import __version__
from latentbo.counting.data.dataset import SPLITS, CountData, CountDataset
from latentbo.errors import ConfigurationError, DataError

MANIFEST = "manifest.json"
FORMAT = "latentbo images with counts, version 1"


def check_target(directory: Path) -> None:
    """Check that a new data set can be written to a folder.

    Raises:
        ConfigurationError: If the path is a file or holds a data set.
    """
    if directory.exists() and not directory.is_dir():
        raise ConfigurationError(f"{directory} is a file; give a folder to write to")
    if (directory / MANIFEST).exists():
        raise ConfigurationError(
            f"{directory} holds a data set already ({MANIFEST}); give another folder, or remove it"
        )


def save_counts(data: CountData, directory: Path) -> Path:
    """Write a data set; the manifest is written last, so that a folder with one is complete.

    The same data give the same bytes.

    Args:
        data: The result of a builder.
        directory: A folder without a data set; created if missing.

    Returns:
        The manifest's path.

    Raises:
        ConfigurationError: If the folder cannot be used.
    """
    check_target(directory)
    directory.mkdir(parents=True, exist_ok=True)
    splits = {split: _save_split(part, directory) for split, part in data.splits.items()}
    manifest = {
        "format": FORMAT,
        "builder": data.builder,
        "settings": dict(data.settings),
        "sources": dict(data.sources),
        "class_names": next(iter(data.splits.values())).class_names,
        "splits": splits,
        "versions": {
            "latentbo": __version__,
            "numpy": np.__version__,
            "torch": str(torch.__version__),
        },
    }
    path = directory / MANIFEST
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


def _save_split(part: CountDataset, directory: Path) -> dict[str, Any]:
    path = directory / f"{part.split}.safetensors"
    save_file({"images": part.images.contiguous(), "counts": part.counts.contiguous()}, path)
    named = {",".join(map(str, counts)): n for counts, n in part.combinations().items()}
    return {
        "file": path.name,
        "sha256": _sha256(path),
        "images": list(part.images.shape),
        "combinations": named,
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(directory: Path | str) -> dict[str, Any]:
    """Read the manifest of a folder's data set.

    Raises:
        DataError: If the manifest is missing, damaged or of another format.
    """
    path = Path(directory) / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(
            f"{directory} holds no data set with counts ({MANIFEST} is missing); build one with "
            "python -m latentbo.counting.data"
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); build the data set again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(f"{path} is no manifest of the format {FORMAT!r}; build the data set again")
    names, splits = manifest.get("class_names"), manifest.get("splits")
    if not _are_names(names) or not isinstance(splits, dict) or not set(splits) <= set(SPLITS):
        raise DataError(f"{path} lacks class names or splits; build the data set again")
    return manifest


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def load_counts(directory: Path | str, split: str = "train") -> CountDataset:
    """Load a split of a data set from its folder.

    Args:
        directory: The folder.
        split: One of `SPLITS`.

    Raises:
        DataError: If the folder holds no data set, the split is missing, or its file is missing,
            was changed since, or has other content.
    """
    manifest = read_manifest(directory)
    if split not in manifest["splits"]:
        raise DataError(
            f"{directory} has no split {split!r}; it has {', '.join(manifest['splits']) or 'none'}"
        )
    declared = manifest["splits"][split]
    path = Path(directory) / f"{split}.safetensors"
    tensors = _read_split(path, declared)
    shape = list(tensors["images"].shape)
    if shape != declared.get("images"):
        raise DataError(f"{path}: images have shape {shape}, {MANIFEST} says {declared['images']}")
    return CountDataset(tensors["images"], tensors["counts"], tuple(manifest["class_names"]), split)


def _read_split(path: Path, declared: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    if not isinstance(declared, dict):
        raise DataError(f"{path.parent / MANIFEST} is damaged; build the data set again")
    try:
        found = _sha256(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error}); build the data set again") from error
    if found != declared.get("sha256"):
        raise DataError(
            f"{path} is not what was built: its sha256 is {found[:16]}…, {MANIFEST} says "
            f"{str(declared.get('sha256'))[:16]}…; build the data set again"
        )
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise DataError(f"{path} is no safetensors file ({error})") from error
    if set(tensors) != {"images", "counts"}:
        raise DataError(f"{path} holds {', '.join(sorted(tensors))}, not images and counts")
    return tensors
