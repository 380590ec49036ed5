import pytest
import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.images.metrics import kernel_distance, squared_discrepancy


def normal(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_by_hand() -> None:
    # d = 1, k(x, y) = (x y + 1)^3. Within (0, 1): 1; within (1, 2): 27; across: 1, 1, 8, 27.
    first, second = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [2.0]])
    assert squared_discrepancy(first, second) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_equals_torchmetrics() -> None:
    kid = pytest.importorskip("torchmetrics.image.kid")
    first, second = normal(30, 7, 0), normal(30, 7, 1) + 0.3
    assert squared_discrepancy(first, second) == pytest.approx(
        float(kid.poly_mmd(first, second)), rel=1e-9
    )


def test_whole_sets_as_the_only_subset() -> None:
    first, second = normal(20, 4, 0), normal(20, 4, 1) + 1
    result = kernel_distance(first, second, torch.Generator(), num_subsets=3, subset_size=20)
    assert result.mean == pytest.approx(squared_discrepancy(first, second), rel=1e-9)
    assert result.standard_deviation == pytest.approx(0.0, abs=1e-9)
    assert (result.num_subsets, result.subset_size) == (3, 20)


def test_is_unbiased_for_equal_distributions() -> None:
    # Independent small sets: a biased estimate would be above 0 in nearly all of them.
    values = torch.tensor(
        [squared_discrepancy(normal(10, 5, 2 * i), normal(10, 5, 2 * i + 1)) for i in range(600)]
    )
    error = float(values.std()) / 600**0.5
    assert abs(float(values.mean())) < 3.5 * error
    assert (values < 0).any()


def test_subsets_estimate_the_whole() -> None:
    first, second = normal(400, 6, 0), normal(500, 6, 1) + 0.5
    result = kernel_distance(
        first, second, torch.Generator().manual_seed(3), num_subsets=200, subset_size=50
    )
    error = result.standard_deviation / 200**0.5
    assert result.mean == pytest.approx(squared_discrepancy(first, second), abs=4 * error)


def test_the_generator_decides() -> None:
    first, second = normal(50, 3, 0), normal(50, 3, 1)

    def mean(seed: int) -> float:
        generator = torch.Generator().manual_seed(seed)
        return kernel_distance(first, second, generator, 4, 10).mean

    assert mean(0) == mean(0)
    assert mean(0) != mean(1)


@pytest.mark.parametrize(("num_subsets", "size"), [(0, 5), (1, 1), (1, 9)])
def test_subsets_that_cannot_be_drawn(num_subsets: int, size: int) -> None:
    message = f"{num_subsets} subsets of {size} from 8 and 12 rows.* from 2 to 8"
    with pytest.raises(InputError, match=message):
        kernel_distance(normal(8, 2, 0), normal(12, 2, 1), torch.Generator(), num_subsets, size)
