import subprocess
import sys

import pytest
import torch

from latentbo.parsing import Grammar, Parser, load_grammar, parser_for
from latentbo.parsing.patterns import NUM_PATTERNS, pattern_counts, tree_patterns


@pytest.fixture(scope="module")
def parser() -> Parser:
    return parser_for(load_grammar("expressions"))


def patterns(parser: Parser, sentence: str) -> list[str]:
    return sorted(tree_patterns(parser.grammar, parser.parse(sentence)))


def test_patterns_are_productions_families_and_phrases() -> None:
    grammar = Grammar.from_text("S -> S '+' T | T\nT -> 'x' | 'f(' S ')'")
    assert patterns(parser_for(grammar), "x+f(x)") == [
        "family 0 2 3",
        "family 3 2",
        "phrase S x+f(x)",
        "phrase T f(x)",
        "production 0",
        "production 2",
        "production 2",
        "production 3",
    ]


def test_shared_parts_are_shared_patterns(parser: Parser) -> None:
    counts = pattern_counts(parser, ["x+sin(x*x)", "3+sin(x*x)", "exp(1)/2"])
    shared = torch.minimum(counts[0], counts[1]).sum(), torch.minimum(counts[0], counts[2]).sum()
    assert shared[0] > 3 * shared[1]


def test_counts_add_up_and_do_not_depend_on_the_others(parser: Parser) -> None:
    sentences = ["x", "1/3+x+sin(x*x)", "no sentence", "", "x"]
    counts = pattern_counts(parser, sentences)
    assert counts.shape == (5, NUM_PATTERNS)
    assert counts.dtype == torch.float64
    for row, sentence in enumerate(sentences[:2]):
        assert counts[row].sum() == len(patterns(parser, sentence))
        assert torch.equal(counts[row], pattern_counts(parser, [sentence])[0])
    assert not counts[2:4].any()
    assert torch.equal(counts[0], counts[4])
    assert pattern_counts(parser, []).shape == (0, NUM_PATTERNS)


def test_columns_are_the_same_in_every_process(parser: Parser) -> None:
    code = (
        "from latentbo.parsing import load_grammar, parser_for\n"
        "from latentbo.parsing.patterns import pattern_counts\n"
        "counts = pattern_counts(parser_for(load_grammar('expressions')), ['x+sin(x)'])\n"
        "print(counts[0].nonzero().ravel().tolist())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    columns = pattern_counts(parser, ["x+sin(x)"])[0].nonzero().ravel().tolist()
    assert found.stdout.strip() == str(columns)
