"""Stories about people and animals: the labels are right, and no test story was read before."""

import numpy as np
import pytest

from lessons.who import CLS, KINDS, MASK, NOUNS, PRONOUNS, Story, stories, vocabulary

EVERY = [story for part in stories() for story in part]


def actor(story: Story) -> str:
    """Who acts, found by the order of words: the first noun, or in a passive the last."""
    nouns = [word for word in story.words if word in NOUNS]
    return nouns[-1] if "by" in story.words else nouns[0]


def test_the_kind_is_that_of_the_one_who_acts() -> None:
    for story in EVERY:
        assert KINDS[story.kind] == ("animal" if PRONOUNS[actor(story)] == "it" else "person")


def test_the_reason_speaks_of_the_one_who_acts() -> None:
    for story in EVERY:
        assert story.reason[1] == PRONOUNS[actor(story)]


def test_no_story_comes_twice() -> None:
    assert len({story.words for story in EVERY}) == len(EVERY) == 9120


@pytest.mark.parametrize("part", range(3))
def test_both_kinds_and_both_voices_are_about_as_frequent(part: int) -> None:
    own = stories()[part]
    assert np.mean([story.kind for story in own]) == pytest.approx(0.5, abs=0.1)
    assert np.mean(["by" in story.words for story in own]) == pytest.approx(0.5, abs=0.1)


def test_the_marks_come_first_and_every_word_is_known() -> None:
    assert vocabulary()[:2] == (CLS, MASK)
    assert {word for story in EVERY for word in (*story.words, *story.reason)} <= set(vocabulary())
