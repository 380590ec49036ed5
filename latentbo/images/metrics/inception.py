"""The standard Inception-v3 of FID, by torch-fidelity."""

from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.images.metrics.features import INCEPTION, FeatureNetwork
from latentbo.images.metrics.optional import import_optional
from latentbo.images.metrics.weights import read_weights

_FEATURES = 2048


def inception(
    weights: Path | None = None, device: str = "cpu", batch_size: int = 100
) -> FeatureNetwork:
    """Return the 2,048 pooled features of the Inception-v3 that defines FID.

    Images are rounded to 8 bits; torch-fidelity resizes them to 299 x 299 as the first
    implementation of FID did (bilinear, as TensorFlow 1, without antialiasing).

    Args:
        weights: torch-fidelity's file of weights (default: its published file, downloaded into
            torch's cache of models unless it is there).
        device: Where to compute.
        batch_size: Images computed at once.

    Raises:
        ConfigurationError: If torch-fidelity is missing, or the weights are missing, cannot be
            downloaded or cannot be used.

    References:
        Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017.
    """
    source = import_optional(
        "torch_fidelity.feature_extractor_inceptionv3",
        "torch-fidelity",
        "the feature network inception",
    )
    path = _published_weights(source.URL_INCEPTION_V3) if weights is None else weights
    # torch-fidelity unpickles any file, so the file is first checked by reading tensors only.
    read_weights(path)
    network = _build(source, path).to(device)

    def compute(images: Tensor) -> Tensor:
        # Rounded, not truncated: truncation would darken generated images by half a level.
        features: Tensor = network((255 * images).round().to(torch.uint8))[0]
        return features

    resize = "bilinear as TensorFlow 1, not antialiased, to 299 x 299"
    return FeatureNetwork(
        INCEPTION, _FEATURES, resize, compute, batch_size=batch_size, device=device
    )


def _build(source: Any, path: Path) -> Any:
    try:
        return source.FeatureExtractorInceptionV3(
            "inception-v3-compat", [str(_FEATURES)], feature_extractor_weights_path=str(path)
        )
    except (RuntimeError, KeyError) as error:
        raise ConfigurationError(
            f"{path} holds other weights than FID's Inception-v3's; give torch-fidelity's file "
            f"{Path(urlparse(source.URL_INCEPTION_V3).path).name} ({str(error).splitlines()[0]})"
        ) from None


def _published_weights(url: str) -> Path:
    """Return the file in torch's cache; download it if it is not there."""
    name = Path(urlparse(url).path).name
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if path.is_file():
        return path
    # By torch's convention the name ends in the first digits of the file's hash.
    digest = Path(name).stem.rsplit("-", 1)[-1]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), hash_prefix=digest, progress=False)
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(
            f"the weights of the feature network inception cannot be downloaded ({error}); fetch "
            f"{url} elsewhere and give its path as weights, or choose efficientnet-lite0 "
            "(whose distance is not FID)"
        ) from None
    return path
