"""The first look at a typed text, before Python's parser sees it: words, brackets, statements.

Most mistakes of a learner are found in this way, where the exact place is known; Python's own messages
about them vary from version to version and speak of a language that the learner did not mean to write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.expression.errors import DEEPEST, PARTNER, ExpressionError, Place, shortened, too_deep
from engine.expression.neighbours import check_statement
from engine.expression.words import Token, check_word, tokens_of

LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Scanned:
    """A text that passed: what Python's parser gets, and how to find its places in the typed text."""

    typed: tuple[str, ...]  # lines
    clean: tuple[str, ...]  # lines without comments, and without the indent of those that start a statement
    indents: tuple[int, ...]  # what was cut off from each line
    statements: tuple[tuple[Token, ...], ...]

    @property
    def text(self) -> str:
        """What Python's parser gets."""
        return "\n".join(self.clean)

    def place_of(self, node: Any) -> Place:
        """The typed place of a node of Python's tree, whose columns count UTF-8 bytes."""
        start = self._column(node.lineno, node.col_offset)
        return Place(node.lineno, start, node.end_lineno, self._column(node.end_lineno, node.end_col_offset))

    def _column(self, line: int, byte: int) -> int:
        return len(self.clean[line - 1].encode()[:byte].decode()) + self.indents[line - 1]

    def said(self, place: Place, length: int = 40) -> str:
        """The typed text at `place`, on one line and not too long."""
        lines = list(self.typed[place.line - 1 : place.end_line])
        lines[-1] = lines[-1][: place.end_column]
        lines[0] = lines[0][place.column :]
        return shortened(" ".join(line.partition("#")[0] for line in lines), length)


def scan(source: object, functions: set[str]) -> Scanned:
    """Reads `source` word by word. `functions`: the names that can be called.

    Raises ExpressionError at the first thing that cannot be part of an expression.
    """
    if not isinstance(source, str):
        sentence = "An expression is a text, but something else came; type one such as 2*a + b*c."
        raise ExpressionError(sentence, Place(1, 0, 1, 0))
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = source.split("\n")
    if len(source) > LONGEST_TEXT:
        raise ExpressionError(
            f"The text has {len(source):,} characters, and {LONGEST_TEXT:,} is the most; shorten it.",
            _rest(lines, LONGEST_TEXT),
        )
    statements = _statements(tokens_of(source))
    if not statements:
        sentence = "There is nothing to compute yet; type an expression such as 2*a + b*c."
        raise ExpressionError(sentence, _rest(lines, 0))
    for statement in statements:
        check_statement(statement, functions)
    clean = [""] * len(lines)
    indents = [0] * len(lines)
    for statement in statements:
        first, last = statement[0].place, statement[-1].place
        for n in range(first.line - 1, last.end_line):
            clean[n] = lines[n].partition("#")[0].replace("\u00a0", " ")
        indents[first.line - 1] = first.column
        clean[first.line - 1] = clean[first.line - 1][first.column :]
    return Scanned(tuple(lines), tuple(clean), tuple(indents), tuple(statements))


def _rest(lines: list[str], start: int) -> Place:
    """From character number `start` of the text to its end."""
    number = 1
    for line in lines:
        if start <= len(line):
            break
        start -= len(line) + 1
        number += 1
    return Place(number, start, len(lines), len(lines[-1]))


def _statements(tokens: list[Token | None]) -> list[tuple[Token, ...]]:
    """The words of each statement: a line ends it, except inside brackets. Checks that brackets match."""
    statements: list[list[Token]] = [[]]
    opened: list[Token] = []
    for token in tokens:
        if token is None:
            if not opened:
                statements.append([])
            continue
        if token.kind == "open":
            opened.append(token)
            if len(opened) > DEEPEST:
                raise ExpressionError(too_deep(), token.place)
        elif token.kind == "close":
            partner = PARTNER[token.text]
            if not opened:
                sentence = f"This {token.text} closes nothing; delete it, or open a {partner} before it."
                raise ExpressionError(sentence, token.place)
            if opened[-1].text != partner:
                still = opened[-1].text
                sentence = (
                    f"This {token.text} does not fit the open {still}; close it first, with {PARTNER[still]}."
                )
                raise ExpressionError(sentence, token.place)
            opened.pop()
        statements[-1].append(token)
    for statement in statements:
        for token in statement:
            check_word(token)
    if opened:
        text = opened[-1].text
        raise ExpressionError(
            f"This {text} is never closed; add a {PARTNER[text]} where it should end.", opened[-1].place
        )
    return [tuple(statement) for statement in statements if statement]
