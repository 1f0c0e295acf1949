"""A trained model as a subject to walk: at one of its moments, on an example or on what a person asks it.

`{"model": "digits", "values": {"moment": 3, "example": 2}}`; what else there is to set, its kind says.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from engine import Tensor, Trace, record, watch
from engine.optim import Adam
from lessons.lesson import Choice
from lessons.models.model import Model
from ui.errors import BadRequest, NotFound
from ui.subject import Run, Subject, fitting
from ui.trained.kind import Kind, Values
from ui.trained.kinds import kind_of, models_like, trained_models
from ui.trained.views import as_json
from viewer.faces import code_of

PREFIX = "model-"
MOMENT, EXAMPLE = "moment", "example"


class UnknownModel(NotFound):
    """There is no model of this name."""


def page_name(model: Model) -> str:
    """The address of the model's page.

    >>> page_name(model_named("digits"))
    'model-digits'
    """
    return f"{PREFIX}{model.name}"


def model_named(name: Any) -> Model:
    """The trained model of this name. Raises UnknownModel with the nearest one."""
    by_name = {model.name: model for model in trained_models()}
    if not isinstance(name, str) or name not in by_name:
        near = get_close_matches(str(name), by_name, n=1)
        hint = f"do you mean {near[0]}?" if near else f"the models are {', '.join(by_name)}."
        raise UnknownModel(f"There is no trained model named {str(name)[:40]!r}; {hint}")
    return by_name[name]


def subject_of_model(model: Model, values: Mapping[str, Any]) -> Subject:
    """The loss of one example at one moment; what is not named is at its default. Raises BadRequest."""
    kind = kind_of(model)
    choices = {one.name: one for one in choices_of_model(model, kind)}
    check_names(model, values, [*choices, *kind.own])
    given = {
        name: fitting(choices[name], value) if name in choices else kind.check(name, value)
        for name, value in values.items()
    }
    plain = {name: choices[name].default for name in (MOMENT, EXAMPLE) if name in choices}
    defaults = plain | kind.defaults(model, plain | given)
    chosen = defaults | given
    return Subject(
        title=f"{model.title}, {moment_in_words(model, chosen[MOMENT])}",
        source={"model": model.name},
        inputs=tuple(choices.values()),
        defaults=defaults,
        values=chosen,
        code=code_of(kind.build or model.loss),
        record=partial(recorded, model, kind),
        check=fitting,
        facts=partial(facts_of, model),
        views=lambda: as_json(kind.views(model, chosen, models_like(model))),
    )


def choices_of_model(model: Model, kind: Kind) -> list[Choice]:
    """The moment, the example, and what the kind offers."""
    count = len(model.moments)
    labels = tuple(moment_in_words(model, k) for k in range(count))
    moment = Choice(MOMENT, tuple(range(count)), count - 1, "moment of training", labels)
    titles = tuple(one.title for one in model.examples())
    examples = [Choice(EXAMPLE, tuple(range(len(titles))), 0, "example", titles)] if kind.examples else []
    return [moment, *examples, *kind.choices]


def check_names(model: Model, values: Mapping[str, Any], names: list[str]) -> None:
    """Raises BadRequest for a value that nothing takes."""
    for name in values:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"do you mean {near[0]}?" if near else f"there are {', '.join(names)}."
            raise BadRequest(f"{model.title} has nothing named {name[:40]!r} here; {hint}")


def moment_in_words(model: Model, k: int) -> str:
    """A moment as a person says it.

    >>> moment_in_words(model_named("digits"), 0), moment_in_words(model_named("digits"), 11)
    ('before training', 'after 900 steps')
    """
    step = model.moments[k].step
    return f"after {step} step{'' if step == 1 else 's'}" if step else "before training"


def recorded(model: Model, kind: Kind, values: Values) -> Run:
    """The record of the walk, with the weights of the moment."""
    network: Any = model.load(values[MOMENT])
    if kind.build is None:
        root = watched_loss(model, network, values)
    else:
        given = {name: value for name, value in values.items() if name in arguments_of(kind.build)}
        with watch(kind.build):
            root = kind.build(network, **given)
    return Run(record(root), optimizer=optimizer_at(model, values[MOMENT]))


def watched_loss(model: Model, network: Any, values: Values) -> Tensor:
    """The loss of an example, with where each part of it was made."""
    with watch(model.loss):
        return model.walk(network, values.get(EXAMPLE, 0))()


def arguments_of(build: Any) -> tuple[str, ...]:
    """The names of what a build takes."""
    return tuple(build.__code__.co_varnames[: build.__code__.co_argcount])


def optimizer_at(model: Model, moment: int) -> Adam:
    """An Adam that starts at this moment, at the learning rate of the run there."""
    return Adam(model.load(moment).parameters(), lr=model.settings.rate(model.moments[moment].step))


def facts_of(model: Model, trace: Trace) -> dict[str, int]:
    """How many weights the network has, and how many operations this walk takes."""
    return {"weights": model.record.parameters, "operations": sum(map(bool, trace.inputs))}
