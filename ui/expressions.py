"""What a learner types in the playground, as a subject to walk."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from engine import record
from engine.expression import ExpressionError, Program, parse
from lessons.lesson import Input
from ui.errors import BadRequest
from ui.subject import Run, Subject
from viewer.faces import Code

LONGEST_TITLE = 60
DRAG = 0.1  # what one step of dragging changes


def subject_of_expression(text: Any, values: Mapping[str, Any]) -> Subject:
    """The computation that `text` stands for. Names without a value get one that fits.

    Raises BadRequest, with the place in the text.
    """
    if not isinstance(text, str):
        raise BadRequest("The expression should be a text, such as 2*a + b*c.")
    try:
        program = parse(text)
        for name in values:
            if name not in program.names:
                names = ", ".join(program.names) or "none"
                raise BadRequest(f"The expression has no input named {name[:40]!r}; its inputs are {names}.")
        defaults, chosen = program.defaults(), program.defaults(values)
    except ExpressionError as wrong:
        raise BadRequest(str(wrong), wrong.span) from wrong
    return Subject(
        title=title_of(text),
        source={"expression": text},
        inputs=tuple(Input(name, value, step=DRAG) for name, value in chosen.items()),
        defaults=defaults,
        values=chosen,
        code=Code(text),
        record=partial(recorded, program),
        check=lambda one, value: value,  # the program itself does, and knows the place
    )


def recorded(program: Program, values: Mapping[str, Any]) -> Run:
    """The record of the program at these values, and what the learner should be told about it."""
    result = program.evaluate(values)
    return Run(record(result.root), result.notices)


def title_of(text: str) -> str:
    """The text on one line, cut where it is long.

    >>> title_of("s = w*x\\n(s - 1)**2")
    's = w*x; (s - 1)**2'
    """
    line = "; ".join(part.strip() for part in text.strip().splitlines())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"
