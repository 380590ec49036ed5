import argparse
import math
from dataclasses import dataclass
from typing import Any

import pytest

from latentbo.command_line import add_options
from latentbo.errors import ConfigurationError
from latentbo.settings import check, descriptions, setting

KINDS = ("small", "large")


@dataclass(frozen=True)
class Parent:
    """Settings.

    Args:
        rate: Size of a step, in 50 % of cases
            too large.
        number: How many.
        kind: Which.
        share: KL's share.
    """

    rate: float = setting(1e-3, more_than=0)
    number: int = setting(3, at_least=1)
    weight: float = setting(0.5, at_least=0.0)
    kind: str = setting("small", choices=KINDS)
    share: float = setting(0.0, at_least=0, less_than=1)
    limit: int | None = setting(None, at_least=10)
    kinds: tuple[str, ...] = setting(("large",), choices=KINDS)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Child(Parent):
    """Other settings.

    Args:
        number: How many children.
        further: Anything.
    """

    number: int = 7
    further: str = "x"


@pytest.mark.parametrize("settings", [Parent, Child])
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("rate", 0.0, "rate must be positive and finite, not 0.0"),
        ("rate", math.inf, "rate must be positive and finite, not inf"),
        ("rate", math.nan, "rate must be positive and finite, not nan"),
        ("number", 0, "number must be at least 1, not 0"),
        ("weight", -1.0, "weight must be finite and not negative, not -1.0"),
        ("weight", math.inf, "weight must be finite and not negative, not inf"),
        ("kind", "smal", "unknown kind 'smal'; choose one of small, large"),
        ("share", 1.0, r"share must lie in [0, 1), not 1.0"),
        ("share", math.nan, r"share must lie in [0, 1), not nan"),
        ("limit", 9, "limit must be at least 10, not 9"),
        ("kinds", ("large", "huge"), "unknown kinds 'huge'; choose one of small, large"),
    ],
)
def test_a_value_out_of_bounds_is_refused(
    settings: type[Parent], name: str, value: Any, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(**{name: value})
    assert str(caught.value) == message


def test_values_at_the_bounds_are_taken() -> None:
    found = Child(rate=5e-324, number=1, weight=0, share=0, limit=10, kinds=())
    assert found.limit == 10
    assert Parent(limit=None, share=0.999).kind == "small"


def test_descriptions_are_those_of_the_docstrings() -> None:
    assert descriptions(Parent)["rate"] == "Size of a step, in 50 % of cases too large."
    own = descriptions(Child)
    assert own["number"] == "How many children."
    assert own["kind"] == "Which."
    assert "weight" not in own


def options_of(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser.add_argument, Child(), Child(number=8), renamed={"number": "children"})
    return parser.parse_args(arguments)


def test_options_are_read_as_the_fields_are_declared() -> None:
    words = [
        "--rate",
        "0.1",
        "--children",
        "2",
        "--kind",
        "large",
        "--limit",
        "12",
        "--kinds",
        "small,large",
    ]
    found = options_of(*words, "--limit", "12", "--kinds", "small,large")
    assert (found.rate, found.children, found.kind, found.limit) == (0.1, 2, "large", 12)
    assert found.kinds == ("small", "large")
    assert found.share is found.further is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--rate 0", "argument --rate: must be positive and finite, not 0.0"),
        ("--children 0", "argument --children: must be at least 1, not 0"),
        ("--children 2.5", "argument --children: '2.5' is no whole number"),
        ("--share 1", "argument --share: must lie in [0, 1), not 1.0"),
        ("--kind huge", "argument --kind: invalid choice: 'huge'"),
        ("--kinds huge", "argument --kinds: 'huge' is none of small, large"),
    ],
)
def test_an_option_out_of_bounds_is_refused(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        options_of(*words.split())
    assert message in capsys.readouterr().err


def test_the_help_says_what_a_field_is_and_its_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options_of("--help")
    told = " ".join(capsys.readouterr().out.split())
    assert "--rate RATE size of a step, in 50 % of cases too large (default: 0.001 | 0.001)" in told
    assert "--children CHILDREN how many children (default: 7 | 8)" in told
    assert "KL's share (default: 0 | 0)" in told
    assert "--kind {small,large} which" in told
