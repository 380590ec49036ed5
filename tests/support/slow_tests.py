"""Which slow tests run: none by default, all after `-m slow`, those due after `--slow-due`.

A slow test says of which files and folders it is a test: `@pytest.mark.slow("experiments/study")`.
It is due if one of them, or its own file, changed since the previous commit of main. If none is
due, a third of them run, by turns; whole files, because their tests share what fixtures made.
"""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TURNS = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--slow-due",
        action="store_true",
        help="also run the slow tests of what changed since the previous commit of main; if that "
        "are none, a third of all, by turns",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let the option decide instead of the default `-m "not slow"`."""
    if config.getoption("--slow-due"):
        config.option.markexpr = ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the slow tests that are not due."""
    slow = {item.nodeid: subjects_of(item) for item in items if item.get_closest_marker("slow")}
    if not config.getoption("--slow-due"):
        return
    due = due_tests(slow, changed_files(ROOT), turn(ROOT))
    left_out = [item for item in items if item.nodeid in slow and item.nodeid not in due]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item.nodeid not in slow or item.nodeid in due]


def subjects_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the paths that a slow test is a test of, with that of its own file.

    Raises:
        UsageError: If it names none, or one that does not exist.
    """
    paths = [path for marker in item.iter_markers("slow") for path in marker.args]
    missing = [path for path in paths if not (ROOT / path).exists()]
    if missing or not paths:
        found = f"there is no {missing[0]}" if missing else "it names none"
        raise pytest.UsageError(
            f"{item.nodeid} is slow and must name the files and folders that it tests, but {found}"
        )
    return (*paths, item.nodeid.split("::")[0])


def due_tests(slow: Mapping[str, Sequence[str]], changed: Sequence[str], turn: int) -> set[str]:
    """Return the slow tests that are due.

    Args:
        slow: The files and folders of each test.
        changed: The files that changed.
        turn: Which third runs if none of them changed; from 0.
    """
    due = {
        test
        for test, paths in slow.items()
        if any(f"{file}/".startswith(f"{path}/") for file in changed for path in paths)
    }
    if due:
        return due
    files = sorted({test.split("::")[0] for test in slow})
    chosen = files[turn::TURNS]
    return {test for test in slow if test.split("::")[0] in chosen}


def changed_files(root: Path) -> list[str]:
    """Return the files that differ from the previous commit of main.

    On a branch that is the commit that it started from. There are none outside of a repository, and
    in a clone without history.
    """
    before = "HEAD^"
    for main in ("main", "origin/main"):
        if base := _git(root, "merge-base", "HEAD", main):
            before = "HEAD^" if base == _git(root, "rev-parse", "HEAD") else base
            break
    return _git(root, "diff", "--name-only", "--no-renames", before, "--").splitlines()


def turn(root: Path) -> int:
    """Return a number below `TURNS` that the commit decides, also in a clone without history."""
    return int(_git(root, "rev-parse", "HEAD") or "0", 16) % TURNS


def _git(root: Path, *words: str) -> str:
    """Return what git prints, nothing if it fails or is not there."""
    try:
        found = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
