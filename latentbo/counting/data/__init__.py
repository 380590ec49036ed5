"""Images with the number of objects of each class: builders, files, contact sheets."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latentbo.counting.data.combinations import LeftOut, all_combinations, combination_name
    from latentbo.counting.data.dataset import SPLITS, CountData, CountDataset
    from latentbo.counting.data.files import load_counts, read_manifest, save_counts
    from latentbo.counting.data.sheets import contact_sheet

__all__ = [
    "SPLITS",
    "CountData",
    "CountDataset",
    "LeftOut",
    "all_combinations",
    "combination_name",
    "contact_sheet",
    "load_counts",
    "read_manifest",
    "save_counts",
]

MODULES = {
    "LeftOut": "combinations",
    "all_combinations": "combinations",
    "combination_name": "combinations",
    "contact_sheet": "sheets",
    "SPLITS": "dataset",
    "CountData": "dataset",
    "CountDataset": "dataset",
    "load_counts": "files",
    "read_manifest": "files",
    "save_counts": "files",
}


def __getattr__(name: str) -> Any:
    """Import torch only on use: rendering workers and --help do not need it."""
    if name in MODULES:
        return getattr(import_module(f"latentbo.counting.data.{MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
