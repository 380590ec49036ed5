"""Tests of the `held-out` protocol's data: nothing of the hidden part gets through."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import CheckpointError, ConfigurationError, DataError
from latentbo.protocols import (
    HeldOutConfig,
    check_unseen,
    draw_labelled,
    read_labelled,
    write_labelled,
)

STRINGS = [f"s{i}" for i in range(100)]
VALUES = torch.arange(100, dtype=torch.float64)


def model_with(**data: Any) -> Any:
    return SimpleNamespace(provenance={"data": data})


@given(st.integers(0, 1000), st.floats(0.1, 0.9), st.integers(1, 100))
def test_no_label_is_better_than_what_is_hidden(seed: int, part: float, number: int) -> None:
    labelled = draw_labelled(STRINGS, VALUES, HeldOutConfig(part, number, seed))
    worse = round(100 * (1 - part))
    assert len(labelled) == min(number, len(labelled))
    assert all(value <= worse for _, value in labelled)
    assert all(value == VALUES[STRINGS.index(string)] for string, value in labelled)
    assert len(dict(labelled)) == len(labelled)


def test_labels_depend_on_the_seed_alone() -> None:
    config = HeldOutConfig(0.5, 10, 3)
    assert draw_labelled(STRINGS, VALUES, config) == draw_labelled(STRINGS, VALUES, config)
    other = draw_labelled(STRINGS, VALUES, HeldOutConfig(0.5, 10, 4))
    assert draw_labelled(STRINGS, VALUES, config) != other


def test_strings_without_a_value_are_no_labels() -> None:
    values = VALUES.clone()
    values[:40] = math.nan
    labelled = draw_labelled(STRINGS, values, HeldOutConfig(0.5, 100, 0))
    assert [value for _, value in labelled] == list(range(40, 50))
    with pytest.raises(DataError, match="none of 100 strings is left"):
        draw_labelled(STRINGS, values * math.nan, HeldOutConfig())


@pytest.mark.parametrize(
    ("field", "value"), [("drop_best", 0.0), ("drop_best", 1.0), ("num_labelled", 0)]
)
def test_wrong_settings_are_refused(field: str, value: float) -> None:
    options: dict[str, Any] = {field: value}
    with pytest.raises(ConfigurationError, match=field):
        HeldOutConfig(**options)


def test_a_model_that_has_seen_the_best_is_refused() -> None:
    config = HeldOutConfig()
    check_unseen(model_with(threshold=-4.6, objective="f"), config, "f", -4.6)
    check_unseen(model_with(threshold=-5.0, objective="f"), config, "f", -4.6)
    with pytest.raises(ConfigurationError, match=r"up to -4.*hides all above -4.6 \(f\)"):
        check_unseen(model_with(threshold=-4.0, objective="f"), config, "f", -4.6)
    for model in (model_with(), model_with(threshold=-9.0, objective="g")):
        with pytest.raises(ConfigurationError, match=r"without leaving out.*--drop-best 0.5"):
            check_unseen(model, config, "f", -4.6)


def test_labels_are_written_exactly(tmp_path: Path) -> None:
    labelled = [("1/3+x", -0.1 - 0.2), ("a,b", 1e-300)]
    write_labelled(tmp_path / "labelled.csv", labelled)
    assert read_labelled(tmp_path / "labelled.csv") == labelled


@pytest.mark.parametrize(
    "text", [None, "", "x,y\n1,2\n", "string,value\na,b\n", "string,value\na\n"]
)
def test_a_damaged_file_of_labels_is_a_clear_error(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "labelled.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"labelled\.csv cannot be read .*start a new run"):
        read_labelled(path)
