"""A formula as one line of plain text, for cards and screen readers: `softmax(q kᵀ / √dₖ) v`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|\s+|[^\\{}^_\s]")
_NAMES = (
    "cdot cdots ldots star ast times mid top infty partial sum prod le ge ne neg leftarrow "
    "alpha beta gamma delta varepsilon eta lambda mu phi varphi sigma theta Phi"
)
_SIGNS = "· … … ⋆ ∗ × | ᵀ ∞ ∂ Σ Π ≤ ≥ ≠ ¬ ← α β γ δ ε η λ μ φ φ σ θ Φ"
_SPACES = {"left": "", "right": "", "textstyle": "", "quad": " ", ",": " ", ";": " ", "\\": "; "}
_WORDS = dict(zip(_NAMES.split(), _SIGNS.split(), strict=True)) | _SPACES
_KEPT = "operatorname text mathrm mathbf mathrel val grd hat"
_AS_IS = frozenset(rf"\{name}" for name in _KEPT.split())
_MARK = "\x00"  # stands around an index until all indices are known
_INDEX = re.compile(f"{_MARK}(.*?){_MARK}")
_UP = dict(zip("0123456789+-nxTᵀ'", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣᵀᵀ'", strict=True))
_DOWN = dict(zip("0123456789+-aeijkmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


@lru_cache(maxsize=1024)
def plain_formula(tex: str) -> str:
    r"""The formula without TeX.

    >>> plain_formula(r"\operatorname{softmax}\left( \frac{q k^{\top}}{\sqrt{d_k}} \right) v")
    'softmax(q kᵀ / √dₖ) v'
    >>> plain_formula(r"\text{TransformerBlock}^{24}(x + P)"), plain_formula(r"h_{i-1} U, \quad W_q")
    ('TransformerBlock²⁴(x + P)', 'hᵢ₋₁ U, W_q')
    >>> plain_formula(r"x + \cdots, \tfrac{1}{n} x_L"), plain_formula(r"y W_q (x W_k)^{\top}, \sqrt{d_k}")
    ('x + …, 1 / n x_L', 'y W_q (x W_k)ᵀ, √d_k')
    """
    tokens = _TOKEN.findall(tex)
    text, rest = _read(tokens, 0)
    assert rest == len(tokens), f"a brace closes what none has opened: {tex}"
    text = _INDEX.sub(_lowered_if(all(letter in _DOWN for letter in "".join(_INDEX.findall(text)))), text)
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\( ", "(", re.sub(r" ([),;])", r"\1", text)).replace("-", "−")


def _read(tokens: list[str], at: int) -> tuple[str, int]:
    """The text from token `at` to the end, or to the brace that closes the group, and where that is."""
    text = ""
    while at < len(tokens) and tokens[at] != "}":
        token = tokens[at]
        if token == "{":
            inner, at = _read(tokens, at + 1)
            text += inner
        elif token in "^_":
            inner, at = _argument(tokens, at + 1)
            text += _raised(inner) if token == "^" else f"{_MARK}{inner}{_MARK}"
            continue
        elif token in (r"\frac", r"\dfrac", r"\tfrac"):
            above, at = _argument(tokens, at + 1)
            below, at = _argument(tokens, at)
            text += f"{_bracketed(above, ' +-')} / {_bracketed(below, ' +-/')}"
            continue
        elif token == r"\sqrt":
            inner, at = _argument(tokens, at + 1)
            text += f"√{_bracketed(inner, ' +-/')}"
            continue
        elif token == r"\overline":
            inner, at = _argument(tokens, at + 1)
            text += f"mean({inner})"
            continue
        elif token in (r"\begin", r"\end", r"\underset"):
            _, at = _argument(tokens, at + 1)
            continue
        elif token == "&":
            text += ", "
        elif token in _AS_IS:
            inner, at = _argument(tokens, at + 1)
            text += inner
            continue
        elif token.startswith("\\"):
            word = token[1:]
            text += _WORDS.get(word, word + " " if word.isalpha() and _letter_next(tokens, at) else word)
        else:
            text += token
        at += 1
    return text, at


def _letter_next(tokens: list[str], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].isalpha()


def _argument(tokens: list[str], at: int) -> tuple[str, int]:
    """What a command applies to: the next group, or the next single token."""
    while at < len(tokens) and tokens[at].isspace():
        at += 1
    if at >= len(tokens):
        return "", at
    if tokens[at] == "{":
        text, end = _read(tokens, at + 1)
        return text, end + 1
    return _read(tokens[at : at + 1], 0)[0], at + 1


def _bracketed(text: str, signs: str) -> str:
    """`text`, in brackets where one of the `signs` in it stands in none."""
    depth = 0
    for sign in text.strip():
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and sign in signs and not (sign == " " and signs == " +-"):
            return f"({text.strip()})"
    return text.strip()


def _raised(text: str) -> str:
    return "".join(_UP[sign] for sign in text) if all(sign in _UP for sign in text) else f"^{text}"


def _lowered_if(letters: bool) -> Callable[[re.Match[str]], str]:
    """Writes an index low. There is no low q: where a formula needs one, no letter goes low."""

    def lowered(match: re.Match[str]) -> str:
        text = match[1]
        if all(sign in _DOWN for sign in text) and (letters or not text.isalpha()):
            return "".join(_DOWN[sign] for sign in text)
        return f"_{text}"

    return lowered
