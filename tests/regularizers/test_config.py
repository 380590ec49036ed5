import json
from dataclasses import asdict
from typing import Any

import pytest

from latentbo.errors import ConfigurationError
from latentbo.regularizers import REGULARIZERS, TERMS, RegularizerConfig


@pytest.mark.parametrize("name", REGULARIZERS)
def test_survives_json(name: str) -> None:
    config = RegularizerConfig(name, term_weights={"mean": 0.5}, num_knots=5)
    assert RegularizerConfig(**json.loads(json.dumps(asdict(config)))) == config


def test_weights_replace_join_and_remove() -> None:
    config = RegularizerConfig("gmm-ks", {"ks": 2.0, "l2": 0.1, "sliced": 0})
    assert config.weights == {"ks": 2.0, "covariance": 1.0, "mean": 1.0, "l2": 0.1}


def test_presets_use_known_terms() -> None:
    for weights in REGULARIZERS.values():
        assert set(weights) <= set(TERMS)


@pytest.mark.parametrize(
    ("name", "given_position", "expected"),
    [
        ("gmm-ks", None, "midpoint"),
        ("gmm-ks-thesis", None, "right"),
        ("gmm-ks-thesis", "midpoint", "midpoint"),
    ],
)
def test_position(name: str, given_position: str | None, expected: str) -> None:
    assert RegularizerConfig(name, plotting_position=given_position).position == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "gmm"},
            "'gmm'; choose one of gmm-ks, gmm-ks-thesis, kl, mmd, l2, constant-variance, rae, none",
        ),
        ({"term_weights": {"cv": 1.0}}, "unknown term 'cv': choose one of ks, covariance"),
        ({"term_weights": {"ks": -1.0}}, "'ks' must be a finite number >= 0, got -1.0"),
        ({"term_weights": {"ks": float("nan")}}, "got nan"),
        ({"term_weights": {"ks": "1"}}, "got '1'"),
        ({"terms": {"ks": (1.0, len)}}, "there is a term 'ks': give yours another name"),
        ({"terms": {"mine": 1.0}}, "'mine' must be a weight and a function, not 1.0"),
        ({"terms": {"mine": (1.0, 2.0)}}, "'mine' must be a weight and a function"),
        ({"terms": {"mine": (-1.0, len)}}, "'mine' must be a finite number >= 0, got -1.0"),
        ({"plotting_position": "left"}, "'left'; choose one of midpoint, right"),
        ({"num_directions": 0}, "num_directions must be at least 1, not 0"),
        ({"num_knots": 0}, "num_knots must be at least 1, not 0"),
    ],
)
def test_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        RegularizerConfig(**options)
