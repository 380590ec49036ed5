import io

import pytest
import torch
from PIL import Image

from latentbo.counting.metrics import (
    constant_accuracy,
    count_accuracy,
    count_histograms,
    count_table,
    extrapolation_figure,
)
from latentbo.errors import InputError

ASKED = torch.tensor([[0, 1], [2, 1], [2, 0], [1, 1]])
TOLD = torch.tensor([[0, 1], [2, 3], [1, 0], [1, 1]])


def test_accuracy_by_hand() -> None:
    found = count_accuracy(TOLD, ASKED)
    assert found.exact == 0.5
    assert found.per_class == (0.75, 0.75)
    assert found.mean_per_class == 0.75
    assert found.class_errors == (0.25, 0.5)
    assert found.mean_error == 0.375
    assert found.number == 4


def test_a_constant_by_hand() -> None:
    found = constant_accuracy(torch.cat([ASKED, ASKED[:1]]))  # first class 0 2 2 1 0, median 1
    assert found.exact == 0.4
    assert found.per_class == (0.4, 0.8)
    assert found.class_errors == (0.8, 0.2)
    assert found.mean_error == pytest.approx(0.5)


def test_no_constant_is_better() -> None:
    counts = torch.randint(0, 4, (50, 3), generator=torch.Generator().manual_seed(0))
    best = constant_accuracy(counts)
    for vector in torch.cartesian_prod(*[torch.arange(4)] * 3):
        found = count_accuracy(vector.expand_as(counts), counts)
        assert found.exact <= best.exact
        assert found.mean_error >= best.mean_error - 1e-12
        assert all(a <= b for a, b in zip(found.per_class, best.per_class, strict=True))


def test_tables_count_asked_by_told() -> None:
    table = count_table(TOLD, ASKED)
    assert table.shape == (2, 4, 4)
    assert table.sum((1, 2)).tolist() == [4, 4]
    assert table[0].tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    assert table[1].tolist() == [[1, 0, 0, 0], [0, 2, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert count_table(TOLD[:0], ASKED[:0]).shape == (2, 1, 1)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match=r"told counts have shape \(4, 2\) and true ones \(3, 2\)"):
        count_accuracy(TOLD, ASKED[:3])
    with pytest.raises(InputError, match="at least one image"):
        count_accuracy(TOLD[:0], ASKED[:0])
    with pytest.raises(InputError, match="at least one image"):
        constant_accuracy(ASKED[:0])


def test_pictures() -> None:
    picture = count_histograms(count_table(TOLD, ASKED), ("cube", "sphere"), "Counted")
    wide, high = Image.open(io.BytesIO(picture)).size
    assert wide > high > 300
    assert picture != count_histograms(count_table(ASKED, ASKED), ("cube", "sphere"), "Counted")
    lines = {"trained to 3": {1: 0.9, 3: 0.8, 5: 0.4}, "trained to 6": {1: 0.9, 5: 0.8}}
    assert extrapolation_figure(lines, 3, "exact", "More spheres").startswith(b"\x89PNG")
    with pytest.raises(InputError, match="0 lines cannot be drawn"):
        extrapolation_figure({}, 3, "exact", "More spheres")
    with pytest.raises(InputError, match="there are 1 class names"):
        count_histograms(count_table(TOLD, ASKED), ("cube",), "Counted")
