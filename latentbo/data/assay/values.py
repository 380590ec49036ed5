"""Cells of measured values: numbers, bounds, marks of missing and of failed measurements."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from latentbo.data.bounds import Bound

#: What people write where a measurement failed; capitals do not matter.
FAILED = frozenset({"failed", "fail", "nan"})
#: What they write where there is none.
MISSING = frozenset(
    {"", "-", "--", "–", "—", "?", ".", "na", "n/a", "#n/a", "<na>", "n.a.", "n.a", "nd", "n.d."}
    | {"n.d", "n/d", "nt", "n.t.", "n/t", "null", "none", "nil", "not measured", "not determined"}
    | {"not tested", "not available", "missing", "tbd", "pending", "open", "(blank)"}
)
SIGNS = {"≥": ">", "≤": "<", "⩾": ">", "⩽": "<", "＞": ">", "＜": "<", "−": "-", "‐": "-"}
NUMBER = re.compile(
    r"(?P<sign>[<>]=?|<<|>>|=|~|≈|ca\.?)?\s*"
    r"(?P<number>[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?)\s*"
    r"(?:(?:±|\+/-|\+-)\s*[\d.,]+(?:[eE][+-]?\d+)?\s*)?(?P<unit>[A-Za-zµμ%°][^<>=]*)?"
)
PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
#: A comma between digits that can only be a decimal one: no three digits behind it, or a lone 0
#: before it.
SURE_COMMA = re.compile(r"[^\d]*(?:0,\d+|\d*,(?:\d{1,2}|\d{4,}))(?:[eE].*|[^\d.,].*)?")


@dataclass(frozen=True)
class Cell:
    """The contents of a cell.

    Args:
        value: The number; None if there is none.
        bound: The bound of a censored value.
        is_measured: Whether a measurement was made, whatever came of it.
        fault: Why the cell cannot be used; empty if it can.
    """

    value: float | None = None
    bound: Bound | None = None
    is_measured: bool = True
    fault: str = ""


def has_decimal_commas(texts: Iterable[str], divided_by: str) -> bool:
    """Tell whether commas are decimal ones: surely where columns are divided by semicolons.

    Where commas divide columns, they never are. Elsewhere (tabs, workbooks) they are if one of them
    cannot divide thousands.
    """
    if divided_by in ("semicolons", "commas"):
        return divided_by == "semicolons"
    return any(SURE_COMMA.fullmatch(text.strip()) for text in texts)


def read_cells(texts: list[str], relations: list[str], commas: bool) -> list[Cell]:
    """Read a column of values.

    A unit behind the numbers is taken if it is the same in all of them.

    Args:
        texts: The cells.
        relations: The sign of each from a column of its own, such as `'>'`; empty: none.
        commas: Whether a comma in a number is a decimal one.
    """
    matches = [NUMBER.fullmatch(_plain(text)) for text in texts]
    units = Counter(_unit(match) for match in matches if match)
    usual = units.most_common(1)[0][0] if units else ""
    return [
        _cell(text, match, relation, commas, usual)
        for text, match, relation in zip(texts, matches, relations, strict=True)
    ]


def _plain(text: str) -> str:
    for sign, ours in SIGNS.items():
        text = text.replace(sign, ours)
    return " ".join(text.strip().strip("'\"").split())


def _unit(match: re.Match[str]) -> str:
    return (match["unit"] or "").strip()


def _cell(text: str, match: re.Match[str] | None, relation: str, commas: bool, unit: str) -> Cell:
    lowered = text.strip().lower()
    if lowered in MISSING:
        return Cell(is_measured=False)
    if lowered in FAILED:
        return Cell()
    number = _number(match["number"], commas) if match else "the value is no number"
    if match and _unit(match) != unit:
        number = f"the value is not in the column's unit ({unit or 'none'})"
    if isinstance(number, str):
        return Cell(fault=number)
    sign = ((match and match["sign"]) or _plain(relation))[:1]
    if sign in ("<", ">"):
        return Cell(bound=Bound(sign, number))
    return Cell(number)


def _number(text: str, commas: bool) -> float | str:
    """Return a finite number, or why there is none."""
    if "," in text:
        if not commas:
            return "the value has a comma, and columns are not divided by semicolons"
        if "." in text.split(",", 1)[1]:
            return "the value has commas and points in an order that says nothing"
        text = text.replace(".", "").replace(",", ".")
    if not PLAIN.fullmatch(text):
        return "the value is no number"
    value = float(text)
    return value if math.isfinite(value) else "the value is no finite number"


def read_call(text: str) -> int | str | None:
    """Return the number of a call, which tables may write as `1.0`; None: none; else the fault."""
    if text.strip().lower() in MISSING:
        return None
    whole = re.fullmatch(r"(\d+)(?:[.,]0*)?", text.strip())
    return int(whole[1]) if whole else "the call is no whole number"
