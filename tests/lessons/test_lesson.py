"""A lesson that contradicts itself is refused when it is made, in a sentence for its author."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lessons.lesson import (
    At,
    Choice,
    Experiment,
    Input,
    Lesson,
    Mistake,
    Nudge,
    Part,
    Question,
    Stop,
    Training,
    backward,
    end,
    forward,
    seed,
    start,
    update,
)


def build(a: Any, b: Any) -> Any:
    return a * b


PART = Part(
    title="A product",
    text="Multiply.",
    build=build,
    inputs=(Input("a", 1.0), Input("b", [1.0, 2.0], learns=False)),
    walk=(Stop("Look.", start()),),
)
LESSON = Lesson(
    "Title", "Chapter", "Goal.", "Nothing.", (PART,), ("One.", "Two.", "Three."), ("A.", "B.", "C.")
)


def question(**changes: Any) -> Question:
    return replace(Question("How much?", lambda trace: 1.0, "So much."), **changes)


def training(run: Callable[..., Any], settings: tuple[Input, ...]) -> Training:
    return Training("Train", "Go.", settings, run, run)


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Input("2a", 1.0), "input '2a': use a Python name"),
    (lambda: Input("a", [[1.0, 2.0], [3.0]]), "input a: the default is no number, vector or matrix"),
    (lambda: Input("a", "one"), "input a: the default is no number, vector or matrix"),
    (lambda: Input("a", float("nan")), "input a: the default should be finite numbers"),
    (lambda: Input("a", []), "input a: the default should be finite numbers in at most two dimensions"),
    (lambda: Input("a", 1.0, low=2.0, high=1.0), "input a: low (2.0) is not below high (1.0)"),
    (lambda: Input("a", 7.0, low=0.0, high=1.0), "input a: the default 7.0 is outside 0.0 … 1.0"),
    (lambda: Input("a", [0.0, -3.0], low=0.0), "input a: the default [0.0, -3.0] is outside 0.0"),
    (lambda: Input("a", 1.0, step=0.0), "input a: the step 0.0 should be above 0"),
    (
        lambda: Input("a", [1.0], labels=(("x", "y"),)),
        "input a: its shape is (1,), but there are 2 words; give as many for each axis, or () for one",
    ),
    (
        lambda: Input("a", [[1.0]], labels=(("x",),)),
        "input a: its shape is (1, 1), but there are 1 words",
    ),
    (lambda: Choice("c", ("x",), "x"), "choice c: give at least two options, each once"),
    (lambda: Choice("c", ("x", "x"), "x"), "choice c: give at least two options, each once"),
    (lambda: Choice("c", ("x", "y"), "z"), "choice c: the default 'z' is none of the options"),
    (lambda: Choice("c", ("x", "y"), "x", labels=("X",)), "choice c: 2 options, but 1 labels"),
    (lambda: question(tolerance=0.0), "the question 'How much?': the tolerance should be above 0"),
    (lambda: replace(PART, walk=()), "part 'A product': the walk has no stop"),
    (lambda: replace(PART, learning_rate=0.0), "part 'A product': the learning rate 0.0 should be above 0"),
    (
        lambda: replace(PART, inputs=(Input("a", 1.0),)),
        "part 'A product': build takes a, b, but the inputs are a; make them the same",
    ),
    (
        lambda: replace(PART, inputs=(Input("a", 1.0), Input("a", 2.0))),
        "part 'A product': two inputs have one name",
    ),
    (
        lambda: replace(PART, questions=(question(), question(values={"c": 1.0}))),
        "part 'A product': question 2 sets 'c', which is no input; the inputs are a, b",
    ),
    (
        lambda: replace(PART, walk=(Stop("Look.", start(), {"c": 1.0}),)),
        "part 'A product': stop 1 sets 'c', which is no input",
    ),
    (
        lambda: replace(PART, experiment=Experiment("Break", "Try.", "So.", values={"c": 1.0})),
        "part 'A product': the experiment sets 'c', which is no input",
    ),
    (
        lambda: replace(PART, experiment=Experiment("Break", "Try.", "So.", build=lambda a: a)),
        "part 'A product': the experiment: <lambda> takes a, but the inputs are a, b",
    ),
    (
        lambda: replace(PART, experiment=Experiment("Break", "Try.", "So.", values={"learning_rate": 1.0})),
        "the experiment sets 'learning_rate', which is no input",
    ),
    (lambda: replace(PART, nudge=Nudge("b")), "part 'A product': the nudge is of 'b', but only a can learn"),
    (
        lambda: replace(PART, nudge=Nudge("a", cell=(0,))),
        "part 'A product': the nudge's cell (0,) does not fit a, which has 0 dimensions",
    ),
    (lambda: training(lambda rate: [], ()), "training 'Train': <lambda> takes rate, but the inputs are none"),
    (lambda: replace(LESSON, goal=""), "the lesson has no goal; write one"),
    (lambda: replace(LESSON, parts=()), "the lesson has no parts; give at least one"),
    (lambda: replace(LESSON, can_do=("One.",)), "the closing has 1 lines; write three"),
]


@pytest.mark.parametrize(("make", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_contradiction_is_refused(make: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        make()


def test_an_option_that_is_none_is_refused() -> None:
    part = replace(PART, inputs=(Choice("a", tuple(range(20)), 3), Input("b", 1.0)))
    with pytest.raises(ValueError, match=r"x sets a to 20, which is none of its options: 0, 1, .*, 11, …"):
        part.check_values({"a": 20}, "x")


@pytest.mark.parametrize(
    ("at", "name"),
    [
        (start(), "start"),
        (forward("s"), "forward s"),
        (seed(), "seed"),
        (backward("s", "a"), "backward s a"),
        (backward("s", "a", nth=2), "backward s a 2"),
        (update("w"), "update w"),
    ],
)
def test_a_step_has_an_address(at: At, name: str) -> None:
    assert at.name == name
    assert at.find(["x", name, "y"]) == 1


def test_the_last_step_is_found_whatever_its_name() -> None:
    assert end().find(["start", "forward s", "update w"]) == 2


def test_a_step_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(
        ValueError, match="there is no step 'forward q'; the forward steps are forward s, forward out"
    ):
        forward("q").find(["start", "forward s", "forward out", "seed"])
    with pytest.raises(ValueError, match="there is no step 'update w'; the update steps are none"):
        update("w").find(["start"])


def test_a_mistake_holds_a_function_of_the_trace() -> None:
    assert Mistake("No.", lambda trace: 2.0).value(None) == 2.0  # type: ignore[arg-type]


def test_a_lessons_minutes_are_counted_and_not_below_5() -> None:
    stop, asks = Stop("Look.", start()), question()
    asking = Stop("Look.", start(), predict=asks)
    many = replace(
        PART,
        walk=(stop,) * 10 + (asking,) * 2,  # 12 stops of 25 seconds, 2 predictions of 45
        questions=(asks,) * 4,  # 4 questions of 45
        experiment=Experiment("Break", "It.", "Broken."),  # 60
        training=training(lambda: iter(()), ()),  # 60
    )
    assert LESSON.minutes == 5
    assert replace(LESSON, parts=(many,)).minutes == 10  # 690 seconds
    assert replace(LESSON, parts=(many, many)).minutes == 25
