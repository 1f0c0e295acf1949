"""Remarks at a step: ties, dead units, saturation, and where infinity and NaN come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.op import OPS, Example, example
from tests.engine.peers import prepared

REMARKS: list[tuple[str, Example, str]] = [
    ("maximum", example(2.0, 2.0), "<x> and <y> are equal: the gradient is split in half between them."),
    (
        "minimum",
        example([1.0, 2.0], [1.0, 3.0]),
        "<x> and <y> are equal in 1 of 2 cells: the gradient there is split",
    ),
    (
        "amax",
        example([2.0, 5.0, 5.0, 5.0]),
        "3 cells are equal and win together: the gradient is split equally",
    ),
    ("amin", example([[1.0, 1.0], [2.0, 3.0]], dim=1), "2 cells are equal and win together"),
    ("relu", example(0.0), "<x> is exactly 0, where the ReLU has a corner: its slope is taken as 0."),
    ("relu", example(-1.0), "<x> is negative, so the ReLU is off: no gradient passes."),
    (
        "relu",
        example([-1.0, 0.0, 2.0]),
        "1 of 3 cells is negative, so the ReLU is off there: no gradient passes. 1 of 3 cells is exactly 0",
    ),
    (
        "relu",
        example([-1.0, -2.0]),
        "Every cell is off: no gradient passes. A ReLU that is off for every input is called dead.",
    ),
    (
        "abs",
        example(0.0),
        "<x> is exactly 0, where the absolute value has a corner: its slope is taken as 0.",
    ),
    (
        "sigmoid",
        example(5.0),
        "The logistic function is saturated here: its slope is below 0.01, so less than 1 % of the gradient "
        "gets through it to <x>.",
    ),
    ("relu", example([-1.0, -2.0, 2.0]), "2 of 3 cells are negative"),
    ("div", example([1.0, 1.0], [0.0, 1.0]), "1 of 2 cells divides by 0, which gives infinity."),
    ("clamp", example([3.0, 1.0], max=2.0), "1 of 2 cells lies outside the range: what is cut off lets"),
    ("sigmoid", example([9.0]), "The logistic function is saturated here"),
    ("sigmoid", example([9.0, -9.0]), "Both cells are saturated"),
    ("tanh", example(-3.0), "The tanh is saturated here"),
    ("clamp", example(3.0, max=2.0), "<x> lies outside the range: it is cut off, and no gradient passes."),
    ("div", example(1.0, 0.0), "<y> is 0: dividing by 0 gives infinity."),
    ("div", example(0.0, 0.0), "0 divided by 0 has no value: the result is NaN, not a number."),
    ("log", example(0.0), "The logarithm of 0 is −∞: no power of e gives 0."),
    ("log", example([-1.0, 1.0]), "1 of 2 cells is negative and has no logarithm: the result there is NaN"),
    ("sqrt", example(-1.0), "A negative number has no square root among the real numbers: the result is NaN"),
    ("sqrt", example(0.0), "The square root is infinitely steep at 0"),
    (
        "exp",
        example(710.0),
        "e to this power is too large for a floating-point number: the result is infinity.",
    ),
    ("pow", example(-2.0, 0.5), "A negative number has no such power among the real numbers"),
    ("pow", example(0.0, -1.0), "A negative power of 0 divides by 0, which gives infinity."),
    ("pow", example(10.0, 400.0), "The result does not fit a floating-point number"),
    (
        "mul",
        example(1e200, 1e200),
        "The result does not fit a floating-point number, which ends near 1.8e308",
    ),
    (
        "mul",
        example(np.inf, 0.0),
        "Infinity minus infinity, or 0 times infinity, has no value: the result is NaN",
    ),
    ("sub", example(np.inf, np.inf), "Infinity minus infinity"),
    ("square", example(1e200), "The result does not fit"),
    ("matmul", example([[1e200]], [[1e200]]), "The result does not fit"),
    (
        "var",
        example([1.0], dim=0),
        "Here the variance divides 0 by 0: the result is NaN. Use correction=0, or more numbers.",
    ),
    ("mean", example(np.zeros((0, 2)), dim=0), "There is nothing to take the mean of: the result is NaN."),
]


def note(name: str, given: Example) -> str:
    """What the op has to say."""
    op = OPS[name]
    assert op.note is not None
    with np.errstate(all="ignore"):
        return op.note(*[x if x.ndim else x.item() for x in given.inputs], **prepared(op, given))


@pytest.mark.parametrize(
    ("name", "given", "text"), REMARKS, ids=[f"{name}: {text[:30]}" for name, _, text in REMARKS]
)
def test_what_deserves_a_remark_gets_one(name: str, given: Example, text: str) -> None:
    assert note(name, given).startswith(text)


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.note is not None])
def test_ordinary_numbers_get_none(name: str) -> None:
    ordinary: dict[str, Any] = {
        "where": example(False, 2.0, 3.0),
        "clamp": example([0.5, 1.0], min=0.0, max=2.0),
        "pow": example(2.0, 3.0),
        "matmul": example([[1.0]], [[2.0]]),
    }
    given = ordinary.get(name) or next((e for e in OPS[name].examples if not note(name, e)), None)
    assert given is not None, "every example of the record gets a remark; add an ordinary one"
    assert note(name, given) == ""
