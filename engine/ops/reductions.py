"""Reductions: many cells become one, over any dims; `keepdim` keeps the reduced dims, with length 1."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.rules import Dims, check_dims, count, restore
from engine.tensor import constant

MATRIX = [[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]]
EXAMPLES = (
    example(MATRIX),
    example(MATRIX, dim=0),
    example(MATRIX, dim=-1, keepdim=True),
    example(np.arange(24.0).reshape(2, 3, 4) / 8.0, dim=(0, 2)),
    example(3.0),
)


def bind(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """A call's arguments, as PyTorch has them."""
    return (x,), {"dim": dim, "keepdim": keepdim}


def prepare(name: str) -> Callable[..., dict[str, Any]]:
    """The dims counted from the front."""

    def fill(x: Array, dim: Any = None, keepdim: bool = False) -> dict[str, Any]:
        return {"dim": check_dims(name, dim, np.ndim(x)), "keepdim": bool(keepdim)}

    return fill


def prepare_counted(name: str) -> Callable[..., dict[str, Any]]:
    """The dims counted from the front, and how many cells become one."""

    def fill(x: Array, dim: Any = None, keepdim: bool = False, n: int = 0) -> dict[str, Any]:
        dims = check_dims(name, dim, np.ndim(x))
        return {"dim": dims, "keepdim": bool(keepdim), "n": count(dims, x)}

    return fill


def prepare_filled(name: str) -> Callable[..., dict[str, Any]]:
    """The dims counted from the front; there must be something to choose from."""

    def fill(x: Array, dim: Any = None, keepdim: bool = False) -> dict[str, Any]:
        dims = check_dims(name, dim, np.ndim(x))
        if count(dims, x) == 0:
            raise ValueError(
                f"{name}: x has shape {np.shape(x)}, so there is no cell to choose from; check its shape"
            )
        return {"dim": dims, "keepdim": bool(keepdim)}

    return fill


def gathered(index: tuple[int, ...], x: Cells, dim: Dims, keepdim: bool) -> list[Any]:
    """The scalars of `x` that become the cell at `index` of the result."""
    kept = iter([i for axis, i in enumerate(index) if axis not in dim.axes] if keepdim else index)
    ranges: list[Any] = [range(n) if axis in dim.axes else (next(kept),) for axis, n in enumerate(x.shape)]
    return [x[place] for place in itertools.product(*ranges)]


_OPERATORS: dict[str, Any] = {"add": operator.add, "mul": operator.mul}  # scalars have a short way for these


def fold(name: str, scalars: list[Any], empty: float) -> Any:
    """The scalars brought together with the op of this name, from left to right."""
    both = _OPERATORS.get(name) or (lambda a, b: apply(OPS[name], (a, b), {}))
    return reduce(both, scalars) if scalars else constant(empty)


def draw(draw: Draw) -> Example:
    """Any shape, any dims."""
    return draw_over(draw, draw.shape())


def draw_filled(draw: Draw) -> Example:
    """Any shape with cells, any dims."""
    return draw_over(draw, draw.shape(empty=False))


def draw_over(draw: Draw, shape: tuple[int, ...]) -> Example:
    """Any dims of an array of this shape."""
    axes = tuple(i for i in range(len(shape)) if draw.choice(True, False))
    signed = tuple(i - len(shape) if draw.choice(True, False) else i for i in axes)
    dim: Any = draw.choice(None, signed) if len(axes) != 1 else signed[0]
    return example(draw.array(shape), dim=dim or None, keepdim=draw.choice(True, False))


def peer(name: str) -> Callable[..., Any]:
    """PyTorch's reduction of this name; it wants the dims as a tuple."""

    def call(torch: Any, x: Any, dim: Dims, keepdim: bool, **more: Any) -> Any:
        return getattr(torch, name)(x, dim=dim.axes, keepdim=keepdim)

    return call


sum = Op(
    name="sum",
    symbol="Σ",
    expression="sum(<x>)",
    bind=bind,
    prepare=prepare("sum"),
    forward=lambda x, dim, keepdim: np.add.reduce(x, axis=dim.axes, keepdims=keepdim),
    vjps=(lambda g, out, x, dim, keepdim: restore(g, x, dim, keepdim),),
    formula=r"\sum_{\text{<dim>}} <x>",
    backward=(r"<g> \cdot 1 \text{ to each cell}",),
    says="Add up <x> over <dim>.",
    says_backward=("A sum hands its gradient on unchanged: each cell of <x> gets all of it.",),
    cell=lambda index, x, dim, keepdim, **_: fold("add", gathered(index, x, dim, keepdim), 0.0),
    draw=draw,
    peer=peer("sum"),
    examples=EXAMPLES,
)

mean = Op(
    name="mean",
    symbol="mean",
    expression="mean(<x>)",
    bind=bind,
    prepare=prepare_counted("mean"),
    forward=lambda x, dim, keepdim, n: np.true_divide(np.add.reduce(x, axis=dim.axes, keepdims=keepdim), n),
    vjps=(lambda g, out, x, dim, keepdim, n: restore(g / n, x, dim, keepdim),),
    formula=r"\tfrac{1}{<n>} \sum_{\text{<dim>}} <x>",
    backward=(r"<g> \cdot \tfrac{1}{<n>} \text{ to each cell}",),
    says="Take the mean of <x> over <dim>.",
    says_backward=("Each of the <n> cells has an equal share in the mean: each gets 1/<n> of the gradient.",),
    cell=lambda index, x, dim, keepdim, n: (
        fold("add", gathered(index, x, dim, keepdim), 0.0) * (1.0 / n if n else np.nan)
    ),
    note=lambda x, dim, keepdim, n: "" if n else "There is nothing to take the mean of: the result is NaN.",
    draw=draw,
    peer=peer("mean"),
    examples=EXAMPLES,
)


def _to_extremes(g: Array, out: Array, x: Array, dim: Dims, keepdim: bool) -> Any:
    hit = np.equal(x, restore(out, x, dim, keepdim))
    share = restore(g, x, dim, keepdim) / np.add.reduce(hit, axis=dim.axes, keepdims=True, dtype=float)
    return np.where(hit, share, 0.0)


def _tie_note(extreme: Callable[..., Any]) -> Callable[..., str]:
    def note(x: Array, dim: Dims, keepdim: bool) -> str:
        tied = int(
            np.max(np.sum(np.equal(x, extreme(x, axis=dim.axes, keepdims=True)), axis=dim.axes), initial=0)
        )
        if tied < 2:
            return ""
        return (
            f"{tied} cells are equal and win together: the gradient is split equally between them. "
            "Texts differ here; some give it to the first one only."
        )

    return note


amax = Op(
    name="amax",
    symbol="max",
    expression="max(<x>)",
    bind=bind,
    prepare=prepare_filled("amax"),
    forward=lambda x, dim, keepdim: np.max(x, axis=dim.axes, keepdims=keepdim),
    vjps=(_to_extremes,),
    formula=r"\max_{\text{<dim>}} <x>",
    backward=(r"<g> \cdot \frac{[<x> = <out>]}{\text{number of winners}}",),
    says="Take the largest of <x> over <dim>.",
    says_backward=(
        "Only the largest cell moves the result: it gets all of the gradient, the others get none.",
    ),
    cell=lambda index, x, dim, keepdim: _extreme_cell("maximum", index, x, dim, keepdim),
    note=_tie_note(np.max),
    draw=draw_filled,
    peer=peer("amax"),
    examples=(*EXAMPLES, example([[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]], dim=1)),
)

amin = Op(
    name="amin",
    symbol="min",
    expression="min(<x>)",
    bind=bind,
    prepare=prepare_filled("amin"),
    forward=lambda x, dim, keepdim: np.min(x, axis=dim.axes, keepdims=keepdim),
    vjps=(_to_extremes,),
    formula=r"\min_{\text{<dim>}} <x>",
    backward=(r"<g> \cdot \frac{[<x> = <out>]}{\text{number of winners}}",),
    says="Take the smallest of <x> over <dim>.",
    says_backward=(
        "Only the smallest cell moves the result: it gets all of the gradient, the others get none.",
    ),
    cell=lambda index, x, dim, keepdim: _extreme_cell("minimum", index, x, dim, keepdim),
    note=_tie_note(np.min),
    draw=draw_filled,
    peer=peer("amin"),
    examples=(*EXAMPLES, example([[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]], dim=1)),
)


def _extreme_cell(name: str, index: tuple[int, ...], x: Cells, dim: Dims, keepdim: bool) -> Any:
    """The scalars compared from left to right; where three or more tie, their mean: each has its share."""
    scalars = gathered(index, x, dim, keepdim)
    best = max(s.data for s in scalars) if name == "maximum" else min(s.data for s in scalars)
    winners = [s for s in scalars if s.data == best]
    return fold(name, scalars, 0.0) if len(winners) < 3 else fold("add", winners, 0.0) / float(len(winners))


def _product_of_others(x: Array, dim: Dims) -> Any:
    """For every cell, the product of the other cells that it is multiplied with; right at 0 too."""
    x = np.asarray(x)
    if not dim.axes:
        return np.ones_like(x)
    behind = tuple(range(-len(dim.axes), 0))
    moved = np.moveaxis(x, dim.axes, behind)
    rows = moved.reshape(*moved.shape[: x.ndim - len(dim.axes)], count(dim, x))
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return (
        np.moveaxis((before * after).reshape(moved.shape), behind, dim.axes)
        if rows.size
        else np.zeros_like(x)
    )


prod = Op(
    name="prod",
    symbol="Π",
    expression="prod(<x>)",
    bind=bind,
    prepare=prepare("prod"),
    forward=lambda x, dim, keepdim: np.multiply.reduce(x, axis=dim.axes, keepdims=keepdim),
    vjps=(lambda g, out, x, dim, keepdim: restore(g, x, dim, keepdim) * _product_of_others(x, dim),),
    formula=r"\prod_{\text{<dim>}} <x>",
    backward=(r"<g> \cdot \prod_{\text{the others}} <x>",),
    says="Multiply the cells of <x> over <dim>.",
    says_backward=("Each cell of <x> gets the gradient times the product of all the other cells.",),
    cell=lambda index, x, dim, keepdim: fold("mul", gathered(index, x, dim, keepdim), 1.0),
    draw=draw,
    peer=lambda torch, x, dim, keepdim: _prod_one_by_one(torch, x, dim, keepdim),
    examples=(*EXAMPLES, example([[0.0, 2.0, 3.0], [0.0, 0.0, 5.0]], dim=1)),
)


def _prod_one_by_one(torch: Any, x: Any, dim: Dims, keepdim: bool) -> Any:
    """PyTorch multiplies over one dim at a time."""
    for axis in reversed(dim.axes):
        x = torch.prod(x, dim=axis, keepdim=keepdim)
    return x


def _bind_var(
    x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: float = 1
) -> Any:
    if unbiased is not None:
        correction = 1 if unbiased else 0
    return (x,), {"dim": dim, "keepdim": keepdim, "correction": correction}


def _prepare_var(
    x: Array, dim: Any = None, keepdim: bool = False, correction: float = 1, n: float = 0
) -> Any:
    dims = check_dims("var", dim, np.ndim(x))
    return {
        "dim": dims,
        "keepdim": bool(keepdim),
        "correction": correction,
        "n": max(count(dims, x) - correction, 0),
    }


def _deviations(x: Array, dim: Dims) -> Any:
    return x - np.mean(x, axis=dim.axes, keepdims=True) if np.size(x) else np.asarray(x)


def _var(x: Array, dim: Dims, keepdim: bool, correction: float, n: float) -> Any:
    squares: Any = np.square(_deviations(x, dim))
    return np.true_divide(np.sum(squares, axis=dim.axes, keepdims=keepdim), n)


def _var_cell(index: tuple[int, ...], x: Cells, dim: Dims, keepdim: bool, correction: float, n: float) -> Any:
    scalars = gathered(index, x, dim, keepdim)
    if not scalars:
        return np.nan
    middle = fold("add", scalars, 0.0) * (1.0 / len(scalars))
    squares = [apply(OPS["square"], (s - middle,), {}) for s in scalars]
    return fold("add", squares, 0.0) / float(n)


def _draw_var(draw: Draw) -> Example:
    made = draw_filled(draw)
    return Example(made.inputs, made.params | {"correction": draw.choice(0, 1)})


var = Op(
    name="var",
    symbol="var",
    expression="var(<x>)",
    bind=_bind_var,
    prepare=_prepare_var,
    forward=_var,
    vjps=(
        lambda g, out, x, dim, keepdim, correction, n: (
            restore(g, x, dim, keepdim) * np.true_divide(2.0 * _deviations(x, dim), n)
        ),
    ),
    formula=r"\tfrac{1}{<n>} \sum_{\text{<dim>}} \left( <x> - \overline{<x>} \right)^2",
    backward=(r"<g> \cdot \tfrac{2}{<n>} \left( <x> - \overline{<x>} \right)",),
    says=(
        "Take the variance of <x> over <dim>: the squared distances from the mean, added up and "
        "divided by <n>."
    ),
    says_backward=("Each cell of <x> gets the gradient times 2/<n> times its distance from the mean.",),
    cell=_var_cell,
    note=lambda x, dim, keepdim, correction, n: (
        "" if n else "Here the variance divides 0 by 0: the result is NaN. Use correction=0, or more numbers."
    ),
    draw=_draw_var,
    peer=lambda torch, x, dim, keepdim, correction, n: torch.var(
        x, dim=dim.axes, correction=correction, keepdim=keepdim
    ),
    examples=(*EXAMPLES[:4], example(MATRIX, dim=1, correction=0)),
)


def _winner(name: str, extreme: str, choose: Callable[..., Any]) -> Op:
    def prepare_one(x: Array, dim: Any = None, keepdim: bool = False) -> dict[str, Any]:
        params = prepare_filled(name)(x, dim, keepdim)
        if dim is not None and len(params["dim"].axes) > 1 and not isinstance(dim, Dims):
            raise ValueError(f"{name}: it runs over one dim or over all cells; give one number as dim")
        return params

    def forward(x: Array, dim: Dims, keepdim: bool) -> Any:
        axis = dim.axes[0] if len(dim.axes) == 1 else None
        return choose(x, axis=axis, keepdims=keepdim)

    def cell(index: tuple[int, ...], x: Cells, dim: Dims, keepdim: bool) -> Any:
        return int(choose(np.array([s.data for s in gathered(index, x, dim, keepdim)])))

    def draw_one(draw: Draw) -> Example:
        shape = draw.shape(empty=False)
        dims: list[Any] = [None, *range(len(shape))]
        return example(draw.array(shape), dim=draw.choice(*dims), keepdim=draw.choice(True, False))

    def peer_one(torch: Any, x: Any, dim: Dims, keepdim: bool) -> Any:
        return getattr(torch, name)(x, dim=dim.axes[0] if len(dim.axes) == 1 else None, keepdim=keepdim)

    return Op(
        name=name,
        symbol=name,
        expression=f"{name}(<x>)",
        bind=bind,
        prepare=prepare_one,
        forward=forward,
        vjps=(None,),
        formula=rf"\operatorname{{{name}}}_{{\text{{<dim>}}}} <x>",
        backward=("",),
        says=f"Find the place of the {extreme} of <x> over <dim>, counted from 0; the first one on a tie.",
        says_backward=("",),
        cell=cell,
        draw=draw_one,
        peer=peer_one,
        examples=(example(MATRIX), example(MATRIX, dim=1), example(MATRIX, dim=0, keepdim=True)),
    )


argmax = _winner("argmax", "largest", np.argmax)
argmin = _winner("argmin", "smallest", np.argmin)
