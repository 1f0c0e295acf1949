"""What a step says in formulas: in symbols, and the same with the numbers in place.

Values stand inside \val{...} and gradients inside \\grd{...}: two macros that the player colours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from engine.op import ARGUMENTS, Op
from engine.trace import Trace, Update
from viewer.folds import Run
from viewer.numbers import tex
from viewer.places import place_symbols
from viewer.scene import Item, Link, Scene, SceneStep
from viewer.tensors import norm
from viewer.words import (
    argument_words,
    columns,
    derivative,
    escape,
    fill,
    fits,
    is_one,
    number_tex,
    parameter_words,
    placeholders,
    shape_tex,
    symbol,
)

ADDED = r"\mathrel{+}="
MOST_COLUMNS = 6  # columns of numbers that fit beside the graph

PRODUCTS = frozenset({"matmul", "affine"})

Cell = tuple[int, ...] | None


class Formulas:
    """Writes the formulas of a scene's steps, as {"symbols": TeX, "numbers": TeX}.

    `updates` by card, and `update_formula`, the optimizer's own with `<x>` and `<g>`.
    """

    def __init__(self, scene: Scene, updates: Mapping[str, Update], update_formula: str = "") -> None:
        self.scene = scene
        self.trace = scene.trace
        self.updates = updates
        self.update_formula = update_formula
        self.root = self._name(self.trace.root)
        if self._start:  # at 2 in place of 1, all gradients are those of 2 out
            self.root = rf"({self._start} \, {self.root})"

    def formula(self, step: SceneStep) -> dict[str, str]:
        """The step's formula; both texts are empty at the start."""
        if step.phase == "forward":
            item = self.scene.items[step.item or ""]
            return self._forward_box(item) if item.scope is not None else self._forward(item.node)
        if step.phase == "seed":
            return self._seed(step)
        if step.phase == "backward" and step.link is not None:
            item = self.scene.items[step.link.end]
            left = f"{self._gradient_symbol(step.link.source)} {self._relation(step)}"
            if item.port:
                return self._from_elsewhere(step, left, r"\text{from outside}")
            if item.scope is not None:
                return self._backward_box(step, step.link, item, left)
            return self._backward(step, step.link, left)
        if step.phase == "update":
            return self._update(self.updates[step.item or ""])
        return {"symbols": "", "numbers": ""}

    @property
    def _start(self) -> str:
        """The number that the backward pass of a single number starts with, if it is not 1."""
        seed = self.trace.seed
        return "" if seed is None or np.shape(seed) or is_one(seed) else tex(seed, brackets=True)

    def _name(self, i: int) -> str:
        return symbol(self.trace.names[i])

    def _symbol(self, i: int) -> str:
        return rf"\val{{{self._name(i)}}}"

    def _number(
        self, i: int, cell: Cell = None, brackets: bool = True, whole: bool = True, column: bool = False
    ) -> str:
        data = at(self.trace.nodes[i]._data, cell)
        return rf"\val{{{written(data, self._name(i), brackets, whole, column)}}}"

    def _gradient_symbol(self, i: int) -> str:
        return rf"\grd{{{derivative(self.root, self._name(i))}}}"

    def _gradient_number(
        self,
        i: int,
        data: Any,
        cell: Cell = None,
        brackets: bool = True,
        whole: bool = True,
        column: bool = False,
    ) -> str:
        name = derivative(self.root, self._name(i))
        return rf"\grd{{{written(at(data, cell), name, brackets, whole, column)}}}"

    def _where(self, i: int, cell: Cell) -> str:
        """What is added to a formula that shows one cell of node `i`: its place, by its words."""
        if cell is None:
            return ""
        each = [self.scene.labels.place(i, axis, at) or str(at) for axis, at in enumerate(cell)]
        return rf"\quad \text{{at [{escape(', '.join(each))}]}}"

    def _known(self, left: str, data: Any) -> str:
        """What stands left of the relation, and its number; of an array too large to be written out its norm.

        `left` is a symbol with the relation, `\\val{y} =`.
        """
        macro = "val" if left.startswith(r"\val") else "grd"
        if fits(data):
            return rf"{left} \{macro}{{{number_tex(data, '', brackets=False)}}}"
        whose = rf"\left\lVert {left.removesuffix('=')} \right\rVert"
        if left.endswith(ADDED):
            whose = r"\text{norm of this term}"
        return rf"{whose} = \{macro}{{{tex(norm(data))}}}"

    def _relation(self, step: SceneStep) -> str:
        assert step.link is not None
        alone = step.of == 1 and not self.scene.share(self.scene.items[step.link.start])
        return "=" if alone or not self.trace.accumulate else ADDED

    def _seed(self, step: SceneStep) -> dict[str, str]:
        left = f"{self._gradient_symbol(self.trace.root)} ="
        if self._start:
            return {
                "symbols": rf"\text{{start: }} \grd{{{self._start}}} \text{{ instead of }} 1",
                "numbers": self._known(left, step.total),
            }
        if is_one(step.total):
            return {"symbols": f"{left} 1", "numbers": ""}
        return {"symbols": "", "numbers": self._known(left, step.total)}

    def _forward(self, i: int) -> dict[str, str]:
        node, sources = self.trace.nodes[i], self.trace.inputs[i]
        op = node._op
        assert op is not None
        extra = parameter_words(node._params) | place_symbols(self.trace, self.scene.labels, i)
        arrays = dict(zip(ARGUMENTS, (self.trace.nodes[j]._data for j in sources), strict=False))
        cell = shown_cell(op, node.shape, node._data, op.formula, arrays)
        symbols = argument_words([self._symbol(j) for j in sources]) | {"out": self._symbol(i)}
        upright = columns_among(op, arrays)
        whole = cell is not None or fit_beside(op.formula, arrays, upright)
        numbers = argument_words(
            [self._number(j, cell, whole=whole, column=k in upright) for k, j in argument_places(sources)]
        )
        numbers["out"] = self._number(i, cell, column="out" in upright)
        if op.formula == "<x>":
            left = f"{self._symbol(i)} ="
            return {"symbols": f"{left} {symbols['x']}", "numbers": self._known(left, node._data)}
        return {
            "symbols": f"{self._symbol(i)} = {fill(op.formula, extra | symbols)}",
            "numbers": f"{self._number(i, cell, False, column='out' in upright)} = "
            f"{fill(op.formula, extra | numbers)}{self._where(i, cell)}",
        }

    def _forward_box(self, item: Item) -> dict[str, str]:
        assert item.scope is not None
        right = fill(stack_formula(item.run) or item.scope.kind.formula, self._arguments(item))
        left = f"{self._symbol(item.node)} ="
        return {"symbols": f"{left} {right}", "numbers": self._known(left, self.trace.nodes[item.node]._data)}

    def _arguments(self, item: Item) -> dict[str, str]:
        """The placeholders of what a box was called with."""
        each = self.scene.arguments(item)
        return argument_words(
            [self._symbol(one) if isinstance(one, int) else rf"\val{{{one}}}" for one in each]
        )

    def _backward(self, step: SceneStep, link: Link, left: str) -> dict[str, str]:
        trace = self.trace
        (i, k), j = link.edges[0], link.source
        node, sources, g = trace.nodes[i], trace.inputs[i], trace.gradients[i]
        op = node._op
        assert op is not None
        template = op.backward[0 if op.variadic else k]
        extra = parameter_words(node._params) | place_symbols(trace, self.scene.labels, i)
        copies = stretched(trace, link)
        arrays = dict(zip(ARGUMENTS, (trace.nodes[s]._data for s in sources), strict=False))
        arrays |= {"g": g, "out": node._data}
        cell = None if copies else shown_cell(op, node.shape, step.contribution, template, arrays)
        symbols = argument_words([self._symbol(s) for s in sources])
        symbols |= {"out": self._symbol(i), "g": self._gradient_symbol(i), "dx": self._gradient_symbol(j)}
        upright = columns_among(op, arrays)
        whole = cell is not None or fit_beside(template, arrays, upright)
        numbers = argument_words(
            [self._number(s, cell, whole=whole, column=at in upright) for at, s in argument_places(sources)]
        )
        numbers |= {
            "out": self._number(i, cell, column="out" in upright),
            "g": self._gradient_number(i, g, cell, whole=whole, column="g" in upright),
        }
        if op.variadic:  # its one template speaks of any argument as x
            symbols["x"] = numbers["x"] = self._symbol(j)
        around = r"\sum_{\text{copies}} \left( %s \right)" if copies else "%s"
        own = not op.variadic and ARGUMENTS[k] in upright
        term = self._gradient_number(j, step.contribution, cell, brackets=False, column=own)
        return {
            "symbols": f"{left} {around % fill(template, extra | symbols)}",
            "numbers": f"{term} = {around % fill(template, extra | numbers)}{self._where(i, cell)}",
        }

    def _backward_box(self, step: SceneStep, link: Link, item: Item, left: str) -> dict[str, str]:
        assert item.scope is not None
        right = rf"\text{{from {escape(item.scope.kind.name)}}}"
        if item.scope.kind.backward and link.argument == 0 and item.run is None:
            words = self._arguments(item) | {
                "g": self._gradient_symbol(item.node),
                "out": self._symbol(item.node),
            }
            right = fill(item.scope.kind.backward, words)
        return self._from_elsewhere(step, left, right)

    def _from_elsewhere(self, step: SceneStep, left: str, right: str) -> dict[str, str]:
        return {"symbols": f"{left} {right}", "numbers": self._known(left, step.contribution)}

    def _update(self, update: Update) -> dict[str, str]:
        i = update.node
        cell = None
        if columns(update.before) * 3 > MOST_COLUMNS:
            cell = (0,) * np.ndim(update.before)
        symbols = {"x": self._symbol(i), "g": self._gradient_symbol(i)}
        numbers = {"x": self._number(i, cell), "g": self._gradient_number(i, update.gradient, cell)}
        after = rf"\val{{{number_tex(at(update.after, cell), self._name(i), brackets=False)}}}"
        return {
            "symbols": rf"{self._symbol(i)} \leftarrow {fill(self.update_formula, symbols)}",
            "numbers": f"{after} = {fill(self.update_formula, numbers)}{self._where(i, cell)}",
        }


def stretched(trace: Trace, link: Link) -> bool:
    """True when broadcasting made copies of the link's source to fit the other argument."""
    i = link.edges[0][0]
    op = trace.nodes[i]._op
    return op is not None and op.elementwise and trace.nodes[link.source].shape != trace.nodes[i].shape


def written(data: Any, name: str, brackets: bool, whole: bool, column: bool = False) -> str:
    """A value in TeX; an array, if not `whole`, as its symbol with its shape below."""
    if whole or np.shape(data) == ():
        return number_tex(data, name, brackets, column)
    return shape_tex(data, name)


def argument_places(sources: Sequence[int]) -> list[tuple[str, int]]:
    """Every source with the placeholder that it takes; those after the third have none."""
    return [(ARGUMENTS[k] if k < len(ARGUMENTS) else "", j) for k, j in enumerate(sources)]


def columns_among(op: Op, arrays: Mapping[str, Any]) -> frozenset[str]:
    """The placeholders whose vectors are written as columns. This is the rule for all formulas with numbers:

    A vector is a row, as on its card. In a product it is what the product needs: a row on the left, as in
    x W, a column on the right, as in W x; and what W x gives, and the gradient that comes back to it, are
    columns as well.
    """
    if op.name not in PRODUCTS or np.ndim(arrays["y"]) != 1:
        return frozenset()
    return frozenset({"y"} if np.ndim(arrays["x"]) == 1 else {"y", "out", "g"})


def fit_beside(template: str, arrays: Mapping[str, Any], upright: Collection[str] = ()) -> bool:
    """Whether what stands right of the equals sign fits the panel when it is written out in numbers."""
    wide = [columns(arrays[name], name in upright) for name in placeholders(template) if name in arrays]
    return sum(wide) <= MOST_COLUMNS


def stack_formula(run: Run | None) -> str:
    """A stack as the lectures write it, TransformerBlock²⁴(x); empty for what is no chain of boxes."""
    if run is None or not run.group.chained:
        return ""
    assert run.members[0].scope is not None
    arguments = r"<x>, \ldots" if run.group.shared else "<x>"
    return rf"\text{{{escape(run.members[0].scope.kind.name)}}}^{{{len(run.members)}}}({arguments})"


def shown_cell(op: Op, shape: tuple[int, ...], left: Any, template: str, arrays: Mapping[str, Any]) -> Cell:
    """The cell that a formula shows in place of whole arrays: the first one, where these are too wide.

    `left` stands left of the equals sign, `arrays` by placeholder in the template right of it. Only an op
    that works cell by cell can be shown so; None shows the arrays whole.
    """
    if not op.elementwise or shape == () or 0 in shape:
        return None
    wide = columns(left) + sum(columns(arrays[name]) for name in placeholders(template) if name in arrays)
    return None if len(shape) <= 2 and wide <= MOST_COLUMNS else (0,) * len(shape)


def at(data: Any, cell: Cell) -> Any:
    """`data`, or the number that broadcasting puts at `cell` of the result."""
    if cell is None:
        return data
    shape = np.shape(data)
    own = cell[len(cell) - len(shape) :]
    return np.asarray(data)[tuple(0 if n == 1 else i for i, n in zip(own, shape, strict=True))]
