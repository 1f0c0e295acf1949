"""Language models: better than pairs of words, and sampling follows the probabilities."""

import math
from collections import Counter
from itertools import islice, pairwise

import numpy as np
import pytest

from lessons.models import find_model
from lessons.models.model_language_model import (
    DISCOUNT,
    attention,
    bigram_perplexity,
    generated,
    next_words,
)
from lessons.verses import sentences, vocabulary

TRANSFORMER, LSTM, RNN = (find_model(f"language-{kind}") for kind in ("transformer", "lstm", "rnn"))
PERPLEXITY = "held-out perplexity"


def test_the_quick_brown_is_followed_by_fox() -> None:
    network = TRANSFORMER.load()
    assert next(iter(next_words(network, "the quick brown"))) == "fox"
    assert next_words(network, "the quick brown")["fox"] > 0.8
    assert list(generated(network, "the quick brown", greedy=True))[:3] == ["fox", "jumps", "over"]


def test_the_transformer_beats_pairs_of_words_clearly() -> None:
    bigram = TRANSFORMER.record.baselines["bigram, held-out perplexity"]
    assert TRANSFORMER.record.figures[PERPLEXITY] < 0.8 * bigram
    assert bigram < 0.1 * TRANSFORMER.record.baselines["uniform, held-out perplexity"]


def test_all_three_have_about_as_many_weights() -> None:
    sizes = [model.record.parameters for model in (TRANSFORMER, LSTM, RNN)]
    assert max(sizes) / min(sizes) < 1.03


def test_the_bigram_probabilities_add_up_to_one() -> None:
    """The formula of the baseline, written once more and summed over all words after "and"."""
    pairs = Counter(pair for sentence in sentences()[0] for pair in pairwise(sentence))
    after = {second: count for (first, second), count in pairs.items() if first == "and"}
    predecessors = Counter(second for _, second in pairs)
    total = 0.0
    for word in vocabulary():
        lower = (predecessors[word] + 0.1) / (len(pairs) + 0.1 * len(vocabulary()))
        total += (max(after.get(word, 0) - DISCOUNT, 0.0) + DISCOUNT * len(after) * lower) / sum(
            after.values()
        )
    assert total == pytest.approx(1.0)
    assert 20 < bigram_perplexity() < 60


def test_the_perplexity_is_that_of_the_words_one_by_one() -> None:
    network = TRANSFORMER.load()
    sentence = list(sentences()[1][0])
    surprise = [-math.log(next_words(network, sentence[:k])[sentence[k]]) for k in range(1, len(sentence))]
    assert np.mean(surprise) == pytest.approx(network.loss(sentence).item(), rel=1e-9)


def test_a_low_temperature_prefers_the_likely() -> None:
    network = TRANSFORMER.load()
    cold, usual, hot = (next_words(network, "and god said", temperature=t) for t in (0.5, 1.0, 2.0))
    best = next(iter(usual))
    assert cold[best] > usual[best] > hot[best]
    for p in (cold, usual, hot):
        assert sum(p.values()) == pytest.approx(1.0)
        assert list(p.values()) == sorted(p.values(), reverse=True)


def test_top_k_leaves_only_the_likeliest() -> None:
    network = TRANSFORMER.load()
    best = set(list(next_words(network, "and god said"))[:2])
    first = {next(generated(network, "and god said", seed=seed, top_k=2)) for seed in range(20)}
    assert first == best


def test_a_seed_decides_what_is_generated() -> None:
    network = TRANSFORMER.load()
    once, again, other = (" ".join(generated(network, "and the king", seed=s)) for s in (1, 1, 2))
    assert once == again != other
    assert once.endswith(" .") or len(once.split()) == 21


def test_attention_looks_back_only() -> None:
    blocks = attention(TRANSFORMER.load(), "the cat sat on the")
    assert len(blocks) == 2
    for shares in blocks:
        assert shares.shape == (4, 5, 5)
        np.testing.assert_allclose(shares.sum(-1), 1.0)
        assert np.all(np.triu(shares, 1) == 0)
    assert attention(LSTM.load(), "the cat sat on the") == []


@pytest.mark.parametrize("text", ["", " ".join(["and"] * 24)])
def test_too_few_and_too_many_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"words came; give at least 1 and at most 23$"):
        next_words(TRANSFORMER.load(), text)


def test_an_unknown_word_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"^'computer' is none of the 535 words that were learned; nearest are "
    ):
        next(islice(generated(TRANSFORMER.load(), "the computer"), 1))
