"""Values and gradients as JSON: small arrays whole, large ones as the cells in view and their size."""

from __future__ import annotations

from typing import Any

import numpy as np

from viewer.numbers import plain

MOST_ROWS = 12
MOST_COLUMNS = 12
EXACT = 64  # cells up to which every digit travels; of larger arrays seven do


def in_view(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many rows and columns of an array are shown; a vector is one row, deeper arrays show one page."""
    if len(shape) == 0:
        return 1, 1
    rows = 1 if len(shape) == 1 else shape[-2]
    return min(rows, MOST_ROWS), min(shape[-1], MOST_COLUMNS)


class Tensors:
    """The arrays of a payload, each once, however often it is shown: `all` in order, known by their place."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self._places: dict[Any, int] = {}
        self._kept: list[Any] = []  # alive, so that no other array gets its id

    def place(self, data: Any, scale: float = 0.0) -> int | None:
        """Where `data` stands in `all`, put there if it is new; None stays None.

        `scale`: the number that would have full strength, if that is larger than all numbers in it.
        """
        if data is None:
            return None
        key = (data or repr(data)) if type(data) is float else id(data)  # 0.0 and -0.0 are two
        if key not in self._places:
            self._places[key] = len(self.all)
            self._kept.append(data)
            told = tensor_json(data)
            self.all.append(told | {"max": max(told["max"], scale)})
        return self._places[key]


def tensor_json(data: Any) -> dict[str, Any]:
    """Shape, the cells in view row by row, the largest size among all cells, and the norm."""
    array = np.asarray(data)
    rows, columns = in_view(array.shape)
    cells = cells_in_view(array)
    sizes = np.abs(array[np.isfinite(array)]).astype(float)
    largest = float(sizes.max(initial=0.0))
    return {
        "shape": list(array.shape),
        "rows": rows,
        "cols": columns,
        "cells": [plain(x) for x in cells.ravel()] if array.size <= EXACT else _seven_digits(cells.ravel()),
        "more": bool(cells.size < array.size),
        "max": largest,
        "norm": norm(array),
    }


def cells_in_view(data: Any) -> Any:
    """The cells of an array that are shown, as rows and columns."""
    array = np.asarray(data)
    rows, columns = in_view(array.shape)
    if not array.size:
        return np.zeros((0, 0))
    page = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, *array.shape[-2:])[0]
    return page[:rows, :columns]


def norm(data: Any) -> float:
    """The square root of the sum of squares of all finite cells."""
    array = np.asarray(data)
    sizes = np.abs(array[np.isfinite(array)]).astype(float)
    largest = float(sizes.max(initial=0.0))
    return largest * float(np.linalg.norm(sizes / largest)) if largest else 0.0


def _seven_digits(cells: Any) -> list[float | str]:
    """Half as many characters: a large array is a picture, and whoever asks for a cell gets all of it."""
    return [plain(float(f"{x:.7g}")) for x in cells.tolist()]


def place_in_view(shape: tuple[int, ...], index: tuple[int, ...]) -> int | None:
    """Where a cell stands among the cells in view, counted row by row; None if it is not among them.

    >>> place_in_view((2, 3), (1, 0)), place_in_view((4, 2, 3), (1, 0, 0)), place_in_view((40,), (20,))
    (3, None, None)
    """
    rows, columns = in_view(shape)
    row, column = ([0, 0, *index])[-2:] if shape else (0, 0)
    if any(index[:-2]) or row >= rows or column >= columns:
        return None
    return row * columns + column
