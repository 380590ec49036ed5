"""A laboratory that is quick: preset `ga` or `random`, few molecules."""

from collections.abc import Callable
from pathlib import Path

import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.laboratory import LatentOptimizer

Make = Callable[..., LatentOptimizer]


@pytest.fixture
def make(tiny_model_folder: Path, pool_file: Path) -> Make:
    """Make an optimizer with other settings."""

    def call(preset: str = "ga", **changes: object) -> LatentOptimizer:
        settings: dict[str, object] = {
            "model": tiny_model_folder,
            "initial": pool_file,
            "limits": MoleculeFilter(min_rings=None),
            "threads": 1,
            "chemistry": "none",
        }
        found: LatentOptimizer = LatentOptimizer("molecules", preset, **{**settings, **changes})  # type: ignore[arg-type]
        return found

    return call
