import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.parsing import Grammar, load_grammar, sample_derivation, write_sentence
from latentbo.representations import END
from latentbo.representations.stack import StackMask, StackTables

CPU = torch.device("cpu")
BRACKETS = Grammar.from_text("P -> '(' P ')' P | '[' P ']' P | '.'\n")
GRAMMARS = {
    "expressions": load_grammar("expressions"),
    "smiles": load_grammar("smiles"),
    "user": BRACKETS,
}


class PythonStack:
    """The rule, for one row."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.stack = [grammar.start]

    def copy(self) -> "PythonStack":
        other = PythonStack(self.grammar)
        other.stack = list(self.stack)
        return other

    def allowed(self) -> list[int]:
        if not self.stack:
            return [END]
        productions = enumerate(self.grammar.productions, start=END + 1)
        return [token for token, p in productions if p.lhs == self.stack[-1]]

    def advance(self, token: int) -> None:
        if token != END:
            self.stack.pop()
            self.stack += reversed(self.grammar.productions[token - END - 1].children)


@given(st.sampled_from(sorted(GRAMMARS)), st.integers(1, 6), st.randoms(use_true_random=False))
@settings(max_examples=settings().max_examples // 2)
def test_mask_is_that_of_a_stack_for_every_row(
    name: str, num_rows: int, chance: random.Random
) -> None:
    grammar = GRAMMARS[name]
    mask = StackMask(StackTables.of(grammar), num_rows, CPU)
    rows = [PythonStack(grammar) for _ in range(num_rows)]
    for _ in range(40):
        found = [row.nonzero()[:, 0].tolist() for row in mask.allowed()]
        assert found == [row.allowed() for row in rows]
        tokens = [chance.choice(choices) for choices in found]
        mask.advance(torch.tensor(tokens))
        for row, token in zip(rows, tokens, strict=True):
            row.advance(token)
        if chance.random() < 0.2:  # some end, some go on twice
            kept = chance.choices(range(len(rows)), k=chance.randint(1, 6))
            mask.keep(torch.tensor(kept))
            rows = [rows[i].copy() for i in kept]


def test_rows_are_dropped_by_a_boolean_mask_too() -> None:
    grammar = GRAMMARS["user"]
    tables = StackTables.of(grammar)
    mask = StackMask(tables, 3, CPU)
    point = END + 1 + [str(p) for p in grammar.productions].index("P -> '.'")
    mask.advance(torch.tensor([END + 1, point, END + 2]))
    assert mask.allowed()[:, END].tolist() == [False, True, False]
    mask.keep(torch.tensor([True, False, True]))
    assert mask.allowed()[:, END].tolist() == [False, False]
    mask.keep(torch.tensor([False, False]))
    assert mask.allowed().shape == (0, len(grammar.productions) + 3)
    mask.advance(torch.zeros(0, dtype=torch.int64))


def test_stacks_grow_as_deep_as_they_must() -> None:
    """'((((…' leaves one open non-terminal a step behind; then all of them are closed."""
    mask = StackMask(StackTables.of(BRACKETS), 2, CPU)
    opening, point = torch.tensor([3, 4]), torch.tensor([5, 5])
    for _ in range(700):
        mask.advance(opening)
    for _ in range(701):
        assert mask.allowed()[:, 3:].all()
        mask.advance(point)
    assert mask.allowed().nonzero().tolist() == [[0, END], [1, END]]


def test_only_the_end_follows_the_end() -> None:
    mask = StackMask(StackTables.of(BRACKETS), 1, CPU)
    for token in (5, END, END):
        mask.advance(torch.tensor([token]))
        assert mask.allowed().nonzero().tolist() == [[0, END]]


@pytest.mark.parametrize("name", GRAMMARS)
def test_walks_under_the_mask_are_sentences(name: str) -> None:
    """Random walks that end spell what the grammar writes; an unfinished one spells nothing."""
    grammar = GRAMMARS[name]
    chance = torch.Generator().manual_seed(0)
    mask = StackMask(StackTables.of(grammar), 200, CPU)
    walks = torch.zeros(200, 0, dtype=torch.int64)
    for _ in range(30):
        tokens = torch.multinomial(mask.allowed().float(), 1, generator=chance)
        mask.advance(tokens[:, 0])
        walks = torch.cat([walks, tokens], 1)
    sentences = [
        write_sentence(grammar, [t - 3 for t in walk if t != END]) for walk in walks.tolist()
    ]
    closed = mask.allowed()[:, END].tolist()
    assert [sentence is not None for sentence in sentences] == closed
    assert 10 < sum(closed) < 200


@pytest.mark.parametrize("name", GRAMMARS)
@pytest.mark.parametrize("extra", [0, 1, 7])
def test_with_a_length_every_walk_comes_to_its_end(name: str, extra: int) -> None:
    grammar = GRAMMARS[name]
    tables = StackTables.of(grammar)
    length = tables.shortest + 1 + extra
    chance = torch.Generator().manual_seed(1)
    mask = StackMask(tables, 300, CPU, length)
    walks = torch.zeros(300, 0, dtype=torch.int64)
    for _ in range(length):
        allowed = mask.allowed()
        assert allowed.any(1).all()
        # The longest productions where possible: nothing ends of its own accord.
        tokens = torch.multinomial(
            allowed * 10.0 ** tables.change.clamp(-3, 5), 1, generator=chance
        )
        mask.advance(tokens[:, 0])
        walks = torch.cat([walks, tokens], 1)
    for walk in walks.tolist():
        assert walk[-1] == END
        assert write_sentence(grammar, [t - 3 for t in walk[: walk.index(END)]]) is not None
    if extra == 0:
        assert (walks != END).sum(1).eq(tables.shortest).all()


@given(st.randoms(use_true_random=False), st.integers(8, 30))
@settings(max_examples=settings().max_examples // 3)
def test_a_length_forbids_no_sentence_that_is_short_enough(
    chance: random.Random, length: int
) -> None:
    grammar = GRAMMARS["expressions"]
    derivation = sample_derivation(grammar, chance, length - 1)
    mask = StackMask(StackTables.of(grammar), 1, CPU, length)
    for token in [*(production + END + 1 for production in derivation), END]:
        assert mask.allowed()[0, token]
        mask.advance(torch.tensor([token]))
