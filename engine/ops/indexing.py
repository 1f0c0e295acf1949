"""Indexing: picking cells. What was picked twice gets two gradients, and they add."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.op import Array, Cells, Draw, Example, Op, example
from engine.rules import check_dim

MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@dataclass(frozen=True, eq=False)
class Index:
    """What stands between the brackets of `x[…]`; as text "1, :2"."""

    value: Any  # as NumPy takes it

    @property
    def plain(self) -> bool:
        """True when no cell can be picked twice: only numbers, slices, None and the ellipsis."""
        return not any(isinstance(part, np.ndarray) for part in self.parts)

    @property
    def parts(self) -> tuple[Any, ...]:
        """One for each comma."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

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
    if (
        part is None
        or part is Ellipsis
        or isinstance(part, slice | int | np.integer)
        and not isinstance(part, bool)
    ):
        return part
    array = np.asarray(getattr(part, "_data", part))  # of a tensor
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(int)
    if array.dtype.kind not in "iub":
        raise ValueError(
            f"index: places must be whole numbers or true/false, but they are of type {array.dtype}; "
            "use a slice, whole numbers or a comparison"
        )
    return array


def _prepare(x: Array, index: Any) -> dict[str, Any]:
    if isinstance(index, Index):
        return {"index": index}
    if isinstance(index, tuple):
        return {"index": Index(tuple(_index_part(part) for part in index))}
    return {"index": Index(_index_part(index))}


def _forward(x: Array, index: Index) -> Any:
    try:
        return np.asarray(x)[index.value]
    except IndexError as error:
        raise ValueError(f"index: [{index}] does not fit x of shape {np.shape(x)} ({error})") from None


def _scatter(g: Array, out: Array, x: Array, index: Index) -> Any:
    """Zeros, with the gradient added where the cells were picked."""
    full = np.zeros_like(x)
    if index.plain:
        full[index.value] = g
    else:
        np.add.at(full, index.value, g)
    return full


def _cell(place: tuple[int, ...], x: Cells, index: Index) -> Any:
    places = np.arange(math.prod(x.shape)).reshape(x.shape)
    return x.flat(np.asarray(places[index.value])[place])


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
    says="Pick [<index>] from <x>.",
    says_backward=(
        "What was picked gets its gradient, and adds up what it gets if it was picked twice. The rest of <x> gets 0.",
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
            f"gather: place {worst} does not exist in dim {axis} of x, which has places 0 to {shape[axis] - 1}"
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
        "What was picked gets its gradient, and adds up what it gets if it was picked twice. The rest of <x> gets 0.",
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
