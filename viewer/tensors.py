"""Values and gradients as JSON: small arrays whole, large ones as the cells in view and their size."""

from __future__ import annotations

from typing import Any

import numpy as np

from viewer.numbers import plain

MOST_ROWS = 16
MOST_COLUMNS = 16


def in_view(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many rows and columns of an array are shown; a vector is one row, deeper arrays show one page."""
    if len(shape) == 0:
        return 1, 1
    rows = 1 if len(shape) == 1 else shape[-2]
    return min(rows, MOST_ROWS), min(shape[-1], MOST_COLUMNS)


def tensor_json(data: Any) -> dict[str, Any] | None:
    """Shape, the cells in view row by row, and the largest size among all cells; None stays None."""
    if data is None:
        return None
    array = np.asarray(data)
    rows, columns = in_view(array.shape)
    cells = np.zeros((0, 0))
    if array.size:
        page = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, *array.shape[-2:])[0]
        cells = page[:rows, :columns]
    sizes = np.abs(array[np.isfinite(array)]).astype(float)
    largest = float(sizes.max(initial=0.0))
    return {
        "shape": list(array.shape),
        "rows": rows,
        "cols": columns,
        "cells": [plain(x) for x in cells.ravel()],
        "more": bool(cells.size < array.size),
        "max": largest,
        "norm": plain(largest * float(np.linalg.norm(sizes / largest))) if largest else 0.0,
    }


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
