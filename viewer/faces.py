"""The code beside the graph, the place in it that a step is about, and what flows on the arrows."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.origin import Span
from viewer.numbers import shape_text, spelled
from viewer.scene import Scene, SceneStep


@dataclass(frozen=True)
class Code:
    """Source text that is shown, and where its first character stands in the file it came from."""

    text: str
    first_line: int = 1
    indent: int = 0

    def place(self, span: Span | None) -> list[int] | None:
        """A span of the file as [line, column, end line, end column] of the shown text, if inside it."""
        if span is None:
            return None
        line, end_line = span.line - self.first_line + 1, span.end_line - self.first_line + 1
        if not 1 <= line <= end_line <= self.text.count("\n") + 1:
            return None
        return [line, max(0, span.column - self.indent), end_line, max(0, span.end_column - self.indent)]


@lru_cache(maxsize=256)
def code_of(function: Callable[..., Any]) -> Code:
    """The source of `function` as a learner reads it: plain argument names, no docstring, no outer indent."""
    lines, first = inspect.getsourcelines(function)
    indent = len(lines[0]) - len(lines[0].lstrip())
    source = textwrap.dedent("".join(lines)).rstrip("\n")
    definition = ast.parse(source).body[0] if source.startswith("def ") else None
    if not isinstance(definition, ast.FunctionDef):
        return Code(source, first, indent)
    body = definition.body[1:] if ast.get_docstring(definition) and definition.body[1:] else definition.body
    start = body[0].lineno - 1  # lines above it make way for one header line
    header = f"def {definition.name}({', '.join(one.arg for one in definition.args.args)}):"
    return Code("\n".join([header, *source.splitlines()[start:]]), first + start - 1, indent)


MOST_FLOWING = 3  # numbers that fit on an arrow


def flowing(data: Any) -> str:
    """What stands on an arrow when a value flows along it: a number, a short vector, or a shape."""
    return spelled(data, MOST_FLOWING) or shape_text(np.shape(data))


def flow(scene: Scene, step: SceneStep) -> list[list[str]]:
    """The short text on every arrow that something flows along at this step."""
    if step.phase == "forward":
        links = scene.links_into[step.item or ""]
        return [[link.id, flowing(scene.trace.nodes[link.source]._data)] for link in links]
    if step.phase == "backward" and step.link is not None:
        return [[step.link.id, flowing(step.contribution)]]
    return []


def place(scene: Scene, step: SceneStep, code: Code | None) -> list[int] | None:
    """Where in the shown code the step happens: [line, column, end line, end column], or None."""
    if code is None or step.phase in ("start", "update"):
        return None
    own = step.link.end if step.link is not None else step.item
    return code.place(scene.trace.span(scene.items[own or ""].node))
