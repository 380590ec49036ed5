"""Tasks whose strings are the sentences of a context-free grammar."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from latentbo.data.expressions import random_sentences
from latentbo.parsing import Grammar, ParseError, Parser, load_grammar, parser_for
from latentbo.tasks.base import Task
from latentbo.tasks.recipes import short_strings

if TYPE_CHECKING:
    from torch import Tensor


def grammar_task(name: str, grammar: str | Grammar, **facts: Any) -> Task:
    """Return the task over the sentences of a grammar.

    A sentence is canonical without blanks. The starting pool are random sentences, and the
    fragments that the surrogate sees are the patterns of their parse trees. A model with another
    grammar has this other grammar's sentences.

    Args:
        name: Of the task.
        grammar: Name of a shipped grammar, or a grammar. It is read when it is needed.
        facts: Further arguments of `Task`, or others instead of these.
    """

    @cache
    def parser() -> Parser:
        found = grammar if isinstance(grammar, Grammar) else load_grammar(grammar)
        return parser_for(found)

    def canonical(string: str) -> str | None:
        written = "".join(string.split())
        try:
            parser().parse(written)
        except ParseError:
            return None
        return written

    def count(sentences: Sequence[str]) -> "Tensor":
        from latentbo.parsing.patterns import pattern_counts  # noqa: PLC0415  (needs torch)

        return pattern_counts(parser(), sentences)

    def of_grammar(text: str) -> Task:
        return grammar_task(name, Grammar.from_text(text, "the model's grammar"), **facts)

    parts: dict[str, Any] = {
        "canonical": canonical,
        "pool": lambda: random_sentences(parser().grammar),
        "pool_name": "random sentences of the grammar",
        "pool_file": "pool.txt",
        "whole_lines": True,
        "recipes": short_strings("grammar"),
        "grammar": grammar,
        "count": count,
        "of_grammar": of_grammar,
    }
    return Task(name=name, **{**parts, **facts})
