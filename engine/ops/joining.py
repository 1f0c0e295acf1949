"""Joining: several tensors become one. On the way back, each takes its own part of the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import Array, Cells, Draw, Example, Op, example
from engine.rules import check_dim


def _bind(tensors: Any, dim: int = 0) -> Any:
    return tuple(tensors), {"dim": dim}


def _check_cat(*arrays: Array, dim: int = 0) -> dict[str, Any]:
    if not arrays:
        raise ValueError("cat: there is nothing to join; give at least one tensor")
    shapes = [np.shape(a) for a in arrays]
    if () in shapes:
        raise ValueError("cat: a single number has no dim to join along; use stack")
    first = shapes[0]
    axis = check_dim("cat", dim, len(first))
    for k, shape in enumerate(shapes):
        if len(shape) != len(first) or any(
            n != m for i, (n, m) in enumerate(zip(shape, first, strict=True)) if i != axis
        ):
            raise ValueError(
                f"cat: tensor 1 has shape {first} and tensor {k + 1} has shape {shape}; outside dim "
                f"{axis} they must agree"
            )
    return {"dim": axis}


def _cat_back(k: int, g: Array, out: Array, *arrays: Array, dim: int) -> Any:
    start = sum(a.shape[dim] for a in arrays[:k])
    return g[(*(slice(None),) * dim, slice(start, start + arrays[k].shape[dim]))]


def _cat_cell(index: tuple[int, ...], *inputs: Cells, dim: int) -> Any:
    place = index[dim]
    for x in inputs:
        if place < x.shape[dim]:
            return x[(*index[:dim], place, *index[dim + 1 :])]
        place -= x.shape[dim]
    raise AssertionError("the index lies outside the joined tensor")


def _draw_cat(draw: Draw) -> Example:
    shape = draw.shape(1)
    dim = draw.integer(0, len(shape) - 1)
    parts = [(*shape[:dim], draw.integer(0, 3), *shape[dim + 1 :]) for _ in range(draw.integer(1, 3))]
    return example(*(draw.array(part) for part in parts), dim=dim - draw.choice(0, len(shape)))


cat = Op(
    name="cat",
    method="-",
    symbol="cat",
    expression="cat(<args>)",
    variadic=True,
    bind=_bind,
    prepare=_check_cat,
    forward=lambda *arrays, dim: np.concatenate(arrays, axis=dim),
    vjps=(_cat_back,),
    formula=r"[<args>]",
    backward=(r"<g> \text{, the part of } <x>",),
    says="Join <args> <dim>.",
    says_backward=("Joining changes no number: <x> takes its own part of the gradient.",),
    cell=_cat_cell,
    draw=_draw_cat,
    peer=lambda torch, *tensors, dim: torch.cat(tensors, dim),
    examples=(
        example([1.0, 2.0], [3.0, 4.0, 5.0], dim=0),
        example([[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]], dim=0),
        example([[1.0], [2.0]], [[3.0, 4.0], [5.0, 6.0]], dim=-1),
    ),
)


def _check_stack(*arrays: Array, dim: int = 0) -> dict[str, Any]:
    if not arrays:
        raise ValueError("stack: there is nothing to join; give at least one tensor")
    shapes = [np.shape(a) for a in arrays]
    for k, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(
                f"stack: tensor 1 has shape {shapes[0]} and tensor {k + 1} has shape {shape}; all "
                f"must have the same shape"
            )
    return {"dim": check_dim("stack", dim, len(shapes[0]) + 1)}


def _draw_stack(draw: Draw) -> Example:
    shape = draw.shape(most=2)
    dim = draw.integer(-len(shape) - 1, len(shape))
    return example(*(draw.array(shape) for _ in range(draw.integer(1, 3))), dim=dim)


stack = Op(
    name="stack",
    method="-",
    symbol="stack",
    expression="stack(<args>)",
    variadic=True,
    bind=_bind,
    prepare=_check_stack,
    forward=lambda *arrays, dim: np.stack(arrays, axis=dim),
    vjps=(lambda k, g, out, *arrays, dim: g[(*(slice(None),) * dim, k)],),
    formula=r"[<args>]",
    backward=(r"<g> \text{, the part of } <x>",),
    says="Stack <args> <dim>.",
    says_backward=("Stacking changes no number: <x> takes its own part of the gradient.",),
    cell=lambda index, *inputs, dim: inputs[index[dim]][(*index[:dim], *index[dim + 1 :])],
    draw=_draw_stack,
    peer=lambda torch, *tensors, dim: torch.stack(tensors, dim),
    examples=(
        example(1.0, 2.0, 3.0, dim=0),
        example([1.0, 2.0], [3.0, 4.0], dim=1),
        example([[1.0], [2.0]], [[3.0], [4.0]], dim=-1),
    ),
)
