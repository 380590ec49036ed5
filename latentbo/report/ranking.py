"""Molecules that nobody proposed, in the order of a run's acquisition."""

from collections.abc import Sequence
from dataclasses import dataclass

from latentbo.acquisition import select_thompson_strings
from latentbo.report.run import Run
from latentbo.report.trust import fit_of, history_of
from latentbo.surrogates import single_thread


@dataclass(frozen=True)
class Ranked:
    """A molecule in its place.

    Args:
        string: Canonical SMILES.
        predicted: The model's mean, in the direction of the user's values.
        deviation: The model's standard deviation.
        known: Its value or bound in the run, `suggested` if that is not there yet, else empty.
    """

    string: str
    predicted: float
    deviation: float
    known: str = ""


def rank_strings(run: Run, strings: Sequence[str], number: int, seed: int) -> list[Ranked] | None:
    """Rank molecules: Thompson samples first, then prediction plus deviation, known ones last.

    Args:
        run: Whose measurements the model learns from.
        strings: Canonical SMILES; of repeated ones the first counts.
        number: Places that are chosen by Thompson sampling.
        seed: Of the samples.

    Returns:
        Each molecule once; None if the run has too few values, or is not over molecules.
    """
    surrogate = fit_of(run)
    if surrogate is None:
        return None
    history = history_of(run)
    distinct = list(dict.fromkeys(strings))
    with single_thread():
        mean, deviation = surrogate.predict(distinct)
        predictions = dict(
            zip(distinct, zip(mean.tolist(), deviation.tolist(), strict=True), strict=True)
        )
        new = [string for string in distinct if string not in history.known]
        chosen = [new[row] for row in select_thompson_strings(surrogate, new, number, seed)]
    first = set(chosen)
    others = sorted(
        (string for string in distinct if string not in first),
        key=lambda string: (string in history.known, -sum(predictions[string])),
    )
    known = _known(run)
    found = []
    for string in [*chosen, *others]:
        predicted, away = predictions[string]
        shown = run.scale.number(predicted) or 0.0
        found.append(Ranked(string, shown, away, known.get(string, "")))
    return found


def predict_strings(run: Run, strings: Sequence[str]) -> dict[str, tuple[float, float]] | None:
    """Predict molecules.

    Args:
        run: Whose measurements the model learns from.
        strings: Canonical SMILES.

    Returns:
        Mean (in the direction of the user's values) and standard deviation of each; None if the run
        has too few values, or is not over molecules.
    """
    surrogate = fit_of(run)
    if surrogate is None:
        return None
    if not strings:
        return {}
    with single_thread():
        mean, deviation = surrogate.predict(list(strings))
    shown = [run.scale.number(value) or 0.0 for value in mean.tolist()]
    return dict(zip(strings, zip(shown, deviation.tolist(), strict=True), strict=True))


def _known(run: Run) -> dict[str, str]:
    """Return what is known of strings, exact values before bounds."""
    history = history_of(run)
    told = dict.fromkeys((row.string for row in run.evaluations), "suggested")
    bounds = [*history.initial_bounds, *((row.string, row.bound) for row in history.evaluations)]
    told |= {string: str(run.scale.bound(bound)) for string, bound in bounds if bound}
    exact = zip(history.strings, history.values.tolist(), strict=True)
    return told | {string: f"{run.scale.number(value):.4g}" for string, value in exact}
