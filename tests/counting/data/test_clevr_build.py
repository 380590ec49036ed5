from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import label

from latentbo.counting.data import save_counts
from latentbo.counting.data.clevr.build import build_clevr
from latentbo.counting.data.clevr.config import ClevrConfig, default_left_out, draw
from latentbo.counting.data.clevr.layers import GROUND, visible_fractions
from latentbo.counting.data.clevr.scene import Appearance, Scene, random_scene
from latentbo.counting.data.clevr.shading import render
from latentbo.counting.data.clevr.solids import Solid
from latentbo.errors import ConfigurationError

TINY = ClevrConfig(
    most=(2, 2),
    most_total=3,
    per_combination=2,
    test_per_combination=1,
    left_out=("sphere=2",),
    size=16,
    samples=1,
    seed=5,
)


@pytest.mark.parametrize("seed", range(4))
def test_all_solids_are_there_whole_apart_and_visible(seed: int) -> None:
    shapes = ["cylinder"] * 3 + ["sphere"] * 2 + ["cube"] * 2
    look = Appearance(least_visible=0.7)
    scene, layers = random_scene(shapes, look, 64, np.random.default_rng(seed))
    assert sorted(solid.shape for solid in scene.solids) == sorted(shapes)
    picture, numbers = render(scene, layers, 32, 2)
    assert picture.shape == (3, 32, 32)
    # From the picture of numbers that the colours were drawn with.
    assert set(np.unique(numbers)) == {GROUND, *range(7)}
    assert visible_fractions(layers, numbers).min() >= 0.7
    border = np.concatenate([numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]])
    assert (border == GROUND).all()
    for place, one in enumerate(scene.solids):
        for other in scene.solids[:place]:
            assert np.hypot(one.x - other.x, one.y - other.y) > one.radius + other.radius


def test_simple_colours_tell_the_shape() -> None:
    config = replace(
        TINY, shapes=("cylinder", "sphere", "cube"), most=(1, 1, 1), size=48, left_out=()
    )
    for channel, counts in enumerate(((1, 0, 0), (0, 1, 0), (0, 0, 1))):
        picture = draw(config, counts, (0, channel)).astype(int)
        others = np.delete(picture, channel, axis=0).max(axis=0)
        regions, number = label(picture[channel] > others + 40)
        # One solid is one region of its colour, and there is none of another.
        assert number == 1
        assert (regions > 0).sum() > 10
        for other in {0, 1, 2} - {channel}:
            rest = np.delete(picture, other, axis=0).max(axis=0)
            assert not (picture[other] > rest + 40).any()


def test_a_solid_throws_a_shadow_away_from_the_light() -> None:
    scene, layers = random_scene(["sphere"], Appearance(), 64, np.random.default_rng(1))
    picture, numbers = render(scene, layers, 64, 1)
    empty, _ = render(Scene(scene.camera, scene.light, ()), [], 64, 1)
    darker = empty.astype(int)[0] - picture[0]
    ground = numbers == GROUND
    assert darker[ground].max() > 30
    assert darker[ground].min() >= 0
    shadow = np.argwhere(ground & (darker > 30))
    solid = np.argwhere(~ground)
    # The light comes from the left in the picture.
    assert shadow[:, 1].mean() > solid[:, 1].mean()


def test_metal_shines_more_than_rubber() -> None:
    scene, layers = random_scene(["sphere"], Appearance(), 48, np.random.default_rng(2))
    brightest = []
    for metal in (False, True):
        solid = replace(scene.solids[0], metal=metal)
        picture, numbers = render(replace(scene, solids=(solid,)), layers, 48, 1)
        brightest.append(picture[0][numbers == 0].max())
    assert brightest[1] > brightest[0]


def test_counts_and_splits() -> None:
    built = build_clevr(TINY)
    found = {split: part.combinations() for split, part in built.splits.items()}
    kept = {(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)}
    assert found["train"] == dict.fromkeys(kept, 2)
    assert found["test"] == dict.fromkeys(kept, 1)
    assert found["left_out"] == dict.fromkeys([(0, 2), (1, 2)], 2)
    assert found["left_out_test"] == dict.fromkeys([(0, 2), (1, 2)], 1)
    images = np.concatenate([part.images.numpy() for part in built.splits.values()])
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_the_seed_decides_every_byte_and_workers_none(tmp_path: Path) -> None:
    save_counts(build_clevr(TINY), tmp_path / "one")
    save_counts(build_clevr(TINY, workers=2), tmp_path / "two")
    save_counts(build_clevr(replace(TINY, seed=6)), tmp_path / "other")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
        assert path.read_bytes() != (tmp_path / "other" / path.name).read_bytes()


def test_coloured_solids_differ_within_a_shape() -> None:
    scene, _ = random_scene(["cube"] * 5, Appearance(coloured=True), 32, np.random.default_rng(0))
    assert len({solid.colour for solid in scene.solids}) > 1


def test_no_room_is_told() -> None:
    look = Appearance(sizes=(1.0,), least_visible=1.0)
    with pytest.raises(ConfigurationError, match=r"30 solids of radii .* visible by 100%"):
        random_scene(["cube"] * 30, look, 16, np.random.default_rng(0))


def test_what_the_thesis_leaves_out() -> None:
    assert default_left_out(("cylinder", "sphere")) == ("sphere=4",)
    assert default_left_out(("cylinder", "sphere", "cube")) == ("cylinder=2",)
    assert default_left_out(("cube",)) == ()
    assert len(ClevrConfig().combinations()) == 28


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shapes": ("cone", "cube")}, "give some of cylinder, sphere, cube"),
        ({"shapes": ("cube", "cube")}, "give some of"),
        ({"most": (1,)}, "one count for each shape"),
        ({"size": 4}, "8 to 1024 pixels"),
        ({"samples": 0}, "1 to 8 samples"),
        ({"per_combination": 0}, "per_combination is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"left_out": ("cube=1",)}, "'cube=1' is not CLASS=N"),
        ({"least_total": 20}, "no combination has 20 to 6 solids"),
    ],
)
def test_settings_that_cannot_be_used(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        ClevrConfig(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": ()}, "radii from 0.05 to 1"),
        ({"sizes": (2.0,)}, "radii from 0.05 to 1"),
        ({"metal": 1.5}, "metal is 1.5"),
        ({"least_visible": 0.0}, "least_visible is 0.0"),
    ],
)
def test_looks_that_cannot_be_used(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Appearance(**options)  # type: ignore[arg-type]


def test_workers_below_one_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="workers is 0"):
        build_clevr(TINY, workers=0)


def test_a_solid_stands_on_the_ground() -> None:
    for shape in ("cylinder", "sphere", "cube"):
        solid = Solid(shape, 0, 0, 0.5)
        assert solid.middle[2] == pytest.approx(solid.half_height)
        assert solid.bound >= solid.half_height
