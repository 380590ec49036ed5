import pytest
import torch

from latentbo.regularizers import Encoding


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_full_precision_raises_low_precision_only(dtype: torch.dtype) -> None:
    low = torch.ones(2, 3, dtype=dtype)
    raised = Encoding(low, low, low).in_full_precision()
    assert raised.codes.dtype == raised.mean.dtype == torch.float32
    assert raised.log_variance is not None
    assert raised.log_variance.dtype == torch.float32
    double = Encoding(low.double(), low.double())
    assert double.in_full_precision() is double


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"\[\(2, 3\), \(3, 2\)\]"):
        Encoding(torch.zeros(2, 3), torch.zeros(3, 2))
    with pytest.raises(ValueError, match=r"must all be n x d, got \[\(3,\), \(3,\)\]"):
        Encoding(torch.zeros(3), torch.zeros(3))
    with pytest.raises(ValueError, match=r"\(2, 3\), \(2, 1\)\]"):
        Encoding(torch.zeros(2, 3), torch.zeros(2, 3), torch.zeros(2, 1))
