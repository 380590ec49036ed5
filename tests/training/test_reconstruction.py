import math

import numpy as np
import pytest
import torch
from torch import Tensor

from latentbo.models import alternatives
from latentbo.parsing import load_grammar
from latentbo.representations import (
    END,
    PAD,
    CharacterRepresentation,
    GrammarRepresentation,
    Representation,
)
from latentbo.training.reconstruction import LOSSES, binary_loss, cross_entropy_loss

STRINGS = ["x", "1+x", "sin(x*x)", "exp(x)*2", "(x+1)*3"]


@pytest.fixture(params=["grammar", "characters"])
def representation(request: pytest.FixtureRequest) -> Representation:
    if request.param == "grammar":
        return GrammarRepresentation(load_grammar("expressions"), 15)
    return CharacterRepresentation.build(STRINGS, 15)


@pytest.fixture
def tokens(representation: Representation) -> Tensor:
    return representation.encode(STRINGS)


@pytest.fixture
def logits(tokens: Tensor, representation: Representation) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    values = 2 * torch.randn(
        *tokens.shape, len(representation.vocabulary), generator=generator, dtype=torch.float64
    )
    values[..., :END] = -torch.inf
    return values.requires_grad_()


def slow_binary_loss(
    logits: np.ndarray, tokens: list[list[int]], representation: Representation
) -> float:
    """The published loss, class by class: max_length times the mean over positions and classes."""
    losses = []
    for row_logits, row in zip(logits, tokens, strict=True):
        for position_logits, token in zip(row_logits, row, strict=True):
            true = END if token == PAD else token
            classes = range(END, len(position_logits))
            rivals = list(classes)
            if isinstance(representation, GrammarRepresentation):
                sides = [None] * END + ["nothing"]
                sides += [p.lhs for p in representation.grammar.productions]
                rivals = [c for c in classes if sides[c] == sides[true]]
            weights = {c: math.exp(position_logits[c]) for c in rivals}
            for c in classes:
                p = weights.get(c, 0.0) / sum(weights.values())
                p = min(max(p, 1e-7), 1 - 1e-7)
                losses.append(-math.log(p) if c == true else -math.log(1 - p))
    return len(tokens[0]) * float(np.mean(losses))


def test_binary_loss_is_the_published_one(
    representation: Representation, tokens: Tensor, logits: Tensor
) -> None:
    total, count = binary_loss(logits, tokens, alternatives(representation), True)
    expected = slow_binary_loss(logits.detach().numpy(), tokens.tolist(), representation)
    # Ours does not clip probabilities near 0: 1e-7 for each class that cannot occur.
    assert float((total / count).detach()) == pytest.approx(expected, abs=15e-7)


def test_positions_behind_the_end_count_only_everywhere(
    representation: Representation, tokens: Tensor, logits: Tensor
) -> None:
    table = alternatives(representation)
    with torch.no_grad():
        everywhere, inside = (
            float(torch.div(*binary_loss(logits, tokens, table, flag))) for flag in (True, False)
        )
    if table is None:
        assert everywhere > inside + 0.1
    else:  # "nothing" has no rival there
        assert everywhere == pytest.approx(inside)


@pytest.mark.parametrize("name", LOSSES)
def test_parts_of_a_batch_add_up(
    representation: Representation, tokens: Tensor, logits: Tensor, name: str
) -> None:
    table, loss = alternatives(representation), LOSSES[name]
    whole = loss(logits, tokens, table, True)
    parts = [loss(logits[rows], tokens[rows], table, True) for rows in ([0, 3], [1, 2, 4])]
    for i in (0, 1):
        torch.testing.assert_close(parts[0][i] + parts[1][i], whole[i])


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_finite_and_of_rivals_only(
    representation: Representation, tokens: Tensor, logits: Tensor, name: str
) -> None:
    table = alternatives(representation)
    (LOSSES[name](logits, tokens, table, True)[0]).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    if table is not None:
        assert (logits.grad[~table[tokens]] == 0).all()
    inside = tokens != PAD
    true = logits.grad.gather(2, tokens[..., None])[..., 0][inside & (tokens != END)]
    assert (true < 0).all()


@pytest.mark.parametrize("sure", [30.0, 300.0])
def test_sure_decoders_have_finite_losses(sure: float) -> None:
    targets = torch.tensor([[3, 4, END, PAD]])
    right = torch.full((1, 4, 6), -torch.inf)
    right[..., END:] = 0.0
    wrong = right.clone()
    right.scatter_(2, targets.masked_fill(targets == PAD, END)[..., None], sure)
    wrong[..., 5] = sure
    for values in (right.requires_grad_(), wrong.requires_grad_()):
        total, _ = binary_loss(values, targets, None, True)
        total.backward()
        assert torch.isfinite(total)
        assert values.grad is not None
        assert torch.isfinite(values.grad).all()


def test_cross_entropy_is_the_negative_log_likelihood_of_the_masked_decoder() -> None:
    representation = GrammarRepresentation(load_grammar("expressions"), 15)
    tokens = representation.encode(["x+1"])
    logits = torch.zeros(1, 15, len(representation.vocabulary))
    total, count = cross_entropy_loss(logits, tokens, alternatives(representation), True)
    # S -> S + T, S -> T, T -> x, T -> 1, end: of 4, 4, 7, 7 and 1 rivals.
    assert float(total) == pytest.approx(2 * math.log(4) + 2 * math.log(7), rel=1e-5)
    assert int(count) == 5
