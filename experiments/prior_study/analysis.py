"""The analysis of `does_the_prior_matter.py`; it was fixed before the first search was run.

The primary read-out is the error of the best expression after all calls, `log(1 + mean squared
error)`, averaged over targets, ways of moving and search seeds. The unit is the training. GMM-KS
counts as helping if the 95 % interval of its difference to each of `CONTROLS` excludes 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

Row = dict[str, Any]

SUBJECT, CONTROLS = "gmm-ks", ("plain", "kl", "mmd")
#: Read-outs of a training whose rank correlation with the primary one is shown.
EXPLAINING = {
    "ks": "KS of sampled codes",
    "covariance": "covariance",
    "sliced": "sliced",
    "reconstruction": "exact reconstruction",
    "same after noise": "same decode after noise of 0.5",
    "rmse": "RMSE of an exact process",
    "new": "new decodes",
}
RESAMPLINGS = 10_000


@dataclass(frozen=True)
class Difference:
    """The error of an arm minus that of `SUBJECT`: positive where the subject is better."""

    arm: str
    mean: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """For a table."""
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def errors(row: Row, key: str = "best", only: str = "") -> dict[str, float]:
    """Return a read-out of each search of a training, those whose name begins with `only`."""
    return {
        name: float(found[key]) for name, found in row["searches"].items() if name.startswith(only)
    }


def primary(row: Row, key: str = "best", only: str = "") -> float:
    """Return the mean over a training's searches."""
    return float(np.mean([*errors(row, key, only).values()]))


def explaining(row: Row) -> dict[str, float]:
    """Return the read-outs of a training that may explain the primary one."""
    counts = [found["counts"] for found in row["searches"].values()]
    decoded = sum(each.get("decoded", 0) for each in counts)
    lost = sum(each.get(name, 0) for each in counts for name in ("unfinished", "invalid", "known"))
    processes = [found["rmse"] for name, found in row.items() if name.startswith("gp ")]
    return {
        **{name: float(row[name]) for name in ("ks", "covariance", "sliced", "reconstruction")},
        "same after noise": float(row["after_noise"]["0.5"]),
        "rmse": float(np.mean(processes)),
        "new": 1 - lost / max(1, decoded),
    }


def difference(rows: Sequence[Row], arm: str, only: str = "", seed: int = 0) -> Difference:
    """Return the difference of an arm to `SUBJECT` with a hierarchical bootstrap's interval.

    Trainings are drawn within their arms; of the searches, which are paired by labels and seed, the
    same are drawn for both arms.

    Args:
        rows: Of all trainings.
        arm: Which.
        only: Searches whose name begins so; all if empty.
        seed: Of the bootstrap.
    """
    names = sorted(errors(rows[0], only=only))
    ours, others = (
        np.array([[errors(row)[name] for name in names] for row in rows if row["arm"] == which])
        for which in (SUBJECT, arm)
    )
    draw = np.random.default_rng(seed)
    found = np.empty(RESAMPLINGS)
    for number in range(RESAMPLINGS):
        searches = draw.integers(len(names), size=len(names))
        means = [
            table[draw.integers(len(table), size=len(table))][:, searches].mean()
            for table in (others, ours)
        ]
        found[number] = means[0] - means[1]
    low, high = np.quantile(found, [0.025, 0.975])
    return Difference(arm, float(others.mean() - ours.mean()), float(low), float(high))


def correlations(rows: Sequence[Row]) -> dict[str, float]:
    """Return Spearman's rank correlation of each explaining read-out with the primary one."""
    read = [explaining(row) for row in rows]
    outcome = [primary(row) for row in rows]
    found = {}
    for name in EXPLAINING:
        values = [each[name] for each in read]
        constant = len(set(values)) < 2 or len(set(outcome)) < 2
        found[name] = float("nan") if constant else float(spearmanr(values, outcome).statistic)
    return found


def answer(rows: Sequence[Row]) -> str:
    """Return the plain answer, by the rule above; empty while a control is missing."""
    arms = {row["arm"] for row in rows}
    if not arms.issuperset({SUBJECT, *CONTROLS}):
        return ""
    found = [difference(rows, arm) for arm in CONTROLS]
    better = [each.arm for each in found if each.low > 0]
    worse = [each.arm for each in found if each.high < 0]
    if len(better) == len(CONTROLS):
        return f"GMM-KS helps the search: it is better than {', '.join(better)}."
    parts = [
        f"better than {', '.join(better)}" if better else "",
        f"worse than {', '.join(worse)}" if worse else "",
    ]
    rest = [each.arm for each in found if each.low <= 0 <= each.high]
    parts.append(f"not resolved against {', '.join(rest)}" if rest else "")
    return f"GMM-KS is not shown to help the search: {'; '.join(part for part in parts if part)}."
