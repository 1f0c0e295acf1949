"""Which words may stand beside each other: most mistakes of a learner are found here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.expression.errors import DEEPEST, PARTNER, ExpressionError, too_deep
from engine.expression.words import AUGMENTED, Token

_CALL = "call("  # an open bracket that holds the arguments of a function


def check_statement(statement: Sequence[Token], functions: set[str]) -> None:
    """Raises where two words cannot stand beside each other. The brackets are known to match."""
    _check_equals(statement)
    around: list[str] = []  # the brackets that are open: "(", "[" or a call
    prefixes = 0
    for i, token in enumerate(statement):
        before = statement[i - 1] if i else None
        after = statement[i + 1] if i + 1 < len(statement) else None
        value_before = before is not None and before.kind in ("number", "name", "close")
        prefixes = prefixes + 1 if token.kind == "operator" and not value_before else 0
        if prefixes > DEEPEST:
            raise ExpressionError(too_deep(), token.place)
        if before is not None and value_before and _begins_value(token, before):
            raise _missing_operator(before, token, functions)
        if token.kind == "number":
            _check_number(token, after)
        elif token.kind == "open":
            around.append(_CALL if value_before and token.text == "(" else token.text)
        elif token.kind == "close":
            _check_close(token, before, around.pop())
        elif token.kind == "operator":
            _check_operator(token, before, after, value_before)
        elif token.text == ".":
            if not value_before or after is None or after.kind != "name":
                sentence = (
                    "This point belongs to no number; write a decimal number as 2.5, and a product as a*b."
                )
                raise ExpressionError(sentence, token.place)
        elif token.text == ":":
            if not around or around[-1] != "[":
                sentence = "A : only has a meaning inside x[…], as in x[0:2]; delete it."
                raise ExpressionError(sentence, token.place)
        elif token.text == ",":
            _check_comma(token, before, after, bool(around))


def _begins_value(token: Token, before: Token) -> bool:
    """True where a value begins although one has just ended."""
    if token.kind in ("number", "name"):
        return True
    if token.kind != "open":
        return False
    return before.kind == "number" or (token.text == "(" and before.kind == "close")


def _missing_operator(left: Token, right: Token, functions: set[str]) -> ExpressionError:
    place = left.place.to(right.place)
    if left.kind == "name" and left.text in functions:
        sentence = f"{left.text} needs brackets around its argument; write {left.text}(…)."
    elif left.kind == "number" and right.kind == "number":
        sentence = f"Between {left.text} and {right.text} an operator or a comma is missing."
    else:
        first = left.text if left.kind != "close" else f"{PARTNER[left.text]}…{left.text}"
        second = right.text if right.kind != "open" else f"{right.text}…{PARTNER[right.text]}"
        sentence = f"The times sign cannot be left out; write {first}*{second}."
    return ExpressionError(sentence, place)


def _check_number(token: Token, after: Token | None) -> None:
    text = token.text
    if text == "0" and after is not None and re.fullmatch(r"[xXbBoO][0-9a-fA-F_]*", after.text):
        glued = after.place[:2] == token.place[2:]
        if glued and len(after.text) > 1:
            raise ExpressionError(
                "Numbers are written in decimal here, as in 255.", token.place.to(after.place)
            )
    if re.fullmatch(r"0[0-9_]*[1-9][0-9_]*", text):
        sentence = f"A whole number does not start with 0; write {text.lstrip('0_')}."
        raise ExpressionError(sentence, token.place)


def _check_operator(token: Token, before: Token | None, after: Token | None, value_before: bool) -> None:
    if not value_before and token.text not in ("+", "-"):
        if before is None or before.kind != "operator":
            sentence = f"Nothing stands before {token.text}; write a value on its left."
            raise ExpressionError(sentence, token.place)
        raise ExpressionError(
            f"{before.text} and {token.text} stand side by side; put a value between them, or delete one.",
            before.place.to(token.place),
        )
    if after is None:
        sentence = f"Nothing stands after {token.text}; write what comes next, on the same line."
        raise ExpressionError(sentence, token.place)
    if after.kind == "close" or after.text in (",", ":"):
        sentence = f"Nothing stands after {token.text}; write a value on its right."
        raise ExpressionError(sentence, token.place)


def _check_close(token: Token, before: Token | None, bracket: str) -> None:
    if before is None or before.kind != "open" or bracket == _CALL:
        return
    if token.text == ")":
        sentence = "These brackets are empty; write a value between them."
    else:
        sentence = "These brackets are empty; write numbers between them, as in [1, 2] or x[0]."
    raise ExpressionError(sentence, before.place.to(token.place))


def _check_comma(token: Token, before: Token | None, after: Token | None, inside: bool) -> None:
    if before is None or before.kind == "open" or before.text == ",":
        sentence = "Nothing stands before this comma; write a value, or delete the comma."
        raise ExpressionError(sentence, token.place)
    if inside:
        return
    if before.kind == "number" and after is not None and after.kind == "number":
        sentence = f"A decimal number takes a point, not a comma; write {before.text}.{after.text}."
        raise ExpressionError(sentence, before.place.to(after.place))
    raise ExpressionError(
        "A comma makes two results, and a walk has one; use one line for each, or write a vector as [1, 2].",
        token.place,
    )


def _check_equals(statement: Sequence[Token]) -> None:
    """Raises unless every = names a line's value or a function's setting."""
    assigned = False
    calls: list[bool] = []  # of the brackets that are open: do they hold a function's arguments?
    for i, token in enumerate(statement):
        before = statement[i - 1] if i else None
        if token.kind == "open":
            calls.append(before is not None and before.kind == "name" and token.text == "(")
        elif token.kind == "close":
            calls.pop()
        if token.kind != "operator" or token.text not in AUGMENTED | {"="}:
            continue
        if calls:
            setting = before is not None and before.kind == "name" and statement[i - 2].text in ("(", ",")
            if token.text != "=" or not calls[-1] or not setting:
                raise ExpressionError(
                    f"A single {token.text} cannot stand inside brackets; name a value on a line of its own, "
                    "as in s = w*x, and compare with == inside where(…).",
                    token.place,
                )
            continue
        if before is None:
            sentence = f"Nothing stands before {token.text}; write a name there, as in s = w*x."
            raise ExpressionError(sentence, token.place)
        if assigned:
            sentence = "There are two = on this line; give each name a line of its own."
            raise ExpressionError(sentence, token.place)
        assigned = True
        if i != 1 or before.kind != "name":
            raise _unassignable(statement[:i], token)


def _unassignable(left: Sequence[Token], equals: Token) -> ExpressionError:
    name = left[0].text
    if len(left) > 3 and left[0].kind == "name" and left[1].text == "(" and left[-1].text == ")":
        sentence = f"A line cannot define a function; name a value instead, as in {name} = x**2."
    elif len(left) == 1:
        sentence = f"{name} cannot be given a value; only a name can, as in s = w*x."
    else:
        sentence = (
            f"Before {equals.text} stands one name, as in s = w*x; to compare two sides, subtract them."
        )
    return ExpressionError(sentence, left[0].place.to(left[-1].place))
