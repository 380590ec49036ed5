import pytest
import torch
from torch import Tensor, nn

from latentbo.models.gru import RepeatedInputGRU


def reference(rnn: RepeatedInputGRU, inputs: Tensor, length: int) -> Tensor:
    """The same layers by torch's own path."""
    outputs: Tensor = nn.GRU.forward(rnn, inputs.expand(length, *inputs.shape).contiguous())[0]
    return outputs


def gradients(outputs: Tensor, rnn: RepeatedInputGRU, inputs: Tensor) -> list[Tensor]:
    weights = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(1)).to(outputs)
    return list(torch.autograd.grad((outputs * weights).sum(), [inputs, *rnn.parameters()]))


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_torch(layers: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    rnn = RepeatedInputGRU(4, 6, layers).to(dtype)
    inputs = torch.randn(5, 4, dtype=dtype, requires_grad=True)
    found, expected = rnn(inputs, 7), reference(rnn, inputs, 7)
    assert found.shape == (7, 5, 6)
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(
        gradients(found, rnn, inputs), gradients(expected, rnn, inputs), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


def test_gradcheck() -> None:
    torch.manual_seed(0)
    rnn = RepeatedInputGRU(2, 3, 2).double()
    inputs = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    parameters = tuple(rnn.parameters())
    assert torch.autograd.gradcheck(lambda x, *_: rnn(x, 3), (inputs, *parameters))


def test_state_is_that_of_torch() -> None:
    rnn = RepeatedInputGRU(2, 3, 2)
    assert rnn.state_dict().keys() == nn.GRU(2, 3, 2).state_dict().keys()


def test_autocast_and_empty_batches_take_the_path_of_torch() -> None:
    torch.manual_seed(0)
    rnn = RepeatedInputGRU(2, 3, 1)
    assert rnn(torch.empty(0, 2), 4).shape == (4, 0, 3)
    inputs = torch.randn(5, 2)
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        low = rnn(inputs, 4)
    torch.testing.assert_close(low.float(), reference(rnn, inputs, 4), rtol=0.05, atol=0.05)
