from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics import SimilarityConfig, multiscale_similarity
from latentbo.images.robustness import (
    ATTACKS,
    MEASURES,
    STRONGEST,
    CodeClassifierConfig,
    Robustness,
    RobustnessConfig,
    classification_accuracy,
    draw_images,
    measure_robustness,
    predicted_classes,
    train_code_classifier,
)

CONFIG = RobustnessConfig(
    radii=(0.5, 100.0),
    num_steps=60,
    num_restarts=1,
    max_iterations=30,
    similarity=SimilarityConfig((1.0,), 3),
)


@dataclass(frozen=True)
class Scaled:
    """Codes are pixels times a factor; reconstructions are the images, darkened."""

    factor: float = 1.0
    kept: float = 1.0

    def encode(self, images: Tensor, /) -> Tensor:
        return self.factor * images.flatten(1)

    def decode(self, codes: Tensor, /) -> Tensor:
        return self.kept * codes.view(-1, 1, 6, 6) / self.factor


def pair(number: int = 3) -> tuple[Tensor, Tensor]:
    source = torch.Generator().manual_seed(0)
    images = 0.2 + 0.6 * torch.rand(2, number, 1, 6, 6, generator=source, dtype=torch.float64)
    return images[0], images[1]


def measured(model: Scaled, config: RobustnessConfig = CONFIG) -> Robustness:
    return measure_robustness(model, *pair(), config, torch.Generator().manual_seed(1))


def lengths(images: Tensor) -> Tensor:
    return images.flatten(1).norm(dim=1)


@pytest.mark.parametrize("attack", [*ATTACKS, STRONGEST])
def test_of_a_perfect_autoencoder_attacks_are_known(attack: str) -> None:
    images, targets = pair()
    found = measured(Scaled(factor=7.0))
    apart = lengths(images - targets)
    torch.testing.assert_close(found.code_distances, 7 * apart)
    torch.testing.assert_close(found.similarities, torch.ones(3, dtype=torch.float64))
    latent = found.of("latent", 0.5, attack)
    # The way to the target is straight, so 0.5 of it is gone.
    torch.testing.assert_close(latent.losses, 7 * (apart - 0.5), rtol=1e-2, atol=0)
    torch.testing.assert_close(latent.relative_losses, 1 - 0.5 / apart, rtol=1e-2, atol=0)
    torch.testing.assert_close(latent.distances, lengths(latent.images - targets))
    torch.testing.assert_close(latent.decoder_similarities, torch.ones(3, dtype=torch.float64))
    expected = multiscale_similarity(images, latent.images, CONFIG.similarity)
    torch.testing.assert_close(latent.input_similarities, expected)
    expected = multiscale_similarity(targets, latent.images, CONFIG.similarity)
    torch.testing.assert_close(latent.similarities, expected)
    damage = found.of("damage", 0.5, attack)
    assert float((damage.losses - 0.5).abs().max()) < 1e-3
    others = torch.cdist(images.flatten(1), images.flatten(1)).sum(1) / 2
    torch.testing.assert_close(damage.relative_losses, damage.losses / others)
    torch.testing.assert_close(damage.distances, damage.losses)


def test_a_target_within_reach_is_reached() -> None:
    found = measured(Scaled()).of("latent", 100.0)
    assert float(found.losses.max()) < 0.05
    assert float(found.similarities.min()) > 0.99
    assert found.codes.equal(found.images.flatten(1))


def test_damage_is_compared_with_clean_reconstructions_and_distance_with_images() -> None:
    images, targets = pair()
    found = measured(Scaled(kept=0.5))
    assert found.reconstructions.equal(0.5 * images)
    torch.testing.assert_close(found.distances, lengths(0.5 * images))
    clean = multiscale_similarity(images, 0.5 * images, CONFIG.similarity)
    assert found.similarities.equal(clean)
    expected = multiscale_similarity(targets, 0.5 * targets, CONFIG.similarity)
    assert found.target_similarities.equal(expected)
    damage = found.of("damage", 0.5)
    expected = multiscale_similarity(0.5 * images, 0.5 * damage.images, CONFIG.similarity)
    assert damage.similarities.equal(expected)
    torch.testing.assert_close(damage.distances, lengths(images - 0.5 * damage.images))


def test_the_strongest_is_the_stronger_of_each_image_and_within_the_bound() -> None:
    config = replace(CONFIG, num_steps=3, max_iterations=1)
    found = measured(Scaled(), config)
    assert len(found.attacks) == 2 * 2 * 3
    for goal in ("latent", "damage"):
        for radius in config.radii:
            parts = [found.of(goal, radius, name) for name in ATTACKS]
            best = found.of(goal, radius)
            losses = torch.stack([part.losses for part in parts])
            wanted = losses.amax(0) if goal == "damage" else losses.amin(0)
            assert best.losses.equal(wanted)
            assert torch.stack([part.kept for part in parts]).sum(0).tolist() == [1, 1, 1]
            for place, part in enumerate(parts):
                assert part.images[part.kept].equal(best.images[part.kept]), place
            assert best.evaluations == sum(part.evaluations for part in parts)
            assert best.seconds == sum(part.seconds for part in parts)
            assert float(best.norms.max()) <= radius
            assert bool(((best.images >= 0) & (best.images <= 1)).all())


def test_means_are_those_of_images() -> None:
    config = replace(CONFIG, goals=("latent",), attacks=ATTACKS[1:], radii=(0.5,), num_steps=2)
    found = measured(Scaled(), config)
    assert [each.attack for each in found.attacks] == [ATTACKS[1], STRONGEST]
    means = found.of("latent", 0.5).means()
    assert set(means) == {*MEASURES, "kept"}
    assert means["losses"] == pytest.approx(float(found.of("latent", 0.5).losses.mean()))
    assert means["kept"] == 1
    assert found.clean_means()["similarities"] == pytest.approx(1)
    with pytest.raises(InputError, match="no attack 'strongest' with the goal 'damage'"):
        found.of("damage", 0.5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"goals": ("codes",)}, "goals must be one or more of latent, damage"),
        ({"attacks": ()}, "attacks must be one or more of l-bfgs-b"),
        ({"attacks": (ATTACKS[0],) * 2}, "each once"),
        ({"radii": (1.0, 1.0)}, "radii must be one or more, each once"),
        ({"radii": (0.0,)}, "must be positive and finite"),
        ({"similarity": "ours"}, "unknown preset 'ours'"),
        ({"num_steps": 0}, "num_steps must be at least 1"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        RobustnessConfig(**wrong)  # type: ignore[arg-type]


def test_drawn_targets_are_of_another_class() -> None:
    images = torch.arange(40, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 2, 2)
    labels = torch.arange(40) % 4
    drawn = draw_images(images, labels, 30, torch.Generator().manual_seed(3))
    assert len(drawn.rows.unique()) == 30
    assert drawn.labels is not None
    assert drawn.target_labels is not None
    assert bool((drawn.labels != drawn.target_labels).all())
    assert drawn.labels.equal(labels[drawn.rows])
    torch.testing.assert_close(255 * drawn.images[:, 0, 0, 0], drawn.rows.float())
    torch.testing.assert_close(255 * drawn.targets[:, 0, 0, 0], drawn.target_rows.float())
    again = draw_images(images, labels, 30, torch.Generator().manual_seed(3))
    assert again.target_rows.equal(drawn.target_rows)
    unlabelled = draw_images(images, None, 30, torch.Generator().manual_seed(3))
    assert unlabelled.labels is None
    assert bool((unlabelled.rows != unlabelled.target_rows).all())


def test_more_images_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="5 images cannot be drawn from 4"):
        draw_images(torch.rand(4, 1, 2, 2), None, 5, torch.Generator())


def test_the_classifier_learns_what_two_layers_can_and_one_cannot() -> None:
    generator = torch.Generator().manual_seed(0)
    codes = 2 * torch.rand(400, 2, generator=generator) - 1
    labels = (codes.prod(1) > 0).long()
    state = torch.random.get_rng_state()
    classifier = train_code_classifier(codes, labels, 2)
    assert torch.random.get_rng_state().equal(state)
    assert not classifier.training
    assert classification_accuracy(classifier, codes, labels) > 0.97
    again = train_code_classifier(codes, labels, 2)
    assert predicted_classes(again, codes).equal(predicted_classes(classifier, codes))
    other = train_code_classifier(codes, labels, 2, CodeClassifierConfig(seed=1, epochs=1))
    assert not other(codes).equal(classifier(codes))


def test_accuracy_counts() -> None:
    codes = torch.eye(4)
    assert classification_accuracy(torch.nn.Identity(), codes, torch.tensor([0, 1, 2, 0])) == 0.75


@pytest.mark.parametrize(
    ("codes", "labels", "message"),
    [
        (torch.rand(3), torch.zeros(3, dtype=torch.long), "codes are"),
        (torch.rand(3, 2), torch.zeros(2, dtype=torch.long), "codes are"),
        (torch.rand(2, 2), torch.tensor([0, 5]), "labels reach from 0 to 5: 5 classes"),
    ],
)
def test_what_does_not_fit_is_refused(codes: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_code_classifier(codes, labels, 5)


def test_no_codes_have_no_accuracy() -> None:
    with pytest.raises(InputError, match="0 codes have 0 labels"):
        classification_accuracy(torch.nn.Identity(), torch.empty(0, 2), torch.empty(0))


def test_a_classifier_needs_positive_settings() -> None:
    with pytest.raises(ConfigurationError, match="width must be at least 1, not 0"):
        CodeClassifierConfig(width=0)
