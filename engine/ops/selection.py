"""Selection: the larger, the smaller, one or the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import Array, Draw, Example, elementwise, example
from engine.rules import cells, remark, remarks, select

PAIR = example([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]], [4.0, 2.0, 3.0])
TIE = (
    "<x> and <y> are equal: the gradient is split in half between them. Texts differ here; PyTorch "
    "splits as we do.",
    "<x> and <y> are equal in {n}: the gradient there is split in half. Texts differ here; PyTorch "
    "splits as we do.",
)


def _share(g: Array, loses: Any, tie: Any) -> Any:
    """Nothing to the loser, half of the gradient on a tie, else all of it; NaN loses to nobody."""
    return select(loses, 0.0, select(tie, g / 2.0, g))


def _pass(*wins: str) -> tuple[str, ...]:
    """The formula of that for each argument: a bracket is 1 if what stands in it is true, else 0."""
    return tuple(rf"<g> \cdot \left( [{win}] + \tfrac{{1}}{{2}} [<x> = <y>] \right)" for win in wins)


maximum = elementwise(
    name="maximum",
    symbol="max",
    expression="max(<x>, <y>)",
    forward=np.maximum,
    scalar=lambda x, y: x if x >= y or x != x else y,
    vjps=(
        lambda g, out, x, y: _share(g, x < y, x == y),
        lambda g, out, x, y: _share(g, y < x, x == y),
    ),
    formula=r"\max(<x>, <y>)",
    backward=_pass("<x> > <y>", "<y> > <x>"),
    says="Take the larger of <x> and <y>.",
    says_backward=(
        "Only the larger one moves the result: <x> gets all of the gradient if it is the larger, else none.",
        "Only the larger one moves the result: <y> gets all of the gradient if it is the larger, else none.",
    ),
    note=lambda x, y: remark(np.equal(x, y), *TIE),
    examples=(example(2.0, 3.0), PAIR, example(2.0, 2.0)),
)

minimum = elementwise(
    name="minimum",
    symbol="min",
    expression="min(<x>, <y>)",
    forward=np.minimum,
    scalar=lambda x, y: x if x <= y or x != x else y,
    vjps=(
        lambda g, out, x, y: _share(g, x > y, x == y),
        lambda g, out, x, y: _share(g, y > x, x == y),
    ),
    formula=r"\min(<x>, <y>)",
    backward=_pass("<x> < <y>", "<y> < <x>"),
    says="Take the smaller of <x> and <y>.",
    says_backward=(
        "Only the smaller one moves the result: <x> gets all of the gradient if it is the smaller, "
        "else none.",
        "Only the smaller one moves the result: <y> gets all of the gradient if it is the smaller, "
        "else none.",
    ),
    note=lambda x, y: remark(np.equal(x, y), *TIE),
    examples=(example(2.0, 3.0), PAIR, example(2.0, 2.0)),
)


class Bound(float):
    """An end of a range, infinite where there is none; as text "−∞", "∞" or the number."""

    def __str__(self) -> str:
        return f"{float(self):g}".replace("-", "−").replace("inf", "∞")


def _bounds(x: Array, min: Any = None, max: Any = None) -> dict[str, Any]:
    if min is None and max is None:
        raise ValueError("clamp: neither min nor max is given; give at least one")
    return {
        "min": Bound(-np.inf if min is None else min),
        "max": Bound(np.inf if max is None else max),
    }


def _clamp_note(x: Array, min: float, max: float) -> str:
    return remark(
        np.less(x, min) | np.greater(x, max),
        "<x> lies outside the range: it is cut off, and no gradient passes.",
        "{n} {lie} outside the range: what is cut off lets no gradient pass.",
    )


clamp = elementwise(
    name="clamp",
    symbol="clamp",
    expression="clamp(<x>)",
    bind=lambda x, min=None, max=None: ((x,), {"min": min, "max": max}),
    prepare=_bounds,
    forward=lambda x, min, max: np.minimum(np.maximum(x, float(min)), float(max)),
    vjps=(lambda g, out, x, min, max: select(np.greater_equal(x, min) & np.less_equal(x, max), g, 0.0),),
    formula=r"\min(\max(<x>, <min>), <max>)",
    backward=(r"<g> \cdot [<min> \le <x> \le <max>]",),
    says="Cut <x> off below <min> and above <max>.",
    says_backward=(
        "The gradient passes unchanged where <x> lies within the range, and stops where it was cut off.",
    ),
    note=_clamp_note,
    examples=(
        example([-2.0, 0.5, 3.0], min=-1.0, max=1.0),
        example([-2.0, 0.5, 3.0], min=0.0),
        example(3.0, max=2.0),
    ),
)


def _draw_where(draw: Draw) -> Example:
    condition, x, y = draw.shapes(3)
    return example(draw.indices(condition, 2) == 1, draw.array(x), draw.array(y))


def _where(condition: Array, x: Array, y: Array) -> Any:
    if np.asarray(condition).dtype.kind != "b":
        raise ValueError(
            "where: the condition must be true or false in each cell; compare first, such as where(x "
            "> 0, x, y)"
        )
    return np.where(condition, x, y)


where = elementwise(
    name="where",
    method="-",
    symbol="where",
    expression="where(<x>, <y>, <z>)",
    forward=_where,
    vjps=(
        None,
        lambda g, out, condition, x, y: select(condition, g, 0.0),
        lambda g, out, condition, x, y: select(condition, 0.0, g),
    ),
    formula=r"\begin{cases} <y> & \text{if } <x> \\ <z> & \text{else} \end{cases}",
    backward=("", r"<g> \cdot [<x>]", r"<g> \cdot [\neg <x>]"),
    says="Take <y> where <x> is true, else <z>.",
    says_backward=(
        "",
        "<y> gets the gradient where it was taken, that is where <x> is true.",
        "<z> gets the gradient where it was taken, that is where <x> is false.",
    ),
    draw=_draw_where,
    note=lambda condition, x, y: remarks(
        f"<x> is true in {cells(condition)}." if np.ndim(condition) and np.any(condition) else ""
    ),
    examples=(
        example([[True, False, True]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 0.0),
        example(True, 2.0, 3.0),
    ),
)
