"""Where a result came from: its scope in the model and its place in the code.

Python 3.11 keeps the exact columns of every instruction, so a result is tied to the very expression
that made it, and takes the name that the code gives it: `s = w * x` makes a tensor named s.
"""

from __future__ import annotations

import ast
import contextlib
import linecache
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

ENGINE = str(Path(__file__).parent)
_MACHINERY = {
    str(Path(__file__).parent / name)
    for name in ("apply.py", "methods.py", "op.py", "origin.py", "scope.py", "tensor.py", "nn/module.py")
} | {contextlib.__file__}


@dataclass(frozen=True)
class Span:
    """A piece of source text: 1-based lines, 0-based columns, the end excluded."""

    line: int
    column: int
    end_line: int
    end_column: int


class Note:
    """What a tensor remembers beside its value: a name, its scope, its place in the code."""

    __slots__ = ("maker", "name", "parameter", "scope", "shown", "span")

    def __init__(
        self,
        name: str | None = None,
        scope: Any = None,
        maker: tuple[CodeType, int] | None = None,
        shown: tuple[CodeType, int] | None = None,
        span: Span | None = None,
    ) -> None:
        self.name = name
        self.scope = scope
        self.maker = maker  # the instruction that applied the op
        self.shown = shown  # the instruction of the shown function that led to it
        self.span = span  # set where the code is no Python function, as in the playground
        self.parameter = False  # True for what a block brings with it: its weights, fixed tables


def find_origin(target: CodeType | None, scope: Any) -> Note:
    """A note on the caller outside the engine's machinery, and on the caller in the shown function.

    `target`: the code that is shown; None takes the nearest function outside the engine.
    """
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename in _MACHINERY:
        frame = frame.f_back
    maker = (frame.f_code, frame.f_lasti)
    shown = None
    walk: Any = frame
    while walk is not None:
        if walk.f_code is target if target is not None else not walk.f_code.co_filename.startswith(ENGINE):
            shown = (walk.f_code, walk.f_lasti)
            break
        walk = walk.f_back
    return Note(None, scope, maker, shown)


@lru_cache(maxsize=4096)
def _positions(code: CodeType) -> list[tuple[int | None, int | None, int | None, int | None]]:
    return list(code.co_positions())


def span_of(place: tuple[CodeType, int] | None) -> Span | None:
    """The source span of an instruction, or None where Python keeps none."""
    if place is None:
        return None
    code, instruction = place
    line, end_line, column, end_column = _positions(code)[instruction // 2]
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return Span(line, column, end_line, end_column)


@lru_cache(maxsize=256)
def _assigned_names(filename: str) -> dict[Span, str]:
    """For every expression of a file that is assigned to one name: its span and the name."""
    source = "".join(linecache.getlines(filename))
    return assigned_names(source) if source else {}


def assigned_names(source: str) -> dict[Span, str]:
    """For every expression of `source` that is assigned to one name: its span and the name.

    >>> assigned_names("s = w * x")
    {Span(line=1, column=4, end_line=1, end_column=9): 's'}
    """
    names: dict[Span, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            names[_span(node.value)] = node.targets[0].id
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names[_span(node)] = node.target.id
    return names


def _span(node: Any) -> Span:
    return Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def name_in_code(place: tuple[CodeType, int] | None) -> str | None:
    """The name that the code assigns this instruction's result to, if any."""
    span = span_of(place)
    if place is None or span is None:
        return None
    return _assigned_names(place[0].co_filename).get(span)
