"""What <gradwalk-lesson> shows: the graph, and beside it the walk, the questions, the nudge, the experiment.

Answers are computed here from traces, never written down in a lesson.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from lessons import find_lesson
from lessons.diagnosis import diagnoses
from lessons.glossary import entries_for
from lessons.lesson import At, Choice, Experiment, Input, Part, Question, Reading, Stop
from lessons.practice import NoNumbersError, can_practise, practice
from lessons.run import run_part
from ui.errors import BadRequest
from ui.hints import hint
from ui.requests import check_keys, choices_of, lesson_part, trace_payload
from ui.subject import Subject, labels_of, subject_of_part
from ui.values import plain
from viewer.labels import Labels
from viewer.numbers import spoken
from viewer.payload import step_names


def lesson_payload(slug: str, index: int, moment: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The payload of a lesson's part `index` at a `moment`: what a request's body may say of it.

    Shared by all visitors: do not change it. Raises BadRequest if the moment does not fit.
    """
    return _payload(slug, index, json.dumps(moment or {}, sort_keys=True))


@lru_cache(maxsize=256)
def _payload(slug: str, index: int, moment: str) -> dict[str, Any]:
    lesson = find_lesson(slug)
    part = lesson.parts[index]
    body = {"lesson": slug, "part": index, **json.loads(moment)}
    graph = trace_payload(body)
    if "scalars" in body:  # the walk and the questions are about the whole
        return {**lesson_payload(slug, index, {"values": body.get("values", {})}), "graph": graph}
    subject = subject_of_part(lesson, index).with_values(body.get("values", {}))
    names = names_of(graph)
    return {
        "graph": graph,
        "walk": [
            stop_payload(stop, asked, seen_at(subject, stop) if moves(stop) else names)
            for stop, asked in zip(part.walk, _predictions(slug, index), strict=True)
        ],
        "questions": [
            answer | (place(question.at, names) if question.at else {"at": None, "step": None})
            for question, answer in zip(part.questions, _answers(slug, index), strict=True)
        ],
        "experiment": experiment_of(part, subject),
        "nudge": nudge_of(part),
        "choices": choices_of(subject_of_part(lesson, index)),
        "intro": part.text,
        "glossary": entries_for(part.texts),
    }


def stop_payload(stop: Stop, asked: dict[str, Any] | None, names: list[str]) -> dict[str, Any]:
    """A stop of the walk; what it asks is about its own step, which may not be the last of a sum."""
    here = place(stop.at, names)
    return {
        "text": stop.text,
        "values": as_json(stop.values),
        "question": asked and asked | here,
        "open": list(stop.open),
        "focus": stop.focus,
        **here,
    }


@lru_cache(maxsize=256)
def _answers(slug: str, index: int) -> list[dict[str, Any]]:
    """A part's answers do not depend on the values that the learner has set."""
    part = find_lesson(slug).parts[index]
    return [
        answered(part, question) | {"practice": can_practise(part, number)}
        for number, question in enumerate(part.questions)
    ]


MOST_SAID = 4  # cells of an array that a learner reads in a sentence


@lru_cache(maxsize=256)
def _predictions(slug: str, index: int) -> list[dict[str, Any] | None]:
    """What is to be predicted at each stop of the walk, if anything."""
    part = find_lesson(slug).parts[index]
    return [answered(part, stop.question) if stop.question else None for stop in part.walk]


def answered(part: Part, question: Question) -> dict[str, Any]:
    """A question with its answer, what the usual mistakes would give, and what the player should hide."""
    trace = run_part(part, question.values)
    labels = Labels(trace, labels_of(part.inputs))
    return {
        "ask": labels.retold(question.ask),
        "answer": float(question.answer(trace)),
        "tolerance": question.tolerance,
        "explain": question.explain,
        "values": as_json(question.values),
        "asked_at": in_words(part, question.values),
        "mistakes": [
            {"value": one.value, "says": labels.retold(one.says)} for one in diagnoses(part, question)
        ],
        "hint": labels.retold(hint(question, trace)),
        "hides": hidden_by(question),
    }


def in_words(part: Part, values: Mapping[str, Any]) -> str:
    """Values as a learner sees them on the page: a control by its label and option, an input by its name.

    Large arrays are left out: they are read in the player.

    >>> in_words(find_lesson("race").parts[0], {"L": 5, "w": 0.5})
    'words = 5, w = 0.5'
    """
    inputs = {one.name: one for one in part.inputs}
    short = {name: value for name, value in values.items() if np.size(value) <= MOST_SAID}
    return ", ".join(_one_in_words(inputs.get(name), name, value) for name, value in short.items())


def _one_in_words(given: Input | Choice | None, name: str, value: Any) -> str:
    if isinstance(given, Choice):
        label = str(dict(zip(given.options, given.labels, strict=True))[value] if given.labels else value)
        short = given.about if 0 < len(given.about.split()) < 3 else name
        return f"{short} = “{label}”" if " " in label else f"{short} = {label}"
    return f"{name.replace('_', ' ') if given is None else name} = {spoken(value)}"


def hidden_by(question: Question) -> dict[str, Any] | None:
    """The number that the player hides until the question is answered: a kind and a node's name."""
    if isinstance(question.answer, Reading):
        return {"kind": question.answer.kind, "name": question.answer.name}
    if question.at is not None and question.at.phase == "update":
        return {"kind": "update", "name": question.at.nodes[0]}
    return None


def practice_payload(body: Any) -> dict[str, Any]:
    """A question at new numbers, for a body {lesson, part?, question, seed}. Raises BadRequest."""
    check_keys(body, ("lesson", "part", "question", "seed"))
    lesson, index = lesson_part(body)
    part = lesson.parts[index]
    number, seed = body.get("question"), body.get("seed")
    if not is_index(number, len(part.questions)):
        raise BadRequest(f"This part has the questions 0 to {len(part.questions) - 1}; ask for one of these.")
    if not is_index(seed, LARGEST_SEED):
        raise BadRequest(f"The seed should be a whole number from 0 to {LARGEST_SEED - 1}.")
    try:
        question = practice(part, number, seed)
    except NoNumbersError as wrong:
        raise BadRequest(str(wrong)) from wrong
    names = steps_of(subject_of_part(lesson, index).with_values(as_json(question.values)))
    at = place(question.at, names) if question.at else {"at": None, "step": None}
    return answered(part, question) | at


LARGEST_SEED = 1_000_000_000


def is_index(number: Any, end: int) -> bool:
    """Whether `number` is a whole number from 0 to below `end`."""
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < end


def experiment_of(part: Part, subject: Subject) -> dict[str, Any] | None:
    """The experiment of a part, the `subject`, as the page offers it, if there is one."""
    experiment = part.experiment
    if experiment is None:
        return None
    intact = replace(experiment, values=experiment.beside)
    return {
        "title": experiment.title,
        "text": experiment.text,
        "button": "Run it beside the intact one",
        "values": as_json(experiment.values),
        "intact": as_json(experiment.beside),
        "reveals": experiment.reveals,
        "at": experiment.at and place(experiment.at, seen_at(subject, intact))["at"],
        "open": list(experiment.open),
        "focus": experiment.focus,
    }


def nudge_of(part: Part) -> dict[str, Any] | None:
    """The leaf that the nudge box starts with, if the part names one."""
    if part.nudge is None:
        return None
    return {"name": part.nudge.name, "by": part.nudge.by, "cell": list(part.nudge.cell)}


def moves(stop: Stop) -> bool:
    """True for a stop that is not seen at the part's own values with all boxes closed."""
    return bool(stop.open or stop.focus or stop.values)


def steps_of(subject: Subject, opened: Sequence[str] = (), focus: str = "") -> list[str]:
    """The address of every step of a subject, as it is seen with some boxes open and one looked into."""
    run = subject.run()
    return step_names(run.trace, opened, focus, subject.optimizer(run))


def seen_at(subject: Subject, spot: Stop | Experiment) -> list[str]:
    """The address of every step as a stop of the walk, or the experiment, shows it, with its values."""
    values = {**subject.defaults, **as_json(spot.values)}
    return steps_of(subject.with_values(values), spot.open, spot.focus)


def names_of(graph: Mapping[str, Any]) -> list[str]:
    """The address of every step of a graph payload."""
    return [step["name"] for step in graph["steps"]]


def place(at: At, names: list[str]) -> dict[str, Any]:
    """Where a stop is: the step's name, and its index now (None while a closed box hides it)."""
    try:
        index = at.find(names)
    except ValueError:
        return {"at": at.name, "step": None}
    return {"at": names[index], "step": index}


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """A lesson's values with lists in place of tuples and arrays."""
    return json.loads(json.dumps({name: plain(value) for name, value in values.items()}))  # type: ignore[no-any-return]
