"""Grammars as data, and a fast exact parser: strings to leftmost derivations and back."""

from latentbo.parsing.derivation import sample_derivation, write_sentence
from latentbo.parsing.errors import GrammarError, ParseError
from latentbo.parsing.grammar import Grammar, load_grammar
from latentbo.parsing.parser import Parser, parser_for
from latentbo.parsing.productions import Production, Symbol
from latentbo.parsing.subtrees import subtree_ends

__all__ = [
    "Grammar",
    "GrammarError",
    "ParseError",
    "Parser",
    "Production",
    "Symbol",
    "load_grammar",
    "parser_for",
    "sample_derivation",
    "subtree_ends",
    "write_sentence",
]
