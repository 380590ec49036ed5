import math
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.objectives import OBJECTIVES, Objective, ObjectiveValueError, as_value
from latentbo.objectives.base import LARGEST_VALUE


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (1.5, 1.5),
        (-3, -3.0),
        (True, 1.0),
        (Fraction(1, 4), 0.25),
        (Decimal("0.5"), 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7.0),
        (np.bool_(True), 1.0),
        (np.array(2.5), 2.5),
        (torch.tensor(1.25), 1.25),
        (torch.tensor(3), 3.0),
        (torch.tensor(1.25, requires_grad=True), 1.25),
    ],
)
def test_numbers_become_floats(result: Any, value: float) -> None:
    assert as_value(result) == value
    assert type(as_value(result)) is float


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "returned None; does it lack a return statement"),
        ("1.0", r"of type str \('1.0'\); it must return one number"),
        (b"1", r"of type bytes \(b'1'\)"),
        (math.nan, "returned nan; it must return a finite number"),
        (math.inf, "returned inf"),
        (-math.inf, "returned -inf"),
        (10**400, "returned inf"),
        (np.float32("nan"), "returned nan"),
        (torch.tensor(math.nan), "returned nan"),
        (np.array([1.0]), r"of type ndarray with shape \(1,\); it must return one number"),
        (np.zeros((2, 3)), r"with shape \(2, 3\)"),
        (torch.ones(1), r"of type Tensor with shape \(1,\).*use \.item\(\)"),
        (np.array("x"), "of type ndarray holding a value of type str"),
        (1 + 2j, "of type complex"),
        (np.complex64(1), "of type complex64 holding a value of type complex"),
        (torch.tensor(1j), "of type Tensor holding a value of type complex"),
        (Decimal("sNaN"), "of type Decimal, not a number"),
        ([1.0], "of type list; it must return one number"),
        ({"score": 1.0}, "of type dict"),
        ((x for x in [1]), "of type generator"),
        (object(), "of type object"),
        (lambda: 1.0, "of type function"),
    ],
)
def test_everything_else_is_refused(result: Any, message: str) -> None:
    with pytest.raises(ObjectiveValueError, match=message) as caught:
        as_value(result)
    assert "\n" not in str(caught.value)


@given(st.floats(-LARGEST_VALUE, LARGEST_VALUE))
def test_finite_floats_are_kept(value: float) -> None:
    assert as_value(value) == value


@pytest.mark.parametrize("value", [sys.float_info.max, -sys.float_info.max, 1e200, 1.01e30, 10**40])
def test_penalties_as_large_as_floats_go_are_no_values(value: float) -> None:
    with pytest.raises(ObjectiveValueError, match=r"e\+\d+, which counts as no value"):
        as_value(value)


@pytest.mark.parametrize(
    "result",
    [np.ma.masked, np.ma.array(3.0, mask=True), np.timedelta64(5, "ns"), np.datetime64(5, "ns")],
)
def test_what_only_looks_like_a_number_is_refused(result: object) -> None:
    with pytest.raises(ObjectiveValueError, match="it must return one number"):
        as_value(result)


def test_calling_an_objective_converts_its_result() -> None:
    objective = Objective("length", lambda smiles: np.int64(len(smiles)))
    assert objective("CCO") == 3.0
    assert type(objective("CCO")) is float


def test_calling_an_objective_lets_its_exceptions_pass() -> None:
    functions: list[Callable[[str], Any]] = [lambda s: 1 / 0, lambda s: None]
    for function, error in zip(functions, (ZeroDivisionError, ObjectiveValueError), strict=True):
        with pytest.raises(error):
            Objective("broken", function)("C")


def test_builtins_are_named_after_their_keys_and_described() -> None:
    # The others are goals of GuacaMol, which test_guacamol.py counts.
    assert {"penalized-logp", "penalized-logp-38", "qed", "logp", "sa"} < set(OBJECTIVES)
    assert [name for name in OBJECTIVES if OBJECTIVES[name].task == "expressions"] == ["target-fit"]
    for name, objective in OBJECTIVES.items():
        assert objective.name == name
        assert objective.description
        assert objective.task is not None
        string = {"molecules": "c1ccccc1O", "expressions": "1+x"}[objective.task]
        assert type(objective(string)) is float
