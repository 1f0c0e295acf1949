"""Where a result came from: its scope in the model and its place in the code.

Python 3.11 keeps the exact columns of every instruction, so a result is tied to the very expression
that made it, and takes the name that the code gives it: `s = w * x` makes a tensor named s.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import linecache
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
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


_GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
Place = tuple[CodeType, int]  # an instruction: the code it is part of, and where in it


class Note:
    """What a tensor remembers beside its value: a name, its scope, its place in the code."""

    __slots__ = ("maker", "name", "parameter", "scope", "shown", "span")

    def __init__(
        self,
        name: str | None = None,
        scope: Any = None,
        maker: Place | None = None,
        shown: Place | None = None,
    ) -> None:
        self.name = name
        self.scope = scope
        self.maker = maker  # the instruction that applied the op
        self.shown = shown  # the instruction of the shown function that led to it
        self.span: Span | None = None  # set where the code is no Python function, as in the playground
        self.parameter = False  # True for what a block brings with it: its weights, fixed tables


class Watch:
    """Whose lines are shown, and the frame of that function where it is known already.

    `base` is a running frame, and `shown` the frame that is shown for whatever `base` does.
    """

    __slots__ = ("base", "shown", "target")

    def __init__(self, target: CodeType | None) -> None:
        self.target = target  # None takes the nearest function outside the engine
        self.base: FrameType | None = None
        self.shown: FrameType | None = None


def origin(frame: FrameType, watch: Watch, scope: Any) -> tuple[Any, ...]:
    """What a `Note` is made of when somebody asks: made for every result, so it must cost little.

    `frame`: where to start looking for the caller outside the engine's machinery.
    """
    base = watch.base
    if frame is not base:
        while frame.f_code.co_filename in _MACHINERY and frame.f_back is not None:
            frame = frame.f_back
        if frame is not base and not (frame.f_code.co_name == "<genexpr>" and _runs(base, frame, watch)):
            _find_shown(frame, watch)
    shown = watch.shown
    if shown is None:
        return (scope, frame.f_code, frame.f_lasti, None, 0)
    return (scope, frame.f_code, frame.f_lasti, shown.f_code, shown.f_lasti)


def _runs(base: FrameType | None, generator: FrameType, watch: Watch) -> bool:
    """True when `base` runs the generator, and what is shown for the one is so for the other."""
    return base is not None and watch.target is not None and generator.f_back is base


def _find_shown(frame: FrameType, watch: Watch) -> None:
    """Look among the callers for the frame that is shown.

    The next result is likely to come from the same frame, or from a generator that it runs. A generator is no
    base itself, since others may run it later.
    """
    walk: FrameType | None = frame
    if watch.target is None:
        while walk is not None and walk.f_code.co_filename.startswith(ENGINE):
            walk = walk.f_back
    else:
        while walk is not None and walk.f_code is not watch.target:
            walk = walk.f_back
    watch.shown = walk
    watch.base = frame if not frame.f_code.co_flags & _GENERATOR else None


def note_of(parts: tuple[Any, ...]) -> Note:
    """The note that `origin` stands for."""
    scope, code, instruction, shown_code, shown_instruction = parts
    return Note(
        None, scope, (code, instruction), None if shown_code is None else (shown_code, shown_instruction)
    )


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
