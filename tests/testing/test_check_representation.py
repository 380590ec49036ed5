"""Representations that ship keep the contract; each fault of a representation is found."""

import random
from collections.abc import Sequence
from typing import Any, Self

import pytest

from latentbo.parsing import load_grammar
from latentbo.registry import restored
from latentbo.representations import (
    REPRESENTATIONS,
    RepresentationError,
    SequenceRepresentation,
    register_representation,
)
from latentbo.testing import ContractError, check_representation

STRINGS = ("c1ccccc1Cl", "CC(=O)[O-]", "C1CC12CC2")


@pytest.mark.parametrize("name", ["characters", "smiles"])
def test_shipped_representations_keep_the_contract(name: str) -> None:
    check_representation(REPRESENTATIONS[name], STRINGS)


def test_of_a_grammar() -> None:
    grammar = load_grammar("expressions")
    kind = REPRESENTATIONS["grammar"]
    check_representation(kind, ["x", "sin(x)+1"], 15, grammar=grammar)


class Letters(SequenceRepresentation):
    name = "letters"

    @classmethod
    def symbols(cls, string: str) -> list[str]:
        if not string:
            raise RepresentationError("empty")
        return list(string)

    def join(self, symbols: Sequence[str]) -> str | None:
        return "".join(symbols)


class Small(Letters):
    def join(self, symbols: Sequence[str]) -> str | None:
        return "".join(symbols).lower()


class Careless(Letters):
    @classmethod
    def symbols(cls, string: str) -> list[str]:
        return list(string)


class Failing(Letters):
    @classmethod
    def symbols(cls, string: str) -> list[str]:
        return [string[0], *string[1:]]


class Nameless(Letters):
    def to_config(self) -> dict[str, Any]:
        return {"max_length": self.max_length}


class Shuffled(Letters):
    @classmethod
    def build(cls, strings: Any, max_length: int, *given: Any, **options: Any) -> Self:
        return super().build([*strings, chr(random.randrange(200, 9000))], max_length)


class Forgetful(Letters):
    """Forgets its length at loading."""

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Any) -> Self:
        made = super().from_config({**config, "max_length": 50}, vocabulary)
        assert isinstance(made, cls)
        return made


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Small, "reads 'c1ccccc1Cl' back as 'c1ccccc1cl'"),
        (Careless, "Careless has tokens for ''"),
        (Failing, "Failing fails with IndexError for ''"),
        (Nameless, "to_config does not hold its name"),
        (Shuffled, "another vocabulary of the same strings"),
        (Forgetful, "gives other tokens"),
    ],
)
def test_faults_are_found(kind: type[Letters], message: str) -> None:
    with restored(), pytest.raises(ContractError, match=message):
        check_representation(register_representation(kind), STRINGS)


def test_an_unregistered_class_cannot_be_loaded() -> None:
    with pytest.raises(ContractError, match=r"latentbo.register_representation\("):
        check_representation(Letters, STRINGS)
    with restored():
        check_representation(register_representation(Letters), STRINGS)
