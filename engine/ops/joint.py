"""Several steps in one: what training runs where a drawing shows the steps apart.

`standardize` gives what the middle of `layer_norm` gives, and `affine` what `x @ W + b` gives, with fewer
arrays on the way. Tests hold both equal.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.ops.reductions import fold
from engine.ops.softmax import row_products

MATRIX = [[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]]


def _rows(x: Array, dims: int) -> Any:
    """The last `dims` dims as one."""
    kept = x.ndim - dims
    return x.reshape(*x.shape[:kept], math.prod(x.shape[kept:]))


def _standardize(x: Array, dims: int, eps: float) -> Any:
    """Every row less its mean, over the root of its biased variance plus eps."""
    rows = _rows(x, dims)
    n = rows.shape[-1]
    out = rows - np.add.reduce(rows, axis=-1, keepdims=True) / n
    out *= 1.0 / np.sqrt(row_products(out, out, -1) / n + eps)
    return out.reshape(x.shape)


def _standardize_back(g: Array, out: Array, x: Array, dims: int, eps: float) -> Any:
    """Less its mean, and less what would only stretch the row: neither moves the result."""
    upstream, rows = _rows(g, dims), _rows(out, dims)
    n = rows.shape[-1]
    share = (
        row_products(_rows(x, dims), rows, -1) / n
    )  # (σ² − ε) / σ, so the deviation σ need not be found again
    deviation = 0.5 * (share + np.sqrt(share * share + 4.0 * eps))
    sent = rows * (row_products(upstream, rows, -1) / -n)
    sent += upstream
    sent -= np.add.reduce(upstream, axis=-1, keepdims=True) / n
    sent *= 1.0 / deviation
    return sent.reshape(x.shape)


def _prepare_standardize(x: Array, dims: int = 1, eps: float = 1e-5) -> dict[str, Any]:
    if not 1 <= dims <= np.ndim(x):
        raise ValueError(f"standardize: x of shape {np.shape(x)} does not have {dims} dims; take 1 or more")
    return {"dims": dims, "eps": eps}


def _standardize_cell(index: tuple[int, ...], x: Cells, dims: int, eps: float) -> Any:
    """The cell less the mean of its row, over the root of the mean square of such differences."""
    places = [(*index[: len(index) - dims], *own) for own in np.ndindex(*x.shape[len(index) - dims :])]
    n = float(len(places))
    mean = fold("add", [x[place] for place in places], 0.0) / n
    centred = [x[place] - mean for place in places]
    variance = fold("add", [c * c for c in centred], 0.0) / n
    return centred[places.index(index)] / apply(OPS["sqrt"], (variance + eps,), {})


def _draw_standardize(draw: Draw) -> Example:
    shape = (*draw.shape(most=2, empty=False), draw.integer(3, 6))
    return example(draw.array(shape), dims=draw.integer(1, len(shape)), eps=draw.choice(1e-5, 0.1))


standardize = Op(
    name="standardize",
    method="-",
    symbol="0 ± 1",
    expression="standardize(<x>)",
    bind=lambda x, dims=1, eps=1e-5: ((x,), {"dims": dims, "eps": eps}),
    prepare=_prepare_standardize,
    forward=_standardize,
    vjps=(_standardize_back,),
    formula=r"\frac{<x> - \overline{<x>}}{\sqrt{\operatorname{var}(<x>) + <eps>}}",
    backward=(
        r"\frac{1}{\sqrt{\operatorname{var}(<x>) + <eps>}} "
        r"\left( <g> - \overline{<g>} - <out> \cdot \overline{<g> \cdot <out>} \right)",
    ),
    says="Shift and scale each row of <x>, its last <dims> dims, to mean 0 and variance 1.",
    says_backward=(
        "Each number of a row moves the mean and the variance of all: what would only shift or stretch the "
        "whole row has no effect, so it is taken out of the gradient.",
    ),
    cell=_standardize_cell,
    draw=_draw_standardize,
    domain=(-3.0, 3.0),
    peer=lambda torch, x, dims, eps: torch.nn.functional.layer_norm(x, x.shape[x.ndim - dims :], eps=eps),
    examples=(example([1.0, 2.0, 4.0]), example(MATRIX), example(MATRIX, dims=2, eps=0.1)),
)


def _flat(x: Array) -> Any:
    """All dims but the last as one: a batch is then one long matrix product."""
    return x.reshape(-1, x.shape[-1])


def _affine(x: Array, weight: Array, bias: Array) -> Any:
    out = _flat(x) @ weight
    out += bias
    return out.reshape(*x.shape[:-1], weight.shape[1])


def _affine_to_x(g: Array, out: Array, x: Array, weight: Array, bias: Array) -> Any:
    return (_flat(g) @ weight.T).reshape(x.shape)


def _prepare_affine(x: Array, weight: Array, bias: Array) -> dict[str, Any]:
    shape, own = np.shape(x), np.shape(weight)
    if len(own) != 2 or np.shape(bias) != own[1:]:
        raise ValueError(
            f"affine: the weights have shape {own} and the bias {np.shape(bias)}; they need (d, k) and (k,)"
        )
    if shape[-1:] != own[:1]:
        raise ValueError(
            f"affine: x of shape {shape} needs {own[0]} features in its last dim, one a row of W"
        )
    return {}


def _affine_cell(index: tuple[int, ...], x: Cells, weight: Cells, bias: Cells) -> Any:
    products = [x[(*index[:-1], k)] * weight[k, index[-1]] for k in range(weight.shape[0])]
    return fold("add", products, 0.0) + bias[index[-1]]


def _draw_affine(draw: Draw) -> Example:
    inputs, outputs = draw.integer(1, 4), draw.integer(1, 4)
    shape = (*draw.shape(most=2, empty=False), inputs)
    return example(draw.array(shape), draw.array((inputs, outputs)), draw.array((outputs,)))


affine = Op(
    name="affine",
    method="-",
    symbol="@ +",
    expression="<x>·<y> + <z>",
    prepare=_prepare_affine,
    forward=_affine,
    vjps=(
        _affine_to_x,
        lambda g, out, x, weight, bias: _flat(x).T @ _flat(g),
        lambda g, out, x, weight, bias: np.ones(g.size // len(bias), g.dtype) @ _flat(g),
    ),
    formula=r"<x> \, <y> + <z>",
    backward=(r"<g> \, <y>^{\top}", r"<x>^{\top} \, <g>", r"\textstyle\sum <g>"),
    says="Multiply <x> by the weights <y> and add the bias <z>.",
    says_backward=(
        "<x> gets the gradient times <y> transposed.",
        "<y> gets <x> transposed times the gradient.",
        "<z> was added to every row, so it gets the sum of their gradients.",
    ),
    cell=_affine_cell,
    draw=_draw_affine,
    peer=lambda torch, x, weight, bias: torch.nn.functional.linear(x, weight.T, bias),
    examples=(
        example([1.0, 2.0], [[1.0, 2.0], [-1.0, 1.0]], [0.0, -1.0]),
        example(MATRIX, [[1.0, -1.0], [0.5, 2.0], [3.0, 0.0]], [1.0, -1.0]),
    ),
)
