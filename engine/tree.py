"""The scopes of a trace as a tree: what each box holds, what flows into it, and what leaves it.

Made once for a trace. What a drawing asks of a closed box is found here without looking inside, so the
cost of a drawing follows what is visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.scope import Scope

if TYPE_CHECKING:
    from engine.trace import Trace

Edge = tuple[int, int]  # (node, argument)


@dataclass(eq=False, slots=True)
class Branch:
    """What was made in one scope, or outside of all. Nodes are indices of the trace.

    `units`: its own nodes and the scopes in it, in the order in which they are done. `last`: its last
    computed node. `entering`: the edges by which its nodes read others; `leaving`: the nodes that others
    read, and the root, in order.
    """

    scope: Scope | None
    parent: Branch | None
    depth: int = 0
    units: list[int | Branch] = field(default_factory=list)
    last: int = -1
    entering: list[Edge] = field(default_factory=list)
    leaving: list[int] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The scope's path; empty outside of all."""
        return "" if self.scope is None else self.scope.path

    @property
    def branches(self) -> list[Branch]:
        """The scopes right inside this one."""
        return [unit for unit in self.units if isinstance(unit, Branch)]

    def around(self, other: Branch | None) -> bool:
        """True when `other` is this branch, or lies in it."""
        while other is not None and other.depth > self.depth:
            other = other.parent
        return other is self

    def nodes(self) -> Iterator[int]:
        """Every node in it, however deep."""
        for unit in self.units:
            if isinstance(unit, Branch):
                yield from unit.nodes()
            else:
                yield unit


class Tree:
    """All branches of a trace: `root`, by path, and for each node the innermost one around it."""

    def __init__(self, trace: Trace) -> None:
        self.root = Branch(None, None)
        self.by_path: dict[str, Branch] = {"": self.root}
        self._by_scope: dict[Scope, Branch] = {}
        self.homes: list[Branch] = []
        for i, home in enumerate(trace.homes):
            branch = self._branch(home)
            self.homes.append(branch)
            branch.units.append(i)
            if trace.inputs[i]:
                while branch is not None and branch.last < i:
                    branch.last = i
                    branch = branch.parent  # type: ignore[assignment]
        self._add_edges(trace.inputs, trace.root)
        self._sort()

    def _branch(self, scope: Scope | None) -> Branch:
        if scope is None:
            return self.root
        found = self._by_scope.get(scope)
        if found is None:
            around = self._branch(scope.parent)
            found = self._by_scope[scope] = self.by_path[scope.path] = Branch(scope, around, around.depth + 1)
            around.units.append(found)
        return found

    def _add_edges(self, inputs: Sequence[Sequence[int]], root: int) -> None:
        homes = self.homes
        for i, sources in enumerate(inputs):
            reader = homes[i]
            for k, j in enumerate(sources):
                maker = homes[j]
                if maker is reader:
                    continue
                common = _common(reader, maker)
                for branch in _up_to(reader, common):
                    branch.entering.append((i, k))
                for branch in _up_to(maker, common):
                    branch.leaving.append(j)
        for branch in _up_to(homes[root], self.root):
            branch.leaving.append(root)
        for branch in self.by_path.values():
            branch.leaving = sorted(set(branch.leaving))

    def _sort(self) -> None:
        for branch in self.by_path.values():
            branch.units.sort(key=lambda unit: unit.last if isinstance(unit, Branch) else unit)


def _common(first: Branch, second: Branch) -> Branch:
    while first is not second:
        if first.depth >= second.depth:
            first = first.parent  # type: ignore[assignment]
        else:
            second = second.parent  # type: ignore[assignment]
    return first


def _up_to(branch: Branch, end: Branch) -> Iterator[Branch]:
    """`branch` and those around it, `end` excluded."""
    while branch is not end:
        yield branch
        branch = branch.parent  # type: ignore[assignment]
