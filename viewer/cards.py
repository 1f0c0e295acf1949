"""The geometry of a card: how large it is and where inside it the value and the gradient stand.

Sizes depend on names and shapes only, never on numbers, so that nothing moves while numbers change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from viewer.labels import Axes
from viewer.letters import width_of
from viewer.tensors import in_view

HEADER = 28
SUBTITLE = 17
ROW = 22
PAD = 10
FOOT = 6
TITLE = 12.5  # px, the font of a card's name
SMALL = 11  # px, the font of all other words
LABEL = 16  # room for the word "value" or "gradient" over a grid
WIDEST = 250
NARROWEST = 118
NUMBER = 57  # room for −1.23e−22 in small letters, and for the gap to the word that says what it is
NUMBER_CELL = (44, 22)
BLOCK_CELL = (9, 9)
AXIS = 10.5  # px, the font of the words beside the cells
WORD = 12  # the height of a line of words, and the least side of a cell that has one beside it
LONGEST_WORD = 60  # px; the rest of a longer one is cut off
TOKEN = 64  # the widest cell of a token, which shows its word
MOST_NUMBER_COLUMNS = 6
MOST_NUMBER_ROWS = 8
MOST_IN_LINE = 10  # numbers of an array that has one row or one column only
MOST_BOX_ROWS = 2  # of numbers in a closed box; a larger array is there only as its norm
MOST_WORD_ROWS = 4  # the same where the rows have words
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
    rows: float = 0  # room for words left of the cells
    columns: float = 0  # and above them

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
            **({"rows": self.rows} if self.rows else {}),
            **({"columns": self.columns} if self.columns else {}),
        }


@dataclass(frozen=True)
class Card:
    """A card's size and its slots; `gradient` is None where no gradient flows."""

    w: float
    h: float
    value: Slot
    gradient: Slot | None
    strip: tuple[float, float, float, float] | None = None  # of a stack: x, y, w, h of its bars


def card(
    title: str,
    note: str,
    shape: tuple[int, ...],
    learns: bool,
    share: bool = False,
    axes: Axes = (),
    tokens: bool = False,
) -> Card:
    """The card of a value of this shape under this title; `note` stands at the right of the title.

    `share`: its gradient is only what comes from the box that is looked into, which takes longer to say.
    `axes`: the words for its places. `tokens`: its numbers are shown as words.
    """
    heading = 2 * PAD + _title(title) + 12 + width_of(note, SMALL)
    if shape == ():
        return _rows(min(WIDEST, heading), HEADER, learns, share)
    return _grids(heading, HEADER, shape, learns, axes, tokens, share)


def box_card(
    title: str,
    subtitle: str,
    footer: str,
    shape: tuple[int, ...],
    learns: bool,
    boxes: int = 0,
    axes: Axes = (),
) -> Card:
    """The card of a closed box; of a stack, with a bar for each of its `boxes`.

    Its formula stands under the title, what goes in and comes out on a last line. An array that is too large
    to be read in numbers is there as its norm.
    """
    signs = 60 if boxes else 32
    small = max(width_of(subtitle, SMALL), width_of(footer, SMALL))
    heading = 2 * PAD + max(_title(title) + signs, small)
    top = HEADER + SUBTITLE
    around = 2 * PAD + BAR_LABEL
    least = max(180, min(WIDEST - 2 * PAD, boxes * BAR) + around if boxes else 0)
    rows, columns = in_view(shape)
    most = MOST_WORD_ROWS if len(axes) > 1 and axes[-2] else MOST_BOX_ROWS
    if shape == () or rows > most or not in_numbers(rows, columns):
        own = _rows(max(least, min(WIDEST, heading)), top, learns, norm=shape != ())
    else:
        own = _grids(max(180, heading), top, shape, learns, axes)
    foot = ROW if footer else 0
    if not boxes:
        return Card(own.w, own.h + foot, own.value, own.gradient)
    w = max(own.w, least)
    strip = (PAD + BAR_LABEL, own.h, w - around, STRIP - 6)
    return Card(w, own.h + STRIP + foot, own.value, own.gradient, strip)


def in_numbers(rows: int, columns: int) -> bool:
    """Whether a card has room for an array in numbers; a larger one is there as coloured cells."""
    if 1 in (rows, columns):
        return max(rows, columns) <= MOST_IN_LINE
    return columns <= MOST_NUMBER_COLUMNS and rows <= MOST_NUMBER_ROWS


def _title(text: str) -> float:
    """How wide the first line of a card is; the name in it is bold."""
    name, equals, expression = text.partition(" = ")
    return width_of(name, TITLE, bold=True) + width_of(equals + expression, TITLE)


def _rows(heading: float, top: float, learns: bool, share: bool = False, norm: bool = False) -> Card:
    """One number in each row: the value, and under it the gradient."""
    words = f"{_gradient(share) if learns else 'value'}{' norm' if norm else ''}"
    w = max(NARROWEST, heading, 2 * PAD + width_of(words, SMALL) + NUMBER)
    inner = w - 2 * PAD
    value = Slot(PAD, top, inner, ROW, (inner, ROW), True, norm)
    gradient = Slot(PAD, top + ROW, inner, ROW, (inner, ROW), True, norm) if learns else None
    return Card(round(w), round(top + 2 * ROW + FOOT), value, gradient)


def _grids(
    heading: float,
    top: float,
    shape: tuple[int, ...],
    learns: bool,
    axes: Axes,
    tokens: bool = False,
    share: bool = False,
) -> Card:
    """Two grids of cells, beside each other if they are high, else one above the other."""
    rows, columns = in_view(shape)
    numbers = in_numbers(rows, columns)
    words = _Words(axes, rows, columns, numbers, tokens)
    cell = words.cell
    grid_w, grid_h = max(1, columns) * cell[0], max(1, rows) * cell[1]
    plain_w, plain_h = (max(1, n) * side for n, side in zip((columns, rows), BLOCK_CELL, strict=True))
    fits = 2 * plain_w + 3 * PAD <= WIDEST and plain_h > 3 * BLOCK_CELL[1]
    beside = learns and ((rows > columns and rows > 2) or (not numbers and fits))
    over_value, over_gradient = _titles(shape, rows * columns, share)
    apart = max(words.left + grid_w, over_value) + PAD  # from the first grid's words to the second grid
    over = max(over_value, over_gradient) if learns else over_value
    inner = apart + max(grid_w, over_gradient) if beside else max(words.left + grid_w, over)
    w = max(NARROWEST, min(WIDEST, heading), inner + 2 * PAD)
    x, y = PAD + words.left, top + LABEL + words.above
    value = Slot(x, y, grid_w, grid_h, cell, numbers, rows=words.left, columns=words.above)
    below = y + grid_h
    if not learns:
        gradient = None
        h = below + LABEL + FOOT
    elif beside:
        gradient = Slot(PAD + apart, y, grid_w, grid_h, cell, numbers, columns=words.above)
        h = below + FOOT + 4
    else:
        y = below + 2 + LABEL + words.above
        gradient = Slot(x, y, grid_w, grid_h, cell, numbers, rows=words.left, columns=words.above)
        h = y + grid_h + FOOT + 4
    return Card(round(w), round(h), value, gradient)


def _titles(shape: tuple[int, ...], seen: int, share: bool) -> tuple[float, float]:
    """How wide the words over the two grids are; over an array that is not all seen its shape stands, too."""
    behind = f" ({', '.join(map(str, shape))})" if math.prod(shape) > seen else ""
    each = (f"value{behind}", f"{_gradient(share)}{behind}")
    value, gradient = (width_of(words, SMALL) for words in each)
    return value, gradient


def _gradient(share: bool) -> str:
    return "gradient from here" if share else "gradient"


class _Words:
    """The size of a grid's cells, and the room that the words beside them take.

    Over numbers words stand upright, if all of them fit; over small cells they are turned.
    """

    def __init__(self, axes: Axes, rows: int, columns: int, numbers: bool, tokens: bool) -> None:
        across = axes[-1][:columns] if axes else ()
        down = axes[-2][:rows] if len(axes) > 1 else ()
        width, height = map(float, NUMBER_CELL if numbers else BLOCK_CELL)
        self.left = _room(down)
        self.above = 0.0
        if numbers and tokens:
            width = min(TOKEN, max(width, _room(across) + 6))
        elif numbers and across and _room(across) <= width:
            self.above = WORD
        elif not numbers:
            self.above = _room(across)
            width = max(width, WORD) if across else width
            height = max(height, WORD) if down else height
        self.cell = (width, height)


def _room(words: tuple[str, ...]) -> float:
    """How long the longest of the words is, up to a limit, with a gap after it; none takes no room."""
    longest = max((width_of(word, AXIS) for word in words), default=0)
    return min(LONGEST_WORD, round(longest + 6)) if longest else 0
