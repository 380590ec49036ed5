import gzip
import http.client
import io
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from latentbo.data import (
    DATASETS,
    Line,
    cache_folder,
    content_hash,
    find_dataset,
    read_lines,
)
from latentbo.errors import DataError

NAME = "zinc250k"
FILE = DATASETS[NAME].filename
CONTENT = gzip.compress(b"CC\nCCO\n")
HASH = content_hash([Line(1, "CC"), Line(2, "CCO")])


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep all away from the user's own data and cache, and from the network."""
    monkeypatch.delenv("LATENTBO_DATA_DIR", raising=False)
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))

    def no_network(*_: Any, **__: Any) -> io.BytesIO:
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setattr(urllib.request, "urlopen", no_network)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Serve some content as the data set, with a hash; returns the addresses asked for."""

    def install(content: bytes, sha256: str = HASH) -> list[str]:
        asked: list[str] = []

        def urlopen(url: str, timeout: float) -> io.BytesIO:
            assert timeout > 0
            asked.append(url)
            return io.BytesIO(content)

        monkeypatch.setattr(urllib.request, "urlopen", urlopen)
        monkeypatch.setitem(DATASETS, NAME, replace(DATASETS[NAME], sha256=sha256))
        return asked

    return install


def put(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_bytes(content)
    return path


def test_given_file_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "data", CONTENT)
    monkeypatch.setenv("LATENTBO_DATA_DIR", str(tmp_path / "data"))
    own = tmp_path / "own.smi"
    own.write_text("N\tname\n", encoding="utf-8")
    assert find_dataset(NAME, own) == (own, [Line(1, "N")])


def test_given_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    put(cache_folder(), CONTENT)
    with pytest.raises(DataError, match="gone"):
        find_dataset(NAME, tmp_path / "gone.smi")


def test_named_folder_comes_before_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = put(cache_folder(), CONTENT)
    assert find_dataset(NAME)[0] == cached
    monkeypatch.setenv("LATENTBO_DATA_DIR", str(tmp_path / "data"))
    assert find_dataset(NAME)[0] == cached  # the folder does not hold it
    own = put(tmp_path / "data", b"N\n")
    assert find_dataset(NAME) == (own, [Line(1, "N")])


def test_download_goes_to_the_cache_once(serve: Callable[..., list[str]]) -> None:
    asked = serve(CONTENT)
    for _ in range(2):
        path, lines = find_dataset(NAME)
        assert path == cache_folder() / FILE
        assert [line.string for line in lines] == ["CC", "CCO"]
    assert asked == [DATASETS[NAME].url]
    assert [p.name for p in cache_folder().iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("content", "sha256"),
    [
        (CONTENT, "0" * 64),
        (CONTENT, HASH[:-1] + ("0" if HASH[-1] != "0" else "1")),  # every digit counts
        (b"<html>not found</html>", HASH),
        (b"\x1f\x8bdamaged", HASH),
        (b"", HASH),
    ],
)
def test_wrong_download_is_refused_and_not_kept(
    serve: Callable[..., list[str]], content: bytes, sha256: str
) -> None:
    serve(content, sha256)
    with pytest.raises(DataError, match=r"is not the expected zinc250k \(sha256.*--data FILE"):
        find_dataset(NAME)
    assert list(cache_folder().iterdir()) == []


@pytest.mark.parametrize(
    "error", [urllib.error.URLError("down"), http.client.IncompleteRead(b""), TimeoutError("slow")]
)
def test_without_network_all_three_ways_are_named(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> io.BytesIO:
        raise error

    monkeypatch.setattr(urllib.request, "urlopen", fail)
    ways = r"--data FILE.*LATENTBO_DATA_DIR.*zinc250k\.smi\.gz.*network.*https://"
    with pytest.raises(DataError, match=ways):
        find_dataset(NAME)


def test_hash_ignores_compression_and_blank_lines(tmp_path: Path) -> None:
    plain = tmp_path / "plain.smi"
    plain.write_bytes(b"\nCC  name\r\n\nCCO\n")
    assert content_hash(read_lines(plain)) == HASH
    assert content_hash([Line(1, "CCO"), Line(2, "CC")]) != HASH
    assert content_hash([Line(1, "CCCCO")]) != HASH


def test_cache_folder_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("LATENTBO_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "latentbo"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "latentbo"


def test_every_data_set_has_its_name_and_a_full_hash() -> None:
    for name, dataset in DATASETS.items():
        assert dataset.name == name
        assert len(bytes.fromhex(dataset.sha256)) == 32
        assert dataset.url.startswith("https://")


def test_nothing_is_written_at_import(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", "import latentbo.data, latentbo.data.pool"]
    subprocess.run(command, env=environment, cwd=home, check=True)
    assert list(home.iterdir()) == []
