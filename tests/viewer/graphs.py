"""Small computations that the viewer's tests look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import Tensor, Trace, record, watch
from engine.scope import Kind, composite

PAIR = Kind(
    name="pair",
    formula=r"<x>^2 + <y>",
    says="Square <x> and add <y>.",
    says_backward="Pass the gradient through to <x>.",
)
NEST = Kind(name="nest", formula="<x>", says="Nest <x>.", says_backward="Back to <x>.")


@composite(PAIR)
def pair(x: Tensor, y: Tensor) -> Tensor:
    s = x * x
    t = s + y
    return t * 1.0


@composite(NEST)
def nest(x: Tensor, y: Tensor) -> Tensor:
    first = pair(x, y)
    return pair(first, y) * 2


def boxes(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    s = b * c
    return 2 * a + s


def fan_out(a: Tensor) -> Tensor:
    return a * a + a


def boxed(a: Tensor, b: Tensor) -> Tensor:
    first = pair(a, b)
    both = nest(first, a)
    return both + first


def traced(build: Callable[..., Tensor], seed: Any = None, accumulate: bool = True, **values: Any) -> Trace:
    """The trace of `build`, its leaves named after the keywords."""
    with watch(build):
        root = build(**{name: Tensor(value, name=name) for name, value in values.items()})
    return record(root, seed, accumulate)
