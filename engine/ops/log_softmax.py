"""The logarithm of softmax in one step: what training runs where a drawing shows the parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.ops.reductions import fold
from engine.rules import check_dim
from engine.tensor import constant


def _forward(x: Array, dim: int) -> Any:
    largest = np.max(x, axis=dim, keepdims=True, initial=-np.inf)
    shifted = x - np.where(np.isfinite(largest), largest, 0.0)  # so that −∞ − (−∞) does not spoil the rest
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=dim, keepdims=True))


def _back(g: Array, out: Array, x: Array, dim: int) -> Any:
    return g - np.exp(out) * np.add.reduce(g, axis=dim, keepdims=True)


def _cell(index: tuple[int, ...], x: Cells, dim: int) -> Any:
    """The cell less the logarithm of the sum of the exponentials of its row, all less the largest."""
    row = [x[(*index[:dim], k, *index[dim + 1 :])] for k in range(x.shape[dim])]
    largest = constant(max(s.data for s in row))
    shifted = [s - largest for s in row]
    total = fold("add", [apply(OPS["exp"], (s,), {}) for s in shifted], 0.0)
    return shifted[index[dim]] - apply(OPS["log"], (total,), {})


def _draw(draw: Draw) -> Example:
    shape = draw.shape(1, empty=False)
    return example(draw.array(shape), dim=draw.integer(-len(shape), len(shape) - 1))


log_softmax = Op(
    name="log_softmax",
    method="-",
    symbol="log softmax",
    expression="log_softmax(<x>)",
    bind=lambda x, dim=-1: ((x,), {"dim": dim}),
    prepare=lambda x, dim=-1: {"dim": check_dim("log_softmax", dim, np.ndim(x))},
    forward=_forward,
    vjps=(_back,),
    formula=r"<x> - \ln \sum_{\text{dim } <dim>} e^{<x>}",
    backward=(r"<g> - e^{<out>} \textstyle\sum <g>",),
    says="Take the logarithms of the softmax shares of <x> along dim <dim>.",
    says_backward=("Each score gets its own gradient, less its share of all the gradients together.",),
    cell=_cell,
    draw=_draw,
    peer="torch.log_softmax",
    examples=(
        example([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]], dim=-1),
        example([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]], dim=0),
        example([0.0, 1000.0, 999.0], dim=0),
    ),
)
