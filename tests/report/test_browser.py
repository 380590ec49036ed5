"""Pages in a real browser: nothing goes wrong, tables sort and filter, buttons copy, dots speak.

The browser is driven through its own pipe (the DevTools protocol, `--remote-debugging-pipe`): no
driver and no package is needed, while Selenium wants a chromedriver of the browser's version, and
playwright brings a browser and Node.js of its own.
"""

import fcntl
import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from latentbo.data.bounds import Bound
from latentbo.data.compounds import COMPOUNDS_FILE, Compound, write_compounds
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Proposal, StepRecord
from latentbo.objectives import BY_HAND
from latentbo.report import write_report

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60  # seconds


def executable() -> str | None:
    """Return where a browser is; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def above_ten(descriptor: int) -> int:
    """Give an end of a pipe another number, so that neither is 3 or 4 already."""
    found = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return found


class Browser:
    """A headless browser with one page.

    Args:
        profile: A folder for its files.
    """

    def __init__(self, profile: Path) -> None:
        to_read, self._write = map(above_ten, os.pipe())
        self._read, to_write = map(above_ten, os.pipe())
        # The browser reads from 3 and writes to 4.
        start = (
            f"import os, sys; os.dup2({to_read}, 3); os.dup2({to_write}, 4); "
            "os.execvp(sys.argv[1], sys.argv[1:])"
        )
        self._process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-c",
                    start,
                    executable() or NAMES[0],
                    "--headless",
                    "--no-sandbox",
                ),
                *("--remote-debugging-pipe", "--disable-gpu", "--disable-extensions"),
                *("--no-first-run", "--hide-scrollbars", f"--user-data-dir={profile}"),
                "about:blank",
            ],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self.console: list[str] = []
        self.requests: list[str] = []
        self._loaded = False
        found = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=found, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def close(self) -> None:
        """End it."""
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        for answer in self._messages():
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer)
                return dict(answer["result"])
        raise AssertionError(f"no answer to {method}")

    def _messages(self) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self._rest:
                line, self._rest = self._rest.split(b"\0", 1)
                message = json.loads(line)
                self._note(message)
                yield message
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser ended"
            self._rest += more

    def _note(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.console.append(str([each.get("value") for each in params["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(json.dumps(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.console.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded = True

    def open(self, page: Path, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        """Open a page in a window of a size, on light or dark ground."""
        self.console.clear()
        self.requests.clear()
        self.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="", features=[scheme])
        self._loaded = False
        self.send("Page.navigate", url=page.resolve().as_uri())
        for _ in () if self._loaded else self._messages():
            if self._loaded:
                break

    def resize(self, width: int, height: int = 900) -> None:
        """Give the window another size."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def run(self, script: str) -> Any:
        """Return what an expression comes to."""
        found = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def centre(self, selector: str) -> tuple[float, float]:
        """Scroll to an element and return where its middle is."""
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return x, y

    def move(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, where: str | tuple[float, float]) -> None:
        """Click on an element, or on a place of the window."""
        x, y = self.centre(where) if isinstance(where, str) else where
        self.move(x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        """Write a text into a field, in place of what was there."""
        self.click(selector)
        self.run("document.activeElement.select()")
        self.send("Input.insertText", text=text)

    def screenshot(self, path: Path, whole: bool = True) -> None:
        """Write a picture of the page, or of the window."""
        found = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(b64decode(found["data"]))

    def pdf(self) -> bytes:
        """Print the page on A4."""
        size = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
        return b64decode(self.send("Page.printToPDF", printBackground=False, **size)["data"])


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser, ended at the end."""
    found = Browser(profile)
    try:
        yield found
    finally:
        found.close()


MARKUP = '<b id="bold">AB</b> & "x"'
NAME = "pIC50 <i>"
COMMENT = "<img src=nowhere onerror=alert(1)>"
LONG = "Acme" + 60 * "x"
# SMILES, value or bound, ID, comment
GIVEN: list[tuple[str, float | Bound, str, str]] = [
    ("COc1ccc(C(=O)Nc2ccc(F)cc2)cc1", 7.25, MARKUP, COMMENT),
    ("COc1ccc(C(=O)Nc2ccccc2)cc1", 6.5, "AB-2", "second plate"),
    ("Cc1ccc(C(=O)Nc2ccccc2)cc1", 5.75, "AB-3", ""),
    ("O=C(Nc1ccccc1)c1ccncc1", 4.5, LONG, ""),
    ("Clc1ccc(-c2ccncc2)cc1", Bound(">", 7.0), "AB-5", ""),
    ("CCOC(=O)C1CCN(C)CC1", Bound("<", 4.5), "AB-6", "Second sample"),
    ("O=S(=O)(Nc1ccccc1)c1ccc(Br)cc1", 5.0, "AB-7", ""),
    ("CCCCCC", 4.75, "AB-8", "no ring"),
]
SUGGESTED: list[tuple[str, float | None]] = [
    ("COc1ccc(C(=O)Nc2ccc(Cl)cc2)cc1", 6.75),
    ("CCOc1ccc(C(=O)Nc2ccc(F)cc2)cc1", None),  # failed
    ("OCc1ccc(C(=O)Nc2ccc(F)cc2)cc1", None),  # awaited, as is the next
    ("COc1ccc(C(=O)NCc2ccc(F)cc2)cc1", None),
]
ANY = pytest.mark.skipif(executable() is None, reason=f"no browser (none of {', '.join(NAMES)})")
pytestmark = ANY


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small run of a laboratory, whose names hold markup."""
    directory = tmp_path_factory.mktemp("laboratory") / "run"
    directory.mkdir()
    settings: dict[str, Any] = {
        "task": "molecules",
        "objective": BY_HAND,
        "objective_source": BY_HAND,
    }
    settings |= {"value_name": NAME, "seed": 0}
    settings |= {"labelled": {"count": 6, "measurements": 6, "best": 7.25, "source": "a.csv"}}
    (directory / "config.json").write_text(json.dumps(settings))
    compounds = [
        Compound(
            smiles,
            None if isinstance(value, Bound) else value,
            value if isinstance(value, Bound) else None,
            name,
            line,
            {"Comment": comment} if comment else {},
        )
        for line, (smiles, value, name, comment) in enumerate(GIVEN, start=2)
    ]
    write_compounds(directory / COMPOUNDS_FILE, compounds)
    details = {"predicted": 6.9, "deviation": 0.3}
    proposals = [
        Proposal(call, 0, smiles, "latent", details)
        for call, (smiles, _) in enumerate(SUGGESTED, start=1)
    ]
    with Ledger.create(directory / "ledger.sqlite") as ledger:
        ledger.propose(StepRecord(0), proposals)
        for call, (_, value) in enumerate(SUGGESTED[:2], start=1):
            ledger.start(call)
            ledger.finish(call, value, "" if value else "insoluble")
    write_report(directory)
    return directory / "report.html"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def opened(running: Browser, page: Path) -> Browser:
    running.open(page)
    return running


def column(opened: Browser, name: str) -> list[str]:
    """The texts of a column of the table, without their buttons."""
    found: list[str] = opened.run(
        f"""(() => {{
        const table = document.querySelector("#compounds");
        const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent.trim());
        return [...table.tBodies[0].rows].map(
          (row) => row.cells[heads.indexOf({json.dumps(name)})].firstChild?.textContent ?? "");
        }})()"""
    )
    return found


def place(opened: Browser, name: str) -> int:
    """The number of a column, from 1, as selectors count."""
    heads = opened.run(
        "[...document.querySelectorAll('#compounds thead tr:first-child th')]"
        ".map((head) => head.textContent.trim())"
    )
    return int(heads.index(name)) + 1


def sort(opened: Browser, name: str) -> None:
    opened.click(f"#compounds thead tr:first-child th:nth-child({place(opened, name)}) button")


def filter_by(opened: Browser, name: str, text: str) -> list[str]:
    """Write into the filter of a column; returns the IDs that are left."""
    opened.type(f"#compounds thead tr:last-child th:nth-child({place(opened, name)}) input", text)
    return column(opened, "ID")


def overflow(opened: Browser) -> int:
    """How many pixels the page is wider than the window."""
    found = opened.run("document.documentElement.scrollWidth - innerWidth")
    return int(found)


def test_nothing_goes_wrong_and_nothing_is_loaded(opened: Browser, page: Path) -> None:
    assert opened.run("document.querySelectorAll('#compounds tbody tr').length") == 12
    drawings = opened.run(
        """[...document.querySelectorAll(".drawing svg, .thumb svg, figure svg")].map((svg) => {
        const [box, inside] = [svg.getBoundingClientRect(), svg.getBBox()];
        return Math.min(box.width, box.height, inside.width, inside.height); })"""
    )
    assert len(drawings) > 12 + 7 + 2
    assert min(drawings) > 5
    images = "[...document.images].filter((each) => each.complete).map((each) => each.naturalWidth)"
    widths = opened.run(images)
    assert widths
    assert set(widths) <= {1280, 0}  # 0: folded away, and not decoded
    assert overflow(opened) == 0
    assert opened.console == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [page.as_uri()]


def test_the_chemistry_comes_first(opened: Browser) -> None:
    titles = opened.run(
        "[...document.querySelectorAll('main > section > h2')].map((each) => each.textContent)"
    )
    assert titles == [
        *("Next batch: 2 molecules to measure", "Best 7 molecules", "How far to trust the model"),
        *("Map of chemical space", "Scaffolds", "All molecules in a table"),
    ]
    assert not opened.run("document.querySelector('details.mechanics').open")


def test_a_click_on_a_head_sorts(opened: Browser) -> None:
    best_first = ["7.25", "6.75", "6.50", "5.75", "5.00", "4.75", "4.50"]
    others = [">7", "<4.5", "–", "–", "–"]
    assert sorted(column(opened, NAME)) == sorted([*best_first, *others])
    sort(opened, NAME)
    assert column(opened, NAME)[:7] == best_first
    sort(opened, NAME)
    assert column(opened, NAME)[:7] == best_first[::-1]  # bounds and the rest stay last
    head = f"document.querySelector('#compounds th:nth-child({place(opened, NAME)})')"
    assert opened.run(f"{head}.getAttribute('aria-sort')") == "ascending"
    sort(opened, "weight")
    weights = [float(text) for text in column(opened, "weight")]
    assert weights == sorted(weights, reverse=True)
    sort(opened, "ID")
    assert column(opened, "ID")[:3] == [MARKUP, "AB-2", "AB-3"]
    assert opened.run("document.querySelectorAll('#compounds [aria-sort]').length") == 1
    opened.click("#scaffolds th:nth-child(3) button")
    cells = "[...document.querySelectorAll('#scaffolds td:nth-child(3)')]"
    texts = opened.run(f"{cells}.map((cell) => cell.textContent)")
    assert texts[0] == "7.25"
    assert [float(text) for text in texts if text != "–"] == sorted(
        (float(text) for text in texts if text != "–"), reverse=True
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("> 6.5", [MARKUP, "B01-01", "AB-5"]),  # 6.5 itself is not above, and >7 surely is
        (">=6,5", [MARKUP, "B01-01", "AB-2", "AB-5"]),
        ("< 5", ["AB-8", LONG, "AB-6"]),
        ("4.6..5.8", ["AB-3", "AB-7", "AB-8"]),
        ("= 6.5", ["AB-2"]),
        ("7.25", [MARKUP]),
        ("> 9", []),
    ],
)
def test_numbers_are_filtered(opened: Browser, text: str, left: list[str]) -> None:
    assert filter_by(opened, NAME, text) == left
    assert opened.run("document.querySelector('#count').textContent") == f"{len(left)} of 12 rows."
    assert filter_by(opened, NAME, "").count("AB-2") == 1


def test_texts_are_filtered(opened: Browser) -> None:
    assert filter_by(opened, "Comment", "SECOND") == ["AB-2", "AB-6"]
    assert filter_by(opened, NAME, "> 5") == ["AB-2"]  # both together
    assert filter_by(opened, "Comment", "") != []
    assert filter_by(opened, NAME, "") != []
    # In SMILES capitals are atoms without a ring's aromaticity.
    assert filter_by(opened, "SMILES", "C1CCN") == ["AB-6"]
    assert filter_by(opened, "SMILES", "c1ccn") == [LONG]


def test_a_filter_that_cannot_be_read_is_marked_and_filters_nothing(opened: Browser) -> None:
    assert len(filter_by(opened, NAME, "> many")) == 12
    field = "document.activeElement.getAttribute('aria-invalid')"
    assert opened.run(field) == "true"
    filter_by(opened, NAME, "> 6")
    assert opened.run(field) is None


def test_buttons_copy(opened: Browser) -> None:
    granted = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    opened.send("Browser.grantPermissions", permissions=granted)
    buttons = "document.querySelectorAll('#compounds tbody tr:first-child button.copy')"
    assert opened.run(f"{buttons}.length") == 2
    for row, name, text in (
        ("td:nth-child(2) button.copy", "ID", MARKUP),
        ("td.string button.copy", "SMILES", GIVEN[0][0]),
    ):
        opened.click(f"#compounds tbody tr:first-child {row}")
        assert opened.run("navigator.clipboard.readText()") == text
        assert opened.run("document.querySelector('#said').textContent") == f"copied {text}", name
    opened.click(".batch .card:first-child button:first-child")
    assert opened.run("navigator.clipboard.readText()") == "B01-03"
    # Where there is no clipboard for a page, it is copied the old way.
    opened.run("delete Navigator.prototype.clipboard")
    opened.click(".best .card:nth-child(3) button:first-child")
    opened.run("document.querySelector('input').focus()")
    opened.send("Input.dispatchKeyEvent", type="keyDown", key="v", commands=["paste"])
    assert opened.run("document.querySelector('input').value") == "AB-2"


def dot(opened: Browser, plot: str, row: int) -> tuple[float, float]:
    """Where the dot of a row is in the window."""
    opened.centre(f"[data-plot={plot}]")
    x, y = opened.run(
        f"""(() => {{
        const places = JSON.parse(document.querySelector("#data").textContent).plots;
        const svg = document.querySelector("[data-plot={plot}] svg");
        const [x, y] = places.{plot}[{row}];
        const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
        return [at.x, at.y]; }})()"""
    )
    return x, y


@pytest.mark.parametrize("plot", ["map", "sa", "logp", "weight"])
def test_a_dot_shows_its_structure(opened: Browser, plot: str) -> None:
    tip = "document.querySelector('#tip')"
    assert opened.run(f"{tip}.hidden")
    opened.move(*dot(opened, plot, 0))
    assert not opened.run(f"{tip}.hidden")
    text = opened.run(f"{tip}.innerText")
    assert f"{MARKUP} · 7.25 {NAME}" in text
    assert GIVEN[0][0] in text
    assert opened.run(f"{tip}.querySelectorAll('svg.mol path').length") > 0
    x, y, right, bottom = opened.run(
        f"(() => {{ const b = {tip}.getBoundingClientRect();"
        "return [b.left, b.top, innerWidth - b.right, innerHeight - b.bottom]; })()"
    )
    assert min(x, y, right, bottom) >= 0
    opened.move(2, 2)
    assert opened.run(f"{tip}.hidden")


def test_a_click_on_a_dot_finds_its_row(opened: Browser) -> None:
    opened.click(dot(opened, "map", 1))
    assert column(opened, "ID") == ["B01-01"]


def test_a_narrow_window_needs_no_scrolling_to_the_side(running: Browser, page: Path) -> None:
    running.open(page, width=500)
    assert overflow(running) == 0
    running.open(page, width=360)
    assert overflow(running) == 0


def luminance(opened: Browser, expression: str) -> float:
    """How light a computed colour is, 0 to 255."""
    red, green, blue = (int(x) for x in re.findall(r"\d+", opened.run(expression))[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_text_and_structures_stand_out_on_either_ground(
    running: Browser, page: Path, dark: bool
) -> None:
    running.open(page, dark=dark)
    sign = 1 if dark else -1
    ground = luminance(running, "getComputedStyle(document.body).backgroundColor")
    for name in (
        "getComputedStyle(document.body).color",
        "getComputedStyle(document.querySelector('.mol .c')).stroke",
        "getComputedStyle(document.querySelector('.best .drawing path')).stroke",
        "getComputedStyle(document.querySelector('.map .v9')).fill",
        "getComputedStyle(document.querySelector('#compounds td.string')).color",
    ):
        assert sign * (luminance(running, name) - ground) > 100, name


def test_names_with_markup_are_text(opened: Browser) -> None:
    assert (
        opened.run(
            "document.querySelectorAll('#bold, i:not(.ramp i, .key), img[src=nowhere]').length"
        )
        == 0
    )
    assert opened.run("document.querySelector('h1').textContent") == NAME
    assert MARKUP in column(opened, "ID")
    assert COMMENT in column(opened, "Comment")
    opened.move(*dot(opened, "map", 0))
    assert opened.run("document.querySelectorAll('#bold').length") == 0


@pytest.mark.parametrize("dark", [False, True])
def test_a_report_is_one_printed_page(running: Browser, page: Path, dark: bool) -> None:
    running.open(page, dark=dark)
    pdf = running.pdf()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
