"""No file of a run and no line on the screen holds a secret."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Optimize = Callable[..., tuple[int, str, str]]
# The program scores by length, and quotes its arguments when it fails.
PROGRAM = """import sys
for line in sys.stdin:
    if "N" not in line:
        print(len(line), flush=True)
    else:
        sys.exit(f"refused, key {sys.argv[2]}, {sys.argv[3]}")
"""


def test_secrets_of_a_program_are_neither_kept_nor_shown(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    program = tmp_path / "score.py"
    program.write_text(PROGRAM)
    text = f"program:python3 {program} --api-key s3cret-word password=other-one"
    given = [*options, "--preset", "random", "--objective", text]
    shown = optimize(*given, "--out", tmp_path / "run", "--max-hours", 1e-9)
    assert shown[0] == 0
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["objective_source"].endswith("--api-key *** password=***")
    code, _, stderr = optimize("--resume", tmp_path / "run", "--max-hours", 1)
    assert code == 2
    assert "give it again with --objective" in stderr
    resume = ["--resume", tmp_path / "run", "--max-hours", 1]
    resumed = optimize(*resume, "--workers", 2, "--objective", text)
    assert resumed[0] == 0, resumed[2]
    told = "".join([*shown[1:], *resumed[1:], stderr])
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() for path in files) + told.encode()
    assert b"refused, key ***, password=***" in everything
    assert b"s3cret-word" not in everything
    assert b"other-one" not in everything


def test_a_header_is_kept_by_name(
    optimize: Optimize, options: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret-word")
    monkeypatch.setenv("no_proxy", "*")
    given = [*options, "--preset", "random", "--quiet", "--out", tmp_path / "run"]
    address = "http://127.0.0.1:1/score?lab=seven-of-nine"
    header = ["--header", "Authorization: env:TOKEN"]
    given += ["--objective", address, *header, "--max-failures", 1]
    assert optimize(*given)[0] == 3  # nobody is there
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["objective"] == "http://127.0.0.1:1/score?lab=***#Authorization: env:TOKEN"
    assert "--header 'Authorization: env:TOKEN'" in config["command"]
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert not any(
        word in path.read_bytes() for path in files for word in (b"s3cret-word", b"seven-of-nine")
    )
    address = f"{address}#Authorization: env:TOKEN"
    resume = ["--resume", tmp_path / "run", "--quiet", "--objective", address]
    assert optimize(*resume, "--max-hours", 1e-9)[0] == 0
