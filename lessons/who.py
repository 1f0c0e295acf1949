"""Sentences about people and animals: who does it to whom? What the BERT of our lessons reads.

"the dog is seen by the girl because she is tired": the girl acts, so it is she. In training some words are
masked; to guess a masked "she" one must find who acts. The same question, without the pronoun's help, is
then asked of sentences: does a person act, or an animal? The words alone do not tell, their order does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

CLS, MASK = "<cls>", "<mask>"
KINDS = ("person", "animal")
PRONOUNS = {
    **dict.fromkeys(("man", "boy", "farmer", "king"), "he"),
    **dict.fromkeys(("woman", "girl", "queen", "teacher"), "she"),
    **dict.fromkeys(("dog", "cat", "horse", "cow", "fox", "bird", "sheep", "mouse"), "it"),
}
NOUNS = tuple(PRONOUNS)
VERBS = (
    ("sees", "seen"),
    ("hears", "heard"),
    ("follows", "followed"),
    ("finds", "found"),
    ("likes", "liked"),
    ("knows", "known"),
)
ADJECTIVES = ("old", "young", "small", "big", "quick", "lazy")
REASONS = ("tired", "hungry", "lost", "cold", "curious", "alone")
TO_READ, TO_LEARN, HELD_OUT = 8000, 120, 1000  # sentences: without labels, with labels, to test
Words = tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A sentence without its reason, what the reason adds, and the kind of the one who acts."""

    words: Words
    reason: Words
    kind: int


def random_story(random: np.random.Generator) -> Story:
    """One by chance: active or passive, each noun with an adjective or without."""
    actor, other = random.choice(len(NOUNS), 2, replace=False)
    active, passive = VERBS[int(random.integers(len(VERBS)))]
    first, second = (phrase(NOUNS[i], random) for i in (actor, other))
    if random.random() < 0.5:
        words = (*first, active, *second)
    else:
        words = (*second, "is", passive, "by", *first)
    pronoun = PRONOUNS[NOUNS[actor]]
    reason = ("because", pronoun, "is", REASONS[int(random.integers(len(REASONS)))])
    return Story(words, reason, int(pronoun == "it"))


def phrase(noun: str, random: np.random.Generator) -> Words:
    """The noun with its article, and half of the time with an adjective."""
    adjective = ADJECTIVES[int(random.integers(len(ADJECTIVES)))]
    return ("the", adjective, noun) if random.random() < 0.5 else ("the", noun)


@cache
def stories() -> tuple[tuple[Story, ...], tuple[Story, ...], tuple[Story, ...]]:
    """Those to read, those to learn the question from, and those to test with: no sentence twice.

    >>> to_read, to_learn, held_out = stories()
    >>> " ".join((*to_read[0].words, *to_read[0].reason)), KINDS[to_read[0].kind]
    ('the horse is heard by the young fox because it is cold', 'animal')
    """
    random = np.random.default_rng(0)
    found: dict[Words, Story] = {}
    while len(found) < TO_READ + TO_LEARN + HELD_OUT:
        story = random_story(random)
        found.setdefault(story.words, story)
    every = tuple(found.values())
    return every[:TO_READ], every[TO_READ : TO_READ + TO_LEARN], every[TO_READ + TO_LEARN :]


@cache
def vocabulary() -> Words:
    """All words, the marks first."""
    verbs = (verb for pair in VERBS for verb in pair)
    words = {*NOUNS, *verbs, *ADJECTIVES, *REASONS, *PRONOUNS.values(), "the", "is", "by", "because"}
    return (CLS, MASK, *sorted(words))
