"""Grammars, real strings of their languages, and nltk's own answer."""

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.parsing import Grammar, load_grammar


@pytest.fixture(scope="session")
def smiles() -> Grammar:
    return load_grammar("smiles")


@pytest.fixture(scope="session")
def expressions() -> Grammar:
    return load_grammar("expressions")


@pytest.fixture(scope="session")
def data_lines() -> Callable[[str, int], list[str]]:
    """Draw lines of a data file, without blanks; the same ones each time."""

    def draw(name: str, number: int) -> list[str]:
        folder = os.environ.get("LATENTBO_DATA_DIR")
        if not folder or not (Path(folder) / name).exists():
            pytest.skip(f"needs {name} in the folder that LATENTBO_DATA_DIR names")
        with gzip.open(Path(folder) / name, "rt", encoding="utf-8") as file:
            lines = ["".join(line.split()) for line in file]
        return random.Random(0).sample(lines, number)

    return draw


@pytest.fixture
def nltk_derivation() -> Callable[[Any, Grammar, list[str]], list[int] | None]:
    """Number the productions of the first tree that an nltk parser yields."""

    def derive(parser: Any, grammar: Grammar, tokens: list[str]) -> list[int] | None:
        tree = next(parser.parse(tokens), None)
        if tree is None:
            return None
        # nltk numbers nothing; both hold the same productions in the same order.
        numbers = {p: n for n, p in enumerate(parser.grammar().productions())}
        assert len(numbers) == len(grammar.productions)
        return [numbers[production] for production in tree.productions()]

    return derive
