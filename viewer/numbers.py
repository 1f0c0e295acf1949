"""Numbers as people read them: three significant digits, and the full number for whoever asks.

`assets/player/numbers.js` follows the same rule; `tests/numbers.json` holds both to it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MINUS = "\u2212"


def short(number: float) -> str:
    """At most three significant digits, trailing zeros cut, a true minus sign.

    >>> short(3.14159), short(-1.0), short(12345.0), short(0.00012), short(1234.0)
    ('3.14', '−1', '1.23e4', '1.2e−4', '1234')
    """
    number = float(number)
    if math.isnan(number):
        return "NaN"
    sign = MINUS if number < 0 else ""
    size = abs(number)
    if math.isinf(size):
        return sign + "∞"
    if size == 0:
        return "0"
    if 999.5 <= size < 9999.5:  # four digits before the point: written whole
        return f"{sign}{size:.0f}"
    mantissa, exponent = f"{size:.2e}".split("e")
    power = int(exponent)
    if power >= 4 or power < -3:
        return f"{sign}{_cut(mantissa)}e{str(power).replace('-', MINUS)}"
    return sign + _cut(f"{float(f'{mantissa}e{power}'):.{max(0, 2 - power)}f}")


def _cut(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def tex(number: float, brackets: bool = False) -> str:
    r"""`number` in TeX; a negative one in brackets where it follows a sign.

    >>> tex(-2.5, brackets=True), tex(1.2e-7)
    ('(-2.5)', '1.2 \\cdot 10^{-7}')
    """
    text = short(number).replace(MINUS, "-")
    if text.endswith("∞"):
        text = text.replace("∞", r"\infty")
    elif text == "NaN":
        text = r"\text{NaN}"
    elif "e" in text:
        mantissa, exponent = text.split("e")
        text = rf"{mantissa} \cdot 10^{{{exponent}}}"
    return f"({text})" if brackets and (text.startswith("-") or r"\cdot" in text) else text


def plain(number: float) -> float | str:
    """`number` for JSON, which has no infinities: those go as text."""
    number = float(number)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number


FEW = 4  # cells up to which an array is spelled out


def spelled(data: Any, most: int = FEW) -> str:
    """A number, or an array of at most so many cells, spelled out; of one cell its number; else empty.

    >>> spelled(2.0), spelled(np.ones((1, 1))), spelled(np.array([0.5, -1.0])), spelled(np.eye(2))
    ('2', '1', '[0.5, −1]', '[[1, 0], [0, 1]]')
    >>> spelled(np.zeros(5)), spelled(np.zeros((1, 1, 2)))
    ('', '')
    """
    if np.size(data) == 1:
        return short(np.ravel(data)[0])
    if not 0 < np.size(data) <= most or np.ndim(data) > 2:
        return ""
    rows = ["[" + ", ".join(short(x) for x in row) + "]" for row in np.atleast_2d(data)]
    return rows[0] if np.ndim(data) == 1 else "[" + ", ".join(rows) + "]"


def spoken(data: Any) -> str:
    """A value in words: the numbers of a small one, the shape of a larger array.

    >>> spoken(2.0), spoken(np.zeros((2, 3))), spoken(np.zeros(5)), spoken(np.zeros((1, 7)))
    ('2', '2 rows of 3 numbers', '5 numbers', '1 row of 7 numbers')
    >>> spoken(np.zeros((2, 3, 4))), spoken(np.zeros((9, 1))), spoken(np.zeros(0))
    ('2 × 3 × 4 numbers', '9 rows of 1 number', 'no numbers')
    """
    shape = np.shape(data)
    if 0 in shape:
        return "no numbers"
    numbers = f"{shape[-1]} number{'' if shape[-1] == 1 else 's'}" if shape else ""
    if len(shape) == 2:
        numbers = f"{shape[0]} row{'' if shape[0] == 1 else 's'} of {numbers}"
    if len(shape) > 2:
        numbers = f"{' × '.join(map(str, shape))} numbers"
    return spelled(data) or numbers


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as Python writes it, `()` for a scalar."""
    return "(" + ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
