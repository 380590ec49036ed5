"""Molecules for Gaussian processes: substituents on a few cores."""

import itertools

import pytest

CORES = ("c1cc({})ccc1{}", "C1CC({})CCN1{}", "c1nc({})sc1{}", "C(CC{})N{}", "c1c({})occ1{}")
GROUPS = ("C", "CC", "CO", "C(F)(F)F", "CCN", "C(=O)OC", "CC#N", "CCO", "C(=O)N", "CCCC", "CS")


@pytest.fixture(scope="session")
def molecules() -> list[str]:
    """605 SMILES strings, of which some are the same molecule spelled differently."""
    return [core.format(a, b) for core in CORES for a, b in itertools.product(GROUPS, GROUPS)]
