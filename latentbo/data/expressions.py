"""Random sentences of a grammar: what a run over expressions starts from when the user has none."""

import random

from latentbo.errors import DataError
from latentbo.parsing import Grammar, sample_derivation, write_sentence

POOL_SIZE = 5000
#: As in the expressions of the grammar-VAE paper.
MAX_PRODUCTIONS = 14
# Draws in a row that give nothing new, after which the grammar has no more sentences to give.
_PATIENCE = 1000


def random_sentences(
    grammar: Grammar,
    number: int = POOL_SIZE,
    max_productions: int = MAX_PRODUCTIONS,
    seed: int = 0,
) -> list[str]:
    """Draw distinct sentences of a grammar.

    Args:
        grammar: The grammar.
        number: How many; fewer if it has no more within the length.
        max_productions: Most productions of a sentence's derivation.
        seed: The same seed gives the same sentences.

    Returns:
        The sentences in the order in which they were drawn; none is left out for its value.

    Raises:
        DataError: If the grammar has no sentence of that length.
    """
    generator = random.Random(seed)  # noqa: S311  (no secret)
    found: dict[str, None] = {}
    misses = 0
    short_enough = grammar.minimal_lengths[grammar.start] <= max_productions
    while short_enough and len(found) < number and misses < _PATIENCE:
        before = len(found)
        sentence = write_sentence(grammar, sample_derivation(grammar, generator, max_productions))
        if sentence:
            found[sentence] = None
        misses = 0 if len(found) > before else misses + 1
    if not found:
        raise DataError(
            f"the grammar has no sentence of at most {max_productions} productions: "
            f"give strings to start from with --initial FILE"
        )
    return list(found)
