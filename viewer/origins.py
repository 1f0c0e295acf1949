"""Where one cell comes from: which cells it used, and the very scalars that it is made of.

The scalars are the engine's own. An op's record makes one output cell out of scalar tensors, and what it
asks for on the way is what the cell used. A gradient cell dL/dX[i] is a sum over the output cells o that X[i]
moves: the gradient of o times the slope of o with respect to X[i]. Which o these are is found by trying: with
no number, or an infinite one, in the place of X[i], what changes depends on it.

What happens inside a closed box counts as one: its cells are made, through all of its ops, of what flows in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from engine import Tensor, watch
from engine.backward import fit
from engine.op import Cells, times_first, times_second, unchanged
from engine.tensor import constant
from engine.trace import Trace

Index = tuple[int, ...]
Place = tuple[int, Index]  # a node of the trace, and a cell of it
ENDLESS = (np.nan, np.inf, -np.inf)  # probes for values
FINITE = (0.37, -0.61, 2.3, -2.7)  # probes for slopes, in sizes of the largest number about
ROUNDING = 1e-9
MOST_INSIDE = 60  # ops in a box that counts as one: they are made one within the other
MOST_READ = 400  # cells on the way through a box


class TooMuchInsideError(Exception):
    """A box is too large to be looked through."""


def insides(trace: Trace, boxes: Collection[str]) -> dict[int, frozenset[int]]:
    """For every node in one of these boxes, all nodes of its box. Raises TooMuchInsideError."""
    found: dict[str, set[int]] = {}
    for i, scope in enumerate(trace.scopes):
        path = (
            next((around.path for around in scope.ancestors if around.path in boxes), None) if scope else None
        )
        if path is not None:
            found.setdefault(path, set()).add(i)
    if any(len(nodes) > MOST_INSIDE for nodes in found.values()):
        raise TooMuchInsideError
    return {i: frozenset(nodes) for nodes in found.values() for i in nodes}


class Leaves:
    """Cells of a trace's nodes as scalar leaves, each made when it is first asked for.

    With `only`, this one place alone asks for its gradient, and only where the arguments `through` read it;
    else every cell does whose node does. Nodes `inside` are no leaves: they are made of scalars themselves.
    """

    def __init__(
        self, trace: Trace, only: Place | None = None, inside: Collection[int] = frozenset()
    ) -> None:
        self.trace = trace
        self.only = only
        self.inside = inside
        self.places: dict[Tensor, Place] = {}  # of every leaf
        self.made: dict[Tensor, Place] = {}  # of what was made inside
        self._leaves: dict[tuple[Place, bool], Tensor] = {}
        self.target: Tensor | None = None  # the leaf of `only`
        self._cells: dict[tuple[int, bool], Cells] = {}

    def cell(self, i: int, index: Index, through: tuple[int, ...] | None = None) -> Tensor:
        """Cell `index` of node `i`, made of scalars; arguments that are not in `through` are held fixed."""
        node, sources = self.trace.nodes[i], self.trace.inputs[i]
        op = node._op
        assert op is not None
        seen = [self._of(j, through is None or k in through) for k, j in enumerate(sources)]
        return constant(op.cell(index, *seen, **node._params))

    def looking_into(self, inside: Collection[int]) -> Leaves:
        """These leaves, shared, for what is made with other nodes inside."""
        if inside == self.inside:
            return self
        other = Leaves(self.trace, self.only, inside)
        other.places, other.made, other._leaves = self.places, self.made, self._leaves
        return other

    def used(self) -> list[Place]:
        """All places that leaves were made for, node by node."""
        return sorted(set(self.places.values()))

    def _of(self, j: int, free: bool) -> Cells:
        key = (j, free or self.only is None or self.only[0] != j)
        if key not in self._cells:
            self._cells[key] = Cells(self.trace.nodes[j].shape, partial(self._make, *key))
        return self._cells[key]

    def _make(self, j: int, free: bool, index: Index) -> Tensor:
        if self.inside and len(self.places) + len(self.made) > MOST_READ:
            raise TooMuchInsideError
        if j in self.inside and self.trace.inputs[j]:
            scalar = self.cell(j, index)
            if scalar not in self.places:
                self.made.setdefault(scalar, (j, index))
            return scalar
        number = np.asarray(self.trace.values[j])[index]
        place = (j, index)
        wanted = self.trace.nodes[j].requires_grad and free and self.only in (None, place)
        leaf = self._leaves.get((place, wanted))
        if leaf is None:
            leaf = Tensor(number.item() if number.dtype.kind == "f" else number, wanted)
            self._leaves[place, wanted] = leaf
        self.places[leaf] = place
        if place == self.only and free:
            self.target = leaf
        return leaf


@dataclass(frozen=True)
class Reader:
    """A node that reads another one, `source`, and sends a gradient back to it through these arguments.

    Or a node that leaves a box, as the ops `inside` it make it of what flows into the box.
    """

    node: int
    source: int
    arguments: tuple[int, ...] | None
    inside: frozenset[int] = frozenset()

    def upstream(self, trace: Trace) -> Any:
        """The gradient that it has to send: that of the node, as far as it comes from outside."""
        if not self.inside:
            return np.asarray(trace.gradients[self.node])
        total = np.zeros(trace.nodes[self.node].shape)
        if self.node == trace.root:
            total = total + np.asarray(trace.seed)
        for n, k in trace.consumers[self.node]:
            if n not in self.inside and trace.contributions[n] and trace.contributions[n][k] is not None:
                total = total + np.asarray(trace.contributions[n][k])
        return total


@dataclass(frozen=True)
class Term:
    """One term of a gradient cell: `upstream`, the gradient of cell `index` of `node`, times its `slope`.

    `factors`: what the slope is a product of, as places of the trace or numbers; None if it is no product.
    `read`: all that `index` was made of.
    """

    node: int
    index: Index
    upstream: float
    slope: float
    factors: tuple[Place | float, ...] | None
    fixed: tuple[Place, ...]  # cells that say where to, such as the tokens of a lookup
    read: tuple[Place, ...]

    @property
    def compared(self) -> tuple[Place, ...]:
        """All that was compared, where a comparison decides whether the gradient passes, as in a maximum."""
        return self.read if self.factors is None and self.slope in (0.0, 1.0) else ()

    @property
    def product(self) -> float:
        """What the term adds to the gradient."""
        return self.upstream * self.slope


def value_scalars(trace: Trace, i: int, index: Index, boxes: Collection[str] = ()) -> tuple[Tensor, Leaves]:
    """Cell `index` of node `i` as the engine makes it on scalars, and the leaves that it is made of.

    A box around the node counts as one if it is among `boxes`. Raises TooMuchInsideError.
    """
    leaves = Leaves(trace, inside=insides(trace, boxes).get(i, frozenset()))
    with watch(), np.errstate(all="ignore"):
        return leaves.cell(i, index), leaves


def readers(trace: Trace, i: int, boxes: Collection[str] = ()) -> list[Reader]:
    """The nodes that node `i` gets its gradient from; each of `boxes` counts as one.

    Raises TooMuchInsideError.
    """
    edges = [
        (n, k)
        for n, k in trace.consumers[i]
        if trace.contributions[n] and trace.contributions[n][k] is not None
    ]
    if not trace.accumulate and edges:  # the term that came last has overwritten the others
        last = min(n for n, _ in edges)
        return [Reader(last, i, (max(k for n, k in edges if n == last),))]
    found = []
    looked_through: set[frozenset[int]] = set()
    inside = insides(trace, boxes)
    for n in sorted({n for n, _ in edges}):
        box = inside.get(n, frozenset())
        if not box or i in box:
            found.append(Reader(n, i, tuple(k for other, k in edges if other == n)))
        elif box not in looked_through:
            looked_through.add(box)
            found += [
                Reader(leaving, i, None, box) for leaving in sorted(box) if _leaves_box(trace, leaving, box)
            ]
    return found


def _leaves_box(trace: Trace, i: int, box: frozenset[int]) -> bool:
    """True when something outside the box reads the node, and its gradient comes in there."""
    outside = [n for n, _ in trace.consumers[i] if n not in box]
    return trace.gradients[i] is not None and (i == trace.root or bool(outside))


def moved(trace: Trace, reader: Reader, index: Index) -> list[Index]:
    """The cells of a reader's value that cell `index` of what it reads moves, in reading order."""
    _, base = _probed(trace, reader, index, None)
    changed = np.isnan(base)  # what is no number may depend on anything
    for probe in ENDLESS:
        changed = changed | _differs(_probed(trace, reader, index, probe)[1], base)
    return list(map(tuple, np.argwhere(changed).tolist()))


def coupled(trace: Trace, reader: Reader, index: Index) -> list[Place]:
    """The cells that the slopes of what cell `index` moves depend on: in a product, the other factors.

    What depends on X[i] in the gradient sent to Y is what depends on Y in the gradient sent to X[i]: both are
    the second derivative. So a run of each rule, with a probe at X[i], finds them. The probes are finite: 0
    times NaN is NaN, so a rule that adds up zeros would seem to depend on all of them. They are several, so
    that no coincidence hides a cell. For the same reason the upstream gradient is made up, and so is what
    stands for a 0, which would hide the other factors.
    """
    if reader.inside:
        return []
    node = trace.nodes[reader.node]
    op = node._op
    assert op is not None
    random = np.random.default_rng(0)
    g = random.uniform(1.0, 2.0, node.shape)
    arrays = [trace.values[j] for j in trace.inputs[reader.node]]
    size = _largest(arrays)
    instead = [size * random.uniform(0.1, 0.2, np.shape(array)) for array in arrays]
    base = _probed(trace, reader, index, None, instead)
    tried = [_probed(trace, reader, index, size * probe, instead) for probe in FINITE]
    finite = np.isfinite(base[1])
    probed = [one for one in tried if np.all(np.isfinite(one[1]) | ~finite)]  # not -1 in a square root
    found: list[Place] = []
    for k, j in enumerate(trace.inputs[reader.node]):
        rule: Any = op.vjps[0 if op.variadic else k]
        if rule is not None and op.variadic:
            rule = partial(rule, k)
        if rule is None or np.asarray(trace.values[j]).dtype.kind != "f":
            continue
        sent = _sent(rule, g, base, node._params, k)
        changed: Any = False
        for one in probed:
            changed = changed | _differs(_sent(rule, g, one, node._params, k), sent)
        found += [(j, tuple(place)) for place in np.argwhere(changed).tolist()]
    return list(dict.fromkeys(found))


def _largest(arrays: list[Any]) -> float:
    """The size of the largest finite number in these arrays; 1 if all are 0."""
    numbers = np.concatenate([np.ravel(array) for array in arrays if np.asarray(array).dtype.kind == "f"])
    return float(np.max(np.abs(numbers[np.isfinite(numbers)]), initial=0.0)) or 1.0


def _sent(rule: Any, g: Any, tried: tuple[list[Any], Any], params: Any, k: int) -> Any:
    """What a rule sends back to argument `k`."""
    arrays, out = tried
    fresh = np.array(g)  # an op may keep what it found for the very array that came before
    with np.errstate(all="ignore"):
        return fit(rule(fresh, out, *arrays, **params), arrays[k])


def _probed(
    trace: Trace, reader: Reader, index: Index, probe: float | None, instead: list[Any] | None = None
) -> tuple[list[Any], Any]:
    """The reader's inputs with `probe` at cell `index` of what it reads, and what it makes of them.

    What is no number from the start would hide what a probe does: 1 takes its place. `instead`: for each
    input, what takes the place of zeros.
    """
    tried: list[Any] = []
    made: dict[int, Any] = {}  # inside a box, from one op to the next
    for n in [*sorted(i for i in reader.inside if i < reader.node), reader.node]:
        node, tried = trace.nodes[n], []
        assert node._op is not None
        for k, j in enumerate(trace.inputs[n]):
            array = made[j] if j in made else np.array(trace.values[j])
            if j not in made and array.dtype.kind == "f":
                array[np.isnan(array)] = 1.0
                if instead is not None:
                    array = np.where(array == 0, instead[k], array)
            if (
                probe is not None
                and j == reader.source
                and (reader.arguments is None or k in reader.arguments)
            ):
                array[index] = probe
            tried.append(array)
        with np.errstate(all="ignore"):
            made[n] = np.asarray(node._op.forward(*tried, **node._params))
    return tried, made[reader.node]


def _differs(a: Any, b: Any) -> Any:
    """Where two arrays differ by more than rounding, which may take another way when a probe is about."""
    with np.errstate(all="ignore"):
        close = (a == b) | (np.abs(a - b) <= ROUNDING * np.maximum(np.abs(a), np.abs(b)))
    return ~(close & np.isfinite(a) & np.isfinite(b) | (a == b) | (np.isnan(a) & np.isnan(b)))


def term(trace: Trace, reader: Reader, place: Place, index: Index) -> Term:
    """What cell `index` of the reader's value adds to the gradient at `place`, by the engine on scalars."""
    leaves = Leaves(trace, only=place, inside=reader.inside)
    with np.errstate(all="ignore"):
        out = leaves.cell(reader.node, index, reader.arguments)
        slope = np.nan if np.isnan(out.data) else 0.0
        if out.requires_grad and leaves.target is not None:
            out.backward()
            slope = leaves.target.grad
    op = trace.nodes[reader.node]._op
    assert op is not None
    rules = op.vjps * len(trace.inputs[reader.node]) if op.variadic else op.vjps
    fixed = [j for j, rule in zip(trace.inputs[reader.node], rules, strict=False) if rule is None]
    return Term(
        reader.node,
        index,
        float(reader.upstream(trace)[index]),
        slope,
        _factors(out, leaves),
        tuple(one for one in leaves.used() if one[0] in fixed),
        tuple(one for one in leaves.used() if one[0] not in fixed),
    )


def _factors(out: Tensor, leaves: Leaves) -> tuple[Place | float, ...] | None:
    """What the slope of `out` is a product of, if sums and products alone lead to the leaf that moves it."""
    if not out.requires_grad:
        return None
    factors: list[Place | float] = []
    for other in _way(out):
        if other is None:
            return None
        if isinstance(other, Tensor):
            factors.append(leaves.places.get(other) or float(other.data))
    return tuple(factors)


def _way(out: Tensor) -> Iterator[Tensor | str | None]:
    """From `out` to the leaf that moves it: at each op the other factor, "sum", or None for anything else."""
    while out.inputs:
        moving = [k for k, t in enumerate(out.inputs) if t.requires_grad]
        assert out._op is not None
        rule = out._op.vjps[moving[0]] if len(moving) == 1 and not out._op.variadic else None
        if rule is unchanged:
            yield "sum"
        elif rule is times_first or rule is times_second:
            yield out.inputs[1 - moving[0]]
        else:
            yield None
            return
        out = out.inputs[moving[0]]
