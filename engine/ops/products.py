"""The matrix product, in all the shapes that PyTorch knows."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from engine.op import Array, Cells, Draw, Example, Op, example
from engine.ops.reductions import fold
from engine.rules import overflow_of


def _check(x: Array, y: Array) -> dict[str, Any]:
    shape, other = np.shape(x), np.shape(y)
    if not shape or not other:
        who = "x" if not shape else "y"
        raise ValueError(f"matmul: {who} is a single number; use * to multiply by a number")
    rows = other[0] if len(other) == 1 else other[-2]
    if shape[-1] != rows:
        left = f"x has {shape[-1]} {'columns' if len(shape) > 1 else 'entries'}"
        right = f"y has {rows} {'rows' if len(other) > 1 else 'entries'}"
        raise ValueError(f"matmul: {left} but {right}; transpose y, or check the layer sizes")
    return {}


def _swap(x: Array) -> Any:
    return x.swapaxes(-1, -2)


def _to_left(g: Array, out: Array, x: Array, y: Array) -> Any:
    """G Yᵀ; a vector on either side is seen as a row on the left, as a column on the right."""
    if y.ndim == 1:
        return np.multiply.outer(g, y) if x.ndim > 1 else g * y
    if x.ndim == 1:
        return (g[..., None, :] @ _swap(y))[..., 0, :]
    return g @ _swap(y)


def _to_right(g: Array, out: Array, x: Array, y: Array) -> Any:
    """XᵀG; with one matrix for a whole batch, it is one long product instead of a sum of small ones."""
    if x.ndim == 1:
        if y.ndim == 1:
            return g * x
        return x[:, None] * g[..., None, :]
    if y.ndim == 1:
        return np.tensordot(g, x, axes=g.ndim)
    if y.ndim == 2 and x.ndim > 2:
        rows = math.prod(x.shape[:-1])
        return x.reshape(rows, x.shape[-1]).T @ g.reshape(rows, g.shape[-1])
    return _swap(x) @ g


def _cell(index: tuple[int, ...], x: Cells, y: Cells) -> Any:
    """A row of x times a column of y: the products, added up."""
    place = list(index)
    columns = (place.pop(),) if len(y.shape) > 1 else ()
    rows = (place.pop(),) if len(x.shape) > 1 else ()
    batch = tuple(place)

    def own(cells: Cells, *last: int) -> Any:
        outer = cells.shape[: len(cells.shape) - len(last)]
        mine = batch[len(batch) - len(outer) :]
        return cells[(*(0 if n == 1 else i for i, n in zip(mine, outer, strict=True)), *last)]

    terms = [own(x, *rows, k) * own(y, k, *columns) for k in range(x.shape[-1])]
    return fold("add", terms, 0.0)


def _draw(draw: Draw) -> Example:
    batch, other = draw.shapes(2)
    n, k, m = (draw.integer(0, 3) for _ in range(3))
    left = draw.choice((k,), (n, k), (*batch, n, k))
    right = draw.choice((k,), (k, m), (*other, k, m))
    return example(draw.array(left), draw.array(right))


matmul = Op(
    name="matmul",
    method="__matmul__",
    symbol="matmul",
    expression="<x>·<y>",
    prepare=_check,
    forward=operator.matmul,
    vjps=(_to_left, _to_right),
    formula="<x> \\, <y>",
    backward=(r"<g> \, <y>^{\top}", r"<x>^{\top} \, <g>"),
    says="Multiply <x> with <y>: every row of <x> meets every column of <y>, and their products add up.",
    says_of_vectors=(
        "Take the dot product of <x> and <y>: multiply the numbers that stand at the same place, and add up."
    ),
    says_backward=(
        "<x> gets the gradient times <y> transposed: each cell of <x> adds up all that it took part in.",
        "<y> gets <x> transposed times the gradient: each cell of <y> adds up all that it took part in.",
    ),
    cell=_cell,
    note=overflow_of(operator.matmul),
    draw=_draw,
    examples=(
        example([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[1.0, -1.0], [0.5, 2.0], [3.0, 0.0]]),
        example([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
        example([1.0, 2.0], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        example([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, -1.0, 2.0]),
        example(np.arange(12.0).reshape(2, 3, 2), [[1.0, 2.0], [3.0, 4.0]]),
        example(np.arange(12.0).reshape(2, 3, 2), [1.0, 2.0]),
        example([1.0, 2.0, 3.0], np.arange(12.0).reshape(2, 3, 2)),
        example(np.arange(12.0).reshape(2, 1, 3, 2), np.arange(12.0).reshape(3, 2, 2)),
    ),
)
