"""Every part of every lesson, and the settings of its controls on which it is tried."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from lessons import all_lessons, find_lesson
from lessons.glossary import unlinked
from lessons.lesson import Choice, Input, Part
from lessons.run import optimizer_for, run_part
from viewer import payload

PARTS = [
    pytest.param(part, id=f"{lesson.slug}-{k}")
    for lesson in all_lessons()
    for k, part in enumerate(lesson.parts, 1)
]


def part_of(slug: str, number: int = 1) -> Part:
    """The lesson's part of this number, counted from 1."""
    return find_lesson(slug).parts[number - 1]


def settings(part: Part) -> Iterator[dict[str, Any]]:
    """The defaults; every control alone at both ends; all at the low end, all at the high end.

    Each of these with every option of the part's choice, if it has one.
    """
    ends = {one.name: full(one) for one in part.inputs if isinstance(one, Input)}
    numbers = [{}] + [{name: end} for name, both in ends.items() for end in both]
    numbers += [{name: both[k] for name, both in ends.items()} for k in (0, 1)]
    choices = [one for one in part.inputs if isinstance(one, Choice)]
    for choice in choices:
        numbers = [{**values, choice.name: option} for values in numbers for option in choice.options]
    yield from numbers


def full(one: Input) -> tuple[Any, Any]:
    """The input with every cell at its low end, and with every cell at its high end."""
    assert one.low is not None, f"{one.name} has no low end"
    assert one.high is not None, f"{one.name} has no high end"
    shape = np.shape(one.default)
    return np.full(shape, float(one.low)).tolist(), np.full(shape, float(one.high)).tolist()


def texts(part: Part) -> Iterator[str]:
    """Everything that the part says, as it is read: the links to the glossary are plain words."""
    return map(unlinked, part.texts)


def step_names(
    part: Part, values: Mapping[str, Any] | None = None, boxes: Collection[str] = (), focus: str = ""
) -> list[str]:
    """The address of every step that the player shows at these values, with these boxes open."""
    trace = run_part(part, values)
    return payload.step_names(trace, boxes, focus, optimizer_for(part, trace, values))


Reading = Callable[[Part], float]


def value(name: str, *cell: int, experiment: bool = False, **values: Any) -> Reading:
    """The value of a node at these values."""
    return lambda part: float(np.asarray(run_part(part, values, experiment).value(name))[cell])


def gradient(name: str, *cell: int, experiment: bool = False, **values: Any) -> Reading:
    """The gradient of a node at these values."""
    return lambda part: float(np.asarray(run_part(part, values, experiment).gradient(name))[cell])


def past(whole: float, reading: Reading) -> Reading:
    """How far a reading lies past a number: for a claim with one digit more than three."""
    return lambda part: reading(part) - whole


def nudged(name: str, by: float, *cell: int, **values: Any) -> Reading:
    """By how much the root really moves when one number moves by `by`."""

    def moved(part: Part) -> float:
        before = {**part.defaults, **values}
        after = np.array(before[name], dtype=float)
        after[cell] += by
        root = [run_part(part, each).nodes[-1].item() for each in (before, {**before, name: after.tolist()})]
        return float(root[1] - root[0])

    return moved


def stepped(name: str, *cell: int, experiment: bool = False, **values: Any) -> Reading:
    """What the optimizer's step makes of a leaf."""

    def after(part: Part) -> float:
        trace = run_part(part, values, experiment)
        optimizer = optimizer_for(part, trace, values)
        assert optimizer is not None
        changes = {trace.names[change.node]: change.after for change in trace.updates(optimizer)}
        return float(np.asarray(changes[name])[cell])

    return after


Place = tuple[str, int]  # a lesson's slug, and a part of it counted from 1
Claim = tuple[str, str, Reading]


def every_claim(claims: Mapping[Place, Collection[Claim]]) -> pytest.MarkDecorator:
    """A test for each claim, under its place and its text."""
    return pytest.mark.parametrize(
        ("place", "claim"),
        [
            pytest.param(place, claim, id=f"{place[0]}-{place[1]}: {claim[0]}")
            for place, own in claims.items()
            for claim in own
        ],
    )


def check_claim(place: Place, claim: Claim) -> None:
    """Check a number that a lesson's text claims, beyond the plain ones, against what the engine computes.

    A claim is the piece of text, the number in it, and how to compute that number. The text must be there,
    and the computed number, rounded as on screen, must be the number in it.
    """
    part, (text, number, reading) = part_of(*place), claim
    assert any(text in one for one in texts(part)), "the text is not there (any more)"
    found = reading(part)
    assert f"{found if number != '0' or abs(found) > 1e-12 else 0.0:.3g}" == number
