import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from slow_tests import TURNS, changed_files, due_tests, subjects_of, turn

SLOW = {
    "tests/a.py::one": ("experiments/study", "tests/a.py"),
    "tests/a.py::two": ("latentbo/run", "tests/a.py"),
    "tests/b.py::one": ("latentbo/run/folder.py", "tests/b.py"),
    "tests/c.py::one": ("latentbo/images", "tests/c.py"),
    "tests/d.py::one": ("latentbo/images", "tests/d.py"),
}
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Run git in a repository of this test; `commit` takes the file that changes."""
    person = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_CONFIG_GLOBAL": os.devnull}
    person |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    environment = {name: x for name, x in os.environ.items() if not name.startswith("GIT_")}

    def run(*words: str, folder: Path = tmp_path) -> str:
        if words[0] == "commit":
            (folder / words[1]).write_text(words[1])
            run("add", words[1])
            words = ("commit", "-q", "-m", words[1])
        return subprocess.run(
            ["git", *words],
            cwd=folder,
            env={**environment, **person},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    run("init", "-q", "-b", "main")
    run("commit", "first")
    return run


@pytest.mark.parametrize(
    ("changed", "due"),
    [
        (["experiments/study/jobs.py"], {"tests/a.py::one"}),
        (["latentbo/run/folder.py"], {"tests/a.py::two", "tests/b.py::one"}),
        (["latentbo/runs/folder.py", "tests/c.py"], {"tests/c.py::one"}),
        (["tests/a.py"], {"tests/a.py::one", "tests/a.py::two"}),
    ],
)
def test_what_changed_is_due(changed: list[str], due: set[str]) -> None:
    assert due_tests(SLOW, changed, 0) == due


@pytest.mark.parametrize("changed", [[], ["README.md"]])
def test_else_each_has_its_turn(changed: list[str]) -> None:
    thirds = [due_tests(SLOW, changed, number) for number in range(TURNS)]
    assert set().union(*thirds) == SLOW.keys()
    assert sum(map(len, thirds)) == len(SLOW)
    assert {"tests/a.py::one", "tests/a.py::two", "tests/d.py::one"} in thirds


def test_changes_are_those_since_the_previous_commit_of_main(git: Git, tmp_path: Path) -> None:
    assert changed_files(tmp_path) == []  # as in a clone without history
    git("commit", "second")
    git("commit", "third")
    assert changed_files(tmp_path) == ["third"]
    git("checkout", "-q", "-b", "branch")
    git("commit", "fourth")
    git("commit", "fifth")
    (tmp_path / "second").write_text("changed and not committed")
    assert changed_files(tmp_path) == ["fifth", "fourth", "second"]


def test_clones_know_main_by_another_name_or_have_no_history(git: Git, tmp_path: Path) -> None:
    git("checkout", "-q", "-b", "branch")
    git("commit", "second")
    git("commit", "third")
    for name, options, expected in (
        ("whole", (), ["second", "third"]),
        ("shallow", ("--depth", "1"), []),
    ):
        git("clone", "-q", *options, tmp_path.as_uri(), name)
        assert changed_files(tmp_path / name) == expected
        assert turn(tmp_path / name) == turn(tmp_path)


def test_the_commit_decides_the_turn(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert turn(tmp_path) == int(git("rev-parse", "HEAD"), 16) % TURNS
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))
    assert (turn(tmp_path), changed_files(tmp_path)) == (0, [])
    monkeypatch.setenv("PATH", "")
    assert (turn(tmp_path), changed_files(tmp_path)) == (0, [])


def test_a_slow_test_names_what_it_tests() -> None:
    def item(*paths: str) -> Any:
        marks = [pytest.mark.slow(*paths).mark]
        return SimpleNamespace(nodeid="tests/a.py::one[x::y]", iter_markers=lambda name: marks)

    assert subjects_of(item("latentbo/run")) == ("latentbo/run", "tests/a.py")
    with pytest.raises(pytest.UsageError, match=r"tests/a\.py::one.* but there is no nowhere"):
        subjects_of(item("latentbo", "nowhere"))
    with pytest.raises(pytest.UsageError, match="but it names none"):
        subjects_of(item())
