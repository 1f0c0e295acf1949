"""One cell as a computation of its own: its scalar graph, recorded, with long sums folded in the middle.

For a value the graph is what the op's record makes the cell of. For a gradient dL/dX[i] it is a stand-in for
L: S = sum of (gradient of o) times o over all cells o that X[i] moves; its slope with respect to X[i] is that
gradient. What is merely added to such a cell o does not change the slope and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np

from engine import Tensor, record
from engine.op import Op
from engine.origin import Note
from engine.scope import Kind, Scope
from engine.trace import Trace
from viewer.origins import Index, Leaves, Reader, TooMuchInsideError, moved, readers, value_scalars
from viewer.scene import Scene, TooManyCardsError
from viewer.words import fill

MOST_SCALARS = 300_000  # operations, about a third of a second
STAND_IN = "S"
LETTER = "s"
UNFOLDED = 8  # terms that a sum may have without being folded
FIRST, LAST = 3, 2  # of a longer one, these stay in sight
Made = tuple[Tensor, Mapping[Tensor, Kind]]  # a root, and the cells on the way that get a box of their own
EACH = 8  # terms in the smallest boxes, and boxes in a larger one


class TooManyScalarsError(ValueError):
    """More scalar operations than can be made in a moment."""


def cell_name(trace: Trace, i: int, index: Index) -> str:
    """What a cell is called: `q[1, 2]`, or just the name of a scalar."""
    return f"{trace.names[i]}[{', '.join(map(str, index))}]" if index else trace.names[i]


def gradient_name(trace: Trace, i: int, index: Index) -> str:
    """What the gradient at a cell is called: `∂loss/∂q[1, 2]`."""
    return f"∂{trace.names[trace.root]}/∂{cell_name(trace, i, index)}"


def scalar_trace(trace: Trace, i: int, kind: str, index: Index, boxes: Collection[str] = ()) -> Trace:
    """The record of the scalar graph behind cell `index` of node `i`; `kind`: "value" or "gradient".

    Each of `boxes` counts as one: its inside is in the graph. Raises TooManyScalarsError if the graph would
    be too large.
    """
    make = _value_graph if kind == "value" else _gradient_graph
    try:
        root, boxed = make(trace, i, index, boxes)
        scalars = recorded(root, trace)
        fold(scalars, boxed)
        _ = Scene(scalars).items  # whether it can be drawn
    except (TooMuchInsideError, TooManyCardsError):
        way = (
            "Open the box around it first, then a cell inside"
            if boxes
            else "Open a cell nearer to the inputs"
        )
        raise TooManyScalarsError(
            f"Between {cell_name(trace, i, index)} and what it comes from lies too much to be drawn at once. "
            f"{way}, or make the computation smaller."
        ) from None
    return scalars


def recorded(root: Tensor, trace: Trace) -> Trace:
    """The record of scalars out of `trace`; what nothing names is called s1, s2, …, as nothing in it is."""
    return record(root, letter=LETTER, taken=trace.names)


def _value_graph(trace: Trace, i: int, index: Index, boxes: Collection[str]) -> Made:
    root, leaves = value_scalars(trace, i, index, boxes)
    name_leaves(leaves)
    if root not in leaves.places:
        root.name = cell_name(trace, i, index)
    return root, {}


def name_leaves(leaves: Leaves) -> None:
    """Give every leaf, and what was made inside a box, the name of the cell that it is.

    Constants written in the code keep none.
    """
    for leaf, (j, index) in (leaves.places | leaves.made).items():
        if index or not leaves.trace.is_constant(j):
            leaf.name = cell_name(leaves.trace, j, index)


def _gradient_graph(trace: Trace, i: int, index: Index, boxes: Collection[str]) -> Made:
    boxed: dict[Tensor, Kind] = {}
    leaves = Leaves(trace, only=(i, index))
    with np.errstate(all="ignore"):
        root = None
        for reader in readers(trace, i, boxes):
            touched = moved(trace, reader, index)
            upstream = reader.upstream(trace)
            own_leaves = leaves.looking_into(reader.inside)
            for count, place in enumerate(touched):
                out = own_leaves.cell(reader.node, place, reader.arguments)
                if count == 0:
                    _check_size(len(leaves.places) * len(touched), trace, i, index)
                if not out.requires_grad:
                    continue
                own = _without_what_is_added(out)
                if own is out and out.inputs:
                    out.name = cell_name(trace, reader.node, place)
                    boxed[out] = _cell_kind(trace, reader)
                name = gradient_name(trace, reader.node, place)
                part = Tensor(upstream[place].item(), requires_grad=False, name=name) * own
                root = part if root is None else root + part
    name_leaves(leaves)
    if root is None:
        return Tensor(0.0, name=STAND_IN), boxed
    root.name = STAND_IN
    return root, {out: kind for out, kind in boxed.items() if not _is_small(out)}


def _is_small(out: Tensor) -> bool:
    """True for a cell that is made by one op, or by two."""
    return not any(before.inputs for own in out.inputs for before in own.inputs)


def _cell_kind(trace: Trace, reader: Reader) -> Kind:
    """What the box of one cell says about itself."""
    op = trace.nodes[reader.node]._op
    assert op is not None
    return Kind(
        name=op.name,
        formula=r"\cdots",
        says="Compute one cell of the result, step by step.",
        says_backward="What this one cell sends back to <x>.",
        expression="…",
    )


def _check_size(count: int, trace: Trace, i: int, index: Index) -> None:
    if count > MOST_SCALARS:
        raise TooManyScalarsError(
            f"The gradient of {cell_name(trace, i, index)} takes about {count:,} scalar operations; "
            f"{MOST_SCALARS:,} is the most that can be opened. Make the computation smaller, or open a cell "
            "nearer to the result."
        )


def _without_what_is_added(out: Tensor) -> Tensor:
    """The part of a sum that asks for a gradient: fixed terms do not change its slope."""
    while out._op is not None and out._op.name == "add":
        moving = [t for t in out.inputs if t.requires_grad]
        if len(moving) != 1:
            break
        out = moving[0]
    return out


# ---------- folding ----------


def fold(trace: Trace, boxed: Mapping[Tensor, Kind]) -> None:
    """Put what is long into boxes: each of `boxed`, and the middle of every long chain of one op (a sum).

    A chain's middle comes in boxes within boxes of a few terms. What nothing outside a box reads belongs to
    it: the products of a dot product and their factors.
    """
    scopes: dict[int, Scope | None] = {}
    names: dict[tuple[Scope | None, str], int] = {}
    for i in range(len(trace) - 1, -1, -1):
        if i in scopes:
            continue
        around = _common([scopes.get(n) for n, _ in trace.consumers[i]])
        kind = boxed.get(trace.nodes[i])
        if kind is not None:
            name = (trace.nodes[i].name or kind.name).replace(", ", "][")  # in a link, commas part the boxes
            around = Scope(name, kind, around)
        chain = _chain(trace, i)
        if len(chain) + 1 > UNFOLDED:
            scopes |= dict.fromkeys(chain, around)
            middle = chain[FIRST - 1 : len(chain) - LAST]
            title = f"{len(middle)} more terms"
            names[around, title] = nth = names.get((around, title), 0) + 1
            _fold(trace, middle, FIRST + 1, title if nth == 1 else f"{title} {nth}", around, scopes)
        else:
            scopes[i] = around
    for i, scope in scopes.items():
        if scope is None:
            continue
        note = _note(trace.nodes[i])
        if trace.inputs[i]:
            note.scope = scope
        else:
            note.parameter = True  # so that it is drawn inside, where it is read


def _chain(trace: Trace, last: int) -> list[int]:
    """The nodes of a chain such as ((a + b) + c) + d that ends at `last`, the first one first."""
    chain = [last]
    while len(trace.inputs[chain[-1]]) == 2:
        before = trace.inputs[chain[-1]][0]
        if trace.nodes[before]._op is not trace.nodes[last]._op or len(trace.consumers[before]) != 1:
            break
        chain.append(before)
    return chain[::-1] if len(trace.inputs[last]) == 2 else []


def _fold(
    trace: Trace,
    middle: list[int],
    first: int,
    title: str,
    parent: Scope | None,
    scopes: dict[int, Scope | None],
) -> None:
    """Put these nodes of a chain into one box; `first` counts the terms of the chain, from 1."""
    op = trace.nodes[middle[0]]._op
    assert op is not None
    before = trace.nodes[trace.inputs[middle[0]][0]]
    n = len(middle)
    scope = Scope(title, _kind(op, title, n), parent, arguments=(before,))
    if n <= EACH + 2:
        scopes.update(dict.fromkeys(middle, scope))
        return
    each = EACH ** max(1, math.ceil(math.log(n, EACH)) - 1)
    for start in range(0, n, each):
        part = middle[start : start + each]
        _fold(
            trace,
            part,
            first + start,
            f"terms {first + start} to {first + start + len(part) - 1}",
            scope,
            scopes,
        )


def _kind(op: Op, title: str, n: int) -> Kind:
    """What a box of `n` terms says about itself."""
    return Kind(
        name=title,
        formula=fill(op.formula, {"x": "<x>", "y": r"\cdots"}),
        says=f"Go on from <x> with the next {n} terms, in the same way.",
        says_backward=f"What the {n} terms inside send back to <x>, added up.",
        expression=fill(op.expression, {"x": "<x>", "y": title}),
    )


def _note(node: Tensor) -> Note:
    if node.note is None:
        node._note = Note()
    note = node.note
    assert note is not None
    return note


def _common(scopes: list[Scope | None]) -> Scope | None:
    """The innermost box around all of these."""
    common = None
    around = [[] if scope is None else scope.ancestors for scope in scopes]
    for level in zip(*around, strict=False):
        if any(scope is not level[0] for scope in level):
            break
        common = level[0]
    return common
