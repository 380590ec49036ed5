r"""Write made-up house numbers, streets and CLEVR scenes in the published file formats.

    python experiments/made_up_counts.py --out made-up
    python -m latentbo.counting.data svhn-2 --data made-up/svhn --out data/svhn
    python -m latentbo.counting.data citycount --data made-up/cityscapes --window 64 --out data/city
    python -m latentbo.counting.data clevr-scenes --data made-up/clevr --size 64 --out data/scenes

You have to download the real files of SVHN, Cityscapes and CLEVR yourself: these few drawings only
demonstrate the loaders, and are useless for training. Takes seconds.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from latentbo.command_line import at_least
from latentbo.errors import ConfigurationError, LatentboError

Box = tuple[int, int, int, int]  # left, top, width, height
NUMBER_HEIGHT, STREET = 40, (512, 256)
COLOURS = {"red": (173, 35, 35), "green": (29, 105, 20), "blue": (42, 75, 215)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--out", type=Path, required=True, help="folder; must not be there")
    parser.add_argument("--n", type=at_least(1), default=60, help="pictures of a split")
    parser.add_argument("--seed", type=at_least(0), default=0)
    options = parser.parse_args(arguments)
    try:
        if options.out.exists():
            raise ConfigurationError(f"--out {options.out} is there: give a new folder")
        for write in (write_numbers, write_streets, write_scenes):
            print(write(options.out, options.n, np.random.default_rng(options.seed)))
    except LatentboError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def write_numbers(folder: Path, n: int, random: np.random.Generator) -> Path:
    """Write `svhn/`: plates with one to three digits, and their boxes in `digitStruct.mat`."""
    folder = folder / "svhn"
    for split in ("train", "test"):
        (folder / split).mkdir(parents=True)
        entries = []
        for number in range(1, n + 1):
            image, boxes = _plate(random)
            image.save(folder / split / f"{number}.png")
            entries.append((f"{number}.png", boxes))
        _write_boxes(folder / split / "digitStruct.mat", entries)
    return folder


def write_streets(folder: Path, n: int, random: np.random.Generator) -> Path:
    """Write `cityscapes/`: streets with cars and persons, and the files of their boxes."""
    folder = folder / "cityscapes"
    for split in ("train", "val"):
        for number in range(n):
            image, cars, persons = _street(random)
            name = f"madeup_{number:06d}_000019"
            for kind in ("leftImg8bit", "gtBbox3d", "gtBboxCityPersons"):
                (folder / kind / split / "madeup").mkdir(parents=True, exist_ok=True)
            image.save(folder / "leftImg8bit" / split / "madeup" / f"{name}_leftImg8bit.png")
            found: dict[str, list[dict[str, Any]]] = {
                "gtBbox3d": [{"label": "car", "2d": {"modal": b, "amodal": b}} for b in cars],
                "gtBboxCityPersons": [
                    {"label": "pedestrian", "bboxVis": b, "bbox": b} for b in persons
                ],
            }
            for kind, objects in found.items():
                path = folder / kind / split / "madeup" / f"{name}_{kind}.json"
                head = {"imgWidth": STREET[0], "imgHeight": STREET[1]}
                path.write_text(json.dumps({**head, "objects": objects}), encoding="utf-8")
    return folder


def write_scenes(folder: Path, n: int, random: np.random.Generator) -> Path:
    """Write `clevr/`: flat shapes on grey, and the JSON of their scenes."""
    folder = folder / "clevr"
    (folder / "scenes").mkdir(parents=True)
    for split in ("train", "val"):
        (folder / "images" / split).mkdir(parents=True)
        scenes = []
        for number in range(n):
            name = f"CLEVR_{split}_{number:06d}.png"
            image, objects = _scene(random)
            image.save(folder / "images" / split / name)
            scenes.append({"image_filename": name, "objects": objects})
        text = json.dumps({"info": {}, "scenes": scenes})
        (folder / "scenes" / f"CLEVR_{split}_scenes.json").write_text(text, encoding="utf-8")
    return folder


def _plate(random: np.random.Generator) -> tuple[Image.Image, list[tuple[int, Box]]]:
    digits = random.integers(0, 10, random.integers(1, 4))
    ground, ink = (
        tuple(int(x) for x in random.integers(*ends, 3)) for ends in ((0, 110), (150, 256))
    )
    image = Image.new("RGB", (50 + 26 * len(digits), 70), ground)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(NUMBER_HEIGHT)
    boxes = []
    for place, digit in enumerate(digits):
        corner = (24 + 26 * place, int(random.integers(6, 18)))
        draw.text(corner, str(digit), ink, font)
        left, top, right, bottom = (int(x) for x in draw.textbbox(corner, str(digit), font))
        # In the published file the digit 0 is 10.
        boxes.append((int(digit) or 10, (left, top, right - left, bottom - top)))
    return image, boxes


def _street(random: np.random.Generator) -> tuple[Image.Image, list[Box], list[Box]]:
    image = Image.new("RGB", STREET, (168, 190, 205))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 120, *STREET), (92, 92, 96))
    cars, persons = [], []
    for slot in range(8):  # side by side, without occlusion
        left, bottom = 64 * slot + int(random.integers(2, 14)), int(random.integers(150, 240))
        colour = tuple(int(x) for x in random.integers(40, 230, 3))
        kind = random.integers(3)
        if kind == 0:
            draw.rounded_rectangle((left, bottom - 20, left + 44, bottom - 5), 5, colour)
            draw.rounded_rectangle((left + 9, bottom - 30, left + 34, bottom - 15), 5, colour)
            for wheel in (left + 5, left + 29):
                draw.ellipse((wheel, bottom - 10, wheel + 10, bottom), (20, 20, 20))
            cars.append((left, bottom - 30, 45, 31))
        elif kind == 1:
            draw.ellipse((left + 3, bottom - 34, left + 11, bottom - 26), (225, 180, 150))
            draw.rounded_rectangle((left, bottom - 26, left + 14, bottom), 4, colour)
            persons.append((left, bottom - 34, 15, 35))
    return image, cars, persons


def _scene(random: np.random.Generator) -> tuple[Image.Image, list[dict[str, str]]]:
    image = Image.new("RGB", (480, 320), (150, 150, 150))
    draw, objects = ImageDraw.Draw(image), []
    for place in random.permutation(12)[: random.integers(0, 7)]:
        colour = str(random.choice(list(COLOURS)))
        shape = str(random.choice(["sphere", "cylinder", "cube"]))
        left, top = 115 * int(place % 4) + 15, 100 * int(place // 4) + 15
        if shape == "sphere":
            draw.ellipse((left, top, left + 80, top + 80), COLOURS[colour])
        elif shape == "cube":
            draw.rectangle((left, top, left + 75, top + 75), COLOURS[colour])
        else:
            draw.rounded_rectangle((left + 10, top, left + 65, top + 85), 20, COLOURS[colour])
        objects.append({"color": colour, "shape": shape})
    return image, objects


def _write_boxes(path: Path, entries: Sequence[tuple[str, list[tuple[int, Box]]]]) -> None:
    """Write boxes as MATLAB does: structs of references to arrays."""
    try:
        import h5py  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError("house numbers need h5py: pip install h5py") from error
    with h5py.File(path, "w") as file:
        kind, fields = h5py.ref_dtype, ("label", "left", "top", "width", "height")

        def stored(value: Any) -> Any:
            data = np.array(value)
            return file.create_dataset(f"#refs#/{len(file['#refs#'])}", data=data).ref

        file.create_group("#refs#")
        names, groups = [], []
        for name, digits in entries:
            names.append([stored([[ord(letter)] for letter in name])])
            group = file.create_group(f"#boxes#/{name}")
            for column, field in enumerate(fields):
                values = [float((label, *box)[column]) for label, box in digits]
                if len(values) == 1:
                    group.create_dataset(field, data=np.array([values]))
                else:
                    references = np.array([[stored([[value]])] for value in values], kind)
                    group.create_dataset(field, data=references, dtype=kind)
            groups.append([group.ref])
        struct = file.create_group("digitStruct")
        struct.create_dataset("name", data=np.array(names, kind), dtype=kind)
        struct.create_dataset("bbox", data=np.array(groups, kind), dtype=kind)


if __name__ == "__main__":
    sys.exit(main())
