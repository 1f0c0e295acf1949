"""Values for the names that have none: numbers 1, 2, 3, …, and arrays of shapes that fit.

Shapes are found by trying: the names are given candidate shapes one after the other, and whatever part
of the text can be computed from those given so far has to work.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from engine.apply import no_grad
from engine.expression.errors import ExpressionError
from engine.expression.evaluate import Evaluation
from engine.expression.scan import Scanned
from engine.expression.translate import Translation
from engine.tensor import Tensor

Shape = tuple[int, ...]
VECTORS: tuple[Shape, ...] = ((3,), (2,))
MATRICES: tuple[Shape, ...] = ((2, 3), (2, 2), (3, 2), (3, 3))
LONGER: tuple[Shape, ...] = ((4,), (6,), (10,), (2, 3, 2))  # for an index such as x[5]
CYCLE = (1.0, 2.0, -1.0, 0.5, -2.0, 1.5, 3.0, -0.5)
TARGETS = {"y", "t", "target", "targets", "label", "labels"}
MOST_TARGETS = 10
MOST_TRIALS = 500
MOST_WORK = 10_000  # trials times instructions


class Guess:
    """The search for values of the names that have none."""

    def __init__(self, scanned: Scanned, translation: Translation, values: Mapping[str, Any]) -> None:
        self.scanned = scanned
        self.translation = translation
        self.values = dict(values)
        self.names = [name for name in translation.leaves if name not in values]
        self.trials = min(MOST_TRIALS, MOST_WORK // len(translation.instructions))

    def run(self) -> dict[str, Any]:
        """A value for every leaf; plain numbers where no shapes can be found that fit."""
        direct, near = self._wants_arrays()
        shapes = (
            self._search(direct, near, strict=True)
            or self._search(direct, near, strict=False)
            or self._search(self.names, (), strict=False)
        )
        if shapes is None:
            return self._filled(dict.fromkeys(self.names, ()))
        shapes = self._with_targets(shapes)
        filled = self._filled(shapes)
        if not self._finite(filled):
            positive = self._filled(shapes, positive=True)
            if self._finite(positive):
                return positive
        return filled

    def _wants_arrays(self) -> tuple[set[str], set[str]]:
        """The names that go straight into a function of arrays, and those on the way into one."""
        instructions = self.translation.instructions
        leaf_of = {slot: name for name, slot in self.translation.leaves.items()}
        direct: set[str] = set()
        near: set[str] = set()
        reached: set[int] = set()
        for slot in range(len(instructions) - 1, -1, -1):
            function = instructions[slot].function
            if function is None:
                continue
            for k, source in enumerate(instructions[slot].inputs):
                wanted = function.wants_array and (k == 0 or function.fits == "product")
                if wanted and source in leaf_of:
                    direct.add(leaf_of[source])
                if wanted or function.likes_array or slot in reached:
                    reached.add(source)
                    if source in leaf_of:
                        near.add(leaf_of[source])
        return direct, near - direct

    def _candidates(
        self, name: str, direct: Collection[str], near: Collection[str], strict: bool
    ) -> tuple[Shape, ...]:
        capital = name[0].isupper()  # it stands for a matrix
        arrays = MATRICES + VECTORS if capital else VECTORS + MATRICES
        if name in direct:
            if capital and strict:
                return MATRICES
            return (*arrays, (), *LONGER)
        return ((), *arrays) if name in near else ((),)

    def _search(
        self, direct: Collection[str], near: Collection[str], strict: bool
    ) -> dict[str, Shape] | None:
        """Shapes with which the text can be computed; the name that appears last is decided first."""
        options = {name: self._candidates(name, direct, near, strict) for name in self.names}
        settled = {name: shapes[0] for name, shapes in options.items() if len(shapes) == 1}
        names = [name for name in reversed(self.names) if name not in settled]
        shapes = dict(settled)
        if not names:
            return shapes if self._works(self._filled(shapes), strict) else None
        untried = [iter(options[names[0]])]  # of each name that has a shape so far
        for _ in range(self.trials):
            while (shape := next(untried[-1], None)) is None:  # nothing fits here: change the name before
                untried.pop()
                shapes.pop(names[len(untried)], None)
                if not untried:
                    return None
            shapes[names[len(untried) - 1]] = shape
            if self._works(self._filled(shapes), strict):
                if len(untried) == len(names):
                    return shapes
                untried.append(iter(options[names[len(untried)]]))
        return None

    def _with_targets(self, shapes: dict[str, Shape]) -> dict[str, Shape]:
        """Biases and targets beside a matrix product take its shape: b in W @ x + b, y in X @ w - y."""
        wanted = self._beside_products(shapes)
        if self._works(self._filled(shapes | wanted), strict=False):
            return shapes | wanted
        for name, shape in list(wanted.items())[:MOST_TARGETS]:
            changed = shapes | {name: shape}
            if self._works(self._filled(changed), strict=False):
                shapes = changed
        return shapes

    def _beside_products(self, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
        """The plain numbers that are added to, or as targets multiplied with, arrays that a product made."""
        leaf_of = {slot: name for name, slot in self.translation.leaves.items()}
        values = self._values(self._filled(shapes))
        product: set[int] = set()
        wanted: dict[str, Shape] = {}
        for slot, instruction in enumerate(self.translation.instructions):
            function = instruction.function
            if function is None:
                continue
            if function.fits == "product" or any(source in product for source in instruction.inputs):
                product.add(slot)
            if function.name not in ("+", "-", "*") or len(instruction.inputs) != 2:
                continue
            for source, other in (instruction.inputs, instruction.inputs[::-1]):
                name, beside = leaf_of.get(source), values[other]
                if name is None or beside is None or other not in product or shapes.get(name) != ():
                    continue
                if beside.shape and (function.name != "*" or name in TARGETS):
                    wanted[name] = beside.shape[-1:]
        return wanted

    def _filled(self, shapes: Mapping[str, Shape], positive: bool = False) -> dict[str, Any]:
        """Numbers in these shapes, as plain floats and lists, beside the values that were given."""
        filled = dict(self.values)
        number = array = 0
        for name in self.translation.leaves:
            shape = shapes.get(name, ()) if name in shapes or name in filled else None
            if shape == ():
                number += 1
                filled.setdefault(name, float(number))
            elif shape is not None:
                cells = [CYCLE[(3 * array + k) % len(CYCLE)] for k in range(int(np.prod(shape)))]
                array += 1
                filled[name] = np.reshape(np.abs(cells) if positive else cells, shape).tolist()
        return filled

    def _values(self, values: Mapping[str, Any]) -> Sequence[Tensor | None]:
        return self._evaluation(values, strict=False).values

    def _evaluation(self, values: Mapping[str, Any], strict: bool) -> Evaluation:
        leaves = {name: Tensor(value) for name, value in values.items()}
        evaluation = Evaluation(self.scanned, self.translation, leaves, strict)
        with no_grad(), np.errstate(all="ignore"):
            evaluation.run()
        return evaluation

    def _works(self, values: Mapping[str, Any], strict: bool) -> bool:
        try:
            self._evaluation(values, strict)
        except ExpressionError:
            return False
        return True

    def _finite(self, values: Mapping[str, Any]) -> bool:
        result = self._values(values)[self.translation.result]
        return result is not None and bool(np.all(np.isfinite(result.data)))
