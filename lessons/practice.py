"""Free practice: the same kind of question at new numbers, drawn from a seed without end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine import Trace
from lessons.diagnosis import alike, told, usual_mistakes
from lessons.lesson import Choice, Input, Part, Question
from lessons.reading import Reading
from lessons.run import run_part

MOST_DRAWS = 400
TRIED = 6  # seeds, to see whether the answer changes at all
WIDEST = 5.0  # numbers that can be multiplied in the head
LARGEST = 1e4  # an answer beyond this is no fun to type
SMALLEST = 1e-3

EXPLAIN = "The step that the player shows now says why."


def can_practise(part: Part, number: int) -> bool:
    """Whether the question can be asked again and again: at new numbers its answer is not always the same."""
    question = part.questions[number]
    if not isinstance(question.answer, Reading) and not question.again:
        return False
    try:
        answers = {
            float(question.answer(run_part(part, practice(part, number, k).values))) for k in range(TRIED)
        }
    except NoNumbersError:
        return False
    return len(answers) > 1


class NoNumbersError(ValueError):
    """There are no other numbers at which the question is a fair one."""


def practice(part: Part, number: int, seed: int) -> Question:
    """Question `number` (from 0) of the part, asked at numbers that `seed` decides.

    The numbers never make the question degenerate: its answer is none of the usual mistakes that can be told
    from it at the question's own numbers, nothing overflows, and no tie or corner is met that was not there.
    Raises NoNumbersError if the question cannot be asked at other numbers, or none are found.
    """
    question = part.questions[number]
    ask = asked(question)
    own = run_part(part, question.values)
    draw = np.random.default_rng([seed, number])
    for _ in range(MOST_DRAWS):
        values = {**question.values, **drawn(part, draw, question.draws)}
        trace = run_part(part, values)
        if fair(question, trace, own) and (no_numbers(part, question) or not remarks(trace) - remarks(own)):
            return replace(question, ask=ask, values=values, explain=EXPLAIN, mistakes=())
    raise NoNumbersError(
        f"no numbers are found at which {question.ask!r} is a fair question; widen the inputs"
    )


def asked(question: Question) -> str:
    """The question without its numbers: they are in the player."""
    if question.again:
        return question.again
    if not isinstance(question.answer, Reading):
        raise NoNumbersError(f"the question {question.ask!r} stands on its own numbers; practise another one")
    return f"What is the {question.answer.kind} of **{question.answer.cell_name}** at these numbers?"


def drawn(part: Part, draw: np.random.Generator, names: Sequence[str] = ()) -> dict[str, Any]:
    """New round numbers for the inputs in `names`, or for all.

    A choice of numbers gets another option; one of words, such as a sentence, where it is named.
    """
    values: dict[str, Any] = {}
    for one in part.inputs:
        if names and one.name not in names:
            continue
        if isinstance(one, Input) and one.low is not None and one.high is not None:
            values[one.name] = draw.choice(round_numbers(one), size=np.shape(one.default)).tolist()
        elif isinstance(one, Choice) and (names or all(isinstance(option, int) for option in one.options)):
            values[one.name] = one.options[int(draw.integers(len(one.options)))]
    return values


def round_numbers(one: Input) -> list[float]:
    """The round numbers within an input's bounds, but for 0: whole ones, or halves in a narrow range.

    >>> round_numbers(Input("y", 1.0, low=-1, high=1, step=2))
    [-1.0, 1.0]
    >>> round_numbers(Input("w", 0.0, low=-1.5, high=1.5, step=0.01))
    [-1.5, -1.0, -0.5, 0.5, 1.0, 1.5]
    """
    assert one.low is not None
    assert one.high is not None
    low, high = max(one.low, -WIDEST), min(one.high, WIDEST)
    wide = 1.0 if high - low > 6 else 0.5 if high - low > 2 else 0.1
    grid = max(wide, one.step or 0.0)
    start = low if grid == one.step else np.ceil(low / grid) * grid
    numbers = [round(float(start + k * grid), 6) for k in range(int((high - start) / grid + 1e-9) + 1)]
    return [number for number in numbers if number != 0] or numbers


def no_numbers(part: Part, question: Question) -> bool:
    """Whether choices alone are drawn: a trained network may round off what it does with other words."""
    drawn_from = [one for one in part.inputs if not question.draws or one.name in question.draws]
    return all(isinstance(one, Choice) for one in drawn_from)


def fair(question: Question, trace: Trace, own: Trace) -> bool:
    """Whether the question at this trace tells the right answer from the mistakes, as it does at its own."""
    answer = float(question.answer(trace))
    if not np.isfinite(answer) or boundless(trace) - boundless(own):
        return False
    if not (SMALLEST <= abs(answer) <= LARGEST or answer == question.answer(own)):
        return False
    wrong, before = numbers(question, trace), numbers(question, own)
    at_first = float(question.answer(own))
    return not any(
        alike(value, answer, question.tolerance)
        and not alike(before.get(says, at_first), at_first, question.tolerance)
        for says, value in wrong.items()
    )


def numbers(question: Question, trace: Trace) -> Mapping[str, float]:
    """What each mistake, known by its words, gives in this trace."""
    found = [told(mistake, trace) for mistake in question.mistakes]
    if isinstance(question.answer, Reading):
        with np.errstate(all="ignore"):
            found += usual_mistakes(question.answer, trace)
    return {one.says: one.value for one in found}


def boundless(trace: Trace) -> set[int]:
    """The nodes that are not finite throughout: of a mask that is meant, elsewhere something overflows."""
    return {i for i, value in enumerate(trace.values) if not np.all(np.isfinite(value))}


def remarks(trace: Trace) -> set[tuple[int, str]]:
    """The nodes that there is something to remark about, such as a tie, and which op it happens at."""
    found = set()
    for i, node in enumerate(trace.nodes):
        op: Any = node._op
        if op is not None and op.note is not None:
            arrays = [trace.values[j] for j in trace.inputs[i]]
            if op.note(*arrays, **node._params):
                found.add((i, op.name))
    return found
