"""Blocks of the gallery as subjects to walk: sizes and options become choices, inputs follow the sizes."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

import numpy as np

from engine import Trace
from engine.nn.entry import Entry, Given, Size, all_entries
from engine.scope import Scope
from lessons.lesson import Choice, Input
from ui.errors import BadRequest, NotFound
from ui.subject import Run, Subject, fitting
from ui.values import checked_array, plain
from viewer.faces import code_of

PREFIX = "block-"
DRAG = 0.1  # what one step of dragging changes


class UnknownBlock(NotFound):
    """There is no block of this name."""


def page_name(entry: Entry) -> str:
    """The address of the block's page, which is none of a lesson's.

    >>> page_name(block_named("conv"))
    'block-conv'
    """
    return f"{PREFIX}{entry.slug}"


def block_named(slug: Any) -> Entry:
    """The entry of this slug. Raises UnknownBlock with the nearest one."""
    by_slug = {entry.slug: entry for entry in all_entries()}
    if not isinstance(slug, str) or slug not in by_slug:
        near = get_close_matches(str(slug), by_slug, n=1)
        hint = f"do you mean {near[0]}?" if near else f"the blocks are {', '.join(by_slug)}."
        raise UnknownBlock(f"There is no block named {str(slug)[:40]!r}; {hint}")
    return by_slug[slug]


def subject_of_block(entry: Entry, values: Mapping[str, Any]) -> Subject:
    """The entry's build at these sizes, options and inputs; what is not named is at its default.

    Inputs follow the sizes: one of another shape keeps the cells that fit. Raises BadRequest.
    """
    choices = {one.name: as_choice(one) for one in entry.choices}
    names = [*choices, *(one.name for one in entry.inputs)]
    for name in values:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"do you mean {near[0]}?" if near else f"there are {', '.join(names)}."
            raise BadRequest(f"{entry.name} has nothing named {name[:40]!r} here; {hint}")
    chosen = {name: fitting(choice, values.get(name, choice.default)) for name, choice in choices.items()}
    given = {one.name: plain(one.value(chosen)) for one in entry.inputs}
    changed = {name: refitted(name, given[name], values[name]) for name in given if name in values}
    return Subject(
        title=entry.name,
        source={"block": entry.slug},
        inputs=(*choices.values(), *(as_input(one, given[one.name]) for one in entry.inputs)),
        defaults=entry.settings() | given,
        values=chosen | given | changed,
        code=code_of(entry.build),
        record=lambda values: Run(entry.run(values)),
        check=fitting,
        when={one.name: one.when for one in entry.choices},
        opens=(entry.name,),
        facts=partial(facts_of, entry),
    )


def as_choice(one: Any) -> Choice:
    """A size or an option as a control offers it; a size is one of a few whole numbers."""
    labels = () if isinstance(one, Size) else one.labels
    return Choice(one.name, one.options, one.default, one.about, labels)


def as_input(one: Given, default: Any) -> Input:
    """An input of a build as the player offers it for a change."""
    return Input(one.name, default, step=DRAG, about=one.about)


def refitted(name: str, default: Any, value: Any) -> Any:
    """`value` in the shape of `default`, whose cells fill what it lacks: a learner's x when its size changes.

    >>> refitted("x", [[1.0, 2.0], [3.0, 4.0]], [[9.0]])
    [[9.0, 2.0], [3.0, 4.0]]
    """
    checked, filled = np.array(checked_array(name, value)), np.array(default, dtype=float)
    if checked.ndim != filled.ndim:
        return fitting(Input(name, default), value)  # which says what is expected
    common = tuple(slice(0, min(pair)) for pair in zip(checked.shape, filled.shape, strict=True))
    filled[common] = checked[common]
    return plain(filled)


def outermost(entry: Entry, trace: Trace) -> Scope | None:
    """The call of the block itself; none where it does nothing, as Dropout in use."""
    for scope in trace.scopes:
        for around in scope.ancestors if scope else ():
            if type(around.block) is entry.block:
                return around
    return None


def facts_of(entry: Entry, trace: Trace) -> dict[str, int]:
    """How many parameters the block has, and how many operations one forward pass takes."""
    scope = outermost(entry, trace)
    return {"parameters": scope.parameters if scope else 0, "operations": sum(map(bool, trace.inputs))}
