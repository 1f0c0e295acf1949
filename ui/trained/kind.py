"""A kind of model: what can be asked of it beyond its examples, and what is shown of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from lessons.chart import Picture
from lessons.lesson import Choice
from lessons.models.model import Model
from ui.errors import BadRequest
from ui.trained.views import View

Values = Mapping[str, Any]
LONGEST_TEXT = 400  # characters


@dataclass(frozen=True)
class Field:
    """How a page asks for one of a kind's own values. `kind`: "pad" to draw on, or "text" to type.

    `words`: those that may be typed. `suggestions`: texts to start with. `adds`: the names of the value that
    a person can have added to the text, a next word, and of the one that decides which: a throw. `pictures`:
    of a pad, one for each example.
    """

    kind: str
    name: str
    label: str
    about: str
    words: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    adds: tuple[str, str] | None = None
    pictures: tuple[Any, ...] = ()

    def json(self) -> dict[str, Any]:
        """As the browser takes it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "label": self.label,
            "about": self.about,
            "words": list(self.words),
            "suggestions": list(self.suggestions),
            "adds": self.adds and list(self.adds),
            "pictures": [one.tolist() for one in self.pictures],
        }


@dataclass(frozen=True)
class Comparison:
    """A picture that holds all models of a kind."""

    title: str
    text: str
    picture: Picture


def no_values(model: Model, values: Values) -> dict[str, Any]:
    """Of a kind that asks for nothing of its own."""
    return {}


def nothing(*_: Any) -> list[Any]:
    """Of a kind that shows nothing of its own."""
    return []


def unchecked(name: str, value: Any) -> Any:
    """Of a kind without values of its own."""
    raise AssertionError(f"nothing checks {name}")


@dataclass(frozen=True)
class Kind:
    """What can be asked of the models that learn from one loss.

    `title` stands over them all. Values are known by name. `moment` and, with `examples`, `example` are there
    by themselves. `choices`: further controls; `own`: further values, which `check(name, value)` takes or
    refuses (BadRequest). `defaults(model, values)`: all of the choices and own values, given the moment, the
    example and what a learner has set. `build(network, …)`: what is walked, called with the values that it
    names; learners read its source; None: the loss of the example. `views(model, values, alike)`: what the
    network says, perhaps beside all of its kind. `at_moment(model, k)`: what the record holds of a moment.
    `compared(models)`: all of the kind. `fields(model)`: how a page asks for the own values.
    """

    title: str
    choices: tuple[Choice, ...] = ()
    own: tuple[str, ...] = ()
    examples: bool = True
    defaults: Callable[[Model, Values], dict[str, Any]] = no_values
    check: Callable[[str, Any], Any] = unchecked
    build: Callable[..., Any] | None = None
    views: Callable[[Model, Values, Sequence[Model]], Sequence[View]] = nothing
    at_moment: Callable[[Model, int], Sequence[View]] = nothing
    compared: Callable[[Sequence[Model]], Sequence[Comparison]] = nothing
    fields: Callable[[Model], Sequence[Field]] = nothing


def checked_text(name: str, value: Any) -> str:
    """A text that is not too long, in one line. Raises BadRequest."""
    if not isinstance(value, str):
        raise BadRequest(f"{name} should be a text, such as the quick brown.")
    if len(value) > LONGEST_TEXT:
        raise BadRequest(f"{name} has {len(value)} characters; write at most {LONGEST_TEXT}.")
    return " ".join(value.split())


def check_known(words: Sequence[str], known: Sequence[str], who: str) -> None:
    """Raises BadRequest for the first word that is not among the known ones, with the nearest of these."""
    for word in words:
        if word not in known:
            near = get_close_matches(word, known, n=3, cutoff=0.7)
            hint = f"the nearest that it knows: {', '.join(near)}" if near else f"it knows {len(known)}"
            raise BadRequest(f"{who} has never seen the word {word[:30]!r}; {hint}. Write another one.")


def beside(models: Sequence[Model], model: Model, moment: int) -> list[tuple[Model, int]]:
    """Each model with its moment that is nearest to `moment` of `model`, as far as it was trained."""
    share = model.moments[moment].step / model.moments[-1].step
    return [
        (
            one,
            min(
                range(len(one.moments)),
                key=lambda k: abs(one.moments[k].step / one.moments[-1].step - share),
            ),
        )
        for one in models
    ]
