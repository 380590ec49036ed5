"""What `python -m latentbo.optimize` says when something given to it is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

Optimize = Callable[..., tuple[int, str, str]]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


WRONG: dict[str, tuple[Callable[[Path], list[Any]], str]] = {
    "unknown task": (lambda p: ["paintings"], "invalid choice: 'paintings'"),
    "unknown option": (lambda p: ["--bugdet", 5], "unrecognized arguments: --bugdet"),
    "abbreviated option": (lambda p: ["--budg", 5], "unrecognized arguments: --budg"),
    "budget 0": (lambda p: ["--budget", 0], "--budget: must be at least 1, not 0"),
    "budget half": (lambda p: ["--budget", 0.5], "--budget: '0.5' is no whole number"),
    "batch size 0": (lambda p: ["--batch-size", 0], "--batch-size: must be at least 1"),
    "no seed": (lambda p: ["--seed", "x"], "--seed: invalid int value: 'x'"),
    "unknown acquisition": (lambda p: ["--acquisition", "ei"], "invalid choice: 'ei'"),
    "unknown preset": (lambda p: ["--preset", "best"], "--preset: invalid choice: 'best'"),
    "distance 2": (lambda p: ["--preset", "hybrid", "--min-distance", 2], "must lie in [0, 1]"),
    "surrogate of another preset": (
        lambda p: ["--preset", "ga", "--surrogate", "latent"],
        "--surrogate means nothing to --preset ga: leave it out, or choose --preset latent "
        "or thesis",
    ),
    "fragments in the thesis's way": (
        lambda p: ["--preset", "thesis", "--surrogate", "fragments"],
        "--surrogate fragments is not for --preset thesis, whose process sees codes alone",
    ),
    "distance without hybrid": (
        lambda p: ["--preset", "latent", "--surrogate", "latent", "--min-distance", 0.3],
        "--min-distance means nothing to the surrogate latent of --preset latent: leave it out, or "
        "choose --surrogate tanimoto",
    ),
    "scaled codes of none": (
        lambda p: ["--preset", "latent", "--scaling", "data"],
        "--scaling means nothing to the surrogate tanimoto, which sees no codes",
    ),
    "unknown source": (
        lambda p: ["--preset", "hybrid", "--sources", "latent,grph"],
        "unknown source 'grph': choose one of latent, graph, infill, or give the file",
    ),
    "graph moves of codes": (
        lambda p: ["--preset", "latent", "--surrogate", "code", "--sources", "latent,graph"],
        "--sources graph means nothing to the surrogate code of --preset latent: choose latent, in",
    ),
    "pool for none": (
        lambda p: ["--preset", "ga", "--pool-share", 0],
        "--pool-share means nothing to --preset ga",
    ),
    "missing file": (lambda p: ["--initial", p / "gone.smi"], "gone.smi cannot be read"),
    "empty file": (lambda p: ["--initial", write(p / "e.smi", b"\n \n")], "e.smi is empty"),
    "binary file": (lambda p: ["--initial", write(p / "b.smi", b"C\0\x1f")], "b.smi is a binary"),
    "other encoding": (
        lambda p: ["--initial", write(p / "l.smi", b"\xff\xfeC")],
        "is a binary file",
    ),
    "directory": (lambda p: ["--initial", p], "is a folder"),
    "no molecule": (
        lambda p: ["--initial", write(p / "n.smi", b"hello\nworld\n")],
        "2 of 2 lines cannot be used",
    ),
    "initial 0": (lambda p: ["--initial", 0], "--initial 0: give a number from 1 up"),
    "initial -3": (lambda p: ["--initial", -3], "--initial -3: give a number from 1 up"),
    "initial twice": (lambda p: ["--initial", 5, "--num-initial", 4], "not --num-initial beside"),
    "negative limit": (lambda p: ["--max-heavy-atoms", -1], "must be at least 0"),
    "no size left": (lambda p: ["--max-heavy-atoms", 2], "max_heavy_atoms is 2, below"),
    "unknown objective": (lambda p: ["--objective", "qued"], "did you mean 'qed'?"),
    "missing objective file": (lambda p: ["--objective", p / "no.py:f"], "there is no file"),
    "missing function": (
        lambda p: ["--objective", f"{write(p / 'o.py', b'def g(s): return 1')}:f"],
        "no function 'f' there",
    ),
    "file without function": (
        lambda p: ["--objective", p / "o.py"],
        "names a file but no function",
    ),
    "missing module": (lambda p: ["--objective", "nopackage.nomodule:f"], "No module named"),
    "syntax error": (
        lambda p: ["--objective", f"{write(p / 's.py', b'def f(:')}:f"],
        "SyntaxError",
    ),
    "no device": (lambda p: ["--device", "gpu"], "--device: 'gpu' is no device"),
    "out in a file": (lambda p: ["--out", write(p / "f", b"") / "x"], "give another --out"),
    "out that exists": (lambda p: ["--out", write(p / "x", b"").parent], "exists: give another"),
    "no model": (lambda p: ["--model", p / "gone"], "is no model folder"),
    "empty model": (lambda p: ["--model", p], "config.json cannot be read"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_wrong_options_are_told_in_one_line(
    name: str, optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    make, message = WRONG[name]
    wrong = make(tmp_path)
    # The last of repeated options counts.
    arguments = [*options[:-8], "--out", tmp_path / "run"]
    code, stdout, stderr = optimize(*(wrong if name == "unknown task" else [*arguments, *wrong]))
    assert code == 2, stderr
    assert message in stderr
    assert stderr.startswith("error: ")
    assert stderr.count("\n") == 1
    assert stdout == ""
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_there(optimize: Optimize, options: list[Any], tmp_path: Path) -> None:
    code, _, stderr = optimize(*options, "--device", "cuda", "--out", tmp_path / "out")
    assert code == 2
    assert stderr == (
        "error: --device: the device 'cuda' is not there on this machine: use auto or cpu\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["config.json", "vocabulary.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "nonsense"])
def test_a_damaged_model(
    optimize: Optimize, tiny_model_folder: Path, tmp_path: Path, name: str, damage: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model_folder, folder)
    content = (folder / name).read_bytes()
    if damage == "missing":
        (folder / name).unlink()
    else:
        parts = {"empty": b"", "truncated": content[: len(content) // 2], "nonsense": b"{}\x00"}
        (folder / name).write_bytes(parts[damage])
    code, stdout, stderr = optimize("molecules", "--model", folder, "--out", tmp_path / "out")
    assert (code, stdout) == (2, "")
    assert stderr.startswith("error: ")
    assert stderr.count("\n") == 1
    assert str(folder) in stderr


@pytest.fixture
def finished(optimize: Optimize, options: list[Any], tmp_path: Path) -> Path:
    assert optimize(*options, "--budget", 4, "--out", tmp_path / "finished")[0] == 0
    return tmp_path / "finished"


@pytest.mark.parametrize(
    ("others", "message"),
    [
        (["--seed", 3], "--seed cannot be changed when a run is resumed"),
        (["--initial", "x.smi"], "--initial cannot be changed"),
        (["molecules"], "give a task (molecules or expressions), or --resume DIR"),
    ],
)
def test_a_resumed_run_keeps_its_options(
    optimize: Optimize, finished: Path, others: list[Any], message: str
) -> None:
    code, stdout, stderr = optimize("--resume", finished, *others)
    assert (code, stdout) == (2, "")
    assert message in stderr
    assert stderr.count("\n") == 1


def test_resume_takes_device_and_quiet(optimize: Optimize, finished: Path) -> None:
    assert optimize(f"--resume={finished}", "--device", "cpu", "--quiet") == (0, "", "")


def test_resume_needs_a_run(optimize: Optimize, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        code, stdout, stderr = optimize("--resume", folder)
        assert (code, stdout) == (2, "")
        assert f"{folder} is no folder of a run (config.json is missing)" in stderr
        assert stderr.count("\n") == 1
    assert optimize()[0] == 2


def test_resume_with_a_damaged_ledger(optimize: Optimize, finished: Path) -> None:
    (finished / "ledger.sqlite").write_bytes(b"nonsense " * 2000)
    code, _, stderr = optimize("--resume", finished)
    assert code == 2
    assert "ledger.sqlite" in stderr
    assert stderr.count("\n") == 1
