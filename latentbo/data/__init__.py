"""Files to strings: reading, data sets and where they are found, the default starting pool."""

from latentbo.data.datasets import (
    DATASETS,
    Dataset,
    cache_folder,
    content_hash,
    find_dataset,
)
from latentbo.data.strings import Line, read_lines, read_strings, write_rejected

__all__ = [
    "DATASETS",
    "Dataset",
    "Line",
    "cache_folder",
    "content_hash",
    "find_dataset",
    "read_lines",
    "read_strings",
    "write_rejected",
]
