"""The threads of a run that names none."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo import LatentOptimizer
from latentbo.threads import default_threads


@pytest.mark.parametrize(("value", "threads"), [("3", 3), ("16", 16), (" 2 ,1", 2)])
def test_the_environment_decides(value: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert default_threads() == threads


@pytest.mark.parametrize("value", [None, "", "0", "-1", "many", "1.5"])
@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (64, 8), (None, 1)])
def test_without_a_usable_number_all_cores_up_to_eight(
    value: str | None, cores: int | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if value is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", value)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert default_threads() == threads


def test_a_run_takes_them_and_its_option_is_stronger(
    optimize: Callable[..., tuple[int, str, str]],
    options: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    without = options[: options.index("--threads")]
    for name, given, threads in (("all", without, 3), ("one", options, 1)):
        assert optimize(*given, "--preset", "random", "--out", tmp_path / name)[0] == 0
        assert f'"threads": {threads}' in (tmp_path / name / "config.json").read_text()


def test_an_optimizer_takes_them(
    tiny_model_folder: Path, pool_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    folder = tmp_path / "lab"
    LatentOptimizer("molecules", model=tiny_model_folder, initial=pool_file, directory=folder)
    assert '"threads": 3' in (folder / "config.json").read_text()
