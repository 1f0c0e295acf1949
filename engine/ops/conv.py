"""Convolution, as nets mean it: cross-correlation with a filter that is shared by all places."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import windows as win
from engine.op import Array, Cells, Draw, Example, Op, example
from engine.ops.reductions import fold
from engine.windows import Sizes


def _dims(weight_ndim: int) -> int:
    """How many spatial dims a filter slides along: a filter without channels has no others."""
    return weight_ndim if weight_ndim <= 2 else weight_ndim - 2


def _prepare(x: Array, weight: Array, stride: Any = 1, padding: Any = 0) -> dict[str, Any]:
    own, shape = np.shape(weight), np.shape(x)
    if not 1 <= len(own) <= 4:
        raise ValueError(
            f"conv: the filter has shape {own}; it must be (F), (F, G), (K, C, F) or (K, C, F, G)"
        )
    dims = _dims(len(own))
    plain = len(own) <= 2
    if plain and len(shape) != dims:
        raise ValueError(
            f"conv: a filter of shape {own} slides over {dims} dims, but x has shape {shape}; "
            "give x that many dims, or a filter with channels, (K, C, …)"
        )
    if not plain and len(shape) not in (dims + 1, dims + 2):
        raise ValueError(
            f"conv: a filter of shape {own} wants x of shape (C, {'L' if dims == 1 else 'H, W'}), "
            f"with a batch in front or not, but x has shape {shape}"
        )
    if not plain and shape[-dims - 1] != own[1]:
        raise ValueError(
            f"conv: the filter looks at {own[1]} channels but x has {shape[-dims - 1]}; check the channels"
        )
    stride = win.sizes("conv", "stride", stride, dims, 1)
    padding = win.sizes("conv", "padding", padding, dims, 0)
    win.check_fit("conv", shape[-dims:], own[-dims:], padding)
    return {"stride": stride, "padding": padding}


def _with_channels(x: Array, weight: Array) -> tuple[Any, Any]:
    """Both with batch and channels: (N, C, …) and (K, C, …)."""
    dims = _dims(weight.ndim)
    if weight.ndim == dims:
        weight = weight[None, None]
    if x.ndim < dims + 2:
        x = x[(None,) * (dims + 2 - x.ndim)]
    return x, weight


def _columns(x: Array, kernel: Sizes, stride: Sizes) -> Any:
    """Every window as a column: (N, C·window, places). The copy makes a convolution a matrix product."""
    dims = len(kernel)
    view = win.windows(x, kernel, stride)  # (N, C, places, window)
    last = view.ndim
    order = (0, 1, *range(last - dims, last), *range(2, 2 + dims))
    return view.transpose(order).reshape(len(x), -1, np.prod(view.shape[2 : 2 + dims], dtype=int))


def _forward(x: Array, weight: Array, stride: Sizes, padding: Sizes) -> Any:
    dims = len(stride)
    full, filters = _with_channels(x, weight)
    kernel = filters.shape[2:]
    columns = _columns(win.pad(full, padding), kernel, stride)
    out = filters.reshape(len(filters), -1) @ columns  # (N, K, places)
    places = (
        (n + 2 * p - k) // s + 1 for n, p, k, s in zip(full.shape[2:], padding, kernel, stride, strict=True)
    )
    plain = weight.ndim == dims
    return out.reshape(*x.shape[: x.ndim - dims - (not plain)], *(() if plain else (len(weight),)), *places)


def _to_x(g: Array, out: Array, x: Array, weight: Array, stride: Sizes, padding: Sizes) -> Any:
    """The windows that saw a cell, times the weights that met it: a convolution with the flipped filter."""
    upstream, filters = _with_channels(g, weight)
    kernel = filters.shape[2:]
    spread = win.spread(upstream, kernel, stride, padding, x.shape[-len(kernel) :])
    flipped = filters[(slice(None), slice(None), *(slice(None, None, -1),) * len(kernel))].swapaxes(0, 1)
    columns = _columns(spread, kernel, (1,) * len(kernel))
    return (flipped.reshape(len(flipped), -1) @ columns).reshape(x.shape)


def _to_weight(g: Array, out: Array, x: Array, weight: Array, stride: Sizes, padding: Sizes) -> Any:
    """For every filter weight, the sum over all places of the gradient times the cell that it met there."""
    full, filters = _with_channels(x, weight)
    columns = _columns(win.pad(full, padding), filters.shape[2:], stride)
    upstream = g.reshape(len(columns), len(filters), columns.shape[-1])
    return (upstream @ columns.swapaxes(1, 2)).sum(axis=0).reshape(weight.shape)


def _cell(index: tuple[int, ...], x: Cells, weight: Cells, stride: Sizes, padding: Sizes) -> Any:
    """The products of a window and the filter, added up; the zeros of the padding are left out."""
    dims = len(stride)
    plain = len(weight.shape) == dims
    batch, place = index[: len(index) - dims - (not plain)], index[len(index) - dims :]
    terms = []
    for own in np.ndindex(*(weight.shape if plain else weight.shape[1:])):
        spot = tuple(i * s - p + f for i, s, p, f in zip(place, stride, padding, own[-dims:], strict=True))
        if all(0 <= i < n for i, n in zip(spot, x.shape[-dims:], strict=True)):
            met = x[(*batch, *own[:-dims], *spot)]
            terms.append(met * weight[own if plain else (index[len(batch)], *own)])
    return fold("add", terms, 0.0)


def _draw(draw: Draw) -> Example:
    dims = draw.integer(1, 2)
    kernel = tuple(draw.integer(1, 3) for _ in range(dims))
    padding = tuple(draw.integer(0, 3) for _ in range(dims))
    shape = tuple(max(1, k - 2 * p) + draw.integer(0, 4) for k, p in zip(kernel, padding, strict=True))
    stride = tuple(draw.integer(1, 3) for _ in range(dims))
    if draw.choice(False, False, True):
        return example(draw.array(shape), draw.array(kernel), stride=stride, padding=padding)
    channels, filters = draw.integer(1, 3), draw.integer(1, 3)
    batch = draw.choice((), (1,), (2,))
    return example(
        draw.array((*batch, channels, *shape)),
        draw.array((filters, channels, *kernel)),
        stride=draw.choice(stride, stride[0]),
        padding=padding,
    )


def _peer(torch: Any, x: Any, weight: Any, stride: Sizes, padding: Sizes) -> Any:
    convolve = torch.nn.functional.conv1d if len(stride) == 1 else torch.nn.functional.conv2d
    if weight.ndim > len(stride):
        return convolve(x, weight, stride=stride, padding=padding)
    return convolve(x[None, None], weight[None, None], stride=stride, padding=padding)[0, 0]


conv = Op(
    name="conv",
    method="-",
    symbol="⋆",
    expression="<x> ⋆ <y>",
    bind=lambda x, weight, stride=1, padding=0: ((x, weight), {"stride": stride, "padding": padding}),
    prepare=_prepare,
    forward=_forward,
    vjps=(_to_x, _to_weight),
    formula=r"<x> \star <y>",
    backward=(r"<g> \ast <y>", r"<x> \star <g>"),
    says="Slide the filter <y> over <x>: at each place, multiply window and filter cell by cell and add up.",
    says_backward=(
        "Each cell of <x> gets something from every window that saw it: the gradient there, times the weight "
        "that it met.",
        "The one filter was used at every place: each of its weights gets the sum over all places of the "
        "gradient times the cell that it met there.",
    ),
    cell=_cell,
    draw=_draw,
    peer=_peer,
    examples=(
        example([0.0, 1.0, 2.0, -1.0, 1.0, -3.0, 0.0], [1.0, 0.0, -1.0]),
        example([0.0, 1.0, 2.0, -1.0, 1.0, -3.0, 0.0], [1.0, 0.0, -1.0], stride=2),
        example(np.arange(20.0).reshape(4, 5), [[1.0, -1.0], [0.5, 2.0]], padding=1),
        example(np.arange(12.0).reshape(2, 6), np.arange(12.0).reshape(3, 2, 2) / 8.0, padding=2),
        example(np.arange(60.0).reshape(2, 2, 3, 5), np.arange(12.0).reshape(1, 2, 2, 3), stride=(1, 2)),
    ),
)
