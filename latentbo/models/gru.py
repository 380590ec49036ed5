"""GRU layers over one input that is the same at every step, with a faster CPU path.

The function is `torch.nn.GRU`'s. On a CPU, its steps spend as long on copies as on products of
matrices; here the gates are computed in place, the unchanging input is multiplied once, and the
backward pass is written out: a training step of three layers of 100 units over 15 positions takes
0.7 of the time (`tests` compare values and gradients).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear


class RepeatedInputGRU(nn.GRU):
    """GRU layers that see the same input at every step; parameters are those of `torch.nn.GRU`.

    Args:
        input_size: Width of the input.
        hidden_size: Units of a layer.
        num_layers: Number of layers.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int) -> None:
        super().__init__(input_size, hidden_size, num_layers)

    def forward(self, inputs: Tensor, length: int) -> Tensor:  # type: ignore[override]
        """Run over `length` steps.

        Args:
            inputs: An `n x input_size`-dim tensor.
            length: Number of steps.

        Returns:
            The last layer's outputs, `length x n x hidden_size`.
        """
        low_precision = torch.is_autocast_enabled(inputs.device.type)
        if inputs.device.type != "cpu" or low_precision or not len(inputs):
            repeated = inputs.expand(length, *inputs.shape).contiguous()
            outputs: Tensor = super().forward(repeated)[0]
            return outputs
        # A layer's input is `n x width` where it is the same at every step.
        outputs = inputs
        for layer in self.all_weights:
            outputs = _Layer.apply(outputs, *layer, length)
        return outputs


class _Layer(torch.autograd.Function):
    """One layer from a zero state; the input is `n x width` (repeated) or `length x n x width`.

    With reset and update gates r and u and candidate c: `h_t = (1 - u) c + u h_(t-1)`,
    `c = tanh(W_c x + b_c + r (V_c h_(t-1) + d_c))`, as in torch; weights are stacked as (r, u, c).
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, w: Tensor, v: Tensor, b: Tensor, d: Tensor, length: int
    ) -> Tensor:
        rows, size = inputs.shape[-2], v.shape[1]
        repeated = inputs.ndim == 2
        bias = torch.cat([b[: 2 * size] + d[: 2 * size], b[2 * size :]])
        gate_weights, candidate_weights = v[: 2 * size].t(), v[2 * size :].t()
        first = torch.addmm(bias, inputs, w.t()) if repeated else None
        states = inputs.new_zeros(length + 1, rows, size)
        saved = []
        for t in range(length):
            state = states[t]
            sums = torch.addmm(bias, inputs[t], w.t()) if first is None else first.clone()
            gates = sums[:, : 2 * size].addmm_(state, gate_weights).sigmoid_()
            reset, update = gates.split(size, 1)
            memory = torch.mm(state, candidate_weights).add_(d[2 * size :])
            candidate = sums[:, 2 * size :].addcmul_(reset, memory).tanh_()
            torch.lerp(candidate, state, update, out=states[t + 1])
            saved.append((reset, update, candidate, memory))
        # Plain attributes, as they are neither inputs nor outputs; freed with the graph.
        ctx.steps = saved
        ctx.save_for_backward(inputs, w, v, states)
        return states[1:]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        inputs, w, v, states = ctx.saved_tensors
        rows, size = states.shape[1:]
        repeated = inputs.ndim == 2
        # Gradients of the sums inside the gates, in the order (c, r, u, V_c h + d_c), so that those
        # of W x and of V h are neighbouring columns.
        local = w.new_empty(rows, 4 * size)
        of_inputs, of_states = local[:, : 3 * size], local[:, size:]
        w_ordered = torch.cat([w[2 * size :], w[: 2 * size]])
        d_inputs = w.new_zeros(rows, 3 * size) if repeated else torch.empty_like(inputs)
        d_w, d_v, d_bias = torch.zeros_like(w), torch.zeros_like(v), w.new_zeros(4 * size)
        ones = w.new_ones(rows)
        d_state = torch.zeros_like(states[0])
        for t in reversed(range(len(gradient))):
            d_state.add_(gradient[t])
            d_state = _local_gradients(d_state, states[t], ctx.steps[t], local)
            d_bias.addmv_(local.t(), ones)
            d_v.addmm_(of_states.t(), states[t])
            d_state.addmm_(of_states, v)
            if repeated:
                d_inputs.add_(of_inputs)
            else:
                torch.mm(of_inputs, w_ordered, out=d_inputs[t])
                d_w.addmm_(of_inputs.t(), inputs[t])
        if repeated:
            d_w, d_inputs = d_inputs.t() @ inputs, d_inputs @ w_ordered
        d_w = torch.cat([d_w[size:], d_w[:size]])
        d_b = torch.cat([d_bias[size : 3 * size], d_bias[:size]])
        return d_inputs, d_w, d_v, d_b, d_bias[size:], None


def _local_gradients(
    d_state: Tensor, before: Tensor, step: tuple[Tensor, Tensor, Tensor, Tensor], local: Tensor
) -> Tensor:
    """Write a step's gradients into `local` (see `backward`); return what passes the update gate.

    Args:
        d_state: Gradient of the state after the step, `n x size`.
        before: The state before it.
        step: Reset and update gates, candidate and memory, each `n x size`.
        local: The `n x 4 size` tensor to write to.
    """
    reset, update, candidate, memory = step
    d_candidate, d_reset, d_update, d_memory = local.split(local.shape[1] // 4, 1)
    passed = d_state * update
    torch.sub(d_state, passed, out=d_candidate)
    work = d_candidate * candidate
    d_candidate.addcmul_(work, candidate, value=-1)
    torch.mul(d_candidate, reset, out=d_memory)
    for gate, factor, target in (
        (update, (before - candidate).mul_(passed), d_update),
        (reset, d_memory * memory, d_reset),
    ):
        torch.mul(factor, gate, out=work)
        torch.sub(factor, work, out=target)
    return passed


class SequenceGRU(nn.GRU):
    """GRU layers over a sequence, and over an input that is the same at every step.

    The function, and the parameters, are those of `torch.nn.GRU` (with `batch_first`) on the two
    inputs side by side. Training on a CPU is time-major: the inputs of all steps are multiplied at
    once and the repeated one only once, and the backward pass is written out so that the weights'
    gradients are one product each and a step is left with two products of matrices. Under autocast
    these are in low precision. Without gradients torch's own path is as fast, and is taken.

    Args:
        input_size: Width of the sequence.
        hidden_size: Units of a layer.
        num_layers: Number of layers.
        repeated_size: Width of the input that is the same at every step; 0: there is none.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, repeated_size: int = 0
    ) -> None:
        super().__init__(input_size + repeated_size, hidden_size, num_layers, batch_first=True)
        self.repeated_size = repeated_size

    def forward(  # type: ignore[override]
        self, inputs: Tensor, state: Tensor | None = None, repeated: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Run over the steps.

        Args:
            inputs: An `n x length x input_size`-dim tensor.
            state: The state before the first step, `num_layers x n x hidden_size`; None: zero.
            repeated: An `n x repeated_size`-dim tensor, if there is such an input.

        Returns:
            The last layer's outputs, `n x length x hidden_size`, and the states after the last
            step, `num_layers x n x hidden_size`.
        """
        if inputs.device.type != "cpu" or not inputs.numel() or not torch.is_grad_enabled():
            return self._by_torch(inputs, state, repeated)
        steps = inputs.transpose(0, 1)
        if torch.is_autocast_enabled("cpu"):
            steps = steps.to(torch.get_autocast_dtype("cpu"))
        last = []
        for number, (w, v, b, d) in enumerate(self.all_weights):
            start = steps.new_zeros(steps.shape[1], self.hidden_size)
            if state is not None:
                start = state[number].to(steps.dtype)
            sums = self._projected(steps, w, b, d, repeated if number == 0 else None)
            steps = _Recurrence.apply(sums, start, v, d[2 * self.hidden_size :])
            last.append(steps[-1])
        return steps.transpose(0, 1), torch.stack(last)

    def _projected(
        self, steps: Tensor, w: Tensor, b: Tensor, d: Tensor, repeated: Tensor | None
    ) -> Tensor:
        """The inputs' part of the sums inside the gates, `length x n x 3 hidden_size`."""
        gates = 2 * self.hidden_size
        bias = torch.cat([b[:gates] + d[:gates], b[gates:]])
        if repeated is None:
            return linear(steps, w.to(steps.dtype), bias.to(steps.dtype))
        width = steps.shape[2]
        once = linear(repeated.to(steps.dtype), w[:, width:].to(steps.dtype), bias.to(steps.dtype))
        return linear(steps, w[:, :width].to(steps.dtype)) + once

    def _by_torch(
        self, inputs: Tensor, state: Tensor | None, repeated: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        if repeated is not None:
            beside = repeated[:, None, :].expand(-1, inputs.shape[1], -1).to(inputs.dtype)
            inputs = torch.cat([inputs, beside], 2)
        if state is not None:
            state = state.to(inputs.dtype).contiguous()
        outputs, last = super().forward(inputs, state)
        return outputs, last


class _Recurrence(torch.autograd.Function):
    """The recurrent part of one layer, from what its inputs add to the sums inside the gates.

    With reset and update gates r and u, candidate c and memory m: `m_t = V_c h_(t-1) + d_c`,
    `c_t = tanh(x_t + r_t m_t)`, `h_t = (1 - u_t) c_t + u_t h_(t-1)`, as in torch; sums and rows of
    V are stacked as (r, u, c).
    """

    @staticmethod
    def forward(ctx: Any, sums: Tensor, start: Tensor, v: Tensor, d: Tensor) -> Tensor:
        length, rows, size = *sums.shape[:2], v.shape[1]
        ctx.dtype = v.dtype  # of the parameters, whose gradients are not in low precision
        v, d = v.to(sums.dtype), d.to(sums.dtype)
        gate_weights, candidate_weights = v[: 2 * size].t(), v[2 * size :].t()
        states = sums.new_empty(length + 1, rows, size)
        states[0] = start
        gates = sums.new_empty(length, rows, 2 * size)
        memory, candidate = states.new_empty(2, length, rows, size)
        for t in range(length):
            torch.addmm(sums[t, :, : 2 * size], states[t], gate_weights, out=gates[t])
            gates[t].sigmoid_()
            reset, update = gates[t].split(size, 1)
            torch.addmm(d, states[t], candidate_weights, out=memory[t])
            torch.addcmul(sums[t, :, 2 * size :], reset, memory[t], out=candidate[t])
            candidate[t].tanh_()
            torch.lerp(candidate[t], states[t], update, out=states[t + 1])
        ctx.save_for_backward(v, states)
        # Plain attributes, as they are neither inputs nor outputs; freed with the graph.
        ctx.steps = (gates, memory, candidate)
        return states[1:]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        v, states = ctx.saved_tensors
        factors, update = _local_factors(states, *ctx.steps)
        length, rows, _, size = factors.shape
        d_state = torch.zeros_like(states[0])
        for t in reversed(range(length)):
            d_state += gradient[t]
            factors[t] *= d_state[:, None]
            d_state *= update[t]
            # The sums of r and u and the memory depend on the state before.
            d_state.addmm_(factors[t, :, :3].reshape(rows, 3 * size), v)
        local = factors.flatten(0, 1)
        of_states = local[:, :3].reshape(-1, 3 * size)
        d_v = of_states.t() @ states[:-1].flatten(0, 1)
        d_sums = torch.cat([factors[:, :, :2], factors[:, :, 3:]], 2).flatten(2)
        return d_sums, d_state, d_v.to(ctx.dtype), local[:, 2].sum(0, dtype=ctx.dtype)


def _local_factors(
    states: Tensor, gates: Tensor, memory: Tensor, candidate: Tensor
) -> tuple[Tensor, Tensor]:
    """By what a step's gradient of its state is to be multiplied, for all steps at once.

    Returns:
        Factors for the gradients of the sums of r and u, of the memory and of the sum of c,
        `length x n x 4 x size`; and u, by which the gradient passes to the state before.
    """
    reset, update = gates.chunk(2, 2)
    factors = gates.new_empty(*candidate.shape[:2], 4, candidate.shape[2])
    of_candidate = (1 - update) * (1 - candidate.square())
    factors[:, :, 3] = of_candidate
    torch.mul(of_candidate, reset, out=factors[:, :, 2])
    torch.mul(factors[:, :, 2] * (1 - reset), memory, out=factors[:, :, 0])
    torch.mul((states[:-1] - candidate) * update, 1 - update, out=factors[:, :, 1])
    return factors, update
