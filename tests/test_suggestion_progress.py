"""The line that tells what a suggestion is busy with."""

import io
import time
from collections.abc import Iterator

import pytest
from rich.console import Console

from latentbo.optimize.progress import SuggestionProgress


def ticking(*seconds: float) -> Iterator[float]:
    yield from seconds


def test_the_time_left_follows_from_what_is_done() -> None:
    progress = SuggestionProgress(
        Console(file=io.StringIO()), clock=ticking(0, 10, 10, 300, 300).__next__
    )
    assert progress.line == "suggesting: loading the model, 0% done"
    progress.stage("fitting the model", 0.25)
    assert progress.line == "suggesting: fitting the model, 25% done, about 30 s left"
    progress.stage("selecting", 0.5)
    assert progress.line == "suggesting: selecting, 50% done, about 5 min left"


def test_a_part_of_the_work_counts_as_its_share() -> None:
    progress = SuggestionProgress(Console(file=io.StringIO()), clock=lambda: 1.0)
    progress.within(0.2, 0.6)("proposing", 0.5)
    assert progress.line.startswith("suggesting: proposing, 40% done")


@pytest.mark.parametrize("quiet", [False, True])
def test_a_log_has_a_line_every_so_often(quiet: bool) -> None:
    stream = io.StringIO()
    console = Console(file=stream, quiet=quiet)
    with SuggestionProgress(console, interval=0.01) as progress:
        progress.stage("fitting the model", 0.5)
        deadline = time.monotonic() + 10
        while stream.getvalue().count("\n") < 2 and time.monotonic() < deadline and not quiet:
            time.sleep(0.01)
    lines = stream.getvalue().splitlines()
    assert bool(lines) is not quiet
    assert all(line.startswith("suggesting: fitting the model, 50% done") for line in lines[1:])


def test_a_terminal_has_one_line_that_goes() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with SuggestionProgress(console, interval=0.001) as progress:
        progress.stage("selecting", 0.5)
        progress.bar.refresh()
    assert "selecting" in stream.getvalue()
    assert "suggesting:" not in stream.getvalue()
