import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.counting.data.clevr_scenes import ClevrScenesConfig, build_clevr_scenes
from latentbo.errors import ConfigurationError, DataError

Write = Callable[..., Path]
RED, BALL, CUBE = ("red", "cylinder"), ("green", "sphere"), ("blue", "cube")
SCENES = [[RED, BALL], [BALL], [CUBE, CUBE, RED], [RED, BALL], [], [BALL, BALL, BALL]]


def test_counts_go_with_their_pictures(write_scenes: Write, tmp_path: Path) -> None:
    config = ClevrScenesConfig(most=2, size=16, left_out=("cube>=1",))
    built = build_clevr_scenes(config, write_scenes(tmp_path / "clevr", SCENES))
    assert set(built.splits) == {"train", "test", "left_out", "left_out_test"}
    seen: dict[int, list[int]] = {}
    for split in ("train", "left_out"):
        part = built.splits[split]
        # A picture's red tells its scene.
        seen |= {int(i[0, 0, 0]): c for i, c in zip(part.images, part.counts.tolist(), strict=True)}
    assert seen == {0: [1, 1, 0], 1: [0, 1, 0], 2: [1, 0, 2], 3: [1, 1, 0], 4: [0, 0, 0]}


def test_classes_of_colour_and_shape(write_scenes: Write, tmp_path: Path) -> None:
    config = ClevrScenesConfig(by="colour-shape", size=16, left_out=("red cylinder=1",))
    built = build_clevr_scenes(config, write_scenes(tmp_path / "clevr", SCENES))
    assert len(config.class_names) == 24
    column = config.class_names.index("green sphere")
    assert sorted(built.splits["train"].counts[:, column].tolist()) == [0, 1, 3]


def test_other_shapes_leave_the_picture_out(write_scenes: Write, tmp_path: Path) -> None:
    config = ClevrScenesConfig(shapes=("cylinder", "sphere"), size=16)
    built = build_clevr_scenes(config, write_scenes(tmp_path / "clevr", SCENES))
    assert len(built.splits["train"]) == 5


def test_only_so_many_of_a_combination(write_scenes: Write, tmp_path: Path) -> None:
    folder = write_scenes(tmp_path / "clevr", [[RED]] * 9 + [[BALL]] * 2)
    config = ClevrScenesConfig(per_combination=4, size=16)
    numbers = build_clevr_scenes(config, folder).splits["train"].combinations()
    assert numbers == {(1, 0, 0): 4, (0, 1, 0): 2}


@pytest.mark.parametrize(("fit", "bars"), [("squash", False), ("frame", True)])
def test_nothing_is_cut(write_scenes: Write, tmp_path: Path, fit: str, bars: bool) -> None:
    config = ClevrScenesConfig(size=48, fit=fit)
    built = build_clevr_scenes(config, write_scenes(tmp_path / "clevr", [[RED]]))
    blue = built.splits["train"].images[0, 2]
    assert (blue == 255).any(dim=1).sum() == (32 if bars else 48)
    assert (blue == 255).any(dim=0).all()


def broken(entry: dict[str, Any]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "scenes" / "CLEVR_train_scenes.json"
        path.write_text(json.dumps({"scenes": [entry]}), encoding="utf-8")

    return change


FILE = {"image_filename": "CLEVR_train_000000.png"}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "scenes/CLEVR_val_scenes.json").unlink(), "is missing.*jcjohns/clevr"),
        (lambda f: (f / "scenes/CLEVR_val_scenes.json").write_text("{"), "cannot be read"),
        (lambda f: (f / "scenes/CLEVR_val_scenes.json").write_text("[]"), "holds no JSON object"),
        (lambda f: (f / "scenes/CLEVR_val_scenes.json").write_text("{}"), "no 'scenes' that is a"),
        (lambda f: (f / "images/val/CLEVR_val_000000.png").unlink(), "cannot be read as a picture"),
        (broken({"objects": []}), "scene 0: no 'image_filename'"),
        (broken({"image_filename": "../x.png", "objects": []}), "'../x.png' is no file name"),
        (broken({**FILE}), "no 'objects' that is a list"),
        (broken({**FILE, "objects": [{"color": "red"}]}), "no 'shape' that is a str"),
        (broken({**FILE, "objects": [{"color": "pink", "shape": "cube"}]}), "is a pink cube"),
    ],
)
def test_damage_is_told(
    write_scenes: Write, tmp_path: Path, damage: Callable[[Path], Any], message: str
) -> None:
    folder = write_scenes(tmp_path / "clevr", [[RED]])
    damage(folder)
    with pytest.raises(DataError, match=message):
        build_clevr_scenes(ClevrScenesConfig(size=16), folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "size"}, "by is 'size'"),
        ({"fit": "cut"}, "fit is 'cut'"),
        ({"shapes": ("cone",)}, "give some of"),
        ({"size": 2}, "size is 2"),
        ({"per_combination": 0}, "per_combination is 0"),
        ({"seed": -3}, "seed is -3"),
        ({"left_out": ("red cube=1",)}, "is not CLASS=N"),
    ],
)
def test_settings_that_cannot_be_used(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        ClevrScenesConfig(**options)  # type: ignore[arg-type]
