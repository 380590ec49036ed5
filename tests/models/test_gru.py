import pytest
import torch
from torch import Tensor, nn

from latentbo.models.gru import RepeatedInputGRU, SequenceGRU


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


def by_torch(
    rnn: SequenceGRU, inputs: Tensor | None, state: Tensor | None, repeated: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The same by torch's own path, on both inputs side by side."""
    assert inputs is not None
    if repeated is not None:
        beside = repeated[:, None].expand(-1, inputs.shape[1], -1)
        inputs = torch.cat([inputs, beside], 2)
    outputs, last = nn.GRU.forward(rnn, inputs, state)
    return outputs, last


def sequence_inputs(
    layers: int, repeated: int, dtype: torch.dtype
) -> tuple[SequenceGRU, list[Tensor | None]]:
    torch.manual_seed(0)
    rnn = SequenceGRU(4, 6, layers, repeated).to(dtype)
    shapes = [(5, 7, 4), (layers, 5, 6), (5, repeated)]
    inputs: list[Tensor | None] = [
        torch.randn(shape, dtype=dtype, requires_grad=True) if 0 not in shape else None
        for shape in shapes
    ]
    return rnn, inputs


@pytest.mark.parametrize(("layers", "repeated"), [(1, 0), (3, 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_sequence_gives_values_and_gradients_of_torch(
    layers: int, repeated: int, dtype: torch.dtype
) -> None:
    rnn, inputs = sequence_inputs(layers, repeated, dtype)
    given = [each for each in inputs if each is not None]
    results = [rnn(*inputs), by_torch(rnn, *inputs)]
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)
    weights = [torch.randn_like(each) for each in results[1]]
    ours, theirs = (
        torch.autograd.grad(
            sum((w * each).sum() for w, each in zip(weights, found, strict=True)),
            [*given, *rnn.parameters()],
        )
        for found in results
    )
    for left, right in zip(ours, theirs, strict=True):
        torch.testing.assert_close(left, right)


def test_a_sequence_from_no_state_begins_at_zero() -> None:
    rnn, (inputs, state, repeated) = sequence_inputs(2, 3, torch.float64)
    assert inputs is not None
    assert state is not None
    found = rnn(inputs, None, repeated)
    expected = rnn(inputs, torch.zeros_like(state), repeated)
    torch.testing.assert_close(found, expected)


def test_a_sequence_step_by_step_is_the_whole() -> None:
    rnn, (inputs, state, repeated) = sequence_inputs(2, 3, torch.float64)
    assert inputs is not None
    whole, last = rnn(inputs, state, repeated)
    for position in range(inputs.shape[1]):
        step, state = rnn(inputs[:, position : position + 1], state, repeated)
        torch.testing.assert_close(step[:, 0], whole[:, position])
    torch.testing.assert_close(state, last)


def test_without_gradients_the_values_are_the_same() -> None:
    rnn, inputs = sequence_inputs(2, 3, torch.float32)
    with torch.no_grad():
        found = rnn(*inputs)
    for ours, theirs in zip(found, rnn(*inputs), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_gradcheck_of_a_sequence() -> None:
    torch.manual_seed(0)
    rnn = SequenceGRU(2, 3, 2, 2).double()
    inputs = [
        torch.randn(s, dtype=torch.float64, requires_grad=True)
        for s in ((3, 4, 2), (2, 3, 3), (3, 2))
    ]
    assert torch.autograd.gradcheck(lambda *x: rnn(*x[:3]), (*inputs, *rnn.parameters()))


def test_a_sequence_under_autocast_is_near_and_parameters_keep_their_precision() -> None:
    rnn, inputs = sequence_inputs(2, 3, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        low, _ = rnn(*inputs)
    assert low.dtype == torch.bfloat16
    torch.testing.assert_close(low.float(), by_torch(rnn, *inputs)[0], rtol=0.05, atol=0.05)
    low.float().sum().backward()
    for parameter in rnn.parameters():
        assert parameter.grad is not None
        assert parameter.grad.dtype == torch.float32


def test_an_empty_batch_of_sequences_is_empty() -> None:
    rnn = SequenceGRU(2, 3, 2)
    outputs, last = rnn(torch.empty(0, 4, 2))
    assert (outputs.shape, last.shape) == ((0, 4, 3), (2, 0, 3))
    assert rnn.state_dict().keys() == nn.GRU(2, 3, 2).state_dict().keys()
