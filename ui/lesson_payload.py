"""What <gradwalk-lesson> shows: the graph, and beside it the walk, the questions, the nudge, the experiment.

Answers are computed here from traces, never written down in a lesson.
"""

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from lessons import find_lesson
from lessons.lesson import At, Part, Question
from lessons.run import run_part
from ui.cells import subject_of_cell
from ui.requests import choices_of, payload_of
from ui.subject import subject_of_part
from ui.values import plain


def lesson_payload(
    slug: str,
    index: int,
    values: Mapping[str, Any] | None = None,
    boxes: Collection[str] | None = (),
    cell: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The payload of a lesson's part `index`, with changed values and open boxes (None: all), or its `cell`.

    Shared by all visitors: do not change it. Raises BadRequest if the values do not fit.
    """
    key = json.dumps([values or {}, cell], sort_keys=True)
    return _payload(slug, index, key, None if boxes is None else frozenset(boxes))


OLD_VALUES = "That was so before: it is the answer at the lesson's own values. Put in the new ones."


@lru_cache(maxsize=256)
def _payload(slug: str, index: int, changes: str, boxes: frozenset[str] | None) -> dict[str, Any]:
    lesson = find_lesson(slug)
    part = lesson.parts[index]
    values, cell = json.loads(changes)
    subject = subject_of_part(lesson, index).with_values(values)
    if cell is not None:  # the walk and the questions are about the whole
        return {
            **lesson_payload(slug, index, values),
            "graph": payload_of(subject_of_cell(subject, cell), boxes),
        }
    graph = payload_of(subject, boxes)
    names = [step["name"] for step in graph["steps"]]
    return {
        "graph": graph,
        "walk": [
            {"text": stop.text, "values": as_json(stop.values), **place(stop.at, names)} for stop in part.walk
        ],
        "questions": [
            answer | (place(question.at, names) if question.at else {"at": None, "step": None})
            for question, answer in zip(part.questions, _answers(slug, index), strict=True)
        ],
        "experiment": experiment_of(part),
        "nudge": nudge_of(part),
        "choices": choices_of(subject),
    }


@lru_cache(maxsize=256)
def _answers(slug: str, index: int) -> list[dict[str, Any]]:
    """A part's answers do not depend on the values that the learner has set."""
    part = find_lesson(slug).parts[index]
    return [answered(part, question) for question in part.questions]


def answered(part: Part, question: Question) -> dict[str, Any]:
    """A question with its answer, and with what the usual mistakes would give."""
    trace = run_part(part, question.values)
    mistakes = [{"value": float(one.value(trace)), "says": one.says} for one in question.mistakes]
    if question.values:
        before = float(question.answer(run_part(part)))
        if before != float(question.answer(trace)) and all(one["value"] != before for one in mistakes):
            mistakes.append({"value": before, "says": OLD_VALUES})
    return {
        "ask": question.ask,
        "answer": float(question.answer(trace)),
        "tolerance": question.tolerance,
        "explain": question.explain,
        "values": as_json(question.values),
        "mistakes": mistakes,
    }


def experiment_of(part: Part) -> dict[str, Any] | None:
    """The part's experiment as the page offers it, if there is one."""
    if part.experiment is None:
        return None
    return {
        "title": part.experiment.title,
        "text": part.experiment.text,
        "button": "Run it beside the intact one",
        "values": as_json(part.experiment.values),
        "reveals": part.experiment.reveals,
    }


def nudge_of(part: Part) -> dict[str, Any] | None:
    """The leaf that the nudge box starts with, if the part names one."""
    if part.nudge is None:
        return None
    return {"name": part.nudge.name, "by": part.nudge.by, "cell": list(part.nudge.cell)}


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
