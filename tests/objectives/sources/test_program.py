import os
import pickle
import shlex
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from latentbo.errors import ObjectiveError
from latentbo.objectives import evaluate, objective_from
from latentbo.objectives.sources import CallError, Program

Make = Callable[..., Program]
LINES = "import sys\nfor line in sys.stdin:\n    smiles = line.strip()\n"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def program(text: str, time_limit: float = 20.0, once: bool = False) -> Program:
        path = tmp_path / "score.py"
        path.write_text(text, encoding="utf-8")
        return Program((sys.executable, "-S", str(path)), time_limit, once)

    return program


def gone(pid: int) -> bool:
    """Wait until a process has ended; an ended one whose parent has not looked counts."""
    for _ in range(200):
        try:
            state = (
                Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
            )
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_one_process_answers_all(make: Make) -> None:
    program = make("import os\n" + LINES + "    print(os.getpid() + len(smiles) / 100)\n")
    first, second = program("C"), program("CCO")
    assert second - first == pytest.approx(0.02)
    assert int(first) != os.getpid()
    program.close()
    assert gone(int(first))
    assert int(program("C")) != int(first)


def test_once_starts_anew_and_answers_at_the_end_of_the_input(make: Make) -> None:
    program = make(
        "import os, sys\n"
        "for each in sys.stdin.read().split(): print(os.getpid() + len(each) / 100)",
        once=True,
    )
    first, second = program("C"), program("C")
    assert int(first) != int(second)
    assert gone(int(first))
    assert first % 1 == pytest.approx(0.01)


def test_a_script_for_one_molecule_is_started_again(make: Make) -> None:
    program = make("print(len(input()))")
    assert [program("C" * n) for n in (1, 2, 3, 4)] == [1.0, 2.0, 3.0, 4.0]


def test_a_dead_program_fails_its_molecule_only(make: Make) -> None:
    program = make(
        LINES + "    if smiles == 'N':\n"
        "        print('two\\nlines', file=sys.stderr)\n"
        "        raise KeyError('no nitrogen')\n"
        "    print(len(smiles))\n"
    )
    assert program("CC") == 2.0
    message = r"^the program ended with exit status 1; it said last: \"KeyError: 'no nitrogen'\"$"
    with pytest.raises(CallError, match=message):
        program("N")
    assert program("CCC") == 3.0


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no signals here")
def test_a_signal_is_named(make: Make) -> None:
    program = make(LINES + "    import os; os.kill(os.getpid(), 9)\n")
    with pytest.raises(CallError, match=f"was ended by signal {int(signal.SIGKILL)}$"):
        program("C")


@pytest.mark.parametrize("once", [False, True])
def test_a_silent_program_is_ended_with_what_it_started(
    make: Make, tmp_path: Path, once: bool
) -> None:
    note = tmp_path / "pid"
    program = make(
        "import subprocess, sys, time\nsys.stdin.readline()\n"
        "print('thinking', file=sys.stderr)\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)\n",
        time_limit=2.0,
        once=once,
    )
    message = "^the program gave no answer within 2 s; it said last: 'thinking'$"
    with pytest.raises(CallError, match=message):
        program("C")
    assert gone(int(note.read_text(encoding="utf-8")))


def test_a_late_answer_is_not_the_next_molecules(make: Make) -> None:
    program = make(
        "import time\n"
        + LINES
        + "    time.sleep(1.2 if smiles == 'N' else 0)\n    print(len(smiles))\n",
        time_limit=0.3,
    )
    with pytest.raises(CallError, match="no answer"):
        program("N")
    program.time_limit = 20.0
    assert program("CCC") == 3.0


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("hello world", "^the program printed 'hello world', not a number$"),
        ("", "^the program printed '', not a number$"),
        ("nan", "^the program printed nan; a value must be finite$"),
        ("-inf", "printed -inf; a value must be finite"),
        ("1,5", "printed '1,5', not a number"),
        ("x" * 500, "printed 'x{120}…', not a number"),
    ],
)
def test_rubbish_is_quoted(make: Make, printed: str, message: str) -> None:
    program = make(f"print({printed!r})", once=True)
    with pytest.raises(CallError, match=message):
        program("C")
    kept = make(LINES + f"    print({printed!r} if smiles == 'N' else 7)\n")
    with pytest.raises(CallError, match=message):
        kept("N")
    assert kept("C") == 7.0


def test_more_lines_than_molecules(make: Make) -> None:
    once = make("print(1)\nprint(2)", once=True)
    with pytest.raises(CallError, match="printed 2 lines for one molecule, not 1"):
        once("C")
    kept = make(LINES + "    sys.stdout.write('1\\n2\\n')\n")
    kept("C")
    time.sleep(0.3)
    with pytest.raises(CallError, match=r"printed '2' without being asked.*one line for each"):
        kept("CC")


def test_a_value_is_no_value_if_the_program_fails_afterwards(make: Make) -> None:
    program = make("print(1)\nraise SystemExit(3)", once=True)
    with pytest.raises(CallError, match="ended with exit status 3"):
        program("C")


def test_much_error_output_does_not_stop_it(make: Make) -> None:
    program = make(LINES + "    print('x' * 300_000, file=sys.stderr)\n    print(1)\n")
    assert [program("C") for _ in range(3)] == [1.0] * 3


def test_copies_and_threads(make: Make) -> None:
    program = make("import time\n" + LINES + "    time.sleep(0.01)\n    print(len(smiles))\n")
    assert program("C") == 1.0
    copy = pickle.loads(pickle.dumps(program))
    assert copy("CC") == 2.0
    lengths = [1 + n % 7 for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(program, ["C" * n for n in lengths])) == lengths


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_starts_its_own(make: Make) -> None:
    program = make("import os\n" + LINES + "    print(os.getpid())\n")
    mine = program("C")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(program("C")).encode())
        program.close()
        os._exit(0)
    os.waitpid(child, 0)
    theirs = float(os.read(reader, 100))
    os.close(reader)
    os.close(writer)
    assert theirs != mine
    assert program("C") == mine


def test_wrong_uses() -> None:
    with pytest.raises(ObjectiveError, match="the time limit is 0 s; give a number of seconds"):
        Program(("cat",), 0)
    with pytest.raises(CallError, match="line break"):
        Program(("cat",))("C\nC")
    with pytest.raises(CallError, match="cannot be started: No such file"):
        Program(("no-such-program-xyz",))("C")


def test_as_an_objective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text(LINES + "    print(len(smiles), flush=True)\n", "utf-8")
    (tmp_path / "score.sh").write_text("#!/bin/sh\nread x\necho ${#x}\n", "utf-8")
    (tmp_path / "score.sh").chmod(0o755)
    python = shlex.quote(sys.executable)
    for text, name in (
        (f"program:{python} -S score.py", f"program:{Path(sys.executable).name} -S score.py"),
        (f"program-once:{python} score.py", None),
        ("program:./score.sh", "program:score.sh"),
        ("program:score.sh", "program:score.sh"),
        ("./score.sh", "program:score.sh"),
    ):
        objective = objective_from(text, time_limit=20)
        assert objective("CCO") == 3.0
        assert name in (None, objective.name)
    failed = evaluate(objective_from("program:sh -c 'echo no >&2; exit 4'"), "C")
    assert failed.value is None
    assert failed.error == "the program ended with exit status 4; it said last: 'no'"
