"""The notebooks of docs/ run from their first cell to their last."""

import json
from pathlib import Path
from typing import Any

import pytest

import latentbo

FOLDER = Path(__file__).parent.parent / "docs" / "notebooks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], f"cell {number} was committed with its output"
            exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)
    shown = names["result"]._repr_html_()
    assert isinstance(names["result"], latentbo.Result)
    assert shown.count("<svg") == 12
    assert len(names["result"].table) == 24
