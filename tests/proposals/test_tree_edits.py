import random
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    PublishedConfig,
    TrainedModel,
    default_model_folder,
    load_model,
    make_network,
)
from latentbo.parsing import Grammar, ParseError, load_grammar, sample_derivation, write_sentence
from latentbo.proposals import TreeEdits
from latentbo.representations import CharacterRepresentation, GrammarRepresentation
from latentbo.representations.grammar import FIRST

GRAMMARS = {
    "expressions": load_grammar("expressions"),
    "smiles": load_grammar("smiles"),
    "brackets": Grammar.from_text("S -> '(' S ')' S |"),
    "ambiguous": Grammar.from_text("E -> E '+' E | A | B\nA -> 'x' | '(' E ')'\nB -> 'x'\n"),
}
LENGTH = 24


def sentences(name: str, seed: int, number: int, max_length: int = 20) -> list[str]:
    grammar, chance = GRAMMARS[name], random.Random(seed)
    found = (
        write_sentence(grammar, sample_derivation(grammar, chance, max_length))
        for _ in range(number)
    )
    return list(dict.fromkeys(each for each in found if each))


@cache
def tiny(name: str, num_merges: int, kind: str = "autoregressive") -> TrainedModel:
    """A model with random weights, so that its decoder writes anything."""
    grammar = GRAMMARS[name]
    size = FIRST + len(grammar.productions) + num_merges if num_merges else None
    representation = GrammarRepresentation.build(
        sentences(name, 0, 60), LENGTH, grammar=grammar, vocabulary_size=size
    )
    sizes = NetworkConfig(4, 6, 8, 8, 1)
    if kind == "published":
        sizes = PublishedConfig(4, LENGTH, gru_width=8)  # type: ignore[assignment]
    torch.manual_seed(0)
    network = make_network(len(representation.vocabulary), sizes).eval()
    return TrainedModel(network, representation, sizes, PriorConfig(4))


@pytest.mark.parametrize("num_merges", [0, 25])
@pytest.mark.parametrize("name", GRAMMARS)
def test_every_child_is_a_sentence_that_the_model_holds(name: str, num_merges: int) -> None:
    moves = TreeEdits(tiny(name, num_merges))
    parser = moves.model.representation.parser  # type: ignore[attr-defined]

    @settings(max_examples=settings.default.max_examples // 5)  # type: ignore[union-attr]
    @given(st.integers(0, 10**6), st.integers(1, 8), st.floats(0.1, 30))
    def children_are_sentences(seed: int, number: int, length: float) -> None:
        parents = sentences(name, seed, number)
        found = moves.propose(parents, 12, length, seed)
        assert set(found) == set(moves.origins)
        assert sum(map(len, found.values())) <= 12
        for child in [each for strings in found.values() for each in strings if each is not None]:
            assert child
            parser.parse(child)  # or it fails
            assert len(moves.model.representation.indices(child)) <= LENGTH

    children_are_sentences()


@pytest.mark.parametrize("name", GRAMMARS)
def test_merged_productions_are_undone_before_an_edit(name: str) -> None:
    """The beginning of a derivation is contracted and expanded without loss."""
    representation = tiny(name, 25).representation
    assert isinstance(representation, GrammarRepresentation)
    for sentence in sentences(name, 1, 20):
        tokens = [number + FIRST for number in representation.derivation(sentence)]
        for end in range(len(tokens) + 1):
            merged = representation.contract(tokens[:end])
            assert len(merged) <= end
            assert representation.expand(merged) == tokens[:end]


def test_edits_are_parts_of_parents_and_repeat_for_a_seed() -> None:
    model = load_model(default_model_folder("expressions"))
    parents = ["sin(x*x)+2", "x/3", "exp(1)*(x+x)"]
    found = TreeEdits(model).propose(parents, 200, 0.5, 0)
    assert found == TreeEdits(model).propose(parents, 200, 0.5, 0)
    assert found != TreeEdits(model).propose(parents, 200, 0.5, 1)
    new = [child for child in found["infill"] if child not in parents]
    assert len(set(new)) > 60
    # Something was added around a parent or one of its terms.
    assert any("sin(x*x)+2" in child for child in new if child)
    assert "sin((x+x)*x)+2" in found["splice"]


def test_a_decoder_that_does_not_see_its_tokens_edits_too() -> None:
    moves = TreeEdits(tiny("expressions", 0, "published"))
    found = moves.propose(sentences("expressions", 2, 5), 30, 0.5, 0)["infill"]
    assert len({child for child in found if child}) > 5


def test_parents_that_the_model_cannot_hold_are_left_out() -> None:
    moves = TreeEdits(tiny("expressions", 0))
    assert moves.propose(["x+y", "x" + "+x" * 30], 5, 0.5, 0) == {"infill": [], "splice": []}
    with pytest.raises(ParseError):
        moves.model.representation.parser.parse("x+y")  # type: ignore[attr-defined]


def test_a_model_of_something_else_is_refused() -> None:
    representation = CharacterRepresentation.build(["CCO"], 10)
    config = NetworkConfig(4, 6, 8, 8, 1)
    network = make_network(len(representation.vocabulary), config)
    other = TrainedModel(network, representation, config, PriorConfig(4))
    with pytest.raises(ConfigurationError, match="grammar, not of characters: train one with"):
        TreeEdits(other)
