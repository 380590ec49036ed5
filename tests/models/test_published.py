from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.models import (
    PriorConfig,
    PublishedAutoencoder,
    PublishedConfig,
    TrainedModel,
    decode_tokens,
    load_model,
    save_model,
)
from latentbo.parsing import load_grammar
from latentbo.representations import (
    BEGIN,
    END,
    PAD,
    CharacterRepresentation,
    DecodeStatus,
    GrammarRepresentation,
    Representation,
)
from latentbo.tasks import TASKS

EXPRESSIONS = ["x", "1+x", "sin(x*x)", "1/3+x+sin(x*x)", "exp(x)*2", "(x+1)*3", "x/2"]
SIZES = PublishedConfig(6, 20, dense_width=12, gru_width=8, gru_layers=2)

MakePublished = Callable[..., TrainedModel]


@pytest.fixture
def make_published() -> MakePublished:
    """Return a maker of small random models of expressions."""

    def make(grammar: bool = True, **changes: Any) -> TrainedModel:
        representation: Representation
        if grammar:
            representation = GrammarRepresentation(load_grammar("expressions"), 20)
        else:
            representation = CharacterRepresentation.build(EXPRESSIONS, 20)
        config = PublishedConfig(**{**vars(SIZES), **changes})
        torch.manual_seed(0)
        network = PublishedAutoencoder(len(representation.vocabulary), config)
        # As after some training: statistics and shifts of the batch norms that show.
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm1d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.5, 2.0)
        network.decoder.output.weight.data.mul_(20)
        return TrainedModel(network, representation, config, PriorConfig(3, 2.0))

    return make


@pytest.fixture
def published(make_published: MakePublished) -> TrainedModel:
    return make_published()


def random_codes(number: int = 5, size: int = 6) -> Tensor:
    return 3 * torch.randn(number, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("task", TASKS)
def test_sizes_are_those_of_the_paper(task: str) -> None:
    classes, dense = {"expressions": (12, 100), "molecules": (76, 435)}[task]
    config = PublishedConfig(**TASKS[task].recipes["published"].sizes)
    network = PublishedAutoencoder(classes + END, config)
    shapes = {name: tuple(p.shape) for name, p in network.named_parameters()}
    convolutions = [shape for name, shape in shapes.items() if "convolutions" in name]
    kernels = [shape for shape in convolutions if len(shape) == 3]
    expected = {
        "expressions": [(2, 12, 2), (3, 2, 3), (4, 3, 4)],
        "molecules": [(9, 76, 9), (9, 9, 9), (10, 9, 11)],
    }
    assert kernels == expected[task]
    assert shapes["encoder.hidden.weight"][0] == dense
    assert shapes["encoder.head.weight"] == (config.num_dimensions, dense)
    assert shapes["decoder.output.weight"] == (classes, {12: 100, 76: 501}[classes])
    assert sum("rnn.weight_ih" in name for name in shapes) == 3
    has_batch_norm = any(isinstance(m, torch.nn.BatchNorm1d) for m in network.modules())
    assert has_batch_norm == (task == "expressions")


@pytest.mark.parametrize("grammar", [True, False])
def test_code_depends_on_its_string_alone(make_published: MakePublished, grammar: bool) -> None:
    model = make_published(grammar)
    tokens = model.representation.encode(EXPRESSIONS)
    batched = model.encode_tokens(tokens)
    for row, code in zip(tokens, batched, strict=True):
        alone = model.encode_tokens(row[row != PAD][None])
        torch.testing.assert_close(alone[0], code, rtol=0, atol=1e-6)
    longer = torch.cat([tokens, torch.zeros(len(tokens), 9, dtype=torch.int64)], 1)
    assert model.network.encode(longer).codes.equal(model.network.encode(tokens).codes)
    assert torch.pdist(batched).min() > 1e-3  # or the comparison would say nothing


def test_rows_that_are_too_long_are_refused(published: TrainedModel) -> None:
    tokens = torch.full((2, 21), END)
    with pytest.raises(ValueError, match="holds 20 tokens, got rows of up to 21"):
        published.network.encode(tokens)


@torch.no_grad()
def test_logits_have_the_layout_of_tokens(published: TrainedModel) -> None:
    tokens = published.representation.encode(EXPRESSIONS)
    logits = published.network.logits(published.encode_tokens(tokens), tokens)
    assert logits.shape == (len(tokens), 20, len(published.representation.vocabulary))
    assert (logits[..., [PAD, BEGIN]] == -torch.inf).all()
    assert torch.isfinite(logits[..., END:]).all()
    short = published.network.logits(published.encode_tokens(tokens), tokens[:, :4])
    assert short.equal(logits[:, :4])


@torch.no_grad()
def test_decoder_sees_the_code_alone(published: TrainedModel) -> None:
    codes = random_codes()
    decoder = published.network.decoder
    first, second = torch.randint(
        3, 14, (2, 5, 20), generator=torch.Generator().manual_seed(0)
    ).unbind()
    logits = published.network.logits(codes, first)
    assert logits.equal(published.network.logits(codes, second, torch.ones_like(first).bool()))
    state, steps = decoder.initial_state(codes), []
    for position in range(20):
        step, state = decoder(codes, first[:, position : position + 1], state)
        steps.append(step)
    assert torch.cat(steps, 1).equal(logits)
    assert state.shape == (0, 5, 14)
    both, rest = decoder(codes, first[:, :7], decoder.initial_state(codes))
    assert both.equal(logits[:, :7])
    assert rest.shape[0] == 13


def test_decodes_under_the_grammar_s_mask(published: TrainedModel) -> None:
    codes = random_codes(200)
    decoded = published.decode(codes)
    strings = {row.string for row in decoded if row.status is DecodeStatus.COMPLETE}
    assert len(strings) > 1
    for row in decoded:
        assert row.status in (DecodeStatus.COMPLETE, DecodeStatus.UNFINISHED)
    # One by one, and by hand from all logits at once.
    logits = published.network.logits(codes, torch.zeros(200, 20, dtype=torch.int64))
    tokens = decode_tokens(published.network, published.representation, codes)
    for i in range(0, 200, 20):
        mask = published.representation.decoder_mask(1, torch.device("cpu"))
        for position, expected in enumerate(tokens[i].tolist()):
            if expected == PAD:
                break
            allowed = logits[i, position].masked_fill(~mask.allowed()[0], -torch.inf)
            assert int(allowed.argmax()) == expected
            mask.advance(torch.tensor([expected]))


def test_log_likelihood_is_that_of_the_masked_decoder(published: TrainedModel) -> None:
    tokens = published.representation.encode(EXPRESSIONS)
    codes = published.encode_tokens(tokens)
    found = published.log_likelihood(tokens, codes)
    with torch.no_grad():
        logits = published.network.logits(codes, tokens)
    for row, row_logits, value in zip(tokens, logits, found.tolist(), strict=True):
        mask = published.representation.decoder_mask(1, torch.device("cpu"))
        total, length = 0.0, int((row != PAD).sum())
        for token, position in zip(row[:length].tolist(), row_logits, strict=False):
            allowed = position.masked_fill(~mask.allowed()[0], -torch.inf)
            total += float(allowed.log_softmax(0)[token])
            mask.advance(torch.tensor([token]))
        assert value == pytest.approx(total / length, rel=1e-4)


def test_log_likelihood_of_characters_is_finite(make_published: MakePublished) -> None:
    model = make_published(grammar=False)
    tokens = model.representation.encode(EXPRESSIONS)
    values = model.log_likelihood(tokens, model.encode_tokens(tokens))
    assert torch.isfinite(values).all()
    assert (values < 0).all()


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_every_parameter_gets_a_gradient(
    make_published: MakePublished, variational: bool, batch_norm: bool
) -> None:
    model = make_published(variational=variational, batch_norm=batch_norm, noise_scale=1.0)
    network = model.network.train()
    tokens = model.representation.encode(EXPRESSIONS)
    encoding = network.encode(tokens, torch.Generator().manual_seed(0))
    logits = network.logits(encoding.codes, tokens)[..., END:]
    logits.square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_noise_scale_scales_the_samples(make_published: MakePublished) -> None:
    offsets = []
    for scale in (0.0, 0.01, 1.0):
        model = make_published(variational=True, noise_scale=scale, batch_norm=False)
        tokens = model.representation.encode(EXPRESSIONS)
        encoding = model.network.train().encode(tokens, torch.Generator().manual_seed(0))
        offsets.append(encoding.codes - encoding.mean)
        evaluated = model.network.eval().encode(tokens)
        assert evaluated.codes.equal(evaluated.mean)
        assert evaluated.log_variance is not None
    assert offsets[0].abs().max() == 0
    torch.testing.assert_close(100 * offsets[1], offsets[2], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("variational", [False, True])
def test_saved_and_loaded_it_is_the_same(
    make_published: MakePublished, tmp_path: Path, variational: bool
) -> None:
    model = make_published(variational=variational)
    counter = model.network.state_dict()["decoder.normalise.num_batches_tracked"]
    counter.fill_(70_001)  # beyond half precision
    save_model(model, tmp_path / "whole", torch.float32)
    again = load_model(tmp_path / "whole")
    assert again.network_config == model.network_config
    assert again.to_config() == model.to_config()
    for name, tensor in model.network.state_dict().items():
        assert again.network.state_dict()[name].equal(tensor), name
    assert again.encode(EXPRESSIONS).equal(model.encode(EXPRESSIONS))
    assert again.decode(random_codes()) == model.decode(random_codes())
    save_model(model, tmp_path / "half")
    half = load_model(tmp_path / "half")
    assert half.network.state_dict()["decoder.normalise.num_batches_tracked"] == 70_001


def test_other_length_than_the_representation_s_is_refused(make_published: MakePublished) -> None:
    with pytest.raises(ConfigurationError, match=r"network holds 30 tokens.* 20"):
        make_published(max_length=30)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_dimensions": 0}, "num_dimensions must be at least 1, not 0"),
        ({"gru_layers": 0}, "gru_layers must be at least 1"),
        ({"filters": (2, 0, 4)}, r"must be positive, not \(2, 0, 4\)"),
        ({"filters": (2, 3)}, "2 filters and 3 widths"),
        ({"filters": (), "widths": ()}, "must be positive"),
        ({"noise_scale": -1.0}, "noise_scale must not be negative"),
        ({"max_length": 6}, r"at least 7 for convolutions over \(2, 3, 4\) positions, not 6"),
    ],
)
def test_sizes_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        PublishedConfig(**changes)


def test_shortest_strings_leave_one_position() -> None:
    assert PublishedConfig(max_length=7).positions_left == 1


def test_one_hot_vectors_take_the_place_of_their_tokens() -> None:
    config = PublishedConfig(4, 16, dense_width=8, gru_width=8, gru_layers=1)
    network = PublishedAutoencoder(9, config).eval()
    tokens = torch.tensor([[3, 4, 2, 0], [8, 2, 0, 0]])
    embedded = network.encoder.embed(tokens)
    assert embedded.shape == (2, 16, 9 - 2)
    assert bool((embedded.sum(2) == 1).all())
    codes = network.encode(tokens, embedded=embedded).mean
    assert codes.equal(network.encode(tokens).mean)
    assert not codes.equal(network.encode(tokens, embedded=0.9 * embedded).mean)
    torch.testing.assert_close(network.encoder.embedding_deviation, embedded.std(correction=0))
