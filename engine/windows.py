"""Windows that slide over an array: what convolution and pooling see, by strided views instead of loops.

Throughout, an array has its spatial dims last: one (a signal) or two (an image).
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Sizes = tuple[int, ...]  # one for each spatial dim


def sizes(op: str, what: str, given: Any, dims: int, least: int) -> Sizes:
    """`given` as one whole number for each of `dims` spatial dims, each of `least` or more."""
    parts = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,) * dims
    try:
        found = tuple(operator.index(n) for n in parts)
    except TypeError:
        found = ()
    if len(found) != dims or any(n < least for n in found):
        wanted = "a whole number" if dims == 1 else f"a whole number, or {dims} of them"
        raise ValueError(f"{op}: {what} is {given!r}, but it must be {wanted}, from {least} up")
    return found


def check_fit(op: str, shape: Sizes, kernel: Sizes, padding: Sizes) -> None:
    """Raise unless the window fits into the padded array at least once."""
    for n, k, p in zip(shape, kernel, padding, strict=True):
        if n + 2 * p < k:
            around = f" with padding {p} on both sides" if p else ""
            raise ValueError(
                f"{op}: a window of length {k} does not fit into a length of {n}{around}; "
                "take a smaller window or more padding"
            )


def windows(x: Any, kernel: Sizes, stride: Sizes) -> Any:
    """A view of every window: shape (…, places, window), one dim of each for each spatial dim."""
    dims = len(kernel)
    view = sliding_window_view(x, kernel, axis=tuple(range(-dims, 0)))
    index: Any = (..., *(slice(None, None, s) for s in stride), *(slice(None),) * dims)
    return view[index]


def pad(x: Any, padding: Sizes, value: float = 0.0) -> Any:
    """`x` with `value` around it."""
    if not any(padding):
        return x
    dims = len(padding)
    lengths = (n + 2 * p for n, p in zip(x.shape[-dims:], padding, strict=True))
    full = np.full((*x.shape[:-dims], *lengths), value, x.dtype)
    full[inside(padding, x.shape[-dims:])] = x
    return full


def inside(padding: Sizes, shape: Sizes) -> Any:
    """The index of the array itself within the padded one."""
    return (..., *(slice(p, p + n) for p, n in zip(padding, shape, strict=True)))


def spread(g: Any, kernel: Sizes, stride: Sizes, padding: Sizes, shape: Sizes) -> Any:
    """A gradient of places, laid out so that windows over it are, for every cell, the places that saw it.

    Between the places of a stride stand zeros, around them as many as a window reaches out. The windows are
    those of `kernel` at stride 1, and their cells come in reverse order: the kernel meets them flipped.
    `shape`: the spatial shape of the array that the windows slid over, without its padding.
    """
    full: Any = np.zeros(
        (*g.shape[: -len(shape)], *(n + k - 1 for n, k in zip(shape, kernel, strict=True))), g.dtype
    )
    target, source = [], []
    for n, k, s, p, places in zip(shape, kernel, stride, padding, g.shape[-len(shape) :], strict=True):
        # place i starts at cell i·s − p of the array, and so at i·s − p + k − 1 of the result
        first = max(0, -((k - 1 - p) // s))
        start = first * s - p + k - 1
        count = max(0, min(places - first, (n + k - 2 - start) // s + 1))
        target.append(slice(start, start + count * s, s))
        source.append(slice(first, first + count))
    full[(..., *target)] = g[(..., *source)]
    return full
