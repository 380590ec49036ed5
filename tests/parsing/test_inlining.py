import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.parsing import Grammar, load_grammar, sample_derivation, write_sentence
from latentbo.parsing.frequent import learn_inlinings
from latentbo.parsing.inlining import InlinedGrammar

GRAMMARS = {
    "expressions": load_grammar("expressions"),
    "smiles": load_grammar("smiles"),
    "brackets": Grammar.from_text("S -> '(' S ')' S |"),
    "ambiguous": Grammar.from_text("E -> E '+' E | E E | A | B |\nA -> 'x' | 'y'\nB -> 'x'\n"),
}
SUMS = Grammar.from_text("S -> S '+' T | T\nT -> 'x' | '(' S ')' | '1'\n")


def samples(grammar: Grammar, seed: int, number: int, max_length: int = 40) -> list[list[int]]:
    chance = random.Random(seed)
    return [sample_derivation(grammar, chance, max_length) for _ in range(number)]


# The same by nested tuples: a production and what stands in each of its non-terminals.
Nested = tuple


@dataclass
class Node:
    fragment: Nested
    children: list["Node"]

    def edges(self) -> Iterator[Nested]:
        for position, child in enumerate(self.children):
            yield filled(self.fragment, position, child.fragment)[0]
            yield from child.edges()

    def contract(self, fragment: Nested) -> None:
        for position, child in enumerate(self.children):
            if filled(self.fragment, position, child.fragment)[0] == fragment:
                self.fragment = fragment
                self.children[position : position + 1] = child.children
                break
        for child in self.children:
            child.contract(fragment)

    def pre_order(self) -> Iterator[Nested]:
        yield self.fragment
        for child in self.children:
            yield from child.pre_order()


def filled(fragment: Nested, position: int, inner: Nested) -> tuple[Nested, int]:
    """Fill an open place; returns also how many open places are left to count."""
    production, *parts = fragment
    for place, part in enumerate(parts):
        if part is not None:
            parts[place], position = filled(part, position, inner)
        elif position == 0:
            parts[place], position = inner, -1
        else:
            position -= 1
    return (production, *parts), position


def flat(fragment: Nested) -> tuple[int, ...]:
    production, *parts = fragment
    below = [(-1,) if part is None else flat(part) for part in parts]
    return (production, *(number for part in below for number in part))


def written(grammar: Grammar, fragment: Nested) -> str:
    number, *parts = fragment
    rest = iter(parts)
    symbols = []
    for symbol in grammar.productions[number].rhs:
        part = None if symbol.is_terminal else next(rest)
        symbols.append(str(symbol) if part is None else written(grammar, part))
    return " ".join(each for each in symbols if each)


def plain(grammar: Grammar, number: int) -> Nested:
    return (number, *[None] * len(grammar.productions[number].children))


def tree(grammar: Grammar, derivation: Iterator[int]) -> Node:
    number = next(derivation)
    children = grammar.productions[number].children
    return Node(plain(grammar, number), [tree(grammar, derivation) for _ in children])


def learned(grammar: Grammar, trees: list[Node], num_merges: int) -> list[Nested]:
    """Fragments of the productions, and those learned by counting; contracts the trees."""
    fragments = [plain(grammar, number) for number in range(len(grammar.productions))]
    known = {(p.lhs, written(grammar, f)) for p, f in zip(grammar.productions, fragments)}  # noqa: B905
    for _ in range(num_merges):
        counts = Counter(edge for each in trees for edge in each.edges())
        named = {f: (grammar.productions[f[0]].lhs, written(grammar, f)) for f in counts}
        able = [f for f, count in counts.items() if count > 1 and named[f] not in known]
        if not able:
            break
        best = min(able, key=lambda f: (-counts[f], flat(f)))
        fragments.append(best)
        known.add(named[best])
        for each in trees:
            each.contract(best)
    return fragments


@given(st.sampled_from(sorted(GRAMMARS)), st.integers(0, 2**32), st.integers(0, 40))
@settings(max_examples=settings().max_examples // 2)
def test_learning_and_contraction_are_those_of_counting_by_hand(
    name: str, seed: int, num_merges: int
) -> None:
    grammar = GRAMMARS[name]
    derivations = samples(grammar, seed, 12)
    merges = learn_inlinings(grammar, derivations, num_merges)
    assert merges == learn_inlinings(grammar, derivations, num_merges)
    trees = [tree(grammar, iter(derivation)) for derivation in derivations]
    fragments = learned(grammar, trees, num_merges)
    inlined = InlinedGrammar(grammar, merges)
    productions = [
        f"{grammar.productions[f[0]].lhs} -> {written(grammar, f)}".rstrip() for f in fragments
    ]
    assert [str(production) for production in inlined.grammar.productions] == productions
    for derivation, each in zip(derivations, trees, strict=True):
        assert [fragments[n] for n in inlined.contract(derivation)] == list(each.pre_order())


@given(st.sampled_from(sorted(GRAMMARS)), st.integers(0, 2**32), st.integers(1, 60))
@settings(max_examples=settings().max_examples // 2)
def test_contraction_is_undone_and_keeps_the_sentence(
    name: str, seed: int, num_merges: int
) -> None:
    grammar = GRAMMARS[name]
    inlined = InlinedGrammar(grammar, learn_inlinings(grammar, samples(grammar, 1, 30), num_merges))
    for derivation in samples(grammar, seed, 5, 80):
        row = inlined.contract(derivation)
        assert len(row) <= len(derivation)
        assert inlined.expand(row) == derivation
        assert write_sentence(inlined.grammar, row) == write_sentence(grammar, derivation)


@given(st.sampled_from(sorted(GRAMMARS)), st.integers(0, 2**32))
@settings(max_examples=settings().max_examples // 2)
def test_any_derivation_of_the_merged_grammar_is_one_of_the_original(name: str, seed: int) -> None:
    grammar = GRAMMARS[name]
    inlined = InlinedGrammar(grammar, learn_inlinings(grammar, samples(grammar, 1, 30), 40))
    assert len(inlined.grammar.productions) > len(grammar.productions) + 5
    (row,) = samples(inlined.grammar, seed, 1)
    sentence = write_sentence(inlined.grammar, row)
    assert sentence is not None
    assert write_sentence(grammar, inlined.expand(row)) == sentence
    # A derivation that breaks off is expanded as far as it goes.
    part = inlined.expand(row[:-1])
    assert inlined.expand(row)[: len(part)] == part


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_text_of_the_merged_grammar_is_read_back(name: str) -> None:
    grammar = GRAMMARS[name]
    merged = InlinedGrammar(grammar, learn_inlinings(grammar, samples(grammar, 2, 60), 99)).grammar
    again = Grammar.from_text(merged.text)
    assert again == merged
    assert not again.dropped
    assert again.productions[: len(grammar.productions)] == grammar.productions
    assert len(set(merged.productions)) == len(merged.productions)
    assert merged.nonterminals == grammar.nonterminals
    for symbol, length in merged.minimal_lengths.items():
        assert length <= grammar.minimal_lengths[symbol]


def test_any_non_terminal_can_be_inlined() -> None:
    # S -> S '+' T; its second non-terminal becomes T -> '(' S ')', and the S in it S -> T.
    inlined = InlinedGrammar(SUMS, [(0, 1, 3), (5, 1, 1), (6, 0, 1)])
    assert [str(production) for production in inlined.grammar.productions[5:]] == [
        "S -> S '+' '(' S ')'",
        "S -> S '+' '(' T ')'",
        "S -> T '+' '(' T ')'",
    ]
    derivation = [0, 1, 2, 3, 1, 4]  # x+(1)
    assert inlined.contract(derivation) == [7, 2, 4]
    assert inlined.expand([7, 2, 4]) == derivation
    assert inlined.expand([5, 1, 2, 1, 4]) == derivation


def test_other_ways_to_the_same_fragment_make_the_same_token() -> None:
    # `S -> S '+' '(' S ')'` with S -> T for its first S, made from either side.
    inlined = InlinedGrammar(SUMS, [(0, 1, 3), (0, 0, 1), (5, 0, 1)])
    assert str(inlined.grammar.productions[7]) == "S -> T '+' '(' S ')'"
    from_left = InlinedGrammar(SUMS, [(0, 0, 1), (0, 1, 3), (5, 1, 3)])
    assert inlined.grammar.productions[7] == from_left.grammar.productions[7]
    derivation = [0, 1, 2, 3, 1, 4]
    assert inlined.contract(derivation) == from_left.contract(derivation) == [7, 2, 1, 4]


def test_of_overlapping_merges_that_nearest_to_the_root_is_made() -> None:
    inlined = InlinedGrammar(SUMS, [(0, 0, 0)])
    # ((x+x)+x)+x as S S S S' x x x x: the upper two are one.
    assert inlined.contract([0, 0, 0, 1, 2, 2, 2, 2]) == [5, 0, 1, 2, 2, 2, 2]


def test_productions_that_exist_already_are_not_learned() -> None:
    # E -> E '+' E '+' E has two trees, E -> 'x' as well; only one of each can be a production.
    grammar = GRAMMARS["ambiguous"]
    merges = learn_inlinings(grammar, samples(grammar, 3, 200, 60), 150)
    merged = InlinedGrammar(grammar, merges).grammar
    assert len(set(merged.productions)) == len(merged.productions) > 40
    assert sum(str(production) == "E -> 'x'" for production in merged.productions) == 1


def test_learning_ends_where_nothing_occurs_twice() -> None:
    assert learn_inlinings(SUMS, [[1, 2], [1, 4]], 5) == []
    assert learn_inlinings(SUMS, [[1, 2], [1, 4], [1, 2]], 5) == [(1, 0, 2)]
    assert learn_inlinings(SUMS, [], 5) == []
    assert learn_inlinings(SUMS, [[1, 2], [1, 2]], 0) == []


def test_without_merges_nothing_changes() -> None:
    inlined = InlinedGrammar(SUMS)
    assert inlined.grammar is SUMS
    assert inlined.contract([1, 2]) == inlined.expand([1, 2]) == [1, 2]


FAULTS = {
    "[3, 1]": ([(3, 1)], "must be three numbers"),
    "four": ([(3, 1, 5, 6)], "must be three numbers"),
    "text": ([("3", 1, 5)], "must be three numbers"),
    "float": ([(3.0, 1, 5)], "must be three numbers"),
    "bool": ([(3, True, 5)], "must be three numbers"),
    "inner": ([(3, 1, 8)], r"merge 1 of 1 is \[3, 1, 8\]: its tokens must be from 3 to 7, of"),
    "outer": ([(2, 0, 5)], "from 3 to 7"),
    "later": ([(3, 1, 5), (9, 0, 4)], "merge 2 of 2 .* from 3 to 8"),
    "position": ([(3, 2, 5)], r"S -> S '\+' T has no non-terminal 2 \(of 2, counted from 0\)"),
    "negative": ([(3, -1, 5)], "has no non-terminal -1"),
    "leaf": ([(5, 0, 5)], r"T -> 'x' has no non-terminal 0 \(of 0"),
    "other": ([(3, 0, 5)], r"non-terminal 0 of S -> S '\+' T is S, which T -> 'x' does not repl"),
    "twice": ([(4, 0, 5), (4, 0, 5)], "merge 2 of 2 .*: S -> 'x' is token 8 already, and deriva"),
}


@pytest.mark.parametrize(("merges", "message"), FAULTS.values(), ids=FAULTS)
def test_merges_that_do_not_fit_are_refused(merges: list[tuple], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        InlinedGrammar(SUMS, merges, 3)
    assert str(caught.value).endswith("; restore the vocabulary file, or train again")


def test_a_merge_that_repeats_another_derivation_s_production_is_refused() -> None:
    grammar = Grammar.from_text("S -> A | B\nA -> 'x'\nB -> 'x'\n")
    with pytest.raises(ConfigurationError, match=r"is \[1, 0, 3\]: S -> 'x' is token 4 already"):
        InlinedGrammar(grammar, [(0, 0, 2), (1, 0, 3)])
