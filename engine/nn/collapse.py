"""Collapse: one vector for a whole sequence."""

from __future__ import annotations

from typing import Any

from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.module import Module
from engine.nn.sequence_model import vector_at
from engine.scope import Kind
from engine.tensor import Tensor

BACK = {
    "first": "Only the first vector is in the result: it gets all of the gradient.",
    "last": "Only the last vector is in the result: it gets all of the gradient.",
    "average": "Each vector has an equal share in the mean: it gets an equal share of the gradient.",
}
FORMULAS = {"first": "<x>_1", "last": "<x>_L", "average": r"\tfrac{1}{L} \sum_i <x>_i"}


class Collapse(Module):
    """The first or the last of the vectors, or their average: (L, d) -> (d), with a batch in front or not.

    The last has read everything in a net that reads from left to right; BERT uses the first.

    >>> Collapse("average")(Tensor([[1.0, 2.0], [3.0, 6.0]])).tolist()
    [2.0, 4.0]
    """

    def __init__(self, how: str = "last") -> None:
        if how not in FORMULAS:
            raise self.error(f"how is {how!r}, but it must be 'first', 'last' or 'average'")
        self.how = how
        verb = "Average the vectors" if how == "average" else f"Take the {how} of the vectors"
        self.kind = Kind("Collapse", FORMULAS[how], f"{verb} of <x>.", BACK[how])

    def forward(self, x: Tensor) -> Tensor:
        """(L, d) -> (d)."""
        if x.ndim < 2 or x.shape[-2] == 0:
            raise self.error(
                f"x has shape {x.shape}, but at least one vector is needed, in shape (length, features)"
            )
        if self.how == "average":
            return x.mean(-2)  # type: ignore[no-any-return]
        return vector_at(x, 0 if self.how == "first" else -1)


def use_collapse(x: Tensor, how: str, tokens: int, d: int) -> Any:
    """What the gallery walks."""
    collapse = Collapse(how)
    result = collapse(x)
    return result.sum()


Entry(
    block=Collapse,
    group="Sequences",
    place=8,
    signature="x (L, d) → (d)",
    about="One vector for a whole sequence: the first, the last, or the average of all.",
    symbols={"x": "the vectors, as rows", "L": "how many there are"},
    build=use_collapse,
    result="The sum of the vector's numbers, so the gradient of each is 1.",
    inputs=(Given("x", "the vectors, as rows", lambda tokens, d: (tokens, d)),),
    sizes=(Size("tokens", 3, 1, 8, "tokens", "L"), Size("d", 2, 1, 8, "numbers in each", "d")),
    options=(Option("how", ("last", "first", "average"), "keep"),),
    notes=("The last has read everything in a net that reads from left to right; BERT uses the first.",),
)
