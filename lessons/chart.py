"""The pictures that a lesson may show: a small closed set, as data. `ui.charts` draws them.

A picture holds plain numbers, computed by the lesson from runs of the engine. It says nothing of colours
or of Plotly; what is a value and what a gradient is all that it tells.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from lessons.lesson import Choice, Input

Kind = Literal["value", "gradient", "other"]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Line:
    """One named line: `y` against `x`. `strong` is drawn thicker, as the one that the text is about."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: Kind = "value"
    strong: bool = False


@dataclass(frozen=True)
class Curves:
    """Several lines against one x, as a gradient's size over depth or time. `log`: powers of ten upwards.

    `mark` is a place on x worth a dotted line, and what stands beside it.
    """

    x: str
    y: str
    lines: tuple[Line, ...]
    log: bool = False
    mark: tuple[float, str] | None = None

    def __post_init__(self) -> None:
        for line in self.lines:
            if len(line.x) != len(line.y):
                raise ValueError(f"line {line.name!r} has {len(line.x)} x but {len(line.y)} y; give as many")


@dataclass(frozen=True)
class Surface:
    """The height over two numbers, drawn as contour lines, with the path that a descent takes over it.

    `heights` has a row for each of `ys` and a column for each of `xs`; `path` holds (x, y) in order.
    `equal`: both axes have one scale, so that a step downhill crosses its contour at a right angle.
    """

    x: str
    y: str
    height: str
    xs: Array
    ys: Array
    heights: Array
    path: tuple[tuple[float, float], ...] = ()
    equal: bool = False

    def __post_init__(self) -> None:
        _check_grid("heights", self.heights, len(self.ys), len(self.xs))


@dataclass(frozen=True)
class Points:
    """Examples of one class: where they are, which shape marks them, and perhaps a word beside each.

    A ring goes around a mark.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    symbol: Literal["circle", "cross", "ring"]
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.words and len(self.words) != len(self.x):
            raise ValueError(f"points {self.name!r}: {len(self.x)} places but {len(self.words)} words")


@dataclass(frozen=True)
class Boundary:
    """What a classifier of two features says at every place: its score, and where that is `border`.

    `scores` has a row for each of `ys` and a column for each of `xs`. `margins`: further scores whose
    lines are drawn, such as −1 and 1. `square`: both axes measure the same, so they have one scale.
    """

    x: str
    y: str
    xs: Array
    ys: Array
    scores: Array
    points: tuple[Points, ...]
    border: float = 0.0
    margins: tuple[float, ...] = ()
    square: bool = False

    def __post_init__(self) -> None:
        _check_grid("scores", self.scores, len(self.ys), len(self.xs))


@dataclass(frozen=True)
class Grid:
    """A heat map with names at its rows and columns: attention weights, a filter, a feature map.

    `frame` is drawn around some cells: the first row and column, and how many rows and columns. A cell that
    is NaN is left blank.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Array  # (rows, columns)
    kind: Kind = "value"
    x: str = ""
    y: str = ""
    frame: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        _check_grid("cells", self.cells, len(self.rows), len(self.columns))
        if self.frame is not None:
            row, column, rows, columns = self.frame
            if row < 0 or column < 0 or row + rows > len(self.rows) or column + columns > len(self.columns):
                raise ValueError(
                    f"the frame {self.frame} reaches beyond {len(self.rows)} rows and {len(self.columns)} "
                    "columns; move it inside"
                )


@dataclass(frozen=True)
class Grids:
    """Heat maps beside each other, with cells of one size but each with a scale of its own.

    A digit, a filter, what it finds. What each of them is stands above it: its `x`.
    """

    grids: tuple[Grid, ...]

    def __post_init__(self) -> None:
        if not self.grids:
            raise ValueError("there are no heat maps to draw; give at least one")


@dataclass(frozen=True)
class Bars:
    """A bar for each name, or several beside each other: gate values, probabilities.

    `groups`: what the bars of one look are called, and their heights; `x`: what is said below all of them.
    """

    names: tuple[str, ...]
    groups: tuple[tuple[str, Sequence[float]], ...]
    y: str
    kind: Kind = "value"
    log: bool = False
    x: str = ""

    def __post_init__(self) -> None:
        for name, heights in self.groups:
            if len(heights) != len(self.names):
                raise ValueError(f"bars {name!r}: {len(self.names)} names but {len(heights)} heights")


Picture = Curves | Surface | Boundary | Grid | Grids | Bars


@dataclass(frozen=True)
class Chart:
    """A picture beside a part, with its title, what to see in it, and perhaps settings to play with.

    `draw` is called with the settings by name, runs the engine, and returns the picture. It is pure, so that
    all visitors share what it returns.
    """

    title: str
    text: str
    draw: Callable[..., Picture]
    settings: tuple[Input | Choice, ...] = ()

    def __post_init__(self) -> None:
        taken = sorted(inspect.signature(self.draw).parameters)
        if taken != sorted(setting.name for setting in self.settings):
            raise ValueError(
                f"chart {self.title!r}: its function takes {', '.join(taken) or 'nothing'}, but the settings "
                f"are {', '.join(setting.name for setting in self.settings) or 'none'}; make them the same"
            )


def _check_grid(what: str, cells: Array, rows: int, columns: int) -> None:
    if np.shape(cells) != (rows, columns):
        raise ValueError(
            f"{what} has shape {np.shape(cells)}, but there are {rows} rows and {columns} columns; "
            "make them fit"
        )
