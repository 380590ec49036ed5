"""A few seconds of `experiments/fuzz.py`; the page docs/reliability.md has more."""

import json
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz import main
from fuzzing import readers
from fuzzing.mutations import mutated


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


def test_no_reader_ends_with_a_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = main(["--seconds", "3", "--out", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    found = json.loads(lines[-1])
    assert (code, found["tracebacks"], found["hangs"]) == (0, 0, 0), lines
    assert found["inputs"] > 100
    assert len(found["by_reader"]) == 16
    assert 0 < found["refused"] < found["inputs"]


def test_a_traceback_is_counted_and_its_input_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def faulty(path: Path) -> None:
        if path.read_bytes() != b"good":
            raise KeyError(path.name)

    fake = {"faulty": readers.Reader("faulty", [b"good"], faulty)}
    monkeypatch.setattr("fuzz.make_readers", lambda _: fake)
    assert main(["--seconds", "0.05", "--out", str(tmp_path)]) == 1
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 < found["tracebacks"] <= found["inputs"]
    (kind,) = found["kinds"]
    assert kind.startswith("faulty: KeyError at test_fuzz.py:")
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() != b"good"


def test_the_same_seed_damages_in_the_same_way() -> None:
    content = b'{"a": [1, 2], "b": "text"}\n'
    made = [
        [mutated(content, [content], random.Random(seed)) for seed in range(20)] for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(set(made[0])) > 15
