import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from latentbo.errors import ObjectiveError
from latentbo.objectives import OBJECTIVES, Objective, evaluate, load_objective

GOOD = "def score(smiles):\n    return len(smiles)\n"


@pytest.fixture(autouse=True)
def _import_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what a test's files added to the interpreter."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_builtin_names() -> None:
    spellings = [(name, spelling) for name in OBJECTIVES for spelling in (name, f" {name}\n")]
    others = [text for name, text in spellings if load_objective(text) is not OBJECTIVES[name]]
    assert others == []


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "score = len",
        "score = lambda smiles: len(smiles)",
        "def score(smiles, scale=1):\n    return scale * len(smiles)\n",
        "def score(*smiles):\n    return len(smiles[0])\n",
        "class Score:\n    def __call__(self, smiles): return len(smiles)\nscore = Score()\n",
        "import functools\nscore = functools.partial(lambda a, s: a * len(s), 1)\n",
        # The module is registered while it runs, which dataclasses need.
        "from __future__ import annotations\nimport dataclasses\n"
        "@dataclasses.dataclass\nclass Size:\n    factor: float = 1.0\n"
        "def score(s):\n    return Size().factor * len(s)\n",
    ],
)
def test_whatever_takes_one_string_is_accepted(tmp_path: Path, text: str) -> None:
    objective = load_objective(f"{write(tmp_path / 'mine.py', text)}:score")
    assert objective("CCO") == 3.0
    assert objective.name == "mine.py:score"


def test_description_is_the_first_line_of_the_docstring(tmp_path: Path) -> None:
    text = 'def score(s):\n    """Length.\n\n    More."""\n    return 1\ndef plain(s): return 1\n'
    path = write(tmp_path / "mine.py", text)
    assert load_objective(f"{path}:score").description == "Length."
    assert load_objective(f"{path}:plain").description == "the function plain of mine.py"


def test_siblings_can_be_imported_also_while_scoring(tmp_path: Path) -> None:
    write(tmp_path / "early_sibling.py", "FACTOR = 2\n")
    write(tmp_path / "late_sibling.py", "FACTOR = 5\n")
    text = (
        "import early_sibling\n"
        "def score(smiles):\n    import late_sibling\n"
        "    return early_sibling.FACTOR * late_sibling.FACTOR\n"
    )
    assert load_objective(f"{write(tmp_path / 'mine.py', text)}:score")("C") == 10


def test_the_folder_of_a_file_hides_no_installed_module(tmp_path: Path) -> None:
    write(tmp_path / "colorsys.py", "raise RuntimeError('the wrong colorsys')\n")
    text = "import colorsys\n" + GOOD
    assert load_objective(f"{write(tmp_path / 'mine.py', text)}:score")("C") == 1


def test_files_of_one_name_do_not_mix(tmp_path: Path) -> None:
    first = write(tmp_path / "a" / "mine.py", "def score(s): return 1\n")
    second = write(tmp_path / "b" / "mine.py", "def score(s): return 2\n")
    objectives = [load_objective(f"{path}:score") for path in (first, second)]
    assert [objective("C") for objective in objectives] == [1, 2]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", GOOD)
    load_objective(f"{path}:score")
    write(path, "def score(smiles):\n    return 1000\n")
    assert load_objective(f"{path}:score")("C") == 1000


def test_paths_relative_to_the_current_and_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "mine.py", GOOD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_objective("mine.py:score")("CC") == 2
    assert load_objective("./mine.py:score")("CC") == 2
    assert load_objective("~/mine.py:score")("CC") == 2


def test_modules_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_objective("builtins:len")("CCO") == 3
    write(tmp_path / "chem_of_mine" / "__init__.py", "")
    write(tmp_path / "chem_of_mine" / "scores.py", GOOD)
    monkeypatch.chdir(tmp_path)
    objective = load_objective("chem_of_mine.scores:score")
    assert objective("CCO") == 3
    assert objective.name == "chem_of_mine.scores:score"


# What the file holds, the function asked for, what the message must say.
BAD_FILES = {
    "syntax error": ("def score(smiles:\n", "score", r"SyntaxError: .*mine\.py, line 1\); mend"),
    "indentation": ("def score(s):\nreturn 1\n", "score", r"IndentationError: .*line 2\)"),
    "missing module": (
        "import os\nimport no_such_module_xyz\n",
        "score",
        r"ModuleNotFoundError: .*mine\.py, line 2\); install no_such_module_xyz",
    ),
    "missing name": (
        "from os import no_such_name\n",
        "score",
        r"ImportError: cannot import name .*line 1\); mend the file",
    ),
    "exception": ("x = 1\ny = x / 0\n", "score", r"ZeroDivisionError: .*mine\.py, line 2\)"),
    "exception in a library": (
        "import json\n\njson.loads('{')\n",
        "score",
        r"JSONDecodeError: .*mine\.py, line 3\)",
    ),
    "exit": ("import sys\nsys.exit(2)\n", "score", r"SystemExit: 2 \(mine\.py, line 2\)"),
    "null byte": ("x = 1\x00\n", "score", "cannot be imported: (SyntaxError|ValueError)"),
    "empty": ("", "score", "no function 'score' there; it has no public function"),
    "other names": (
        "from os import getcwd\ndef scored(s): return 1\ndef other(s): return 1\nLIMIT = 3\n",
        "score",
        r"no function 'score' there \(did you mean 'scored'\?\); it has other, scored$",
    ),
    "not callable": ("score = 3.0\n", "score", "'score' is of type float, not a function"),
    "no argument": ("def score(): return 1\n", "score", r"one argument.*signature is \(\)"),
    "two arguments": (
        "def score(smiles, target): return 1\n",
        "score",
        r"one argument, the string to score; its signature is \(smiles, target\); .*default",
    ),
    "keyword only": ("def score(*, smiles): return 1\n", "score", "must take one argument"),
    "coroutine": ("async def score(s): return 1\n", "score", "async function; write it with a"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_say_what_is_wrong(tmp_path: Path, case: str) -> None:
    text, function, message = BAD_FILES[case]
    spec = f"{write(tmp_path / 'mine.py', text)}:{function}"
    with pytest.raises(ObjectiveError, match=message) as caught:
        load_objective(spec)
    assert spec in str(caught.value)
    assert "\n" not in str(caught.value)


def test_errors_in_a_sibling_name_both_places(tmp_path: Path) -> None:
    write(tmp_path / "broken_sibling.py", "x = (\n")
    path = write(tmp_path / "mine.py", "import broken_sibling\n")
    with pytest.raises(ObjectiveError, match=r"mine\.py:score.*broken_sibling\.py, line 1"):
        load_objective(f"{path}:score")


def test_the_cause_keeps_its_traceback(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", "1 / 0\n")
    with pytest.raises(ObjectiveError) as caught:
        load_objective(f"{path}:score")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.__cause__.__traceback__ is not None


def test_a_failed_import_leaves_no_module(tmp_path: Path) -> None:
    before = set(sys.modules)
    with pytest.raises(ObjectiveError):
        load_objective(f"{write(tmp_path / 'mine.py', '1 / 0')}:score")
    assert {name for name in set(sys.modules) - before if "objective" in name} == set()


def test_interrupting_an_import_passes(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", "raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load_objective(f"{path}:score")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "",
            r"no objective ''; use one of the \d+ built-in names, such as qed \(.*\), path/file.py",
        ),
        ("penalised_logp", r"did you mean 'penalized-logp'\?"),
        ("QED", r"did you mean 'qed'\?"),
        ("perindopril", r"did you mean 'perindopril_mpo'\?"),
        ("solubility", "there is no objective 'solubility'.*package.module:function"),
        ("mine.py", "names a file but no function; write mine.py:FUNCTION"),
        ("mine.py:", "'mine.py:' lacks a part; write path/file.py:function"),
        (":score", "':score' lacks a part"),
        ("gone.py:score", r"there is no file gone\.py \(looked from .*correct the path"),
        ("folder/file.txt:score", r"folder/file\.txt is not a Python file.*end in \.py"),
        ("no_such_package_xyz.a:f", "ModuleNotFoundError.*install no_such_package_xyz"),
        (".relative:f", "cannot be imported: TypeError"),
        ("~nobody_xyz/mine.py:f", "there is no file ~nobody_xyz/mine.py"),
        ("math:no_such", "no function 'no_such' there.*it has .*sqrt"),
        ("math:pi", "'pi' is of type float"),
    ],
)
def test_bad_specs_say_what_is_wrong(spec: str, message: str) -> None:
    with pytest.raises(ObjectiveError, match=message):
        load_objective(spec)


def test_an_existing_file_of_another_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "score", GOOD)
    (tmp_path / "folder.py").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ObjectiveError, match="score is not a Python file"):
        load_objective("score:score")
    with pytest.raises(ObjectiveError, match=r"there is no file folder\.py"):
        load_objective("folder.py:score")


@given(st.text(max_size=20).map(lambda text: f"no/such/{text}:f"), st.text(max_size=20))
def test_only_objective_errors(path_spec: str, name: str) -> None:
    assume(name.strip() not in OBJECTIVES)
    for spec in (path_spec, name.replace(":", "")):
        with pytest.raises(ObjectiveError) as caught:
            load_objective(spec)
        assert caught.value.exit_code == 2


def test_failures_while_scoring_point_into_the_users_file(tmp_path: Path) -> None:
    text = "import json\n\ndef score(smiles):\n    return json.loads(smiles)\n"
    objective: Objective = load_objective(f"{write(tmp_path / 'mine.py', text)}:score")
    error = evaluate(objective, "CC").error
    assert re.fullmatch(r"JSONDecodeError: .* \(mine\.py, line 4\)", error)


def test_a_file_is_run_once_in_a_process(tmp_path: Path) -> None:
    path = tmp_path / "once.py"
    path.write_text(
        "from pathlib import Path\n"
        "with Path(__file__).with_name('runs').open('a') as file:\n    file.write('x')\n"
        "f = len\n"
    )
    assert load_objective(f"{path}:f")("CC") == load_objective(f"{path}:f")("CC") == 2
    assert (tmp_path / "runs").read_text() == "x"


def test_an_import_may_raise_whatever_it_likes(tmp_path: Path) -> None:
    path = tmp_path / "panic.py"
    path.write_text("raise GeneratorExit('no licence')\n")
    with pytest.raises(ObjectiveError, match="GeneratorExit: no licence"):
        load_objective(f"{path}:f")


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 5000 + ".py"])
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises(ObjectiveError):
        load_objective(f"{name}:score")
