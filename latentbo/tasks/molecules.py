"""Molecules as SMILES."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentbo.data import DATASETS
from latentbo.tasks.base import Task
from latentbo.tasks.recipes import MOLECULE_RECIPES

if TYPE_CHECKING:
    from torch import Tensor

# RDKit and torch are imported where they are used: a command line that lists the tasks shall not
# wait for them.


def _canonical(smiles: str) -> str | None:
    from latentbo.chemistry import standardize  # noqa: PLC0415

    return standardize(smiles).smiles


def _pool() -> list[str]:
    from latentbo.data.pool import default_pool  # noqa: PLC0415

    return default_pool()


def _count(molecules: Sequence[str]) -> "Tensor":
    from latentbo.chemistry import fragment_counts  # noqa: PLC0415

    return fragment_counts(molecules)


MOLECULES = Task(
    name="molecules",
    # Its best molecules look like drugs. Penalised logP, which the studies report, does not need
    # them to.
    objective="amlodipine_mpo",
    studied="penalized-logp",
    canonical=_canonical,
    pool=_pool,
    pool_name="RDKit's NCI molecules",
    pool_file="pool.smi",
    column="smiles",
    dataset=DATASETS["zinc250k"],
    recipes=MOLECULE_RECIPES,
    lengths={"selfies": 79, "characters": 121, "smiles": 121, "grammar": 277},
    grammar="smiles",
    count=_count,
    preset="hybrid",
    num_samples=500,
    is_molecular=True,
    view="latentbo.report.molecules:MOLECULES",
)
