"""Activations: the bends between the layers of a network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import Array, elementwise, example
from engine.rules import passed, remark, remarks, select

SIGNED = example([[-2.0, -0.5, 0.0], [0.5, 1.0, 3.0]])


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def _sigmoid_note(x: Array) -> str:
    return remark(
        np.greater(np.abs(x), 4.59512),  # the logarithm of 99: beyond it the slope is below 0.01
        "The logistic function is saturated here: its slope is below 0.01, so less than 1 % of the gradient "
        "gets through it to <x>.",
        "{n} {are} saturated: the slope there is below 0.01, so less than 1 % of the gradient gets through "
        "to <x>.",
    )


sigmoid = elementwise(
    name="sigmoid",
    symbol="σ",
    expression="σ(<x>)",
    forward=lambda x: 1.0 / (1.0 + np.exp(-x)),
    scalar=_sigmoid,
    vjps=(lambda g, out, x: g * (out * (1.0 - out)),),
    formula=r"\sigma(<x>) = \frac{1}{1 + e^{-<x>}}",
    backward=(r"<g> \cdot <out> (1 - <out>)",),
    says="Squash <x> between 0 and 1 with the logistic function.",
    says_backward=(
        "The slope of the logistic function is <out> times 1 − <out>, which is 0.25 at most: "
        "<x> gets the gradient times that.",
    ),
    note=_sigmoid_note,
    examples=(example(1.0), SIGNED),
)

tanh = elementwise(
    name="tanh",
    symbol="tanh",
    expression="tanh(<x>)",
    forward=np.tanh,
    scalar=math.tanh,
    vjps=(lambda g, out, x: g * (1.0 - out * out),),
    formula=r"\tanh(<x>)",
    backward=(r"<g> \cdot (1 - <out>^2)",),
    says="Squash <x> between −1 and 1 with the hyperbolic tangent.",
    says_backward=(
        "The slope of tanh is 1 − the square of <out>, which is 1 at most: <x> gets the gradient times that.",
    ),
    note=lambda x: remark(
        np.greater(np.abs(x), 2.99323),
        "The tanh is saturated here: its slope is below 0.01, so less than 1 % of the gradient gets through "
        "it to <x>.",
        "{n} {are} saturated: the slope there is below 0.01, so less than 1 % of the gradient gets through "
        "to <x>.",
    ),
    examples=(example(1.0), SIGNED),
)


def _relu_note(x: Array) -> str:
    if np.ndim(x) and np.size(x) > 1 and np.all(np.less_equal(x, 0)):
        return "Every cell is off: no gradient passes. A ReLU that is off for every input is called dead."
    return remarks(
        remark(
            np.less(x, 0),
            "<x> is negative, so the ReLU is off: no gradient passes.",
            "{n} {are} negative, so the ReLU is off there: no gradient passes.",
        ),
        remark(
            np.equal(x, 0),
            "<x> is exactly 0, where the ReLU has a corner: its slope is taken as 0.",
            "{n} {are} exactly 0, where the ReLU has a corner: the slope there is taken as 0.",
        ),
    )


relu = elementwise(
    name="relu",
    symbol="ReLU",
    expression="relu(<x>)",
    forward=lambda x: np.maximum(x, 0.0),
    scalar=lambda x: 0.0 if x <= 0.0 else x,
    vjps=(lambda g, out, x: passed(x <= 0.0, g),),
    formula=r"\max(<x>, 0)",
    backward=(r"<g> \cdot [<x> > 0]",),
    says="Keep <x> where it is positive, else put 0.",
    says_backward=(
        "The ReLU is a switch: the gradient passes unchanged where <x> is positive, and stops elsewhere.",
    ),
    note=_relu_note,
    examples=(example(2.0), SIGNED),
)

leaky_relu = elementwise(
    name="leaky_relu",
    symbol="leaky ReLU",
    expression="leaky_relu(<x>)",
    bind=lambda x, negative_slope=0.01: ((x,), {"negative_slope": float(negative_slope)}),
    prepare=lambda x, negative_slope=0.01: {"negative_slope": negative_slope},
    forward=lambda x, negative_slope: select(np.greater(x, 0.0), x, x * negative_slope),
    vjps=(lambda g, out, x, negative_slope: select(np.greater(x, 0.0), g, g * negative_slope),),
    formula=r"\begin{cases} <x> & <x> > 0 \\ <negative_slope> \cdot <x> & \text{else} \end{cases}",
    backward=(r"<g> \cdot \begin{cases} 1 & <x> > 0 \\ <negative_slope> & \text{else} \end{cases}",),
    says="Keep <x> where it is positive, else take <negative_slope> of it.",
    says_backward=(
        "The gradient passes unchanged where <x> is positive; elsewhere <negative_slope> of it "
        "passes, so no unit dies.",
    ),
    note=lambda x, negative_slope: remark(
        np.equal(x, 0),
        "<x> is exactly 0, where there is a corner: the slope of the left side is taken.",
        "{n} {are} exactly 0, where there is a corner: the slope of the left side is taken.",
    ),
    peer="torch.nn.functional.leaky_relu",
    examples=(example(-2.0), SIGNED, example([-1.0, 2.0], negative_slope=0.2)),
)

_erfc = np.frompyfunc(math.erfc, 1, 1)
_ROOT_HALF = math.sqrt(0.5)
_BELL = 1.0 / math.sqrt(2.0 * math.pi)


def _normal_share(x: Array) -> Any:
    """The share of a normal distribution that lies below `x`."""
    if type(x) is float:
        return 0.5 * math.erfc(-x * _ROOT_HALF)
    return 0.5 * np.asarray(_erfc(x * -_ROOT_HALF), dtype=np.result_type(x, np.float32))


gelu = elementwise(
    name="gelu",
    symbol="GELU",
    expression="gelu(<x>)",
    forward=lambda x: x * _normal_share(x),
    vjps=(lambda g, out, x: g * (_normal_share(x) + x * (_BELL * np.exp(-0.5 * x * x))),),
    formula=r"<x> \cdot \Phi(<x>)",
    backward=(r"<g> \cdot \left( \Phi(<x>) + <x> \, \varphi(<x>) \right)",),
    says="Weigh <x> by the share of a normal distribution that lies below it.",
    says_backward=(
        "The GELU is a smooth ReLU: <x> gets nearly all of the gradient where <x> is large, "
        "nearly none where it is far below 0.",
    ),
    peer="torch.nn.functional.gelu",
    examples=(example(1.0), SIGNED),
)

softplus = elementwise(
    name="softplus",
    symbol="softplus",
    expression="softplus(<x>)",
    forward=lambda x: np.logaddexp(0.0, x),
    scalar=lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    vjps=(lambda g, out, x: g / (1.0 + np.exp(-x)),),
    formula=r"\ln(1 + e^{<x>})",
    backward=(r"<g> \cdot \sigma(<x>)",),
    says="Take a smooth version of the ReLU of <x>.",
    says_backward=(
        "The slope of the softplus is the logistic function: <x> gets the gradient times σ(<x>).",
    ),
    peer=lambda torch, x: torch.nn.functional.softplus(x, threshold=700.0),
    examples=(example(1.0), SIGNED),
)
