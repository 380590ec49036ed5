"""One line: does optimizing in this latent space make sense?

Each finding is compared with two thresholds: past the first, the search is handicapped; past the
second, it cannot do better than sampling. The thresholds are judgements, with their reasons given
here; the numbers behind them are always reported with the verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from latentbo.diagnostics.calibration import Calibration
from latentbo.diagnostics.decoding import Validity
from latentbo.diagnostics.round_trip import PriorDistance, RoundTrip, ValueChange

#: (fair, hopeless) share of valid decodes. An invalid decode costs a proposal, not an oracle call:
#: below one in two the search is slow, below one in twenty most batches are empty. (Published
#: molecule models are between 0.16 and 0.76 in the box.)
VALID = (0.5, 0.05)
#: (fair, hopeless) share of different strings among the valid decodes of prior samples: a decoder
#: that ignores its code returns the same few strings everywhere.
DISTINCT = (0.3, 0.02)
#: (fair, hopeless) share of the data's strings that survive the round trip, used without values. A
#: string that becomes a similar one can still keep its value, hence the low thresholds.
SAME = (0.5, 0.02)
#: (fair, hopeless) rank correlation of the values before and after the round trip. The Gaussian
#: process learns the former, the oracle calls are for the latter: this bounds the accuracy of any
#: surrogate. At 0.7 half of the ranks' variance is left, at 0.2 a twenty-fifth.
VALUE_KEPT = (0.7, 0.2)
#: (fair, hopeless) rank correlation of predicted and true values of unseen strings. At 0.3 the best
#: tenth by prediction is still clearly enriched; 0.1 cannot be distinguished from 0 with 500
#: strings.
PREDICTED = (0.3, 0.1)
#: The central 90 % interval should hold between these shares of unseen values: outside, the
#: acquisition trades exploration for exploitation at a wrong rate. Never a reason not to search.
COVERED = (0.75, 0.99)
#: Rank correlation of predictions above which too wide intervals do not matter: little is left to
#: explore.
NEARLY_KNOWN = 0.95
#: KS term over its noise floor, at 500 codes: 10 corresponds to a shift of every dimension by 0.18
#: standard deviations. Beyond, samples of the prior are not where the data are. Never a reason not
#: to search: it can start at data.
FAR_FROM_PRIOR = 10.0
#: The judged regions, and their names in the verdict. Of the three noise levels near the data, that
#: of a local search: codes of different strings are several times as far apart.
NEAR = "data + noise 0.25"
PLACES = {"prior": "drawn from the prior", "box": "in the data's box", NEAR: "near the data"}


class VerdictLevel(StrEnum):
    """The beginning of the verdict's line, from good to bad."""

    SENSIBLE = "optimizing here makes sense"
    DOUBTFUL = "doubtful"
    SENSELESS = "does not make sense"


@dataclass(frozen=True)
class Finding:
    """One judged number.

    Attributes:
        level: The conclusion from this number alone.
        text: The number and its meaning, without full stop.
    """

    level: VerdictLevel
    text: str


@dataclass(frozen=True)
class Verdict:
    """The conclusion, and the findings that support it."""

    level: VerdictLevel
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """One line."""
        return f"{self.level}: {'; '.join(self.reasons)}"


def judge(judged: Sequence[Finding]) -> Verdict:
    """Return the worst level of all findings, and the texts of the findings of that level.

    Raises:
        ValueError: If there is no finding.
    """
    if not judged:
        raise ValueError("there is no finding to judge")
    order = list(VerdictLevel)
    level = max((finding.level for finding in judged), key=order.index)
    return Verdict(level, tuple(finding.text for finding in judged if finding.level is level))


def findings(
    validities: Sequence[Validity],
    data_round_trip: RoundTrip,
    distance: PriorDistance,
    value_change: ValueChange | None = None,
    calibration: Calibration | None = None,
) -> list[Finding]:
    """Judge each measurement by its thresholds; without values, judge the round trip of strings."""
    found = _judge_regions(validities)
    if value_change is None:
        share = f"{data_round_trip.same:.2f} of the data's strings survive the round trip"
        found.append(_compare(data_round_trip.same, SAME, share))
    else:
        kept = value_change.rank_correlation
        text = f"values before and after the round trip correlate with {kept:.2f}"
        found.append(_compare(kept, VALUE_KEPT, text))
    if calibration is not None:
        found += _judge_calibration(calibration)
    if distance.mean > FAR_FROM_PRIOR:
        text = (
            f"the codes miss the prior ({distance.mean:.0f} times the noise floor): start from "
            f"data, not from samples of the prior"
        )
        found.append(Finding(VerdictLevel.DOUBTFUL, text))
    return found


def _judge_regions(validities: Sequence[Validity]) -> list[Finding]:
    """Judge the regions: a search needs the region near the data; it can avoid the others."""
    found = []
    for validity in validities:
        if validity.region not in PLACES:
            continue
        text = f"{validity.valid:.2f} of the codes {PLACES[validity.region]} decode to something"
        finding = _compare(validity.valid, VALID, text)
        if finding.level is VerdictLevel.SENSELESS and validity.region != NEAR:
            finding = Finding(VerdictLevel.DOUBTFUL, f"{text}: search near the data")
        found.append(finding)
        if validity.region == "prior" and validity.num_valid:
            text = (
                f"{validity.num_distinct} different strings among {validity.num_valid} valid "
                f"samples of the prior"
            )
            found.append(_compare(validity.distinct, DISTINCT, text))
    return found


def _judge_calibration(calibration: Calibration) -> list[Finding]:
    predicted = calibration.rank_correlation
    text = f"the GP's predictions of unseen strings correlate with {predicted:.2f}"
    found = [_compare(predicted, PREDICTED, text)]
    covered = calibration.coverage(0.9)
    most = 1.0 if predicted >= NEARLY_KNOWN else COVERED[1]
    if not COVERED[0] <= covered <= most:
        text = f"the GP's 90 % intervals hold {100 * covered:.0f} % of unseen values"
        found.append(Finding(VerdictLevel.DOUBTFUL, text))
    return found


def _compare(value: float, thresholds: tuple[float, float], text: str) -> Finding:
    fair, hopeless = thresholds
    if value >= fair:
        return Finding(VerdictLevel.SENSIBLE, text)
    return Finding(VerdictLevel.DOUBTFUL if value >= hopeless else VerdictLevel.SENSELESS, text)
