"""Arithmetic: the operators that a learner meets first."""

from __future__ import annotations

import operator

from engine.op import elementwise, example

add = elementwise(
    name="add",
    method="__add__",
    symbol="+",
    expression="<x> + <y>",
    forward=operator.add,
    vjps=(lambda g, out, x, y: g, lambda g, out, x, y: g),
    formula="<x> + <y>",
    backward=(r"<g> \cdot 1", r"<g> \cdot 1"),
    says="Add <x> and <y>.",
    says_backward=(
        "A sum hands its gradient on unchanged: <x> gets all of it.",
        "A sum hands its gradient on unchanged: <y> gets all of it.",
    ),
    examples=(example(2.0, 3.0), example([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [10.0, 20.0, 30.0])),
)

mul = elementwise(
    name="mul",
    method="__mul__",
    symbol="×",
    expression="<x>·<y>",
    forward=operator.mul,
    vjps=(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x),
    formula=r"<x> \cdot <y>",
    backward=(r"<g> \cdot <y>", r"<g> \cdot <x>"),
    says="Multiply <x> by <y>.",
    says_backward=(
        "A product swaps its factors: <x> gets the gradient of <out> times <y>.",
        "A product swaps its factors: <y> gets the gradient of <out> times <x>.",
    ),
    examples=(example(2.0, 3.0), example([[1.0, -2.0, 3.0]], [[2.0], [0.5]])),
)
