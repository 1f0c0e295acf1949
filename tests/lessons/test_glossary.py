"""The glossary: every link in a lesson leads to an entry, and every entry is short."""

import re

import pytest

from lessons import all_lessons
from lessons.glossary import GLOSSARY, check_terms, entries_for, terms_in, unlinked
from lessons.lesson import Part
from tests.lessons.cases import PARTS


@pytest.mark.parametrize("term", GLOSSARY)
def test_an_entry_is_one_or_two_sentences_and_links_nowhere(term: str) -> None:
    entry = GLOSSARY[term]
    plain = re.sub(r"\$[^$]*\$", "formula", entry)
    assert 1 <= len(re.findall(r"[.?!](?=\s|$)", plain)) <= 3, entry
    assert plain[-1] == "."
    assert not terms_in(entry)
    assert entry.count("$") % 2 == 0


@pytest.mark.parametrize("part", PARTS)
def test_every_link_of_a_part_has_an_entry(part: Part) -> None:
    for text in part.texts:
        check_terms(text)
    assert set(entries_for(part.texts)) == {term for text in part.texts for term in terms_in(text)}


def test_every_part_links_to_the_glossary_somewhere_in_its_lesson() -> None:
    for lesson in all_lessons():
        assert any(terms_in(text) for part in lesson.parts for text in part.texts), lesson.slug


def test_what_streamlit_itself_shows_has_no_links() -> None:
    for lesson in all_lessons():
        for text in (lesson.title, lesson.goal, lesson.needs, *lesson.can_do, *lesson.summary):
            assert not terms_in(text)


def test_a_term_without_an_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="links to 'flurb', which is no term of the glossary"):
        check_terms("A [[flurb]] is not known.")


def test_links_may_have_other_words() -> None:
    text = "Two [[gradients|gradient]] and [[$\\phi$|phi]]."
    assert terms_in(text) == ["gradient", "phi"]
    assert unlinked(text) == "Two gradients and $\\phi$."
