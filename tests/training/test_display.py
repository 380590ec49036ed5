import pytest

from latentbo.training import Progress
from latentbo.training.display import TrainingDisplay

PROGRESS = Progress(
    20,
    100,
    0.5,
    {
        "loss": 1.25,
        "ks": 1.5,
        "validation_loss": 9.0,
        "learning_rate": 1e-3,
        "rows_per_second": 64.2,
    },
)


@pytest.mark.parametrize("quiet", [False, True])
def test_lines_where_there_is_no_terminal(quiet: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with TrainingDisplay(quiet) as display:
        display.show(PROGRESS)
    expected = "step 20/100  epoch 0.50  loss 1.250  ks 1.500  64/s  lr 1.0e-03\n"
    assert capsys.readouterr().out == ("" if quiet else expected)
