"""`parse`: from what a learner types to a program that runs on the engine.

The text is read word by word (`scan`), parsed by Python's `ast`, turned into instructions by an allow
list (`translate`), and carried out by the engine (`evaluate`). Nothing typed is ever run by Python.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.apply import watch
from engine.expression.defaults import Guess
from engine.expression.errors import ExpressionError, Place
from engine.expression.evaluate import MOST_CELLS, MOST_DIMS, Evaluation, note_place, total
from engine.expression.functions import FUNCTIONS
from engine.expression.scan import Scanned, scan
from engine.expression.translate import MOST_OPS, Translation, translate
from engine.tensor import Tensor


@dataclass(frozen=True)
class Result:
    """What a run gives: the number at the end, the leaves by name, and what the learner should be told."""

    root: Tensor
    leaves: Mapping[str, Tensor]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """A text that can be computed. `names` are its leaves: the names that it does not compute itself.

    A line such as `w = 2` makes a leaf too: its value is the default in `given`.
    """

    source: str
    names: tuple[str, ...] = field(compare=False)
    given: Mapping[str, Any] = field(compare=False)
    _scanned: Scanned = field(compare=False, repr=False)
    _translation: Translation = field(compare=False, repr=False)

    def defaults(self, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A value for every name: from `values`, else from the text, else one that fits.

        Numbers are floats and arrays nested lists. Values of names that the text does not have are left out.

        >>> parse("sigmoid(w @ x + b)").defaults({"b": -1.0})
        {'w': [1.0, 2.0, -1.0], 'x': [0.5, -2.0, 1.5], 'b': -1.0}
        """
        checked = {
            name: self._checked(name, value) for name, value in (values or {}).items() if name in self.names
        }
        known = {**self.given, **checked}
        complete = len(known) == len(self.names)
        filled = known if complete else Guess(self._scanned, self._translation, known).run()
        return {name: np.asarray(filled[name], dtype=float).tolist() for name in self.names}

    def run(self, values: Mapping[str, Any] | None = None, fixed: Collection[str] = ()) -> Tensor:
        """The result as a recorded tensor of a single number; see `evaluate`."""
        return self.evaluate(values, fixed).root

    def evaluate(self, values: Mapping[str, Any] | None = None, fixed: Collection[str] = ()) -> Result:
        """Computes the text and records how, with every result's place in the text.

        `values`: a number, nested lists or an array for each name; names without one get their default.
        `fixed`: the names that take no gradient. An array at the end is added up, and a notice says so.
        Raises ExpressionError for values that cannot be used and shapes that do not fit.
        """
        filled = self.defaults(values)
        evaluation, leaves = self._evaluation(filled, fixed, folded=False)
        if evaluation.ops > MOST_OPS:
            evaluation, leaves = self._evaluation(filled, fixed, folded=True)
        result = evaluation.values[self._translation.result]
        assert result is not None
        notices = self._notices(evaluation, result)
        if result.shape != ():
            with watch():
                result = total(result, self._translation.last)
        return Result(result, leaves, tuple(notices))

    def _evaluation(
        self, values: Mapping[str, Any], fixed: Collection[str], folded: bool
    ) -> tuple[Evaluation, dict[str, Tensor]]:
        leaves = {}
        for name in self.names:
            leaves[name] = Tensor(values[name], requires_grad=name not in fixed, name=name)
            note_place(leaves[name], self._place(name))
        with watch(), np.errstate(all="ignore"):
            evaluation = Evaluation(self._scanned, self._translation, leaves)
            evaluation.run(folded)
        return evaluation, leaves

    def _place(self, name: str) -> Place:
        return self._translation.instructions[self._translation.leaves[name]].place

    def _notices(self, evaluation: Evaluation, result: Tensor) -> list[str]:
        notices = []
        count = result.numel()
        if count != 1:
            notices.append(
                f"The result had {count} numbers; the walk adds them up, since a gradient needs one number "
                "at the end."
            )
        if not result.requires_grad:
            why = (
                "has no names, so there is nothing to change" if not self.names else "uses fixed values only"
            )
            notices.append(f"The result {why}: no gradient flows back.")
        instructions = self._translation.instructions
        if any(i.name == "e" and i.function is None and i.value is not None for i in instructions):
            notices.append("e is Euler's number 2.718 here; for an input of your own choose another name.")
        unused = [f"{name} is not used by the result, so it is not in the graph." for name in self._unused()]
        return notices + unused

    def _unused(self) -> list[str]:
        """The names that the text gives to values on which the result does not depend."""
        translation = self._translation
        needed = {translation.result}
        for slot in range(translation.result, -1, -1):
            if slot in needed:
                needed.update(translation.instructions[slot].inputs)
        return [
            i.name for k, i in enumerate(translation.instructions) if i.name is not None and k not in needed
        ]

    def _checked(self, name: str, value: Any) -> Any:
        """`value` as floats in lists. Raises ExpressionError, at the first place where the name stands."""
        try:
            cells, shape = _block(value.data if isinstance(value, Tensor) else value)
            if len(cells) > MOST_CELLS:
                raise ValueError(f"has {len(cells):,} numbers, and {MOST_CELLS:,} is the most; give it fewer")
            if not all(map(math.isfinite, cells)):
                raise ValueError(
                    "holds a number that is not finite; only numbers below 1e308 can be changed by a little"
                )
        except ValueError as error:
            raise ExpressionError(f"{name} {error}.", self._place(name)) from None
        return np.reshape(cells, shape).tolist()


def _block(value: Any, depth: int = 0) -> tuple[list[float], tuple[int, ...]]:
    """The numbers in nested lists or an array, and their shape; the error goes on after the value's name."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if depth > MOST_DIMS:
        raise ValueError(f"is nested more than {MOST_DIMS} lists deep; a matrix is a list of lists")
    if isinstance(value, list | tuple):
        parts = [_block(part, depth + 1) for part in value]
        if not parts:
            raise ValueError("holds an empty list; give it at least one number")
        odd = next((shape for _, shape in parts if shape != parts[0][1]), None)
        if odd is not None:
            sizes = " and ".join(str(shape[0]) if shape else "no list" for shape in (parts[0][1], odd))
            raise ValueError(f"should have rows of one length, but has {sizes}; make them equal")
        return [cell for cells, _ in parts for cell in cells], (len(parts), *parts[0][1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("should be a number, or lists of numbers; something else came for it")
    try:
        return [float(value)], ()
    except OverflowError:
        return [math.inf], ()


def parse(source: str) -> Program:
    """The program that `source` stands for: an expression, or lines of assignments of which the last counts.

    Raises ExpressionError, a sentence and a place, for everything else.

    >>> program = parse("s = w*x\\n(s - 1)**2")
    >>> program.names
    ('w', 'x')
    >>> program.run({"w": 3.0, "x": 2.0}).data
    25.0
    """
    scanned = scan(source, set(FUNCTIONS))
    translation = translate(scanned)
    return Program(source, tuple(translation.leaves), translation.given, scanned, translation)
