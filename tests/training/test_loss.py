from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from latentbo.regularizers import Encoding
from latentbo.representations import PAD
from latentbo.training import TrainingLoss
from latentbo.training.reconstruction import LOSSES, binary_loss

Builder = Callable[..., TrainingLoss]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def loss_and_gradients(
    objective: TrainingLoss, tokens: Tensor
) -> tuple[dict[str, Tensor], list[Tensor]]:
    objective.train()
    loss, parts = objective(tokens, generator())
    objective.zero_grad()
    loss.backward()
    gradients = [p.grad for p in objective.parameters() if p.grad is not None]
    return parts, [gradient.clone() for gradient in gradients]


@pytest.mark.parametrize("groups", [2, 3, 7, 500])
def test_length_groups_change_nothing(build: Builder, tokens: Tensor, groups: int) -> None:
    one = loss_and_gradients(build(token_dropout=0, length_groups=1), tokens)
    many = loss_and_gradients(build(token_dropout=0, length_groups=groups), tokens)
    assert one[0].keys() == many[0].keys()
    for name, value in one[0].items():
        torch.testing.assert_close(many[0][name], value, msg=name)
    torch.testing.assert_close(many[1], one[1], rtol=1e-4, atol=1e-6)


def test_reconstruction_is_cross_entropy_per_token(build: Builder, tokens: Tensor) -> None:
    objective = build().eval()
    with torch.no_grad():
        _, parts = objective(tokens, generator())
        rows = tokens.long()
        network = objective.network
        logits = network.logits(network.encode(rows).codes, rows)
    inside = rows != PAD
    torch.testing.assert_close(parts["reconstruction"], cross_entropy(logits[inside], rows[inside]))


def test_loss_is_reconstruction_plus_weighted_regularizer(build: Builder, tokens: Tensor) -> None:
    objective = build().eval()
    loss, parts = objective(tokens, generator())
    codes = objective.network.encode(tokens.long()).codes
    terms = objective.regularizer(Encoding(codes, codes), generator())
    assert parts.keys() == {"loss", "reconstruction", *terms}
    expected = parts["reconstruction"] + 0.01 * objective.regularizer.loss(terms)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(parts["ks"], terms["ks"].detach())
    assert not any(value.requires_grad for value in parts.values())


@pytest.mark.parametrize("option", ["latent_noise", "token_dropout"])
def test_noise_is_for_training_only(build: Builder, tokens: Tensor, option: str) -> None:
    quiet = {"latent_noise": 0.0, "token_dropout": 0.0}
    clean, noisy = build(**quiet), build(**{**quiet, option: 0.5})
    with torch.no_grad():
        for training in (True, False):
            first, second = (
                objective.train(training)(tokens, generator())[1] for objective in (clean, noisy)
            )
            assert torch.equal(first["reconstruction"], second["reconstruction"]) != training
            assert torch.equal(first["ks"], second["ks"])  # compared without noise


@pytest.mark.parametrize("groups", [1, 3])
def test_networks_of_fixed_length_compute_the_batch_at_once(
    build_published: Builder, tokens: Tensor, groups: int
) -> None:
    """In groups, or cut to the longest string, batch norms would see something else."""
    whole = build_published(latent_noise=0)
    cut = build_published(latent_noise=0, length_groups=groups)
    padded = torch.cat([tokens, tokens.new_zeros(len(tokens), 3)], 1)[:, : tokens.shape[1]]
    first, second = loss_and_gradients(whole, tokens), loss_and_gradients(cut, padded)
    assert first[0] == second[0]
    for a, b in zip(first[1], second[1], strict=True):
        assert a.equal(b)
    state, other = whole.network.state_dict(), cut.network.state_dict()
    assert all(state[name].equal(other[name]) for name in state)


def test_positions_behind_the_end_count_for_networks_of_fixed_length(
    build: Builder, build_published: Builder, tokens: Tensor
) -> None:
    rows = tokens.long()
    for objective, everywhere in (
        (build(reconstruction="binary"), False),
        (build_published(), True),
    ):
        objective.eval()
        with torch.no_grad():
            _, parts = objective(tokens, generator())
            network = objective.network
            logits = network.logits(network.encode(rows).codes, rows)
            total, count = binary_loss(logits, rows, None, everywhere)
            other, _ = binary_loss(logits, rows, None, not everywhere)
        torch.testing.assert_close(parts["reconstruction"], total / count)
        assert not torch.isclose(total, other)


def test_all_randomness_is_the_generator_s(build: Builder, tokens: Tensor) -> None:
    objective = build(regularizer="kl")
    objective.train()
    losses = []
    for seed in (0, 0, 1):
        torch.manual_seed(torch.seed())
        losses.append(float(objective(tokens, generator(seed))[0].detach()))
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


@pytest.mark.parametrize("regularizer", ["gmm-ks", "gmm-ks-thesis", "kl", "mmd", "rae", "none"])
def test_every_parameter_learns(build: Builder, tokens: Tensor, regularizer: str) -> None:
    objective = build(regularizer=regularizer)
    _, gradients = loss_and_gradients(objective, tokens)
    assert len(gradients) == len(list(objective.parameters()))
    for (name, _), gradient in zip(objective.named_parameters(), gradients, strict=True):
        assert torch.isfinite(gradient).all(), name
        assert gradient.abs().max() > 0, name


@pytest.mark.parametrize("regularizer", ["gmm-ks", "kl", "constant-variance", "rae"])
@pytest.mark.parametrize("reconstruction", LOSSES)
def test_every_parameter_of_the_published_network_learns(
    build_published: Builder, tokens: Tensor, regularizer: str, reconstruction: str
) -> None:
    objective = build_published(regularizer=regularizer, reconstruction=reconstruction)
    parts, gradients = loss_and_gradients(objective, tokens)
    assert ("decoder" in parts) == (regularizer == "rae")
    assert len(gradients) == len(list(objective.parameters()))
    for (name, _), gradient in zip(objective.named_parameters(), gradients, strict=True):
        assert torch.isfinite(gradient).all(), name
        assert gradient.abs().max() > 0, name
