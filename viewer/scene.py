"""A trace as seen with some boxes open: what is drawn, and in which order it happens.

A closed box stands for everything made inside one call; its inside is not looked at. So the cost of a
scene follows what is visible.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from engine import Tensor
from engine.scope import Scope
from engine.trace import Trace
from viewer.numbers import spoken

MOST_VISIBLE = 500


class TooManyCardsError(ValueError):
    """More cards than a person, or a browser, can handle."""


@dataclass(frozen=True)
class Item:
    """One card: a node of the trace, or a closed box."""

    id: str
    node: int  # the node whose value the card shows; for a box its output
    scope: Scope | None  # of a closed box: what it stands for
    frame: Scope | None  # the innermost open box around it
    order: int  # items happen in this order


@dataclass(frozen=True)
class Link:
    """One arrow: `source` is the node whose value flows from item `start` into item `end`."""

    id: str
    start: str
    end: str
    source: int
    argument: int
    edges: tuple[tuple[int, int], ...]  # the (node, argument) pairs of the trace that it stands for


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
    """What is visible of `trace` when the boxes whose paths are in `opened` are open."""

    trace: Trace
    opened: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def owners(self) -> list[str]:
        """For every node of the trace, the id of the card that shows it."""
        return [self._owner(i)[0] for i in range(len(self.trace))]

    def _owner(self, i: int) -> tuple[str, Scope | None]:
        home = self.trace.homes[i]
        if home is not None:
            for scope in home.ancestors:
                if scope.path not in self.opened:
                    return scope.path, scope
        return f"n{i}", None

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every card, by id, in the order in which it gets its value."""
        trace = self.trace
        last: dict[str, int] = {}
        closed: dict[str, Scope | None] = {}
        for i in range(len(trace)):
            own, scope = self._owner(i)
            closed[own] = scope
            if own not in last or trace.inputs[i]:
                last[own] = i
        if len(last) > MOST_VISIBLE:
            raise TooManyCardsError(
                f"This would draw {len(last)} cards; {MOST_VISIBLE} is the most that stays readable. "
                "Close a box, or make the computation smaller"
            )
        items = {}
        for own, i in sorted(last.items(), key=lambda pair: pair[1]):
            scope = closed[own]
            home = self.trace.homes[i] if scope is None else scope.parent
            output = self._output(own, i)
            items[own] = Item(own, output, scope, home, i)
        return items

    def _output(self, own: str, last: int) -> int:
        """The node that a card shows: of a box, the last one that something outside reads."""
        if own == f"n{last}":
            return last
        trace = self.trace
        for i in range(last, -1, -1):
            if self.owners[i] == own and (
                i == trace.root or any(self.owners[c] != own for c, _ in trace.consumers[i])
            ):
                return i
        return last

    @cached_property
    def frames(self) -> list[Scope]:
        """The open boxes that hold something, outer ones first."""
        found: dict[str, Scope] = {}
        for item in self.items.values():
            if item.frame is not None:
                for scope in item.frame.ancestors:
                    found.setdefault(scope.path, scope)
        return sorted(found.values(), key=lambda scope: len(scope.ancestors))

    @cached_property
    def links(self) -> list[Link]:
        """Every arrow. Into a closed box, one for each value that it reads."""
        trace, owners = self.trace, self.owners
        grouped: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
        for i, sources in enumerate(trace.inputs):
            for k, j in enumerate(sources):
                start, end = owners[j], owners[i]
                if start == end:
                    continue
                box = self.items[end].scope is not None
                grouped.setdefault((j, end) if box else (j, end, k), []).append((i, k))
        links = []
        counts: dict[str, int] = {}
        for number, (key, edges) in enumerate(grouped.items()):
            source, end = key[0], key[1]
            argument = counts.get(end, 0)
            counts[end] = argument + 1
            links.append(Link(f"e{number}", owners[source], end, source, argument, tuple(edges)))
        return links

    @cached_property
    def links_into(self) -> dict[str, list[Link]]:
        """The arrows that end at each card, in argument order."""
        found: dict[str, list[Link]] = {own: [] for own in self.items}
        for link in self.links:
            found[link.end].append(link)
        return found

    @cached_property
    def _positions(self) -> dict[Any, int]:
        return {node: i for i, node in enumerate(self.trace.nodes)}

    def arguments(self, item: Item) -> list[int | str]:
        """What a card's formula calls x, y and z: nodes, or the text of what is no node.

        For an op its inputs; for a box what the function was called with, or else what flows into it.
        """
        if item.scope is None:
            return list(self.trace.inputs[item.node])
        if item.scope.arguments:
            return [self._argument(one) for one in item.scope.arguments]
        return [link.source for link in self.links_into[item.id]]

    def _argument(self, one: Any) -> int | str:
        if isinstance(one, Tensor):
            return self._positions.get(one, spoken(one.data))
        return spoken(one) if isinstance(one, int | float | list | tuple | np.ndarray) else "…"

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

    def name(self, own: str) -> str:
        """The name on a card."""
        return self.trace.names[self.items[own].node]

    def address(self, own: str) -> str:
        """The name of a card, with the names of the open boxes around it in front."""
        frame = self.items[own].frame
        return self.name(own) if frame is None else f"{frame.path}/{self.name(own)}"

    def steps(self) -> list[SceneStep]:
        """Start; forward, one per computed card; the seed; backward, one per (card, arrow into it)."""
        trace = self.trace
        steps = [SceneStep("start", address="start")]
        computed = [
            item for item in self.items.values() if trace.inputs[item.order] or item.scope is not None
        ]
        steps += [
            SceneStep("forward", item.id, address=f"forward {self.address(item.id)}") for item in computed
        ]
        if trace.seed is None:
            return steps
        root = self.owners[trace.root]
        steps.append(SceneStep("seed", root, contribution=trace.seed, total=trace.seed, address="seed"))
        flowing = {item.id: [k for k in self.links_into[item.id] if self.learns(k)] for item in computed}
        expected: dict[int, int] = {}
        for links in flowing.values():
            for link in links:
                expected[link.source] = expected.get(link.source, 0) + 1
        sums: dict[int, Any] = {}
        seen: dict[int, int] = {}
        for item in reversed(computed):
            for link in flowing[item.id]:
                j = link.source
                term = self.contribution(link)
                seen[j] = seen.get(j, 0) + 1
                before = sums.get(j)
                total = term if before is None or not trace.accumulate else before + term
                if seen[j] == expected[j]:
                    total = trace.gradients[j]  # to the last digit, in whatever order the terms were added
                sums[j] = total
                to = trace.names[j]
                address = f"backward {self.address(item.id)} {to}"
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
