"""Where named data sets are looked for: a given file, a folder, a cache, their public address."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from latentbo.data.strings import Line, read_strings
from latentbo.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """A public data set of strings.

    Args:
        filename: Its name in the folder that `LATENTBO_DATA_DIR` names, and in the cache.
        url: Its public address; what it gives is checked against `sha256`.
        sha256: Of the lines' strings, each followed by a line feed (see `content_hash`); the
            compression may differ.
        source: Where it comes from and under which licence.
        label: What people call it.
        whole_lines: Whether its strings are whole lines (see `read_strings`).
    """

    filename: str
    url: str
    sha256: str
    source: str
    label: str
    whole_lines: bool = False

    @property
    def name(self) -> str:
        """Its name: that of its file, without what follows the first dot."""
        return self.filename.partition(".")[0]


DATASETS = {
    "zinc250k": Dataset(
        filename="zinc250k.smi.gz",
        url="https://raw.githubusercontent.com/wenhao-gao/mol_opt/"
        "fd6893626427a5ee22cab86b9ba1f6d382c63253/data/zinc.txt.gz",
        sha256="df0aa677c770f15c9943684d6600cba8e7076c67be6a090c12f24da3aaa55b70",
        source="ZINC-250k as kept in wenhao-gao/mol_opt (MIT); ZINC is free to use",
        label="ZINC-250k",
    ),
    "expressions100k": Dataset(
        filename="expressions100k.txt.gz",
        url="https://raw.githubusercontent.com/cambridge-mlg/weighted-retraining/"
        "master/assets/data/expr/equation2_15_dataset.txt",
        sha256="148c9da41e2565d093ea4e0ed3111b078074c3066fc0602dff017108e2fffa38",
        source="grammar-VAE expressions as kept in cambridge-mlg/weighted-retraining (MIT)",
        label="100,000 expressions",
        whole_lines=True,
    ),
}


def cache_folder() -> Path:
    """Return latentbo's cache: `LATENTBO_CACHE_DIR`, else `latentbo` in the user's cache."""
    own = os.environ.get("LATENTBO_CACHE_DIR")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "latentbo"


def content_hash(lines: list[Line]) -> str:
    """Return the sha256 of the strings, independent of compression, blanks and line numbers."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.string.encode() + b"\n")
    return digest.hexdigest()


def find_dataset(dataset: str | Dataset, given: Path | None = None) -> tuple[Path, list[Line]]:
    """Find and read a data set: `given`, else `LATENTBO_DATA_DIR`, else cache, else download.

    Args:
        dataset: The name of one of `DATASETS`, or another one.
        given: A file of the user's own; it is read as it is.

    Returns:
        The file and its lines.

    Raises:
        DataError: If nothing is found (the message names the three ways), a file cannot be read,
            or a download is not what its hash says.
    """
    if isinstance(dataset, str):
        dataset = DATASETS[dataset]
    if given is not None:
        return given, read_strings(given, dataset.whole_lines)
    folder = os.environ.get("LATENTBO_DATA_DIR")
    places = [Path(folder)] if folder else []
    for place in [*places, cache_folder()]:
        path = place / dataset.filename
        if path.is_file():
            return path, read_strings(path, dataset.whole_lines)
    path = cache_folder() / dataset.filename
    _download(dataset, path)
    return path, read_strings(path, dataset.whole_lines)


def _download(dataset: Dataset, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(dataset.url, timeout=60) as response:  # noqa: S310
            content = response.read()
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise DataError(
            f"no data for {dataset.name!r}: give a file with --data FILE, or set LATENTBO_DATA_DIR "
            f"to a folder that holds {dataset.filename}, or connect to the network so that it can "
            f"be downloaded from {dataset.url} (tried: {error})"
        ) from error
    partial = path.with_suffix(f".{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        _check_download(dataset, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _check_download(dataset: Dataset, path: Path) -> None:
    try:
        found = content_hash(read_strings(path, dataset.whole_lines))
    except DataError:
        found = "of no text file"
    if found != dataset.sha256:
        raise DataError(
            f"what {dataset.url} gave is not the expected {dataset.name} (sha256 {found[:16]}…, "
            f"expected {dataset.sha256[:16]}…): get the file elsewhere and give it with --data FILE"
        )
