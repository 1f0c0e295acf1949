"""Random examples for ops: Hypothesis makes the choices that an op's `draw` asks for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.op import Example, Op

MOST_CELLS = 60
LENGTHS = (1, 2, 3, 4, 5, 0)  # small ones first: a failing example shrinks towards them


class HypothesisDraw:
    """`engine.op.Draw` over Hypothesis. `smooth=False` also makes ties, tiny and large numbers."""

    def __init__(self, data: Any, op: Op, smooth: bool = False) -> None:
        self.data = data
        self.low, self.high = op.domain
        self.smooth = smooth

    def integer(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))

    def choice(self, *options: Any) -> Any:
        return options[self.data.draw(st.integers(0, len(options) - 1))]

    def shape(self, least: int = 0, most: int = 3, empty: bool = True) -> tuple[int, ...]:
        lengths = st.sampled_from(LENGTHS if empty else LENGTHS[:-1])
        return tuple(self.data.draw(st.lists(lengths, min_size=least, max_size=most)))

    def shapes(self, count: int) -> list[tuple[int, ...]]:
        full = self.shape()
        made = []
        for _ in range(count):
            kept = full[self.integer(0, len(full)) if self.choice(False, True) else 0 :]
            made.append(tuple(n if self.choice(True, True, False) else 1 for n in kept))
        return made

    def array(self, shape: tuple[int, ...], low: float | None = None, high: float | None = None) -> Any:
        low = self.low if low is None else low
        high = self.high if high is None else high
        size = math.prod(shape)
        kind = "any" if self.smooth else self.choice("any", "ties", "small", "listed")
        random = np.random.default_rng(self.integer(0, 2**16))
        if kind == "listed" and size <= 6:
            cells = st.floats(low, high, allow_subnormal=False)
            return np.array(self.data.draw(st.lists(cells, min_size=size, max_size=size))).reshape(shape)
        if kind == "ties":
            grid = [n / 2 for n in range(-8, 9) if low <= n / 2 <= high]
            return random.choice(grid, shape)
        if kind == "small" and low <= 0:
            return random.uniform(low, high, shape) * 1e-9
        return random.uniform(low, high, shape)

    def indices(self, shape: tuple[int, ...], below: int) -> Any:
        return np.random.default_rng(self.integer(0, 2**16)).integers(0, below, shape)


def draw_example(data: Any, op: Op, smooth: bool = False) -> Example:
    """A random example of `op`: its own, or arrays that broadcast."""
    draw = HypothesisDraw(data, op, smooth)
    if op.draw is not None:
        return op.draw(draw)
    params = draw.choice(*[given.params for given in op.examples])
    return Example(tuple(draw.array(shape) for shape in draw.shapes(len(op.vjps))), params)
