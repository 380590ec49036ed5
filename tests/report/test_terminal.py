from dataclasses import replace
from io import StringIO

from rich.console import Console

from latentbo.report.run import Run
from latentbo.report.terminal import summary_table


def printed(run: Run, width: int = 120) -> str:
    stream = StringIO()
    Console(file=stream, width=width).print(summary_table(run))
    return stream.getvalue()


def test_the_table_shows_molecules_and_figures(run: Run) -> None:
    text = printed(run)
    assert text.index("c1cc[nH]c1") < text.index("O=[N+]([O-])c1ccccc1") < text.index("Cc1ccccc1")
    assert "best 4 · best starting molecule 2.5 · improvement 1.5" in text
    assert "10 of 11 calls: 5 initial, 5 by the optimizer, 2 failed, 1 pending, 1 inter" in text
    assert f"area under the curve over 11 calls: top-1 {24 / 11:.4g}, top-10 " in text
    assert "best 8 molecules: diversity 0." in text
    assert "no structural alert 75 %" in text
    assert "C[C@H](N)c1ccccc1" not in text  # it failed
    refused = "refused before a call: 25% of 40 proposals: 7 structural alert (Brenk), 3 rings"
    assert refused in text


def test_the_area_of_a_minimised_run_is_in_the_direction_of_the_user(run: Run) -> None:
    turned = replace(run, config={**run.config, "objective": "minimize:property:sa"})
    assert f"area under the curve over 11 calls: top-1 −{24 / 11:.4g}, top-10 −" in printed(turned)


def test_long_smiles_are_folded_not_cut(run: Run) -> None:
    folded = "".join(
        line.split("│")[-2].strip() for line in printed(run, 70).splitlines() if "│" in line
    )
    assert "CC(=O)Oc1ccccc1C(=O)O" in folded


def test_the_table_of_an_empty_run() -> None:
    text = printed(Run())
    assert "0 calls: 0 initial" in text
    assert "area" not in text
