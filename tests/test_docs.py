"""Every command of the pages in docs/ runs as it stands there, in their order."""

import contextlib
import importlib.util
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from latentbo.__main__ import main as latentbo_main
from latentbo.check import main as check
from latentbo.evaluate import main as evaluate
from latentbo.optimize import main as optimize
from latentbo.rank import main as rank
from latentbo.registry import restored
from latentbo.report.command import main as report
from latentbo.train import main as train

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md") if path.name not in ("README.md", "api.md"))
BLOCK = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)


def run_tests(arguments: list[str]) -> int:
    """Run pytest within pytest, without the parts that there can be but one of."""
    return int(pytest.main([*arguments, "-p", "no:faulthandler", "-p", "no:cacheprovider"]))


# These run in this process: to import torch for each would take most of the time.
COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "latentbo": latentbo_main,
    "latentbo.check": check,
    "latentbo.evaluate": evaluate,
    "latentbo.optimize": optimize,
    "latentbo.rank": rank,
    "latentbo.report": report,
    "latentbo.train": train,
    "pytest": run_tests,
}
BACKGROUND = " &"


@dataclass
class Shell:
    """Runs the lines of a page in a folder, as a person would in a terminal."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __post_init__(self) -> None:
        self.background: list[subprocess.Popen[bytes]] = []
        self.seen: list[str] = []

    def run(self, line: str) -> None:
        """Run one line; it must succeed."""
        self.seen.append(line)
        command, _, target = line.partition(" > ")
        words = shlex.split(command)
        if line.endswith(BACKGROUND):
            self._start(words[:-1])
        elif words[:2] == ["python", "-m"] and words[2] in COMMANDS:
            self.capsys.readouterr()
            assert COMMANDS[words[2]](words[3:]) == 0, (line, self.capsys.readouterr())
            output = self.capsys.readouterr().out
            if target:
                (self.folder / target).write_text(output, encoding="utf-8")
        else:
            assert words[0] == "python", f"the tests cannot run: {line}"
            assert words[1].endswith(".py"), f"add the command to COMMANDS: {line}"
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sys, "argv", words[1:])
                runpy.run_path(str(self.folder / words[1]), run_name="__main__")

    def _start(self, words: list[str]) -> None:
        program = shutil.which(words[0], path=str(Path(sys.executable).parent))
        if program is None:
            pytest.skip(f"{words[0]} is not installed")
        self.background.append(subprocess.Popen([program, *words[1:]], cwd=self.folder))

    def close(self) -> None:
        """End what still runs."""
        for process in self.background:
            process.terminate()
        for process in self.background:
            process.wait(60)


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    # `python` in an objective is the one of this environment; its modules are those of this page.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    before = set(sys.modules)
    with restored(), contextlib.closing(Shell(tmp_path, capsys)) as made:
        yield made
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


#: Stand in for docking programs that are not installed: the page is about what is around them.
STAND_INS = {
    "meeko.py": """
class MoleculePreparation:
    def prepare(self, molecule):
        return [molecule]


class PDBQTWriterLegacy:
    def write_string(molecule):
        return f"REMARK stands in for {molecule.GetNumAtoms()} atoms\\n", True, ""
""",
    "bin/vina": """#!/usr/bin/env python3
import sys

given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
length = len(open(given["--ligand"]).read()) + len(open(given["--receptor"]).read()) % 7
with open(given["--out"], "w") as poses:
    poses.write(f"MODEL 1\\nREMARK VINA RESULT:    {-length / 10:.3f}      0.000      0.000\\n")
""",
}


def put_stand_ins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the stand-ins to a folder, unless what they stand for is there."""
    if shutil.which("vina") and importlib.util.find_spec("meeko"):
        return
    for name, text in STAND_INS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")


def lines_of(text: str) -> list[str]:
    """Return the commands of a block, those over several lines in one."""
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_run(
    page: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page == "docking.md":
        put_stand_ins(shell.folder, monkeypatch)
    for block in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        if block["kind"] == "sh":
            for line in lines_of(block["text"]):
                shell.run(line)
        else:
            assert block["file"], f"{page}: a block of {block['kind']} without the name of its file"
            (shell.folder / block["file"]).write_text(block["text"], encoding="utf-8")
    assert shell.seen
    for line in shell.seen:
        made = re.search(r"--out (\S+)", line)
        assert made is None or any((shell.folder / made[1]).iterdir()), line


def test_all_pages_are_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\(([\w-]+\.md)\)", index))
    assert linked == {*PAGES, "api.md"}


def test_the_api_page_is_made_of_the_docstrings(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("make_api", DOCS / "make_api.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run python docs/make_api.py"
