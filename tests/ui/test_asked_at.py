"""The values that a question is asked at, as the page says them."""

from lessons import find_lesson
from ui.lesson_payload import in_words, lesson_payload


def test_a_choice_is_said_by_its_label_and_that_of_its_option() -> None:
    root = find_lesson("attention").parts[1]
    assert in_words(root, {"d": 1}) == "d = “1, so not at all”"


def test_an_array_is_said_as_it_is_and_a_large_one_is_left_to_the_player() -> None:
    by_hand, box = find_lesson("attention").parts[0], find_lesson("attention").parts[3]
    assert in_words(by_hand, {"y": [[0.0, -2.0]]}) == "y = [[0, −2]]"
    assert in_words(box, {"E": [[0.0, 1.0]] * 4}) == ""


def test_the_learning_rate_is_said_though_it_is_no_input() -> None:
    assert in_words(find_lesson("embed-token").parts[0], {"learning_rate": 0.5}) == "learning rate = 0.5"


def test_every_question_with_values_of_its_own_says_them() -> None:
    asked = lesson_payload("race", 0)["questions"]
    assert [one["asked_at"] for one in asked] == ["w = 0.5, words = 5", "words = 50"]
