"""Numbers, lists, settings and indices as they are written: what stands in the text and is not computed."""

from __future__ import annotations

import ast
import math
from typing import Any

from engine.expression.errors import ExpressionError
from engine.expression.scan import Scanned

LARGEST_WHOLE = 10_000


def wrong(scanned: Scanned, sentence: str, node: ast.AST) -> ExpressionError:
    """The error at the place of a node of Python's tree."""
    return ExpressionError(sentence, scanned.place_of(node))


def is_literal(node: ast.AST) -> bool:
    """A number, with a sign perhaps, or a list of such, or a list of such lists."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return isinstance(node.operand, ast.UnaryOp | ast.Constant) and is_literal(node.operand)
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    return isinstance(node, ast.List) and bool(node.elts) and all(is_literal(part) for part in node.elts)


def literal(scanned: Scanned, node: ast.AST) -> Any:
    """A float, or nested tuples of floats, all rows of one length."""
    if isinstance(node, ast.UnaryOp):
        value = literal(scanned, node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Constant):
        number = _number(node.value)
        if math.isinf(number):
            said = scanned.said(scanned.place_of(node))
            sentence = f"The number {said} is larger than 1e308, the largest there is; write a smaller one."
            raise wrong(scanned, sentence, node)
        return number
    assert isinstance(node, ast.List)
    rows = tuple(literal(scanned, row) for row in node.elts)
    for row, value in zip(node.elts, rows, strict=True):
        if _shape(value) != _shape(rows[0]):
            sentence = (
                f"The rows of a matrix have one length, but this one is {_length(value)} and the first is "
                f"{_length(rows[0])}; make them equal."
            )
            raise wrong(scanned, sentence, row)
    return rows


def _number(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _shape(value: Any) -> tuple[int, ...]:
    return () if isinstance(value, float) else (len(value), *_shape(value[0]))


def _length(value: Any) -> str:
    return "a single number" if isinstance(value, float) else f"{len(value)} long"


def whole(node: ast.AST) -> int | None:
    """The whole number that is written here, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = whole(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _checked_whole(scanned: Scanned, what: str, node: ast.AST) -> int:
    number = whole(node)
    if number is None:
        raise wrong(scanned, what, node)
    if abs(number) > LARGEST_WHOLE:
        sentence = f"This number is out of reach: an index or a size is {LARGEST_WHOLE:,} at the most."
        raise wrong(scanned, sentence, node)
    return number


def setting(scanned: Scanned, name: str, kind: str, node: ast.AST) -> Any:
    """The value of a function's setting; `kind` as in `Function.settings`."""
    if kind == "flag":
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return node.value
        raise wrong(scanned, f"{name} is True or False.", node)
    if kind == "number":
        if is_literal(node) and isinstance(value := literal(scanned, node), float):
            return value
        raise wrong(scanned, f"{name} is a number written out, as in 0.1; it cannot be computed.", node)
    if kind in ("wholes", "sizes") and isinstance(node, ast.Tuple | ast.List):
        return tuple(setting(scanned, name, "whole", part) for part in node.elts)
    number = _checked_whole(
        scanned, f"{name} is a whole number written out, such as 0; it cannot be computed.", node
    )
    return (number,) if kind == "sizes" else number


def index(scanned: Scanned, node: ast.AST) -> Any:
    """What stands between the brackets of x[…]: whole numbers and ranges of them."""
    if isinstance(node, ast.Tuple):
        return tuple(index(scanned, part) for part in node.elts)
    if isinstance(node, ast.Slice):
        ends = (node.lower, node.upper, node.step)
        return slice(*(None if end is None else index(scanned, end) for end in ends))
    sentence = "An index is a whole number written out, as in x[0], or a range, as in x[0:2]."
    return _checked_whole(scanned, sentence, node)
