import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from latentbo.errors import ConfigurationError
from latentbo.images.training import (
    IMAGE_METHODS,
    ROBUST_METHODS,
    ImageTrainingConfig,
    RobustConfig,
    image_method,
)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("objective", "strong", "unknown objective 'strong'; choose one of coupled"),
        ("two_point", "both", "unknown two_point 'both'; choose one of paired, sorted"),
        ("cross", "both", "unknown cross 'both'"),
        ("strength", 1.5, r"strength must lie in \[0, 1\], not 1\.5"),
        ("epsilon", 0.0, r"epsilon must be positive and finite, not 0\.0"),
        ("step", float("inf"), "step must be positive and finite, not inf"),
        ("num_steps", 0, "num_steps must be positive"),
        ("pair_weight", -1.0, "pair_weight must be positive"),
        ("lipschitz", float("nan"), "lipschitz must be positive and finite, not nan"),
        ("adversarial_share", 1.1, r"adversarial_share must lie in \[0, 1\], not 1\.1"),
    ],
)
def test_wrong_values_are_named(field: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        RobustConfig(**{field: value})


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="leaves the codes of self-consistent no room"):
        RobustConfig("self-consistent", strength=1.0)
    with pytest.raises(ConfigurationError, match="coupled needs a regularizer without a variance"):
        ImageTrainingConfig(regularizer="kl", robust=RobustConfig())
    with pytest.raises(ConfigurationError, match="lipschitz needs a regularizer with a variance"):
        ImageTrainingConfig(robust=RobustConfig("lipschitz"))
    with pytest.raises(ConfigurationError, match=r"gradient_penalty of 0\.1 does not go with"):
        ImageTrainingConfig(gradient_penalty=0.1, robust=RobustConfig())


def test_settings_of_other_methods_are_as_before() -> None:
    assert "robust" not in ImageTrainingConfig().as_settings()
    settings = ImageTrainingConfig().as_settings()
    assert ImageTrainingConfig(**json.loads(json.dumps(settings))) == ImageTrainingConfig()


@pytest.mark.parametrize("name", ROBUST_METHODS)
def test_methods_make_settings_that_a_file_can_hold(name: str) -> None:
    assert name not in IMAGE_METHODS
    method = image_method(name)
    assert method is ROBUST_METHODS[name]
    config = ImageTrainingConfig(**method.training(3072, channels=3))
    assert ImageTrainingConfig(**json.loads(json.dumps(config.as_settings()))) == config
    if config.robust is not None:
        assert config.as_settings()["robust"] == asdict(config.robust)


def test_colour_images_have_a_smaller_budget() -> None:
    published = image_method("coupled-thesis")
    grey, colour = (published.training(1, channels)["robust"] for channels in (1, 3))
    assert (grey.epsilon, grey.step, grey.strength) == (0.3, 0.375, 0.95)
    assert (colour.epsilon, colour.step, colour.strength) == (8 / 255, 10 / 255, 0.92)
    avae = image_method("avae").training(1, 3)["robust"]
    assert avae.strength == 0.975
    assert replace(colour, epsilon=0.3, step=0.375, strength=0.95) == grey


def test_the_augmented_form_couples_nothing() -> None:
    assert RobustConfig("augmented", cross="components").coupling.strength == 0
    assert RobustConfig("augmented", cross="components").coupling.cross == "scaled"
    assert RobustConfig(strength=0.4, cross="components").coupling.strength == 0.4
