"""The smoke run of feature_classifier.py, on real images."""

import json
from pathlib import Path

import pytest
from feature_classifier import main

from latentbo.images.data import load_images
from latentbo.images.metrics import load_classifier
from latentbo.images.training import predict


def test_smoke_leaves_a_classifier_that_says_what_it_is(
    tmp_path: Path, image_dataset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--out", str(tmp_path), "--smoke", "--dataset", image_dataset]
    assert main(command) == 0
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    network, provenance = load_classifier(tmp_path / "classifier.safetensors")
    assert provenance == result
    assert result["dataset"] == image_dataset
    test = load_images(image_dataset, "test")
    assert test.labels is not None
    right = float((predict(network, test.images) == test.labels).float().mean())
    assert right == result["accuracy"]
    assert right > 0.3  # by chance: 0.1
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
    before = (tmp_path / "classifier.safetensors").read_bytes()
    assert main([*command, "--resume"]) == 0  # nothing is left to do
    assert (tmp_path / "classifier.safetensors").read_bytes() == before
    assert main([*command, "--seed", "1"]) == 2
    assert "other settings" in capsys.readouterr().err
