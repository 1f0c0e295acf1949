"""Lessons are found by the names of their files, and a broken one is not passed over."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import lessons
from lessons import all_lessons, find_lesson

GOOD = "from dataclasses import replace\nfrom lessons.lesson_01_boxes import LESSON\n"


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Adds a file to the lessons for one test."""
    monkeypatch.setattr(lessons, "__path__", [*lessons.__path__, str(tmp_path)])
    lessons._load.cache_clear()

    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)

    yield write
    lessons._load.cache_clear()


def test_the_lessons_stand_in_order_with_number_and_slug() -> None:
    found = [(lesson.number, lesson.slug, lesson.chapter) for lesson in all_lessons()][:6]
    assert found == [
        (1, "boxes", "Gradients"),
        (2, "blocks", "Gradients"),
        (3, "chain", "Gradients"),
        (4, "passes", "Gradients"),
        (5, "fan-out", "Gradients"),
        (6, "regression", "Learning weights"),
    ]


def test_a_lesson_is_found_by_its_slug() -> None:
    assert find_lesson("chain").title == "The chain"


def test_an_unknown_slug_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(ValueError, match="there is no lesson 'boxs'; did you mean 'boxes'"):
        find_lesson("boxs")
    with pytest.raises(ValueError, match="there is no lesson ''; did you mean"):
        find_lesson("")


def test_a_new_file_is_a_new_lesson(add: Callable[[str, str], None]) -> None:
    add("lesson_90_two_words.py", GOOD)
    lesson = find_lesson("two-words")
    assert (lesson.number, lesson.slug) == (90, "two-words")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("lesson_91_empty.py", "", "lesson empty: lessons/lesson_91_empty.py holds no LESSON = Lesson"),
        (
            "lesson_92_dull.py",
            GOOD + "LESSON = replace(LESSON, goal='')",
            "lesson dull: the lesson has no goal",
        ),
        ("lesson_9_short.py", GOOD, r"lessons/lesson_9_short.py: name the file like lesson_01_boxes.py"),
        ("lesson_01_other.py", GOOD, "lesson boxes: another has the same number or name; rename one file"),
    ],
)
def test_a_broken_lesson_fails_loudly(
    add: Callable[[str, str], None], name: str, text: str, sentence: str
) -> None:
    add(name, text)
    with pytest.raises(ValueError, match=sentence):
        all_lessons()


def test_the_list_may_be_changed_without_harm() -> None:
    all_lessons().clear()
    assert all_lessons()
