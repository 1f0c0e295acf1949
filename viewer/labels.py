"""Words for the places of an array: a sentence's tokens are words, and so are the rows made of them.

Nobody writes them down twice. EmbedToken knows the words of its tokens and of the rows of its table, and an
input may name its places. From there on words go where the numbers go: what only moves numbers about is run
on the places themselves, to see where each of them went.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from engine.nn.embedding import EmbedToken
from engine.op import OPS, Op
from engine.trace import Trace

Words = tuple[str, ...]
Shape = tuple[int, ...]
Axes = tuple[Words, ...]  # one entry for each axis of an array; empty where its places have no words

MOVES = frozenset(
    {
        *("index", "transpose", "permute", "reshape", "flatten", "squeeze", "unsqueeze", "expand", "detach"),
        *("cat", "stack"),
    }
)
REDUCES = frozenset({"sum", "mean", "amax", "amin", "prod", "var"})
KEEPS = frozenset({"softmax", "log_softmax", "standardize"})
PRODUCTS = frozenset({"matmul", "affine"})


@dataclass(frozen=True)
class Labelled:
    """What the places of one array are called.

    `stem`: the one word that all of the array is about, as a row that was taken out; `since`: the node that
    took it. Where two such arrays meet, as in a step of a recurrent net, the later word counts.
    `tokens`: of whole numbers that stand for words, all words in order.
    """

    axes: Axes
    stem: str = ""
    since: int = -1
    tokens: Words = ()


NOTHING = Labelled(())
_CELL = re.compile(r"\*\*([^*[\]]+)\[(\d+(?:, \d+)*)\]\*\*")
_known: WeakKeyDictionary[Trace, dict[Any, dict[int, Labelled]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Labels:
    """The words of a trace's arrays. `given`: those of its leaves, by name. Found once for each trace."""

    trace: Trace
    given: Mapping[str, Axes] = field(default_factory=dict)

    @property
    def _found(self) -> dict[int, Labelled]:
        known = _known.setdefault(self.trace, {})
        key = tuple(sorted(self.given.items()))
        if key not in known:
            known[key] = _spread(self.trace, _sources(self.trace, self.given))
        return known[key]

    def axes(self, i: int) -> Axes:
        """The words along each axis of node `i`; empty if none of them has any."""
        axes = self._found.get(i, NOTHING).axes
        return axes if any(axes) else ()

    def tokens(self, i: int) -> Words:
        """Of a node whose numbers stand for words: these, by number."""
        return self._found.get(i, NOTHING).tokens

    def place(self, i: int, axis: int, at: int) -> str:
        """What a place along an axis of node `i` is called; empty if it has no word."""
        axes = self._found.get(i, NOTHING).axes
        return distinct(axes[axis])[at] if axis < len(axes) and axes[axis] else ""

    def cell(self, i: int, index: Sequence[int]) -> str:
        """What a cell of node `i` is called: `weights[bank, river]`, and `q[1, 2]` without words.

        The cells of tokens are called by their places, since the word is what stands there.
        """
        name = self.trace.names[i]
        if not index:
            return name
        words = ["" if self.tokens(i) else self.place(i, axis, at) for axis, at in enumerate(index)]
        return f"{name}[{', '.join(word or str(at) for word, at in zip(words, index, strict=True))}]"

    def retold(self, text: str) -> str:
        """A text that names cells by their places, `**p[2]**`, with their words: `**p[house]**`.

        What is no cell here stays as it is.
        """

        def cell(match: re.Match[str]) -> str:
            index = [int(at) for at in match[2].split(", ")]
            try:
                i = self.trace.find(match[1])
            except ValueError:
                return match[0]
            shape = self.trace.nodes[i].shape
            inside = len(index) == len(shape) and all(at < n for at, n in zip(index, shape, strict=True))
            return f"**{self.cell(i, index)}**" if inside else match[0]

        return _CELL.sub(cell, text)


def distinct(words: Words) -> Words:
    """The words; one that occurs several times with its place, counted from 1.

    >>> distinct(("the", "house", "the"))
    ('the (1)', 'house', 'the (3)')
    """
    return tuple(word if words.count(word) < 2 else f"{word} ({k})" for k, word in enumerate(words, 1))


def _sources(trace: Trace, given: Mapping[str, Axes]) -> dict[int, Labelled]:
    """The arrays whose words are known from the start: inputs, and what the calls of EmbedToken read."""
    found = {
        i: Labelled(given[trace.names[i]])
        for i, inputs in enumerate(trace.inputs)
        if not inputs and _fits(given.get(trace.names[i], ()), trace.nodes[i].shape)
    }
    for i, scope in enumerate(trace.scopes):
        op = trace.nodes[i]._op
        if scope is None or op is None or op.name != "embedding" or not isinstance(scope.block, EmbedToken):
            continue
        words = scope.block.words
        if words is None:
            continue
        tokens, table = trace.inputs[i]
        numbers = np.asarray(trace.values[tokens])
        axes: list[Words] = [()] * numbers.ndim
        if numbers.ndim and numbers.size == numbers.shape[-1]:  # one sentence, not a batch of them
            axes[-1] = tuple(words[number] for number in numbers.ravel())
        found[tokens] = Labelled(tuple(axes), tokens=words)
        columns = found[table].axes[1] if table in found else ()
        found[table] = Labelled((words, columns))
    return found


def _fits(axes: Axes, shape: Shape) -> bool:
    """Whether there are words, as many as there are places."""
    return any(axes) and all(len(words) in (0, n) for words, n in zip(axes, shape, strict=True))


def _spread(trace: Trace, found: dict[int, Labelled]) -> dict[int, Labelled]:
    """The words of all arrays, from those that are known."""
    if not found:
        return found
    for i, inputs in enumerate(trace.inputs):
        if i in found or not inputs or not any(j in found for j in inputs):
            continue
        node = trace.nodes[i]
        assert node._op is not None
        each = [found.get(j, NOTHING) for j in inputs]
        shapes = [trace.nodes[j].shape for j in inputs]
        made = _made(node._op, node._params, node.shape, each, shapes)
        stem, since = max(((one.stem, one.since) for one in each if one.stem), key=_since, default=("", -1))
        if made.stem and not any(one.stem for one in each):
            stem, since = made.stem, i
        if any(made.axes) or stem:
            found[i] = Labelled(made.axes, stem, since)
    return found


def _since(pair: tuple[str, int]) -> int:
    return pair[1]


def _made(
    op: Op, params: Mapping[str, Any], shape: Shape, each: list[Labelled], shapes: list[Shape]
) -> Labelled:
    """What the places of an op's result are called; nothing if it is not known where they come from."""
    if op.elementwise or (op.name in KEEPS and shape == shapes[0]):
        return Labelled(_aligned(shape, each, shapes))
    if op.name in PRODUCTS:
        rows = [_from_end(each[0], 2)] if len(shapes[0]) > 1 else []
        columns = [_from_end(each[1], 1)] if len(shapes[1]) > 1 else []
        batch = len(shape) - len(rows) - len(columns)
        return Labelled((*((),) * batch, *rows, *columns))
    if op.name == "embedding":
        tokens = each[0].axes or ((),) * len(shapes[0])
        return Labelled((*tokens, _from_end(each[1], 1)))
    if op.name in REDUCES:
        most = (("dim", params["dim"]), ("keepdim", params["keepdim"]))
        return _moved(("amax", "amin"), most, shape, _words(each), tuple(shapes))
    if op.name in MOVES:
        return _moved((op.name,), tuple(params.items()), shape, _words(each), tuple(shapes))
    return NOTHING


def _words(each: list[Labelled]) -> tuple[Labelled, ...]:
    """The words alone: what moves alike in all blocks of a stack, `_moved` then finds but once."""
    return tuple(Labelled(one.axes, one.stem) for one in each)


def _from_end(one: Labelled, axis: int) -> Words:
    """The words along an axis counted from the last one, which is 1."""
    return one.axes[-axis] if len(one.axes) >= axis else ()


def _aligned(shape: Shape, each: list[Labelled], shapes: list[Shape]) -> Axes:
    """Cell by cell: the words of whichever argument has some there, the first one first."""
    axes: list[Words] = [()] * len(shape)
    for one, own in zip(each, shapes, strict=True):
        for axis, words in enumerate(one.axes, len(shape) - len(own)):
            if words and not axes[axis] and len(words) == shape[axis]:
                axes[axis] = words
    return tuple(axes)


@lru_cache(maxsize=1024)
def _moved(
    ops: tuple[str, ...],
    params: tuple[tuple[str, Any], ...],
    shape: Shape,
    each: tuple[Labelled, ...],
    shapes: tuple[Shape, ...],
) -> Labelled:
    """The words behind an op that only moves numbers, or that adds them up along some axes.

    It is run on numbers that stand for the words, one axis of its arguments after the other. What varies
    along one axis only gives that one its words; what is the same everywhere is the stem. Two ops, the
    largest and the smallest of what is added up, agree where the words stay apart.
    """
    axes: list[Words] = [()] * len(shape)
    stem = ""
    for axis in range(-1, max(len(one.axes) for one in each)):  # -1: the stems themselves
        numbers: dict[tuple[int, str], int] = {(0, ""): 0}
        arrays = [_numbered(one, own, axis, numbers) for one, own in zip(each, shapes, strict=True)]
        if len(numbers) == 1:
            continue
        told = [word for _, word in numbers]
        first, *others = (np.asarray(OPS[op].forward(*arrays, **dict(params))) for op in ops)
        if first.size == 0 or any(not np.array_equal(first, other) for other in others):
            continue
        varies = [j for j in range(first.ndim) if np.any(first != first.take([0], axis=j))]
        if not varies:
            stem = told[int(first.flat[0])] or stem
            alone = axis if axis >= 0 and first.ndim == len(shapes[0]) and shape[axis] == 1 else None
            added = dict(params)["dim"] if ops == ("unsqueeze",) and axis < 0 else None
            varies = [j for j in (alone, added) if j is not None]
        if len(varies) == 1:
            along = np.moveaxis(first, varies[0], -1).reshape(-1, first.shape[varies[0]])[0]
            axes[varies[0]] = tuple(told[int(number)] for number in along)
    return Labelled(tuple(axes), stem)


def _numbered(one: Labelled, shape: Shape, axis: int, numbers: dict[tuple[int, str], int]) -> Any:
    """Numbers in place of an array's words along an axis, or of its stem; `numbers` has what they mean."""
    words = (one.stem,) if axis < 0 else one.axes[axis] if axis < len(one.axes) else ()
    if not any(words):
        return np.zeros(shape, int)
    line = np.array([numbers.setdefault(place, len(numbers)) for place in enumerate(words)])
    return np.broadcast_to(line.reshape([-1 if k == axis else 1 for k in range(len(shape))]), shape)
