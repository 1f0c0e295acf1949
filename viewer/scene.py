"""A trace as seen with some boxes open: what is drawn, and in which order it happens.

A closed box stands for everything made inside one call, a stack for several alike ones; their inside is not
looked at. So the cost of a scene follows what is visible.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from engine import Tensor
from engine.scope import Scope
from engine.trace import Trace
from engine.tree import Branch, Edge
from viewer.folds import Run, Unit, is_of_alike, runs
from viewer.labels import Axes, Labels
from viewer.numbers import spoken
from viewer.rounding import Rounding

MOST_VISIBLE = 500
_weights: WeakKeyDictionary[Trace, dict[str, frozenset[int]]] = (
    WeakKeyDictionary()
)  # of blocks, by their paths


class TooManyCardsError(ValueError):
    """More cards than a person, or a browser, can handle."""


@dataclass(frozen=True)
class Item:
    """One card: a node of the trace, a closed box, a stack of alike boxes, or a port.

    A port stands for all that is outside of the box that is looked at: "in" is a value that comes from
    there, "out" one that is read there.
    """

    id: str
    node: int  # the node whose value the card shows; for a box its output
    scope: Scope | None  # of a closed box: what it stands for; of a stack: the first box
    frame: Scope | None  # the innermost open box around it
    order: int  # where it comes in the order of the trace
    run: Run | None = None
    port: Literal["", "in", "out"] = ""


@dataclass(frozen=True)
class Link:
    """One arrow: `source` is the node whose value flows from item `start` into item `end`."""

    id: str
    start: str
    end: str
    source: int
    argument: int
    edges: tuple[Edge, ...]  # the (node, argument) pairs of the trace that it stands for


@dataclass(frozen=True)
class SceneStep:
    """One thing that happens in the scene: `item` is the card that it is about."""

    phase: str  # "start", "forward", "seed", "backward", "update"
    item: str | None = None
    link: Link | None = None  # backward: the arrow that the gradient takes
    contribution: Any = None
    total: Any = None
    term: int = 0  # backward: which of the terms of the receiving node this is, from 1
    of: int = 0
    address: str = ""


@dataclass
class Scene:
    """What is visible of `trace` when the boxes whose paths are in `opened` are open.

    `focus`: the path of one box of which the inside alone is looked at. Raises ValueError if there is none.
    `given`: the words for the places of leaves, by name.
    """

    trace: Trace
    opened: frozenset[str] = field(default_factory=frozenset)
    focus: str = ""
    given: Mapping[str, Axes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.focus not in self.trace.tree.by_path:
            raise ValueError(f"There is no box {self.focus[:60]!r} here to look into; pick another.")
        self._owners: dict[int, str] = {}
        self._folded: dict[Branch, dict[Unit, Run]] = {}

    @cached_property
    def labels(self) -> Labels:
        """The words for the places of all arrays."""
        return Labels(self.trace, self.given)

    @property
    def top(self) -> Branch:
        """What is looked at: everything, or the inside of one box."""
        return self.trace.tree.by_path[self.focus]

    def owner(self, i: int) -> str:
        """The id of the card that shows node `i`: its own, that of a closed box or stack, or a port's."""
        if i not in self._owners:
            self._owners[i] = self._owner(i)
        return self._owners[i]

    def _owner(self, i: int) -> str:
        home = self.trace.tree.homes[i]
        way: list[Branch] = []
        branch: Branch | None = home
        while branch is not None and branch is not self.top:
            way.append(branch)
            branch = branch.parent
        if branch is None:
            return f"n{i}"  # outside of the focus
        around = branch
        for branch in reversed(way):
            run = self._runs(around).get(branch)
            if run is not None:
                return run.id
            if branch.path not in self.opened:
                return branch.path
            around = branch
        run = self._runs(home).get(i)
        return f"n{i}" if run is None else run.id

    def _runs(self, branch: Branch) -> dict[Unit, Run]:
        if branch not in self._folded:
            self._folded[branch] = runs(self.trace, branch, self.opened)
        return self._folded[branch]

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every card, by id, in the order in which it gets its value."""
        found: dict[str, Item] = {}
        for item in self._ports():
            found[item.id] = item
        stacks = False
        for item in self._inside(self.top, None):
            stacks |= item.run is not None
            found[item.id] = item
            if len(found) > MOST_VISIBLE:
                raise TooManyCardsError(
                    f"This would draw more than {MOST_VISIBLE} cards, the most that stays readable. "
                    "Close a box, look into a single one, or make the computation smaller"
                )
        ordered = {item.id: item for item in sorted(found.values(), key=lambda item: item.order)}
        return self._sorted(ordered) if stacks else ordered

    def _ports(self) -> Iterator[Item]:
        """What flows into the box that is looked at, and what leaves it."""
        if self.top.scope is None:
            return
        inputs = self.trace.inputs
        for j in sorted({inputs[i][k] for i, k in self.top.entering}):
            yield Item(f"n{j}", j, None, None, j, port="in")
        for i in self.top.leaving:
            if i != self.trace.root or self._outside(i):
                yield Item(f"out{i}", i, None, None, len(self.trace) + i, port="out")

    def _outside(self, i: int) -> list[Edge]:
        """The edges by which node `i` is read outside of the box that is looked at."""
        homes = self.trace.tree.homes
        return [(c, k) for c, k in self.trace.consumers[i] if not self.top.around(homes[c])]

    def _inside(self, branch: Branch, frame: Scope | None) -> Iterator[Item]:
        folded = self._runs(branch)
        stacked: set[Run] = set()
        for unit in branch.units:
            run = folded.get(unit)
            if run is not None:
                if run not in stacked:
                    stacked.add(run)
                    last = run.members[-1]
                    yield Item(run.id, last.leaving[-1], run.members[0].scope, frame, last.last, run)
            elif not isinstance(unit, Branch):
                yield Item(f"n{unit}", unit, None, frame, unit)
            elif unit.path in self.opened:
                yield from self._inside(unit, unit.scope)
            else:
                yield Item(unit.path, unit.leaving[-1], unit.scope, frame, unit.last)

    def _sorted(self, items: dict[str, Item]) -> dict[str, Item]:
        """Every card after those that it reads: a stack may end later than its readers begin."""
        place = {own: number for number, own in enumerate(items)}
        reads = {own: {self.owner(j) for _, _, j in self._edges(item)} - {own} for own, item in items.items()}
        readers: dict[str, list[str]] = {own: [] for own in items}
        for own, sources in reads.items():
            for source in sources:
                readers[source].append(own)
        waiting = {own: len(sources) for own, sources in reads.items()}
        ready = [place[own] for own, count in waiting.items() if count == 0]
        heapq.heapify(ready)
        names = list(items)
        found: dict[str, Item] = {}
        while ready:
            own = names[heapq.heappop(ready)]
            found[own] = items[own]
            for reader in readers[own]:
                waiting[reader] -= 1
                if waiting[reader] == 0:
                    heapq.heappush(ready, place[reader])
        assert len(found) == len(items), "the cards read each other in a circle"
        return found

    def _edges(self, item: Item) -> Iterator[tuple[int, int, int]]:
        """Every edge into a card, as (node, argument, source)."""
        inputs, tree = self.trace.inputs, self.trace.tree
        if item.port == "in":
            return
        if item.port == "out":
            yield item.node, 0, item.node
        elif item.run is not None:
            for member in item.run.members:
                yield from ((i, k, inputs[i][k]) for i, k in member.entering)
            for i in item.run.private:
                yield from ((i, k, j) for k, j in enumerate(inputs[i]))
        elif item.scope is not None:
            yield from ((i, k, inputs[i][k]) for i, k in tree.by_path[item.id].entering)
        else:
            yield from ((item.node, k, j) for k, j in enumerate(inputs[item.node]))

    @cached_property
    def frames(self) -> list[Scope]:
        """The open boxes that hold something, outer ones first."""
        found: dict[str, Scope] = {}
        for item in self.items.values():
            if item.frame is not None:
                for scope in reversed(item.frame.ancestors):
                    if scope is self.top.scope or scope.path in found:
                        break
                    found[scope.path] = scope
        return sorted(found.values(), key=lambda scope: len(scope.ancestors))

    @property
    def kept_open(self) -> list[str]:
        """The opened boxes that are there, outer ones first, and where alike ones stand apart."""
        inside = {scope.path for scope in self.frames} | {self.focus}
        tree = self.trace.tree.by_path

        def kept(path: str) -> bool:
            around = is_of_alike(path)
            if around is not None:
                return around in inside
            return path in inside or (self.focus != "" and path in tree)

        return sorted(
            (path for path in self.opened if path and kept(path)), key=lambda path: (path.count("/"), path)
        )

    @property
    def trail(self) -> list[Scope]:
        """The boxes around what is looked at, outermost first."""
        return [] if self.top.scope is None else self.top.scope.ancestors

    @cached_property
    def links(self) -> list[Link]:
        """Every arrow. Into a closed box, one for each value that it reads."""
        links: list[Link] = []
        for own, item in self.items.items():
            grouped: dict[Any, list[Edge]] = {}
            for i, k, j in self._edges(item):
                if self.owner(j) != own:
                    grouped.setdefault(j if item.scope is not None else (j, k), []).append((i, k))
            for argument, (key, edges) in enumerate(grouped.items()):
                source = key if item.scope is not None else key[0]
                across = self._outside(source) if item.port == "out" else edges
                number = len(links)
                links.append(Link(f"e{number}", self.owner(source), own, source, argument, tuple(across)))
        return links

    @cached_property
    def links_into(self) -> dict[str, list[Link]]:
        """The arrows that end at each card, in argument order."""
        found: dict[str, list[Link]] = {own: [] for own in self.items}
        for link in self.links:
            found[link.end].append(link)
        return found

    def arguments(self, item: Item) -> list[int | str]:
        """What a card's formula calls x, y and z: nodes, or the text of what is no node.

        For an op its inputs; for a box what the function was called with, or else what flows into it.
        """
        if item.scope is None:
            return list(self.trace.inputs[item.node])
        if item.scope.arguments:
            return self.called_with(item.scope)
        return [link.source for link in self.links_into[item.id]]

    def called_with(self, scope: Scope) -> list[int | str]:
        """The arguments of a call, as far as they are told by position."""
        return [self._argument(one) for one in scope.arguments]

    def flows_into(self, scope: Scope) -> list[int]:
        """What comes into a box from outside, but for its weights and for the code's numbers."""
        trace, weights = self.trace, self.weights(scope)
        sources = dict.fromkeys(trace.inputs[i][k] for i, k in trace.tree.by_path[scope.path].entering)
        return [
            j for j in sources if j not in weights and not trace.is_constant(j) and not trace.is_parameter(j)
        ]

    def _argument(self, one: Any) -> int | str:
        if isinstance(one, Tensor):
            return self.trace.positions.get(one, spoken(one.data))
        return spoken(one) if isinstance(one, int | float | list | tuple | np.ndarray) else "…"

    def computed(self, item: Item) -> bool:
        """True for what gets its value at a step; a port and a leaf have theirs from the start."""
        return not item.port and (item.scope is not None or bool(self.trace.inputs[item.node]))

    def learns(self, link: Link) -> bool:
        """True when a gradient flows back along the arrow."""
        return any(self._term(i, k) is not None for i, k in link.edges)

    def _term(self, i: int, k: int) -> Any:
        sent = self.trace.contributions[i]
        return sent[k] if sent else None

    def contribution(self, link: Link) -> Any:
        """The gradient term that flows back along the arrow: of a box, the sum over what it holds."""
        terms = [term for i, k in sorted(link.edges, reverse=True) if (term := self._term(i, k)) is not None]
        total = terms[0] if terms else None
        for term in terms[1:]:
            total = total + term if self.trace.accumulate else term
        return total

    def keeps(self, item: Item) -> bool:
        """True for a box with weights of its own inside, where the gradient that comes back may end."""
        return item.scope is not None and item.scope.parameters > 0 and self.gradient_comes(item)

    def gradient_comes(self, item: Item) -> bool:
        """True when a gradient arrives at what a box puts out."""
        return self.trace.gradients[item.node] is not None

    def weights(self, scope: Scope) -> frozenset[int]:
        """The nodes that are weights of the block of a scope, wherever they stand in the drawing."""
        if scope.block is None:
            return frozenset()
        known = _weights.setdefault(self.trace, {})
        if scope.path not in known:
            found = (self.trace.positions.get(tensor) for _, tensor in scope.block.named_tensors())
            known[scope.path] = frozenset(i for i in found if i is not None)
        return known[scope.path]

    def gradient(self, item: Item) -> Any:
        """The gradient that a card ends with: all that comes back to it along arrows that are seen."""
        if self.whole(item.node, item):
            return self.trace.gradients[item.node]
        return self._arrived.get(item.node)

    @cached_property
    def _arrived(self) -> dict[int, Any]:
        return {step.link.source: step.total for step in self._steps if step.link is not None}

    def whole(self, i: int, item: Item) -> bool:
        """True when all that reads node `i` of a card is seen, so not if the box itself reads it."""
        if item.port == "in":
            return not self._outside(i)
        return item.scope is None or all(self.owner(c) != item.id for c, _ in self.trace.consumers[i])

    @cached_property
    def rounding(self) -> Rounding:
        """Which gradients are 0 up to rounding."""
        return Rounding(self.trace)

    def rest(self, item: Item) -> float:
        """Where a card's gradient is 0 up to rounding, the size of what cancelled; else 0."""
        return self.rounding.scale(item.node) if self.whole(item.node, item) else 0.0

    def share(self, item: Item) -> bool:
        """True when a card's gradient is only what the box that is looked into sends; outside is more."""
        return item.port == "in" and not self.whole(item.node, item)

    def name(self, own: str) -> str:
        """The name on a card."""
        return self.trace.names[self.items[own].node]

    def address(self, own: str) -> str:
        """The name of a card, with the names of all boxes around it in front."""
        item = self.items[own]
        frame = item.frame if item.port or item.frame is not None else self.top.scope
        return self.name(own) if frame is None else f"{frame.path}/{self.name(own)}"

    def steps(self) -> list[SceneStep]:
        """Start; forward, one per computed card; the seed; backward, one per (card, arrow into it)."""
        return list(self._steps)

    @cached_property
    def _steps(self) -> list[SceneStep]:
        trace = self.trace
        steps = [SceneStep("start", address="start")]
        computed = [item for item in self.items.values() if self.computed(item)]
        steps += [
            SceneStep("forward", item.id, address=f"forward {self.address(item.id)}") for item in computed
        ]
        if trace.seed is None:
            return steps
        if self.top.around(trace.tree.homes[trace.root]):
            root = self.owner(trace.root)
            steps.append(SceneStep("seed", root, contribution=trace.seed, total=trace.seed, address="seed"))
        sending = computed + [item for item in self.items.values() if item.port == "out"]
        flowing = {item.id: [k for k in self.links_into[item.id] if self.learns(k)] for item in sending}
        expected: dict[int, int] = {}
        for links in flowing.values():
            for link in links:
                expected[link.source] = expected.get(link.source, 0) + 1
        sums: dict[int, Any] = {}
        seen: dict[int, int] = {}
        for item in reversed(sending):
            if self.keeps(item) and not flowing[item.id]:
                steps.append(SceneStep("backward", item.id, address=f"backward {self.address(item.id)}"))
            for link in flowing[item.id]:
                j = link.source
                term = self.contribution(link)
                seen[j] = seen.get(j, 0) + 1
                before = sums.get(j)
                total = term if before is None or not trace.accumulate else before + term
                if seen[j] == expected[j] and self.whole(j, self.items[link.start]):
                    total = trace.gradients[j]  # to the last digit, in whatever order the terms were added
                sums[j] = total
                sender = "outside" if item.port else self.address(item.id)
                address = f"backward {sender} {trace.names[j]}"
                steps.append(
                    SceneStep("backward", link.start, link, term, total, seen[j], expected[j], address)
                )
        return _numbered(steps)


def _numbered(steps: list[SceneStep]) -> list[SceneStep]:
    """Every step with an address of its own: the second `backward s a` becomes `backward s a 2`."""
    counts: dict[str, int] = {}
    for k, step in enumerate(steps):
        counts[step.address] = nth = counts.get(step.address, 0) + 1
        if nth > 1:
            steps[k] = replace(step, address=f"{step.address} {nth}")
    return steps
