"""Which shapes fit together, and the sentences about those that do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Shape = tuple[int, ...]


def broadcast_shape(shapes: Sequence[Shape]) -> Shape | None:
    """The shape of a result that is made number by number, or None where the shapes do not fit."""
    if all(shape == shapes[0] for shape in shapes):
        return shapes[0]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def product_shape(shapes: Sequence[Shape]) -> Shape | None:
    """The shape of a matrix product of two arrays, or None where they do not fit."""
    x, y = shapes
    if not x or not y or x[-1] != (y[0] if len(y) == 1 else y[-2]):
        return None
    batch = broadcast_shape((x[:-2], y[:-2]))
    return None if batch is None else (*batch, *x[-2:-1], *(y[-1:] if len(y) > 1 else ()))


def product_misfit(name: str, words: Sequence[str], shapes: Sequence[Shape]) -> str:
    """The sentence about two arrays that cannot be multiplied as matrices."""
    x, y = shapes
    if not x or not y:
        word = words[0] if not x else words[1]
        return (
            f"{name} multiplies vectors and matrices, but {word} is a single number (the shapes are {x} "
            f"and {y}); write * instead, or give {word} several numbers."
        )
    inner = y[0] if len(y) == 1 else y[-2]
    if x[-1] == inner:
        return broadcast_misfit(name, words, (x[:-2], y[:-2]))
    columns = "numbers" if len(x) == 1 else "columns"
    rows = "numbers" if len(y) == 1 else "rows"
    return (
        f"{words[0]} has shape {x} and {words[1]} has shape {y}, so {words[0]} has {x[-1]} {columns} but "
        f"{words[1]} has {inner} {rows}; {name} needs as many of each."
    )


def broadcast_misfit(name: str, words: Sequence[str], shapes: Sequence[Shape]) -> str:
    """The sentence about the first two of several values whose numbers cannot be paired."""
    pairs = ((j, k) for k in range(len(shapes)) for j in range(k))
    j, k = next((j, k) for j, k in pairs if broadcast_shape((shapes[j], shapes[k])) is None)
    return (
        f"{words[j]} has shape {shapes[j]} but {words[k]} has shape {shapes[k]}, so {name} cannot pair their "
        "numbers; sizes must be equal, or one of them 1, from the last on."
    )
