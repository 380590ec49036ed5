from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from average_models import averaged, main

from latentbo.errors import ConfigurationError
from latentbo.models import TrainedModel, load_model


def test_weights_lie_between_those_of_the_two(load: Callable[[], TrainedModel]) -> None:
    first, second = load(), load()
    with torch.no_grad():
        for parameter in second.network.parameters():
            parameter.add_(1.0)
    found = averaged(first, second, 0.25).network.state_dict()
    for name, value in first.network.state_dict().items():
        torch.testing.assert_close(found[name], value + 0.25)


def test_models_that_are_no_two_stages_are_refused(load: Callable[[], TrainedModel]) -> None:
    other = load()
    other.prior_config = replace(other.prior_config, scale=3.5)
    with pytest.raises(ConfigurationError, match="prior"):
        averaged(load(), other, 0.5)


def test_an_average_needs_a_folder(
    tiny_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tiny_model_folder), str(tiny_model_folder), "--share", "0.5"]) == 2
    assert "--share and --out go together" in capsys.readouterr().err


@pytest.fixture
def load(tiny_model_folder: Path) -> Callable[[], TrainedModel]:
    return lambda: load_model(tiny_model_folder)
