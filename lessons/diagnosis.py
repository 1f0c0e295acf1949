"""What the usual mistakes would give in place of an asked number, computed from the trace.

A learner who types one of these numbers is told which mistake it comes from. A lesson may foresee
mistakes of its own; those come first. A mistake whose number is the right answer is dropped, and of two
with the same number the more likely one stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import Trace
from engine.backward import contribution
from engine.scope import Scope
from engine.tree import Edge
from lessons.lesson import Mistake, Part, Question
from lessons.reading import Reading
from lessons.run import run_part

MOST_NEIGHBOURS = 16  # cells of an array beyond which "another cell" is no diagnosis any more
OLD_VALUES = "That was so before: it is the answer at the lesson's own values. Put in the new ones."


@dataclass(frozen=True)
class Diagnosis:
    """A number that a learner may type, and what to say about it."""

    value: float
    says: str


def diagnoses(part: Part, question: Question) -> list[Diagnosis]:
    """What may be typed in place of the question's answer, the likeliest first."""
    trace = run_part(part, question.values)
    answer = float(question.answer(trace))
    found = [told(mistake, trace) for mistake in question.mistakes]
    if question.values:
        found.append(Diagnosis(float(question.answer(run_part(part))), OLD_VALUES))
    if isinstance(question.answer, Reading):
        with np.errstate(all="ignore"):
            found += usual_mistakes(question.answer, trace)
    found.append(Diagnosis(-answer, SIGN))
    return distinct(answer, found, question.tolerance)


def told(mistake: Mistake, trace: Trace) -> Diagnosis:
    """A mistake that the lesson foresees, with its number in this trace."""
    return Diagnosis(float(mistake.value(trace)), mistake.says)


def distinct(answer: float, found: Iterable[Diagnosis], tolerance: float) -> list[Diagnosis]:
    """Those that are finite and can be told from the answer and from all before them."""
    kept: list[Diagnosis] = []
    for one in found:
        taken = [answer, *(other.value for other in kept)]
        if abs(one.value) < 1e-12 * abs(answer):  # what rounding leaves of a 0
            one = Diagnosis(0.0, one.says)
        if np.isfinite(one.value) and not any(alike(one.value, value, tolerance) for value in taken):
            kept.append(one)
    return kept


def alike(one: float, other: float, tolerance: float) -> bool:
    """Whether one typed number could be meant for both.

    >>> alike(0.2, 0.201, 0.01), alike(0.2, 0.3, 0.01), alike(0.0, 0.001, 0.01)
    (True, False, False)
    """
    return abs(one - other) <= 2 * tolerance * max(abs(one), abs(other))


SIGN = "The size is right, but look at the sign again."


def usual_mistakes(reading: Reading, trace: Trace) -> list[Diagnosis]:
    """The usual mistakes for this number, likeliest first; some may equal the right answer or each other."""
    i = trace.find(reading.name)
    mistakes = (
        _for_gradient(reading, trace, i) if reading.kind == "gradient" else _for_value(reading, trace, i)
    )
    return [Diagnosis(value, says) for value, says in mistakes]


Found = Iterator[tuple[float, str]]


@dataclass(frozen=True)
class Use:
    """An arrow that leaves a node: to an op, or into a closed box. `alone`: its term for an upstream of 1."""

    behind: str
    term: float
    upstream: float
    alone: float


def uses_of(trace: Trace, i: int, cell: tuple[int, ...]) -> list[Use]:
    """The node's uses as a learner sees them, the boxes closed."""
    around = _ancestors(trace.homes[i])
    uses: list[Use] = []
    boxes: dict[Scope, list[float]] = {}
    for j, k in _learning(trace, i):
        term = _at(trace.contributions[j][k], cell)
        inside = [scope for scope in _ancestors(trace.scopes[j]) if scope not in around]
        if inside:
            boxes.setdefault(inside[0], []).append(term)
            continue
        alone = contribution(trace.nodes[j], k, np.ones_like(trace.values[j]))
        uses.append(Use(f"**{trace.names[j]}**", term, _at(trace.gradients[j], cell), _at(alone, cell)))
    for box, terms in boxes.items():
        last = max(j for j in range(len(trace)) if box in _ancestors(trace.scopes[j]))
        upstream = _at(trace.gradients[last], cell)
        alone = _ratio(sum(terms), upstream) if np.shape(trace.values[last]) == () else float("nan")
        uses.append(Use(f"**{trace.names[last]}**", sum(terms), upstream, alone))
    return uses


def _learning(trace: Trace, i: int) -> list[Edge]:
    """The uses of node `i` along which a gradient comes back; what takes no gradient sends nothing at all."""
    sent = trace.contributions
    return [(j, k) for j, k in trace.consumers[i] if sent[j] and sent[j][k] is not None]


def _ancestors(scope: Scope | None) -> list[Scope]:
    return [] if scope is None else scope.ancestors


def _for_gradient(reading: Reading, trace: Trace, i: int) -> Found:
    name, cell = f"**{reading.name}**", reading.cell
    uses = uses_of(trace, i, cell)
    yield from _missed_paths(name, [use.term for use in uses], [use.behind for use in uses])
    yield from _half_the_rule(name, uses)
    around = _ancestors(trace.homes[i])
    for j, k in _learning(trace, i):
        yield from _transposed(trace, j, k, cell)
        if any(scope not in around for scope in _ancestors(trace.scopes[j])):
            continue  # inside a closed box
        op = trace.nodes[j]._op
        if op is not None and op.name == "square":
            yield (
                _at(trace.gradients[i], cell) / 2,
                "A square has the local gradient 2 times its input. The 2 is missing.",
            )
        if op is not None and op.name == "mul":
            yield (
                _at(trace.gradients[j], cell) * _at(trace.values[i], cell),
                f"You multiplied by {name} itself. In a product, each factor gets the other one's value.",
            )
        yield from _copies(trace, name, j, k, cell)
    yield (
        _at(trace.values[i], cell),
        f"That is the value of **{reading.cell_name}**. "
        "Its gradient says how much the output grows for each unit of a nudge.",
    )
    yield -_at(trace.gradients[i], cell), SIGN
    yield from _other_cells(trace.gradients[i], "gradient", reading)


def _half_the_rule(name: str, uses: list[Use]) -> Found:
    """Upstream without the local gradient, and the local gradient without upstream."""
    upstream, alone = sum(use.upstream for use in uses), sum(use.alone for use in uses)
    if len(uses) == 1:
        behind = uses[0].behind
        yield (
            upstream,
            f"That is what arrives from upstream, the gradient of {behind}. "
            f"It is still to be multiplied by the local gradient of {name}.",
        )
        yield (
            alone,
            f"That is the local gradient alone. Multiply it by what arrives from upstream, "
            f"the gradient of {behind}.",
        )
    elif uses:
        yield (
            upstream,
            "You added up what arrives from upstream. Each part is first to be multiplied by its own "
            "local gradient.",
        )
        yield (
            alone,
            "You added up the local gradients. Each is first to be multiplied by what arrives from upstream.",
        )


def how_often(uses: int) -> str:
    """Two uses or more, in words."""
    return {2: "twice", 3: "three times"}.get(uses, f"{uses} times")


def _missed_paths(name: str, terms: list[float], behind: list[str]) -> Found:
    if len(terms) < 2:
        return
    times = how_often(len(terms))
    for k, term in enumerate(terms):
        yield (
            term,
            f"That is the term that comes back from {behind[k]} alone. "
            f"{name} is used {times}, and the gradients of all its uses add.",
        )
    if len(terms) > 2:
        for k, term in enumerate(terms):
            yield sum(terms) - term, f"The term from {behind[k]} is missing. {name} is used {times}."
    yield (
        float(np.prod(terms)),
        "You multiplied the paths. Along a path gradients multiply; where paths meet, they add.",
    )


def _transposed(trace: Trace, j: int, k: int, cell: tuple[int, ...]) -> Found:
    """A product of matrices whose other factor was not turned over on the way back."""
    op = trace.nodes[j]._op
    if op is None or op.name != "matmul":
        return
    other = np.asarray(trace.values[trace.inputs[j][1 - k]])
    g, wanted = np.asarray(trace.gradients[j]), np.shape(trace.values[trace.inputs[j][k]])
    if other.ndim != 2:
        return
    left, right = (other, g) if k == 1 else (g, other)
    if left.shape[-1:] == right.shape[-2:][:1] and np.shape(left @ right) == wanted:
        says = "A transpose is missing: on the way back, the other factor of the product is turned over."
        yield _at(left @ right, cell), says


def _copies(trace: Trace, name: str, j: int, k: int, cell: tuple[int, ...]) -> Found:
    """An array that was stretched: what one copy of it gets."""
    node: Any = trace.nodes[j]
    shape, out = np.shape(trace.values[trace.inputs[j][k]]), np.shape(trace.values[j])
    if node._op is None or not node._op.elementwise or shape == out:
        return
    arrays = [trace.values[source] for source in trace.inputs[j]]
    raw = np.broadcast_to(node._op.vjps[k](trace.gradients[j], trace.values[j], *arrays, **node._params), out)
    inner = raw[(0,) * (len(out) - len(shape))]
    place = tuple(0 if size == 1 else at for size, at in zip(shape, cell, strict=True))
    yield (
        float(inner[place]),
        f"That is the share of one copy. {name} was stretched to the shape {out}, "
        "so on the way back the gradients of all its copies add.",
    )


def _other_cells(data: Any, kind: str, reading: Reading) -> Found:
    array = np.asarray(data)
    if array.ndim == 0 or array.size > MOST_NEIGHBOURS:
        return
    for place in np.ndindex(array.shape):
        if place != reading.cell:
            other = Reading(reading.kind, reading.name, place)
            yield (
                float(array[place]),
                f"That is the {kind} of **{other.cell_name}**: the right array, another cell.",
            )
    shape = "" if kind == "value" else " A gradient has the shape of its value: one number for each cell."
    yield float(array.sum()), f"That is the sum of all cells.{shape}"


def _for_value(reading: Reading, trace: Trace, i: int) -> Found:
    cell = reading.cell
    op, sources = (trace.nodes[i]._op, trace.inputs[i]) if trace.scopes[i] is None else (None, ())
    given = [f"**{trace.names[j]}**" for j in sources]
    inputs = [_at(trace.values[j], cell) for j in sources]
    if op is not None and len(sources) == 1:
        yield inputs[0], f"That is {given[0]}, as it goes in. The box still has to work on it."
        if op.elementwise and op.vjps[0] is not None:
            slope = contribution(trace.nodes[i], 0, np.ones_like(trace.values[i]))
            yield _at(slope, cell), "That is the slope there, the local gradient. The value is asked for."
    if op is not None and len(sources) == 2:
        if op.name == "matmul":
            yield from _turned_factors(trace, i, cell)
        else:
            for own, other, x in zip(given, reversed(given), inputs, strict=True):
                yield x, f"That is {own} alone. {other} takes part too."
            if op.name == "mul":
                yield sum(inputs), "You added the two. This box multiplies them."
            if op.name == "add":
                yield inputs[0] * inputs[1], "You multiplied the two. This box adds them."
            if op.name in ("sub", "div"):
                swapped = inputs[1] - inputs[0] if op.name == "sub" else _ratio(inputs[1], inputs[0])
                yield swapped, f"You swapped the two: it is {given[0]} first, then {given[1]}."
    yield -_at(trace.values[i], cell), SIGN
    yield from _other_cells(trace.values[i], "value", reading)


def _turned_factors(trace: Trace, i: int, cell: tuple[int, ...]) -> Found:
    x, y = (np.asarray(trace.values[j]) for j in trace.inputs[i])
    for left, right in ((x.T, y), (x, y.T)):
        fits = left.shape[-1:] == right.shape[-2:][:1] and (left.ndim == 2 or right.ndim == 2)
        if fits and np.shape(left @ right) == np.shape(trace.values[i]):
            yield _at(left @ right, cell), "You took columns for rows: one of the two factors is transposed."


def _at(data: Any, cell: tuple[int, ...]) -> float:
    """The number at `cell`, or a scalar itself; NaN, which is no diagnosis, where the shapes differ."""
    array = np.asarray(data, dtype=float)
    if array.ndim == 0:
        return float(array)
    inside = len(cell) == array.ndim and all(at < size for at, size in zip(cell, array.shape, strict=True))
    return float(array[cell]) if inside else float("nan")


def _ratio(x: float, y: float) -> float:
    return x / y if y else float("nan")
