from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from latentbo.regularizers import Encoding
from latentbo.representations import PAD
from latentbo.training import (
    PairTrainingLoss,
    SequencePairConfig,
    TrainingConfig,
    TrainingLoss,
    make_training_loss,
)
from latentbo.training.attacked import evaluated

Builder = Callable[..., TrainingLoss]

KINDS = pytest.mark.parametrize("kind", ["autoregressive", "published"])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def as_computed(tokens: Tensor) -> Tensor:
    """Return rows in the order, and of the length, in which one group of them is computed."""
    lengths = (tokens != PAD).sum(1)
    return tokens[lengths.argsort(stable=True), : int(lengths.max())].long()


@pytest.fixture
def make(build: Builder, build_published: Builder) -> Callable[..., PairTrainingLoss]:
    """Return a maker of a robust objective over the small networks of the other tests."""

    def made(
        kind: str = "autoregressive",
        options: dict[str, Any] | None = None,
        regularizer: str = "gmm-ks",
        **robust: Any,
    ) -> PairTrainingLoss:
        source = build if kind == "autoregressive" else build_published
        plain = source(regularizer=regularizer)
        found = PairTrainingLoss(
            plain.network,
            plain.regularizer,
            plain.regularizer_weight,
            SequencePairConfig(**robust),
            **{"reconstruction": "cross-entropy", **(options or {})},
        )
        return found.train()

    return made


Maker = Callable[..., PairTrainingLoss]


@KINDS
def test_attack_keeps_its_bound_and_moves_codes_farther_than_chance(
    make: Maker, tokens: Tensor, kind: str
) -> None:
    judge = make(kind, epsilon=0.2, step=0.25)
    rows, network = tokens[:60].long(), judge.network
    before = {name: value.clone() for name, value in judge.state_dict().items()}
    attacked = judge.attacked(rows, seeded())
    clean, unit = network.encoder.embed(rows).detach(), network.encoder.embedding_deviation
    assert attacked.shape == clean.shape
    changes = ((attacked - clean) / unit).abs()
    assert float(changes.max()) <= 0.2 * (1 + 1e-4)
    inside = (rows != PAD)[:, :, None].expand_as(changes)
    # The step is longer than the bound, so that most values end on it.
    assert float((changes[inside] > 0.199).float().mean()) > 0.5
    by_chance = clean + 0.2 * unit * torch.randn(clean.shape, generator=seeded()).sign()
    with evaluated(network), torch.no_grad():
        codes = [network.encode(rows, embedded=e).mean for e in (clean, attacked, by_chance)]
    distances = [(each - codes[0]).norm(dim=1).mean() for each in codes[1:]]
    assert distances[0] > 2 * distances[1]
    assert judge.training
    assert all(module.training for module in judge.modules())
    for name, value in judge.state_dict().items():
        assert value.equal(before[name]), name
    assert all(parameter.grad is None for parameter in judge.parameters())
    assert not attacked.requires_grad


def test_bound_is_in_units_of_the_embeddings(make: Maker, tokens: Tensor) -> None:
    """An encoder that writes its embeddings smaller, and reads them so, changes nothing."""
    judge = make(epsilon=0.2, step=0.25)
    rows, encoder = tokens[:20].long(), judge.network.encoder
    first = judge.attacked(rows, seeded())
    with torch.no_grad():
        encoder.get_parameter("embedding.weight").div_(8)
        for name in ("forward_rnn", "backward_rnn"):
            encoder.get_parameter(f"{name}.weight_ih_l0").mul_(8)
    torch.testing.assert_close(8 * judge.attacked(rows, seeded()), first)


@KINDS
@pytest.mark.parametrize("objective", ["coupled", "augmented"])
def test_loss_is_the_weighted_sum_and_reaches_all_weights(
    make: Maker, tokens: Tensor, kind: str, objective: str
) -> None:
    options = {"latent_noise": 0.1, "token_dropout": 0.1, "length_groups": 3}
    judge = make(kind, options, objective=objective)
    loss, parts = judge(tokens, seeded())
    weights = judge.pairs.weights
    assert parts.keys() == {"loss", "reconstruction", *weights}
    expected = parts["reconstruction"] + 0.01 * sum(weights[n] * parts[n] for n in weights)
    torch.testing.assert_close(loss.detach(), expected)
    assert not any(value.requires_grad for value in parts.values())
    loss.backward()
    for name, parameter in judge.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@KINDS
def test_without_room_the_loss_is_the_plain_one(make: Maker, tokens: Tensor, kind: str) -> None:
    """Pairs of equal codes, fully coupled; no sliced term, whose directions are random."""
    judge = make(kind, regularizer="gmm-ks-thesis", epsilon=1e-12, step=1e-12, strength=1.0)
    plain = TrainingLoss(judge.network, judge.regularizer, 0.01)
    # In evaluation mode, for the batch norms' sake: a batch that stands there twice has another
    # variance by n - 1.
    found, expected = (o.eval()(tokens, seeded())[1] for o in (judge, plain))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, msg=name)


def test_terms_are_those_of_clean_and_attacked_codes(make: Maker, tokens: Tensor) -> None:
    judge = make(regularizer="gmm-ks-thesis", strength=0.9)
    _, parts = judge(tokens, seeded())
    rows = as_computed(tokens)
    attacked = judge.attacked(rows, seeded())
    clean, others = (judge.network.encode(rows, embedded=e).codes for e in (None, attacked))
    expected = judge.pairs(clean, others)
    for name, value in expected.items():
        torch.testing.assert_close(parts[name], value.detach(), msg=name)
    # They are no others than those of the plain regularizer for the clean codes alone.
    single = judge.regularizer(Encoding(clean, clean))
    assert not torch.isclose(parts["ks"], single["ks"], rtol=0.05)


def test_share_decides_which_code_is_decoded(make: Maker, tokens: Tensor) -> None:
    rows = as_computed(tokens[:40])
    found = {}
    for share in (0.0, 0.5, 1.0):
        judge = make(adversarial_share=share, epsilon=0.5, step=0.6)
        found[share] = judge(rows, seeded())[1]["reconstruction"]
    attacked = judge.attacked(rows, seeded())
    inside = rows != PAD
    for share, embedded in ((0.0, None), (1.0, attacked)):
        codes = judge.network.encode(rows, embedded=embedded).codes
        logits = judge.network.logits(codes, rows)
        expected = cross_entropy(logits[inside], rows[inside])
        torch.testing.assert_close(found[share], expected.detach())
    between = sorted([float(found[0.0]), float(found[1.0])])
    assert between[0] < float(found[0.5]) < between[1]


@KINDS
def test_all_randomness_comes_from_the_generator(make: Maker, tokens: Tensor, kind: str) -> None:
    judge = make(kind, {"latent_noise": 0.1, "token_dropout": 0.1}).eval()
    first = judge(tokens, seeded())[1]
    torch.manual_seed(torch.seed())
    assert judge(tokens, seeded())[1] == first
    assert judge(tokens, seeded(1))[1]["ks"] != first["ks"]


def test_validation_attacks_too_and_adds_no_noise(make: Maker, tokens: Tensor) -> None:
    noise = {"latent_noise": 2.0, "token_dropout": 0.5}
    quiet, noisy = make().eval(), make(options=noise).eval()
    with torch.no_grad():
        first, second = (judge(tokens, seeded())[1] for judge in (quiet, noisy))
        clean = make(epsilon=1e-9, step=1e-9).eval()(tokens, seeded())[1]
    assert first == second
    assert not torch.isclose(first["ks"], clean["ks"], rtol=1e-3)
    assert not quiet.network.training


def test_coupled_training_keeps_attacked_codes_nearer(make: Maker, tokens: Tensor) -> None:
    rows, moved = as_computed(tokens[:80]), {}
    for name in ("plain", "coupled"):
        judge = make(regularizer="gmm-ks-thesis", epsilon=1.0, step=1.25)
        trained: TrainingLoss = judge
        if name == "plain":
            trained = TrainingLoss(judge.network, judge.regularizer, 0.01)
        trained.regularizer_weight = 1.0
        optimizer = torch.optim.Adam(judge.network.parameters(), lr=1e-2)
        for step in range(30):
            optimizer.zero_grad()
            trained(rows, seeded(step))[0].backward()
            optimizer.step()
        with torch.no_grad():
            attacked = judge.attacked(rows, seeded())
            clean, far = (judge.network.encode(rows, embedded=e).codes for e in (None, attacked))
        moved[name] = float((far - clean).norm(dim=1).mean() / clean.std(0).norm())
    assert moved["coupled"] < 0.7 * moved["plain"]


def test_low_precision_keeps_losses_in_full(make: Maker, tokens: Tensor) -> None:
    judge = make()
    full = judge(tokens, seeded())[1]
    with torch.autocast("cpu", torch.bfloat16):
        loss, parts = judge(tokens, seeded())
    loss.backward()
    assert all(value.dtype == torch.float32 for value in parts.values())
    torch.testing.assert_close(parts["reconstruction"], full["reconstruction"], rtol=0.02, atol=0)


def test_modes_are_as_they_were_after_an_attack() -> None:
    network = nn.Sequential(nn.BatchNorm1d(2), nn.GRU(2, 2), nn.Dropout()).train()
    network[0].eval()
    with evaluated(network):
        # cuDNN gives gradients of recurrent layers in training mode only.
        assert [module.training for module in network] == [False, True, False]
    assert [module.training for module in network] == [False, True, True]


def test_settings_decide_which_objective(make: Maker) -> None:
    network, prior = make().network, make().regularizer.prior
    plain = make_training_loss(TrainingConfig(), network, prior)
    assert type(plain) is TrainingLoss
    config = TrainingConfig(
        regularizer_weight=0.3, latent_noise=0.2, token_dropout=0.4, robust=SequencePairConfig()
    )
    robust = make_training_loss(config, network, prior)
    assert isinstance(robust, PairTrainingLoss)
    assert (robust.regularizer_weight, robust.latent_noise) == (0.3, 0.2)
    assert (robust.token_dropout, robust.robust) == (0.4, SequencePairConfig())
