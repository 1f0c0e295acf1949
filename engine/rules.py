"""What the rules of several ops share: choices and signs on floats and arrays alike, dims, remarks."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.op import Array

VERBS = {"are": "is", "have": "has", "lie": "lies", "divide": "divides", "take": "takes"}  # of remarks


def select(condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition holds, else `no`; nothing of the other side leaks in, not even NaN."""
    if isinstance(condition, bool | np.bool_):
        return yes if condition else no
    return np.where(condition, yes, no)


def passed(stops: Any, g: Any) -> Any:
    """`g`, and 0 where it stops. A product takes a quarter of the time of a choice, but 0 · ∞ is NaN."""
    if isinstance(g, np.ndarray):
        sent = g * np.logical_not(stops)
        if math.isfinite(np.add.reduce(sent, axis=None)):
            return sent
    return select(stops, 0.0, g)


@dataclass(frozen=True)
class Dims:
    """The dims that an op runs over; as text "dim 0", "dims 0 and 2" or "all cells"."""

    axes: tuple[int, ...]
    whole: bool  # every dim of the tensor

    def __str__(self) -> str:
        if self.whole:
            return "all cells"
        *most, last = map(str, self.axes)
        return f"dims {', '.join(most)} and {last}" if most else f"dim {last}"


def check_dim(op: str, dim: Any, ndim: int) -> int:
    """`dim` counted from the front; the error says which dims there are."""
    try:
        d = operator.index(dim)
    except TypeError:
        raise ValueError(
            f"{op}: dim must be a whole number, but it is {dim!r}; give a number such as 0 or -1"
        ) from None
    if ndim == 0:
        raise ValueError(f"{op}: x is a single number and has no dim {d}; leave dim out")
    if not -ndim <= d < ndim:
        noun = "dim" if ndim == 1 else "dims"
        raise ValueError(
            f"{op}: dim {d} does not exist; x has {ndim} {noun}, so dim goes from {-ndim} to {ndim - 1}"
        )
    return d % ndim


def check_dims(op: str, dim: Any, ndim: int) -> Dims:
    """One dim, several, or None for all of them, as `Dims`."""
    if isinstance(dim, Dims):
        return dim
    several = isinstance(dim, Sequence) and not isinstance(dim, str)
    if dim is None or (several and not dim):
        return Dims(tuple(range(ndim)), True)
    if ndim == 0 and not several and dim in (0, -1):  # as in PyTorch
        return Dims((), True)
    axes = tuple(check_dim(op, d, ndim) for d in (dim if several else (dim,)))
    if len(set(axes)) != len(axes):
        raise ValueError(f"{op}: dim {tuple(dim)} names one dim twice; give each dim once")
    return Dims(tuple(sorted(axes)), ndim == len(axes) and ndim > 1)


def restore(g: Array, x: Array, dim: Dims, keepdim: bool) -> Array:
    """A reduced array with its dims put back as dims of length 1, so that it broadcasts against `x`."""
    if keepdim or not dim.axes:
        return g
    shape = tuple(1 if i in dim.axes else n for i, n in enumerate(np.shape(x)))
    return np.reshape(g, shape)


def count(dim: Dims, x: Array) -> int:
    """How many cells are brought together into one."""
    shape = np.shape(x)
    n = 1
    for axis in dim.axes:
        n *= shape[axis]
    return n


def cells(mask: Any, what: str = "") -> str:
    """How many cells of `mask` are true, in words: "2 of 6 cells", or "" for none.

    >>> cells(np.array([True, False, True]))
    '2 of 3 cells'
    """
    n = int(np.count_nonzero(mask))
    total = int(np.size(mask))
    if n == 0:
        return ""
    if n == total > 1:
        return "both cells" if total == 2 else f"all {total} cells"
    return f"{n} of {total} cells"


def remark(mask: Any, single: str, several: str) -> str:
    """`single` for one number that is concerned, else `several`, where `{n}` are the cells; "" for none.

    A verb of theirs stands in `several` in braces, such as `{are}`: of one cell it becomes "is".
    """
    if not np.any(mask):
        return ""
    if np.size(mask) == 1:
        return single
    one = np.count_nonzero(mask) == 1
    verbs = {plural: singular if one else plural for plural, singular in VERBS.items()}
    text = several.format(n=cells(mask), **verbs)
    return text[0].upper() + text[1:]


def overflow(out: Any, *arrays: Array) -> str:
    """What to say when infinity or NaN arises in `out`, computed from `arrays`; "" when it does not."""
    if np.all(np.isfinite(out)) or any(np.any(np.isnan(a)) for a in arrays):
        return ""
    if all(np.all(np.isfinite(a)) for a in arrays):
        return (
            "The result does not fit a floating-point number, which ends near 1.8e308: it becomes infinity."
        )
    if np.any(np.isnan(out)):
        return "Infinity minus infinity, or 0 times infinity, has no value: the result is NaN, not a number."
    return ""


def overflow_of(forward: Callable[..., Array]) -> Callable[..., str]:
    """The note of an op that can only overflow."""

    def note(*arrays: Array, **params: Any) -> str:
        strict = [np.float64(a) if type(a) is float else a for a in arrays]
        with np.errstate(all="ignore"):
            return overflow(forward(*strict, **params), *arrays)

    return note


def remarks(*parts: str) -> str:
    """The parts that say something, joined."""
    return " ".join(part for part in parts if part)
