"""Alike siblings, such as 24 TransformerBlocks or the steps of an RNN: a drawing folds them into a stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from engine.trace import Trace
from engine.tree import Branch

FOLD_FROM = 4  # fewer are drawn side by side, unless they are asked to fold
APART = "*"  # among the opened boxes, `rnn/*` says that the siblings in rnn stand apart
FOLDED = "+"  # and `rnn/+` that they fold, however few they are
_NUMBERED = re.compile(r"(.+) (\d+)")

Unit = int | Branch


@dataclass(frozen=True, eq=False)
class Group:
    """Siblings that could be folded: `block 1` to `block 24`.

    `private`: for each member the nodes beside it that only it reads, such as the vector that an RNN picks
    for a step; they fold with it. `shared`: all are calls of one block, with the same weights. `chained`:
    each reads the one before.
    """

    base: str
    members: tuple[Branch, ...]
    private: tuple[tuple[int, ...], ...]
    shared: bool
    chained: bool


@dataclass(frozen=True, eq=False)
class Run:
    """Neighbours of a group that are drawn as one stack: members `first` to `last`, counted from 0."""

    group: Group
    first: int
    last: int

    @property
    def id(self) -> str:
        """`bert/block 1..24`: a path that no box has."""
        return f"{self.members[0].path}..{self.last + 1}"

    @property
    def apart(self) -> str:
        """What is opened to have all members side by side; empty where they stand so by themselves."""
        return in_branch(self.members[0].parent, APART) if len(self.group.members) >= FOLD_FROM else ""

    @property
    def members(self) -> tuple[Branch, ...]:
        """The boxes that it stands for."""
        return self.group.members[self.first : self.last + 1]

    @property
    def private(self) -> list[int]:
        """The nodes beside its members that only they read."""
        return [i for nodes in self.group.private[self.first : self.last + 1] for i in nodes]


def runs(trace: Trace, branch: Branch, opened: Collection[str]) -> dict[Unit, Run]:
    """What of `branch` is folded, each unit with its stack: all alike siblings that are not opened."""
    found: dict[Unit, Run] = {}
    for group in _groups(trace, branch):
        if not _folds(group, branch, opened):
            continue
        first = 0
        for place in range(len(group.members) + 1):
            if place < len(group.members) and group.members[place].path not in opened:
                continue
            if place - first > 1:
                run = Run(group, first, place - 1)
                units: tuple[Unit, ...] = (*run.members, *run.private)
                found |= dict.fromkeys(units, run)
            first = place + 1
    return found


def standing(trace: Trace, branch: Branch, opened: Collection[str]) -> list[Group]:
    """The groups right inside `branch` that are not folded, but would be if asked."""
    return [group for group in _groups(trace, branch) if not _folds(group, branch, opened)]


def _folds(group: Group, branch: Branch, opened: Collection[str]) -> bool:
    few = len(group.members) < FOLD_FROM
    return in_branch(branch, FOLDED) in opened if few else in_branch(branch, APART) not in opened


def in_branch(branch: Branch | None, what: str) -> str:
    """What among the opened boxes says that the alike ones in `branch` stand APART, or are FOLDED."""
    return what if branch is None or branch.scope is None else f"{branch.path}/{what}"


def is_of_alike(opened: str) -> str | None:
    """The path of the branch whose alike boxes this is about; None where it is a box that is opened.

    >>> is_of_alike("rnn/*"), is_of_alike("+"), is_of_alike("rnn/step 1")
    ('rnn', '', None)
    """
    path, _, last = opened.rpartition("/")
    return path if last in (APART, FOLDED) else None


def siblings(trace: Trace, branch: Branch, opened: Collection[str] = ()) -> tuple[Branch, ...]:
    """The boxes that `branch` would be folded with, itself among them; none where it would not be."""
    if branch.parent is not None:
        for group in _groups(trace, branch.parent):
            if branch in group.members and (
                len(group.members) >= FOLD_FROM or _folds(group, branch.parent, opened)
            ):
                return group.members
    return ()


_known: WeakKeyDictionary[Trace, dict[Branch, list[Group]]] = WeakKeyDictionary()


def _groups(trace: Trace, branch: Branch) -> list[Group]:
    """The groups right inside a branch: found once for each trace."""
    known = _known.setdefault(trace, {})
    if branch not in known:
        known[branch] = [
            group for members in _alike(branch) if (group := _group(trace, branch, members)) is not None
        ]
    return known[branch]


def _alike(branch: Branch) -> Iterator[list[Branch]]:
    """Siblings of one kind whose names count up from 1."""
    counted: dict[str, list[Branch]] = {}
    for one in branch.branches:
        assert one.scope is not None
        match = _NUMBERED.fullmatch(one.scope.name)
        if match is None:
            continue
        so_far = counted.setdefault(match[1], [])
        alike = not so_far or _kind(so_far[0]) == _kind(one)
        if int(match[2]) == len(so_far) + 1 and alike:
            so_far.append(one)
    yield from (members for members in counted.values() if len(members) > 1)


def _kind(branch: Branch) -> object:
    assert branch.scope is not None
    return branch.scope.kind


def _group(trace: Trace, branch: Branch, members: list[Branch]) -> Group | None:
    """The group of these members; None where something beside them comes both after and before."""
    place = {member: k for k, member in enumerate(members)}
    units: dict[int, Unit] = {}

    def unit_of(i: int) -> Unit | None:
        """The unit of `branch` that holds node i."""
        if i not in units:
            home: Branch | None = trace.tree.homes[i]
            inside: Unit = i
            while home is not None and home is not branch:
                inside, home = home, home.parent
            if home is None:
                return None
            units[i] = inside
        return units[i]

    private = _private(trace, branch, place, unit_of)
    own = set(place) | {i for nodes in private.values() for i in nodes}
    after: set[Unit] = set()  # what reads a member, straight or by way of others
    for unit in branch.units:
        read = {source for j in _sources(trace, unit) if (source := unit_of(j)) is not None}
        if unit in own:
            if read & after:
                return None
        elif read & (own | after):
            after.add(unit)
    first, second = members[0], members[1]
    assert first.scope is not None
    assert second.scope is not None
    shared = first.scope.block is not None and first.scope.block is second.scope.block
    chained = any(unit_of(j) is first for j in _sources(trace, second))
    base = first.scope.name.rpartition(" ")[0]
    return Group(base, tuple(members), tuple(tuple(private[k]) for k in range(len(members))), shared, chained)


def _private(
    trace: Trace, branch: Branch, place: Mapping[Branch, int], unit_of: Callable[[int], Unit | None]
) -> dict[int, list[int]]:
    """By member, the computed nodes beside it that it alone reads, where nearly each has one of the kind."""
    by_op: dict[str, dict[int, list[int]]] = {}
    for i in branch.units:
        if not isinstance(i, int) or not trace.inputs[i] or i == trace.root:
            continue
        readers = {unit_of(c) for c, _ in trace.consumers[i]}
        reader = readers.pop() if len(readers) == 1 else None
        if isinstance(reader, Branch) and reader in place:
            op = trace.nodes[i]._op
            assert op is not None
            by_op.setdefault(op.name, {}).setdefault(place[reader], []).append(i)
    found: dict[int, list[int]] = {k: [] for k in range(len(place))}
    for own in by_op.values():
        if len(own) >= max(2, len(place) - 1):
            for k, nodes in own.items():
                found[k] += nodes
    return found


def _sources(trace: Trace, unit: Unit) -> Iterator[int]:
    """The nodes that a unit reads from outside of it."""
    if isinstance(unit, Branch):
        return (trace.inputs[i][k] for i, k in unit.entering)
    return iter(trace.inputs[unit])
