import json
from pathlib import Path

import pytest
import short_sequences

from latentbo.data import Line, find_dataset
from latentbo.models import NetworkConfig


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    molecules = ["CCCCc1ccccc1", "CCCCO", "CCCCN", "OCCCC(=O)O", "Cc1ccccc1CCCC"]
    lines = [Line(i, molecules[i % 5]) for i in range(200)]
    monkeypatch.setattr(short_sequences, "find_dataset", lambda name: (Path("data"), lines))
    monkeypatch.setattr(short_sequences, "HELD_OUT", 50)
    sizes = NetworkConfig(4, 8, 8, 8, 1)
    config = short_sequences.Config(
        0.3, 20, num_molecules=200, num_decoded=10, batch_size=20, network=sizes
    )
    monkeypatch.setattr(short_sequences, "SMOKE", config)


@pytest.mark.usefixtures("small")
def test_both_are_trained_for_the_same_time_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert short_sequences.main(["--smoke", "--out", str(tmp_path / "out")]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["name"] == "short_sequences"
    assert line["ratio"] == pytest.approx(line["ours"] / line["baseline"], abs=0.01)
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["tokens"]["merged"] < result["tokens"]["symbols"]
    assert len(result["nats"]) == len(short_sequences.FRACTIONS)
    assert "| tokens a molecule |" in (tmp_path / "out" / "table.md").read_text()


@pytest.mark.usefixtures("small")
def test_wrong_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert short_sequences.main(["--seconds", "0"]) == 2
    assert short_sequences.main(["--smoke", "--out", str(tmp_path)]) == 2
    assert short_sequences.main(["--smoke", "--vocabulary-size", "5"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert all(error.startswith("error: ") for error in errors)


def test_the_data_set_is_that_of_molecules() -> None:
    assert short_sequences.find_dataset is find_dataset
