"""The right English of French sentences, which the grammar itself makes."""

import pytest

from lessons.french import pairs
from lessons.translation import english_of, phrases, words_of


def test_every_sentence_of_the_grammar_is_translated_as_it_was_made() -> None:
    for part in pairs():
        for pair in part:
            assert english_of(pair.french) == pair.english


def test_a_phrase_is_known_by_its_french() -> None:
    assert len({phrase.english() for phrase in phrases().values()}) == len(phrases())


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("la maison bleue", "the blue house"),
        ("L’oiseau ne chante pas.", "the bird does not sing"),
        ("les vieux chiens n'aiment pas le chat noir", "the old dogs do not like the black cat"),
        ("les pommes sont rouges", "the apples are red"),
        ("un bel arbre", "a beautiful tree"),
    ],
)
def test_typed_french_is_split_as_the_grammar_does(french: str, english: str) -> None:
    assert english_of(tuple(words_of(french))) == tuple(english.split())


@pytest.mark.parametrize(
    "french",
    [
        "maison la",
        "la maison bleu",
        "le maison bleue",
        "la bleue maison",
        "les maisons est bleues",
        "la femme est bleue",
        "le chat dort la maison",
        "le chat voit",
        "le chat n' voit pas le chien",
        "le chat ne est pas noir",
        "la",
        "",
    ],
)
def test_what_the_grammar_does_not_make_has_no_english(french: str) -> None:
    assert english_of(tuple(words_of(french))) is None
