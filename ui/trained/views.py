"""What is shown beside a walk, as data for the browser: assets/app/views.js has a drawing for each kind.

These change while a person scrubs or draws, so they do not go through Streamlit; what is drawn once and stays
is a Plotly figure of the same `lessons.chart` pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from lessons.chart import Bars, Curves, Grid

Json = dict[str, Any]


@dataclass(frozen=True)
class Tile:
    """A small picture: its cells, a name under it, and whether that is right (None: nobody asked)."""

    cells: Any  # (rows, columns), from the smallest to the largest number of all tiles
    name: str
    right: bool | None = None


@dataclass(frozen=True)
class Tiles:
    """Small pictures beside each other, such as filters. `signed`: a number below 0 means something."""

    tiles: tuple[Tile, ...]
    signed: bool = False


@dataclass(frozen=True)
class Said:
    """Lines of text, each what came in, what came out, and whether that is right (None: nobody knows)."""

    lines: tuple[tuple[str, str, bool | None], ...]


@dataclass(frozen=True)
class View:
    """A picture with its title. `strong`: the index of the bar that was picked."""

    title: str
    picture: Bars | Grid | Curves | Tiles | Said
    strong: int | None = None


def as_json(views: Sequence[View]) -> list[Json]:
    """The views as a browser draws them."""
    return [
        {"title": view.title, "strong": view.strong, "kind": type(view.picture).__name__.lower()}
        | picture_json(view.picture)
        for view in views
    ]


@singledispatch
def picture_json(picture: Any) -> Json:
    """The picture's own part."""
    raise AssertionError(f"{type(picture).__name__} has no drawing in the browser")


@picture_json.register
def _(picture: Bars) -> Json:
    ((_, heights),) = picture.groups
    return {"names": list(picture.names), "heights": rounded(heights)}


@picture_json.register
def _(picture: Grid) -> Json:
    return {
        "rows": list(picture.rows),
        "columns": list(picture.columns),
        "cells": rounded(picture.cells),
        "x": picture.x,
        "y": picture.y,
    }


@picture_json.register
def _(picture: Curves) -> Json:
    return {
        "x": picture.x,
        "y": picture.y,
        "log": picture.log,
        "lines": [
            {
                "name": line.name,
                "x": list(line.x),
                "y": rounded(line.y),
                "of": line.kind,
                "strong": line.strong,
            }
            for line in picture.lines
        ],
    }


@picture_json.register
def _(picture: Tiles) -> Json:
    return {
        "signed": picture.signed,
        "tiles": [
            {"cells": rounded(tile.cells), "name": tile.name, "right": tile.right} for tile in picture.tiles
        ],
    }


@picture_json.register
def _(picture: Said) -> Json:
    return {"lines": [list(line) for line in picture.lines]}


def rounded(numbers: Any) -> list[Any]:
    """Nested lists of four figures: enough to see, quick to send.

    >>> rounded([0.123456, 2])
    [0.1235, 2.0]
    """
    array = np.asarray(numbers, dtype=float)
    texts = [float(f"{x:.4g}") for x in array.ravel()]
    return np.array(texts).reshape(array.shape).tolist()  # type: ignore[no-any-return]


def percent(share: float) -> str:
    """A share as a person reads it, never broken over two lines.

    >>> percent(0.9861)
    '98.6\\xa0%'
    """
    return f"{100 * share:.3g}\N{NO-BREAK SPACE}%"
