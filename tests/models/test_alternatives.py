import torch

from latentbo.models import alternatives
from latentbo.parsing import Grammar
from latentbo.representations import (
    BEGIN,
    END,
    PAD,
    CharacterRepresentation,
    GrammarRepresentation,
)

TEXT = "S -> S '+' T\nS -> T\nT -> 'x'\nT -> '(' S ')'\nT -> '1'\n"


def test_rivals_are_the_productions_of_the_same_non_terminal() -> None:
    representation = GrammarRepresentation(Grammar.from_text(TEXT), 12)
    table = alternatives(representation)
    assert table is not None
    names = representation.vocabulary.symbols
    for token, row in enumerate(table.tolist()):
        rivals = {names[i] for i, allowed in enumerate(row) if allowed}
        if token in (PAD, BEGIN, END):
            assert rivals == {names[END]}
        else:
            side = names[token].split(" -> ")[0]
            assert rivals == {name for name in names if name.startswith(f"{side} -> ")}


def test_table_is_what_the_decoder_s_mask_allows() -> None:
    representation = GrammarRepresentation(Grammar.from_text(TEXT), 12)
    table = alternatives(representation)
    assert table is not None
    tokens = representation.encode(["x+(1+x)", "(x)", "1"])
    mask = representation.decoder_mask(3, torch.device("cpu"))
    for column in tokens.T:
        going_on = column != PAD
        assert mask.allowed()[going_on].equal(table[column[going_on]])
        mask.advance(column.masked_fill(~going_on, END))


def test_plain_sequences_have_no_table() -> None:
    assert alternatives(CharacterRepresentation.build(["abc"], 5)) is None
