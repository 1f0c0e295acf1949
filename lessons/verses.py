"""Simple sentences of the King James Bible, and a few of our own: what the language models learn from.

`assets/data/kjv.txt` holds the excerpt, a sentence a line and an empty line between chapters. It was made
by `python -m lessons.verses TEXT`, where TEXT is what Debian's `bible-kjv` prints for `gen1:1-rev22:21`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache

import numpy as np

from lessons.data import FOLDER

VOCABULARY = 500  # a sentence is taken if all its words are among the commonest of the Bible
SHORTEST, LONGEST = 5, 24  # words of a sentence, commas and the full stop among them
EVERY = 10  # every tenth chapter is held out
REPEATED = 5  # times that our own few sentences stand among the others
SPACED = {",": ",", ":": ":", ";": ":", ".": ".", "?": ".", "!": ".", "(": ",", ")": ",", "": "."}
Sentence = tuple[str, ...]


def excerpt(verses: Iterable[str], vocabulary: int = VOCABULARY) -> list[list[Sentence]]:
    """The simple sentences of each chapter. `verses`: the lines of the printed text.

    A verse is cut at its marks; what lies between two marks is taken if all its words are common, and
    neighbours that are both taken stay together. Semicolons become colons, and every end a full stop.

    >>> excerpt(["Genesis 1", "  1 And it was so: and God", "saw that it was good; behold."], vocabulary=8)
    [[('and', 'it', 'was', 'so', ':', 'and', 'god', 'saw', 'that', 'it', 'was', 'good', '.')]]
    """
    chapters: list[list[str]] = []
    for line in verses:
        verse = re.match(r"\s+\d+ (.*)", line)
        if verse:
            chapters[-1].append(verse[1].lower())
        elif re.fullmatch(r"\s*(?:\d )?[A-Z][A-Za-z ]* \d+\s*", line):
            chapters.append([])
        elif line.strip():
            chapters[-1][-1] += " " + line.strip().lower()
    counts = Counter(word for chapter in chapters for verse in chapter for word in words_of(verse))
    common = {word for word, _ in counts.most_common(vocabulary)}
    return [[one for verse in chapter for one in simple(verse, common)] for chapter in chapters]


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without marks."""
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text)


def simple(verse: str, common: set[str]) -> list[Sentence]:
    """The parts of a verse that are made of common words alone."""
    found: list[list[str]] = [[]]
    for part, mark in re.findall(r"([^,.;:?!()]+)([,.;:?!()]?)", verse):
        words = words_of(part)
        if not words:
            continue
        if common.issuperset(words) and len(found[-1]) + len(words) < LONGEST:
            found[-1] += [*words, SPACED[mark]]
        else:
            found.append([])
        if SPACED[mark] == ".":
            found.append([])
    return [(*words[:-1], ".") for words in found if len(words) >= SHORTEST]


@cache
def sentences() -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """The sentences to learn from, ours among them, and those of the held-out chapters.

    A held-out sentence that stands word for word in another chapter too is left out.

    >>> training, held_out = sentences()
    >>> " ".join(training[0])
    'and god said , let there be light : and there was light .'
    """
    text = (FOLDER / "kjv.txt").read_text(encoding="utf-8")
    chapters = [[tuple(line.split()) for line in part.splitlines()] for part in text.split("\n\n")]
    own = [tuple(line.split()) for line in (FOLDER / "phrases.txt").read_text("utf-8").splitlines()]
    training = [one for i, chapter in enumerate(chapters) if i % EVERY != EVERY - 1 for one in chapter]
    known = set(training)
    held_out = [one for chapter in chapters[EVERY - 1 :: EVERY] for one in chapter if one not in known]
    return (*training, *(own * REPEATED)), tuple(held_out)


@cache
def vocabulary() -> tuple[str, ...]:
    """All words, the commonest first."""
    counts = Counter(word for sentence in sentences()[0] for word in sentence)
    return tuple(sorted(counts, key=lambda word: (-counts[word], word)))


@cache
def numbered(held_out: bool) -> tuple[np.ndarray, ...]:
    """Each sentence as the numbers of its words."""
    number = {word: i for i, word in enumerate(vocabulary())}
    return tuple(np.array([number[word] for word in one]) for one in sentences()[held_out])


def main(path: str) -> None:
    """Write the excerpt of a printed Bible."""
    with open(path, encoding="utf-8") as file:
        chapters = excerpt(file)
    text = "\n\n".join("\n".join(map(" ".join, chapter)) for chapter in chapters if chapter)
    (FOLDER / "kjv.txt").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
