import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from latentbo.counting.data import CountData, CountDataset, LeftOut, load_counts, save_counts
from latentbo.counting.data.dataset import separate
from latentbo.errors import ConfigurationError, DataError

NAMES = ("cat", "dog")


def dataset(split: str = "train", count: int = 12, seed: int = 0) -> CountDataset:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 1, 4, 4), generator=generator, dtype=torch.uint8)
    counts = torch.randint(0, 3, (count, 2), generator=generator)
    return CountDataset(images, counts, NAMES, split)


def data(**splits: CountDataset) -> CountData:
    return CountData("made-up", {"size": 4, "seed": 0}, {"train": "nowhere"}, splits)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    both = data(train=dataset(), test=dataset("test", 5, 1))
    save_counts(both, tmp_path)
    for split, expected in both.splits.items():
        found = load_counts(tmp_path, split)
        assert found.images.equal(expected.images)
        assert found.counts.equal(expected.counts)
        assert (found.class_names, found.split) == (NAMES, split)


def test_the_manifest_tells_all(tmp_path: Path) -> None:
    manifest = json.loads(save_counts(data(train=dataset()), tmp_path).read_text("utf-8"))
    assert manifest["builder"] == "made-up"
    assert manifest["settings"] == {"size": 4, "seed": 0}
    assert set(manifest["versions"]) == {"latentbo", "numpy", "torch"}
    numbers = manifest["splits"]["train"]["combinations"]
    assert sum(numbers.values()) == 12
    for name, number in numbers.items():
        counts = torch.tensor([int(part) for part in name.split(",")])
        assert int((dataset().counts == counts).all(dim=1).sum()) == number


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        save_counts(data(train=dataset()), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_a_data_set_is_never_overwritten(tmp_path: Path) -> None:
    save_counts(data(train=dataset()), tmp_path)
    with pytest.raises(ConfigurationError, match="holds a data set already"):
        save_counts(data(train=dataset()), tmp_path)
    with pytest.raises(ConfigurationError, match=r"manifest\.json is a file"):
        save_counts(data(train=dataset()), tmp_path / "manifest.json")


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def replace_tensors(folder: Path, **tensors: torch.Tensor) -> None:
    """Other tensors under a right hash."""
    path = folder / "train.safetensors"
    save_file(tensors, path)
    import hashlib

    found = hashlib.sha256(path.read_bytes()).hexdigest()
    edit(folder / "manifest.json", lambda m: m["splits"]["train"].update(sha256=found))


IMAGES, COUNTS = dataset().images, dataset().counts


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "manifest.json").unlink(), r"manifest\.json is missing.*build one"),
        (lambda f: (f / "manifest.json").write_text("{"), r"manifest\.json cannot be read"),
        (lambda f: (f / "manifest.json").write_text("[]"), "is no manifest of the format"),
        (lambda f: edit(f / "manifest.json", lambda m: m.update(format=2)), "is no manifest"),
        (lambda f: edit(f / "manifest.json", lambda m: m.update(class_names=3)), "lacks class"),
        (
            lambda f: edit(f / "manifest.json", lambda m: m["splits"].clear()),
            "has no split 'train'",
        ),
        (lambda f: edit(f / "manifest.json", lambda m: m["splits"].update(train=1)), "is damaged"),
        (lambda f: edit(f / "manifest.json", lambda m: m["splits"].update(x={})), "lacks class"),
        (lambda f: (f / "train.safetensors").unlink(), r"train\.safetensors cannot be read"),
        (lambda f: (f / "train.safetensors").write_bytes(b"x"), "is not what was built"),
        (lambda f: replace_tensors(f, images=IMAGES), "holds images, not images and counts"),
        (lambda f: replace_tensors(f, images=IMAGES[:3], counts=COUNTS), "have shape"),
        (lambda f: replace_tensors(f, images=IMAGES, counts=COUNTS[:3]), r"int64 of shape \(12, 2"),
        (lambda f: replace_tensors(f, images=IMAGES, counts=COUNTS.int()), "not torch.int32"),
        (lambda f: replace_tensors(f, images=IMAGES.float(), counts=COUNTS), "must be bytes"),
        (lambda f: replace_tensors(f, images=IMAGES, counts=COUNTS - 5), "must not be negative"),
    ],
)
def test_damage_is_told(tmp_path: Path, damage: Callable[[Path], Any], message: str) -> None:
    save_counts(data(train=dataset()), tmp_path)
    damage(tmp_path)
    with pytest.raises(DataError, match=message):
        load_counts(tmp_path)


def test_a_data_set_without_training_images_is_refused() -> None:
    with pytest.raises(DataError, match="made-up: no training image fits the settings"):
        data(test=dataset("test"))


def test_left_out_combinations_leave_both_sides() -> None:
    sides = {"train": dataset(count=40), "test": dataset("test", 20, 1)}
    rule = LeftOut(("cat=1", "none"), NAMES)
    parts = separate(sides, rule)
    assert list(parts) == ["train", "test", "left_out", "left_out_test"]
    for split, part in parts.items():
        assert set(rule.of(part.counts.numpy()).tolist()) == {split.startswith("left_out")}
        assert part.split == split
    for side, away in (("train", "left_out"), ("test", "left_out_test")):
        assert len(parts[side]) + len(parts[away]) == len(sides[side])
        # The images went with their counts.
        for part in (parts[side], parts[away]):
            for image, counts in zip(part.images, part.counts, strict=True):
                place = [image.equal(other) for other in sides[side].images].index(True)
                assert sides[side].counts[place].equal(counts)


def test_nothing_left_out_makes_no_split() -> None:
    assert list(separate({"train": dataset()}, LeftOut((), NAMES))) == ["train"]
