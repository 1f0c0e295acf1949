"""BERT: 24 TransformerBlocks learn to guess masked words, then to say who acts; and what keeps them alive."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np

from engine import Tensor, no_grad
from engine import functional as F
from engine.nn import BERT, AddNorm, Collapse, FeedForward, GenerateToken, Module
from engine.ops.attend import shares_behind
from engine.optim import Adam
from engine.scope import Kind
from lessons.models.model import (
    Batch,
    Example,
    Goal,
    Model,
    Settings,
    batches_of_equal_length,
    fixed_input,
    words_of,
)
from lessons.models.record import Array, Figures
from lessons.who import CLS, KINDS, MASK, stories, vocabulary

SIZE, HEADS, WIDE = 16, 2, 32
LONGEST = 16  # words
LABELLED = 8  # stories in a batch of those that come with who acts: there are few of them
MASKED = 0.2  # share of the words that are masked
SCALED = 64  # stories by which the scales of activations and gradients are measured
MASK_NUMBER = vocabulary().index(MASK)


class Reader(Module):
    """BERT, and two things to do with what it has read: guess masked words, or say who acts.

    Guessing: GenerateToken at each masked place. Who acts: Collapse to the first vector, then a linear score
    for each kind.
    """

    def __init__(self, depth: int, scaled: bool, residuals: bool, norm: bool, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.bert = BERT(vocabulary(), SIZE, HEADS, depth, WIDE, LONGEST, activation="relu", seed=random)
        for block in self.bert.blocks if scaled else ():
            # As GPT-2 does: the many additions then begin at the scale of one.
            for last in (block.attention.f.W_o, block.feed_forward.f.W2):
                last.data = last.data / np.sqrt(2 * depth)
        for block in self.bert.blocks if not (residuals and norm) else ():
            block.attention = Bare(block.attention, residuals, norm)  # type: ignore[assignment]
            block.feed_forward = Bare(block.feed_forward, residuals, norm)  # type: ignore[assignment]
        self.guess = GenerateToken(self.bert.embed)
        self.collapse = Collapse("first")
        self.classify = FeedForward(SIZE, len(KINDS), activation=None, seed=random)
        self.kind = Kind(
            "Reader",
            formula=r"\text{FeedForward}(\operatorname{Collapse}(\text{BERT}(<x>)))",
            says="Read <x> with BERT, collapse what was read to the first vector, and say who acts.",
            says_backward="The gradient goes to the first vector, and from there through all blocks.",
        )

    def forward(self, tokens: Any) -> Tensor:
        """tokens (L) -> (kinds): a score for each kind of who acts."""
        return self.classify(self.collapse(self.bert(tokens)))  # type: ignore[no-any-return]


class Bare(Module):
    """An AddNorm without its residual, without its norm, or without both: what it is there for shows then."""

    def __init__(self, whole: AddNorm, residual: bool, norm: bool) -> None:
        self.f = whole.f
        self.residual = residual
        self.norm = whole.norm if norm else None
        inner = "<x> + f(<x>)" if residual else "f(<x>)"
        self.kind = Kind(
            "Norm" if norm else "Add" if residual else "bare f",
            formula=rf"\operatorname{{LayerNorm}}({inner})" if norm else inner,
            says="Apply f to <x>"
            + (" and add <x>" if residual else "")
            + (", then normalise." if norm else "."),
            says_backward="The gradient goes through f" + (" and around it." if residual else " alone."),
        )

    def forward(self, x: Tensor, *others: Any, **options: Any) -> Tensor:
        """(…, d) -> (…, d)."""
        changed = self.f(*others, x, **options)
        added = x + changed if self.residual else changed
        return added if self.norm is None else self.norm(added)  # type: ignore[no-any-return]


@cache
def numbered(part: int, with_reason: bool) -> tuple[Array, ...]:
    """The stories of a part as numbers of words, the mark for the whole in front."""
    number = {word: i for i, word in enumerate(vocabulary())}
    return tuple(
        np.array([number[word] for word in (CLS, *story.words, *(story.reason if with_reason else ()))])
        for story in stories()[part]
    )


def masked(tokens: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """The words with some of them masked, and which: (N, L) numbers, (N, L) true or false.

    In each sentence at least one is; the mark in front never.
    """
    hidden: Array = np.less(random.random(tokens.shape), MASKED)
    hidden[np.arange(len(tokens)), random.integers(1, tokens.shape[1], len(tokens))] = True
    hidden[:, 0] = False
    return np.where(hidden, MASK_NUMBER, tokens), hidden


def batch(settings: Settings, reading: int, step: int) -> Batch:
    """For `reading` steps stories with masked words; then, in turns, those and stories with who acts.

    With a `reading` of 0 there is nothing but stories with who acts.
    """
    since = step - reading
    asks = since >= 0 and (since % 2 == 0 or not reading)
    part, place = (1, since // 2 if reading else since) if asks else (0, step)
    known = numbered(part, with_reason=not asks)
    size = LABELLED if asks else settings.batch
    own = batches_of_equal_length(tuple(map(len, known)), size, settings.seed, place)
    tokens = np.stack([known[i] for i in own])
    if asks:
        return tokens, np.array([stories()[1][i].kind for i in own])
    return (*masked(tokens, np.random.default_rng([settings.seed, step])), tokens)


def loss(network: Reader, tokens: Any, answer: Any, words: Any = None) -> Tensor:
    """The mean of −log p of the right answers.

    With `words`, of the words at the masked places, which `answer` marks; else of the kinds in `answer`.
    """
    if words is None:
        scores = network(tokens)
        return F.cross_entropy(scores, fixed_input(answer, "kind"))
    vectors = network.bert(tokens)
    return guess_loss(network, vectors, answer, words)


def guess_loss(network: Reader, vectors: Tensor, hidden: Array, words: Array) -> Tensor:
    """How surprising the masked words are, by the vectors at their places."""
    places = np.flatnonzero(hidden)
    at_masks = vectors.reshape(-1, SIZE)[places]
    return network.guess.loss(at_masks, fixed_input(words.ravel()[places], "word"))


@cache
def held_out_masks() -> tuple[tuple[Array, Array, Array], ...]:
    """The stories to test with, some words masked once and for all, in groups of equal length."""
    known = numbered(2, with_reason=True)
    random = np.random.default_rng(1)
    groups = [np.stack([one for one in known if len(one) == n]) for n in sorted(set(map(len, known)))]
    return tuple((*masked(tokens, random), tokens) for tokens in groups)


def guessed(network: Reader) -> float:
    """The share of masked words that the network guesses."""
    right, count = 0, 0
    for tokens, hidden, words in held_out_masks():
        with no_grad():
            scores = network.guess.scores(network.bert(tokens)).numpy()
        right += int(np.sum((scores.argmax(-1) == words)[hidden]))
        count += int(hidden.sum())
    return right / count


def told(network: Reader) -> float:
    """The share of stories of which the network tells right who acts."""
    known = numbered(2, with_reason=False)
    kinds = np.array([story.kind for story in stories()[2]])
    right = 0
    for n in sorted(set(map(len, known))):
        own = [i for i, one in enumerate(known) if len(one) == n]
        with no_grad():
            scores = network(np.stack([known[i] for i in own])).numpy()
        right += int(np.sum(scores.argmax(-1) == kinds[own]))
    return right / len(known)


def read_words(text: str) -> list[str]:
    """The words of a text, the mark for the whole in front.

    Raises ValueError if there is no word, one is unknown, or they are too many.
    """
    return [CLS, *words_of(text, vocabulary(), LONGEST - 1)]


def who_acts(network: Reader, text: str) -> dict[str, float]:
    """How probable each kind is to act in a sentence."""
    with no_grad():
        p = F.softmax(network(read_words(text))).numpy()
    return dict(zip(KINDS, p.tolist(), strict=True))


def guesses(network: Reader, text: str) -> dict[str, float]:
    """How probable each word is at the first `<mask>` of a text, the likeliest first."""
    words = read_words(text)
    if MASK not in words:
        raise ValueError(f"no word is masked; write {MASK} in place of one")
    with no_grad():
        p = network.guess(network.bert(words)[words.index(MASK)]).numpy()
    return {vocabulary()[i]: float(p[i]) for i in np.argsort(-p, kind="stable")}


def attention(network: Reader, text: str) -> list[Array]:
    """By which shares each word looks at each, the mark in front first: an array (heads, L, L) a block."""
    return [shares[0] for shares in shares_behind(network(read_words(text)))]


def scales(network: Reader) -> dict[str, list[float]]:
    """After each block, the usual size of an activation and of the gradient of the guessing loss on it."""
    known = [one for one in numbered(0, with_reason=True) if len(one) == 10][:SCALED]
    tokens, hidden = masked(np.stack(known), np.random.default_rng(2))
    x = network.bert.positions(network.bert.embed(tokens))  # type: ignore[misc]
    passed = []
    for block in network.bert.blocks:
        x = block(x)
        passed.append(x)
    guess_loss(network, x, hidden, np.stack(known)).backward()
    network.zero_grad()  # it is shared
    return {
        "activation": [float(np.sqrt(np.mean(np.square(one.data)))) for one in passed],
        "gradient": [float(np.sqrt(np.mean(np.square(one.grad)))) for one in passed],
    }


def figures(network: Reader) -> Figures:
    """On stories that no training saw: the share of masked words guessed, and of kinds told right."""
    return {"held-out guesses": guessed(network), "held-out kinds": told(network)}


SENTENCES = ("the old dog follows the girl", "the old dog is followed by the girl")
GUESSES = ("the girl is seen by the dog because <mask> is tired", "the cat <mask> the mouse")


def shown(network: Reader) -> dict[str, Any]:
    """What is said of some sentences, and the scales of activations and gradients over the blocks."""
    return {
        "who acts": {text: who_acts(network, text) for text in SENTENCES},
        "guesses": {text: dict(list(guesses(network, text).items())[:6]) for text in GUESSES},
        "scales": scales(network),
    }


def counted(part: int) -> tuple[Array, Array]:
    """Of each story how often each word stands in it, and who acts."""
    counts = np.zeros((len(stories()[part]), len(vocabulary())))
    for row, tokens in zip(counts, numbered(part, with_reason=False), strict=True):
        np.add.at(row, tokens, 1.0)
    return counts, np.array([story.kind for story in stories()[part]])


@cache
def bag_of_words() -> float:
    """The accuracy of a linear score of how often each word occurs, whatever the order."""
    counts, kinds = counted(1)
    score = FeedForward(counts.shape[1], len(KINDS), activation=None, seed=0)
    optimizer = Adam(score.parameters(), lr=0.05, weight_decay=1e-3)
    for _ in range(200):
        optimizer.zero_grad()
        F.cross_entropy(score(fixed_input(counts, "counts")), kinds).backward()
        optimizer.step()
    seen, right = counted(2)
    return float(np.mean(score(fixed_input(seen, "counts")).numpy().argmax(-1) == right))


def baselines() -> Figures:
    """Telling who acts by the words alone; guessing every masked word as the commonest."""
    groups = held_out_masks()
    hidden = np.concatenate([words[mask] for _, mask, words in groups])
    commonest = np.bincount(np.concatenate(numbered(0, with_reason=True)))
    commonest[vocabulary().index(CLS)] = 0
    return {
        "bag of words, held-out kinds": bag_of_words(),
        "commonest word, held-out guesses": float(np.mean(hidden == commonest.argmax())),
    }


def examples() -> tuple[Example, ...]:
    """Sentences and who acts in them, one active and one passive first."""
    asked = [(text.split(), int(text == SENTENCES[0])) for text in SENTENCES]
    asked += [(list(story.words), story.kind) for story in stories()[2][:18]]
    return tuple(Example(" ".join(words), ([CLS, *words], np.asarray(kind))) for words, kind in asked)


def model(
    name: str,
    title: str,
    about: str,
    settings: Settings,
    reading: int,
    goal: Goal | None = None,
    depth: int = 24,
    scaled: bool = True,
    residuals: bool = True,
    norm: bool = True,
    live_from: int | None = None,
) -> Model:
    """One of them. `reading`: how many of its steps are spent on masked words."""
    return Model(
        name=name,
        title=title,
        about=about,
        settings=settings,
        goal=goal,
        build=partial(Reader, depth, scaled, residuals, norm),
        batch=partial(batch, settings, reading),
        loss=loss,
        figures=figures,
        shown=shown,
        examples=examples,
        baselines=baselines,
        live_from=live_from,
    )


WITHOUT = Settings(steps=400, batch=64, learning_rate=0.004, warmup=100, moments=2)
MODELS = (
    model(
        "bert-24",
        "BERT of 24 blocks",
        "24 TransformerBlocks guess masked words, and then learn to say who acts.",
        Settings(steps=2400, batch=64, learning_rate=0.004, warmup=100),
        1800,
        Goal("held-out kinds", "at least", 0.95),
        live_from=7,
    ),
    model(
        "bert-4",
        "BERT of 4 blocks",
        "The same with 4 blocks: for a task as small as this, as good, in a fifth of the time.",
        Settings(steps=2400, batch=64, learning_rate=0.004, warmup=100),
        1800,
        Goal("held-out kinds", "at least", 0.9),
        depth=4,
    ),
    model(
        "bert-4-unread",
        "BERT of 4 blocks that has read nothing",
        "The same 120 labelled sentences, without the reading before: they are too few.",
        Settings(steps=400, batch=LABELLED, learning_rate=0.004, warmup=50, moments=6),
        0,
        depth=4,
    ),
    model(
        "bert-24-large-start",
        "24 blocks, large first weights",
        "The last weights of attention and FeedForward are not made smaller at the start.",
        WITHOUT,
        WITHOUT.steps + 1,
        scaled=False,
    ),
    model(
        "bert-24-no-residuals",
        "24 blocks without residuals",
        "Each block only sees what the one before made of the words: the gradient vanishes.",
        WITHOUT,
        WITHOUT.steps + 1,
        scaled=False,
        residuals=False,
    ),
    model(
        "bert-24-no-norm",
        "24 blocks without norm",
        "Each block adds to what is there, and nothing holds it at one scale: all explodes.",
        WITHOUT,
        WITHOUT.steps + 1,
        scaled=False,
        norm=False,
    ),
    model(
        "bert-24-bare",
        "24 blocks without residuals and norm",
        "Nothing but attention and FeedForward, 24 times.",
        WITHOUT,
        WITHOUT.steps + 1,
        scaled=False,
        residuals=False,
        norm=False,
    ),
    model(
        "bert-24-no-norm-small-start",
        "24 blocks, no norm, small first weights",
        "Each block adds little at first: then it goes without norm too.",
        WITHOUT,
        WITHOUT.steps + 1,
        norm=False,
    ),
)
