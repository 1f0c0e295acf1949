"""Filling an op's formulas and sentences: placeholders in angle brackets become symbols, numbers or words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine.op import ARGUMENTS
from engine.trace import Trace
from viewer.numbers import shape_text, short, tex

_PLACEHOLDER = re.compile(r"<([a-z_]+\d*)>")
_GREEK = frozenset(
    {
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda"),
        *("mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
    }
)
MOST_CELLS = 12  # in a matrix written out in a formula
MOST_ARRAY_COLUMNS = 4
MOST_ARRAY_ROWS = 6


def fill(template: str, words: Mapping[str, str]) -> str:
    """`template` with every `<name>` that `words` knows replaced; unknown ones stay visible in a test.

    >>> fill("Multiply <x> by <y>.", {"x": "w", "y": "b"})
    'Multiply w by b.'
    """
    if "<" not in template:
        return template
    return _PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), template)


def listed(parts: Sequence[str]) -> str:
    """The parts with commas and an "and".

    >>> listed(["x"]), listed(["x", "y", "z"])
    ('x', 'x, y and z')
    """
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def placeholders(template: str) -> list[str]:
    """The names of the placeholders in `template`, in order, repeated ones too.

    >>> placeholders("<x> / (<x> + <y>)")
    ['x', 'x', 'y']
    """
    return _PLACEHOLDER.findall(template)


def argument_words(each: Sequence[str], word: Callable[[str], str] = str) -> dict[str, str]:
    """The placeholders of the arguments: `<x>`, `<y>`, `<z>`, and `<args>` for all of them."""
    words = dict(zip(ARGUMENTS, each, strict=False))
    words["args"] = ", ".join(each)
    return {name: word(text) for name, text in words.items()}


def parameter_words(params: Mapping[str, Any]) -> dict[str, str]:
    """The placeholders of an op's parameters: `<dim>` and the like."""
    return {name: _parameter(value) for name, value in params.items()}


def _parameter(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_parameter(v) for v in value)
    if isinstance(value, slice):
        start, stop = ("" if v is None else str(v) for v in (value.start, value.stop))
        return f"{start}:{stop}" + ("" if value.step is None else f":{value.step}")
    if isinstance(value, np.ndarray):
        return str(value.tolist()) if value.size <= 8 else f"{value.size} indices"
    if value is Ellipsis:
        return "…"
    if isinstance(value, float) and math.isinf(value):
        return short(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def bold(trace: Trace, i: int) -> str:
    """A node as sentences name it: in bold, and a number of the code as a number."""
    return plain_name(trace, i) if trace.is_constant(i) else f"**{trace.names[i]}**"


def plain_name(trace: Trace, i: int) -> str:
    """A node as the title of a card names it; a number of the code with three digits, as everywhere."""
    data = trace.nodes[i]._data
    number = trace.is_constant(i) and np.ndim(data) == 0 and np.asarray(data).dtype.kind != "b"
    return short(data) if number else trace.names[i]


@lru_cache(maxsize=4096)
def symbol(name: str) -> str:
    r"""A name as TeX: one letter with its index, a Greek letter, or upright text.

    >>> symbol("x1"), symbol("alpha"), symbol("loss"), symbol("w_2"), symbol("W_q"), symbol("-2")
    ('x_{1}', '\\alpha', '\\text{loss}', 'w_{2}', 'W_{q}', '-2')
    >>> symbol("q[1, 2]"), symbol("∂L/∂q[1]")
    ('q_{1,2}', '\\tfrac{\\partial L}{\\partial q_{1}}')
    """
    if re.fullmatch(r"-?[\d.]+(e[-+]?\d+)?", name):
        return tex(float(name))
    if name.startswith("["):
        return name
    if name.startswith("√"):
        return rf"\sqrt{{{symbol(name[1:])}}}"
    if gradient := re.fullmatch(r"∂(.+)/∂(.+)", name):
        return rf"\tfrac{{\partial {symbol(gradient[1])}}}{{\partial {symbol(gradient[2])}}}"
    if cell := re.fullmatch(r"(.+)\[(\d+(?:, \d+)*)\]", name):
        return cell_symbol(symbol(cell[1]), cell[2])
    match = re.fullmatch(r"([A-Za-z]+?)_?(\d*)((?:_\d+)*)", name) or re.fullmatch(
        r"([A-Za-z])_([a-z])((?:_\d+)*)", name
    )
    if match is None:
        return rf"\text{{{escape(name)}}}" if len(name) > 1 else name
    letters, index, more = match[1], match[2], match[3].strip("_").replace("_", ",")
    index = ",".join(part for part in (index, more) if part)
    if len(letters) == 1:
        base = letters
    elif letters in _GREEK:
        base = "\\" + letters
    else:
        base = rf"\text{{{letters}}}"
    return f"{base}_{{{index}}}" if index else base


def cell_symbol(tensor: str, place: str) -> str:
    r"""The TeX of a cell, from its tensor's and its place; one index is written below, a second one behind.

    >>> cell_symbol("q", "1, 2"), cell_symbol("W_{q}", "0"), cell_symbol("q", "")
    ('q_{1,2}', 'W_{q}[0]', 'q')
    """
    if not place:
        return tensor
    place = place.replace(" ", "")
    return f"{tensor}[{place}]" if "_" in tensor else f"{tensor}_{{{place}}}"


def escape(text: str) -> str:
    """`text` safe inside TeX's text mode."""
    return re.sub(
        r"([\\{}$&#^_%~])",
        lambda m: {"\\": r"\backslash ", "^": r"\^{}", "~": r"\~{}"}.get(m[1], "\\" + m[1]),
        text,
    )


def fits(data: Any, column: bool = False) -> bool:
    """True for a number and for an array that is small enough to be written out in a formula.

    `column`: a vector is meant as a column, not as a row.
    """
    shape = (*np.shape(data), 1) if column else np.shape(data)
    if shape == () or len(shape) > 2:
        return shape == ()
    rows, wide = (1, *shape)[-2:]
    return bool(0 < rows * wide <= MOST_CELLS and rows <= MOST_ARRAY_ROWS and wide <= MOST_ARRAY_COLUMNS)


def number_tex(data: Any, otherwise: str, brackets: bool = True, column: bool = False) -> str:
    """A value written out in TeX: a number, a small matrix, or `otherwise` with its shape below.

    A vector is a row, as on its card, unless it is to be a `column`.
    """
    shape = np.shape(data)
    if shape == ():
        return tex(data, brackets)
    if not fits(data, column):
        return shape_tex(data, otherwise)
    array = np.asarray(data)
    rows = array.reshape(-1, 1) if column else np.atleast_2d(array)
    body = r" \\ ".join(" & ".join(tex(x) for x in row) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def shape_tex(data: Any, name: str) -> str:
    """An array as its symbol, with its shape below."""
    return rf"\underset{{{shape_text(np.shape(data))}}}{{{name}}}"


def columns(data: Any, column: bool = False) -> int:
    """How wide a value is when it is written out in a formula, in columns of numbers."""
    shape = (*np.shape(data), 1) if column else np.shape(data)
    return shape[-1] if shape and math.prod(shape) <= MOST_CELLS and len(shape) <= 2 else 1


def is_one(data: Any) -> bool:
    """True for 1, and for an array of ones."""
    return bool(np.all(np.asarray(data) == 1))


def derivative(root: str, name: str) -> str:
    r"""The symbol of a gradient: d root / d name.

    >>> derivative("L", "w")
    '\\dfrac{\\partial L}{\\partial w}'
    """
    return rf"\dfrac{{\partial {root}}}{{\partial {name}}}"
