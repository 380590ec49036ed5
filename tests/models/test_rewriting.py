import torch

from latentbo.models import (
    Rewrite,
    TrainedModel,
    default_model_folder,
    load_model,
    rewrite_subtrees,
)
from latentbo.models.rewriting import FIRST
from latentbo.parsing import write_sentence
from latentbo.representations import GrammarRepresentation

# The shipped model reconstructs it.
STRING = "1/3+x+sin(x*x)"


def rewritten(
    model: TrainedModel, rewrites: list[Rewrite], temperature: float = 1.0, seed: int = 0
) -> list[list[int]]:
    representation = model.representation
    assert isinstance(representation, GrammarRepresentation)
    codes = model.encode([STRING]).expand(len(rewrites), -1)
    generator = torch.Generator().manual_seed(seed)
    return rewrite_subtrees(
        *(model.network.decoder, representation.token_grammar, codes, rewrites),
        *(temperature, generator),
    )


def test_a_decoder_that_is_sure_writes_what_stood_there() -> None:
    model = load_model(default_model_folder("expressions"))
    tokens = model.representation.indices(STRING)[:-1]
    grammar = model.representation.grammar  # type: ignore[attr-defined]
    places = range(len(tokens))
    names = [grammar.productions[token - FIRST].lhs for token in tokens]
    rewrites = [Rewrite(tokens[:place], names[place], 14 - place) for place in places]
    # Without randomness the decoder goes on from its state behind the prefix as the string does.
    for place, row in enumerate(rewritten(model, rewrites, 0.01)):
        assert row == tokens[place : place + len(row)]
    # What is forbidden is not written first.
    forbidden = [Rewrite(tokens[:1], "S", 9, tokens[1])] * 20
    assert all(row[0] != tokens[1] for row in rewritten(model, forbidden, 5.0))
    # A single way is taken even if it is forbidden.
    only = [Rewrite([], "S", 2, FIRST + 3)]
    assert rewritten(model, only)[0][0] == FIRST + 3


def test_room_is_kept_and_the_old_subtree_is_put_inside() -> None:
    model = load_model(default_model_folder("expressions"))
    grammar = model.representation.grammar  # type: ignore[attr-defined]
    kept = model.representation.indices("x*2")[:-1]
    for room in range(2, 15):
        rows = rewritten(model, [Rewrite([], "S", room, -1, kept)] * 40, 20.0, room)
        assert max(map(len, rows)) <= room
        written = [write_sentence(grammar, [token - FIRST for token in row]) for row in rows]
        assert None not in written
        is_inside = ["x*2" in (sentence or "") for sentence in written]
        # Two productions are the least that an S is put into.
        assert any(is_inside) == (room >= len(kept) + 2)
    assert rewritten(model, [Rewrite([], "S", 9)] * 9) == rewritten(
        model, [Rewrite([], "S", 9)] * 9
    )
