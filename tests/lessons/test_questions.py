"""Every question's answer, worked by hand here; and every usual mistake gives something else."""

import math
from collections.abc import Sequence

import pytest

from lessons import all_lessons
from lessons.diagnosis import alike
from lessons.lesson import Part
from lessons.run import run_part
from tests.lessons.cases import PARTS


def s(z: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-z))


def slope(h: float) -> float:
    """The slope of tanh where it gives h."""
    return 1 - h * h


def states(steps: int) -> list[float]:
    """The states of lesson 14: tanh of half the one before, after a 1 was read."""
    found = [math.tanh(1)]
    while len(found) < steps:
        found.append(math.tanh(found[-1] / 2))
    return found


def bent(blocks: int, x: float = 1.0) -> list[float]:
    """What goes into each block of lesson 18's stack: x, and from then on x + tanh(x / 2)."""
    found = [x]
    while len(found) < blocks:
        found.append(found[-1] + math.tanh(0.5 * found[-1]))
    return found


T1 = math.tanh(1)  # the state of lesson 14 after it has read a 1


def share(k: int, scores: Sequence[float] = (0.5, 2.0, 2.5)) -> float:
    """The softmax's share of number k."""
    return math.exp(scores[k]) / sum(map(math.exp, scores))


STATE = (math.tanh(0.5 * math.tanh(1)), math.tanh(1))  # of lesson 19's RNN after "the blue"
SAID = (STATE[0], STATE[1], STATE[0] + STATE[1])  # its scores
BLEUE = share(2, (0.0, 0.0, 4 / 3**0.5))  # its share in lesson 20
G = 2 * (s(-3) + s(1) - 1)  # the score's gradient in lesson 8, with its own numbers
C1 = s(0) * slope(math.tanh(s(1) * 2 + s(2) * math.tanh(0.5)))  # the memory's gradient in lesson 15

D = math.sqrt(2 / 3 + 1e-5)  # the deviation in lesson 17
D2 = math.sqrt(14 / 9 + 1e-5)  # that of 2, 0, 3
G2 = (-1 / 3 - (1 / 3) * (-5 / 3) / (3 * D2**2)) / D2  # what its layer norm sends to the 0

ANSWERS = {  # by lesson; for each part, its answers in order
    "boxes": [[5, 2, 0.1 * 2]],
    "blocks": [[-4 / 2**2, 0], [2 * 4, 1 / 0.5], [0.5 * (1 - 0.5), 0]],
    "chain": [[(2 * 9) * (2 * 3), (2 * 1) * (2 * -1)], [1 / 2**2]],
    "passes": [[2 * (-4 + 1), 1], [1, (3 + 1) ** 2]],
    "fan-out": [[2 + 2 + 1, 0 + 0 + 1], [(2 * 4 + 3) * 2]],
    "regression": [
        [2 * (3 * 3 + 1 * 2 - 2) * 3, 1 - 0.1 * (2 * 9 * 2)],
        [2 * (-4) + (-1) * 2],
        [0.96 - 0.1 * 2 * (0.96 - 2 * 0.64), 8 - 1.6],
        [2 * (0 - 4.65), -9.3 * (184 - 201.4765625) / 14.36791393],
    ],
    "hinge": [
        [1 - 0.25 * 2, -1 * 3, 0],
        [-1 * -1, -1 * -1.389867644, -(-1 * -0.3325691505 + 1 * -0.8683628369)],
    ],
    "two-layers": [
        [2 * (2 * s(-1) - 0), 2 * (s(-3) + 3 * s(1) - 1) * 3, 2 * (s(-4) + s(2) - 1) * s(2) * s(-2) * 4]
    ],
    "feed-forward": [[1 + 2, 3 * 1], [1 * 3 + 1 * -1], [0, 5 - (-2 * 2 + 5)]],
    "depth": [[0.9**20, 2**10], [0, 0.9**6]],
    "embed-token": [[2, 0, 1 - 0.1 * 4], [2 / 3 + 2 / 3]],
    "conv": [[1 - 1 - 3, 2 + 1], [30 - 17, 14], [15]],
    "max-pool": [[4 * 1, 1, 9 + 8 + 3 + 4], [0.08764939315005137, 8 * 4 * 4]],
    "sequence-rnn": [[slope(states(2)[1]) * T1, slope(states(3)[2]) * 0.5 * slope(states(2)[1])], [0, 0]],
    "add-norm": [
        [0, 5 / math.sqrt(50 / 3 + 1e-5)],
        [1 / D, -2 / math.sqrt(8 / 3 + 1e-5)],
        [(1 - 1 / 3 - 1 / (3 * D**2)) / D, 2 * G2],
    ],
    "attention": [
        [3 * 1 + 2 * 2, s(-(2**0.5))],
        [-s(4) * s(-4) / 4],
        [1 / 2],
        [2 * s(4 / 2**0.5), (4 + 2) * share(1, (0.0, 2**0.5, 2**0.5))],
        [2 / 2],
    ],
    "language-model": [
        [share(1) - 1, math.log(3)],
        [1 / (1 / math.exp(T1) + 2)],
        [math.log(535), -math.log(0.6103248449923)],
    ],
    "sequence-to-sequence": [
        [share(2, (0.0, 4 / 3**0.5, 4 / 3**0.5)), 2 * share(2, (0.0, 4 / 3**0.5, 0.0))],
        [7 + 1],
    ],
    "race": [[0.5**4, 50 - 1], [50, 50 * 50]],
    "bert": [
        [1 * 4, 4 * 8 * 8],
        [1.5**24, math.prod(1 + 0.5 * slope(math.tanh(0.5 * h)) for h in bent(24, 2.0)[2:])],
        [(49 + 16) * 16 + 4 * 16 * 17 + 16 * 32 + 32 + 32 * 16 + 16 + 4 * 16, -0.49615577 + 0.33505812],
    ],
    "lstm": [[s(5) * 2 + s(2) * math.tanh(0.5), C1 * s(2)], [s(1) ** 2, 0.5]],
}


def test_there_is_an_answer_worked_by_hand_for_every_question() -> None:
    asked = {lesson.slug: [len(part.questions) for part in lesson.parts] for lesson in all_lessons()}
    assert asked == {slug: [len(answers) for answers in parts] for slug, parts in ANSWERS.items()}


# By lesson and part; for each stop that asks, what is to be predicted there.
PREDICTIONS = {
    ("boxes", 1): [2],
    ("blocks", 1): [3, 0],
    ("blocks", 2): [math.exp(3)],
    ("blocks", 3): [1],
    ("chain", 1): [4 * 8],
    ("chain", 2): [-(s(2) ** 2) * math.exp(-2)],
    ("passes", 1): [1 * 2 * 5, 10],
    ("passes", 2): [2, 3],
    ("fan-out", 1): [1 + 3 + 3],
    ("fan-out", 2): [3 + 2 * 2],
    ("regression", 1): [6 * 2],
    ("regression", 2): [2 * 2 + -1 * -4],
    ("regression", 3): [1 * -1.6 + 0 * -1.6],
    ("hinge", 1): [4 * -1, -1 * -1],
    ("hinge", 2): [-1 * 0.94122484],
    ("two-layers", 1): [s(-3) + s(1), G * s(1), G * s(1) * s(-1)],
    ("feed-forward", 1): [0, 0 * 1 + 1 * 2],
    ("feed-forward", 2): [3 * 2],
    ("feed-forward", 3): [1 * 2 + 2 * 1],
    ("depth", 1): [0.5**10],
    ("depth", 2): [0.5**6],
    ("embed-token", 1): [2 + 2],
    ("embed-token", 2): [(1 + 0 + 1) / 3, 2 * 1 - 1 * 0],
    ("conv", 1): [-1 - -3, 0 + 1 + 2 - 1 + 1],
    ("conv", 2): [14 + 8 + 10 - 1],
    ("conv", 3): [0],
    ("max-pool", 1): [4, 0],
    ("max-pool", 2): [0.9107020436557866 - 1],
    ("sequence-rnn", 1): [slope(states(3)[2]) * (states(2)[1] + 0.5 * slope(states(2)[1]) * T1)],
    ("sequence-rnn", 2): [slope(states(4)[3])],
    ("add-norm", 1): [(1 - 1 / 3 - 1 / (3 * D**2)) / D],
    ("add-norm", 2): [0],
    ("add-norm", 3): [G2 * (1 - 1)],
    ("attention", 1): [s(2**0.5), 3 * s(6 / 2**0.5), s(2**0.5) * s(-(2**0.5))],
    ("attention", 2): [s(2) * s(-2) / 8],
    ("attention", 3): [0],
    ("attention", 4): [
        1 / (1 + 1 + math.exp(-(2**0.5))),
        2 * share(1, (0.0, 4 / 2**0.5, 2 / 2**0.5)),
    ],
    ("attention", 5): [2 * s(4 / 2**0.5)],
    ("bert", 1): [0],
    ("bert", 2): [math.prod(1 + 0.5 * slope(math.tanh(0.5 * h)) for h in bent(24)[2:])],
    ("race", 1): [share(0, (5.0, *[0.0] * 9)) + 0.9**9, share(0, (5.0, *[0.0] * 49))],
    ("race", 2): [0.999998744192114],
    ("sequence-to-sequence", 1): [BLEUE + 2 * (2 * BLEUE * (1 - BLEUE) / 3**0.5)],
    ("sequence-to-sequence", 2): [-1 / 4 / 0.9984423688940947],
    ("language-model", 1): [share(2), share(2) - 1],
    ("language-model", 2): [share(1, SAID) * STATE[0] - 0.279103837],
    ("language-model", 3): [-1 / 0.7478860782780304],
    ("bert", 3): [0.32117069 + 1.18210137],
    ("lstm", 1): [s(1) * 2 + s(2) * math.tanh(0.5), C1 * s(1)],
    ("lstm", 2): [s(5)],
}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_predicted_at_a_stop_is_worked_by_hand(part: Part, request: pytest.FixtureRequest) -> None:
    slug, number = request.node.callspec.id.rsplit("-", 1)
    asked = [stop.question for stop in part.walk if stop.question]
    answers = PREDICTIONS.get((slug, int(number)), [])
    assert len(asked) == len(answers)
    for question, answer in zip(asked, answers, strict=True):
        found = question.answer(run_part(part, question.values))
        assert math.isclose(found, answer, rel_tol=1e-6, abs_tol=1e-9), question.ask


@pytest.mark.parametrize("slug", ANSWERS)
def test_the_answers_are_those_worked_by_hand(slug: str) -> None:
    (lesson,) = (one for one in all_lessons() if one.slug == slug)
    for part, answers in zip(lesson.parts, ANSWERS[slug], strict=True):
        for question, answer in zip(part.questions, answers, strict=True):
            found = question.answer(run_part(part, question.values))
            assert math.isclose(found, answer, rel_tol=1e-6, abs_tol=1e-9), question.ask


@pytest.mark.parametrize("part", PARTS)
def test_no_mistake_gives_the_answer_or_another_mistake(part: Part) -> None:
    for question in part.questions:
        trace = run_part(part, question.values)
        given = [question.answer(trace), *(mistake.value(trace) for mistake in question.mistakes)]
        assert 2 <= len(question.mistakes) <= 4, question.ask
        assert all(map(math.isfinite, given))
        for i, one in enumerate(given):
            for other in given[:i]:
                assert not alike(one, other, question.tolerance), f"{question.ask}: {one} and {other}"


@pytest.mark.parametrize("part", PARTS)
def test_an_answer_rounded_to_three_digits_is_accepted(part: Part) -> None:
    for question in part.questions:
        answer = question.answer(run_part(part, question.values))
        assert abs(float(f"{answer:.3g}") - answer) <= question.tolerance * abs(answer), question.ask


@pytest.mark.parametrize("part", PARTS)
def test_each_part_asks_one_to_three_questions(part: Part) -> None:
    assert 1 <= len(part.questions) <= 3
