"""Shapes: the same cells in another arrangement. No number changes, so every gradient goes home unchanged."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.op import Array, Cells, Draw, Example, Op, example
from engine.rules import check_dim, check_dims

MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
CUBE = np.arange(24.0).reshape(2, 3, 4)


def rearrangement(
    *, name: str, forward: Callable[..., Array], home: Callable[..., Array] | None, **parts: Any
) -> Op:
    """An op that only moves or repeats cells; `home(g, x, **params)` takes the gradient back, if it may."""

    def cell(index: tuple[int, ...], x: Cells, **params: Any) -> Any:
        places = np.arange(math.prod(x.shape)).reshape(x.shape)
        return x.flat(np.asarray(forward(places, **params))[index])

    return Op(
        name=name,
        forward=forward,
        vjps=(None if home is None else lambda g, out, x, **params: home(g, x, **params),),
        cell=cell,
        **parts,
    )


def numbers(op: str, given: Sequence[Any]) -> tuple[int, ...]:
    """The whole numbers of a call such as `reshape(2, 3)` or `reshape((2, 3))`."""
    if len(given) == 1 and not isinstance(given[0], int | np.integer):
        given = given[0]
    try:
        return tuple(operator.index(n) for n in given)
    except TypeError:
        raise ValueError(f"{op}: it takes whole numbers, but {given!r} came; write {op}(2, 3)") from None


def own_shape(g: Array, x: Array, **_: Any) -> Any:
    """The gradient in the shape of `x`."""
    return np.reshape(g, np.shape(x))


def _full_shape(x: Array, shape: Any) -> dict[str, Any]:
    """The shape with -1 worked out."""
    shape = tuple(shape)
    size = math.prod(np.shape(x))
    if shape.count(-1) > 1:
        raise ValueError(f"reshape: {shape} leaves two lengths open; at most one may be -1")
    if -1 in shape:
        rest = math.prod(n for n in shape if n != -1)
        if rest and size % rest == 0:
            shape = tuple(size // rest if n == -1 else n for n in shape)
    if -1 in shape or math.prod(shape) != size:
        raise ValueError(
            f"reshape: x has shape {np.shape(x)}, that is {size} cells, which do not fill the shape {shape}; "
            "the lengths must multiply to the number of cells"
        )
    return {"shape": shape}


def _draw_reshape(draw: Draw) -> Example:
    shape = draw.shape(empty=False)
    size = math.prod(shape)
    divisor = draw.choice(*[n for n in range(1, size + 1) if size % n == 0])
    return example(draw.array(shape), shape=draw.choice((-1,), (divisor, -1), (size // divisor, 1, divisor)))


reshape = rearrangement(
    name="reshape",
    symbol="reshape",
    expression="reshape(<x>)",
    bind=lambda x, *shape: ((x,), {"shape": numbers("reshape", shape)}),
    prepare=_full_shape,
    forward=lambda x, shape: np.reshape(x, shape),
    home=own_shape,
    formula=r"\operatorname{reshape}(<x>)",
    backward=(r"\operatorname{reshape}(<g>)",),
    says="Put the cells of <x> into the shape (<shape>), in reading order.",
    says_backward=("No number changed, only the shape: the gradient goes back into the shape of <x>.",),
    draw=_draw_reshape,
    peer="torch.reshape",
    examples=(example(MATRIX, shape=(3, 2)), example(MATRIX, shape=(-1,)), example(2.0, shape=(1, 1))),
)


def _span(x: Array, start_dim: int = 0, end_dim: int = -1) -> dict[str, Any]:
    if np.ndim(x) == 0:
        return {"start_dim": 0, "end_dim": 0}
    start, end = (check_dim("flatten", d, np.ndim(x)) for d in (start_dim, end_dim))
    if start > end:
        raise ValueError(f"flatten: start_dim {start} comes after end_dim {end}; swap them")
    return {"start_dim": start, "end_dim": end}


def _flatten(x: Array, start_dim: int, end_dim: int) -> Any:
    shape = np.shape(x)
    return np.reshape(
        x, (*shape[:start_dim], math.prod(shape[start_dim : end_dim + 1]), *shape[end_dim + 1 :])
    )


def _draw_flatten(draw: Draw) -> Example:
    shape = draw.shape(1)
    start = draw.integer(0, len(shape) - 1)
    return example(draw.array(shape), start_dim=start, end_dim=draw.integer(start, len(shape) - 1))


flatten = rearrangement(
    name="flatten",
    symbol="flatten",
    expression="flatten(<x>)",
    bind=lambda x, start_dim=0, end_dim=-1: ((x,), {"start_dim": start_dim, "end_dim": end_dim}),
    prepare=_span,
    forward=_flatten,
    home=own_shape,
    formula=r"\operatorname{flatten}(<x>)",
    backward=(r"\operatorname{reshape}(<g>)",),
    says="Lay the cells of <x> out in one row, from dim <start_dim> to dim <end_dim>.",
    says_backward=("No number changed, only the shape: the gradient goes back into the shape of <x>.",),
    draw=_draw_flatten,
    examples=(example(MATRIX), example(CUBE, start_dim=1)),
)

transpose = rearrangement(
    name="transpose",
    symbol="ᵀ",
    expression="<x>ᵀ",
    bind=lambda x, dim0, dim1: ((x,), {"dim0": dim0, "dim1": dim1}),
    prepare=lambda x, dim0, dim1: {
        "dim0": check_dim("transpose", dim0, np.ndim(x)),
        "dim1": check_dim("transpose", dim1, np.ndim(x)),
    },
    forward=lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1),
    home=lambda g, x, dim0, dim1: np.swapaxes(g, dim0, dim1),
    formula=r"<x>^{\top}",
    backward=(r"<g>^{\top}",),
    says="Swap <dim0> and <dim1> of <x>.",
    says_backward=("No number changed, only its place: the gradient is swapped back.",),
    draw=lambda draw: _with_dims(draw, draw.shape(1), "dim0", "dim1"),
    examples=(example(MATRIX, dim0=0, dim1=1), example(CUBE, dim0=-1, dim1=0)),
)


def _with_dims(draw: Draw, shape: tuple[int, ...], *names: str) -> Example:
    n = len(shape)
    return example(draw.array(shape), **{name: draw.integer(-n, n - 1) for name in names})


def _order(x: Array, dims: Any) -> dict[str, Any]:
    n = np.ndim(x)
    full = tuple(check_dim("permute", d, n) for d in dims)
    if sorted(full) != list(range(n)):
        raise ValueError(f"permute: {tuple(dims)} is no order of the {n} dims of x; name each dim once")
    return {"dims": full}


def _draw_permute(draw: Draw) -> Example:
    shape = draw.shape()
    rest = list(range(len(shape)))
    dims = tuple(rest.pop(draw.integer(0, len(rest) - 1)) for _ in shape)
    return example(draw.array(shape), dims=dims)


permute = rearrangement(
    name="permute",
    symbol="permute",
    expression="permute(<x>)",
    bind=lambda x, *dims: ((x,), {"dims": numbers("permute", dims)}),
    prepare=_order,
    forward=lambda x, dims: np.transpose(x, dims),
    home=lambda g, x, dims: np.transpose(g, np.argsort(dims)) if dims else g,
    formula=r"\operatorname{permute}(<x>)",
    backward=(r"\operatorname{permute}^{-1}(<g>)",),
    says="Put the dims of <x> in the order <dims>.",
    says_backward=("No number changed, only its place: the gradient takes the way back.",),
    draw=_draw_permute,
    examples=(example(CUBE, dims=(2, 0, 1)), example(MATRIX, dims=(1, 0))),
)


def _ones(x: Array, dim: Any = None) -> dict[str, Any]:
    shape = np.shape(x)
    dims = check_dims("squeeze", dim, len(shape)).axes
    return {"dim": tuple(d for d in dims if shape[d] == 1)}


def _draw_squeeze(draw: Draw) -> Example:
    shape = tuple(draw.choice(1, n) for n in draw.shape(1))
    return example(draw.array(shape), dim=draw.choice(None, draw.integer(-len(shape), len(shape) - 1)))


squeeze = rearrangement(
    name="squeeze",
    symbol="squeeze",
    expression="squeeze(<x>)",
    bind=lambda x, dim=None: ((x,), {"dim": dim}),
    prepare=_ones,
    forward=lambda x, dim: np.squeeze(x, axis=dim),
    home=own_shape,
    formula=r"\operatorname{squeeze}(<x>)",
    backward=(r"\operatorname{reshape}(<g>)",),
    says="Drop the dims of <x> that have length 1.",
    says_backward=("No number changed, only the shape: the gradient goes back into the shape of <x>.",),
    draw=_draw_squeeze,
    examples=(example([[[1.0], [2.0]]]), example([[[1.0], [2.0]]], dim=0), example(MATRIX, dim=1)),
)

unsqueeze = rearrangement(
    name="unsqueeze",
    symbol="unsqueeze",
    expression="unsqueeze(<x>)",
    bind=lambda x, dim: ((x,), {"dim": dim}),
    prepare=lambda x, dim: {"dim": check_dim("unsqueeze", dim, np.ndim(x) + 1)},
    forward=lambda x, dim: np.expand_dims(x, dim),
    home=own_shape,
    formula=r"\operatorname{unsqueeze}(<x>)",
    backward=(r"\operatorname{reshape}(<g>)",),
    says="Give <x> a new dim <dim> of length 1.",
    says_backward=("No number changed, only the shape: the gradient goes back into the shape of <x>.",),
    draw=lambda draw: _with_new_dim(draw, draw.shape()),
    examples=(example(MATRIX, dim=0), example(MATRIX, dim=-1), example(2.0, dim=0)),
)


def _with_new_dim(draw: Draw, shape: tuple[int, ...]) -> Example:
    return example(draw.array(shape), dim=draw.integer(-len(shape) - 1, len(shape)))


def _stretched(x: Array, shape: Any) -> dict[str, Any]:
    own = np.shape(x)
    if len(shape) < len(own):
        raise ValueError(
            f"expand: x has shape {own} but only {len(shape)} lengths are given; give one for each dim"
        )
    own = (1,) * (len(shape) - len(own)) + own
    full = tuple(old if n == -1 else n for n, old in zip(shape, own, strict=True))
    if any(old not in (1, n) for n, old in zip(full, own, strict=True)):
        raise ValueError(
            f"expand: x has shape {np.shape(x)}, which does not stretch to {full}; only dims of "
            f"length 1 can be stretched"
        )
    return {"shape": full}


def _draw_expand(draw: Draw) -> Example:
    shape = draw.shape(1)
    kept = tuple(draw.choice(1, n) for n in shape)
    return example(draw.array(kept[draw.integer(0, len(kept)) :]), shape=shape)


expand = rearrangement(
    name="expand",
    symbol="expand",
    expression="expand(<x>)",
    bind=lambda x, *shape: ((x,), {"shape": numbers("expand", shape)}),
    prepare=_stretched,
    forward=lambda x, shape: np.broadcast_to(x, shape),
    home=lambda g, x, shape: g,
    formula=r"\operatorname{expand}(<x>)",
    backward=(r"\textstyle\sum_{\text{copies}} <g>",),
    says="Repeat <x> until it has the shape (<shape>).",
    says_backward=(
        "Every cell of <x> was used several times: it gets the sum of the gradients of its copies.",
    ),
    draw=_draw_expand,
    peer=lambda torch, x, shape: x.expand(shape),
    examples=(
        example([[1.0], [2.0]], shape=(2, 3)),
        example([1.0, 2.0], shape=(3, -1)),
        example(2.0, shape=(2, 2)),
    ),
)

detach = rearrangement(
    name="detach",
    symbol="detach",
    expression="<x>",
    forward=lambda x: np.array(x),
    home=None,
    formula="<x>",
    backward=("",),
    says="Take the value of <x> as fixed data: no gradient passes back through it.",
    says_backward=("",),
    draw=lambda draw: example(draw.array(draw.shape())),
    peer=lambda torch, x: x.detach(),
    examples=(example(2.0), example(MATRIX)),
)
