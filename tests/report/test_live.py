"""The page of a run that still goes."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from latentbo.ledger import Ledger
from latentbo.report import write_report
from latentbo.report.files import write_page
from latentbo.report.live import LiveReport


class Clock:
    """A run whose pages cost `cost` seconds for each 100 calls."""

    def __init__(self, cost: float) -> None:
        self.now, self.cost, self.calls = 0.0, cost, 0
        self.pages: list[tuple[float, float, int | None]] = []

    def __call__(self) -> float:
        return self.now

    def write(self, _: Path, refresh: int | None) -> None:
        begun = self.now
        self.now += self.cost * self.calls / 100
        self.pages.append((begun, self.now, refresh))

    def run(self, calls: int, seconds: float) -> LiveReport:
        live = LiveReport(Path("run"), self, self.write)
        for self.calls in range(1, calls + 1):
            self.now += seconds
            live.show(self.calls)
        return live


@pytest.mark.parametrize("cost", [0.01, 0.5, 4.0, 20.0])
@pytest.mark.parametrize("seconds", [0.2, 3.0])
def test_pages_cost_little_and_come_at_most_every_minute(cost: float, seconds: float) -> None:
    clock = Clock(cost)
    clock.run(5000, seconds)
    begun = [page[0] for page in clock.pages]
    assert begun
    assert begun[0] >= 60
    assert all(later - page[1] >= 60 for page, later in zip(clock.pages, begun[1:], strict=False))
    spent = sum(page[1] - page[0] for page in clock.pages)
    # The cost of the first one is not known before.
    assert spent <= 0.05 * clock.now + clock.pages[0][1] - clock.pages[0][0]


def test_cheap_pages_come_every_minute() -> None:
    clock = Clock(0.0)
    clock.run(600, 1.0)
    assert len(clock.pages) == 10
    assert {page[2] for page in clock.pages} == {60}


def test_a_short_run_writes_no_page_and_a_long_one_ends_with_one_that_rests() -> None:
    clock = Clock(0.1)
    clock.run(59, 1.0).finish()
    assert clock.pages == []
    live = clock.run(200, 1.0)
    live.finish()
    live.finish()
    assert [page[2] is None for page in clock.pages].count(True) == 1
    assert clock.pages[-1][2] is None


def test_a_page_that_fails_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("no space")

    clock = Clock(0)
    live = LiveReport(Path("run"), clock, fail)
    for _ in range(5):
        clock.now += 100
        live.show(3)
    live.finish()
    assert capsys.readouterr().err == "warning: no page of the running run: no space\n"


def test_the_page_asks_for_itself_until_the_run_has_ended(
    optimize: Any, options: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And writing it while the run goes changes nothing in the run."""
    ledgers, pages = [], []

    def write(directory: Path, refresh: int | None = None) -> None:
        pages.append(write_page(directory, refresh).read_text(encoding="utf-8"))

    for name, interval in (("with", 0.0), ("without", 1e9)):
        monkeypatch.setattr("latentbo.report.live.INTERVAL", interval)
        monkeypatch.setattr("latentbo.report.live.SHARE", 1e9)
        monkeypatch.setattr(LiveReport.__init__, "__defaults__", (time.monotonic, write))
        out = tmp_path / name
        given = [*options, "--preset", "latent", "--objective", "qed", "--quiet"]
        assert optimize(*given, "--out", out)[0] == 0
        with Ledger.open(out / "ledger.sqlite") as ledger:
            ledgers.append(ledger.comparable())
        assert 'http-equiv="refresh"' not in (out / "report.html").read_text(encoding="utf-8")
    assert ledgers[0] == ledgers[1]
    assert len(pages) == 24
    told = [re.findall(r"still goes: (\d+) of (\d+) calls", page) for page in pages]
    assert told == [[(str(calls), "24")] for calls in range(1, 25)]


def test_a_page_with_and_without_refresh(optimize: Any, options: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert optimize(*options, "--out", out, "--quiet")[0] == 0
    page = write_page(out, 77).read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="77">' in page
    assert "24 of 24 calls" in page
    rests = write_page(out).read_text(encoding="utf-8")
    assert "refresh" not in rests
    write_report(out)
    assert (out / "report.html").read_text(encoding="utf-8") == rests
    assert not list(out.glob(".*.part"))
