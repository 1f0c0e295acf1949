"""Scopes: the tree of blocks and composite functions that results are made in.

Calling a block or a composite function inside `watch()` opens a scope; every result made meanwhile
belongs to it. The drawing opens and closes these scopes.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.apply import mode
from engine.op import OPS
from engine.origin import note_of, origin

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Kind:
    """What a closed box says about itself: the same for every call of one function or block.

    Formulas and sentences use the placeholders of an op: `<x>`, `<out>`, `<g>`, `<dx>`.
    """

    name: str
    formula: str  # TeX, right-hand side
    says: str  # forward
    says_backward: str  # what goes back to <x>; without an <x> in it, what goes back to all
    says_others: tuple[str, ...] = ()  # the same for <y> and <z>
    backward: str = ""  # TeX of the gradient that the block as a whole sends back, where it is short
    expression: str = ""  # on the card, plain text; without one its name and what flows into it


@dataclass(eq=False, slots=True)
class Scope:
    """One call of a block or composite function; `parent` is the call that it happened in."""

    name: str
    kind: Kind
    parent: Scope | None
    shown: Any = None  # the instruction of the shown function that made the call
    parameters: int = 0
    caller: Any = None  # the instruction that made the call, in whichever function
    arguments: tuple[Any, ...] = ()  # what the function was called with, by position
    block: Any = None  # the block that was called; None for a function
    _names: dict[str, int] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The names from the outermost scope to this one, joined by slashes."""
        return self.name if self.parent is None else f"{self.parent.path}/{self.name}"

    @property
    def ancestors(self) -> list[Scope]:
        """This scope and those around it, outermost first."""
        return [self] if self.parent is None else [*self.parent.ancestors, self]


@contextmanager
def open_scope(
    kind: Kind,
    name: str | None = None,
    parameters: int = 0,
    arguments: tuple[Any, ...] = (),
    block: Any = None,
) -> Iterator[Scope | None]:
    """Everything made inside belongs to a new scope; costs nothing outside `watch()`.

    `arguments` stand for `<x>`, `<y>` and `<z>` in the kind's texts. Calls of one name in the same scope
    are told apart: softmax, softmax 2, softmax 3.
    """
    now = mode.current
    if now.watch is None:
        yield None
        return
    outer = now.scope
    counts = outer._names if outer is not None else now.names
    base = name or kind.name
    counts[base] = counts.get(base, 0) + 1
    own = base if counts[base] == 1 else f"{base} {counts[base]}"
    caller = note_of(origin(sys._getframe(1), now.watch, None))
    scope = Scope(own, kind, outer, caller.shown, parameters, caller.maker, arguments, block)
    now.scope = scope
    try:
        yield scope
    finally:
        now.scope = outer


def composite(kind: Kind, joint: str = "") -> Callable[[Function], Function]:
    """A function made of ops that is drawn as one box and opens into its parts.

    `joint`: the name of the op that does all of it in one, if there is one. Outside `watch()`, where nothing
    is drawn, it takes the function's place: see `engine.ops.softmax`.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def call(*args: Any, **keywords: Any) -> Any:
            if not mode.watching:
                return (OPS[joint] if joint else function)(*args, **keywords)
            with open_scope(kind, arguments=args):
                return function(*args, **keywords)

        call.kind = kind  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return decorate
