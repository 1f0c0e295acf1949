"""Checks of the values that arrive from a browser: finite numbers, rows of equal length, not too many."""

import math
from typing import Any

import numpy as np

from ui.errors import BadRequest

MOST_CELLS = 4096
LONGEST_NAME = 64


def checked_number(name: str, value: Any) -> float:
    """`value` as a float. Raises BadRequest if it is none, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest(f"{name} should be a number, but {_shown(value)} was sent.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadRequest(f"{name} should be a finite number; send one below 1e308 in size.")
    return number


def checked_array(name: str, value: Any) -> float | list[Any]:
    """`value` as a float, a list of floats, or a list of such rows. Raises BadRequest otherwise.

    >>> checked_array("w", [1, 2.5])
    [1.0, 2.5]
    """
    if not isinstance(value, list):
        return checked_number(name, value)
    if not value:
        raise BadRequest(f"{name} is an empty list; it needs at least one number.")
    if not any(isinstance(cell, list) for cell in value):
        _check_size(name, len(value))
        return [checked_number(name, cell) for cell in value]
    rows = [row for row in value if isinstance(row, list)]
    lengths = sorted({len(row) for row in rows})
    if len(rows) < len(value) or len(lengths) > 1 or lengths == [0]:
        raise BadRequest(
            f"{name} should be a matrix whose rows are lists of the same length; "
            f"its rows have {' and '.join(map(str, lengths))} numbers."
            if len(lengths) > 1
            else f"{name} should be a number, a list of numbers, or a list of rows of equal length."
        )
    _check_size(name, len(rows) * lengths[0])
    return [[checked_number(name, cell) for cell in row] for row in rows]


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a checked value: () for a number."""
    return np.shape(value)


def shape_in_words(shape: tuple[int, ...]) -> str:
    """A shape as a person says it.

    >>> shape_in_words(()), shape_in_words((3,)), shape_in_words((2, 3))
    ('a number', 'a vector of 3', 'a matrix of 2 × 3')
    """
    if not shape:
        return "a number"
    if len(shape) == 1:
        return f"a vector of {shape[0]}"
    return f"a matrix of {' × '.join(map(str, shape))}"


def plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, for JSON; anything else as it is."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _check_size(name: str, cells: int) -> None:
    if cells > MOST_CELLS:
        raise BadRequest(
            f"{name} has {cells} numbers; at most {MOST_CELLS} can be walked. Send a smaller one."
        )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    text = repr(value) if isinstance(value, str) else {True: "true", False: "false", None: "null"}[value]
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
