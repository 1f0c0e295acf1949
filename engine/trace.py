"""`record(root)`: the whole computation behind a tensor, as data.

A trace holds every node, in the order in which they were computed, and the backward pass with each
edge's contribution kept apart. The drawing, the steps, the formulas and the exports all read it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.backward import ARITHMETIC_ERRORS, FIXED, contribution, get_number
from engine.backward import seed as first_gradient
from engine.collector import paused_collector
from engine.op import times_first, times_second, unchanged
from engine.origin import Span, name_in_code, span_of
from engine.scope import Scope
from engine.tensor import Tensor
from engine.tree import Tree

if TYPE_CHECKING:
    from engine.optim import Optimizer


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: a node gets its value, or one argument gets one gradient term.

    `phase`: "forward", "seed", "backward" or "update"; `argument` is set for "backward" only.
    """

    phase: str
    node: int
    argument: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What the optimizer would do to one leaf."""

    node: int
    before: Any
    gradient: Any
    after: Any


class Trace:
    """The recorded computation of `root`; nodes are known by their index, inputs before consumers.

    `seed`: the gradient that the root starts with. `accumulate=False` shows a mistake on purpose:
    a gradient term overwrites those that came before it. What nothing names is called v1, v2, … or by
    another `letter`; names that are `taken` elsewhere are left out.
    """

    def __init__(
        self,
        root: Tensor,
        seed: Any = None,
        accumulate: bool = True,
        letter: str = "v",
        taken: Collection[str] = (),
    ) -> None:
        self.letter = letter
        self.taken = frozenset(taken)
        with paused_collector():
            self._record(root, seed, accumulate)

    def _record(self, root: Tensor, seed: Any, accumulate: bool) -> None:
        self.nodes = _reachable(root)
        self.values = [node._data for node in self.nodes]  # as they were: a leaf's data may change later
        self.root = len(self.nodes) - 1
        self.accumulate = accumulate
        self.inputs = _inputs(self.nodes)
        self.gradients: list[Any] = [None] * len(self.nodes)
        self.contributions: list[tuple[Any, ...]] = [()] * len(self.nodes)  # per node, one for each argument
        self.seed = None
        if root.requires_grad:
            self.seed = first_gradient(root, seed)
            with np.errstate(all="ignore"):  # infinities are part of the record
                self._backward()

    def _backward(self) -> None:
        nodes, inputs, gradients, contributions = self.nodes, self.inputs, self.gradients, self.contributions
        accumulate = self.accumulate
        gradients[self.root] = self.seed
        for i in range(self.root, -1, -1):
            g = gradients[i]
            sources = inputs[i]
            if g is None or not sources:
                continue
            terms = _terms(nodes[i], g)
            contributions[i] = terms
            for j, term in zip(sources, terms):  # noqa: B905, it would take a third of the time here
                if term is not None:
                    before = gradients[j]
                    gradients[j] = term if before is None or not accumulate else before + term

    @property
    def nbytes(self) -> int:
        """About how much memory its arrays take."""
        arrays = sum(getattr(value, "nbytes", 8) for value in self.values)
        return 2 * arrays + 500 * len(self)  # gradients are as large; a tensor and its notes take some, too

    def __len__(self) -> int:
        return len(self.nodes)

    @cached_property
    def positions(self) -> dict[Tensor, int]:
        """The index of every node."""
        return {node: i for i, node in enumerate(self.nodes)}

    @cached_property
    def consumers(self) -> list[list[tuple[int, int]]]:
        """For every node, the (node, argument) pairs that read it."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for i, sources in enumerate(self.inputs):
            for k, j in enumerate(sources):
                found[j].append((i, k))
        return found

    @cached_property
    def scopes(self) -> list[Scope | None]:
        """For every node, the innermost scope that it was made in; leaves belong to none."""
        return [None if node._op is None else node.scope for node in self.nodes]

    @cached_property
    def homes(self) -> list[Scope | None]:
        """For every node, the scope that it is drawn in: weights and constants where they are read."""
        homes = list(self.scopes)
        for i in range(len(self) - 1, -1, -1):
            if self.consumers[i] and (self.is_parameter(i) or self.is_constant(i)):
                homes[i] = _common([homes[c] for c, _ in self.consumers[i]])
        return homes

    @cached_property
    def tree(self) -> Tree:
        """The scopes with what they hold, what flows into them and what leaves them."""
        return Tree(self)

    @cached_property
    def names(self) -> list[str]:
        """A name for every node, unique within its home.

        In this order: the name it was given, the name that the code assigns it to (for what leaves a scope,
        the code that opened the outermost one), the number itself for a constant, "out" for the root,
        else v1, v2, … as evaluation traces are written.
        Source: Griewank and Walther, Evaluating Derivatives, 2008.
        """
        taken: set[tuple[Scope | None, str]] = set()
        counts: dict[tuple[Scope | None, str], int] = {}
        names: list[str] = []
        wanted = [self._wanted_name(i) for i in range(len(self))]
        numbered = self._numbered({name for name in wanted if name} | self.taken, wanted)
        for i, name in enumerate(wanted):
            if name is None:
                name = numbered[i]
            home, unique = self.homes[i], name
            while (home, unique) in taken and not self.is_constant(i):
                counts[home, name] = counts.get((home, name), 1) + 1
                unique = f"{name}_{counts[home, name]}"
            taken.add((home, unique))
            names.append(unique)
        return names

    def _numbered(self, used: set[str], wanted: Sequence[str | None]) -> dict[int, str]:
        """v1, v2, … (or another letter) for the nodes that nothing names, counted where they are read.

        A scope counts on from the one around it, so a name never means two things at one place, and what is
        outside is called the same whatever goes on inside.
        """
        places: dict[Scope | None, list[int]] = {}
        for i, name in enumerate(wanted):
            if name is None:
                readers = [self.homes[c] for c, _ in self.consumers[i]]
                places.setdefault(_common([self.homes[i], *readers]), []).append(i)
        reached: dict[Scope | None, int] = {}
        names: dict[int, str] = {}
        for place in sorted(places, key=lambda scope: len(_around(scope))):
            around = [None, *_around(place)]
            count = max((reached.get(scope, 0) for scope in around), default=0)
            for i in places[place]:
                count += 1
                while f"{self.letter}{count}" in used:
                    count += 1
                names[i] = f"{self.letter}{count}"
            reached[place] = count
        return names

    def _wanted_name(self, i: int) -> str | None:
        node = self.nodes[i]
        if node.name is not None:
            return node.name
        if node._op is None:
            return _written(node._data)
        note = node.note
        if note is not None:
            for scope in note.scope.ancestors if note.scope is not None else ():
                if scope.shown is not None and self._leaves(i, scope):
                    name = name_in_code(scope.caller)
                    if name is not None:
                        return name
            name = name_in_code(note.maker)
            if name is not None:
                return name
        return "out" if i == self.root else None

    def _leaves(self, i: int, scope: Scope) -> bool:
        """True when something outside `scope` reads the node, or nothing does."""
        return not self.consumers[i] or any(
            scope not in _around(self.scopes[c]) for c, _ in self.consumers[i]
        )

    def is_parameter(self, i: int) -> bool:
        """True for a leaf that a block brings with it: a weight, or a fixed table."""
        node = self.nodes[i]
        return node._op is None and node.note is not None and node.note.parameter

    def is_constant(self, i: int) -> bool:
        """True for a number or array that was written in the code, not given a name."""
        node = self.nodes[i]
        return node._op is None and node.name is None and not node.requires_grad

    def span(self, i: int) -> Span | None:
        """Where in the shown code the node was made."""
        note = self.nodes[i].note
        if note is None:
            return None
        return note.span if note.span is not None else span_of(note.shown)

    def find(self, name: str) -> int:
        """The index of the node of this name; names inside scopes are written `softmax/e`.

        Of several it is the one that is seen farthest out: what leaves a box is seen outside of it.
        """
        *path, last = name.split("/")
        matches = [
            i
            for i, own in enumerate(self.names)
            if own == last and (not path or _path(self.homes[i]) == "/".join(path))
        ]
        if not matches:
            known = ", ".join(dict.fromkeys(n for i, n in enumerate(self.names) if not self.is_constant(i)))
            raise ValueError(f"no node is named {name!r}; the names are {known}")
        return min(matches, key=self.level)  # of several on the outermost level the first

    def level(self, i: int) -> int:
        """How many scopes are around the innermost place at which the node and all that read it are seen."""
        return len(_around(_common([self.homes[i], *(self.homes[c] for c, _ in self.consumers[i])])))

    def value(self, name: str) -> Any:
        """The value of the node of this name."""
        return self.values[self.find(name)]

    def gradient(self, name: str) -> Any:
        """The gradient of the root with respect to the node of this name, or None where none flows."""
        return self.gradients[self.find(name)]

    def steps(self) -> list[Step]:
        """Forward, one step per computed node; then the seed; then backward, one per (node, argument)."""
        steps = [Step("forward", i) for i, sources in enumerate(self.inputs) if sources]
        if self.seed is not None:
            steps.append(Step("seed", self.root))
        for i in range(self.root, -1, -1):
            steps.extend(
                Step("backward", i, k) for k, term in enumerate(self.contributions[i]) if term is not None
            )
        return steps

    def updates(self, optimizer: Optimizer) -> list[Update]:
        """What one step of `optimizer` would do, computed from this trace's gradients; nothing is changed."""
        updates = []
        for k, parameter in enumerate(optimizer.parameters):
            i = self.positions.get(parameter)
            if i is not None and self.gradients[i] is not None:
                g = self.gradients[i]
                updates.append(Update(i, parameter._data, g, optimizer.proposed(k, g)))
        return updates

    @cached_property
    def first_non_finite(self) -> int | None:
        """The first node where NaN arises though no input is NaN, or infinity from finite inputs."""
        values = self.values
        for i, sources in enumerate(self.inputs):
            if sources and not np.all(np.isfinite(values[i])):
                given = [values[j] for j in sources]
                if not any(np.any(np.isnan(value)) for value in given) and (
                    np.any(np.isnan(values[i])) or all(np.all(np.isfinite(value)) for value in given)
                ):
                    return i
        return None


def record(
    root: Tensor, seed: Any = None, accumulate: bool = True, letter: str = "v", taken: Collection[str] = ()
) -> Trace:
    """The trace behind `root`, with a backward pass of its own: no tensor's `.grad` is touched.

    >>> from engine import watch
    >>> with watch():
    ...     a, b = Tensor(3.0, name="a"), Tensor(2.0, name="b")
    ...     out = a * a + b
    >>> trace = record(out)
    >>> trace.gradient("a"), [trace.names[i] for i in trace.inputs[trace.root]]
    (6.0, ['v1', 'b'])
    """
    return Trace(root, seed, accumulate, letter, taken)


def _terms(node: Tensor, g: Any) -> tuple[Any, ...]:
    """What `node` sends back to each of its inputs; None to those that take no gradient."""
    first = node._first
    if type(first) is tuple:
        return tuple([None if t._pass is FIXED else contribution(node, k, g) for k, t in enumerate(first)])
    second = node._second
    rules: Any = node._op.vjps  # type: ignore[union-attr]
    try:  # a scalar made the short way: floats all round
        if second is None:
            return (rules[0](g, node._data, first._data),)
        left = right = None
        if first._pass is not FIXED:
            rule = rules[0]
            if rule is unchanged:
                left = g
            elif rule is times_second:
                left = g * second._data
            else:
                left = rule(g, node._data, first._data, second._data)
        if second._pass is not FIXED:
            rule = rules[1]
            if rule is unchanged:
                right = g
            elif rule is times_first:
                right = g * first._data
            else:
                right = rule(g, node._data, first._data, second._data)
        return (left, right)
    except ARITHMETIC_ERRORS:
        inputs = node.inputs
        return tuple([None if t._pass is FIXED else contribution(node, k, g) for k, t in enumerate(inputs)])


def _reachable(root: Tensor) -> list[Tensor]:
    """Everything that `root` was computed from, in the order in which it was made; `root` is the last."""
    seen = {root}
    order: list[Tensor] = []
    waiting = [root]
    add, push, pop, see = order.append, waiting.append, waiting.pop, seen.add
    while waiting:  # the last one first: the order comes out nearly sorted
        node = pop()
        add(node)
        inputs = node._first
        if type(inputs) is not tuple:  # a scalar made the short way
            if inputs not in seen:
                see(inputs)
                push(inputs)
            t = node._second
            if t is not None and t not in seen:
                see(t)
                push(t)
            continue
        for t in inputs:
            if t not in seen:
                see(t)
                push(t)
    order.sort(key=get_number, reverse=True)
    order.reverse()
    if order[-1] is not root:
        raise ValueError(
            f"record: {order[-1].title} was changed after it had been used, so the recorded values no longer "
            "fit together. Run the forward pass again"
        )
    return order


def _inputs(nodes: list[Tensor]) -> list[tuple[int, ...]]:
    """For every node, the places of its inputs among the nodes."""
    position = dict(zip(nodes, range(len(nodes)), strict=True))
    found: list[tuple[int, ...]] = []
    add = found.append
    for node in nodes:
        inputs = node._first
        if type(inputs) is tuple:
            add(tuple([position[t] for t in inputs]) if inputs else ())
        elif node._second is None:
            add((position[inputs],))
        else:
            add((position[inputs], position[node._second]))
    return found


def _around(scope: Scope | None) -> list[Scope]:
    return [] if scope is None else scope.ancestors


def _path(scope: Scope | None) -> str:
    return "" if scope is None else scope.path


def _common(scopes: Sequence[Scope | None]) -> Scope | None:
    """The innermost scope around all of `scopes`."""
    common = None
    for level in zip(*map(_around, scopes), strict=False):
        if any(scope is not level[0] for scope in level):
            break
        common = level[0]
    return common


def _written(value: Any) -> str:
    """A constant as it may have been written in the code; a long one is just called data."""
    if np.ndim(value) == 1 and np.size(value) <= 3:
        return "[" + ", ".join(_written(x.item()) for x in value) + "]"
    if np.shape(value) != ():
        return "data"
    return f"{value:g}" if isinstance(value, float) else str(value)
