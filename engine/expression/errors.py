"""What is wrong with an expression: one sentence and the place that it is about."""

from __future__ import annotations

from typing import NamedTuple

DEEPEST = 60  # brackets in brackets, and the like
PARTNER = {"(": ")", "[": "]", ")": "(", "]": "["}


class Place(NamedTuple):
    """A piece of the typed text: 1-based lines, 0-based columns in characters, the end excluded."""

    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Place) -> Place:
        """From the start of this place to the end of `other`."""
        return Place(self.line, self.column, other.end_line, other.end_column)


class ExpressionError(ValueError):
    """Something that cannot be understood or computed: what, why, and what to do about it.

    `span` is the place in the text, (line, column, end line, end column).
    """

    def __init__(self, sentence: str, span: Place) -> None:
        super().__init__(sentence)
        self.span = span


def shortened(text: str, length: int = 40) -> str:
    """`text` on one line, cut to `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def too_deep() -> str:
    """The sentence about brackets in brackets in brackets."""
    return (
        f"This is nested more than {DEEPEST} deep, which nobody could follow; "
        "name the inner parts on lines of their own, as in s = w*x."
    )
