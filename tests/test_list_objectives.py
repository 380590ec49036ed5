"""`python -m latentbo.optimize --list-objectives`."""

import pytest

from latentbo.objectives import OBJECTIVES
from latentbo.optimize import main


def test_one_line_for_each_objective(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--list-objectives"])
    assert left.value.code == 0
    captured = capsys.readouterr()
    assert not captured.err
    lines = captured.out.splitlines()
    assert [line.split()[0] for line in lines] == list(OBJECTIVES)
    for line, objective in zip(lines, OBJECTIVES.values(), strict=True):
        assert line.endswith(f"  {objective.task}: {objective.description}")
