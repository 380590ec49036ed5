"""A report in a real browser: nothing goes wrong, structures are there, tables sort."""

import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from latentbo.report import write_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
MARK = "the test's script has run"
# Clicks, and writes down what it sees; a line of its own shows that the console is heard.
SCRIPT = """
const table = document.querySelector("#hits");
const heads = [...table.tHead.rows[0].cells];
const column = (name) => heads.findIndex((head) => head.textContent.trim() === name);
const textOf = (row, name) => row.cells[column(name)].textContent.trim();
const shown = (name) => [...table.tBodies[0].rows].map((row) => textOf(row, name));
const order = () => heads.map((head) => head.getAttribute("aria-sort"));
const found = {before: shown("value"), heads: order()};
const click = (name) => {
  heads[column(name)].querySelector("button").click();
  return {cells: shown(name), heads: order()};
};
found.once = click("value");
found.twice = click("value");
found.logp = click("logP");
found.similarity = click("similarity to start");
found.smiles = click("SMILES");
const button = heads[column("value")].querySelector("button");
button.focus();
found.focused = document.activeElement === button && button.tabIndex === 0;
found.drawings = [...document.querySelectorAll(".drawing svg, .thumb svg")].map((svg) => {
  const box = svg.getBoundingClientRect();
  const inside = svg.getBBox();
  return Math.min(box.width, box.height, inside.width, inside.height);
});
found.images = [...document.images].map((image) => image.complete && image.naturalWidth);
found.overflow = document.documentElement.scrollWidth > document.documentElement.clientWidth;
found.hint = getComputedStyle(document.querySelector(".sorting")).display;
const note = document.createElement("pre");
note.id = "found";
note.textContent = JSON.stringify(found);
document.body.append(note);
"""


def opened(page: Path, script: str) -> tuple[dict[str, Any], list[str]]:
    """Open a page with one more script, which its policy is made to allow.

    Returns:
        What the script wrote down, and the lines of the console.
    """
    assert BROWSER is not None
    script += f'console.log("{MARK}");'
    text = page.read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert text.count("script-src '") == 1
    text = text.replace("script-src '", f"script-src 'sha256-{digest}' '")
    text = text.replace("</body>", f"<script>{script}</script>\n</body>")
    copy = page.with_name("tested.html")
    copy.write_text(text, encoding="utf-8")
    command = [
        *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions"),
        *("--no-first-run", "--window-size=1200,900", f"--user-data-dir={page.parent / 'profile'}"),
        *("--enable-logging=stderr", "--dump-dom", copy.as_uri()),
    ]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=os.environ, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    console = [line for line in result.stderr.splitlines() if "CONSOLE" in line]
    written = re.search(r'<pre id="found">(.*?)</pre>', result.stdout, re.DOTALL)
    return json.loads(unescape(written.group(1))) if written else {}, console


@pytest.mark.skipif(BROWSER is None, reason=f"no browser found (none of {', '.join(BROWSERS)})")
def test_a_report_in_a_browser(make_run: Callable[..., Path]) -> None:
    directory = make_run("run")
    write_report(directory)
    found, console = opened(directory / "report.html", SCRIPT)
    assert len(console) == 1, console
    assert MARK in console[0]
    values = ["4", "4", "2.5", "2.5", "2", "1", "0.3333", "−3"]
    assert found["before"] == values
    assert found["heads"][:3] == [None, "descending", None]
    # Ties keep their order, which is that of the calls.
    assert found["once"]["cells"] == values[::-1]
    assert found["once"]["heads"][:3] == [None, "ascending", None]
    assert found["twice"]["cells"] == values
    numbers = [float(text.replace("−", "-")) for text in found["logp"]["cells"]]
    assert numbers == sorted(numbers, reverse=True)
    assert found["logp"]["heads"].count("descending") == 1
    assert found["logp"]["heads"][1] is None
    assert found["similarity"]["cells"][0] == "1.00"
    strings = found["smiles"]["cells"]
    assert strings.index("C1CCCCC1") < strings.index("Cc1ccccc1") < strings.index("Oc1ccccc1")
    assert found["smiles"]["heads"][-1] == "ascending"
    assert found["focused"]
    assert len(found["drawings"]) == 8 + 4
    assert min(found["drawings"]) > 5
    assert all(width == 1280 for width in found["images"])
    assert not found["overflow"]
    assert found["hint"] == "inline"
