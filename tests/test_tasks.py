import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.data import TASK_DATASETS, Line
from latentbo.objectives import load_objective
from latentbo.optimizer import Accepted
from latentbo.tasks import TASKS


@pytest.mark.parametrize("name", list(TASKS))
def test_every_task_is_complete(name: str) -> None:
    task = TASKS[name]
    assert task.name == name
    assert load_objective(task.objective).name == task.objective
    assert task.name in TASK_DATASETS


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("C1=CC=CC=C1O", Accepted("Oc1ccccc1")),
        ("c1ccccc1[CH2]", Accepted("Cc1ccccc1")),  # a radical is saturated
        ("C1CC", Accepted(None, "invalid")),
        ("c1ccccc1.CC", Accepted(None, "invalid")),
        ("", Accepted(None, "invalid")),
        ("CCCC", Accepted(None, "filtered")),
        ("c1ccccc1" + "C" * 40, Accepted(None, "filtered")),
    ],
)
def test_judgement_of_decoded_molecules(string: str, expected: Accepted) -> None:
    accept = TASKS["molecules"].accept(MoleculeFilter())
    assert accept(string) == expected
    assert accept(string) == expected  # also from its memory


def test_the_filter_decides_what_is_wanted() -> None:
    strict, loose = (
        TASKS["molecules"].accept(MoleculeFilter(min_rings=rings)) for rings in (1, None)
    )
    assert strict("CCCC") == Accepted(None, "filtered")
    assert loose("CCCC") == Accepted("CCCC")


def test_lines_of_a_file_pass_once_or_are_left_out_with_a_reason() -> None:
    strings = ["OC1CCCC1", "nonsense", "C1CCCC1O", "CCO", "c1ccccc1"]
    lines = [Line(number, string) for number, string in enumerate(strings, start=3)]
    passing, left_out = TASKS["molecules"].filtered(lines, MoleculeFilter())
    assert passing == [Line(3, "OC1CCCC1"), Line(7, "c1ccccc1")]
    assert left_out == [
        (4, "nonsense", "no molecule"),
        (5, "C1CCCC1O", "repeated"),
        (6, "CCO", "rings (at least 1)"),
    ]
