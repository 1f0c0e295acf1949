"""Pooling: one number for each window, its largest or its mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine import windows as win
from engine.op import Array, Cells, Draw, Example, Op, example
from engine.ops.reductions import fold
from engine.windows import Sizes

GRID = [[1.0, 1.0, 2.0, 4.0], [5.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]


def _bind(x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dims: int | None = None) -> Any:
    """As PyTorch's pooling; a single number needs `dims` to say whether it is a length or a square."""
    if dims is not None and not isinstance(kernel_size, tuple | list):
        kernel_size = (kernel_size,) * dims
    return (x,), {"kernel_size": kernel_size, "stride": stride, "padding": padding}


def _prepare(name: str) -> Any:
    def fill(x: Array, kernel_size: Any, stride: Any = None, padding: Any = 0) -> dict[str, Any]:
        shape = np.shape(x)
        dims = len(kernel_size) if isinstance(kernel_size, tuple | list) else 1
        if dims not in (1, 2) or len(shape) < dims:
            raise ValueError(
                f"{name}: windows of {dims} dims do not slide over x of shape {shape}; "
                "x needs its spatial dims last, one or two of them"
            )
        kernel = win.sizes(name, "kernel_size", kernel_size, dims, 1)
        steps = kernel if stride is None else win.sizes(name, "stride", stride, dims, 1)
        around = win.sizes(name, "padding", padding, dims, 0)
        if any(2 * p > k for p, k in zip(around, kernel, strict=True)):
            raise ValueError(
                f"{name}: padding {around} is more than half of the window {kernel}, so a window could see "
                "nothing but padding; take less padding"
            )
        win.check_fit(name, shape[-dims:], kernel, around)
        return {"kernel_size": kernel, "stride": steps, "padding": around}

    return fill


def _seen(x: Array, kernel_size: Sizes, stride: Sizes, padding: Sizes, around: float) -> Any:
    """Every window as one row: shape (…, places, cells of the window)."""
    view = win.windows(win.pad(x, padding, around), kernel_size, stride)
    return view.reshape(*view.shape[: -len(kernel_size)], math.prod(kernel_size))


def _largest(x: Array, kernel_size: Sizes, stride: Sizes, padding: Sizes) -> Any:
    view = win.windows(win.pad(x, padding, -np.inf), kernel_size, stride)
    return np.maximum.reduce(view, axis=tuple(range(-len(kernel_size), 0)))


def _to_winners(g: Array, out: Array, x: Array, kernel_size: Sizes, stride: Sizes, padding: Sizes) -> Any:
    """All of a window's gradient to its largest cell; on a tie to the first one in reading order."""
    dims = len(kernel_size)
    winner = np.argmax(_seen(x, kernel_size, stride, padding, -np.inf), axis=-1)  # (…, places)
    shape = x.shape[-dims:]
    corner = np.ogrid[tuple(slice(n) for n in g.shape[-dims:])]
    cell: Any = 0
    places = np.unravel_index(winner, kernel_size)
    for own, at, s, p, n in zip(places, corner, stride, padding, shape, strict=True):
        cell = cell * n + (at * s - p + own)
    images = math.prod(x.shape[:-dims])
    size = math.prod(shape)
    flat = (np.reshape(cell, (images, -1)) + size * np.arange(images)[:, None]).reshape(-1)
    full = np.bincount(flat, weights=np.reshape(g, -1), minlength=images * size)
    return full.reshape(x.shape).astype(x.dtype, copy=False)


def _tie_note(x: Array, kernel_size: Sizes, stride: Sizes, padding: Sizes) -> str:
    seen = _seen(x, kernel_size, stride, padding, -np.inf)
    tied = int(np.count_nonzero(np.sum(seen == seen.max(axis=-1, keepdims=True), axis=-1) > 1))
    if not tied:
        return ""
    several = "In one window" if tied == 1 else f"In {tied} windows"
    return (
        f"{several} several cells are equally large: the first one in reading order gets all of the "
        "gradient. Texts differ here; PyTorch does the same."
    )


def _own_cells(
    index: tuple[int, ...], x: Cells, kernel_size: Sizes, stride: Sizes, padding: Sizes
) -> list[Any]:
    """The scalars that the window at `index` sees, padding left out."""
    dims = len(kernel_size)
    found = []
    for own in np.ndindex(*kernel_size):
        spot = tuple(
            i * s - p + f for i, s, p, f in zip(index[len(index) - dims :], stride, padding, own, strict=True)
        )
        if all(0 <= i < n for i, n in zip(spot, x.shape[-dims:], strict=True)):
            found.append(x[(*index[: len(index) - dims], *spot)])
    return found


def _max_cell(index: tuple[int, ...], x: Cells, **params: Any) -> Any:
    """The scalars compared from left to right, those left out that tie with the winner."""
    scalars = _own_cells(index, x, **params)
    first = scalars[int(np.argmax([s.data for s in scalars]))]
    return fold("maximum", [s for s in scalars if s is first or s.data != first.data], 0.0)


def _draw(draw: Draw) -> Example:
    dims = draw.integer(1, 2)
    kernel = tuple(draw.integer(1, 3) for _ in range(dims))
    padding = tuple(draw.integer(0, k // 2) for k in kernel)
    shape = tuple(max(1, k - 2 * p) + draw.integer(0, 4) for k, p in zip(kernel, padding, strict=True))
    stride = draw.choice(None, tuple(draw.integer(1, 4) for _ in range(dims)))
    batch = draw.choice((1,), (2,), (2, 3))
    return example(draw.array((*batch, *shape)), kernel_size=kernel, stride=stride, padding=padding)


def _peer(name: str) -> Any:
    def call(torch: Any, x: Any, kernel_size: Sizes, stride: Sizes, padding: Sizes) -> Any:
        pool = getattr(torch.nn.functional, f"{name}{len(kernel_size)}d")
        own = x.shape[x.ndim - len(kernel_size) :]
        return pool(x.reshape(1, -1, *own), kernel_size, stride, padding).reshape(
            *x.shape[: x.ndim - len(kernel_size)], *_places(own, kernel_size, stride, padding)
        )

    return call


def _places(shape: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes) -> list[int]:
    return [(n + 2 * p - k) // s + 1 for n, k, s, p in zip(shape, kernel, stride, padding, strict=True)]


max_pool = Op(
    name="max_pool",
    method="-",
    symbol="max pool",
    expression="max_pool(<x>)",
    bind=_bind,
    prepare=_prepare("max_pool"),
    forward=_largest,
    vjps=(_to_winners,),
    formula=r"\max_{\text{window}} <x>",
    backward=(r"<g> \text{ at the winner of each window}, \; 0 \text{ elsewhere}",),
    says="Keep the largest cell of each window of <x>; the windows have size <kernel_size>.",
    says_backward=("Only the largest cell of a window moves the result: it gets all of the gradient.",),
    note=_tie_note,
    cell=_max_cell,
    draw=_draw,
    peer=_peer("max_pool"),
    examples=(
        example(GRID, kernel_size=(2, 2)),
        example([[1.0, 3.0, 2.0, 2.0, 0.0]], kernel_size=(3,), stride=(1,), padding=(1,)),
        example([[[2.0, 2.0], [2.0, 1.0]], [[0.0, 5.0], [5.0, 5.0]]], kernel_size=(2, 2), stride=(1, 1)),
    ),
)


def _spread_evenly(g: Array, out: Array, x: Array, kernel_size: Sizes, stride: Sizes, padding: Sizes) -> Any:
    """Each cell gets an equal share from every window that saw it."""
    seen_by = win.spread(g, kernel_size, stride, padding, x.shape[-len(kernel_size) :])
    return _mean(seen_by, kernel_size, (1,) * len(kernel_size), (0,) * len(kernel_size))


def _mean(x: Array, kernel_size: Sizes, stride: Sizes, padding: Sizes) -> Any:
    view = win.windows(win.pad(x, padding), kernel_size, stride)
    return np.add.reduce(view, axis=tuple(range(-len(kernel_size), 0))) / math.prod(kernel_size)


avg_pool = Op(
    name="avg_pool",
    method="-",
    symbol="avg pool",
    expression="avg_pool(<x>)",
    bind=_bind,
    prepare=_prepare("avg_pool"),
    forward=_mean,
    vjps=(_spread_evenly,),
    formula=r"\operatorname{mean}_{\text{window}} <x>",
    backward=(r"<g> \text{ shared equally in each window}",),
    says="Take the mean of each window of <x>; the windows have size <kernel_size>, and padding counts as 0.",
    says_backward=("Each cell of <x> gets an equal share of the gradient of every window that saw it.",),
    cell=lambda index, x, **params: (
        fold("add", _own_cells(index, x, **params), 0.0) / float(math.prod(params["kernel_size"]))
    ),
    draw=_draw,
    peer=_peer("avg_pool"),
    examples=(
        example(GRID, kernel_size=(2, 2)),
        example([[1.0, 3.0, 2.0, 2.0, 0.0]], kernel_size=(3,), stride=(2,), padding=(1,)),
    ),
)
