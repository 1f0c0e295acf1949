"""What a lesson is: plain data, checked when it is made.

A lesson is a chain of parts. A part is a piece of engine code (`build`), its inputs, and what is said
about it: a walk that stops at chosen steps, questions, a nudge, an experiment, perhaps a training run.
Nothing here computes a gradient: see `lessons.run`.

Texts may use **bold**, `code`, $TeX$ and [[terms]] of the glossary. Names in bold are names of nodes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from engine import Tensor, Trace
from lessons.chart import Chart, Picture
from lessons.glossary import check_terms
from lessons.reading import Reading as Reading
from lessons.reading import gradient as gradient
from lessons.reading import value as value
from lessons.steps import At as At
from lessons.steps import backward as backward
from lessons.steps import end as end
from lessons.steps import forward as forward
from lessons.steps import seed as seed
from lessons.steps import start as start
from lessons.steps import update as update

RunChart = Literal["loss", "weights"]
STOP, QUESTION, TRIAL = 25, 45, 60  # seconds for each; a trial is an experiment, a chart or a training
LEARNING_RATE = "learning_rate"  # may be set among a part's values, though no build takes it


@dataclass(frozen=True)
class Input:
    """A number, vector or matrix (nested lists) that the learner may change; `build` gets it as a Tensor.

    `low` and `high` bound every cell; `learns=False` is fixed data, which takes no gradient; `about` says
    in a phrase what it is; `labels` are words for the places along each axis, of a matrix first for its rows;
    an axis may have none, (). What is computed from the input inherits them.
    """

    name: str
    default: Any
    low: float | None = None
    high: float | None = None
    step: float | None = None
    learns: bool = True
    about: str = ""
    labels: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        _check_name("input", self.name)
        try:
            cells = np.asarray(self.default, dtype=float)
        except (TypeError, ValueError):
            raise ValueError(
                f"input {self.name}: the default is no number, vector or matrix; make its rows equally long"
            ) from None
        if not np.all(np.isfinite(cells)) or cells.ndim > 2 or cells.size == 0:
            raise ValueError(
                f"input {self.name}: the default should be finite numbers in at most two dimensions"
            )
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"input {self.name}: low ({self.low}) is not below high ({self.high})")
        if (self.low is not None and cells.min() < self.low) or (
            self.high is not None and cells.max() > self.high
        ):
            raise ValueError(
                f"input {self.name}: the default {self.default} is outside {self.low} … {self.high}"
            )
        if self.step is not None and self.step <= 0:
            raise ValueError(f"input {self.name}: the step {self.step} should be above 0")
        named = tuple(len(words) or n for words, n in zip(self.labels, cells.shape, strict=False))
        if self.labels and (len(self.labels) != cells.ndim or named != cells.shape):
            raise ValueError(
                f"input {self.name}: its shape is {cells.shape}, but there are "
                f"{' and '.join(str(len(words)) for words in self.labels)} words; "
                "give as many for each axis, or () for one without"
            )


@dataclass(frozen=True)
class Choice:
    """One of a few options; `build` gets it as it is. `labels`, in the same order, are for the learner."""

    name: str
    options: tuple[str, ...] | tuple[int, ...]
    default: str | int
    about: str = ""
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_name("choice", self.name)
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(f"choice {self.name}: give at least two options, each once")
        if self.default not in self.options:
            raise ValueError(f"choice {self.name}: the default {self.default!r} is none of the options")
        if self.labels and len(self.labels) != len(self.options):
            raise ValueError(
                f"choice {self.name}: {len(self.options)} options, but {len(self.labels)} labels"
            )


@dataclass(frozen=True)
class Mistake:
    """What a usual mistake would give, and what to say to the learner who typed it."""

    says: str
    value: Callable[[Trace], float]


@dataclass(frozen=True)
class Question:
    """Predict, then reveal. The answer and the usual mistakes are computed from the trace at `values`.

    An answer that is a `Reading` is hidden in the player until it is typed, or asked for, and the usual
    mistakes with it are computed; `mistakes` are those that this lesson foresees besides. `values` override
    the part's defaults; `at` is the step that reveals the answer. `tolerance` is the share of its size by
    which an answer may be off. `again` asks for the same at numbers that practice has drawn; the learner
    sees them in the player. `draws` are the inputs that it draws, all if none is named.
    """

    ask: str
    answer: Callable[[Trace], float]
    explain: str
    values: Mapping[str, Any] = field(default_factory=dict)
    at: At | None = None
    tolerance: float = 0.01
    mistakes: tuple[Mistake, ...] = ()
    again: str = ""
    draws: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 0.5:
            raise ValueError(f"the question {self.ask!r}: the tolerance should be above 0 and below 0.5")

    @property
    def texts(self) -> Iterator[str]:
        """Everything that the question says."""
        yield self.ask
        yield self.explain
        if self.again:
            yield self.again
        yield from (mistake.says for mistake in self.mistakes)


@dataclass(frozen=True)
class Stop:
    """A short text about one step; `values` override the part's defaults where the text is about others.

    `open`: the boxes that have to be open for it, by their ids, such as "FeedForward"; `focus`: the one whose
    inside alone is to be seen.
    `predict`: a number of this very step, hidden until the learner has typed it or asked to see it.
    """

    text: str
    at: At
    values: Mapping[str, Any] = field(default_factory=dict)
    predict: Question | None = None
    open: tuple[str, ...] = ()
    focus: str = ""

    def __post_init__(self) -> None:
        if self.predict is not None and (self.predict.at is not None or self.predict.values):
            raise ValueError(
                f"the stop {self.text[:40]!r}: what is predicted is its own step at its own values; "
                "leave out at and values in the question"
            )

    @property
    def question(self) -> Question | None:
        """What is to be predicted here, with the stop's own step and values."""
        return self.predict and replace(self.predict, at=self.at, values=self.values)


@dataclass(frozen=True)
class Nudge:
    """The leaf, and for an array its cell, that the nudge box starts with."""

    name: str
    by: float = 0.01
    cell: tuple[int, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """Break it: a run of the part with other values, other code, another seed, or without accumulating.

    `reveals` is what is said once it has run; `at` the step at which both runs then stand, with the boxes in
    `open` and `focus` as at a `Stop`. Without `at` it is the first step at which they differ.
    `intact` are values of the intact run, too; of an experiment with a `build`, which breaks that, all are.
    """

    title: str
    text: str
    reveals: str
    values: Mapping[str, Any] = field(default_factory=dict)
    build: Callable[..., Tensor] | None = None
    seed: float = 1.0
    accumulate: bool = True
    at: At | None = None
    open: tuple[str, ...] = ()
    focus: str = ""
    intact: Mapping[str, Any] = field(default_factory=dict)

    @property
    def beside(self) -> Mapping[str, Any]:
        """The values of the intact run that it is shown beside, where they are not the part's own."""
        return self.values if self.build is not None else self.intact


@dataclass(frozen=True)
class Snapshot:
    """One step of a training run, with everything that it takes to walk it.

    `step` counts from 0. `values` hold the weights before the step, and whatever else the part's build
    and its optimizer take; run with them, the part's root has the value `walked`. `loss` is what the chart
    shows: the loss over all training examples, with the weights before the step.
    """

    step: int
    loss: float
    values: Mapping[str, Any]
    walked: float
    note: str = ""


@dataclass(frozen=True)
class Training:
    """A training run of the part. `run` and `steps` are called with the settings by name.

    `run` yields one Snapshot a step and raises ValueError, with a sentence, when the run cannot go on;
    `steps` says how many snapshots there will be; `best` is the lowest loss that any weights can reach.
    `picture` shows a step of the run, such as the decision boundary there, from all snapshots up to it.
    """

    title: str
    text: str
    settings: tuple[Input | Choice, ...]
    run: Callable[..., Iterator[Snapshot]]
    steps: Callable[..., int]
    charts: tuple[RunChart, ...] = ("loss", "weights")
    best: Callable[[], float] | None = None
    picture: Callable[[Sequence[Snapshot]], Picture] | None = None

    def __post_init__(self) -> None:
        names = [setting.name for setting in self.settings]
        for function in (self.run, self.steps):
            _check_signature(f"training {self.title!r}", function, names)


@dataclass(frozen=True)
class Part:
    """A piece of a lesson around one computation.

    `build` is called with the inputs by name and returns the root; learners read its source as it is.
    With `learning_rate` the walk goes on to the update of every input that learns.
    """

    title: str
    text: str
    build: Callable[..., Tensor]
    inputs: tuple[Input | Choice, ...]
    walk: tuple[Stop, ...]
    questions: tuple[Question, ...] = ()
    experiment: Experiment | None = None
    nudge: Nudge | None = None
    learning_rate: float | None = None
    training: Training | None = None
    charts: tuple[Chart, ...] = ()

    def __post_init__(self) -> None:
        here = f"part {self.title!r}"
        names = [given.name for given in self.inputs]
        if len(set(names)) < len(names):
            raise ValueError(f"{here}: two inputs have one name; the names are {', '.join(names)}")
        if not self.walk:
            raise ValueError(f"{here}: the walk has no stop; give at least one")
        if self.learning_rate is not None and self.learning_rate <= 0:
            raise ValueError(f"{here}: the learning rate {self.learning_rate} should be above 0")
        _check_signature(here, self.build, names)
        for text in self.texts:
            check_terms(text)
        for k, stop in enumerate(self.walk, 1):
            self.check_values(stop.values, f"{here}: stop {k}")
        for k, question in enumerate(self.questions, 1):
            self.check_values(question.values, f"{here}: question {k}")
            for name in question.draws:
                if name not in names:
                    raise ValueError(
                        f"{here}: question {k} draws {name!r}, which is no input; "
                        f"the inputs are {', '.join(names)}"
                    )
        if self.experiment is not None:
            self.check_values(self.experiment.values, f"{here}: the experiment")
            self.check_values(self.experiment.intact, f"{here}: the experiment's intact run")
            _check_signature(f"{here}: the experiment", self.experiment.build or self.build, names)
        if self.nudge is not None:
            known = {given.name: given for given in self.inputs if isinstance(given, Input) and given.learns}
            if self.nudge.name not in known:
                raise ValueError(
                    f"{here}: the nudge is of {self.nudge.name!r}, but only {', '.join(known)} can learn"
                )
            if len(self.nudge.cell) != np.ndim(known[self.nudge.name].default):
                raise ValueError(
                    f"{here}: the nudge's cell {self.nudge.cell} does not fit {self.nudge.name}, "
                    f"which has {np.ndim(known[self.nudge.name].default)} dimensions; give one index for each"
                )

    @property
    def texts(self) -> Iterator[str]:
        """Everything that the part says, in the order in which it is met."""
        yield self.text
        for stop in self.walk:
            yield stop.text
            if stop.predict is not None:
                yield from stop.predict.texts
        for question in self.questions:
            yield from question.texts
        if self.experiment is not None:
            yield self.experiment.text
            yield self.experiment.reveals
        for chart in self.charts:
            yield chart.text
        if self.training is not None:
            yield self.training.text

    @property
    def defaults(self) -> dict[str, Any]:
        """The values that the part starts with."""
        return {given.name: given.default for given in self.inputs}

    def check_values(self, values: Mapping[str, Any], who: str) -> None:
        """Raise ValueError, in a sentence that begins with `who`, if a name or an option is unknown."""
        inputs = {given.name: given for given in self.inputs}
        for name, chosen in values.items():
            if name == LEARNING_RATE and self.learning_rate is not None:
                continue
            if name not in inputs:
                raise ValueError(
                    f"{who} sets {name!r}, which is no input; the inputs are {', '.join(inputs)}"
                )
            given = inputs[name]
            if isinstance(given, Choice) and chosen not in given.options:
                options = ", ".join(map(str, given.options[:12])) + (", …" if len(given.options) > 12 else "")
                raise ValueError(f"{who} sets {name} to {chosen!r}, which is none of its options: {options}")


@dataclass(frozen=True)
class Lesson:
    """A lesson; `number` and `slug` come from its file's name, see `lessons.all_lessons`.

    It closes with three things to know (`summary`) and three things that the learner can do now (`can_do`).
    """

    title: str
    chapter: str
    goal: str
    needs: str
    parts: tuple[Part, ...]
    can_do: tuple[str, ...]
    summary: tuple[str, ...]
    number: int = 0
    slug: str = ""

    def __post_init__(self) -> None:
        for name in ("title", "chapter", "goal", "needs"):
            if not getattr(self, name):
                raise ValueError(f"the lesson has no {name}; write one")
        if not self.parts:
            raise ValueError("the lesson has no parts; give at least one")
        for name, lines in (("closing", self.can_do), ("summary", self.summary)):
            if len(lines) != 3:
                raise ValueError(f"the {name} has {len(lines)} lines; write three")

    @property
    def minutes(self) -> int:
        """About how long the lesson takes, in steps of five minutes."""
        seconds = 0
        for part in self.parts:
            asked = len(part.questions) + sum(stop.predict is not None for stop in part.walk)
            tried = (part.experiment is not None) + (part.training is not None) + len(part.charts)
            seconds += STOP * len(part.walk) + QUESTION * asked + TRIAL * tried
        return max(5, 5 * round(seconds / 300))


def _check_name(what: str, name: str) -> None:
    if not name.isidentifier():
        raise ValueError(f"{what} {name!r}: use a Python name, since build gets it as an argument")


def _check_signature(who: str, function: Callable[..., Any], names: Sequence[str]) -> None:
    taken = list(inspect.signature(function).parameters)
    if sorted(taken) != sorted(names):
        raise ValueError(
            f"{who}: {getattr(function, '__name__', 'the function')} takes {', '.join(taken) or 'nothing'}, "
            f"but the inputs are {', '.join(names) or 'none'}; make them the same"
        )
