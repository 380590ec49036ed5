from dataclasses import replace
from pathlib import Path

import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.data import DATASETS, Line
from latentbo.errors import ConfigurationError, DataError
from latentbo.models import TrainedModel, load_model
from latentbo.objectives import load_objective
from latentbo.parsing import Grammar, load_grammar, parser_for
from latentbo.representations import GrammarRepresentation
from latentbo.tasks import TASKS, Accepted, starting_pool


@pytest.mark.parametrize("name", list(TASKS))
def test_every_task_is_complete(name: str) -> None:
    task = TASKS[name]
    assert task.name == name
    objective = load_objective(task.objective_or(None))
    assert (objective.name, objective.task) == (task.objective, name)
    assert task.dataset in DATASETS.values()


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


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("1 / 3 + x", Accepted("1/3+x")),
        ("sin(x*x)", Accepted("sin(x*x)")),
        ("x-1", Accepted(None, "invalid")),  # no minus in the published grammar
        ("12", Accepted(None, "invalid")),
        ("cos(x)", Accepted(None, "invalid")),
        ("", Accepted(None, "invalid")),
        ("c1ccccc1", Accepted(None, "invalid")),
    ],
)
def test_judgement_of_decoded_expressions(string: str, expected: Accepted) -> None:
    accept = TASKS["expressions"].accept(None)
    assert accept(string) == expected


def test_the_pool_of_expressions_is_canonical_and_always_the_same() -> None:
    task = TASKS["expressions"]
    pool = task.pool()
    assert len(set(pool)) == len(pool) == 5000
    assert all(task.canonical(expression) == expression for expression in pool[::50])
    assert pool == task.pool()
    assert 1 < len(parser_for(load_grammar("expressions")).parse(max(pool, key=len))) <= 14


def test_a_model_of_another_grammar_has_its_own_expressions(
    expression_models: dict[str, Path], tiny_model: TrainedModel
) -> None:
    task = TASKS["expressions"]
    grammar = Grammar.from_text("S -> S '-' T | T\nT -> 'x' | 'cos(' S ')'")
    model = load_model(expression_models["grammar"])
    changed = TrainedModel(
        model.network,
        GrammarRepresentation(grammar, 15),
        model.network_config,
        model.prior_config,
    )
    own = task.for_model(changed)
    assert own.canonical("x-cos(x)") == "x-cos(x)"
    assert own.canonical("x+x") is None
    assert all("+" not in expression for expression in own.pool())
    assert own.count is not None
    assert own.count(["x-x"]).any()
    characters = task.for_model(load_model(expression_models["characters"]))
    assert characters.canonical("x+x") == "x+x"
    molecules = TASKS["molecules"]
    assert molecules.for_model(tiny_model) is molecules is molecules.for_model(changed)


def test_a_file_is_read_as_the_task_writes_its_strings(tmp_path: Path) -> None:
    path = tmp_path / "strings.txt"
    path.write_text("x + 1\n")
    assert TASKS["expressions"].data(path) == (path, [Line(1, "x+1")])
    assert TASKS["molecules"].data(path) == (path, [Line(1, "x")])


def test_a_task_without_data_asks_for_a_file() -> None:
    with pytest.raises(ConfigurationError, match=r"poems have no data set .* with --data FILE"):
        replace(TASKS["molecules"], name="poems", dataset=None).data()


def test_lines_of_expressions_are_left_out_with_a_reason() -> None:
    lines = [Line(1, "x+1"), Line(2, "x-1"), Line(3, "x + 1"), Line(4, "3")]
    passing, left_out = TASKS["expressions"].filtered(lines, None)
    assert passing == [Line(1, "x+1"), Line(4, "3")]
    assert left_out == [(2, "x-1", "no expression"), (3, "x + 1", "repeated")]


def test_a_pool_holds_what_the_model_can_hold(
    expression_models: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "e.txt"
    path.write_text(f"x + 1\nx-1\n{'x+' * 20}x\nsin( x )\n")
    model = load_model(expression_models["grammar"])
    pool = starting_pool(TASKS["expressions"].for_model(model), model, None, path)
    assert pool.strings == ["x+1", "sin(x)"]
    assert pool.left_out[0] == (2, "x-1", "no expression")
    assert pool.summary() == {
        "usable": 2,
        "left_out": {"no expression": 1, "not representable by the model": 1},
    }
    path.write_text("CCO\n")
    with pytest.raises(DataError, match=r"no expression of .* \(1 no .* with --initial$"):
        starting_pool(TASKS["expressions"].for_model(model), model, None, path)


@pytest.mark.parametrize(
    ("name", "surrogate"), [("molecules", "fragments"), ("expressions", "curves")]
)
def test_the_default_surrogate_sees_all_that_the_task_describes(name: str, surrogate: str) -> None:
    task = TASKS[name]
    assert task.code_surrogate == surrogate
    assert task.surrogate == ("tanimoto" if task.is_molecular else surrogate)
    assert (task.describe is not None) == (surrogate == "curves")
    assert replace(task, describe=None).code_surrogate == "fragments"


def test_expressions_are_described_by_their_curves_whatever_the_grammar(
    expression_models: dict[str, Path],
) -> None:
    for name in ("grammar", "characters"):
        task = TASKS["expressions"].for_model(load_model(expression_models[name]))
        assert task.surrogate == "curves"
        assert task.describe is not None
        one, other, same = task.describe(["x+1", "x*2", "1+x"])
        assert one.equal(same)
        assert not one.equal(other)
