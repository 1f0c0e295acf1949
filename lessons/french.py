"""A small French grammar with its English: what the translation lessons learn from.

Sentences are made by rules, so that their translation is certain. French adjectives agree with their noun
in gender and number, and most follow it; English ones stand before it and never change. Some nouns never
meet some adjectives in training: test sentences hold such pairs, so nobody can pass by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

TRAINING, HELD_OUT = 5000, 500  # pairs
NEVER_SEEN_TOGETHER = 7  # every seventh pair of noun and adjective is held out
START, END = "<start>", "<end>"  # around each target


@dataclass(frozen=True)
class Noun:
    """French singular and plural, gender, English singular and plural; `vowel`: takes l' and vieil."""

    singular: str
    plural: str
    feminine: bool
    english: str
    englishes: str
    vowel: bool = False


@dataclass(frozen=True)
class Adjective:
    """The four French forms, the English one; `before`: stands before the noun."""

    masculine: str
    feminine: str
    masculines: str
    feminines: str
    english: str
    before: bool = False
    elided: str = ""  # masculine before a vowel, where it differs


NOUNS = (
    Noun("maison", "maisons", True, "house", "houses"),
    Noun("chat", "chats", False, "cat", "cats"),
    Noun("chien", "chiens", False, "dog", "dogs"),
    Noun("fille", "filles", True, "girl", "girls"),
    Noun("garçon", "garçons", False, "boy", "boys"),
    Noun("femme", "femmes", True, "woman", "women"),
    Noun("homme", "hommes", False, "man", "men", vowel=True),
    Noun("cheval", "chevaux", False, "horse", "horses"),
    Noun("oiseau", "oiseaux", False, "bird", "birds", vowel=True),
    Noun("fleur", "fleurs", True, "flower", "flowers"),
    Noun("pomme", "pommes", True, "apple", "apples"),
    Noun("voiture", "voitures", True, "car", "cars"),
    Noun("livre", "livres", False, "book", "books"),
    Noun("vache", "vaches", True, "cow", "cows"),
    Noun("arbre", "arbres", False, "tree", "trees", vowel=True),
    Noun("robe", "robes", True, "dress", "dresses"),
)
PEOPLE = frozenset({"fille", "garçon", "femme", "homme"})  # who have no colour here
LIVING = PEOPLE | {"chat", "chien", "cheval", "oiseau", "vache"}
COLOURS = frozenset({"blue", "green", "black", "white", "red", "brown"})
ADJECTIVES = (
    Adjective("bleu", "bleue", "bleus", "bleues", "blue"),
    Adjective("vert", "verte", "verts", "vertes", "green"),
    Adjective("noir", "noire", "noirs", "noires", "black"),
    Adjective("blanc", "blanche", "blancs", "blanches", "white"),
    Adjective("rouge", "rouge", "rouges", "rouges", "red"),
    Adjective("rapide", "rapide", "rapides", "rapides", "quick"),
    Adjective("brun", "brune", "bruns", "brunes", "brown"),
    Adjective("petit", "petite", "petits", "petites", "small", before=True),
    Adjective("grand", "grande", "grands", "grandes", "big", before=True),
    Adjective("jeune", "jeune", "jeunes", "jeunes", "young", before=True),
    Adjective("vieux", "vieille", "vieux", "vieilles", "old", before=True, elided="vieil"),
    Adjective("beau", "belle", "beaux", "belles", "beautiful", before=True, elided="bel"),
)
ALONE = (  # French for one and for many, English for one, for many, and after "do not"
    ("dort", "dorment", "sleeps", "sleep"),
    ("court", "courent", "runs", "run"),
    ("chante", "chantent", "sings", "sing"),
)
WITH_OBJECT = (
    ("voit", "voient", "sees", "see"),
    ("aime", "aiment", "likes", "like"),
    ("cherche", "cherchent", "seeks", "seek"),
    ("regarde", "regardent", "watches", "watch"),
)
Words = tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """A French sentence and its English. `new`: it holds a noun with an adjective never seen together."""

    french: Words
    english: Words
    new: bool


@dataclass(frozen=True)
class Phrase:
    """An article, perhaps an adjective, and a noun."""

    noun: int
    many: bool
    definite: bool
    adjective: int | None

    @property
    def new(self) -> bool:
        """True if the noun and the adjective are held out as a pair."""
        if self.adjective is None:
            return False
        return (self.noun * len(ADJECTIVES) + self.adjective * 5) % NEVER_SEEN_TOGETHER == 0

    def french(self) -> Words:
        """In French."""
        noun = NOUNS[self.noun]
        own = noun.plural if self.many else noun.singular
        adjective = None if self.adjective is None else ADJECTIVES[self.adjective]
        words: Words = (own,)
        if adjective is not None:
            form = agreeing(adjective, noun, self.many, attached=True)
            words = (form, own) if adjective.before else (own, form)
        elided = noun.vowel and words[0] == own
        if self.many:
            article = "les" if self.definite else "des" if words[0] == own else "de"
        elif not self.definite:
            article = "une" if noun.feminine else "un"
        else:
            article = "l'" if elided else "la" if noun.feminine else "le"
        return (article, *words)

    def english(self) -> Words:
        """In English."""
        noun = NOUNS[self.noun]
        words: Words = (noun.englishes if self.many else noun.english,)
        if self.adjective is not None:
            words = (ADJECTIVES[self.adjective].english, *words)
        if self.definite:
            return ("the", *words)
        return ("some", *words) if self.many else ("an" if words[0][0] in "aeio" else "a", *words)


def agreeing(adjective: Adjective, noun: Noun, many: bool, attached: bool) -> str:
    """The adjective's form for a noun; `attached`: it stands beside it, not after a verb."""
    if noun.feminine:
        return adjective.feminines if many else adjective.feminine
    if many:
        return adjective.masculines
    return adjective.elided if attached and noun.vowel and adjective.elided else adjective.masculine


def random_pair(random: np.random.Generator) -> Pair:
    """One pair, by chance."""
    kind = random.choice(["phrase", "is", "alone", "object"], p=[0.2, 0.2, 0.25, 0.35])
    subject = random_phrase(random, living=kind in ("alone", "object"))
    if kind == "phrase":
        return Pair(subject.french(), subject.english(), subject.new)
    no = random.random() < 0.3
    many = subject.many
    if kind == "is":
        said = int(random.choice(fitting(NOUNS[subject.noun])))
        form = agreeing(ADJECTIVES[said], NOUNS[subject.noun], many, attached=False)
        verb = "sont" if many else "est"
        around = (("n'", verb, "pas") if verb == "est" else ("ne", verb, "pas")) if no else (verb,)
        english = ("are" if many else "is", *(("not",) if no else ()), ADJECTIVES[said].english)
        return Pair((*subject.french(), *around, form), (*subject.english(), *english), subject.new)
    verbs = ALONE if kind == "alone" else WITH_OBJECT
    one, several, does, do = verbs[int(random.integers(len(verbs)))]
    verb = several if many else one
    french: Words = (("n'" if verb[0] == "a" else "ne"), verb, "pas") if no else (verb,)
    english = ("do" if many else "does", "not", do) if no else (do if many else does,)
    if kind == "alone":
        return Pair((*subject.french(), *french), (*subject.english(), *english), subject.new)
    other = random_phrase(random, definite=no)  # "ne voit pas une vache" would want "de"
    return Pair(
        (*subject.french(), *french, *other.french()),
        (*subject.english(), *english, *other.english()),
        subject.new or other.new,
    )


def fitting(noun: Noun) -> list[int]:
    """The adjectives that are said of a noun: people have no colour, and only what lives is young."""
    return [
        i
        for i, one in enumerate(ADJECTIVES)
        if not (one.english in COLOURS and noun.singular in PEOPLE)
        and not (one.english == "young" and noun.singular not in LIVING)
    ]


def random_phrase(random: np.random.Generator, living: bool = False, definite: bool = False) -> Phrase:
    """An article, perhaps an adjective, and a noun, by chance; of something living, if asked for."""
    noun = int(random.choice([i for i, one in enumerate(NOUNS) if not living or one.singular in LIVING]))
    adjective = int(random.choice(fitting(NOUNS[noun]))) if random.random() < 0.6 else None
    return Phrase(noun, random.random() < 0.4, definite or random.random() < 0.6, adjective)


@cache
def pairs() -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """The pairs to learn from, and those to test with, of which each holds a new combination.

    >>> training, held_out = pairs()
    >>> len(training), len(held_out), any(one.new for one in training), all(one.new for one in held_out)
    (5000, 500, False, True)
    """
    random = np.random.default_rng(0)
    known: dict[Words, Pair] = {}
    new: dict[Words, Pair] = {}
    while len(known) < TRAINING or len(new) < HELD_OUT:
        pair = random_pair(random)
        (new if pair.new else known).setdefault(pair.french, pair)
    return tuple(known.values())[:TRAINING], tuple(new.values())[:HELD_OUT]


@cache
def french_words() -> Words:
    """All French words, in order of the alphabet."""
    return tuple(sorted({word for part in pairs() for pair in part for word in pair.french}))


@cache
def english_words() -> Words:
    """All English words, the marks for start and end first."""
    return (START, END, *sorted({word for part in pairs() for pair in part for word in pair.english}))
