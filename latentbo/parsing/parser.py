"""Parse strings to leftmost derivations: by table where the grammar allows it, else by nltk."""

from functools import cached_property

from latentbo.parsing.automaton import END, build_automaton
from latentbo.parsing.chart import ChartParser
from latentbo.parsing.errors import ParseError
from latentbo.parsing.expected import first_error
from latentbo.parsing.grammar import Grammar
from latentbo.parsing.lexer import Lexer
from latentbo.parsing.table import TableParser

#: Numbers of lookahead symbols to try; one is enough for expressions, SMILES need two (after a
#: bond: a ring digit, or the chain's next atom).
LOOKAHEADS = (1, 2)

_PARSERS: dict[str, "Parser"] = {}


class Parser:
    """Parses strings of one grammar; tables are built on first use (SMILES: 0.2 s).

    nltk's chart parser is the definition: the derivation is that of its first tree.

    Args:
        grammar: A grammar.
    """

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._lexer = Lexer(grammar.terminals)

    @property
    def is_deterministic(self) -> bool:
        """Whether two symbols of lookahead suffice; if not, nltk's chart parser is used.

        A grammar for which this is true is unambiguous.
        """
        return isinstance(self._derive, TableParser)

    @cached_property
    def _derive(self) -> TableParser | ChartParser:
        for k in LOOKAHEADS:
            automaton = build_automaton(self.grammar, k)
            if automaton is not None:
                return TableParser(self.grammar, automaton)
        return ChartParser(self.grammar)

    def tokenize(self, string: str) -> list[str]:
        """Cut a string into terminals, the longest first.

        Raises:
            ParseError: If a part of it is not a terminal.
        """
        tokens, covered = self._lexer.split(string)
        if covered < len(string):
            raise self._error(string)
        return tokens

    def parse(self, string: str) -> list[int]:
        """Parse a string.

        Returns:
            The leftmost derivation: indices into `grammar.productions`, in pre-order of the tree.

        Raises:
            ParseError: If the string is not a sentence of the grammar.
        """
        tokens, covered = self._lexer.split(string)
        derivation = self._derive.parse(tokens) if covered == len(string) else None
        if derivation is None:
            raise self._error(string)
        return derivation

    def _error(self, string: str) -> ParseError:
        tokens, covered = self._lexer.split(string)
        unknown = [None] if covered < len(string) else []
        index, expected = first_error(self.grammar, [*tokens, *unknown])
        position = sum(map(len, tokens[:index]))
        symbol = tokens[index] if index < len(tokens) else string[position : position + 1]
        ends = END in expected
        return ParseError(string, position, symbol, sorted(expected - {END}), ends)


def parser_for(grammar: Grammar) -> Parser:
    """Return the parser of a grammar, the same one for equal grammars."""
    if grammar.fingerprint not in _PARSERS:
        _PARSERS[grammar.fingerprint] = Parser(grammar)
    return _PARSERS[grammar.fingerprint]
