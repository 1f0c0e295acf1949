"""PyTorch's own modules with our weights, and the comparison of outputs and of every gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from engine import Tensor, watch
from engine.nn import GRU, LSTM, AddNorm, Attention, FeedForward, LayerNorm, SimpleRNN, TransformerBlock
from engine.nn.decoder import DecoderBlock
from engine.nn.recurrent import Gate

torch.set_num_threads(1)
EXACT = 1e-9
Pair = tuple[Tensor, Callable[[], Any]]  # one of our weights, and PyTorch's gradient of it in our layout


def random(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-2.0, 2.0, shape)


def both_ways(drawn: bool) -> Any:
    """Blocks compute in other, larger ops where nothing is drawn: every comparison is made both ways."""
    return watch() if drawn else nullcontext()


def leaf(array: Any) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def set_to(parameter: Any, value: Any) -> None:
    with torch.no_grad():
        parameter.copy_(torch.tensor(np.asarray(value)))


def close(ours: Any, theirs: Any, what: str, scale: float | None = None) -> None:
    """Equal to 1e-9 of the largest number."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, PyTorch's {theirs.shape}"
    size = max(float(np.max(np.abs(theirs), initial=0.0)), scale or 0.0)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=EXACT * max(size, 1e-3), err_msg=what)


def compare(out: Tensor, expected: torch.Tensor, pairs: Iterable[Pair], seed: int = 0) -> None:
    """The outputs, then the gradient of every pair for a random upstream gradient."""
    close(out.data, expected.detach().numpy(), "output")
    upstream = random(*out.shape, seed=seed + 1)
    out.backward(upstream if out.shape else float(upstream))
    expected.backward(torch.tensor(upstream))
    for k, (tensor, theirs) in enumerate(pairs):
        gradient = theirs()
        ours = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad
        close(ours, gradient, f"gradient {k} ({tensor.name}, {tensor.shape})", 1.0)


def gradient_of(parameter: Any, turned: bool = False, rows: slice = slice(None)) -> Callable[[], Any]:
    def get() -> Any:
        grad = parameter.grad[rows]
        return (grad.T if turned else grad).numpy()

    return get


def pair(
    tensor: Tensor | None, parameter: Any, turned: bool = False, rows: slice = slice(None)
) -> list[Pair]:
    """Copy our weight into (rows of) PyTorch's; where we have none, there is nothing to compare."""
    if tensor is None:
        return []
    with torch.no_grad():
        parameter[rows] = torch.tensor(tensor.data.T if turned else tensor.data)
    return [(tensor, gradient_of(parameter, turned, rows))]


def inputs(tensor: Tensor, parameter: torch.Tensor) -> Pair:
    return tensor, gradient_of(parameter)


def linear_pairs(W: Tensor, b: Tensor | None, linear: Any) -> list[Pair]:
    return pair(W, linear.weight, turned=True) + pair(b, linear.bias)


def feed_forward_pairs(block: FeedForward, first: Any, second: Any) -> list[Pair]:
    return linear_pairs(block.W1, block.b1, first) + linear_pairs(block.W2, block.b2, second)


def rnn_pairs(cell: SimpleRNN, rnn: Any) -> list[Pair]:
    found = pair(cell.V, rnn.weight_ih_l0, turned=True) + pair(cell.U, rnn.weight_hh_l0, turned=True)
    if cell.b is not None:
        set_to(rnn.bias_hh_l0, np.zeros(cell.hidden_size))
        found += pair(cell.b, rnn.bias_ih_l0)
    return found


def gate_pairs(gate: Gate, rnn: Any, rows: slice) -> list[Pair]:
    found = pair(gate.W, rnn.weight_ih_l0, True, rows) + pair(gate.U, rnn.weight_hh_l0, True, rows)
    if gate.b is not None:
        with torch.no_grad():
            rnn.bias_hh_l0[rows] = 0.0
        found += pair(gate.b, rnn.bias_ih_l0, rows=rows)
    return found


def lstm_pairs(cell: LSTM, rnn: Any) -> list[Pair]:
    found: list[Pair] = []
    gates = (cell.input_gate, cell.forget_gate, cell.candidate, cell.output_gate)  # PyTorch's order
    for k, gate in enumerate(gates):
        found += gate_pairs(gate, rnn, slice(k * cell.hidden_size, (k + 1) * cell.hidden_size))
    return found


def gru_pairs(cell: GRU, rnn: Any) -> list[Pair]:
    h = cell.hidden_size
    found = gate_pairs(cell.reset_gate, rnn, slice(0, h)) + gate_pairs(cell.update_gate, rnn, slice(h, 2 * h))
    rows = slice(2 * h, 3 * h)
    found += pair(cell.W, rnn.weight_ih_l0, True, rows) + pair(cell.U, rnn.weight_hh_l0, True, rows)
    if cell.b is not None:
        found += pair(cell.b, rnn.bias_ih_l0, rows=rows) + pair(cell.d, rnn.bias_hh_l0, rows=rows)
    return found


def attention_pairs(block: Attention, mha: Any) -> list[Pair]:
    d = block.embed_dim
    found: list[Pair] = []
    for k, (W, b) in enumerate(((block.W_q, block.b_q), (block.W_k, block.b_k), (block.W_v, block.b_v))):
        rows = slice(k * d, (k + 1) * d)
        found += pair(W, mha.in_proj_weight, True, rows) + pair(b, mha.in_proj_bias, rows=rows)
    return found + linear_pairs(block.W_o, block.b_o, mha.out_proj)


def norm_pairs(block: LayerNorm, norm: Any) -> list[Pair]:
    return pair(block.gamma, norm.weight) + pair(block.beta, norm.bias)


def random_norms(*blocks: Any, seed: int = 0) -> None:
    """Norms that begin as 1 and 0 would hide mistakes."""
    draw = np.random.default_rng(seed)
    for block in blocks:
        if isinstance(block, LayerNorm):
            block.gamma.data = draw.uniform(0.5, 1.5, block.gamma.shape)
            block.beta.data = draw.uniform(-0.5, 0.5, block.beta.shape)
        random_norms(*(part for _, part in block.children()), seed=seed + 1)


def block_pairs(block: TransformerBlock, layer: Any) -> list[Pair]:
    attention, feed_forward = block.attention, block.feed_forward
    return (
        attention_pairs(part(attention, Attention), layer.self_attn)
        + feed_forward_pairs(part(feed_forward, FeedForward), layer.linear1, layer.linear2)
        + norm_pairs(attention.norm, layer.norm1)
        + norm_pairs(feed_forward.norm, layer.norm2)
    )


def decoder_pairs(block: DecoderBlock, layer: Any) -> list[Pair]:
    return (
        attention_pairs(part(block.attention, Attention), layer.self_attn)
        + attention_pairs(part(block.look_back, Attention), layer.multihead_attn)
        + feed_forward_pairs(part(block.feed_forward, FeedForward), layer.linear1, layer.linear2)
        + norm_pairs(block.attention.norm, layer.norm1)
        + norm_pairs(block.look_back.norm, layer.norm2)
        + norm_pairs(block.feed_forward.norm, layer.norm3)
    )


def part(block: AddNorm, kind: type) -> Any:
    assert isinstance(block.f, kind)
    return block.f
