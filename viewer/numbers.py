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


def spoken(data: Any) -> str:
    """A value in words: the number of a scalar, the shape of an array.

    >>> spoken(2.0), spoken(np.zeros((2, 3))), spoken(np.ones((1, 1)))
    ('2', 'an array of shape (2, 3)', '[[1]]')
    """
    if np.shape(data) == ():
        return short(data)
    if np.size(data) == 1:
        return single(data)
    if np.size(data) <= 4 and np.ndim(data) == 1:
        return "[" + ", ".join(short(x) for x in np.ravel(data)) + "]"
    return f"an array of shape {shape_text(np.shape(data))}"


def single(data: Any) -> str:
    """The one number of an array, in as many brackets as the array has dims.

    >>> single(np.array([[0.5]]))
    '[[0.5]]'
    """
    dims = np.ndim(data)
    return "[" * dims + short(np.ravel(data)[0]) + "]" * dims


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as Python writes it, `()` for a scalar."""
    return "(" + ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
