"""Comparisons: true or false in each cell. They are flat nearly everywhere, so they take no gradient."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from engine.op import Op, elementwise, example


def comparison(name: str, symbol: str, tex: str, relation: str, forward: Callable[[Any, Any], Any]) -> Op:
    """The record of one comparison."""
    return elementwise(
        name=name,
        method=f"__{name}__",
        symbol=symbol,
        expression=f"<x> {symbol} <y>",
        forward=forward,
        vjps=(None, None),
        formula=f"[<x> {tex} <y>]",
        backward=("", ""),
        says=f"Ask whether <x> is {relation} <y>.",
        says_backward=("", ""),
        examples=(example(2.0, 3.0), example([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [4.0, 2.0, 3.0])),
    )


lt = comparison("lt", "<", "<", "smaller than", operator.lt)
le = comparison("le", "≤", r"\le", "at most", operator.le)
gt = comparison("gt", ">", ">", "larger than", operator.gt)
ge = comparison("ge", "≥", r"\ge", "at least", operator.ge)
eq = comparison("eq", "=", "=", "equal to", operator.eq)
ne = comparison("ne", "≠", r"\ne", "different from", operator.ne)
