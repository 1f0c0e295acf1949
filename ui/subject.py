"""What is walked: a part of a lesson, or its experiment, or an expression, with the values of its inputs."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from typing import Any

import numpy as np

from engine import Trace
from engine.expression import ExpressionError
from engine.optim import SGD, Optimizer
from lessons.lesson import LEARNING_RATE, Choice, Input, Lesson
from lessons.run import optimizer_for, run_part
from ui.cache import SizedCache
from ui.errors import BadRequest
from ui.values import checked_array, checked_number, plain, shape_in_words, shape_of
from viewer.faces import Code, code_of
from viewer.labels import Axes

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """The record of one run, both passes, and what the learner should be told about it.

    `optimizer`: what does the update of a network's weights, if the run belongs to a training.
    """

    trace: Trace
    notices: tuple[str, ...] = ()
    optimizer: Optimizer | None = None

    @property
    def result(self) -> float:
        """The root's value; its sum if it is an array, as a backward pass that starts with ones has it."""
        return float(np.sum(self.trace.nodes[self.trace.root].data))


MOST_NAMED = 12  # options that a refusal names

RUNS: SizedCache[Run] = SizedCache(limit=256 * 1024 * 1024, size=lambda run: run.trace.nbytes)


@dataclass(frozen=True)
class Subject:
    """A computation and the values of its inputs: there is one value for every input."""

    title: str
    source: Mapping[str, Any]
    inputs: tuple[Input | Choice, ...]
    defaults: Values
    values: Values
    code: Code | None
    record: Callable[[Values], Run]
    check: Callable[[Input | Choice, Any], Any]
    update: Callable[[Trace, Values], SGD | None] = lambda trace, values: None
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # where a choice matters: see Size
    opens: tuple[str, ...] = ()  # the boxes that are open to begin with
    facts: Callable[[Trace], Mapping[str, int]] = lambda trace: {}  # counts for the page to show
    views: Callable[[], list[dict[str, Any]]] = list  # what a page shows beside the walk, for the browser
    around: Mapping[str, Any] | None = None  # of a cell: what of the whole was seen when it was asked for

    def run(self) -> Run:
        """The run of the computation, forward and backward; shared with all who ask for the same one.

        So a box opens without computing anything anew. Raises BadRequest with the engine's own sentence.
        """
        return RUNS.get(json.dumps([self.source, self.values], sort_keys=True), self._run)

    def _run(self) -> Run:
        try:
            with np.errstate(all="ignore"):
                return self.record(self.values)
        except ValueError as wrong:
            raise BadRequest(
                str(wrong), wrong.span if isinstance(wrong, ExpressionError) else None
            ) from wrong

    @property
    def labels(self) -> dict[str, Axes]:
        """The words for the places of the inputs."""
        return labels_of(self.inputs)

    def optimizer(self, run: Run) -> Optimizer | None:
        """What makes the update steps after the backward pass, if there are any."""
        return run.optimizer or self.update(run.trace, self.values)

    def input(self, name: str) -> Input | Choice:
        """The input of this name. Raises BadRequest with the nearest name there is."""
        by_name = {one.name: one for one in self.inputs}
        if name not in by_name:
            near = get_close_matches(name, by_name, n=1)
            hint = f"do you mean {near[0]}?" if near else f"the inputs are {', '.join(by_name)}."
            raise BadRequest(f"There is no input named {name[:40]!r} here; {hint}")
        return by_name[name]

    def with_values(self, changes: Values) -> "Subject":
        """The same computation with some values changed. Raises BadRequest for what does not fit."""
        checked = {name: self.checked(name, value) for name, value in changes.items()}
        return replace(self, values={**self.values, **checked})

    def checked(self, name: str, value: Any) -> Any:
        """`value` for the input `name`, in the form that the computation takes. Raises BadRequest."""
        if name == LEARNING_RATE and name in self.defaults:
            return checked_rate(value)
        return self.check(self.input(name), value)


def labels_of(inputs: Sequence[Input | Choice]) -> dict[str, Axes]:
    """The words for the places of the inputs that have some, by name."""
    return {one.name: one.labels for one in inputs if isinstance(one, Input) and one.labels}


def fitting(one: Input | Choice, value: Any) -> Any:
    """`value` for an input of a lesson: an option of a choice, or numbers of the default's shape."""
    if isinstance(one, Choice):
        if value not in one.options or isinstance(value, bool):
            raise BadRequest(f"{one.name} is {_range(one.options)}; it cannot be {str(value)[:40]!r}.")
        return value
    checked = checked_array(one.name, value)
    wanted, found = shape_of(one.default), shape_of(checked)
    if found != wanted:
        shapes = f"{shape_in_words(wanted)} here, but {shape_in_words(found)} was sent"
        raise BadRequest(f"{one.name} is {shapes}; keep the shape.")
    return checked


def _range(options: Sequence[Any]) -> str:
    """What may be chosen, in words.

    >>> _range(range(1, 25)), _range(["none", "causal"])
    ('a whole number from 1 to 24', 'one of none, causal')
    """
    first, last = options[0], options[-1]
    if isinstance(first, int) and len(options) > 2 and [*options] == [*range(first, last + 1)]:
        return f"a whole number from {first} to {last}"
    return f"one of {', '.join(map(str, options[:MOST_NAMED]))}{', …' if len(options) > MOST_NAMED else ''}"


def checked_rate(value: Any) -> float:
    """A learning rate: a number above 0."""
    rate = checked_number("The learning rate", value)
    if rate <= 0:
        raise BadRequest(f"The learning rate is {rate:g}, but it has to be above 0 to go downhill.")
    return rate


def subject_of_part(lesson: Lesson, index: int, experiment: bool = False) -> Subject:
    """What part `index` of a lesson walks; with `experiment`, what its experiment walks instead."""
    part = lesson.parts[index]
    trial = part.experiment if experiment else None
    if experiment and trial is None:
        raise BadRequest(f"Part {index + 1} of {lesson.title} has no experiment.")
    rate = {} if part.learning_rate is None else {LEARNING_RATE: part.learning_rate}
    defaults = {name: plain(value) for name, value in {**part.defaults, **rate}.items()}
    source: dict[str, Any] = {"lesson": lesson.slug, "part": index}
    return Subject(
        title=trial.title if trial else part.title,
        source=source | {"experiment": True} if trial else source,
        inputs=part.inputs,
        defaults=defaults,
        values=defaults | {name: plain(value) for name, value in (trial.values if trial else {}).items()},
        code=code_of(trial.build if trial and trial.build else part.build),
        record=lambda values: Run(run_part(part, values, experiment)),
        check=fitting,
        update=partial(optimizer_for, part),
    )
