"""Settings of the process that a user's code makes reach nothing of the package."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentbo import LatentOptimizer
from latentbo.isolation import library_settings, users_settings
from latentbo.models import TrainedModel
from latentbo.objectives import evaluate, load_objective

MEDDLING = """
import os, warnings
import numpy as np
import torch

torch.set_default_dtype(torch.float64)
os.chdir(os.path.dirname(__file__))

def score(string):
    assert torch.zeros(1).dtype == torch.float64 and os.path.exists("meddling.py")
    torch.set_grad_enabled(False)
    torch.set_num_threads(3)
    np.seterr(all="raise")
    warnings.simplefilter("error")
    return float(len(string))
"""


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    kinds, errors, folder = torch.get_default_dtype(), np.geterr(), os.getcwd()
    with warnings.catch_warnings():
        yield
    torch.set_default_dtype(kinds)
    torch.set_grad_enabled(True)
    np.seterr(**errors)
    os.chdir(folder)


def settings() -> list[Any]:
    filters = list(warnings.filters)
    return [
        *(torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()),
        *(np.geterr(), filters, os.getcwd()),
    ]


def test_a_function_has_its_own_settings_and_the_package_its_own(tmp_path: Path) -> None:
    (tmp_path / "meddling.py").write_text(MEDDLING)
    outside = settings()
    with library_settings():
        inside = settings()
        objective = load_objective(f"{tmp_path}/meddling.py:score")
        assert settings() == inside
        for _ in range(2):
            outcome = evaluate(objective, "CCO")
            assert (outcome.value, outcome.error) == (3.0, "")
            assert settings() == inside
        with users_settings():
            assert torch.get_default_dtype() == torch.float64
    assert torch.get_default_dtype() == torch.float64  # as the file, run by the user, would do
    assert outside[0] == torch.float32


def test_a_script_in_double_precision_gets_the_same_proposals(
    tiny_model_folder: Path, tiny_model: TrainedModel, molecules: list[str], pool_file: Path
) -> None:
    def proposals() -> list[str]:
        optimizer = LatentOptimizer(
            "molecules", "latent", seed=1, model=tiny_model_folder, initial=pool_file, threads=1
        )
        batch = [proposal.string for proposal in optimizer.ask(6)]
        optimizer.tell({string: float(row) for row, string in enumerate(batch)})
        return batch + [proposal.string for proposal in optimizer.ask(3)]

    wanted, codes = proposals(), tiny_model.encode(molecules)
    torch.set_default_dtype(torch.float64)
    assert proposals() == wanted
    assert torch.get_default_dtype() == torch.float64
    assert torch.equal(tiny_model.encode(molecules), codes)
    assert tiny_model.encode(molecules).dtype == torch.float32
