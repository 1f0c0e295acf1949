"""What the API answers, as pure functions from a request's body to a reply: no web, no Streamlit, no state.

A body names what to walk, {lesson, part?, experiment?}, {expression}, {block}, {model} or a step of a live
run {model, run, step}, and may change it with
{values?: {name: number | nested list | choice}, open?: [box ids] | "all", focus?: box id}. With
{scalars: {node, kind, cell}} it is the scalar graph behind this cell that is walked, and {around?: {open?,
focus?, step?}} says where in the whole it was asked for.
"""

import json
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np

from lessons import all_lessons
from lessons.lesson import Choice, Lesson
from ui.blocks import block_named, subject_of_block
from ui.cells import Around, all_boxes, cell_of, check_focus, origin_of_cell, subject_of_cell
from ui.errors import BadRequest, NotFound
from ui.expressions import subject_of_expression
from ui.subject import Subject, subject_of_part
from ui.trained.runs import subject_of_run
from ui.trained.subject import model_named, subject_of_model
from ui.values import checked_number
from viewer.moved import moved
from viewer.nodes import InputInfo
from viewer.payload import graph_payload
from viewer.scene import TooManyCardsError

WALKED = ("lesson", "expression", "block", "model")  # what a body names one of
TRACE_KEYS = (*WALKED, "part", "experiment", "run", "step", "values", "open", "focus", "scalars", "around")
NUDGE_KEYS = (*TRACE_KEYS, "name", "cell", "by")
ORIGIN_KEYS = (*TRACE_KEYS, "of")
MOST_OPEN = 1000


class UnknownLesson(NotFound):
    """There is no lesson of this name."""


def trace_payload(body: Any) -> dict[str, Any]:
    """The graph payload for a body. Raises BadRequest, with the place if an expression is wrong."""
    check_keys(body, TRACE_KEYS)
    return payload_of(subject_of(body), boxes_of(body), focus_of(body))


def page_payload(body: Any) -> dict[str, Any]:
    """The graph payload, and beside it what only a page needs once: the inputs that are choices."""
    return {**trace_payload(body), "choices": choices_of(subject_of(body))}


def choices_of(subject: Subject) -> list[dict[str, Any]]:
    """The inputs that are one of a few options, as a browser offers them."""
    return [
        {
            "name": one.name,
            "about": one.about,
            "when": list(subject.when.get(one.name, ())),
            "options": [
                {"value": value, "label": label}
                for value, label in zip(one.options, one.labels or map(str, one.options), strict=True)
            ],
        }
        for one in subject.inputs
        if isinstance(one, Choice)
    ]


def nudge_payload(body: Any) -> dict[str, Any]:
    """What really happens when one number, `cell` of input `name`, grows by `by`.

    To the result, and, as `moved`, to every number that is a card with the body's boxes open.
    """
    check_keys(body, NUDGE_KEYS)
    subject, boxes, focus = subject_of(body), boxes_of(body), focus_of(body)
    name, by = body.get("name"), checked_number("by", body.get("by"))
    if not isinstance(name, str):
        raise BadRequest("The body needs a name: that of the input to nudge.")
    if isinstance(subject.input(name), Choice):
        raise BadRequest(f"{name} is a choice, not a number, and cannot be nudged; name another input.")
    value = np.array(subject.values[name], dtype=float)
    cell = cell_of(name, value.shape, body.get("cell"))
    run = subject.run()
    trace = run.trace
    check_focus(trace, focus)
    if name not in trace.names or trace.gradient(name) is None:
        raise BadRequest(f"No gradient flows to {name}: it is fixed data, or the result does not use it.")
    gradient = float(np.asarray(trace.gradient(name))[cell])
    value[cell] += by
    other = subject.with_values({name: value.tolist()}).run()
    before, after = run.result, other.result
    reply = {"before": before, "after": after, "change": after - before, "predicted": gradient * by}
    numbers = {key: number if np.isfinite(number) else str(number) for key, number in reply.items()}
    try:
        cards = moved(trace, other.trace, all_boxes(trace) if boxes is None else boxes, focus)
    except TooManyCardsError as wrong:
        raise BadRequest(str(wrong)) from wrong
    return {"name": name, "cell": list(cell), "by": by, **numbers, "moved": cards}


def origin_payload(body: Any) -> dict[str, Any]:
    """Where one cell comes from: `of` names its card, its kind, the cell, and how many terms are wanted."""
    check_keys(body, ORIGIN_KEYS)
    subject, boxes = subject_of(body), boxes_of(body)
    opened = frozenset(all_boxes(subject.run().trace) if boxes is None else boxes)
    return origin_of_cell(subject, opened, focus_of(body), body.get("of"))


def payload_of(subject: Subject, boxes: Collection[str] | None = (), focus: str = "") -> dict[str, Any]:
    """The graph payload for a subject with these boxes open, None opens all; or of the inside of one box."""
    run = subject.run()
    trace = run.trace
    check_focus(trace, focus)
    numbers = [one for one in subject.inputs if not isinstance(one, Choice)]
    try:
        payload = graph_payload(
            trace,
            opened=all_boxes(trace) if boxes is None else boxes,
            focus=focus,
            code=subject.code,
            inputs={
                one.name: InputInfo(one.low, one.high, one.step, one.about, one.labels) for one in numbers
            },
            optimizer=subject.optimizer(run),
            title=subject.title,
        )
    except TooManyCardsError as wrong:
        raise BadRequest(str(wrong)) from wrong
    return payload | {
        "source": subject.source,
        "values": subject.values,
        "defaults": subject.defaults,
        "opens": list(subject.opens),
        "facts": subject.facts(trace),
        "views": subject.views(),
        "around": subject.around,
        "notices": [*run.notices, *payload["notices"]],
    }


def subject_of(body: Mapping[str, Any]) -> Subject:
    """What a body wants walked, with the values that it changes. Raises BadRequest."""
    if sum(what in body for what in WALKED) != 1:
        raise BadRequest("The body needs either a lesson or an expression or a block or a model to walk.")
    values = body.get("values") or {}
    if not isinstance(values, dict):
        raise BadRequest('The values should be an object such as {"a": 2}.')
    subject = whole_subject(body, values)
    return subject_of_cell(subject, body["scalars"], around_of(body)) if "scalars" in body else subject


def around_of(body: Mapping[str, Any]) -> Around:
    """Where in the whole a body's cell was asked for. Raises BadRequest."""
    around = body.get("around") or {}
    if not isinstance(around, dict) or not set(around) <= {"open", "focus", "step"}:
        keys = '{"open": [box ids], "focus": box id, "step": name}'
        raise BadRequest(f"What is around a cell is told by {keys}.")
    step = around.get("step") or ""
    if not isinstance(step, str):
        raise BadRequest("The step around a cell should be the name of a step.")
    return Around(boxes_of(around), focus_of(around), step)


def whole_subject(body: Mapping[str, Any], values: Mapping[str, Any]) -> Subject:
    """The lesson's part, or the expression, that a body names. Raises BadRequest."""
    if "expression" in body:
        return subject_of_expression(body["expression"], values)
    if "block" in body:
        return subject_of_block(block_named(body["block"]), values)
    if "model" in body:
        model = model_named(body["model"])
        if "run" in body:
            return subject_of_run(model, body["run"], body.get("step"), values)
        return subject_of_model(model, values)
    lesson, part = lesson_part(body)
    return subject_of_part(lesson, part, experiment=bool(body.get("experiment"))).with_values(values)


def lesson_part(body: Mapping[str, Any]) -> tuple[Lesson, int]:
    """The lesson that a body names, and the index of its part. Raises BadRequest."""
    lesson = lesson_named(body.get("lesson"))
    part = body.get("part", 0)
    if not isinstance(part, int) or isinstance(part, bool) or not 0 <= part < len(lesson.parts):
        raise BadRequest(f"{lesson.title} has the parts 0 to {len(lesson.parts) - 1}; ask for one of these.")
    return lesson, part


def lesson_named(slug: Any) -> Lesson:
    """The lesson of this slug. Raises UnknownLesson with the nearest one."""
    by_slug = {lesson.slug: lesson for lesson in all_lessons()}
    if not isinstance(slug, str) or slug not in by_slug:
        near = get_close_matches(str(slug), by_slug, n=1)
        hint = f"do you mean {near[0]}?" if near else f"the lessons are {', '.join(by_slug)}."
        raise UnknownLesson(f"There is no lesson named {str(slug)[:40]!r}; {hint}")
    return by_slug[slug]


def check_keys(body: Any, known: tuple[str, ...]) -> None:
    """Raises BadRequest if `body` is no object, or has a key that nothing reads."""
    if not isinstance(body, dict):
        raise BadRequest(
            "The body should be a JSON object that names a lesson, an expression, a block or a model."
        )
    for key in body:
        if key not in known:
            raise BadRequest(
                f"The body has an unknown key {key[:40]!r}; the known ones are {', '.join(known)}."
            )


def boxes_of(body: Mapping[str, Any]) -> Collection[str] | None:
    """The boxes that a body wants open; None stands for all. Raises BadRequest."""
    boxes = body.get("open") or []
    if boxes == "all":
        return None
    if not isinstance(boxes, list | tuple) or not all(isinstance(box, str) for box in boxes):
        raise BadRequest('The open boxes should be a list of their ids, or "all".')
    if len(boxes) > MOST_OPEN:
        raise BadRequest(f"At most {MOST_OPEN} boxes can be open; {len(boxes)} were asked for.")
    return boxes


def focus_of(body: Mapping[str, Any]) -> str:
    """The box that a body wants to look into; empty for the whole. Raises BadRequest."""
    focus = body.get("focus") or ""
    if not isinstance(focus, str):
        raise BadRequest("The focus should be the id of one box.")
    return focus


def encode(payload: Any) -> bytes:
    """Compact JSON. NaN and infinity must have become texts before: a browser cannot read them."""
    return json.dumps(payload, allow_nan=False, separators=(",", ":")).encode()
