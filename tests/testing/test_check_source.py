"""Sources that ship keep the contract; each fault of a source is found."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from latentbo.models import TrainedModel
from latentbo.optimizer import OptimizerInputs
from latentbo.proposals import SOURCES, ProposalSource
from latentbo.tasks import TASKS
from latentbo.testing import ContractError, check_source

PARENTS = ("Cc1ccccc1", "Oc1ccccc1", "C1CCCCC1", "c1ccncc1")


class Homologues(ProposalSource):
    name = "homologue"

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        return {self.name: [f"C{parent}" for parent in parents[:number]]}


@pytest.mark.parametrize("name", ["latent", "graph"])
def test_shipped_sources_keep_the_contract(name: str, tiny_model: TrainedModel) -> None:
    inputs = OptimizerInputs(tiny_model, TASKS["molecules"].accept(None), PARENTS)
    check_source(SOURCES[name](inputs), PARENTS)


def test_a_source_may_use_no_random_numbers() -> None:
    check_source(Homologues(), PARENTS)


class Forgetful(Homologues):
    """Ignores the seed."""

    def propose(self, parents: Any, number: int, length: float, seed: int) -> Any:
        return {self.name: [random.choice(parents) for _ in range(number)]}


class Counting(Homologues):
    """Remembers its calls."""

    calls = 0

    def propose(self, parents: Any, number: int, length: float, seed: int) -> Any:
        self.calls += 1
        return {self.name: ["C" * self.calls]}


class Consuming(Homologues):
    def propose(self, parents: Any, number: int, length: float, seed: int) -> Any:
        return {self.name: [parents.pop()]}


class Generous(Homologues):
    def propose(self, parents: Any, number: int, length: float, seed: int) -> Any:
        return {self.name: [*parents, "C", "CC"]}


class Foreign(Homologues):
    def propose(self, parents: Any, number: int, length: float, seed: int) -> Any:
        return {"graph": ["CC"]}


class Numbers(Homologues):
    def propose(self, parents: Any, number: int, length: float, seed: int) -> Any:
        return {self.name: [3]}


class Flat(Homologues):
    def propose(self, parents: Any, number: int, length: float, seed: int) -> Any:
        return ["CC"]


class Free(Homologues):
    cost = 0.0


class Repeated(Homologues):
    origins = ("a", "a")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Forgetful(), r"Forgetful.propose \(number=.*different proposals for the same arguments"),
        (Counting(), "different proposals"),
        (Consuming(), "changes its parents"),
        (Generous(), "returns 3 proposals: give fewer"),
        (Foreign(), r"not in origins: \['graph'\]"),
        (Numbers(), "neither a string nor None"),
        (Flat(), "no mapping"),
        (Free(), "cost is 0.0"),
        (Repeated(), "one is repeated"),
    ],
)
def test_faults_are_found(source: ProposalSource, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_source(source, PARENTS)


def test_random_numbers_of_the_caller_are_as_before() -> None:
    random.seed(5)
    expected = random.random()
    random.seed(5)
    check_source(Homologues(), PARENTS)
    assert random.random() == expected
