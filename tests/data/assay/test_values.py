import pytest

from latentbo.data.assay.values import Cell, has_decimal_commas, read_call, read_cells
from latentbo.data.bounds import Bound


def read(*texts: str, relations: tuple[str, ...] = (), commas: bool = False) -> list[Cell]:
    return read_cells(list(texts), list(relations or [""] * len(texts)), commas)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("5", 5.0), ("5.25", 5.25), ("-1e-3", -0.001), ("+2.", 2.0), (".5", 0.5), ("=4", 4.0)),
        *(("−3", -3.0), ("~6.1", 6.1), ("5.2 ± 0.3", 5.2), ("5.2 +/- 0.3", 5.2), (" '7' ", 7.0)),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert read(text) == [Cell(value)]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        *((">9", Bound(">", 9)), ("<4.9", Bound("<", 4.9)), ("≥ 9", Bound(">", 9))),
        *(("<= 0.5", Bound("<", 0.5)), (">>10", Bound(">", 10))),
    ],
)
def test_censored_values_are_bounds(text: str, bound: Bound) -> None:
    assert read(text) == [Cell(bound=bound)]
    assert str(bound) in (">9", "<4.9", "<0.5", ">10")


@pytest.mark.parametrize("relation", [">", "'>'", ">=", "≥"])
def test_a_column_of_signs_makes_bounds(relation: str) -> None:
    assert read("9", "8", relations=(relation, "'='")) == [Cell(bound=Bound(">", 9)), Cell(8.0)]


@pytest.mark.parametrize(
    "text", ["", "-", "NA", "n/a", "#N/A", "n.d.", "null", "None", "ND", "not tested", "<NA>"]
)
def test_marks_of_missing_values_are_not_measured(text: str) -> None:
    assert read(text) == [Cell(is_measured=False)]


@pytest.mark.parametrize("text", ["failed", "Fail", "nan", "NaN"])
def test_failed_measurements(text: str) -> None:
    assert read(text) == [Cell()]


@pytest.mark.parametrize("text", ["lots", "inf", "1e400", "1.2.3", "5..2", "> ", "1_000"])
def test_what_is_no_number_is_a_fault(text: str) -> None:
    (cell,) = read(text)
    assert cell.fault.startswith("the value is no")
    assert cell.value is None


def test_a_unit_must_be_that_of_the_column() -> None:
    assert read("5 µM", "6.5 µM", "7nM") == [
        Cell(5.0),
        Cell(6.5),
        Cell(fault="the value is not in the column's unit (µM)"),
    ]


def test_decimal_commas() -> None:
    assert read("2,1", "1.234,5", "2.5", ">9,5", "6,234", commas=True) == [
        *(Cell(2.1), Cell(1234.5), Cell(2.5), Cell(bound=Bound(">", 9.5)), Cell(6.234)),
    ]
    assert "columns are not divided by semicolons" in read("2,1")[0].fault


@pytest.mark.parametrize(
    ("texts", "divided_by", "expected"),
    [
        (["2,1"], "semicolons", True),
        (["6,234"], "semicolons", True),
        (["2,1"], "commas", False),
        (["2,1"], "tabs", True),
        (["1,234"], "tabs", False),
        (["0,234"], "tabs", True),
        (["2.1"], "tabs", False),
    ],
)
def test_where_a_comma_is_a_decimal_one(texts: list[str], divided_by: str, expected: bool) -> None:
    assert has_decimal_commas(texts, divided_by) is expected


@pytest.mark.parametrize(
    ("text", "call"),
    [("1", 1), ("1.0", 1), ("12,0", 12), ("", None), ("nan", "x"), ("1.5", "x"), ("x7", "x")],
)
def test_whole_numbers_of_calls(text: str, call: int | str | None) -> None:
    found = read_call(text)
    assert found == ("the call is no whole number" if call == "x" else call)
