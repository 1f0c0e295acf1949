"""Indexing: picking cells. What was picked twice gets two gradients, and they add."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import Array, Cells, Draw, Example, Op, example
from engine.rules import check_dim

MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


class Index:
    """What stands between the brackets of `x[…]`; as text "1, :2".

    It works in two steps, as in PyTorch: first whole numbers and slices, then arrays of places.
    """

    __slots__ = ("parts", "picks", "slices")

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self.parts = parts
        self.slices: list[Any] = []  # for NumPy, with everything kept where an array stands
        self.picks: list[Any] = []  # for NumPy after that, with everything kept where no array stands
        arrays = False
        for part in parts:
            if isinstance(part, np.ndarray):
                arrays = True
                self.slices += [slice(None)] * (part.ndim if part.dtype.kind == "b" else 1)
                self.picks.append(part)
            else:
                self.slices.append(part)
                if isinstance(part, slice) or part is None:
                    self.picks.append(slice(None))
                elif part is Ellipsis:
                    self.picks.append(Ellipsis)
        if not arrays:
            self.picks = []

    def pick(self, array: Any) -> Any:
        """The cells of `array` that the index names."""
        kept = array[tuple(self.slices)]
        return kept[tuple(self.picks)] if self.picks else kept

    def add(self, array: Any, g: Array) -> None:
        """Add `g` to the cells of `array` that the index names, once for every time it names them."""
        if self.picks:
            np.add.at(array[(*self.slices, Ellipsis)], tuple(self.picks), g)
        else:
            array[tuple(self.slices)] = g  # each cell at most once

    def __str__(self) -> str:
        return ", ".join(_part_text(part) for part in self.parts)


def _part_text(part: Any) -> str:
    if isinstance(part, slice):
        text = ":".join("" if end is None else str(end) for end in (part.start, part.stop, part.step))
        return text[:-1] if part.step is None else text
    if isinstance(part, np.ndarray):
        if part.dtype.kind == "b":
            return "mask"
        return str(part.tolist()) if part.size <= 8 else f"{part.size} places"
    return "…" if part is Ellipsis else str(part)


def _index_part(part: Any) -> Any:
    """A tensor or a list as an array of places, anything else as it is."""
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    array = np.array(getattr(part, "_data", part))  # of a tensor
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(int)
    if array.dtype.kind not in "iub":
        raise ValueError(
            f"index: places must be whole numbers or true/false, but they are of type {array.dtype}; "
            "use a slice, whole numbers or a comparison"
        )
    return int(array) if array.ndim == 0 and array.dtype.kind != "b" else array


def _prepare(x: Array, index: Any) -> dict[str, Any]:
    if isinstance(index, Index):
        return {"index": index}
    return {"index": Index(tuple(map(_index_part, index if isinstance(index, tuple) else (index,))))}


def _forward(x: Array, index: Index) -> Any:
    try:
        return index.pick(np.asarray(x))
    except IndexError:
        raise ValueError(_misfit(np.shape(x), index)) from None


def _misfit(shape: tuple[int, ...], index: Index) -> str:
    """Why the index does not fit: the first place that does not exist, or too many parts."""
    wanted = sum(part is not None and part is not Ellipsis for part in index.parts)
    if wanted > len(shape):
        noun = "dim" if len(shape) == 1 else "dims"
        return f"index: [{index}] names {wanted} dims, but x has {len(shape)} {noun}; its shape is {shape}"
    if not any(part is Ellipsis for part in index.parts):
        axes = (part for part in index.parts if part is not None)
        for axis, (part, n) in enumerate(zip(axes, shape, strict=False)):
            places: Any = () if isinstance(part, slice) else np.ravel(part)
            for place in places:
                if not isinstance(place, np.bool_) and not -n <= place < n:
                    return (
                        f"index: place {place} does not exist in dim {axis} of x, which has places 0 "
                        f"to {n - 1}"
                    )
    return f"index: [{index}] does not fit x of shape {shape}; check the places and the lengths of masks"


def _scatter(g: Array, out: Array, x: Array, index: Index) -> Any:
    """Zeros, with the gradient added where the cells were picked."""
    full = np.zeros_like(x)
    index.add(full, g)
    return full


def _cell(place: tuple[int, ...], x: Cells, index: Index) -> Any:
    places = np.arange(math.prod(x.shape)).reshape(x.shape)
    return x.flat(np.asarray(index.pick(places))[place])


def _draw(draw: Draw) -> Example:
    shape = draw.shape(1, empty=False)
    parts: list[Any] = []
    for n in shape[: draw.integer(1, len(shape))]:
        kind = draw.choice("number", "slice", "places", "none")
        if kind == "number":
            parts.append(draw.integer(-n, n - 1))
        elif kind == "places":
            parts.append(draw.indices((2,), n))
        else:
            parts.append(
                slice(draw.integer(0, n), draw.choice(None, draw.integer(-n, n)), draw.choice(None, 2))
            )
    if draw.choice(True, False):
        return example(draw.array(shape), index=draw.indices(shape, 2) == 1)
    return example(draw.array(shape), index=tuple(parts))


index = Op(
    name="index",
    method="__getitem__",
    symbol="[ ]",
    expression="<x>[<index>]",
    bind=lambda x, index: ((x,), {"index": index}),
    prepare=_prepare,
    forward=_forward,
    vjps=(_scatter,),
    formula=r"<x>[\text{<index>}]",
    backward=(r"<g> \text{ at } [\text{<index>}], \; 0 \text{ elsewhere}",),
    says="Take <index> of <x>.",
    says_backward=(
        "What was taken gets its gradient; what was taken twice adds up two. The rest of <x> gets 0.",
    ),
    cell=_cell,
    draw=_draw,
    peer=lambda torch, x, index: x[_for_torch(torch, index)],
    examples=(
        example(MATRIX, index=(1, slice(None, 2))),
        example(MATRIX, index=0),
        example(MATRIX, index=(Ellipsis, None, -1)),
        example([1.0, 2.0, 3.0], index=np.array([0, 2, 0])),
        example(MATRIX, index=(np.array([0, 1, 1]), np.array([2, 0, 0]))),
        example([1.0, -2.0, 3.0], index=np.array([True, False, True])),
        example(np.arange(24.0).reshape(2, 3, 4), index=(0, slice(None), np.array([3, 1, 1]))),
        example(2.0, index=None),
    ),
)


def _for_torch(torch: Any, index: Index) -> Any:
    return tuple(torch.tensor(part) if isinstance(part, np.ndarray) else part for part in index.parts)


def _check_gather(x: Array, index: Array, dim: int) -> dict[str, Any]:
    places = np.asarray(index)
    if places.dtype.kind not in "iu":
        raise ValueError(f"gather: the index must hold whole numbers, but it is of type {places.dtype}")
    if np.ndim(x) == 0 or places.ndim != np.ndim(x):
        raise ValueError(
            f"gather: x has {np.ndim(x)} dims but the index has {places.ndim}; give it the same number"
        )
    axis = check_dim("gather", dim, np.ndim(x))
    shape = np.shape(x)
    if any(i != axis and n > shape[i] for i, n in enumerate(places.shape)):
        raise ValueError(
            f"gather: the index of shape {places.shape} is longer than x of shape {shape} outside dim {axis}"
        )
    if places.size and not 0 <= places.min() <= places.max() < shape[axis]:
        worst = places.max() if places.max() >= shape[axis] else places.min()
        raise ValueError(
            f"gather: place {worst} does not exist in dim {axis} of x, which has places 0 to "
            f"{shape[axis] - 1}"
        )
    return {"dim": axis}


def _places(index: Array, dim: int) -> tuple[Any, ...]:
    """The places that gather reads, one array for each dim."""
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


def _gather_back(g: Array, out: Array, x: Array, index: Array, dim: int) -> Any:
    full = np.zeros_like(x)
    np.add.at(full, _places(index, dim), g)
    return full


def _gather_cell(place: tuple[int, ...], x: Cells, index: Cells, dim: int) -> Any:
    return x[(*place[:dim], int(index[place].data), *place[dim + 1 :])]


def _draw_gather(draw: Draw) -> Example:
    shape = draw.shape(1, empty=False)
    dim = draw.integer(0, len(shape) - 1)
    wanted = tuple(draw.integer(0, 3) if i == dim else draw.integer(1, n) for i, n in enumerate(shape))
    return example(draw.array(shape), draw.indices(wanted, shape[dim]), dim=dim)


gather = Op(
    name="gather",
    symbol="gather",
    expression="gather(<x>, <y>)",
    bind=lambda x, dim, index: ((x, index), {"dim": dim}),
    prepare=_check_gather,
    forward=lambda x, index, dim: x[_places(index, dim)],
    vjps=(_gather_back, None),
    formula="<x>[<y>]",
    backward=(r"<g> \text{ at } [<y>], \; 0 \text{ elsewhere}", ""),
    says="Along dim <dim>, pick from <x> the cells that <y> names.",
    says_backward=(
        "What was picked gets its gradient, and adds up what it gets if it was picked twice. The "
        "rest of <x> gets 0.",
        "",
    ),
    cell=_gather_cell,
    draw=_draw_gather,
    peer=lambda torch, x, index, dim: torch.gather(x, dim, index),
    examples=(
        example(MATRIX, np.array([[0, 2], [1, 1]]), dim=1),
        example(MATRIX, np.array([[1, 0, 1]]), dim=0),
    ),
)
