"""The right English of a French sentence, by the rules of the small grammar in `lessons.french`."""

from __future__ import annotations

import re
from functools import cache

from lessons.french import (
    ADJECTIVES,
    ALONE,
    NOUNS,
    WITH_OBJECT,
    Phrase,
    Words,
    agreeing,
    fitting,
    french_words,
)


def words_of(text: str) -> list[str]:
    """A typed sentence as words of the grammar, which writes l' and n' as words of their own.

    >>> words_of("L’arbre n'est pas vert.")
    ["l'", 'arbre', "n'", 'est', 'pas', 'vert']
    """
    small = text.lower().replace("’", "'")
    return re.findall(r"[^\W\d_]+'?", small)


def english_of(french: Words) -> Words | None:
    """The English of a French sentence; None if the grammar does not make it.

    >>> english_of(("la", "maison", "bleue")), english_of(("maison", "la"))
    (('the', 'blue', 'house'), None)
    """
    for end in range(1, len(french) + 1):
        subject = phrases().get(french[:end])
        if subject is not None:
            rest = () if end == len(french) else _said_of(subject, french[end:])
            if rest is not None:
                return (*subject.english(), *rest)
    return None


def _said_of(subject: Phrase, french: Words) -> Words | None:
    """What follows the subject, in English."""
    no = len(french) > 2 and french[0] in ("ne", "n'") and french[2] == "pas"
    verb, tail = (french[1], french[3:]) if no else (french[0], french[1:])
    if no and (french[0] == "n'") != (verb[0] in "ae"):
        return None
    if verb == ("sont" if subject.many else "est"):
        noun = NOUNS[subject.noun]
        for said in fitting(noun):
            if tail == (agreeing(ADJECTIVES[said], noun, subject.many, attached=False),):
                is_ = "are" if subject.many else "is"
                return (is_, *(("not",) if no else ()), ADJECTIVES[said].english)
        return None
    for verbs, takes_object in ((ALONE, False), (WITH_OBJECT, True)):
        for one, several, does, do in verbs:
            if verb == (several if subject.many else one):
                other = phrases().get(tail) if takes_object else None
                if (other is None) == takes_object or (not takes_object and tail):
                    return None
                english = ("do" if subject.many else "does", "not", do) if no else None
                return (*(english or (do if subject.many else does,)), *(other.english() if other else ()))
    return None


@cache
def phrases() -> dict[Words, Phrase]:
    """Every article with a noun, and perhaps an adjective, by its French."""
    found: dict[Words, Phrase] = {}
    for noun, one in enumerate(NOUNS):
        for adjective in (None, *fitting(one)):
            for many in (False, True):
                for definite in (False, True):
                    phrase = Phrase(noun, many, definite, adjective)
                    found[phrase.french()] = phrase
    return found


@cache
def known_words() -> frozenset[str]:
    """The French words that the translators have learned."""
    return frozenset(french_words())
