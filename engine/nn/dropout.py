"""Dropout: while training, some numbers are left out at random, so that no part relies on a single other."""

from __future__ import annotations

from typing import Any

from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.initial import Seed, generator
from engine.nn.module import Module, fixed
from engine.scope import Kind
from engine.tensor import Tensor


class Dropout(Module):
    """Sets each number to 0 with probability `p`, and scales the others up so that the mean stays.

    After `eval()` it does nothing. Any shape stays as it is.
    Source: Srivastava and others, Dropout: a simple way to prevent neural networks from overfitting, 2014.
    """

    kind = Kind(
        "Dropout",
        formula=r"<x> \cdot \text{keep}",
        says="Leave out some of the numbers of <x> at random, and scale up the others to make up for it.",
        says_backward="What was left out had no effect, so it gets no gradient.",
    )

    def __init__(self, p: float = 0.5, seed: Seed = None) -> None:
        if not 0.0 <= p < 1.0:
            raise self.error(f"p is {p}, but a share from 0 up to, but below, 1 can be left out")
        self.p = p
        self.random = generator(seed)

    @property
    def active(self) -> bool:
        """True where something is dropped: in training, and if p is not 0."""
        return self.training and self.p > 0.0

    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) if self.active else x

    def forward(self, x: Tensor) -> Tensor:
        """The shape stays."""
        kept = self.random.random(x.shape) >= self.p
        return x * fixed("keep", kept / (1.0 - self.p))


def use_dropout(x: Tensor, d: int, p: str, mode: str) -> Any:
    """What the gallery walks."""
    dropout = Dropout(float(p), seed=0)
    dropout.train(mode == "training")
    result = dropout(x)
    return result.sum()


Entry(
    block=Dropout,
    group="Vectors and images",
    place=7,
    signature="x (…) → (…)",
    about="While training, leave out some numbers at random, so that no part relies on a single other.",
    symbols={
        "x": "numbers in any shape",
        r"\text{keep}": "0 with probability p, else 1 / (1 − p), so that the mean stays",
    },
    build=use_dropout,
    result="The sum of the outputs, so the gradient of each output is 1.",
    inputs=(Given("x", "the numbers", lambda d: (d,), worked=([1, 2, 3, 4, 5, 6],)),),
    sizes=(Size("d", 6, 1, 12, "numbers"),),
    options=(
        Option("p", ("0.5", "0.25", "0.75"), "left out"),
        Option("mode", ("training", "use"), "mode", ("training", "in use")),
    ),
    notes=("In use nothing is left out: the block is not there at all.",),
)
