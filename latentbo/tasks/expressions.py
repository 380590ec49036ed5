"""Arithmetic expressions in x: the sentences of a small grammar."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentbo.data import DATASETS
from latentbo.tasks.sentences import grammar_task

if TYPE_CHECKING:
    from torch import Tensor


def _curves(expressions: Sequence[str]) -> "Tensor":
    from latentbo.objectives.expressions import curve_values  # noqa: PLC0415  (needs torch)

    return curve_values(expressions)


EXPRESSIONS = grammar_task(
    "expressions",
    "expressions",
    objective="target-fit",
    column="expression",
    dataset=DATASETS["expressions100k"],
    lengths={"characters": 20, "grammar": 15},
    describe=_curves,
    view="latentbo.report.expressions:EXPRESSIONS",
)
