import pytest
import torch
from torch import Tensor

from latentbo.models import TrainedModel, decode_tokens
from latentbo.representations import BEGIN, END, PAD


@pytest.fixture
def codes() -> Tensor:
    return 2 * torch.randn(60, 6, generator=torch.Generator().manual_seed(1))


def naive(model: TrainedModel, codes: Tensor) -> Tensor:
    """Greedy decoding by running over the whole prefix at each step, all rows to the end."""
    representation = model.representation
    tokens = torch.zeros(len(codes), 0, dtype=torch.int64)
    with torch.no_grad():
        for _ in range(representation.max_length):
            padded = torch.cat([tokens, tokens.new_zeros(len(codes), 1)], 1)
            logits = model.network.logits(codes, padded)[:, -1]
            logits[:, [PAD, BEGIN]] = -torch.inf
            tokens = torch.cat([tokens, logits.argmax(1, keepdim=True)], 1)
    ended = (tokens == END).cumsum(1) - (tokens == END).long() > 0
    return tokens.masked_fill(ended, PAD)


def test_greedy_equals_naive_decoding(model: TrainedModel, codes: Tensor) -> None:
    expected = naive(model, codes)
    found = decode_tokens(model.network, model.representation, codes)
    assert found.equal(expected)
    lengths = (expected != PAD).sum(1)
    assert lengths.unique().numel() > 3  # rows end at different steps
    assert (found == END).any(1).sum() not in (0, len(codes))  # some run out of length


def test_rows_do_not_depend_on_each_other(model: TrainedModel, codes: Tensor) -> None:
    together = decode_tokens(model.network, model.representation, codes)
    alone = [decode_tokens(model.network, model.representation, code[None]) for code in codes]
    assert together.equal(torch.cat(alone))


def test_greedy_is_deterministic(model: TrainedModel, codes: Tensor) -> None:
    runs = [decode_tokens(model.network, model.representation, codes) for _ in range(2)]
    assert runs[0].equal(runs[1])


def test_padding_and_begin_are_never_emitted(model: TrainedModel, codes: Tensor) -> None:
    generator = torch.Generator().manual_seed(0)
    tokens = decode_tokens(model.network, model.representation, codes, 5.0, generator)
    before_end = (tokens == END).cumsum(1) == 0
    assert not (before_end & ((tokens == PAD) | (tokens == BEGIN))).any()
    assert (tokens[~before_end & (tokens != END)] == PAD).all()


def test_samples_follow_the_generator(model: TrainedModel, codes: Tensor) -> None:
    def sample(seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return decode_tokens(model.network, model.representation, codes, 1.0, generator)

    assert sample(0).equal(sample(0))
    assert not sample(0).equal(sample(1))


def test_cold_samples_are_greedy(model: TrainedModel, codes: Tensor) -> None:
    generator = torch.Generator().manual_seed(0)
    cold = decode_tokens(model.network, model.representation, codes, 1e-4, generator)
    assert cold.equal(decode_tokens(model.network, model.representation, codes))


def test_each_code_can_have_its_own_temperature(model: TrainedModel, codes: Tensor) -> None:
    greedy = decode_tokens(model.network, model.representation, codes)
    temperatures = torch.arange(len(codes)) % 2 * 3.0
    mixed = decode_tokens(
        model.network, model.representation, codes, temperatures, torch.Generator().manual_seed(0)
    )
    alike = (mixed == greedy).all(1)
    assert alike[temperatures == 0].all()
    assert not alike[temperatures > 0].all()


def test_sampled_first_tokens_have_the_decoder_s_probabilities(model: TrainedModel) -> None:
    code = torch.full((1, 6), 0.3)
    tokens = torch.zeros(1, 1, dtype=torch.int64)
    with torch.no_grad():
        logits = model.network.logits(code, tokens)[0, 0]
    logits[[PAD, BEGIN]] = -torch.inf
    expected = torch.softmax(logits / 2.0, 0)
    generator = torch.Generator().manual_seed(0)
    drawn = decode_tokens(
        model.network, model.representation, code.expand(4000, -1), 2.0, generator
    )[:, 0]
    found = drawn.bincount(minlength=len(expected)) / 4000
    assert (found - expected).abs().max() < 4 * 0.5 / 4000**0.5


def test_no_codes_give_no_rows(model: TrainedModel) -> None:
    tokens = decode_tokens(model.network, model.representation, torch.zeros(0, 6))
    assert tokens.shape == (0, 16)
