import json
from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics import (
    Estimate,
    MeasurementConfig,
    frechet_distance,
    measure_generator,
    pixels_network,
)

SMALL = MeasurementConfig(num_samples=50, num_draws=3, num_subsets=4, subset_size=20)
NETWORK = replace(pixels_network(6), batch_size=16)


def draw(number: int, generator: torch.Generator) -> Tensor:
    return torch.rand(number, 1, 2, 3, generator=generator)


def brighter(number: int, generator: torch.Generator) -> Tensor:
    return 0.5 + 0.5 * draw(number, generator)


def real() -> Tensor:
    return NETWORK.features(draw(60, torch.Generator().manual_seed(99)))


def test_an_estimate_by_hand() -> None:
    # Variance of 1, 2, 6 is 7; the standard error (7 / 3)^(1/2).
    estimate = Estimate.over([1.0, 2.0, 6.0])
    assert estimate.mean == pytest.approx(3.0)
    assert estimate.standard_error == pytest.approx((7 / 3) ** 0.5)
    assert Estimate.over([2.0]) == Estimate(2.0, None, (2.0,))


def test_says_what_was_measured_and_fits_into_json() -> None:
    quality = measure_generator(draw, real(), NETWORK, "uniform noise", SMALL)
    written = json.loads(json.dumps(asdict(quality)))
    assert written["distance_name"] == "Fréchet distance (pixels)"
    assert (written["network"], written["resize"]) == ("pixels", "none")
    assert (written["reference"], written["num_real"]) == ("uniform noise", 60)
    assert written["config"]["num_samples"] == 50
    assert len(set(written["frechet_distance"]["values"])) == 3


def test_the_draws_are_those_of_the_seed() -> None:
    generator = torch.Generator().manual_seed(SMALL.seed)
    # 50 in batches of 16: 16, 16, 16, 2.
    rows = [draw(number, generator).flatten(1) for number in (16, 16, 16, 2)]
    quality = measure_generator(draw, real(), NETWORK, "uniform noise", SMALL)
    expected = frechet_distance(real(), torch.cat(rows))
    assert quality.frechet_distance.values[0] == pytest.approx(expected, rel=1e-9)
    assert quality == measure_generator(draw, real(), NETWORK, "uniform noise", SMALL)
    other = measure_generator(draw, real(), NETWORK, "uniform noise", replace(SMALL, seed=1))
    assert other.frechet_distance != quality.frechet_distance


def test_the_subsets_do_not_change_the_images() -> None:
    more = measure_generator(draw, real(), NETWORK, "noise", replace(SMALL, num_subsets=9))
    fewer = measure_generator(draw, real(), NETWORK, "noise", SMALL)
    assert more.frechet_distance == fewer.frechet_distance
    assert more.kernel_distance != fewer.kernel_distance


def test_a_worse_generator_is_worse_in_every_number() -> None:
    good, bad = (
        measure_generator(each, real(), NETWORK, "noise", SMALL) for each in (draw, brighter)
    )
    assert bad.frechet_distance.mean > 2 * good.frechet_distance.mean
    assert bad.kernel_distance.mean > 2 * abs(good.kernel_distance.mean)
    assert bad.recall.mean < good.recall.mean


def test_images_are_drawn_without_gradients() -> None:
    weight = torch.ones(1, requires_grad=True)
    drawn = []

    def decode(number: int, generator: torch.Generator) -> Tensor:
        drawn.append(weight * draw(number, generator))
        return drawn[-1]

    measure_generator(decode, real(), NETWORK, "noise", SMALL)
    assert not any(images.requires_grad for images in drawn)


def test_what_cannot_be_measured() -> None:
    with pytest.raises(InputError, match="draw\\(\\) returned 3 images where 16 were asked for"):
        measure_generator(lambda _, g: draw(3, g), real(), NETWORK, "noise", SMALL)
    with pytest.raises(InputError, match="real features have 5 columns and pixels computes 6"):
        measure_generator(draw, real()[:, :5], NETWORK, "noise", SMALL)
    with pytest.raises(InputError, match="real features are 19 x 6; give at least 20 rows"):
        measure_generator(draw, real()[:19], NETWORK, "noise", SMALL)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_draws": 0}, "num_draws is 0"),
        ({"subset_size": 1}, "subset_size is 1"),
        ({"num_samples": 10}, "num_samples is 10; .* need at least 20"),
        ({"num_neighbours": 50}, "num_neighbours 50 need at least 51"),
    ],
)
def test_settings_that_cannot_be_used(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        replace(SMALL, **changes)
