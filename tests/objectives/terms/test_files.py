from pathlib import Path

import pytest

from latentbo.chemistry import Constraints
from latentbo.chemistry.tables import Table
from latentbo.errors import ConfigurationError, InputError
from latentbo.objectives import OBJECTIVES, Combination, constraints_of, objective_from
from latentbo.objectives.sources import Endpoint, Program
from latentbo.objectives.transforms import ClippedLine, Gaussian, Linear, Sigmoid

GOAL = """
mean = "arithmetic"

[[term]]
name = "affinity"
objective = "scores/mine.py:score"
weight = 3
transform = { kind = "sigmoid", middle = 7.0, slope = 1.5 }

[[term]]
objective = "qed"

[[term]]
name = "known"
objective = "known.csv"
[term.transform]
kind = "gaussian"
mean = 4
width = 2

[constraints]
max-heavy-atoms = 30
alerts = ["PAINS"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "mine.py").write_text("def score(s): return len(s)\n", "utf-8")
    (tmp_path / "known.csv").write_text("smiles,value\nCCO,4\nCC,\n", "utf-8")
    return tmp_path


def write(folder: Path, text: str) -> str:
    path = folder / "goal.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file(folder: Path) -> None:
    objective = objective_from(write(folder, GOAL))
    combination = objective.function
    assert isinstance(combination, Combination)
    assert [term.name for term in combination.terms] == ["affinity", "qed", "known"]
    assert [term.weight for term in combination.terms] == [3, 1, 1]
    assert [term.transform for term in combination.terms] == [
        Sigmoid(7.0, 1.5),
        Linear(),
        Gaussian(4, 2),
    ]
    assert objective("CCO") == pytest.approx(
        (3 * Sigmoid(7.0, 1.5)(3.0) + OBJECTIVES["qed"]("CCO") + 1.0) / 5
    )
    assert objective.name == "goal.toml"
    assert objective.description == "arithmetic mean of 3 terms: affinity, qed, known"
    assert objective.task == "molecules"


def test_the_mean_is_geometric_by_default(folder: Path) -> None:
    text = '[[term]]\nobjective = "logp"\ntransform = { kind = "clipped", zero = 0, one = 9 }\n'
    combination = objective_from(write(folder, text)).function
    assert isinstance(combination, Combination)
    assert combination.mean == "geometric"
    assert combination.terms[0].transform == ClippedLine(0, 9)


@pytest.mark.parametrize(
    "number", ["9" * 400, "0x" + "f" * 6000, "[1, { a = 1" + "0" * 4000 + " }]"]
)
def test_whole_numbers_beyond_all_floats(folder: Path, number: str) -> None:
    for key in ("objective", "name", "weight", "reference", "target", "direction"):
        line = "" if key == "objective" else 'objective = "qed"\n'
        text = f"[[term]]\n{line}{key} = {number}\n"
        with pytest.raises(ConfigurationError, match=r"is too large; give a finite number"):
            objective_from(write(folder, text))
    with pytest.raises(ConfigurationError, match="weight is too large; give a finite number"):
        Table({"weight": 10**400}, "goal.json").number("weight")


def test_directions_and_targets(folder: Path) -> None:
    text = """mean = "arithmetic"
[[term]]
objective = "property:logp"
target = 2.5
[[term]]
objective = "property:sa"
direction = "minimize"
[[term]]
objective = "property:rings"
target = 3
width = 2
[[term]]
objective = "qed"
direction = "maximize"
"""
    combination = objective_from(write(folder, text)).function
    assert isinstance(combination, Combination)
    transforms = [term.transform for term in combination.terms]
    assert transforms == [Gaussian(2.5, 1.0), Linear(-1.0), Gaussian(3, 2), Linear()]


def test_a_front(folder: Path) -> None:
    text = (
        'mean = "pareto"\n[[term]]\nobjective = "qed"\nreference = 0.25\n'
        '[[term]]\nobjective = "logp"\n'
    )
    objective = objective_from(write(folder, text))
    combination = objective.function
    assert isinstance(combination, Combination)
    assert combination.is_pareto
    assert [term.reference for term in combination.terms] == [0.25, 0.0]
    assert objective.description == "Pareto front of 2 terms: qed, logp"


def test_time_limits(folder: Path) -> None:
    text = (
        '[[term]]\nobjective = "http://host/a"\ntime-limit = 7.5\n'
        '[[term]]\nobjective = "http://host/b"\n[[term]]\nobjective = "program:cat"\n'
    )
    combination = objective_from(write(folder, text), time_limit=3).function
    assert isinstance(combination, Combination)
    limits = []
    for term in combination.terms:
        assert isinstance(term.objective.function, Endpoint | Program)
        limits.append(term.objective.function.time_limit)
    assert limits == [7.5, 3, 3]


def test_constraints_come_along(folder: Path) -> None:
    path = write(folder, GOAL)
    expected = Constraints.from_dict({"max-heavy-atoms": 30, "alerts": ["PAINS"]})
    assert constraints_of(path) == expected
    assert constraints_of(write(folder, '[[term]]\nobjective = "qed"\n')) is None
    assert constraints_of("qed") is None


BAD = {
    "no TOML": ("mean = ", r"goal\.toml is no TOML: Invalid value \(at .*\); mend the file"),
    "no term": ('mean = "geometric"', r"^goal\.toml: there is no term; write a table \[\[term"),
    "a table": ("[term]\nobjective = 'qed'", r"there is no term; write a table \[\[term\]\]"),
    "no tables": ("term = ['qed']", "term is 'qed'; write a table"),
    "unknown top key": (
        '\n\nmeans = "geometric"\n[[term]]\nobjective="qed"\n',
        r"^goal\.toml \(line 3\): there is no key 'means' \(did you mean 'mean'\?\)$",
    ),
    "unknown table": (
        '[[terms]]\nobjective="qed"\n',
        r"^goal\.toml \(line 1\): there is no key 'terms' \(did you mean 'term'\?\)$",
    ),
    "unknown mean": (
        'mean = "geometrical"\n[[term]]\nobjective="qed"\n',
        r"\(line 1\): there is no mean 'geometrical' \(did you mean 'geometric'\?\)",
    ),
    "a slip in pareto": (
        'mean = "Pareto"\n[[term]]\nobjective="qed"\n',
        r"\(line 1\): there is no mean 'Pareto' \(did you mean 'pareto'\?\); use geometric or",
    ),
    "a front of one term": (
        'mean = "pareto"\n[[term]]\nobjective="qed"\n',
        r"^goal\.toml: a Pareto front needs two terms or more; add one, or take another mean",
    ),
    "a reference without a front": (
        '[[term]]\nobjective="qed"\n[[term]]\nobjective="logp"\nreference = 1\n',
        r"^goal\.toml, \[\[term\]\] 2 \(line 5\): reference means nothing to the geometric mean",
    ),
    "a slip in reference": (
        'mean = "pareto"\n[[term]]\nobjective="qed"\nreferense = 1\n',
        r"\(line 4\): there is no key 'referense' \(did you mean 'reference'\?\)$",
    ),
    "unknown key of a term": (
        '[[term]]\nobjective="qed"\n[[term]]\nobjective="logp"\nwieght = 2\n',
        r"^goal\.toml, \[\[term\]\] 2 \(line 5\): there is no key 'wieght' \(.*'weight'\?\)$",
    ),
    "underscore": (
        '[[term]]\nobjective="qed"\ntime_limit = 2\n',
        r"no key 'time_limit' \(did you mean 'time-limit'\?\)$",
    ),
    "unknown key of a transform": (
        '[[term]]\nobjective="qed"\ntransform = { kind = "sigmoid", midle = 2 }\n',
        r"^goal\.toml, \[\[term\]\] 1, transform: there is no key 'midle' \(.*'middle'\?\)$",
    ),
    "unknown kind": (
        '[[term]]\nobjective="qed"\ntransform = { kind = "sigmod" }\n',
        r"\[\[term\]\] 1, transform: there is no transform 'sigmod' \(did you mean 'sigmoid'",
    ),
    "a transform in words": (
        '[[term]]\nobjective="qed"\ntransform = "sigmoid"\n',
        r"\[\[term\]\] 1 \(line 3\): transform is 'sigmoid'; give a table$",
    ),
    "no objective": ("[[term]]\nweight = 1\n", r"\[\[term\]\] 1: the key 'objective' is missing"),
    "unknown objective": (
        '[[term]]\nobjective = "qde"\n',
        r"^goal\.toml, \[\[term\]\] 1: there is no objective 'qde' \(did you mean 'qed'\?\)",
    ),
    "missing file": (
        '[[term]]\nobjective = "gone.py:f"\n',
        r"\[\[term\]\] 1: objective '/.*gone\.py:f': there is no file /",
    ),
    "a file of files": (
        '[[term]]\nobjective = "goal.toml"\n',
        r"\[\[term\]\] 1 \(line 2\): the objective 'goal\.toml' is a TOML file, too; write its",
    ),
    "weight": (
        '[[term]]\nobjective="qed"\nweight = 0\n',
        r"\[\[term\]\] 1: the weight of 'qed' is 0; give a finite number above 0",
    ),
    "weight in words": (
        '[[term]]\nobjective="qed"\nweight = "2"\n',
        r"\[\[term\]\] 1 \(line 3\): weight is '2'; give a finite number",
    ),
    "time limit": (
        '[[term]]\nobjective="http://a/b"\ntime-limit = -1\n',
        r"\[\[term\]\] 1: the time limit is -1 s; give a number of seconds above 0",
    ),
    "one name twice": (
        '[[term]]\nobjective="qed"\n[[term]]\nobjective="qed"\n',
        r"^goal\.toml: two terms are named 'qed'; give each its own name",
    ),
    "two tasks": (
        '[[term]]\nobjective="qed"\n[[term]]\nobjective="target-fit"\n',
        r"no string suits all terms: 'qed' scores molecules, 'target-fit' scores expressions",
    ),
    "a direction of the file": (
        'minimize = true\n[[term]]\nobjective="qed"\n',
        r"there is no key 'minimize'; write direction = \"minimize\" in a \[\[term\]\]$",
    ),
    "a constraint of the file": (
        'core = "c1ccccc1"\n[[term]]\nobjective="qed"\n',
        r"\(line 1\): there is no key 'core'; write it in a table \[constraints\]$",
    ),
    "another word": (
        '[[term]]\nobjective="qed"\nmaximise = true\n',
        r"\(line 3\): there is no key 'maximise'; write direction = \"maximize\"$",
    ),
    "direction": (
        '[[term]]\nobjective="qed"\ndirection = "minimise"\n',
        r"no direction 'minimise' \(did you mean 'minimize'\?\); use maximize or minimize$",
    ),
    "minimize in a geometric mean": (
        '[[term]]\nobjective="sa"\ndirection = "minimize"\n',
        r"\(line 3\): a geometric mean needs scores from 0 up, and minimize gives minus",
    ),
    "direction and transform": (
        '[[term]]\nobjective="sa"\ntarget = 2\ndirection = "minimize"\n',
        r"\(line 3\): direction and target both say which values are good: keep one of them$",
    ),
    "width alone": (
        '[[term]]\nobjective="sa"\nwidth = 2\n',
        r"\(line 3\): width means nothing without target: add it, or leave width out$",
    ),
    "no width": (
        '[[term]]\nobjective="sa"\ntarget = 2\nwidth = 0\n',
        r"\(line 4\): width is 0; give a number above 0$",
    ),
    "a constraint": (
        '[[term]]\nobjective="qed"\n[constraints]\nmax-lopg = 3\n',
        r"^goal\.toml, \[constraints\] \(line 4\): there is no key 'max-lopg' \(.*'max-logp'\?\)$",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_name_the_place(folder: Path, case: str) -> None:
    text, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        objective_from(write(folder, text))
    assert "\n" not in str(caught.value)


def test_text_that_is_no_utf8(folder: Path) -> None:
    (folder / "goal.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match="is no UTF-8 text"):
        objective_from(str(folder / "goal.toml"))
