"""Elementary functions: exponential, logarithm, roots and waves."""

from __future__ import annotations

import math

import numpy as np

from engine.op import Array, elementwise, example
from engine.rules import overflow_of, remark, remarks, select

VECTOR = example([0.5, 1.0, 2.0, 4.0])
SIGNED = example([[-2.0, -0.5, 0.0], [0.5, 1.0, 3.0]])


exp = elementwise(
    name="exp",
    symbol="exp",
    expression="exp(<x>)",
    forward=np.exp,
    scalar=math.exp,
    vjps=(lambda g, out, x: g * out,),
    formula=r"e^{<x>}",
    backward=(r"<g> \cdot <out>",),
    says="Raise e to the power <x>.",
    says_backward=("The exponential is its own slope: <x> gets the gradient times <out>.",),
    note=lambda x: remark(
        np.greater(x, 709.782712893384) & np.isfinite(x),
        "e to this power is too large for a floating-point number: the result is infinity.",
        "{n} {are} too large: e to that power does not fit a floating-point number and becomes infinity.",
    ),
    examples=(example(1.0), SIGNED),
)


def _log_note(x: Array) -> str:
    return remarks(
        remark(
            np.equal(x, 0),
            "The logarithm of 0 is −∞: no power of e gives 0.",
            "{n} {are} 0, where the logarithm is −∞.",
        ),
        remark(
            np.less(x, 0),
            "A negative number has no logarithm among the real numbers: the result is NaN, not a number.",
            "{n} {are} negative and {have} no logarithm: the result there is NaN, not a number.",
        ),
    )


log = elementwise(
    name="log",
    symbol="ln",
    expression="log(<x>)",
    forward=np.log,
    scalar=math.log,
    vjps=(lambda g, out, x: g / x,),
    formula=r"\ln <x>",
    backward=(r"<g> \cdot \frac{1}{<x>}",),
    says="Take the natural logarithm of <x>.",
    says_backward=("The logarithm is steep near 0 and flat far out: <x> gets the gradient divided by <x>.",),
    domain=(0.1, 10.0),
    note=_log_note,
    examples=(example(2.0), VECTOR),
)


def _sqrt_note(x: Array) -> str:
    return remarks(
        remark(
            np.less(x, 0),
            "A negative number has no square root among the real numbers: the result is NaN, not a number.",
            "{n} {are} negative and {have} no square root: the result there is NaN, not a number.",
        ),
        remark(
            np.equal(x, 0),
            "The square root is infinitely steep at 0: the gradient is multiplied by infinity.",
            "{n} {are} 0, where the square root is infinitely steep.",
        ),
    )


sqrt = elementwise(
    name="sqrt",
    symbol="√",
    expression="√<x>",
    forward=np.sqrt,
    scalar=math.sqrt,
    vjps=(lambda g, out, x: g / (2.0 * out),),
    formula=r"\sqrt{<x>}",
    backward=(r"<g> \cdot \frac{1}{2 \cdot <out>}",),
    says="Take the square root of <x>.",
    says_backward=("The larger the root, the flatter it is: <x> gets the gradient divided by twice <out>.",),
    domain=(0.1, 10.0),
    note=_sqrt_note,
    examples=(example(2.0), VECTOR),
)

square = elementwise(
    name="square",
    symbol="²",
    expression="<x>²",
    forward=lambda x: x * x,
    vjps=(lambda g, out, x: g * (2.0 * x),),
    formula="<x>^2",
    backward=(r"<g> \cdot 2 \cdot <x>",),
    says="Multiply <x> by itself.",
    says_backward=("A square is steeper the larger its number: <x> gets the gradient times 2 times <x>.",),
    note=overflow_of(np.square),
    examples=(example(3.0), SIGNED),
)

abs = elementwise(
    name="abs",
    method="__abs__",
    symbol="| |",
    expression="|<x>|",
    forward=np.abs,
    scalar=math.fabs,
    vjps=(lambda g, out, x: select(x > 0.0, g, select(x < 0.0, -g, 0.0)),),
    formula=r"\left| <x> \right|",
    backward=(r"<g> \cdot \operatorname{sign}(<x>)",),
    says="Drop the sign of <x>.",
    says_backward=(
        "<x> gets the gradient as it is where <x> is positive, and with its sign turned where negative.",
    ),
    note=lambda x: remark(
        np.equal(x, 0),
        "<x> is exactly 0, where the absolute value has a corner: its slope is taken as 0.",
        "{n} {are} exactly 0, where the absolute value has a corner: the slope there is taken as 0.",
    ),
    examples=(example(-3.0), SIGNED),
)

sin = elementwise(
    name="sin",
    symbol="sin",
    expression="sin(<x>)",
    forward=np.sin,
    scalar=math.sin,
    vjps=(lambda g, out, x: g * np.cos(x),),
    formula=r"\sin <x>",
    backward=(r"<g> \cdot \cos <x>",),
    says="Take the sine of <x>.",
    says_backward=("The slope of the sine is the cosine: <x> gets the gradient times cos <x>.",),
    examples=(example(1.0), SIGNED),
)

cos = elementwise(
    name="cos",
    symbol="cos",
    expression="cos(<x>)",
    forward=np.cos,
    scalar=math.cos,
    vjps=(lambda g, out, x: -g * np.sin(x),),
    formula=r"\cos <x>",
    backward=(r"<g> \cdot (-\sin <x>)",),
    says="Take the cosine of <x>.",
    says_backward=("The slope of the cosine is minus the sine: <x> gets the gradient times −sin <x>.",),
    examples=(example(1.0), SIGNED),
)
