"""Contract tests for plug-ins: their authors call them in their own tests.

Each raises a `ContractError`, which is an `AssertionError`, that names the first fault.
"""

from latentbo.registry import restored
from latentbo.testing.contract import ContractError
from latentbo.testing.models import check_model
from latentbo.testing.objectives import check_objective
from latentbo.testing.representations import check_representation
from latentbo.testing.sources import check_source
from latentbo.testing.strategies import check_strategy
from latentbo.testing.surrogates import check_string_surrogate
from latentbo.testing.tasks import check_task
from latentbo.testing.terms import check_term

__all__ = [
    "ContractError",
    "check_model",
    "check_objective",
    "check_representation",
    "check_source",
    "check_strategy",
    "check_string_surrogate",
    "check_task",
    "check_term",
    "restored",
]
