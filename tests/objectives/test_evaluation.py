import asyncio
import inspect
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.objectives import OBJECTIVES, Objective, Outcome, describe_exception, evaluate


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


def raising(error: BaseException) -> Callable[[str], NoReturn]:
    def score(smiles: str) -> NoReturn:
        raise error

    return score


def test_success_has_a_value_and_no_error() -> None:
    assert evaluate(Objective("length", len), "CCO") == Outcome(3.0, "")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("bad\n  molecule"), "ValueError: bad molecule"),
        (KeyError("C"), "KeyError: 'C'"),
        (ValueError(), "ValueError"),
        (UnprintableError(), "UnprintableError: (its message cannot be shown)"),
        (SystemExit(3), "SystemExit: 3"),
        (asyncio.CancelledError(), "CancelledError"),
        (GeneratorExit(), "GeneratorExit"),
        (MemoryError(), "MemoryError"),
        (StopIteration(), "StopIteration"),
        (ValueError("x" * 5000), "ValueError: " + "x" * 300 + "…"),
    ],
)
def test_exceptions_become_one_line_with_the_place(error: BaseException, text: str) -> None:
    function = raising(error)
    line = inspect.getsourcelines(function)[1] + 1
    outcome = evaluate(Objective("broken", function), "C")
    assert outcome == Outcome(None, f"{text} (test_evaluation.py, line {line})")


def test_the_place_is_in_the_users_file_even_if_a_library_raises() -> None:
    outcome = evaluate(Objective("broken", lambda smiles: inspect.signature(3)), "C")  # type: ignore[arg-type]
    assert outcome.value is None
    assert "(test_evaluation.py, line" in outcome.error


def test_functions_without_python_code_have_no_place() -> None:
    assert evaluate(Objective("float", float), "C").error.startswith(
        "ValueError: could not convert"
    )


def test_endless_recursion_is_a_failure() -> None:
    def score(smiles: str) -> Any:
        return score(smiles)

    assert "RecursionError" in evaluate(Objective("deep", score), "C").error


@pytest.mark.parametrize("result", [None, "1", float("nan"), [1.0]])
def test_results_that_are_no_number_are_failures(result: Any) -> None:
    outcome = evaluate(Objective("odd", lambda smiles: result), "C")
    assert outcome.value is None
    assert outcome.error.startswith("the objective returned")


def test_keyboard_interrupt_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        evaluate(Objective("interrupted", raising(KeyboardInterrupt())), "C")


@settings(max_examples=settings().max_examples // 2)
@given(st.text(max_size=20), st.sampled_from(sorted(OBJECTIVES)))
def test_builtins_give_a_value_or_a_reason_for_any_string(text: str, name: str) -> None:
    outcome = evaluate(OBJECTIVES[name], text)
    assert (outcome.value is None) == bool(outcome.error)
    assert len(outcome.error.splitlines()) <= 1


def test_describe_exception_without_a_traceback() -> None:
    assert describe_exception(ValueError("bad")) == "ValueError: bad"
