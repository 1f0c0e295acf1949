"""What a question asks for, as data: a number of a trace that can be read off, hidden, and diagnosed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine import Trace


@dataclass(frozen=True)
class Reading:
    """The value or the gradient of the node of this name; for an array, of one cell.

    Called with a trace, it reads the number off. Since it says what it reads, a player can hide just that
    number, and `lessons.diagnosis` can work out what the usual mistakes would give in its place.
    """

    kind: Literal["value", "gradient"]
    name: str
    cell: tuple[int, ...] = ()

    def __call__(self, trace: Trace) -> float:
        data = trace.value(self.name) if self.kind == "value" else trace.gradient(self.name)
        if data is None:
            raise ValueError(f"no gradient flows to {self.name}; ask for another number")
        return float(np.asarray(data)[self.cell])

    @property
    def cell_name(self) -> str:
        """The node, for an array with the cell, as a player writes it.

        >>> gradient("w", 1).cell_name, value("X", 0, 2).cell_name, value("b").cell_name
        ('w[1]', 'X[0, 2]', 'b')
        """
        return f"{self.name}[{', '.join(map(str, self.cell))}]" if self.cell else self.name


def value(name: str, *cell: int) -> Reading:
    """Reads a value off a trace: of the node of this name, and for an array of this cell."""
    return Reading("value", name, cell)


def gradient(name: str, *cell: int) -> Reading:
    """Reads a gradient off a trace: of the node of this name, and for an array of this cell."""
    return Reading("gradient", name, cell)
