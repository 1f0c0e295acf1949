"""Carries out a translated text: one engine call for each instruction, with the place in the text noted.

Sizes are checked before anything is computed, so a short text cannot ask for a large amount of work.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from math import prod
from typing import Any

import numpy as np

from engine.apply import mode
from engine.expression.errors import ExpressionError, Place
from engine.expression.functions import OPERATORS, SUM
from engine.expression.scan import Scanned
from engine.expression.shapes import broadcast_misfit, broadcast_shape, product_misfit, product_shape
from engine.expression.translate import MOST_OPS, MOST_OPS_IN_LINES, Instruction, Translation, too_many
from engine.origin import Note, Span
from engine.scope import Kind, open_scope
from engine.tensor import Tensor

MOST_CELLS = 10_000  # of one value
MOST_CELLS_TOGETHER = 1_000_000
MOST_DIMS = 4


class Evaluation:
    """One run of a text. `leaves` may lack some: whatever depends on those then stays None."""

    def __init__(
        self, scanned: Scanned, translation: Translation, leaves: dict[str, Tensor], strict: bool = False
    ):
        self.scanned = scanned
        self.translation = translation
        self.values: list[Tensor | None] = []
        self.leaves = leaves
        self.strict = strict  # refuse also what makes little sense, such as the softmax of one number
        self.fixed: list[bool] = []  # of each value: is it made of written numbers only?
        self.ops = 0
        self.cells = 0
        lines = translation.instructions[-1].line + 1
        self.most = MOST_OPS if lines == 1 else MOST_OPS_IN_LINES
        self.outside = mode.current.scope

    def run(self, folded: bool = False) -> Tensor | None:
        """The value of the last line. `folded` puts every line into a scope of its own."""
        for line, group in groupby(self.translation.instructions, key=lambda i: i.line):
            instructions = list(group)
            with self._scope(line, instructions) if folded else nullcontext():
                for instruction in instructions:
                    inputs = (self.fixed[k] for k in instruction.inputs)
                    self.fixed.append(
                        instruction.value is not None or (bool(instruction.inputs) and all(inputs))
                    )
                    self.values.append(self._value(instruction))
        return self.values[self.translation.result]

    def _scope(self, line: int, instructions: Sequence[Instruction]) -> AbstractContextManager[Any]:
        statement = self.scanned.statements[line]
        said = self.scanned.said(statement[0].place.to(statement[-1].place), 60)
        name = instructions[-1].name or f"line {statement[0].place.line}"
        kind = Kind(
            name,
            formula=r"\text{" + said.replace("_", r"\_") + "}",
            says=f"Work out `{said}`.",
            says_backward="The gradient goes back through this line, step by step.",
        )
        return open_scope(kind)

    def _value(self, instruction: Instruction) -> Tensor | None:
        if instruction.function is None:
            if instruction.value is None:
                assert instruction.name is not None
                return self.leaves.get(instruction.name)
            return self._constant(instruction)
        inputs = [self.values[k] for k in instruction.inputs]
        known = [x for x in inputs if x is not None]
        if len(known) < len(inputs):
            return None
        self._check(instruction, known)
        value = self._apply(instruction, known)
        self._account(instruction, value)
        if instruction.name is not None and value._op is not None and value.name is None:
            value.name = instruction.name
        return value

    def _constant(self, instruction: Instruction) -> Tensor:
        value = Tensor(instruction.value, requires_grad=False, name=instruction.name)
        if value.ndim > MOST_DIMS:
            raise ExpressionError(
                f"These lists are nested {value.ndim} deep, and {MOST_DIMS} is the most; use fewer.",
                instruction.place,
            )
        note_place(value, instruction.place)
        return value

    def _apply(self, instruction: Instruction, inputs: list[Tensor]) -> Tensor:
        function = instruction.function
        assert function is not None
        try:
            value = function.call(*inputs, **dict(instruction.params))
        except (ValueError, IndexError, TypeError, ArithmeticError) as error:
            raise ExpressionError(_sentence(str(error)), instruction.place) from error
        assert isinstance(value, Tensor)
        if function.name == "**" and not np.all(np.isfinite(value.data)):
            self._check_power(instruction)
        return value

    def _check_power(self, instruction: Instruction) -> None:
        """9**9**9 is refused, as any number too large is; the graph shows the infinity of x**9**9."""
        if self.fixed[-1]:
            said = self.scanned.said(instruction.place)
            sentence = f"{said} is no number below 1e308, the largest there is; write smaller numbers."
            raise ExpressionError(sentence, instruction.place)

    def _account(self, instruction: Instruction, value: Tensor) -> None:
        """Notes the place on everything that was made, and holds the whole within its limits."""
        made = self._noted(value, instruction.place) if mode.watching else 1
        self.ops += made
        self.cells += made * value.numel()
        if self.ops > self.most:
            raise ExpressionError(too_many(self.most), instruction.place)
        if value.numel() > MOST_CELLS or self.cells > MOST_CELLS_TOGETHER:
            raise ExpressionError(_too_large(value.shape), instruction.place)
        if value.ndim > 2 * MOST_DIMS:
            raise ExpressionError(
                f"This has {value.ndim} dims, and {2 * MOST_DIMS} is the most; flatten some of them.",
                instruction.place,
            )

    def _noted(self, value: Tensor, place: Place) -> int:
        """Gives the place to every result made since the last call; returns how many there are."""
        count = 0
        found = [value]
        for tensor in found:  # grows while it runs
            note = tensor.note
            if tensor._op is None or note is None or note.span is not None:
                continue
            count += 1
            note.span = Span(*place)
            note.shown = None
            if note.scope is self.outside or note.scope is mode.current.scope:
                note.maker = None  # names in our own source are not the learner's
            for scope in note.scope.ancestors if note.scope is not None else ():
                scope.shown = None
            found.extend(tensor.inputs)
        return count

    def _check(self, instruction: Instruction, inputs: list[Tensor]) -> None:
        """Raises unless the shapes fit and the result is of a size that can be walked."""
        function = instruction.function
        assert function is not None
        shapes = [x.shape for x in inputs]
        if self.strict and function.wants_array and any(shape == () for shape in shapes[:1]):
            raise ExpressionError(
                f"{function.name} of a single number makes little sense.", instruction.place
            )
        if function.fits == "product":
            shape, misfit = product_shape(shapes), product_misfit
        elif function.fits == "broadcast":
            shape, misfit = broadcast_shape(shapes), broadcast_misfit
        else:
            shape = (len(inputs), *shapes[0]) if function is OPERATORS["List"] else ()
        if shape is None:
            words = [self._word(k) for k in instruction.inputs]
            raise ExpressionError(misfit(function.name, words, shapes), instruction.place)
        if prod(shape) > MOST_CELLS:
            raise ExpressionError(_too_large(shape), instruction.place)

    def _word(self, slot: int) -> str:
        """How to speak of a value: its name, or the text that makes it."""
        instruction = self.translation.instructions[slot]
        return instruction.name or self.scanned.said(instruction.place)


def total(value: Tensor, place: Place) -> Tensor:
    """The sum of an array: the single number that a gradient needs at the end."""
    result: Tensor = SUM.call(value)
    note = result.note
    if note is not None:
        note.span, note.shown, note.maker = Span(*place), None, None
    return result


def note_place(leaf: Tensor, place: Place) -> None:
    """Notes where in the text a leaf or number stands."""
    note = leaf.note or Note()
    note.span = Span(*place)
    leaf._note = note


def _too_large(shape: tuple[int, ...]) -> str:
    count = prod(shape)
    if count <= MOST_CELLS:
        return f"All values together hold more than {MOST_CELLS_TOGETHER:,} numbers; use smaller ones."
    return f"This makes {count:,} numbers (shape {shape}), and {MOST_CELLS:,} is the most; use smaller ones."


def _sentence(text: str) -> str:
    """An engine's message as a sentence: "softmax: dim 3 does not exist; …" keeps its name in front."""
    text = text.strip() or "This cannot be computed with these values"
    return text if text.endswith((".", "!", "?")) else f"{text}."
