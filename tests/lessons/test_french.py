"""The French grammar: its sentences are right, and what is held out is new."""

from itertools import pairwise

import numpy as np
import pytest

from lessons.french import (
    ADJECTIVES,
    NOUNS,
    PEOPLE,
    START,
    Pair,
    Phrase,
    agreeing,
    english_words,
    french_words,
    pairs,
)


def phrase(noun: str, adjective: str | None, many: bool = False, definite: bool = True) -> Phrase:
    numbers = {one.singular: i for i, one in enumerate(NOUNS)}
    adjectives = {one.english: i for i, one in enumerate(ADJECTIVES)}
    return Phrase(numbers[noun], many, definite, adjectives[adjective] if adjective else None)


@pytest.mark.parametrize(
    ("given", "french", "english"),
    [
        (phrase("maison", "blue"), "la maison bleue", "the blue house"),
        (phrase("maison", "blue", many=True), "les maisons bleues", "the blue houses"),
        (phrase("homme", None), "l' homme", "the man"),
        (phrase("homme", "old"), "le vieil homme", "the old man"),
        (phrase("homme", "old", many=True), "les vieux hommes", "the old men"),
        (phrase("arbre", "green"), "l' arbre vert", "the green tree"),
        (phrase("arbre", "old", definite=False), "un vieil arbre", "an old tree"),
        (phrase("pomme", None, definite=False), "une pomme", "an apple"),
        (phrase("femme", "old", definite=False), "une vieille femme", "an old woman"),
        (phrase("cheval", "big", many=True, definite=False), "de grands chevaux", "some big horses"),
        (phrase("cheval", "white", many=True, definite=False), "des chevaux blancs", "some white horses"),
    ],
)
def test_articles_and_adjectives_agree(given: Phrase, french: str, english: str) -> None:
    assert " ".join(given.french()) == french
    assert " ".join(given.english()) == english


def test_an_adjective_after_the_verb_is_not_shortened_before_a_vowel() -> None:
    old = next(one for one in ADJECTIVES if one.english == "old")
    man = next(one for one in NOUNS if one.singular == "homme")
    assert agreeing(old, man, many=False, attached=True) == "vieil"
    assert agreeing(old, man, many=False, attached=False) == "vieux"


def combinations(pair: Pair) -> set[tuple[str, str]]:
    """Each English adjective with the noun after it."""
    adjectives = {one.english for one in ADJECTIVES}
    nouns = {word for one in NOUNS for word in (one.english, one.englishes)}
    words = pair.english
    return {(a, b) for a, b in pairwise(words) if a in adjectives and b in nouns}


def test_every_test_sentence_holds_a_combination_that_training_never_saw() -> None:
    training, held_out = pairs()
    seen = set().union(*map(combinations, training))
    assert all(combinations(pair) - seen for pair in held_out)
    assert ("blue", "house") not in seen


def test_every_word_of_a_test_sentence_is_known_from_training() -> None:
    training, held_out = pairs()
    for side in ("french", "english"):
        words = {word for pair in training for word in getattr(pair, side)}
        assert words >= {word for pair in held_out for word in getattr(pair, side)}


def test_no_sentence_comes_twice() -> None:
    training, held_out = pairs()
    assert len({pair.french for pair in (*training, *held_out)}) == 5500


def test_people_have_no_colour() -> None:
    people = {word for one in NOUNS if one.singular in PEOPLE for word in (one.english, one.englishes)}
    colours = {"blue", "green", "black", "white", "red", "brown"}
    for pair in (*pairs()[0], *pairs()[1]):
        assert not any(a in colours and b in people for a, b in combinations(pair))


def test_the_words_are_in_order_and_the_marks_come_first() -> None:
    assert list(french_words()) == sorted(french_words())
    assert english_words()[0] == START
    assert np.all(np.array(english_words()[2:]) == sorted(english_words()[2:]))
