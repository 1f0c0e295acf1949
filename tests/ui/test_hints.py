"""What a learner is told whose wrong answer is none of the usual mistakes."""

import pytest

from lessons import all_lessons
from lessons.lesson import Question, gradient, value
from lessons.run import run_part
from tests.lessons.cases import part_of
from ui.hints import GENERAL, hint


def hint_for(slug: str, answer: object, number: int = 1) -> str:
    part = part_of(slug, number)
    return hint(Question("What?", answer, "So."), run_part(part))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slug", "answer", "said"),
    [
        ("boxes", value("p"), "**p** is made of **b** = 2 and **c** = 3. What does the box do with them?"),
        ("boxes", gradient("b"), "What arrives at **p** is 1. How fast does **p** grow when **b** does?"),
        (
            "fan-out",
            gradient("a"),
            "**a** is used three times, by **s**, **s** and **out**. Each sends a term back",
        ),
        ("boxes", lambda trace: 1.0, GENERAL),
    ],
)
def test_a_hint_says_what_the_number_is_made_of(slug: str, answer: object, said: str) -> None:
    assert hint_for(slug, answer).startswith(said)


def test_every_question_has_a_hint_of_one_or_two_sentences() -> None:
    for lesson in all_lessons():
        for part in lesson.parts:
            for question in (*part.questions, *(stop.question for stop in part.walk if stop.question)):
                said = hint(question, run_part(part, question.values))
                assert said.endswith((".", "?"))
                assert "nan" not in said.lower().split()
