"""What the usual mistakes give, worked by hand, and which words a learner reads who makes one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Tensor
from engine.scope import Kind, composite
from lessons.diagnosis import Diagnosis, diagnoses, distinct
from lessons.lesson import Input, Mistake, Part, Question, Reading, Stop, gradient, start, value
from lessons.run import run_part
from tests.lessons.cases import PARTS

# mypy: allow-untyped-defs


def chain(a, b):
    p = a * b
    q = p.square()
    return q  # noqa: RET504


def fan(a, b):
    p = a * b
    q = 3 * a
    r = p + q
    out = r * 2
    return out  # noqa: RET504


def thrice(a):
    s = a * a
    out = s + a
    return out  # noqa: RET504


def matrix(W, x):
    z = W @ x
    weights = Tensor([1.0, 10.0], requires_grad=False, name="weights")
    weighted = z * weights
    out = weighted.sum()
    return out  # noqa: RET504


def copies(X, b):
    z = X + b
    s = z * z
    out = s.sum()
    return out  # noqa: RET504


def bend(z):
    h = z.sigmoid()
    out = h * 2
    return out  # noqa: RET504


def minus(a, b):
    d = a - b
    out = d / b
    return out  # noqa: RET504


def boxed(a, b):
    h = sigmoid_of(a, b)
    out = h * h
    return out  # noqa: RET504


@composite(Kind("bent", formula="<x>", says="Bend <x>.", says_backward="Back."))
def sigmoid_of(a, b):
    inner = a * b + a
    return inner.tanh()


def detached(a):
    fixed = a.detach()
    out = a * fixed
    return out  # noqa: RET504


def part(build: Callable[..., Any], **inputs: Any) -> Part:
    given = tuple(Input(name, default, low=-100, high=100, step=0.1) for name, default in inputs.items())
    return Part("Title", "Text.", build, given, (Stop("Look.", start()),))


CHAIN = part(chain, a=2.0, b=5.0)  # p = 10, q = 100; g(p) = 20, g(a) = 100, g(b) = 40
FAN = part(fan, a=4.0, b=5.0)  # p = 20, q = 12, r = 32, out = 64; g(r) = 2, g(a) = 2·5 + 2·3 = 16
THRICE = part(thrice, a=3.0)  # g(a) = 3 + 3 + 1 = 7
MATRIX = part(matrix, W=[[1.0, 2.0], [3.0, 4.0]], x=[5.0, 7.0])  # g(z) = [1, 10], g(x) = [31, 42]
COPIES = part(copies, X=[[1.0, 2.0], [3.0, 4.0]], b=[10.0, 20.0])  # g(z) = 2z; g(b) = [48, 92]
BEND = part(bend, z=1.0)  # h = 0.7311, slope 0.1966; g(h) = 2, g(z) = 0.3932
BOXED = part(boxed, a=0.5, b=1.0)  # inner = 1, h = .7616, g(h) = 1.5232, slope .41997; g(a) = 1.5232·.41997·2
MINUS = part(minus, a=7.0, b=2.0)  # d = 5, out = 2.5

HAND: list[tuple[Part, Reading, float, float, str]] = [
    # part, what is asked, the answer, what was typed, what is said
    (CHAIN, gradient("a"), 100, 20, "what arrives from upstream, the gradient of **p**"),
    (CHAIN, gradient("a"), 100, 5, "the local gradient alone"),
    (CHAIN, gradient("a"), 100, 40, "You multiplied by **a** itself"),
    (CHAIN, gradient("a"), 100, 2, "That is the value of **a**"),
    (CHAIN, gradient("a"), 100, -100, "look at the sign"),
    (CHAIN, gradient("p"), 20, 10, "The 2 is missing"),
    (CHAIN, gradient("p"), 20, 1, "what arrives from upstream, the gradient of **q**"),
    (CHAIN, value("p"), 10, 7, "You added the two. This box multiplies them"),
    (CHAIN, value("p"), 10, 2, "That is **a** alone. **b** takes part too"),
    (CHAIN, value("q"), 100, 10, "That is **p**, as it goes in"),
    (CHAIN, value("q"), 100, 20, "That is the slope there"),
    (FAN, gradient("a"), 16, 10, "the term that comes back from **p** alone. **a** is used twice"),
    (FAN, gradient("a"), 16, 6, "the term that comes back from **q** alone"),
    (FAN, gradient("a"), 16, 60, "You multiplied the paths"),
    (FAN, gradient("a"), 16, 8, "You added up the local gradients"),
    (FAN, gradient("a"), 16, 4, "You added up what arrives from upstream"),
    (THRICE, gradient("a"), 7, 6, "The term from **out** is missing. **a** is used three times"),
    (THRICE, gradient("a"), 7, 4, "The term from **s** is missing"),
    (THRICE, value("s"), 9, 3, "That is **a** alone"),
    (MATRIX, gradient("x", 0), 31, 21, "A transpose is missing"),
    (MATRIX, gradient("x", 0), 31, 42, "**x[1]**: the right array, another cell"),
    (MATRIX, gradient("x", 0), 31, 73, "the sum of all cells. A gradient has the shape of its value"),
    (MATRIX, gradient("x", 0), 31, 4, "the local gradient alone"),  # the column's sum: 1 + 3
    (MATRIX, gradient("W", 1, 0), 50, 70, "**W[1, 1]**: the right array, another cell"),
    (MATRIX, value("z", 0), 19, 26, "You took columns for rows"),
    (COPIES, gradient("b", 0), 48, 22, "the share of one copy. **b** was stretched to the shape (2, 2)"),
    (COPIES, gradient("b", 0), 48, 140, "the sum of all cells"),
    (BEND, gradient("z"), 0.393224, 2, "what arrives from upstream"),
    (BEND, gradient("z"), 0.393224, 0.1966, "the local gradient alone"),
    (BEND, gradient("z"), 0.393224, 1, "That is the value of **z**"),
    (BEND, value("h"), 0.731059, 0.1966, "the slope there, the local gradient"),
    (BEND, value("h"), 0.731059, 1, "That is **z**, as it goes in"),
    (BOXED, gradient("a"), 1.279402, 1.5232, "upstream, the gradient of **h**"),
    (
        BOXED,
        gradient("a"),
        1.279402,
        0.83995,
        "the local gradient alone. Multiply it by what arrives from upstream, ",
    ),
    (MINUS, value("d"), 5, -5, "You swapped the two: it is **a** first, then **b**"),
    (MINUS, value("out"), 2.5, 0.4, "You swapped the two: it is **d** first, then **b**"),
]


@pytest.mark.parametrize(("at", "reading", "answer", "typed", "said"), HAND, ids=lambda x: str(x)[:40])
def test_a_usual_mistake_is_recognised(
    at: Part, reading: Reading, answer: float, typed: float, said: str
) -> None:
    question = Question("How much?", reading, "So much.")
    found = diagnoses(at, question)
    assert np.isclose(reading_of(at, question), answer, rtol=1e-5)
    (one,) = [each for each in found if np.isclose(each.value, typed, rtol=1e-3)]
    assert said in one.says


def reading_of(at: Part, question: Question) -> float:
    return question.answer(run_part(at, question.values))


def test_a_use_that_sends_no_gradient_is_no_path() -> None:
    found = diagnoses(part(detached, a=3.0), Question("?", gradient("a"), "!"))
    assert not any("is used twice" in one.says for one in found)


def test_a_mistake_that_gives_the_answer_is_dropped() -> None:
    (a,) = [each.value for each in diagnoses(part(bend, z=0.0), Question("?", value("h"), "!"))][:1]
    assert a == 0.0
    at = part(chain, a=0.5, b=1.0)  # p = 0.5, so its gradient is 1, as upstream is
    said = [each.says for each in diagnoses(at, Question("?", gradient("p"), "!"))]
    assert not any("upstream, the gradient of **q**. It" in each for each in said)


def test_of_two_mistakes_with_one_number_the_likelier_stays() -> None:
    found = [Diagnosis(2.0, "first"), Diagnosis(2.01, "second"), Diagnosis(3.0, "third")]
    assert [one.says for one in distinct(1.0, found, 0.01)] == ["first", "third"]


def test_what_the_lesson_foresees_comes_first() -> None:
    own = Mistake("Mine.", value=lambda trace: 20.0)
    found = diagnoses(CHAIN, Question("?", gradient("a"), "!", mistakes=(own,)))
    assert found[0] == Diagnosis(20.0, "Mine.")
    assert [one.value for one in found].count(20.0) == 1


def test_the_old_values_are_a_mistake_of_their_own() -> None:
    found = diagnoses(CHAIN, Question("?", gradient("a"), "!", values={"b": 3.0}))
    assert found[0].value == 100.0
    assert "at the lesson's own values" in found[0].says


def test_an_infinite_mistake_is_none() -> None:
    assert distinct(1.0, [Diagnosis(float("inf"), ""), Diagnosis(float("nan"), "")], 0.01) == []


@pytest.mark.parametrize("at", PARTS)
def test_every_question_has_diagnoses_that_can_be_told_apart(at: Part) -> None:
    for question in [*at.questions, *(stop.question for stop in at.walk if stop.question)]:
        found = diagnoses(at, question)
        assert found
        answer = reading_of(at, question)
        assert distinct(answer, found, question.tolerance) == found
        for one in found:
            assert one.says[-1] in ".?$"
