import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.errors import ConfigurationError
from latentbo.images.training import RobustConfig
from latentbo.train import build_parser
from latentbo.training import (
    PairTrainingLoss,
    Progress,
    SequencePairConfig,
    TrainingConfig,
    TrainingLoss,
    recipe,
)

Builder = Callable[..., TrainingLoss]
Trainer = Callable[..., list[Progress]]


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_resumed_run_equals_unbroken_run(
    build: Builder, run_training: Trainer, tmp_path: Path, precision: str
) -> None:
    def make() -> PairTrainingLoss:
        plain, options = build(), {"latent_noise": 0.1, "token_dropout": 0.1, "length_groups": 2}
        robust = SequencePairConfig()
        return PairTrainingLoss(plain.network, plain.regularizer, 0.01, robust, **options)

    def told(reports: list[Progress]) -> list[dict[str, float]]:
        return [
            {name: v for name, v in report.metrics.items() if name != "rows_per_second"}
            for report in reports
        ]

    options = {"epochs": 1, "precision": precision}
    unbroken, resumed = make(), make()
    reports = run_training(unbroken, tmp_path / "unbroken.pt", **options)
    with pytest.raises(KeyboardInterrupt):
        run_training(make(), tmp_path / "broken.pt", stop_after=2, **options)
    torch.manual_seed(99)
    rest = run_training(resumed, tmp_path / "broken.pt", **options)
    assert len(reports) == 4
    assert told(rest) == told(reports)[2:]
    for first, second in zip(
        resumed.network.parameters(), unbroken.network.parameters(), strict=True
    ):
        assert first.equal(second)


def test_settings_survive_json() -> None:
    config = TrainingConfig(robust=SequencePairConfig("augmented", epsilon=0.2))
    assert TrainingConfig(**json.loads(json.dumps(config.as_settings()))) == config
    assert config.as_settings()["robust"] == asdict(SequencePairConfig("augmented", epsilon=0.2))
    # Settings of other trainings are as they were before there was this one.
    assert "robust" not in TrainingConfig().as_settings()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("objective", "smooth-encoder", "'smooth-encoder'; choose one of coupled, augmented"),
        ("epsilon", 0.0, r"epsilon must be positive and finite, not 0\.0"),
        ("step", float("inf"), "step must be positive and finite, not inf"),
        ("strength", 1.5, r"strength must lie in \[0, 1\], not 1\.5"),
        ("cross", "both", "unknown cross 'both'; choose one of scaled, components"),
        ("two_point", "both", "unknown two_point 'both'"),
        ("adversarial_share", -0.1, r"adversarial_share must lie in \[0, 1\], not -0\.1"),
    ],
)
def test_wrong_values_are_named(field: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        SequencePairConfig(**{field: value})


@pytest.mark.parametrize(
    "regularizer", ["kl", "none", "mmd", "l2", "rae", "constant-variance", "gmm-ks"]
)
def test_methods_without_terms_for_pairs_are_refused(regularizer: str) -> None:
    off = {"ks": 0.0, "covariance": 0.0} if regularizer == "gmm-ks" else {}
    message = f"by the terms ks and covariance, and the regularizer {regularizer} has neither: use"
    with pytest.raises(ConfigurationError, match=message):
        TrainingConfig(regularizer=regularizer, term_weights=off, robust=SequencePairConfig())
    with pytest.raises(ConfigurationError, match="leave the terms kl and total-correlation out"):
        TrainingConfig(term_weights={"kl": 1.0}, robust=SequencePairConfig())


def test_one_term_for_pairs_is_enough() -> None:
    config = TrainingConfig(term_weights={"ks": 0.0}, robust=SequencePairConfig())
    assert config.robust == SequencePairConfig()


def test_options_make_the_settings() -> None:
    assert recipe("molecules").training.robust is None
    given = {"robust": "coupled", "robust_epsilon": 0.4, "robust_strength": 0.5}
    expected = SequencePairConfig(epsilon=0.4, step=0.5, strength=0.5)
    assert recipe("molecules", options={**given, "robust_cross": None}).training.robust == expected
    default = recipe("expressions", "gmm-ks", options={"robust": "augmented"}).training.robust
    assert default == SequencePairConfig("augmented")
    # The published share of images, which the default has too.
    image, default = RobustConfig(), SequencePairConfig()
    assert default.step / default.epsilon == pytest.approx(image.step / image.epsilon)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"robust_epsilon": 0.2}, "--robust-epsilon"),
        ({"robust_adversarial_share": 0.2}, "--robust-adversarial-share"),
        ({"robust": "augmented", "robust_strength": 0.9}, "--robust-strength"),
        ({"robust": "augmented", "robust_cross": "scaled"}, "--robust-cross"),
    ],
)
def test_options_without_use_are_refused(options: dict[str, Any], option: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} has no effect here: add --robust coup"):
        recipe("molecules", options=options)


def test_every_setting_of_an_attack_is_an_option() -> None:
    options = vars(build_parser().parse_args(["molecules"]))
    fields = set(asdict(SequencePairConfig())) - {"objective"}
    given = {name.removeprefix("robust_") for name in options if name.startswith("robust_")}
    # The step follows the bound; sorted pairs couple nothing.
    assert fields - given == {"step", "two_point"}
    assert given <= fields
