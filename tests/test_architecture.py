"""Imports point one way, and importing the package costs nothing."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "latentbo"
# A module may import from the lines below its own, and from its own folder.
LAYERS = (
    ("optimize", "train", "evaluate", "check", "rank", "status", "info"),
    ("testing",),
    ("counting",),
    ("images",),
    ("laboratory",),
    ("display", "run", "run_log"),
    ("protocol_runs", "given"),
    ("report",),
    ("diagnostics",),
    ("protocols",),
    ("optimizer", "training"),
    ("proposals",),
    ("acquisition",),
    ("surrogates",),
    ("pareto",),
    ("ledger",),
    ("execution",),
    ("tasks",),
    ("attacks",),
    ("models",),
    ("regularizers",),
    ("priors",),
    ("representations",),
    ("objectives",),
    ("metrics",),
    ("data",),
    ("chemistry",),
    ("parsing",),
    ("command_line", "threads"),
    ("plugins", "registry", "settings"),
    ("callable_package", "cells", "errors", "hiding", "interruption", "isolation", "live", "seeds"),
)
# Search and training stand side by side: neither imports the other, on whatever lines they are.
SEARCH = (
    *("laboratory", "run", "protocol_runs", "given", "report", "optimizer", "protocols"),
    *("proposals", "acquisition", "surrogates", "pareto", "ledger", "execution"),
)
SIDES = {**dict.fromkeys(SEARCH, "search"), "training": "training"}
# Chapters 3 to 5 on images: on top of everything that they use, and nothing else uses them.
WINGS = ("counting", "images")
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}
COMMANDS = LAYERS[0]
# Folders with a command whose other modules are used from above.
COMMAND_MODULES = (
    "report/__main__.py",
    "report/command.py",
    "counting/data/__main__.py",
    "counting/data/command.py",
)
HEAVY = ("torch", "numpy", "rdkit", "botorch", "gpytorch", "matplotlib", "scipy", "selfies", "nltk")


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def is_command(path: Path) -> bool:
    return layer_of(path) in COMMANDS or path.relative_to(PACKAGE).as_posix() in COMMAND_MODULES


def imports(path: Path) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node


def imported_layers(path: Path) -> Iterator[tuple[int, str]]:
    """Line and layer of each import of the package's own modules, wherever it stands."""
    for node in imports(path):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif node.module == "latentbo":
            names = [f"latentbo.{alias.name}" for alias in node.names]
        else:
            names = [node.module or ""]
        for name in names:
            parts = name.split(".")
            if parts[0] == "latentbo" and len(parts) > 1 and not parts[1].startswith("__"):
                yield node.lineno, parts[1]


def violations(path: Path) -> list[str]:
    own = layer_of(path)
    if own in ("__init__", "__main__"):
        return []
    found = [] if own in LEVELS else ["give it a place in LAYERS"]
    for line, other in imported_layers(path):
        if other not in LEVELS:
            found.append(f"line {line}: {other} is in no layer")
        elif other != own and LEVELS[other] <= LEVELS.get(own, -1):
            found.append(f"line {line}: {own} may not import from {other}")
        elif other in WINGS and own not in WINGS:
            found.append(f"line {line}: {own} may not import from the wing {other}")
        elif own in WINGS and SIDES.get(other) == "search":
            found.append(f"line {line}: {own} (a wing) beside {other} (search)")
        elif other in SIDES and own in SIDES and SIDES[other] != SIDES[own]:
            found.append(f"line {line}: {own} ({SIDES[own]}) beside {other} ({SIDES[other]})")
        elif other == "command_line" and not is_command(path):
            found.append(f"line {line}: {other} is for the commands only")
    return found


def inexact(path: Path) -> list[str]:
    """Relative and star imports of a module."""
    found = []
    for node in imports(path):
        if isinstance(node, ast.ImportFrom):
            found += [f"line {node.lineno}: relative import"] if node.level else []
            stars = [alias for alias in node.names if alias.name == "*"]
            found += [f"line {node.lineno}: star import"] if stars else []
    return found


def listed(rule: Callable[[Path], list[str]]) -> list[str]:
    """All modules' violations of a rule, with their places."""
    modules = sorted(PACKAGE.rglob("*.py"))
    return [f"{name_of(path)}, {text}" for path in modules for text in rule(path)]


def test_imports_point_down() -> None:
    # The package's public classes are loaded when they are asked for.
    outermost = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body
    loaded = [node for node in outermost if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in loaded] == ["from typing import TYPE_CHECKING"]
    assert listed(violations) == []


def test_imports_are_absolute_and_explicit() -> None:
    assert listed(inexact) == []


@pytest.mark.parametrize(
    ("own", "text", "number"),
    [
        ("models/a.py", "from latentbo.training import train", 1),
        ("models/a.py", "def f():\n    import latentbo.training.loop", 1),
        ("models/a.py", "from latentbo import optimizer", 1),
        ("models/a.py", "from latentbo.nowhere import x", 1),
        ("optimizer/a.py", "from latentbo.training import train", 1),
        ("run/a.py", "def f():\n    from latentbo.training.split import Split", 1),
        ("proposals/a.py", "from latentbo.training import train", 1),
        ("training/a.py", "from latentbo.proposals import Candidates", 1),
        ("training/a.py", "from latentbo.optimizer import optimize", 1),
        ("training/a.py", "from latentbo.objectives import Objective", 0),
        ("diagnostics/a.py", "from latentbo.training import x\nfrom latentbo.ledger import y", 0),
        ("training/a.py", "from latentbo.images.models import x", 1),
        ("train/a.py", "def f():\n    from latentbo.counting import x", 1),
        ("images/a.py", "from latentbo.counting.models import x", 1),
        ("images/a.py", "from latentbo.optimizer import x", 1),
        ("counting/a.py", "from latentbo.images import x\nfrom latentbo.training import y", 0),
        ("models/a.py", "from latentbo.command_line import Parser", 1),
        ("train.py", "from latentbo.evaluate import main", 1),
        ("train.py", "from latentbo.command_line import Parser", 0),
        ("report/command.py", "from latentbo.command_line import Parser", 0),
        ("report/page.py", "from latentbo.command_line import Parser", 1),
        ("models/a.py", "from latentbo import __version__", 0),
        ("models/a.py", "from latentbo.models.b import x\nfrom latentbo.errors import y", 0),
        ("nowhere/a.py", "import json", 1),
    ],
)
def test_the_rule_finds_what_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, text: str, number: int
) -> None:
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    path = tmp_path / own
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert len(violations(path)) == number
    assert listed(violations)[:1] == [f"{own}, {each}" for each in violations(path)[:1]]


def test_inexact_imports_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    (tmp_path / "a.py").write_text("from . import b\nfrom latentbo.c import *\n", encoding="utf-8")
    assert listed(inexact) == ["a.py, line 1: relative import", "a.py, line 2: star import"]


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(result.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import latentbo, latentbo.errors, latentbo.data, latentbo.tasks",
        *(f"from latentbo.{name} import build_parser; build_parser()" for name in COMMANDS),
        "from latentbo.report.command import build_parser; build_parser()",
    ],
)
def test_light_imports_stay_light(statement: str) -> None:
    assert not loaded_by(statement).intersection(HEAVY)


@pytest.mark.parametrize("command", ["optimize", "train"])
def test_settings_are_made_without_torch(command: str) -> None:
    """So that a wrong option is answered at once."""
    assert "torch" not in loaded_by(f"import latentbo.{command}.settings")
