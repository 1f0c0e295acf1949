"""Free practice: new numbers from a seed, always a fair question."""

from dataclasses import replace

import numpy as np
import pytest

from lessons.diagnosis import alike, diagnoses
from lessons.lesson import Choice, Input, Part, Question, Stop, gradient, start
from lessons.practice import NoNumbersError, can_practise, drawn, no_numbers, practice, remarks
from lessons.run import run_part
from tests.lessons.cases import PARTS, part_of

# mypy: allow-untyped-defs
SEEDS = range(1, 13)
MOST_NUMBERS = 10
PRACTISED = [
    pytest.param(case.values[0], number, id=f"{case.id}-{number + 1}")
    for case in PARTS
    for number in range(len(case.values[0].questions))  # type: ignore[union-attr, attr-defined]
    if can_practise(case.values[0], number)  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("part", "number"), PRACTISED)
def test_new_numbers_make_a_fair_question(part: Part, number: int) -> None:
    own = run_part(part, part.questions[number].values)
    answers = set()
    for seed in SEEDS:
        question = practice(part, number, seed)
        trace = run_part(part, question.values)
        answer = question.answer(trace)
        answers.add(answer)
        assert np.isfinite(answer)
        assert abs(answer) <= 1e4
        if not no_numbers(part, part.questions[number]):
            assert remarks(trace) <= remarks(own), "no tie and no corner that the question does not have"
        for one in diagnoses(part, question):
            assert not alike(one.value, answer, question.tolerance)
        for name, value in question.values.items():
            (given,) = [one for one in part.inputs if one.name == name]
            if isinstance(given, Input) and name not in part.questions[number].values:
                assert given.low is not None
                assert given.high is not None
                assert np.all(np.asarray(value) >= given.low)
                assert np.all(np.asarray(value) <= given.high)
    assert len(answers) > 2


@pytest.mark.parametrize("part", PARTS)
def test_each_lesson_part_has_a_question_to_practise_or_none_that_could_be(part: Part) -> None:
    for number in range(len(part.questions)):
        if can_practise(part, number):
            assert practice(part, number, 1).ask.endswith("?")


@pytest.mark.parametrize(("part", "number"), PRACTISED)
def test_practice_draws_no_more_numbers_than_a_person_works_with(part: Part, number: int) -> None:
    draws = drawn(part, np.random.default_rng(0), part.questions[number].draws)
    pictures = {one.name for one in part.inputs if isinstance(one, Input) and np.size(one.default) >= 16}
    assert sum(np.size(value) for name, value in draws.items() if name not in pictures) <= MOST_NUMBERS


def test_practice_draws_the_named_inputs_alone() -> None:
    part = part_of("boxes")
    question = replace(part.questions[0], draws=("b",))
    one = replace(part, questions=(question,))
    kept = {name: value for name, value in practice(one, 0, 1).values.items() if name != "b"}
    assert kept == {name: value for name, value in question.values.items() if name != "b"}
    with pytest.raises(ValueError, match=r"question 1 draws 'd', which is no input; the inputs are a, b, c"):
        replace(part, questions=(replace(question, draws=("d",)),))


def test_words_are_drawn_where_they_are_named() -> None:
    part = part_of("bert", 3)
    draw = np.random.default_rng(0)
    assert drawn(part, draw) == {}
    (sentence,) = [one for one in part.inputs if isinstance(one, Choice)]
    assert {drawn(part, draw, ("sentence",))["sentence"] for _ in range(100)} == set(sentence.options)


def test_a_seed_always_gives_the_same_numbers_and_another_one_others() -> None:
    part = part_of("boxes")
    assert practice(part, 0, 7).values == practice(part, 0, 7).values
    assert len({str(practice(part, 0, seed).values) for seed in SEEDS}) > 6


def test_the_mistake_of_the_lesson_is_never_the_answer() -> None:
    part = part_of("boxes")
    for seed in range(1, 200):
        values = practice(part, 0, seed).values
        assert values["c"] not in (values["b"], values["b"] * values["c"])


def largest(a, b):
    out = a.maximum(b)
    return out  # noqa: RET504


def product(a, b):
    out = a * b
    return out  # noqa: RET504


def test_a_tie_is_drawn_again() -> None:
    inputs = tuple(Input(name, x, low=-1, high=1, step=0.5) for name, x in (("a", 1.0), ("b", 0.5)))
    question = Question("How much?", gradient("a"), "So much.")
    part = Part("Max", "Text.", largest, inputs, (Stop("Look.", start()),), (question,))
    draw = np.random.default_rng(0)
    assert any((each := drawn(part, draw))["a"] == each["b"] for _ in range(50)), "ties would be drawn"
    for seed in SEEDS:
        values = practice(part, 0, seed).values
        assert values["a"] != values["b"]


def test_a_question_that_stands_on_its_own_numbers_is_not_practised() -> None:
    part = part_of("boxes")
    assert not can_practise(part, 2)
    with pytest.raises(NoNumbersError, match="stands on its own numbers"):
        practice(part, 2, 1)


def test_a_question_whose_answer_is_always_the_same_is_not_practised() -> None:
    assert not can_practise(part_of("boxes"), 1)


def test_a_question_is_asked_again_in_its_own_words_if_it_has_some() -> None:
    inputs = (Input("a", 2.0, low=-3, high=3, step=0.5), Input("b", 3.0, low=-3, high=3, step=0.5))
    question = Question("At 2 and 3?", lambda trace: trace.value("out") * 2, "So.", again="Twice **out**?")
    part = Part("Product", "Text.", product, inputs, (Stop("L.", start()),), (question,))
    assert can_practise(part, 0)
    assert practice(part, 0, 1).ask == "Twice **out**?"
