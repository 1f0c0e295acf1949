"""Arithmetic: the operators that a learner meets first."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from engine.op import Array, Draw, Example, elementwise, example, times_first, times_second, unchanged
from engine.rules import overflow_of, remark, remarks

PAIR = example([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [10.0, -20.0, 30.0])

add = elementwise(
    name="add",
    method="__add__",
    symbol="+",
    expression="<x> + <y>",
    forward=operator.add,
    vjps=(unchanged, unchanged),
    formula="<x> + <y>",
    backward=(r"<g> \cdot 1", r"<g> \cdot 1"),
    says="Add <x> and <y>.",
    says_backward=(
        "A sum hands its gradient on unchanged: <x> gets all of it.",
        "A sum hands its gradient on unchanged: <y> gets all of it.",
    ),
    note=overflow_of(operator.add),
    examples=(example(2.0, 3.0), PAIR),
)

sub = elementwise(
    name="sub",
    method="__sub__",
    symbol="−",
    expression="<x> − <y>",
    forward=operator.sub,
    vjps=(unchanged, lambda g, out, x, y: -g),
    formula="<x> - <y>",
    backward=(r"<g> \cdot 1", r"<g> \cdot (-1)"),
    says="Subtract <y> from <x>.",
    says_backward=(
        "A difference hands its gradient to <x> unchanged.",
        "When <y> grows, <out> shrinks: <y> gets the gradient with its sign turned.",
    ),
    note=overflow_of(operator.sub),
    examples=(example(2.0, 3.0), PAIR),
)

mul = elementwise(
    name="mul",
    method="__mul__",
    symbol="×",
    expression="<x>·<y>",
    forward=operator.mul,
    vjps=(times_second, times_first),
    formula=r"<x> \cdot <y>",
    backward=(r"<g> \cdot <y>", r"<g> \cdot <x>"),
    says="Multiply <x> by <y>.",
    says_backward=(
        "A product swaps its factors: <x> gets the gradient of <out> times <y>.",
        "A product swaps its factors: <y> gets the gradient of <out> times <x>.",
    ),
    note=overflow_of(operator.mul),
    examples=(example(2.0, 3.0), example([[1.0, -2.0, 3.0]], [[2.0], [0.5]])),
)


def _div_note(x: Array, y: Array) -> str:
    zero = np.equal(y, 0)
    none = zero & np.equal(x, 0)
    return remarks(
        remark(
            zero & ~none,
            "<y> is 0: dividing by 0 gives infinity.",
            "{n} {divide} by 0, which gives infinity.",
        ),
        remark(
            none,
            "0 divided by 0 has no value: the result is NaN, not a number.",
            "{n} {divide} 0 by 0, which has no value: the result there is NaN, not a number.",
        ),
    )


def _draw_div(draw: Draw) -> Example:
    x, y = draw.shapes(2)
    return example(draw.array(x), draw.array(y, 0.5, 10.0) * draw.choice(1.0, -1.0))


div = elementwise(
    name="div",
    method="__truediv__",
    symbol="÷",
    expression="<x> / <y>",
    forward=operator.truediv,
    vjps=(lambda g, out, x, y: g / y, lambda g, out, x, y: -g * (out / y)),
    formula=r"\frac{<x>}{<y>}",
    backward=(r"<g> \cdot \frac{1}{<y>}", r"<g> \cdot \frac{-<x>}{<y>^2}"),
    says="Divide <x> by <y>.",
    says_backward=(
        "<x> gets the gradient of <out> divided by <y>.",
        "When <y> grows, the quotient shrinks: <y> gets the gradient times −<x> over the square of <y>.",
    ),
    note=_div_note,
    draw=_draw_div,
    examples=(example(2.0, 4.0), example([[1.0, -2.0, 3.0]], [[2.0], [0.5]])),
)

neg = elementwise(
    name="neg",
    method="__neg__",
    symbol="−",
    expression="−<x>",
    forward=operator.neg,
    vjps=(lambda g, out, x: -g,),
    formula="-<x>",
    backward=(r"<g> \cdot (-1)",),
    says="Turn the sign of <x>.",
    says_backward=("The sign turns on the way back too: <x> gets the gradient times −1.",),
    examples=(example(2.0), example([1.0, -2.0, 0.0])),
)


def _power(x: Array, y: Array) -> Any:
    result = x**y
    if isinstance(result, complex):
        raise ValueError(
            "a negative number has no such power among the real numbers"
        )  # NumPy answers with NaN
    return result


def _power_to_base(g: Array, out: Array, x: Array, y: Array) -> Any:
    if type(y) is float:
        return 0.0 * g if y == 0.0 else g * (y * _power(x, y - 1.0))
    return np.where(np.equal(y, 0), 0.0, g * (y * x ** (y - 1.0)))


def _power_to_exponent(g: Array, out: Array, x: Array, y: Array) -> Any:
    logs = np.log(np.where(np.equal(x, 0), 1.0, x))
    flat = np.equal(x, 0) & np.greater_equal(y, 0)  # 0 to a positive power stays 0 when the power grows
    return np.where(flat, 0.0, g * np.where(np.equal(x, 0), -np.inf * out, out * logs))


def _power_note(x: Array, y: Array) -> str:
    negative = np.less(x, 0) & np.not_equal(y, np.floor(y))
    zero = np.equal(x, 0) & np.less(y, 0)
    return remarks(
        remark(
            negative,
            "A negative number has no such power among the real numbers: the result is NaN, not a number.",
            "{n} {take} a fraction as power of a negative number: the result there is NaN, not a number.",
        ),
        remark(
            zero,
            "A negative power of 0 divides by 0, which gives infinity.",
            "{n} {take} a negative power of 0, which gives infinity.",
        ),
    ) or overflow_of(operator.pow)(x, y)


def _draw_power(draw: Draw) -> Example:
    x, y = draw.shapes(2)
    return example(draw.array(x, 0.1, 4.0), draw.array(y, -3.0, 3.0))


pow = elementwise(
    name="pow",
    method="__pow__",
    symbol="^",
    expression="<x>^<y>",
    forward=operator.pow,
    scalar=_power,
    vjps=(_power_to_base, _power_to_exponent),
    formula=r"<x>^{<y>}",
    backward=(r"<g> \cdot <y> \cdot <x>^{<y> - 1}", r"<g> \cdot <out> \cdot \ln <x>"),
    says="Raise <x> to the power <y>.",
    says_backward=(
        "The power comes down as a factor: <x> gets the gradient times <y> times <x> to the power <y> − 1.",
        "<y> gets the gradient times <out> times the logarithm of <x>.",
    ),
    note=_power_note,
    draw=_draw_power,
    examples=(
        example(3.0, 2.0),
        example(-3.0, 2.0),
        example([-2.0, 0.0, 0.0, 3.0], [3.0, 2.0, 0.0, -1.0]),
        example([[1.0, 2.0, 3.0]], [[2.0], [0.5]]),
    ),
)
