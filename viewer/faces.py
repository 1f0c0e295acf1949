"""The four faces of a step: its formula, its sentence, its line of code, and what flows on its arrows."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from engine.origin import Span
from engine.trace import Update
from viewer.numbers import shape_text, short, spoken
from viewer.scene import Item, Link, Scene, SceneStep
from viewer.words import argument_words, derivative, escape, fill, number_tex, parameter_words, symbol


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
    """The source of `function` as it stands in its file, without the common indent."""
    lines, first = inspect.getsourcelines(function)
    source = "".join(lines)
    text = textwrap.dedent(source)
    return Code(text.rstrip("\n"), first, len(lines[0]) - len(lines[0].lstrip()))


def forward_value(data: Any) -> str:
    """What stands on an arrow when a value flows along it: a number, a short vector, or a shape."""
    if np.ndim(data) == 1 and np.size(data) <= 3:
        return "[" + ", ".join(short(x) for x in data) + "]"
    return short(data) if np.shape(data) == () else shape_text(np.shape(data))


@dataclass
class Faces:
    """Writes the faces of a scene's steps."""

    scene: Scene
    updates: Mapping[str, Update]
    update_formula: str = ""
    update_says: str = ""

    @cached_property
    def root(self) -> str:
        """The TeX symbol of the root, which every gradient is of."""
        return symbol(self.scene.trace.names[self.scene.trace.root])

    def _symbol(self, i: int) -> str:
        return rf"\val{{{symbol(self.scene.trace.names[i])}}}"

    def _number(self, i: int, brackets: bool = True) -> str:
        trace = self.scene.trace
        return rf"\val{{{number_tex(trace.nodes[i]._data, symbol(trace.names[i]), brackets)}}}"

    def _gradient_symbol(self, i: int) -> str:
        return rf"\grd{{{derivative(self.root, symbol(self.scene.trace.names[i]))}}}"

    def _gradient_number(self, i: int, data: Any, brackets: bool = True) -> str:
        otherwise = derivative(self.root, symbol(self.scene.trace.names[i]))
        return rf"\grd{{{number_tex(data, otherwise, brackets)}}}"

    def _bold(self, i: int) -> str:
        trace = self.scene.trace
        return trace.names[i] if trace.is_constant(i) else f"**{trace.names[i]}**"

    def formula(self, step: SceneStep) -> dict[str, str]:
        """The step's formula in symbols, then with the numbers in place."""
        if step.phase == "forward":
            return self._forward_formula(self.scene.items[step.item or ""])
        if step.phase == "seed":
            root = self.scene.trace.root
            left = self._gradient_symbol(root)
            return {
                "symbols": f"{left} = 1" if _is_one(step.total) else left,
                "numbers": self._seed_number(step),
            }
        if step.phase == "backward" and step.link is not None:
            return self._backward_formula(step, step.link)
        if step.phase == "update":
            return self._update_formula(self.updates[step.item or ""])
        return {"symbols": "", "numbers": ""}

    def _seed_number(self, step: SceneStep) -> str:
        root = self.scene.trace.root
        return f"{self._gradient_symbol(root)} = {self._gradient_number(root, step.total, brackets=False)}"

    def _forward_formula(self, item: Item) -> dict[str, str]:
        trace = self.scene.trace
        i = item.node
        if item.scope is not None:
            sources = [link.source for link in self.scene.links_into[item.id]]
            right = fill(item.scope.kind.formula, argument_words([self._symbol(j) for j in sources]))
            return {
                "symbols": f"{self._symbol(i)} = {right}",
                "numbers": f"{self._symbol(i)} = {self._number(i, False)}",
            }
        op = trace.nodes[i]._op
        assert op is not None
        extra = parameter_words(trace.nodes[i]._params)
        symbols = (
            extra | argument_words([self._symbol(j) for j in trace.inputs[i]]) | {"out": self._symbol(i)}
        )
        numbers = (
            extra | argument_words([self._number(j) for j in trace.inputs[i]]) | {"out": self._number(i)}
        )
        return {
            "symbols": f"{self._symbol(i)} = {fill(op.formula, symbols)}",
            "numbers": f"{self._number(i, False)} = {fill(op.formula, numbers)}",
        }

    def _backward_formula(self, step: SceneStep, link: Link) -> dict[str, str]:
        trace = self.scene.trace
        item = self.scene.items[link.end]
        j, i = link.source, item.node
        relation = "=" if step.of == 1 or not trace.accumulate else r"\mathrel{+}="
        left = f"{self._gradient_symbol(j)} {relation}"
        term = self._gradient_number(j, step.contribution, brackets=False)
        if item.scope is not None:
            right = rf"\text{{from {escape(item.scope.kind.name)}}}"
            if item.scope.kind.backward and link.argument == 0:
                words = argument_words([self._symbol(k.source) for k in self.scene.links_into[item.id]])
                words |= {"g": self._gradient_symbol(i), "out": self._symbol(i)}
                right = fill(item.scope.kind.backward, words)
            return {"symbols": f"{left} {right}", "numbers": f"{left} {term}"}
        op = trace.nodes[i]._op
        assert op is not None
        k = link.edges[0][1]
        template = op.backward[0 if op.variadic else k]
        extra = parameter_words(trace.nodes[i]._params)
        symbols = extra | argument_words([self._symbol(s) for s in trace.inputs[i]])
        symbols |= {"out": self._symbol(i), "g": self._gradient_symbol(i), "dx": self._gradient_symbol(j)}
        numbers = extra | argument_words([self._number(s) for s in trace.inputs[i]])
        numbers |= {"out": self._number(i), "g": self._gradient_number(i, trace.gradients[i])}
        around = r"\sum_{\text{copies}} \left( %s \right)" if self._stretched(link) else "%s"
        return {
            "symbols": f"{left} {around % fill(template, symbols)}",
            "numbers": f"{term} = {around % fill(template, numbers)}",
        }

    def _stretched(self, link: Link) -> bool:
        """True when broadcasting made copies of the link's source to fit the other argument."""
        trace = self.scene.trace
        i = link.edges[0][0]
        op = trace.nodes[i]._op
        return op is not None and op.elementwise and trace.nodes[link.source].shape != trace.nodes[i].shape

    def _update_formula(self, update: Update) -> dict[str, str]:
        i = update.node
        symbols = {"x": self._symbol(i), "g": self._gradient_symbol(i)}
        numbers = {"x": self._number(i), "g": self._gradient_number(i, update.gradient)}
        after = rf"\val{{{number_tex(update.after, symbol(self.scene.trace.names[i]), False)}}}"
        return {
            "symbols": rf"{self._symbol(i)} \leftarrow {fill(self.update_formula, symbols)}",
            "numbers": f"{after} = {fill(self.update_formula, numbers)}",
        }

    def sentence(self, step: SceneStep) -> str:
        """The step in plain words, the number it arrives at included."""
        trace = self.scene.trace
        if step.phase == "start":
            return self._start_sentence()
        if step.phase == "seed":
            name = self._bold(trace.root)
            if _is_one(step.total):
                return (
                    f"The backward pass starts at {name}, with gradient 1. Whatever change {name} makes, "
                    f"{name} changes by just that: one for one."
                )
            return (
                f"The backward pass starts at {name}, here with gradient {spoken(step.total)} instead of 1."
            )
        if step.phase == "update":
            update = self.updates[step.item or ""]
            name = self._bold(update.node)
            says = fill(self.update_says, {"x": name})
            return f"{says} {name} goes from {spoken(update.before)} to {spoken(update.after)}."
        if step.phase == "forward":
            item = self.scene.items[step.item or ""]
            return " ".join(filter(None, [self._says(item), self._result(item), self.remark(item)]))
        assert step.link is not None
        item = self.scene.items[step.link.end]
        stretched = ""
        if item.scope is None and self._stretched(step.link):
            stretched = (
                f"{self._bold(step.link.source)} was copied to fit, so the gradients of its copies are added."
            )
        parts = [self._says_backward(step.link), stretched, self._sum_so_far(step), self.remark(item)]
        return " ".join(filter(None, parts))

    def _start_sentence(self) -> str:
        trace = self.scene.trace
        leaves = [i for i, sources in enumerate(trace.inputs) if not sources and not trace.is_constant(i)]
        if not leaves:
            return "Everything here is a fixed number."
        if len(leaves) > 4:
            return f"The {len(leaves)} inputs are given. Step forward to compute with them."
        given = [f"{self._bold(i)} is {spoken(trace.nodes[i]._data)}" for i in leaves]
        return "The inputs are given: " + ", ".join(given) + ". Step forward to compute with them."

    def _words(self, item: Item) -> dict[str, str]:
        trace = self.scene.trace
        sources = (
            [k.source for k in self.scene.links_into[item.id]]
            if item.scope
            else list(trace.inputs[item.node])
        )
        words = argument_words([self._bold(j) for j in sources]) | {"out": self._bold(item.node)}
        return parameter_words(trace.nodes[item.node]._params) | words

    def _says(self, item: Item) -> str:
        op = self.scene.trace.nodes[item.node]._op
        says = item.scope.kind.says if item.scope is not None else op.says if op is not None else ""
        return fill(says, self._words(item))

    def _result(self, item: Item) -> str:
        data = self.scene.trace.nodes[item.node]._data
        return f"{self._bold(item.node)} is {spoken(data)}."

    def _says_backward(self, link: Link) -> str:
        trace = self.scene.trace
        item = self.scene.items[link.end]
        if item.scope is not None:
            words = self._words(item) | {"x": self._bold(link.source)}
            return fill(item.scope.kind.says_backward, words)
        op = trace.nodes[item.node]._op
        assert op is not None
        k = link.edges[0][1]
        words = self._words(item) | ({"x": self._bold(link.source)} if op.variadic else {})
        return fill(op.says_backward[0 if op.variadic else k], words)

    def _sum_so_far(self, step: SceneStep) -> str:
        assert step.link is not None
        name = self._bold(step.link.source)
        if step.of == 1:
            return f"{name} gets {spoken(step.contribution)}."
        if not self.scene.trace.accumulate:
            return f"Written over what was there: {name} now has {spoken(step.total)}."
        if step.term == 1:
            return f"That is {spoken(step.contribution)}, the first of {step.of} terms for {name}."
        end = "" if step.term == step.of else " so far"
        return (
            f"That is {spoken(step.contribution)}, term {step.term} of {step.of}. The terms add: "
            f"{name} has {spoken(step.total)}{end}."
        )

    def remark(self, item: Item) -> str:
        """What the op itself finds worth saying about these numbers: a tie, a dead unit, an infinity."""
        if item.scope is not None:
            return ""
        node = self.scene.trace.nodes[item.node]
        op = node._op
        if op is None or op.note is None:
            return ""
        with np.errstate(all="ignore"):
            return op.note(*(t._data for t in node.inputs), **node._params) or ""

    def flow(self, step: SceneStep) -> list[list[str]]:
        """The short text on every arrow that something flows along at this step."""
        trace = self.scene.trace
        if step.phase == "forward":
            links = self.scene.links_into[step.item or ""]
            return [[link.id, forward_value(trace.nodes[link.source]._data)] for link in links]
        if step.phase == "backward" and step.link is not None:
            return [[step.link.id, forward_value(step.contribution)]]
        return []

    def place(self, step: SceneStep, code: Code | None) -> list[int] | None:
        """Where in the shown code the step happens."""
        if code is None or step.phase in ("start", "update"):
            return None
        own = step.link.end if step.link is not None else step.item
        return code.place(self.scene.trace.span(self.scene.items[own or ""].node))


def _is_one(data: Any) -> bool:
    return bool(np.all(np.asarray(data) == 1))
