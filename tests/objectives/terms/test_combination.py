import json
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.objectives import (
    OBJECTIVES,
    Combination,
    Objective,
    TermValue,
    evaluate,
    evaluate_in_detail,
)
from latentbo.objectives.terms import CombinationKind, Term, weighted_mean
from latentbo.objectives.transforms import Gaussian, Linear

SCORES = st.lists(st.tuples(st.floats(0, 1e6), st.floats(1e-3, 1e3)), min_size=1, max_size=6)


def term(name: str, function: Callable[[str], Any], *rest: Any) -> Term:
    return Term(name, Objective(name, function), *rest)


def joined(mean: CombinationKind, *terms: Term) -> Objective:
    return Objective("joined", Combination(mean, terms))


def test_means_with_weights() -> None:
    assert weighted_mean("arithmetic", [1, 4], [1, 1]) == 2.5
    assert weighted_mean("arithmetic", [1, 4], [2, 1]) == pytest.approx(2.0)
    assert weighted_mean("geometric", [1, 4], [1, 1]) == pytest.approx(2.0)
    assert weighted_mean("geometric", [1, 8], [4, 2]) == pytest.approx(2.0)
    assert weighted_mean("geometric", [0, 8], [1, 1e9]) == 0.0


@given(SCORES, st.floats(1e-3, 1e3))
def test_means_lie_within_and_need_only_ratios(
    pairs: list[tuple[float, float]], factor: float
) -> None:
    scores, weights = [score for score, _ in pairs], [weight for _, weight in pairs]
    means: list[float] = []
    for kind in ("geometric", "arithmetic"):
        mean = weighted_mean(kind, scores, weights)
        assert min(scores) <= mean <= max(scores)
        scaled = weighted_mean(kind, scores, [factor * weight for weight in weights])
        assert scaled == pytest.approx(mean, rel=1e-9)
        means.append(mean)
    assert means[0] <= means[1] * (1 + 1e-9)


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_means_of_extreme_scores_and_weights(size: float) -> None:
    for kind in ("geometric", "arithmetic"):
        assert weighted_mean(kind, [size, size], [1e-300, 1e300]) == size
    assert math.isfinite(weighted_mean("arithmetic", [1e308, 1e308, -1e308], [1, 1, 1]))


def test_terms_are_told_beside_the_mean() -> None:
    objective = joined(
        "geometric",
        term("size", len, Gaussian(3, 1.0)),
        Term("qed", OBJECTIVES["qed"], Linear(2.0), 3.0),
    )
    outcome = evaluate_in_detail(objective, "CCCC")
    qed = OBJECTIVES["qed"]("CCCC")
    size = math.exp(-0.5)
    assert outcome.terms == (TermValue("size", 4.0, size), TermValue("qed", qed, 2 * qed))
    assert outcome.value == pytest.approx((size * (2 * qed) ** 3) ** 0.25)
    assert outcome.value == objective("CCCC") == evaluate(objective, "CCCC").value
    assert json.loads(json.dumps(outcome.details())) == {
        "size": {"raw": 4.0, "score": size},
        "qed": {"raw": qed, "score": 2 * qed},
    }


def test_an_objective_without_terms() -> None:
    outcome = evaluate_in_detail(OBJECTIVES["qed"], "CC")
    assert outcome.value == OBJECTIVES["qed"]("CC")
    assert outcome.terms == ()
    assert "is not a molecule" in evaluate_in_detail(OBJECTIVES["qed"], "C1").error


def test_a_failed_term_fails_the_molecule_and_is_named() -> None:
    called = []

    def last(smiles: str) -> float:
        called.append(smiles)
        return 1.0

    objective = joined(
        "arithmetic", term("a", len), term("b", lambda smiles: 1 / 0), term("c", last)
    )
    outcome = evaluate_in_detail(objective, "CC")
    assert outcome.value is None
    assert outcome.error.startswith("term 'b': ZeroDivisionError: division by zero")
    assert outcome.terms == (TermValue("a", 2.0, 2.0),)
    assert evaluate(objective, "CC").error == outcome.error
    assert called == []


def test_scores_without_a_mean_fail() -> None:
    negative = joined("geometric", term("logp", lambda smiles: -0.5))
    message = "term 'logp': the score of the value -0.5 is -0.5, and a geometric mean needs"
    assert evaluate(negative, "C").error.startswith(message)
    assert evaluate(joined("arithmetic", term("logp", lambda smiles: -0.5)), "C").value == -0.5
    endless = joined("arithmetic", term("x", lambda smiles: 1e20, Linear(1e300)))
    assert "is inf; give a transform" in evaluate(endless, "C").error
    far = joined("arithmetic", term("x", lambda smiles: 1e29, Gaussian(0, 1e-200)))
    assert "is nan; give a transform" in evaluate(far, "C").error


def test_a_nan_of_a_term_fails() -> None:
    error = evaluate(joined("arithmetic", term("x", lambda smiles: math.nan)), "C").error
    assert error.startswith("term 'x': the objective returned nan")


def test_an_interrupt_passes() -> None:
    def interrupt(smiles: str) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_in_detail(joined("arithmetic", term("x", interrupt)), "C")


def test_wrong_combinations() -> None:
    with pytest.raises(ConfigurationError, match="has no terms"):
        Combination("geometric", ())
    with pytest.raises(ConfigurationError, match="no mean 'harmonic'; use geometric or arithm"):
        Combination("harmonic", (term("a", len),))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="two terms are named 'a'; give each its own"):
        Combination("geometric", (term("a", len), term("a", len)))
    for weight in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ConfigurationError, match=r"the weight of 'a' is .*above 0"):
            term("a", len, Linear(), weight)


def test_a_front_is_recorded_as_the_arithmetic_mean() -> None:
    terms = (term("a", len, Linear(), 3.0), term("b", lambda smiles: -2.0))
    front, mean = joined("pareto", *terms), joined("arithmetic", *terms)
    outcome = evaluate_in_detail(front, "CCCC")
    assert outcome == evaluate_in_detail(mean, "CCCC")
    assert outcome.value == pytest.approx((3 * 4 - 2) / 4)
    assert Combination("pareto", terms).is_pareto
    assert not Combination("arithmetic", terms).is_pareto


def test_combinations_without_a_front() -> None:
    with pytest.raises(ConfigurationError, match="a Pareto front needs two terms or more; add one"):
        Combination("pareto", (term("a", len),))
    for reference in (math.nan, -math.inf):
        with pytest.raises(ConfigurationError, match=r"the reference of 'a' is .*finite number"):
            term("a", len, Linear(), 1.0, reference)


def test_combinations_can_be_sent_to_another_process() -> None:
    objective = joined("arithmetic", Term("logp", OBJECTIVES["logp"], Gaussian(2, 1)))
    assert pickle.loads(pickle.dumps(objective))("CCO") == objective("CCO")
