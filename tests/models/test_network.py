from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from latentbo.errors import ConfigurationError
from latentbo.models import NetworkConfig, SequenceEncoder, TrainedModel
from latentbo.representations import BEGIN, END, PAD


def packed_reference(encoder: SequenceEncoder, tokens: Tensor) -> Tensor:
    """The same encoder by torch's bidirectional GRU over packed sequences."""
    width = encoder.forward_rnn.hidden_size
    gru = nn.GRU(encoder.forward_rnn.input_size, width, batch_first=True, bidirectional=True)
    for name, parameter in encoder.forward_rnn.named_parameters():
        getattr(gru, name).data = parameter.data
    for name, parameter in encoder.backward_rnn.named_parameters():
        getattr(gru, f"{name}_reverse").data = parameter.data
    lengths = (tokens != PAD).sum(1)
    start = torch.zeros(2, len(tokens), width)
    start[1] = encoder.backward_start
    packed = pack_padded_sequence(
        encoder.embedding(tokens), lengths, batch_first=True, enforce_sorted=False
    )
    rows, _ = pad_packed_sequence(gru(packed, start)[0], batch_first=True)
    pooled = [
        torch.cat([row[:n].mean(0), row[:n].amax(0)]) for row, n in zip(rows, lengths, strict=True)
    ]
    output: Tensor = encoder.head(torch.stack(pooled))
    return output


def test_encoder_equals_packed_bidirectional_gru(model: TrainedModel, strings: list[str]) -> None:
    tokens = model.representation.encode(strings)
    encoder = model.network.encoder
    assert isinstance(encoder, SequenceEncoder)
    with torch.no_grad():
        torch.testing.assert_close(encoder(tokens)[0], packed_reference(encoder, tokens))


@pytest.mark.parametrize("variational", [False, True])
def test_code_depends_on_its_string_alone(
    make_model: Callable[..., TrainedModel], strings: list[str], variational: bool
) -> None:
    model = make_model(variational=variational)
    tokens = model.representation.encode(strings)
    batched = model.encode_tokens(tokens)
    for row, code in zip(tokens, batched, strict=True):
        alone = model.encode_tokens(row[row != PAD][None])
        torch.testing.assert_close(alone[0], code, rtol=0, atol=2e-6)
    longer = torch.cat([tokens, torch.zeros(len(tokens), 9, dtype=torch.int64)], 1)
    torch.testing.assert_close(model.encode_tokens(longer), batched, rtol=0, atol=2e-6)
    assert torch.pdist(batched).min() > 1e-3  # or the comparison would say nothing


def test_logits_see_the_code_and_what_came_before_only(model: TrainedModel) -> None:
    tokens = model.representation.encode(["CCO"])
    codes = torch.randn(1, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = model.network.logits(codes, tokens)
        changed = tokens.clone()
        changed[0, 2] = END
        after = model.network.logits(codes, changed)
        other = model.network.logits(-codes, tokens)
    torch.testing.assert_close(after[0, :3], logits[0, :3])
    assert not torch.allclose(after[0, 3], logits[0, 3])
    assert (other - logits).abs().amax(2).min() > 1e-4  # the code counts at every step


def test_teacher_forcing_equals_step_by_step(model: TrainedModel, strings: list[str]) -> None:
    tokens = model.representation.encode(strings)
    codes = model.encode_tokens(tokens)
    decoder = model.network.decoder
    state = decoder.initial_state(codes)
    previous = torch.full((len(tokens), 1), BEGIN)
    steps = []
    with torch.no_grad():
        for position in range(tokens.shape[1]):
            logits, state = decoder(codes, previous, state)
            steps.append(logits)
            previous = tokens[:, position : position + 1]
        torch.testing.assert_close(torch.cat(steps, 1), model.network.logits(codes, tokens))


def test_dropped_tokens_are_not_seen(model: TrainedModel) -> None:
    first, second = model.representation.encode(["CCO", "NNO"]).split(1)
    codes = torch.zeros(1, 6)
    all_dropped = torch.ones_like(first, dtype=torch.bool)
    with torch.no_grad():
        logits = [model.network.logits(codes, t, all_dropped) for t in (first, second)]
    torch.testing.assert_close(logits[0], logits[1])


@pytest.mark.parametrize("variational", [False, True])
def test_every_parameter_gets_a_gradient(
    make_model: Callable[..., TrainedModel], strings: list[str], variational: bool
) -> None:
    model = make_model(variational=variational)
    network = model.network.train()
    tokens = model.representation.encode(strings)
    encoding = network.encode(tokens, torch.Generator().manual_seed(0))
    network.logits(encoding.codes, tokens).logsumexp(2).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_variational_codes_are_samples_while_training_only(
    make_model: Callable[..., TrainedModel], strings: list[str]
) -> None:
    model = make_model(variational=True)
    tokens = model.representation.encode(strings)

    def encode(seed: int) -> Any:
        return model.network.encode(tokens, torch.Generator().manual_seed(seed))

    model.network.train()
    assert encode(0).codes.equal(encode(0).codes)
    assert not encode(0).codes.equal(encode(1).codes)
    assert not encode(0).codes.equal(encode(0).mean)
    model.network.eval()
    evaluated = encode(0)
    assert evaluated.codes.equal(evaluated.mean)
    assert evaluated.log_variance.shape == evaluated.mean.shape


@pytest.mark.parametrize(
    "field", ["num_dimensions", "embedding_width", "encoder_width", "decoder_layers"]
)
def test_sizes_are_checked(field: str) -> None:
    sizes: dict[str, Any] = {field: 0}
    with pytest.raises(ConfigurationError, match=f"{field} must be at least 1, not 0"):
        NetworkConfig(**sizes)


def test_embeddings_take_the_place_of_their_tokens(model: TrainedModel, strings: list[str]) -> None:
    tokens, network = model.representation.encode(strings), model.network
    embedded = network.encoder.embed(tokens).detach().requires_grad_()
    codes = network.encode(tokens, embedded=embedded).mean
    assert codes.equal(network.encode(tokens).mean)
    padded = (tokens == PAD)[:, :, None]
    other = torch.where(padded, torch.full_like(embedded, 7.0), embedded)
    assert padded.any()
    torch.testing.assert_close(network.encode(tokens, embedded=other).mean, codes)
    (gradient,) = torch.autograd.grad(codes.square().sum(), embedded)
    assert bool((gradient == 0).all(2).equal(padded[:, :, 0]))
    weights = network.encoder.get_parameter("embedding.weight")
    deviation = network.encoder.embedding_deviation
    torch.testing.assert_close(deviation, weights[END:].detach().std(correction=0))
    assert not deviation.requires_grad
