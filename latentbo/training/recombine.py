"""Cache of the recombined molecules of a training set, keyed by a hash of their inputs."""

import contextlib
import gzip
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from latentbo.chemistry import recombined

#: Version of the cache; raised when the same input gives other molecules.
RECOMBINED_FORM = 1


def recombined_with_cache(
    molecules: Sequence[str], number: int, seed: int, cache: Path | None
) -> list[str]:
    """Return the molecules of `latentbo.chemistry.recombined`, cached in the folder `cache`.

    Raises:
        DataError: If no molecule has a bond to cut.
    """
    if cache is None:
        return list(recombined(molecules, number, seed))
    digest = hashlib.sha256(f"{RECOMBINED_FORM} {number} {seed}\0".encode())
    digest.update("\n".join(molecules).encode())
    path = cache / f"recombined-{digest.hexdigest()[:32]}.smi.gz"
    with contextlib.suppress(OSError, EOFError, UnicodeDecodeError):
        return gzip.decompress(path.read_bytes()).decode().split()
    made = list(recombined(molecules, number, seed))
    partial = path.with_suffix(f".{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(gzip.compress("\n".join(made).encode(), compresslevel=3, mtime=0))
        os.replace(partial, path)
    return made
