"""The geometry of a card: how large it is and where inside it the value and the gradient stand.

Sizes depend on names and shapes only, never on numbers, so that nothing moves while numbers change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewer.tensors import in_view

HEADER = 28
SUBTITLE = 17
ROW = 22
PAD = 10
FOOT = 6
LABEL = 16  # room for the word "value" or "gradient" over a grid
WIDEST = 250
NARROWEST = 118
NUMBER_CELL = (44, 22)
BLOCK_CELL = (9, 9)
SHARE = 180  # room for the words "gradient from here" and a number
MOST_NUMBER_COLUMNS = 6
MOST_NUMBER_ROWS = 8
MOST_NUMBERS_IN_A_ROW = 8  # of an array that has one row only
MOST_BOX_ROWS = 2  # of numbers in a closed box; a larger array is there only as its norm
STRIP = 46  # two rows of bars, one bar for each box of a stack
BAR = 9  # the width of a bar, or more in a card that is wide anyway
BAR_LABEL = 50  # room for the words "value" and "gradient" beside the bars


@dataclass(frozen=True)
class Slot:
    """Where a value or a gradient stands inside its card, in pixels from the card's corner."""

    x: float
    y: float
    w: float
    h: float
    cell: tuple[float, float]
    numbers: bool
    norm: bool = False  # only the array's norm is shown

    def json(self) -> dict[str, Any]:
        """The slot as the player reads it; the word above or beside it starts at `label`."""
        return {
            "x": self.x,
            "y": self.y,
            "w": self.w,
            "h": self.h,
            "cell": list(self.cell),
            "numbers": self.numbers,
            "norm": self.norm,
        }


@dataclass(frozen=True)
class Card:
    """A card's size and its slots; `gradient` is None where no gradient flows."""

    w: float
    h: float
    value: Slot
    gradient: Slot | None
    strip: tuple[float, float, float, float] | None = None  # of a stack: x, y, w, h of its bars


def card(title: str, note: str, shape: tuple[int, ...], learns: bool, share: bool = False) -> Card:
    """The card of a value of this shape under this title; `note` stands at the right of the title.

    `share`: its gradient is only what comes from the box that is looked into, which takes longer to say.
    """
    heading = 2 * PAD + 7.4 * len(title) + 12 + 6.6 * len(note)
    if share:
        heading = max(heading, SHARE)
    if shape == ():
        return _rows(min(WIDEST, max(NARROWEST, heading)), HEADER, learns)
    return _grids(heading, HEADER, shape, learns)


def box_card(
    title: str, subtitle: str, footer: str, shape: tuple[int, ...], learns: bool, boxes: int = 0
) -> Card:
    """The card of a closed box; of a stack, with a bar for each of its `boxes`.

    Its formula stands under the title, what goes in and comes out on a last line. An array that is too large
    to be read in numbers is there as its norm.
    """
    signs = 60 if boxes else 32
    small = 5.7 * max(len(subtitle), len(footer))
    heading = 2 * PAD + max(7.4 * len(title) + signs, small)
    top = HEADER + SUBTITLE
    around = 2 * PAD + BAR_LABEL
    least = max(180, min(WIDEST - 2 * PAD, boxes * BAR) + around if boxes else 0)
    rows, columns = in_view(shape)
    if shape == () or rows > MOST_BOX_ROWS or not in_numbers(rows, columns):
        own = _rows(max(least, min(WIDEST, heading)), top, learns, norm=shape != ())
    else:
        own = _grids(max(180, heading), top, shape, learns)
    foot = ROW if footer else 0
    if not boxes:
        return Card(own.w, own.h + foot, own.value, own.gradient)
    w = max(own.w, least)
    strip = (PAD + BAR_LABEL, own.h, w - around, STRIP - 6)
    return Card(w, own.h + STRIP + foot, own.value, own.gradient, strip)


def in_numbers(rows: int, columns: int) -> bool:
    """Whether a card has room for an array in numbers; a larger one is there as coloured cells."""
    most = MOST_NUMBERS_IN_A_ROW if rows == 1 else MOST_NUMBER_COLUMNS
    return columns <= most and rows <= MOST_NUMBER_ROWS


def _rows(w: float, top: float, learns: bool, norm: bool = False) -> Card:
    """One number in each row: the value, and under it the gradient."""
    inner = w - 2 * PAD
    value = Slot(PAD, top, inner, ROW, (inner, ROW), True, norm)
    gradient = Slot(PAD, top + ROW, inner, ROW, (inner, ROW), True, norm) if learns else None
    return Card(round(w), round(top + 2 * ROW + FOOT), value, gradient)


def _grids(heading: float, top: float, shape: tuple[int, ...], learns: bool) -> Card:
    """Two grids of cells, beside each other if they are high, else one above the other."""
    rows, columns = in_view(shape)
    numbers = in_numbers(rows, columns)
    cell = NUMBER_CELL if numbers else BLOCK_CELL
    grid_w, grid_h = max(1, columns) * cell[0], max(1, rows) * cell[1]
    fits = 2 * grid_w + 3 * PAD <= WIDEST and grid_h > 3 * BLOCK_CELL[1]
    beside = learns and ((rows > columns and rows > 2) or (not numbers and fits))
    inner = 2 * grid_w + PAD if beside else grid_w
    w = max(NARROWEST, min(WIDEST, heading), inner + 2 * PAD)
    value = Slot(PAD, top + LABEL, grid_w, grid_h, cell, numbers)
    if not learns:
        gradient = None
        h = top + LABEL + grid_h + LABEL + FOOT
    elif beside:
        gradient = Slot(2 * PAD + grid_w, top + LABEL, grid_w, grid_h, cell, numbers)
        h = top + LABEL + grid_h + FOOT + 4
    else:
        gradient = Slot(PAD, top + 2 * LABEL + grid_h + 2, grid_w, grid_h, cell, numbers)
        h = top + 2 * LABEL + 2 * grid_h + FOOT + 6
    return Card(round(w), round(h), value, gradient)
