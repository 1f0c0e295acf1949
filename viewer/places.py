"""An index and a dim as a person says them: row 2, the last row, columns 0 to 7, each row, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from engine.ops.indexing import Index
from engine.rules import Dims
from engine.trace import Trace
from viewer.labels import Labels
from viewer.words import escape, listed

AXES = {1: ("number",), 2: ("row", "column")}  # what a place along each axis is called
MOST = 8  # places that are told one by one
Word = Callable[[int, int], str]  # of a place along an axis; empty if it has none


def place_words(trace: Trace, labels: Labels, i: int) -> dict[str, str]:
    """For the placeholders of an index and of dims in the sentences of node `i`: `row 2 (*bank*)`."""
    index = _index(trace, i, lambda index, j: in_words(index, trace.nodes[j].shape, _word_of(labels, j)))
    return index | _dims(trace, i)


def place_symbols(trace: Trace, labels: Labels, i: int) -> dict[str, str]:
    """For the placeholder of an index in its formulas: `row 2`, and of a single cell `bank, water`."""
    return {name: escape(text) for name, text in place_titles(trace, labels, i).items()}


def place_titles(trace: Trace, labels: Labels, i: int) -> dict[str, str]:
    """The same for the title of a card, which is no TeX."""

    def title(index: Index, j: int) -> str:
        shape = trace.nodes[j].shape
        parts = _parts(index, len(shape))
        if parts is not None and all(isinstance(part, int) for part in parts):
            word = _word_of(labels, j)
            places = [at % shape[axis] for axis, at in enumerate(parts)]
            return ", ".join(word(axis, at) or str(at) for axis, at in enumerate(places))
        return in_words(index, shape, lambda axis, at: "")

    return _index(trace, i, title)


def _index(trace: Trace, i: int, say: Callable[[Index, int], str]) -> dict[str, str]:
    index = trace.nodes[i]._params.get("index")
    return {"index": say(index, trace.inputs[i][0])} if isinstance(index, Index) else {}


def _dims(trace: Trace, i: int) -> dict[str, str]:
    """The dims that node `i` runs over, swaps or joins along."""
    node = trace.nodes[i]
    op, ndim = node._op, trace.nodes[trace.inputs[i][0]].ndim if trace.inputs[i] else 0
    words = {}
    for name, value in node._params.items():
        if isinstance(value, Dims):
            words[name] = _over(value, ndim)
        elif name in ("dim0", "dim1"):
            words[name] = {ndim - 2: "rows", ndim - 1: "columns"}.get(value, f"dim {value}")
        elif name == "dim" and op is not None and op.variadic:
            words[name] = _joined(value, node.ndim)
    return words


def _over(dims: Dims, ndim: int) -> str:
    if dims.axes == (ndim - 1,) and ndim > 1:
        return "each row"
    return "each column" if dims.axes == (0,) and ndim == 2 else str(dims)


def _joined(dim: int, ndim: int) -> str:
    if ndim == 1:
        return "end to end"
    return {ndim - 2: "one below the other", ndim - 1: "side by side"}.get(dim, f"along dim {dim}")


def _word_of(labels: Labels, j: int) -> Word:
    return lambda axis, at: labels.place(j, axis, at)


def in_words(index: Index, shape: Sequence[int], word: Word = lambda axis, at: "") -> str:
    """What the index takes of an array of this shape; `word` names a place along an axis, if it can.

    >>> [in_words(Index(parts), (3, 4)) for parts in ((1,), (-1,), (slice(None), 2), (0, 3))]
    ['row 1', 'the last row', 'column 2', 'the number in row 0, column 3']
    >>> in_words(Index((Ellipsis, slice(0, 2))), (3, 4)), in_words(Index((np.array([2, 0, 2]),)), (3, 4))
    ('columns 0 and 1', 'rows 2, 0 and 2')
    >>> in_words(Index((1,)), (3,), lambda axis, at: "house"), in_words(Index((None, 0)), (3,))
    ('number 1 (*house*)', 'the cells [None, 0]')
    """
    names, parts = AXES.get(len(shape)), _parts(index, len(shape))
    if names is None or parts is None:
        return f"the cells [{index}]"
    if len(parts) == 2 and all(isinstance(part, np.ndarray) for part in parts):
        return _one_a_row(index, shape, parts, word)
    taken = [(axis, part) for axis, part in enumerate(parts) if not _is_all(part)]
    if not taken:
        return "all"
    said = [_places(names[axis], part, shape[axis], partial(word, axis)) for axis, part in taken]
    if not all(said):
        return f"the cells [{index}]"
    if len(said) == 2:
        cell = all(isinstance(part, int) for part in parts)
        return f"the {'number' if cell else 'cells'} in {said[0]}, {said[1]}"
    return said[0]


def _parts(index: Index, ndim: int) -> list[Any] | None:
    """One part for each axis, with all where nothing is said; None where new axes or masks come in."""
    parts = list(index.parts)
    if any(part is None or (isinstance(part, np.ndarray) and part.dtype.kind == "b") for part in parts):
        return None
    at = next((k for k, part in enumerate(parts) if part is Ellipsis), len(parts))
    rest = parts[at + 1 :]
    filled = [*parts[:at], *[slice(None)] * (ndim - at - len(rest)), *rest]
    return filled if len(filled) == ndim else None


def _is_all(part: Any) -> bool:
    return isinstance(part, slice) and part in (slice(None), slice(0, None))


def _places(name: str, part: Any, size: int, word: Callable[[int], str]) -> str:
    """The places along one axis; empty where they cannot be told in few words."""
    if isinstance(part, int):
        at = part % size
        which = f"the last {name}" if part == -1 else f"{name} {at}"
        return f"{which} (*{word(at)}*)" if word(at) else which
    places = list(range(size))[part] if isinstance(part, slice) else [int(at) % size for at in np.ravel(part)]
    if len(places) == 1:
        return _places(name, places[0], size, word)
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{name}s {places[0]} to {places[-1]}"
    return f"{name}s {listed([str(at) for at in places])}" if 0 < len(places) <= MOST else ""


def _one_a_row(index: Index, shape: Sequence[int], parts: list[Any], word: Word) -> str:
    """Two lists of places go together: most often they take one number of each row, such as a chance."""
    rows, columns = (np.ravel(part).tolist() for part in parts)
    if rows != list(range(shape[0])) or len(columns) != len(rows):
        return f"the cells [{index}]"
    said = [f"*{word(1, at)}*" if word(1, at) else str(at) for at in columns]
    which = "of" if all(word(1, at) for at in columns) else "in columns"
    return (
        f"the numbers {which} {listed(said)}, one from each row," if len(said) <= MOST else "one number a row"
    )
