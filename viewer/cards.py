"""The geometry of a card: how large it is and where inside it the value and the gradient stand.

Sizes depend on names and shapes only, never on numbers, so that nothing moves while numbers change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewer.tensors import in_view

HEADER = 28
ROW = 22
PAD = 10
FOOT = 6
LABEL = 16  # room for the word "value" or "gradient" over a grid
WIDEST = 250
NARROWEST = 118
NUMBER_CELL = (42, 22)
BLOCK_CELL = (12, 12)
MOST_NUMBER_COLUMNS = 6
MOST_NUMBER_ROWS = 6


@dataclass(frozen=True)
class Slot:
    """Where a value or a gradient stands inside its card, in pixels from the card's corner."""

    x: float
    y: float
    w: float
    h: float
    cell: tuple[float, float]
    numbers: bool

    def json(self) -> dict[str, Any]:
        """The slot as the player reads it; the word above or beside it starts at `label`."""
        return {
            "x": self.x,
            "y": self.y,
            "w": self.w,
            "h": self.h,
            "cell": list(self.cell),
            "numbers": self.numbers,
        }


@dataclass(frozen=True)
class Card:
    """A card's size and its slots; `gradient` is None where no gradient flows."""

    w: float
    h: float
    value: Slot
    gradient: Slot | None


def card(title: str, note: str, shape: tuple[int, ...], learns: bool, footer: bool = False) -> Card:
    """The card of a value of this shape under this title; `note` stands at the right of the title.

    `footer`: one more row of text below, as on closed boxes.
    """
    heading = 2 * PAD + 7.4 * len(title) + 12 + 6.6 * len(note)
    if shape == ():
        w = min(WIDEST, max(NARROWEST, heading))
        value = Slot(PAD, HEADER, w - 2 * PAD, ROW, (w - 2 * PAD, ROW), True)
        gradient = Slot(PAD, HEADER + ROW, w - 2 * PAD, ROW, (w - 2 * PAD, ROW), True) if learns else None
        h = HEADER + 2 * ROW + FOOT
    else:
        rows, columns = in_view(shape)
        numbers = columns <= MOST_NUMBER_COLUMNS and rows <= MOST_NUMBER_ROWS
        cell = NUMBER_CELL if numbers else BLOCK_CELL
        grid_w, grid_h = max(1, columns) * cell[0], max(1, rows) * cell[1]
        beside = learns and rows > columns and rows > 2
        inner = 2 * grid_w + PAD if beside else grid_w
        w = max(NARROWEST, min(WIDEST, heading), inner + 2 * PAD)
        value = Slot(PAD, HEADER + LABEL, grid_w, grid_h, cell, numbers)
        if not learns:
            gradient = None
            h = HEADER + LABEL + grid_h + LABEL + FOOT
        elif beside:
            gradient = Slot(2 * PAD + grid_w, HEADER + LABEL, grid_w, grid_h, cell, numbers)
            h = HEADER + LABEL + grid_h + FOOT + 4
        else:
            gradient = Slot(PAD, HEADER + 2 * LABEL + grid_h + 2, grid_w, grid_h, cell, numbers)
            h = HEADER + 2 * LABEL + 2 * grid_h + FOOT + 6
    return Card(round(w), round(h + (ROW if footer else 0)), value, gradient)
