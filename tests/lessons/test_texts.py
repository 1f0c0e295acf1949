"""The lessons' texts: short, British, in the markup that the player knows, about nodes that exist."""

import re
from collections.abc import Iterator

import pytest

from lessons import all_lessons
from lessons.glossary import unlinked
from lessons.lesson import Input, Part
from lessons.run import run_part
from tests.lessons.cases import PARTS, texts

LONGEST_STOP = 45  # words
AMERICAN = re.compile(
    r"\b(\w*(?:color|behavior|neighbor|favor|honor)\w*|(?:cent|met|kilomet|millimet|lit)ers?|analyz\w+|"
    r"\w+(?:ormaliz|ecogniz|isualiz|inimiz|aximiz|tandardiz|nitializ|eneraliz|ptimiz)(?!er\b)\w*|"
    r"gray|label(?:ed|ing)|travel(?:ed|ing)|cancel(?:ed|ing)|model(?:ed|ing)|math|toward|learned from)\b",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"TODO|FIXME|XXX|lorem|\?\?", re.IGNORECASE)
FILLER = re.compile(
    r"\b(simply|just|basically|obviously|of course|clearly|very|really|actually)\b", re.IGNORECASE
)
TERMS = {"forward value", "backward value"}


def everything() -> Iterator[tuple[str, str]]:
    """Every text of every lesson, with the place that it stands in."""
    for lesson in all_lessons():
        for text in (lesson.title, lesson.goal, lesson.needs, *lesson.can_do, *lesson.summary):
            yield lesson.slug, text
        for part in lesson.parts:
            yield f"{lesson.slug}, {part.title}", part.title
            for text in texts(part):
                yield f"{lesson.slug}, {part.title}", text
            for one in part.inputs:
                yield f"{lesson.slug}, {part.title}", one.about


@pytest.mark.parametrize(
    ("where", "text"), [pytest.param(*each, id=f"{each[0]}: {each[1][:40]}") for each in everything()]
)
def test_a_text_is_finished_british_and_plain(where: str, text: str) -> None:
    assert not UNFINISHED.search(text)
    assert not AMERICAN.search(text)
    assert not FILLER.search(text)
    assert text.count("$") % 2 == 0
    assert text.count("**") % 2 == 0
    assert text.count("`") % 2 == 0
    assert "  " not in text
    assert text == text.strip()
    prose = re.sub(r"\$[^$]*\$|`[^`]*`", "", text)
    assert not re.search(r"(?<![\w*])-\d", prose), "a minus in prose is −"


@pytest.mark.parametrize("part", PARTS)
def test_a_stop_is_short(part: Part) -> None:
    for stop in part.walk:
        assert len(stop.text.split()) <= LONGEST_STOP, stop.text
        assert len(sentences(stop.text)) <= 3, stop.text


@pytest.mark.parametrize("part", PARTS)
def test_a_part_begins_with_two_to_four_sentences(part: Part) -> None:
    assert 2 <= len(sentences(part.text)) <= 5, part.text


@pytest.mark.parametrize("part", PARTS)
def test_sentences_end_and_are_not_long(part: Part) -> None:
    for text in texts(part):
        assert text[-1] in ".?!$", text
        for sentence in sentences(text):
            assert len(sentence.split()) <= 32, sentence


@pytest.mark.parametrize("part", PARTS)
def test_bold_is_for_nodes_and_new_terms(part: Part) -> None:
    names = set(run_part(part).names) | {one.name for one in part.inputs}
    if part.experiment is not None:
        names |= set(run_part(part, experiment=True).names)
    for text in texts(part):
        for bold in re.findall(r"\*\*(.+?)\*\*", text):
            assert bold in names | TERMS, f"**{bold}** is no node of {part.title!r}"


@pytest.mark.parametrize("part", PARTS)
def test_what_the_player_shows_uses_only_its_markup(part: Part) -> None:
    for text in texts(part):
        if part.training is None or text != unlinked(part.training.text):
            assert "*" not in re.sub(r"`[^`]*`|\$[^$]*\$|\*\*|\*\w[^*]*\*", "", text), text
            assert not re.search(r"[\[\]#_<>]", re.sub(r"`[^`]*`|\$[^$]*\$", "", text)), text


def test_a_lesson_that_is_named_exists() -> None:
    numbers = {lesson.number for lesson in all_lessons()}
    for where, text in everything():
        for number in re.findall(r"[Ll]essons? (\d+)", text):
            assert int(number) in numbers, f"{where}: lesson {number}"


def test_every_input_of_more_than_one_letter_or_of_fixed_data_says_what_it_is() -> None:
    for lesson in all_lessons():
        for part in lesson.parts:
            for one in part.inputs:
                if isinstance(one, Input) and not one.learns:
                    assert one.about, f"{lesson.slug}: {one.name}"


def test_chapters_stay_together() -> None:
    chapters = [lesson.chapter for lesson in all_lessons()]
    assert chapters == sorted(chapters, key=list(dict.fromkeys(chapters)).index)


def sentences(text: str) -> list[str]:
    """The sentences of a text; points inside formulas and numbers do not end one."""
    plain = re.sub(r"\$[^$]*\$", "formula", text)
    return [one for one in re.split(r"(?<=[.?!])\s+", plain) if one]
