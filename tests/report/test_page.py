import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from latentbo.ledger.record import Evaluation, Status
from latentbo.report.convergence import convergence_png
from latentbo.report.hits import collect_hits
from latentbo.report.molecules import MOLECULES
from latentbo.report.page import render_page
from latentbo.report.run import Run

VOID = {"meta", "img", "source", "br", "hr", "input", "link"}


class Reader(HTMLParser):
    """Collects tags, addresses and text, and checks that tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.addresses += [
            value or ""
            for name, value in attrs
            if name in {"src", "srcset", "href", "xlink:href", "action", "data"}
        ]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "path":  # SVG's, closed in itself
            assert self._open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += f" {data.strip()}"


def page_of(run: Run) -> str:
    return render_page(run, collect_hits(run, MOLECULES), convergence_png(run))


def named(run: Run) -> Run:
    return replace(run, config={**run.config, "value_name": "score"})


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_user_text_is_escaped(run: Run) -> None:
    page = page_of(run)
    reader = Reader(page)
    assert reader.tags.count("script") == 2  # the data, which are no program, and the script
    assert reader.handlers == []
    # As title, heading, name of the value, in settings, command, and as a message.
    assert reader.text.count("<script>alert('x')</script>") > 6
    assert "<script>alert" not in page


def test_no_script_may_run_but_the_page_s_own(run: Run) -> None:
    page = page_of(run)
    (own,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = b64encode(sha256(own.encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["script-src"] == f"'sha256-{digest}'"
    assert allowed["default-src"] == "'none'"


def test_the_table_holds_all_rows(run: Run) -> None:
    page = page_of(named(run))
    table = page[
        page.index('id="compounds"') : page.index("</table>", page.index('id="compounds"'))
    ]
    assert table.count("<tr>") == 1 + 11  # those that failed and the one that waits, too
    text = squeezed(re.sub("<[^>]*>", " ", table))
    assert text.startswith(
        'id="compounds"> Structure score QED SA logP atoms weight similarity to start from SMILES'
    )
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    found = json.loads(data)
    names = [column["name"] for column in found["columns"]]
    values = [row[names.index("score")] for row in found["rows"]]
    assert values == [4, 4, 2.5, 2.5, 2, 1, pytest.approx(1 / 3), -3, None, None, None]
    assert len(found["drawings"]) == 11
    assert found["rows"][-1][names.index("from")] == "awaited"
    assert found["plots"].keys() == {"map", "sa", "logp", "weight"}
    assert all(len(places) == 11 for places in found["plots"].values())


def test_the_page_needs_nothing_else(run: Run) -> None:
    page = page_of(run)
    reader = Reader(page)
    assert len(reader.addresses) == 2
    assert all(address.startswith("data:image/png;base64,") for address in reader.addresses)
    assert "url(" not in page
    assert "@import" not in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_figures_of_the_run(run: Run) -> None:
    text = squeezed(Reader(page_of(named(run))).text)
    assert "Best score 4.00 +1.50 against the best starting molecule" in text
    assert "Best starting molecule 2.50 of 5 evaluated" in text
    assert "Oracle calls 10 5 initial, 5 by the optimizer; 2.5 s in the objective" in text
    assert "Origin Calls Failed Of best 8 Best initial 5 1 4 2.50" in text
    assert "trust-region 5 1 4 4.00 All 10 2 8 4.00" in text
    assert (
        "10 of 11 calls: 5 initial, 5 by the optimizer, 2 failed, 1 pending, 1 interrupted and "
        "repeated; 23 decodes were known and cost none." in text
    )
    # Top 1: from 0 to 4 in 10 calls, held for one: (10 * 4 / 2 + 4) / 11.
    assert f"Mean of the best At the end Area 1 4.00 {24 / 11:.4g}" in text
    assert "no structural alert 75 %" in text  # two of eight: nitrobenzene and aspirin
    assert "alerts: Brenk: nitro_group" in text
    assert "1 more started but interrupted" in text
    assert "1 proposed molecules have no result yet" in text
    assert "new candidates 6 15.0 %" in text
    assert "structural alert (Brenk) 7 17.5 %" in text
    assert "filter.max_heavy_atoms 38 filter.min_rings – versions.latentbo 0.1.0" in text


def test_the_best_molecules_are_drawn_with_their_neighbours(run: Run) -> None:
    page = page_of(run)
    reader = Reader(page)
    assert reader.tags.count("li") == 8  # without the failed ones
    cards = page[page.index('<ol class="cards"') : page.index("</ol>")]
    assert cards.count("<svg") == 8 + 4  # four of them have another one as neighbour
    text = squeezed(reader.text)
    assert "1 4.00 call 7 · trust-region QED" in text
    assert "nearest starting molecule" in text
    assert text.index("c1cc[nH]c1") < text.index("O=[N+]([O-])c1ccccc1")


def test_there_are_at_most_12_cards(run: Run) -> None:
    rows = [
        Evaluation(call, 0, "C" * call, "initial", {}, Status.OK, float(call))
        for call in range(1, 31)
    ]
    reader = Reader(page_of(replace(run, evaluations=rows)))
    assert reader.tags.count("li") == 12
    assert "Best 12 molecules" in reader.text


def test_a_run_that_did_not_improve(run: Run) -> None:
    early = [row for row in run.evaluations if row.call <= 6]
    assert "no improvement on the starting molecules" in page_of(replace(run, evaluations=early))


def test_an_empty_run() -> None:
    text = squeezed(Reader(page_of(Run())).text)
    assert "no call is finished yet" in text
    assert "Best value – no value yet" in text


def test_counts_that_contradict_each_other_do_not_break_the_page(run: Run) -> None:
    state = {"decoded": 1, "known": 5}
    steps = [replace(run.steps[0], state=state)]
    assert "All decodes 1" in squeezed(Reader(page_of(replace(run, steps=steps))).text)


def test_the_preset_and_the_protocol_identify_a_run(run: Run) -> None:
    config = {**run.config, "optimizer": {"preset": "hybrid"}}
    assert "preset hybrid" in squeezed(Reader(page_of(replace(run, config=config))).text)
    config["protocol"] = {"name": "held-out"}
    text = squeezed(Reader(page_of(replace(run, config=config))).text)
    assert "protocol held-out model" in text


def test_the_model_that_ships_has_a_name(run: Run) -> None:
    page = page_of(replace(run, config={**run.config, "model": None}))
    assert "model the one that ships" in squeezed(Reader(page).text)
