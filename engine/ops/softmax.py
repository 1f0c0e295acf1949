"""The softmax in one op: what training runs where a drawing shows exponentials, sum and quotient apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.ops.reductions import fold
from engine.rules import check_dim
from engine.tensor import constant

SAFE = 40.0  # exp() of this, added up, is far from overflowing


def shares(x: Array, dim: int, out: Any = None) -> Any:
    """softmax(x) along `dim`, written to `out` if given; `out` may be `x` itself.

    Less one maximum for the whole array, and only if it is large; row by row only if a row lies far below.
    """
    largest = x.max(initial=-math.inf)
    if math.isfinite(largest) and (out is not x or x.min() > largest - 600.0):
        e = np.exp(x if abs(largest) < SAFE else x - largest, out=out)
        total = row_sums(e, dim)
        if total.min() > np.finfo(x.dtype).tiny ** 0.8:  # below, it has lost digits, or everything
            e *= 1.0 / total
            return e
    largest = np.max(x, axis=dim, keepdims=True, initial=-np.inf)
    e = np.exp(x - np.where(np.isfinite(largest), largest, 0.0), out=out)
    e /= np.add.reduce(e, axis=dim, keepdims=True)
    return e


def row_sums(x: Array, dim: int) -> Any:
    """Sums along `dim`, which stays with length 1; along the last one einsum is the faster way."""
    if dim in (-1, x.ndim - 1):
        return np.einsum("...i->...", x)[..., None]
    return np.add.reduce(x, axis=dim, keepdims=True)


def row_products(a: Array, b: Array, dim: int) -> Any:
    """The sums of the products along `dim`."""
    if dim in (-1, a.ndim - 1):
        return np.einsum("...i,...i->...", a, b)[..., None]
    return np.add.reduce(a * b, axis=dim, keepdims=True)


def shares_back(g: Array, out: Array, dim: int) -> Any:
    """Each score gets its share times how far its gradient lies above the average one."""
    sent = g - row_products(g, out, dim)
    sent *= out
    return sent


def _cell(index: tuple[int, ...], x: Cells, dim: int) -> Any:
    """The exponential of the cell over the sum of those of its row, all less the largest."""
    row = [x[(*index[:dim], k, *index[dim + 1 :])] for k in range(x.shape[dim])] if x.shape else [x[()]]
    largest = constant(max(s.data for s in row))
    powers = [apply(OPS["exp"], (s - largest,), {}) for s in row]
    return powers[index[dim] if x.shape else 0] / fold("add", powers, 0.0)


def _draw(draw: Draw) -> Example:
    shape = draw.shape(1, empty=False)
    return example(draw.array(shape), dim=draw.integer(-len(shape), len(shape) - 1))


softmax = Op(
    name="softmax",
    method="-",
    symbol="softmax",
    expression="softmax(<x>)",
    bind=lambda x, dim=-1: ((x,), {"dim": dim}),
    prepare=lambda x, dim=-1: {"dim": check_dim("softmax", dim, max(1, np.ndim(x)))},
    forward=lambda x, dim: shares(x, dim) if np.ndim(x) else shares(np.reshape(x, 1), 0)[0],
    vjps=(lambda g, out, x, dim: shares_back(g, out, dim) if np.ndim(x) else 0.0 * g,),
    formula=r"\frac{e^{<x>}}{\sum_{\text{dim } <dim>} e^{<x>}}",
    backward=(r"<out> \cdot \left( <g> - \textstyle\sum <g> \cdot <out> \right)",),
    says="Turn the scores <x> into positive shares that add up to 1 along dim <dim>.",
    says_backward=(
        "The shares depend on each other: each score gets its share times how far its own gradient lies "
        "above the average gradient.",
    ),
    cell=_cell,
    draw=_draw,
    peer="torch.softmax",
    examples=(
        example([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]], dim=-1),
        example([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]], dim=0),
        example([0.0, 800.0, 1.0], dim=0),
    ),
)
