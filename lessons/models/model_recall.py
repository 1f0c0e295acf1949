"""RNNs against Transformers: which word came first? The farther back it is, the harder it is to remember."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from engine import Tensor, no_grad
from engine.nn import (
    LSTM,
    EmbedToken,
    LanguageModel,
    LearnedPositions,
    SequenceRNN,
    SimpleRNN,
    Transformer,
)
from engine.nn.sequence_model import SequenceModel
from lessons.models.model import Batch, Example, Goal, Model, Settings
from lessons.models.record import Figures

WORDS = ("red", "blue", "green", "black", "white", "brown", "gold", "grey")
DISTANCES = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 80, 99)  # from the first word to the last
LONGEST = 100  # words
TESTED = 200  # sequences of each length
HELD_OUT = 1_000_000  # seeds of sequences that no training draws


def recall_model(size: int, sequence_model: SequenceModel, random: np.random.Generator) -> LanguageModel:
    """The words in, the first of them out: what is said comes from the last vector alone."""
    embed = EmbedToken(WORDS, size, random)
    return LanguageModel(embed, sequence_model)


def transformer(seed: int) -> LanguageModel:
    """One block of one head, on 16 features."""
    random = np.random.default_rng(seed)
    positions = LearnedPositions(LONGEST, 16, random)
    return recall_model(16, Transformer(16, 1, 1, 16, positions, seed=random), random)


def lstm(seed: int) -> LanguageModel:
    """An LSTM of 20 features, which remembers at first: its forget gates start at 0.95."""
    random = np.random.default_rng(seed)
    return recall_model(20, SequenceRNN(LSTM(20, 20, forget_bias=3.0, seed=random)), random)


def simple_rnn(seed: int) -> LanguageModel:
    """A SimpleRNN of 39 features."""
    random = np.random.default_rng(seed)
    return recall_model(39, SequenceRNN(SimpleRNN(39, 39, seed=random)), random)


def sequences(seed: int, count: int, length: int) -> Any:
    """Words by chance, as numbers: (count, length)."""
    return np.random.default_rng([seed, length]).integers(0, len(WORDS), (count, length))


def batch(settings: Settings, step: int) -> Batch:
    """Sequences of one length, 2 to 100 words, by chance."""
    length = int(np.random.default_rng([settings.seed, step]).integers(2, LONGEST + 1))
    return (sequences(step, settings.batch, length),)


def loss(network: LanguageModel, tokens: Any) -> Tensor:
    """How surprising the first word is, once all are read: the mean of −log p."""
    known = network.embed.numbers(tokens)
    x = network.embed(known)
    read = network.sequence_model(x)
    vector = network.collapse(read)
    first = Tensor(np.asarray(known.data)[..., 0], name="first")
    return network.generate.loss(vector, first)


def accuracy_at(network: LanguageModel, distance: int) -> float:
    """How often the first word is told right, this far from the last."""
    tokens = sequences(HELD_OUT, TESTED, distance + 1)
    with no_grad():
        p = network(tokens).numpy()
    return float(np.mean(p.argmax(-1) == tokens[:, 0]))


def gradient_at(network: LanguageModel, distance: int) -> float:
    """How strongly the right word's score depends on the first vector: the mean length of that gradient."""
    tokens = sequences(HELD_OUT, TESTED, distance + 1)
    with no_grad():
        x = network.embed(tokens).data
    x = Tensor(x)
    scores = network.generate.scores(network.collapse(network.sequence_model(x)))
    right = np.zeros(scores.shape)
    right[np.arange(TESTED), tokens[:, 0]] = 1.0
    scores.backward(right)
    network.zero_grad()  # it is shared
    return float(np.mean(np.linalg.norm(x.grad[:, 0], axis=-1)))


def figures(network: LanguageModel) -> Figures:
    """The share of first words that are told right: over all distances, and over the farthest."""
    by_distance = [accuracy_at(network, distance) for distance in DISTANCES]
    return {
        "held-out accuracy": float(np.mean(by_distance)),
        f"held-out accuracy at distance {DISTANCES[-1]}": by_distance[-1],
    }


def shown(network: LanguageModel) -> dict[str, Any]:
    """Accuracy and gradient by distance."""
    return {
        "distance": list(DISTANCES),
        "accuracy": [accuracy_at(network, distance) for distance in DISTANCES],
        "gradient": [gradient_at(network, distance) for distance in DISTANCES],
    }


def chance() -> Figures:
    """Any of the words alike."""
    return {"chance, held-out accuracy": 1.0 / len(WORDS)}


def examples() -> tuple[Example, ...]:
    """Sequences of growing length."""
    found = [[WORDS[i] for i in sequences(HELD_OUT, 1, length)[0]] for length in (3, 4, 6, 8, 12, 20)]
    return tuple(Example(" ".join(words), (words,)) for words in found)


def model(name: str, title: str, about: str, build: Any, settings: Settings, least: float) -> Model:
    """One of the three."""
    return Model(
        name=name,
        title=title,
        about=about,
        settings=settings,
        goal=Goal("held-out accuracy", "at least", least),
        build=build,
        batch=partial(batch, settings),
        loss=loss,
        figures=figures,
        shown=shown,
        examples=examples,
        baselines=chance,
    )


SETTINGS = Settings(steps=3000, batch=64, learning_rate=0.005)
MODELS = (
    model(
        "recall-transformer",
        "The first word, by a Transformer",
        "Attention looks straight at the first word, however far back it is.",
        transformer,
        SETTINGS,
        0.98,
    ),
    model(
        "recall-lstm",
        "The first word, by an LSTM",
        "An LSTM carries the first word along in its memory.",
        lstm,
        SETTINGS,
        0.98,
    ),
    model(
        "recall-rnn",
        "The first word, by a SimpleRNN",
        "A SimpleRNN has to keep the first word in a state that every step mixes anew.",
        simple_rnn,
        SETTINGS,
        0.25,
    ),
)
