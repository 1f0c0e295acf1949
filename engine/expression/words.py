"""The words of a typed text, and the characters, words and operators that no expression holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from keyword import iskeyword

from engine.expression.errors import ExpressionError, Place

LONGEST_NAME = 40

_TOKEN = re.compile(
    r"""(?P<space>[ \t\u00a0]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<number>(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[A-Za-z_\u0370-\u03ff\u00b5][A-Za-z0-9_\u0370-\u03ff\u00b5]*)
    |(?P<open>[(\[])
    |(?P<close>[)\]])
    |(?P<operator>\*\*=|//=|<<=|>>=|\*\*|//|==|!=|<=|>=|:=|->|[-+*/@%&|^]=|<<|>>|&&|\|\||[-+*/@<>=%&|^~!])
    |(?P<mark>[.,:])
    """,
    re.VERBOSE,
)
COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
_BINARY = {"+", "-", "*", "/", "**", "@"} | COMPARISONS
AUGMENTED = {"+=", "-=", "*=", "/=", "@=", "**="}

_TYPOGRAPHY = {
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∗": "*",
    "−": "-",
    "–": "-",
    "—": "-",
    "÷": "/",
    "²": "**2",
    "³": "**3",
    "√": "sqrt(…)",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "∞": "inf",
}
_WORDS = {
    "lambda": "functions cannot be defined here; write the formula itself",
    "def": "functions cannot be defined here; write the formula itself",
    "import": "nothing can be imported here, and nothing needs to be; functions have bare names",
    "from": "nothing can be imported here, and nothing needs to be; functions have bare names",
    "for": "there are no loops here; write the steps out, one on each line",
    "while": "there are no loops here; write the steps out, one on each line",
    "if": "a choice is written where(x > 0, a, b)",
    "else": "a choice is written where(x > 0, a, b)",
    "return": "the last line is the result by itself; leave the word out",
    "and": "only one comparison fits into where(…); nest two of them",
    "or": "only one comparison fits into where(…); nest two of them",
    "not": "turn the comparison round, as in x <= 0 for the opposite of x > 0",
}
_OPERATORS = {
    "^": "^ is not a power here; write ** as in x**2",
    "//": "// would round, and rounding has no gradient; write / to divide",
    "%": "% (the remainder) is not available here; for percent divide by 100",
    "|": "| is not available here; for the size of a number without its sign write abs(x)",
    "||": "|| is not available here; for the size of a number without its sign write abs(x)",
    "!": "! is not available here; write a product out, as in 3*2*1",
    ":=": ":= cannot stand inside an expression; name a value on a line of its own, as in s = w*x",
    "->": "-> has no meaning here; name a value on a line of its own, as in s = w*x",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text. `kind`: number, name, open, close, operator or mark."""

    kind: str
    text: str
    place: Place


def tokens_of(source: str) -> list[Token | None]:
    """The words in order; None for the end of a line."""
    found: list[Token | None] = []
    at, line, start = 0, 1, 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        place = Place(line, at - start, line, at - start + 1)
        if match is None:
            raise ExpressionError(_stranger(source[at]), place)
        kind, text = match.lastgroup, match.group()
        at = match.end()
        if kind == "newline":
            found.append(None)
            line, start = line + 1, at
        elif kind != "space":
            assert kind is not None
            token = Token(kind, text, place._replace(end_column=at - start))
            if kind == "name":
                _check_name(token)
            found.append(token)
    return found


def _stranger(character: str) -> str:
    """The sentence about a character that no expression holds."""
    if character in "'\"`‘’“”´":
        return "Text in quotes is not a number; an expression holds numbers, names and functions."
    if character in "{}":
        return f"{character} has no meaning here; use round brackets ( ) to group, and [ ] for a vector."
    if character == ";":
        return "; does not separate statements here; start a new line instead."
    if character == "\\":
        return "\\ has no meaning here; to go on in the next line, put brackets around the whole."
    if _TYPOGRAPHY.get(character):
        return f"{character} cannot be read here; write {_TYPOGRAPHY[character]} instead."
    if "₀" <= character <= "₉":
        return (
            f"{character} cannot be read here; write an ordinary digit, as in x{ord(character) - ord('₀')}."
        )
    if character.isalpha():
        return (
            f"The letter {character} cannot be read here; names are made of a to z, A to Z and Greek letters."
        )
    shown = character if character.isprintable() else f"number {ord(character)}"
    return f"The character {shown} has no meaning in an expression; leave it out."


def _check_name(token: Token) -> None:
    name = token.text
    if len(name) > LONGEST_NAME:
        sentence = f"This name has {len(name)} letters, and {LONGEST_NAME} is the most; choose a shorter one."
        raise ExpressionError(sentence, token.place)
    if not name.isidentifier():
        strange = next(c for c in name if not f"a{c}".isidentifier() or not c.isalnum())
        raise ExpressionError(_stranger(strange), token.place)
    if name.startswith("_") or "__" in name:
        sentence = f"The name {name} cannot be used: names start with a letter and hold no double underscore."
        raise ExpressionError(sentence, token.place)


def check_word(token: Token) -> None:
    """Raises for Python's own words and for operators that are not available."""
    if token.kind == "name" and iskeyword(token.text) and token.text not in ("True", "False"):
        hint = _WORDS.get(token.text, "it is a word of Python that has no meaning here; choose another name")
        raise ExpressionError(f"{token.text} cannot be used here: {hint}.", token.place)
    if token.kind == "operator" and token.text not in _BINARY | AUGMENTED | {"="}:
        operator = token.text
        sentence = _OPERATORS.get(operator) or f"{operator} is not available here; use + - * / ** or @"
        raise ExpressionError(sentence + ".", token.place)


def nearest(name: str, names: set[str]) -> str | None:
    """The most alike of `names`, if any is alike."""
    alike = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    if not alike:
        alike = [known for known in sorted(names) if known.lower() == name.lower()][:1]
    return alike[0] if alike else None
