"""What a learner is told whose wrong answer is none of the usual mistakes: what the number is made of."""

import math

import numpy as np

from engine import Trace
from lessons.diagnosis import Use, how_often, uses_of
from lessons.lesson import Question
from lessons.reading import Reading
from viewer.numbers import short
from viewer.words import listed

GENERAL = "What goes into this number, and what is done with it?"


def hint(question: Question, trace: Trace) -> str:
    """A sentence or two that lead towards the answer and do not say it."""
    reading = question.answer
    if not isinstance(reading, Reading):
        return GENERAL
    i = trace.find(reading.name)
    if reading.kind == "gradient":
        return of_gradient(f"**{reading.name}**", uses_of(trace, i, reading.cell))
    return of_value(f"**{reading.name}**", trace, i)


def of_gradient(name: str, uses: list[Use]) -> str:
    """Where the gradient comes from."""
    if not uses:
        return GENERAL
    behind = listed([use.behind for use in uses])
    if len(uses) > 1:
        return f"{name} is used {how_often(len(uses))}, by {behind}. Each sends a term back, and they add."
    (use,) = uses
    arrives = f"What arrives at {behind} is {short(use.upstream)}. " if math.isfinite(use.upstream) else ""
    return f"{arrives}How fast does {behind} grow when {name} does? Multiply what arrives by that."


def of_value(name: str, trace: Trace, i: int) -> str:
    """What the value is made of."""
    sources = [j for j in trace.inputs[i] if trace.scopes[i] is None]
    if not sources:
        return GENERAL
    given = [
        f"**{trace.names[j]}**" + (f" = {short(trace.values[j])}" if np.ndim(trace.values[j]) == 0 else "")
        for j in sources
        if not trace.is_constant(j)
    ]
    return (
        f"{name} is made of {listed(given)}. What does the box do with {'them' if len(given) > 1 else 'it'}?"
    )
