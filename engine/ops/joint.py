"""Several steps in one: what training runs where a drawing shows the steps apart.

`softmax`, `standardize` and `affine` give what `engine.functional.softmax`, the middle of `layer_norm` and
`x @ W + b` give, with fewer arrays on the way. Tests hold both equal.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.ops.reductions import fold
from engine.rules import check_dim
from engine.tensor import constant

MATRIX = [[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]]
FAINT = 1e-250  # a sum of exponentials below this has lost digits, or everything


def _softmax(x: Array, dim: int) -> Any:
    """One maximum for the whole array keeps exp() from overflowing, unless a row lies far below the rest."""
    x = np.asarray(x)
    if x.size:
        largest = x.max()
        if math.isfinite(largest):
            e = np.subtract(x, largest)
            np.exp(e, out=e)
            total = np.add.reduce(e, axis=dim, keepdims=True)
            if total.min() > FAINT:
                e /= total
                return e
    largest = np.max(x, axis=dim, keepdims=True, initial=-np.inf)
    e = np.exp(x - np.where(np.isfinite(largest), largest, 0.0))
    return e / np.add.reduce(e, axis=dim, keepdims=True)


def _softmax_back(g: Array, out: Array, x: Array, dim: int) -> Any:
    sent = np.multiply(g, out)
    sent -= out * np.add.reduce(sent, axis=dim, keepdims=True)
    return sent


def _softmax_cell(index: tuple[int, ...], x: Cells, dim: int) -> Any:
    """The exponential of the cell over the sum of those of its row, all less the largest."""
    row = [x[(*index[:dim], k, *index[dim + 1 :])] for k in range(x.shape[dim])] if x.shape else [x[()]]
    largest = constant(max(s.data for s in row))
    powers = [apply(OPS["exp"], (s - largest,), {}) for s in row]
    return powers[index[dim] if x.shape else 0] / fold("add", powers, 0.0)


def _draw_softmax(draw: Draw) -> Example:
    shape = draw.shape(1, empty=False)
    return example(draw.array(shape), dim=draw.integer(-len(shape), len(shape) - 1))


softmax = Op(
    name="softmax",
    method="-",
    symbol="softmax",
    expression="softmax(<x>)",
    bind=lambda x, dim=-1: ((x,), {"dim": dim}),
    prepare=lambda x, dim=-1: {"dim": check_dim("softmax", dim, max(1, np.ndim(x)))},
    forward=lambda x, dim: _softmax(x, dim) if np.ndim(x) else _softmax(np.reshape(x, 1), 0)[0],
    vjps=(lambda g, out, x, dim: _softmax_back(g, out, x, dim) if np.ndim(x) else 0.0 * g,),
    formula=r"\frac{e^{<x>}}{\sum_{\text{dim } <dim>} e^{<x>}}",
    backward=(r"<out> \cdot \left( <g> - \textstyle\sum <g> \cdot <out> \right)",),
    says="Turn the scores <x> into positive shares that add up to 1 along dim <dim>.",
    says_backward=(
        "The shares depend on each other: each score gets its share times how far its own gradient lies "
        "above the average gradient.",
    ),
    cell=_softmax_cell,
    draw=_draw_softmax,
    peer="torch.softmax",
    examples=(example(MATRIX, dim=-1), example(MATRIX, dim=0), example([0.0, 800.0, 1.0], dim=0)),
)


def _rows(x: Array, dims: int) -> Any:
    """The last `dims` dims as one."""
    kept = x.ndim - dims
    return x.reshape(*x.shape[:kept], math.prod(x.shape[kept:]))


def _centred(x: Array, dims: int, eps: float) -> tuple[Any, Any]:
    """Every row less its mean, as a new array, and the root of its biased variance plus eps."""
    rows = _rows(x, dims)
    n = rows.shape[-1]
    centred = rows - np.add.reduce(rows, axis=-1, keepdims=True) / n
    return centred, np.sqrt(_dots(centred, centred) / n + eps)


def _dots(a: Array, b: Array) -> Any:
    """The product of each row of `a` with that of `b`."""
    return np.einsum("...i,...i->...", a, b)[..., None]


def _standardize(x: Array, dims: int, eps: float) -> Any:
    centred, deviation = _centred(x, dims, eps)
    centred /= deviation
    return centred.reshape(x.shape)


def _standardize_back(g: Array, out: Array, x: Array, dims: int, eps: float) -> Any:
    """Less its mean, and less what would only stretch the row: neither moves the result."""
    sent, deviation = _centred(x, dims, eps)
    upstream, rows = _rows(g, dims), _rows(out, dims)
    n = rows.shape[-1]
    np.multiply(rows, _dots(upstream, rows) / -n, out=sent)
    sent += upstream
    sent -= np.add.reduce(upstream, axis=-1, keepdims=True) / n
    sent /= deviation
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
    across = np.ascontiguousarray(weight.T)  # a small copy, and the product takes half the time
    return (_flat(g) @ across).reshape(x.shape)


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
        lambda g, out, x, weight, bias: g,
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
