"""LanguageModel: which word comes next? A Transformer, an LSTM and a SimpleRNN with equally many weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from engine import Tensor, no_grad
from engine.nn import (
    LSTM,
    EmbedToken,
    GenerateToken,
    LanguageModel,
    LearnedPositions,
    SequenceRNN,
    SimpleRNN,
    Transformer,
)
from engine.nn.sequence_model import SequenceModel
from engine.ops.attend import shares_behind
from lessons.models.model import Batch, Example, Goal, Model, Settings, batches_of_equal_length, words_of
from lessons.models.record import Array, Figures
from lessons.verses import LONGEST, numbered, sentences, vocabulary

PROMPTS = ("the quick brown", "and god said", "the children of", "the cat sat on the")
LIKELIEST = 8  # words that a moment shows
DISCOUNT = 0.75  # of the bigram baseline: taken off each count, and shared out


def language_model(size: int, sequence_model: SequenceModel, random: np.random.Generator) -> LanguageModel:
    """Words of the vocabulary in, words out. E also scores, so it starts small: nothing is certain yet."""
    embed = EmbedToken(vocabulary(), size, random)
    embed.E.data = 0.1 * embed.E.data
    return LanguageModel(embed, sequence_model)


def transformer(seed: int) -> LanguageModel:
    """Two blocks of four heads, which look back only, on 32 features."""
    random = np.random.default_rng(seed)
    positions = LearnedPositions(LONGEST, 32, random)
    positions.P.data = 0.1 * positions.P.data
    stack = Transformer(32, 4, 2, 96, positions, norm_first=True, is_causal=True, seed=random)
    return language_model(32, stack, random)


def lstm(seed: int) -> LanguageModel:
    """One LSTM of 44 features."""
    random = np.random.default_rng(seed)
    return language_model(44, SequenceRNN(LSTM(44, 44, forget_bias=1.0, seed=random)), random)


def simple_rnn(seed: int) -> LanguageModel:
    """One SimpleRNN of 59 features."""
    random = np.random.default_rng(seed)
    return language_model(59, SequenceRNN(SimpleRNN(59, 59, seed=random)), random)


def batch(settings: Settings, step: int) -> Batch:
    """Some sentences of equal length: (N, L)."""
    known = numbered(False)
    own = batches_of_equal_length(lengths(), settings.batch, settings.seed, step)
    return (np.stack([known[i] for i in own]),)


@cache
def lengths() -> tuple[int, ...]:
    """Of the sentences to learn from."""
    return tuple(map(len, numbered(False)))


def loss(network: LanguageModel, tokens: Any) -> Tensor:
    """How surprising each word is after those before it: the mean of −log p."""
    return network.loss(tokens)


def perplexity(network: LanguageModel) -> float:
    """On the held-out sentences: among how many equally likely words it chooses, so to speak."""
    known = numbered(True)
    total, count = 0.0, 0
    with no_grad():
        for length in sorted(set(map(len, known))):
            tokens = np.stack([one for one in known if len(one) == length])
            total += network.loss(tokens).item() * len(tokens) * (length - 1)
            count += len(tokens) * (length - 1)
    return float(np.exp(total / count))


def figures(network: LanguageModel) -> Figures:
    """The perplexity on held-out chapters, of every word but the first of a sentence."""
    return {"held-out perplexity": perplexity(network)}


def next_words(
    network: LanguageModel, text: str | Sequence[str], temperature: float = 1.0
) -> dict[str, float]:
    """How probable each word is after the text, the likeliest first.

    Raises ValueError if there is no word, one is unknown, or they are more than 23.
    """
    read = GenerateToken(network.embed, temperature)
    with no_grad():
        p = read(network.collapse(network.sequence_model(network.embed(known_words(text))))).numpy()
    return {vocabulary()[i]: float(p[i]) for i in np.argsort(-p, kind="stable")}


def known_words(text: str | Sequence[str]) -> list[str]:
    """The words of a text, with room for one more."""
    return words_of(text, vocabulary(), LONGEST - 1)


def generated(
    network: LanguageModel,
    text: str | Sequence[str],
    seed: int = 0,
    temperature: float = 1.0,
    top_k: int | None = None,
    greedy: bool = False,
) -> Iterator[str]:
    """One word after the other, each chosen after all those before it, up to a full stop."""
    words = known_words(text)
    generate = GenerateToken(network.embed, temperature, top_k, greedy, seed)
    while len(words) < LONGEST:
        with no_grad():
            x = network.collapse(network.sequence_model(network.embed(words)))
        words.append(vocabulary()[int(generate.choose(x))])
        yield words[-1]
        if words[-1] == ".":
            return


def attention(network: LanguageModel, text: str | Sequence[str]) -> list[Array]:
    """By which shares each word looks at those before it, one array (heads, L, L) a block; none of an RNN."""
    read = network(known_words(text))
    return [shares[0] for shares in shares_behind(read)]


def shown(network: LanguageModel) -> dict[str, Any]:
    """For some beginnings the likeliest words, and how the likeliest sentence goes on; one attention map."""
    likely = {}
    for prompt in PROMPTS:
        words = list(next_words(network, prompt).items())[:LIKELIEST]
        likely[prompt] = dict(words)
    return {
        "next": likely,
        "greedy": {prompt: " ".join(generated(network, prompt, greedy=True)) for prompt in PROMPTS},
        "attention": [shares.tolist() for shares in attention(network, PROMPTS[-1])],
    }


def bigram_perplexity() -> float:
    """Of the best simple model of pairs: interpolated Kneser-Ney.

    What follows a word is counted; each count gives up a part, which is shared out among all words by how
    many different words they follow.
    Source: Kneser and Ney, Improved backing-off for m-gram language modeling, 1995.
    """
    training, held_out = sentences()
    pairs = Counter(pair for sentence in training for pair in pairwise(sentence))
    follows: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    predecessors: Counter[str] = Counter()
    for (first, second), count in pairs.items():
        follows[first] += count
        kinds[first] += 1
        predecessors[second] += 1
    total, count = 0.0, 0
    for sentence in held_out:
        for first, second in pairwise(sentence):
            p = (predecessors[second] + 0.1) / (len(pairs) + 0.1 * len(vocabulary()))
            if follows[first]:
                own = max(pairs[first, second] - DISCOUNT, 0.0)
                p = (own + DISCOUNT * kinds[first] * p) / follows[first]
            total -= np.log(p)
            count += 1
    return float(np.exp(total / count))


def baselines() -> Figures:
    """Any word alike, and the best model of pairs."""
    return {
        "uniform, held-out perplexity": float(len(vocabulary())),
        "bigram, held-out perplexity": bigram_perplexity(),
    }


def examples() -> tuple[Example, ...]:
    """A few short sentences, ours first."""
    ours = ("the quick brown fox jumps over the lazy dog .", "the cat sat on the mat .")
    theirs = [" ".join(one) for one in sentences()[1] if len(one) <= 8][:18]
    return tuple(Example(text, (text.split(),)) for text in (*ours, *theirs))


def model(name: str, title: str, about: str, build: Any, settings: Settings, most: float) -> Model:
    """One of the three."""
    return Model(
        name=name,
        title=title,
        about=about,
        settings=settings,
        goal=Goal("held-out perplexity", "at most", most),
        build=build,
        batch=partial(batch, settings),
        loss=loss,
        figures=figures,
        shown=shown,
        examples=examples,
        baselines=baselines,
    )


MODELS = (
    model(
        "language-transformer",
        "LanguageModel of a Transformer",
        "Two TransformerBlocks look back at all words before, and say which comes next.",
        transformer,
        Settings(steps=4000, batch=64, learning_rate=0.008, warmup=200),
        28.0,
    ),
    model(
        "language-lstm",
        "LanguageModel of an LSTM",
        "An LSTM reads word by word, and says which comes next.",
        lstm,
        Settings(steps=4000, batch=64, learning_rate=0.008, warmup=200, moments=6),
        30.0,
    ),
    model(
        "language-rnn",
        "LanguageModel of a SimpleRNN",
        "A SimpleRNN reads word by word, and says which comes next.",
        simple_rnn,
        Settings(steps=4000, batch=64, learning_rate=0.006, warmup=200, moments=6),
        30.0,
    ),
)
