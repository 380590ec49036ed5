import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.models import TrainedModel, decode_beams, decode_tokens
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


def every_string(model: TrainedModel, code: Tensor, length: int) -> dict[tuple[int, ...], float]:
    """Log probabilities of all strings of at most `length` tokens (the end is one of them)."""
    found: dict[tuple[int, ...], float] = {}
    frontier: dict[tuple[int, ...], float] = {(): 0.0}
    for _ in range(length):
        after: dict[tuple[int, ...], float] = {}
        for prefix, total in frontier.items():
            padded = torch.tensor([[*prefix, PAD]])
            with torch.no_grad():
                logits = model.network.logits(code[None], padded)[0, -1]
            logits[[PAD, BEGIN]] = -torch.inf
            for token, score in enumerate(logits.log_softmax(0).tolist()):
                if token == END:
                    found[(*prefix, token)] = total + score
                elif token not in (PAD, BEGIN):
                    after[(*prefix, token)] = total + score
        frontier = after
    return found


def log_probability(model: TrainedModel, tokens: Tensor, codes: Tensor) -> Tensor:
    """Of each row of tokens, among strings without padding and beginnings."""
    with torch.no_grad():
        logits = model.network.logits(codes, tokens)
    logits[:, :, [PAD, BEGIN]] = -torch.inf
    chosen = logits.log_softmax(2).gather(2, tokens[:, :, None])[:, :, 0]
    return chosen.masked_fill(tokens == PAD, 0).sum(1)


def test_one_beam_is_the_greedy_decode(model: TrainedModel, codes: Tensor) -> None:
    found, scores = decode_beams(model.network, model.representation, codes, 1)
    assert found[:, 0].equal(decode_tokens(model.network, model.representation, codes))
    torch.testing.assert_close(scores[:, 0], log_probability(model, found[:, 0], codes))


def test_wide_beams_find_the_most_probable_strings(model: TrainedModel, codes: Tensor) -> None:
    with torch.no_grad():
        model.network.decoder.output.bias[END] += 4  # short strings, which can all be listed
    for code in codes[:5]:
        listed = every_string(model, code, 4)
        found, scores = decode_beams(model.network, model.representation, code[None], 60)
        rows = [tuple(row[row != PAD].tolist()) for row in found[0]]
        short = [(row, float(s)) for row, s in zip(rows, scores[0], strict=True) if len(row) <= 4]
        assert len(short) >= 10
        expected = sorted(listed.items(), key=lambda item: -item[1])[: len(short)]
        assert [row for row, _ in short[:10]] == [row for row, _ in expected[:10]]
        for (_, value), (_, score) in zip(short[:10], expected[:10], strict=True):
            assert value == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize("num_beams", [2, 5])
def test_beams_are_distinct_sorted_and_scored_rightly(
    model: TrainedModel, codes: Tensor, num_beams: int
) -> None:
    found, scores = decode_beams(model.network, model.representation, codes, num_beams)
    assert (scores.diff(dim=1) <= 0).all()
    for row in found:
        assert len({tuple(each.tolist()) for each in row}) == num_beams
    for beam in range(num_beams):
        expected = log_probability(model, found[:, beam], codes)
        torch.testing.assert_close(scores[:, beam], expected)
    alone = [
        decode_beams(model.network, model.representation, c[None], num_beams)[0] for c in codes
    ]
    assert found.equal(torch.cat(alone))


def test_a_model_of_several_beams_decodes_by_them(model: TrainedModel, codes: Tensor) -> None:
    greedy = model.decode_tokens(codes)
    model.num_beams = 4
    found = model.decode_tokens(codes, batch_size=7)
    best, _ = decode_beams(model.network, model.representation, codes, 4)
    assert found.equal(best[:, 0])
    assert not found.equal(greedy)
    # Samples stay samples: at mixed temperatures only the rows at 0 are searched.
    temperatures = torch.arange(len(codes)).remainder(2).float()
    generator = torch.Generator().manual_seed(0)
    mixed = model.decode_tokens(codes, temperatures, generator)
    assert mixed[temperatures == 0].equal(found[temperatures == 0])
    assert not mixed[temperatures == 1].equal(found[temperatures == 1])


@pytest.mark.parametrize("wrong", [0, -1, 101, 2.0, True, "3"])
def test_wrong_numbers_of_beams_are_refused(model: TrainedModel, wrong: object) -> None:
    with pytest.raises(ConfigurationError, match="num_beams"):
        TrainedModel(
            *(model.network, model.representation, model.network_config, model.prior_config),
            num_beams=wrong,  # type: ignore[arg-type]
        )
