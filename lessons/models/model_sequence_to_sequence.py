"""SequenceToSequence: French to English, with attention and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from engine import Tensor, no_grad
from engine.nn import LSTM, GenerateToken, SequenceToSequence
from engine.ops.attend import shares_behind
from lessons.french import END, START, Pair, english_words, french_words, pairs
from lessons.models.model import Batch, Example, Goal, Model, Settings, batches_of_equal_length, words_of
from lessons.models.record import Array, Figures

LONGEST = 14  # words of a sentence or a translation
EXAMPLES = ("la maison bleue", "le vieil homme aime la petite fille", "les chats noirs ne dorment pas")


@dataclass(frozen=True)
class Translation:
    """English words, and how much each of them looked at each French word: (English + 1, French).

    The last row is of the end mark. Without attention there are no rows: `attention` is None.
    """

    words: tuple[str, ...]
    attention: Array | None


def build(kind: str, size: int, seed: int) -> SequenceToSequence:
    """Two LSTMs: `kind` is "with_attention" or "recurrent"."""
    make = getattr(SequenceToSequence, kind)
    network: SequenceToSequence = make(french_words(), english_words(), size, LSTM, seed=seed)
    for embed in (network.embed_source, network.embed_target):
        embed.E.data = 0.3 * embed.E.data  # E also scores: with smaller scores nothing is certain at first
    network.generate = GenerateToken(network.embed_target, greedy=True)
    return network


@cache
def numbered(held_out: bool) -> tuple[tuple[Array, Array], ...]:
    """Each pair as numbers of words; the English with its marks around it."""
    source = {word: i for i, word in enumerate(french_words())}
    target = {word: i for i, word in enumerate(english_words())}
    return tuple(
        (
            np.array([source[word] for word in pair.french]),
            np.array([target[word] for word in (START, *pair.english, END)]),
        )
        for pair in pairs()[held_out]
    )


def batch(settings: Settings, step: int) -> Batch:
    """Some pairs of equal lengths: French (N, L) and English (N, M)."""
    known = numbered(False)
    lengths = tuple((len(source), len(target)) for source, target in known)
    own = batches_of_equal_length(lengths, settings.batch, settings.seed, step)
    return np.stack([known[i][0] for i in own]), np.stack([known[i][1] for i in own])


def loss(network: SequenceToSequence, source: Any, target: Any) -> Tensor:
    """How surprising each English word is after those before it: the mean of −log p."""
    return network.loss(source, target)


def translate(network: SequenceToSequence, sentence: str | Sequence[str]) -> Translation:
    """The English of a French sentence, the likeliest word each time.

    Raises ValueError if there is no word, one is not in the little grammar, or they are too many.
    """
    words = words_of(sentence, french_words(), LONGEST)
    end = english_words().index(END)
    written = network.written(words, english_words().index(START), end, LONGEST)
    english = tuple(english_words()[i] for i in written)
    read = network(words, [START, *english])
    shares = shares_behind(read)
    return Translation(english, shares[-1][0, 0] if shares else None)


def translated(network: SequenceToSequence, sources: Array) -> Array:
    """The translations of many sentences of equal length at once: (N, L) -> (N, LONGEST), numbers."""
    known = np.full((len(sources), 1), english_words().index(START))
    with no_grad():
        memory = network.encoder.remember(network.embed_source(sources))
        for _ in range(LONGEST):
            vectors = network.decoder(memory, network.embed_target(known))
            known = np.concatenate([known, network.generate.choose(vectors[:, -1])[:, None]], axis=1)
    return known[:, 1:]


def exact(network: SequenceToSequence, wanted: Sequence[tuple[Array, Array]]) -> float:
    """The share of sentences that are translated without a single mistake."""
    right = 0
    for length in sorted({len(source) for source, _ in wanted}):
        own = [(source, target) for source, target in wanted if len(source) == length]
        found = translated(network, np.stack([source for source, _ in own]))
        right += sum(
            np.array_equal(guess[: len(target) - 1], target[1:])
            for guess, (_, target) in zip(found, own, strict=True)
        )
    return right / len(wanted)


def figures(network: SequenceToSequence) -> Figures:
    """On held-out sentences, each with a combination that training never saw: the share that is exact."""
    return {
        "held-out exact": exact(network, numbered(True)),
        "training exact": exact(network, numbered(False)[:500]),
    }


def shown(network: SequenceToSequence) -> dict[str, Any]:
    """Some sentences, their translations and what each word looked at."""
    translations = {sentence: translate(network, sentence) for sentence in EXAMPLES}
    return {
        "translations": {sentence: " ".join(found.words) for sentence, found in translations.items()},
        "attention": {
            sentence: found.attention.tolist()
            for sentence, found in translations.items()
            if found.attention is not None
        },
    }


def word_by_word() -> Figures:
    """What a dictionary reaches: for each French word the English one that goes with it most."""
    training, held_out = pairs()
    together: dict[str, dict[str, int]] = {}
    often: dict[str, int] = {}
    for pair in training:
        for word in set(pair.english):
            often[word] = often.get(word, 0) + 1
        for word in set(pair.french):
            for other in set(pair.english):
                counts = together.setdefault(word, {})
                counts[other] = counts.get(other, 0) + 1
    best = {
        word: max(counts, key=lambda other: counts[other] / often[other] ** 0.5)
        for word, counts in together.items()
    }
    right = [tuple(best[word] for word in pair.french) == pair.english for pair in held_out]
    return {"word by word, held-out exact": sum(right) / len(right)}


def examples() -> tuple[Example, ...]:
    """Held-out sentences, "la maison bleue" first."""

    def example(pair: Pair) -> Example:
        return Example(" ".join(pair.french), (list(pair.french), [START, *pair.english, END]))

    first = Pair(("la", "maison", "bleue"), ("the", "blue", "house"), new=True)
    return (example(first), *(example(pair) for pair in pairs()[1][:20] if pair.french != first.french))


def model(name: str, title: str, about: str, kind: str, size: int, settings: Settings, goal: Goal) -> Model:
    """One of the two."""
    return Model(
        name=name,
        title=title,
        about=about,
        settings=settings,
        goal=goal,
        build=partial(build, kind, size),
        batch=partial(batch, settings),
        loss=loss,
        figures=figures,
        shown=shown,
        examples=examples,
        baselines=word_by_word,
    )


MODELS = (
    model(
        "french-attention",
        "French to English, with attention",
        "Two LSTMs; the one that writes looks back at every word that the other has read.",
        "with_attention",
        24,
        Settings(steps=2500, batch=64, learning_rate=0.01),
        Goal("held-out exact", "at least", 0.95),
    ),
    model(
        "french-plain",
        "French to English, without attention",
        "Two LSTMs; all that the second knows of the sentence is the last state of the first.",
        "recurrent",
        27,
        Settings(steps=2500, batch=64, learning_rate=0.01),
        Goal("held-out exact", "at least", 0.6),
    ),
)
