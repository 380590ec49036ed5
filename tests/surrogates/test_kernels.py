import gpytorch
import pytest
import torch
from torch import Tensor

from latentbo.surrogates.kernels import (
    ColumnSumKernel,
    Linear,
    Matern,
    Part,
    Quadratic,
    SquaredExponential,
    Tanimoto,
)

COLUMNS = slice(2, 6)
PARTS = {
    "matern": lambda: Matern(COLUMNS),
    "squared exponential": lambda: SquaredExponential(COLUMNS),
    "linear": lambda: Linear(COLUMNS, 7.0),
    "tanimoto": lambda: Tanimoto(COLUMNS),
    "quadratic": lambda: Quadratic(COLUMNS),
}


def inputs(n: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 4, (n, 8), generator=generator).double()


def kernel_of(part: Part) -> ColumnSumKernel:
    return ColumnSumKernel([part]).double()


def dense(kernel: gpytorch.kernels.Kernel, *given: Tensor) -> Tensor:
    result: Tensor = kernel(*given).to_dense()
    return result.detach()


def reference(name: str) -> gpytorch.kernels.Kernel:
    kernels = gpytorch.kernels
    columns = torch.arange(COLUMNS.start, COLUMNS.stop)
    kernel = {
        "matern": lambda: kernels.MaternKernel(nu=2.5, active_dims=columns),
        "squared exponential": lambda: kernels.RBFKernel(ard_num_dims=4, active_dims=columns),
        "quadratic": lambda: kernels.PolynomialKernel(power=2, active_dims=columns),
    }[name]()
    return kernels.ScaleKernel(kernel).double()


@pytest.mark.parametrize("name", ["matern", "squared exponential", "quadratic"])
def test_parts_are_gpytorch_s_kernels(name: str) -> None:
    x, y = inputs(9), inputs(5, 1)
    torch.testing.assert_close(dense(kernel_of(PARTS[name]()), x, y), dense(reference(name), x, y))


@pytest.mark.parametrize("name", ["matern", "squared exponential"])
def test_lengthscales_count_as_in_gpytorch(name: str) -> None:
    part, expected = PARTS[name](), reference(name)
    kernel = kernel_of(part)
    given = torch.tensor([0.5, 1.0, 2.0, 3.0]).double()
    given = given[: part.value("lengthscale").numel()]
    part.set_value("lengthscale", given)
    part.set_value("outputscale", torch.tensor(2.5))
    expected.outputscale, expected.base_kernel.lengthscale = 2.5, given
    x = inputs(9)
    torch.testing.assert_close(dense(kernel, x, x), dense(expected, x, x))


def test_counts_are_compared_by_their_products() -> None:
    x = torch.tensor([[1.0, 2.0, 0.0], [1.0, 1.0, 3.0], [0.0, 0.0, 0.0]]).double()
    scale = torch.nn.functional.softplus(torch.zeros(())).item()
    everything = slice(0, 3)
    linear = dense(kernel_of(Linear(everything, 2.0)), x, x) / scale
    expected = torch.tensor([[2.5, 1.5, 0.0], [1.5, 5.5, 0.0], [0.0, 0.0, 0.0]]).double()
    torch.testing.assert_close(linear, expected)
    tanimoto = dense(kernel_of(Tanimoto(everything)), x, x) / scale
    shared = 3.0 / (5.0 + 11.0 - 3.0)
    expected = torch.tensor([[1.0, shared, 0.0], [shared, 1.0, 0.0], [0.0, 0.0, 0.0]]).double()
    torch.testing.assert_close(tanimoto, expected)


@pytest.mark.parametrize("name", PARTS)
def test_the_diagonal_is_that_of_the_matrix(name: str) -> None:
    kernel, x = kernel_of(PARTS[name]()), inputs(9)
    torch.testing.assert_close(kernel(x, diag=True).detach(), dense(kernel, x, x).diagonal())


@pytest.mark.parametrize("name", PARTS)
def test_kernels_are_positive_semidefinite_and_batches_their_rows(name: str) -> None:
    kernel, x = kernel_of(PARTS[name]()), inputs(12)
    matrix = dense(kernel, x, x)
    assert torch.linalg.eigvalsh(matrix).min() > -1e-9
    batch = x.view(3, 4, 8)
    for rows, block in zip(batch, dense(kernel, batch, batch), strict=True):
        torch.testing.assert_close(block, dense(kernel, rows, rows))


@pytest.mark.parametrize("name", PARTS)
def test_gradients_in_the_hyperparameters_and_the_inputs(name: str) -> None:
    kernel = kernel_of(PARTS[name]())
    x = (inputs(4) + 0.3).requires_grad_()
    y = inputs(3, 1) + 0.7
    names = [name for name, _ in kernel.named_parameters()]

    def values(x: Tensor, *raw: Tensor) -> Tensor:
        parameters = dict(zip(names, raw, strict=True))
        result: Tensor = torch.func.functional_call(kernel, parameters, (x, y), tie_weights=False)
        return result.to_dense()

    assert torch.autograd.gradcheck(values, (x, *kernel.parameters()))


def sum_of_all() -> ColumnSumKernel:
    return ColumnSumKernel([make() for make in PARTS.values()]).double()


def test_a_sum_is_the_sum_of_its_parts() -> None:
    x, y = inputs(9), inputs(5, 1)
    total = sum(dense(kernel_of(make()), x, y) for make in PARTS.values())
    torch.testing.assert_close(dense(sum_of_all(), x, y), total)


def test_constant_inputs_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, x, y = sum_of_all(), inputs(9), inputs(5, 1)
    before = dense(kernel, x, y)
    looked: list[type[Part]] = []

    def watch(kind: type[Part]) -> None:
        original = kind.statistic

        def watched(self: Part, *xs: Tensor) -> Tensor:
            looked.append(kind)
            return original(self, *xs)

        monkeypatch.setattr(kind, "statistic", watched)

    first, *others = kernel.parts
    assert isinstance(first, Part)
    for part in (first, *others):
        assert isinstance(part, Part)
        watch(type(part))
    with kernel.constant_inputs():
        for _ in range(3):
            assert torch.equal(dense(kernel, x, y), before)
        assert len(looked) == len(PARTS)
        first.set_value("outputscale", torch.tensor(5.0))
        assert not torch.equal(dense(kernel, x, y), before)
        x[0, 3] += 1.0  # changed in place: another input
        changed = dense(kernel, x, y)
        assert len(looked) == 2 * len(PARTS)
    assert torch.equal(dense(kernel, x, y), changed)
    assert len(looked) == 3 * len(PARTS)


def test_more_inputs_than_are_remembered_do_no_harm() -> None:
    kernel, y = sum_of_all(), inputs(5)
    many = [inputs(3, seed) for seed in range(12)]
    expected = [dense(kernel, x, y) for x in many]
    with kernel.constant_inputs():
        for _ in range(2):
            assert all(map(torch.equal, [dense(kernel, x, y) for x in many], expected))
