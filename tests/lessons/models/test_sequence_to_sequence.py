"""Translation: right where the grammar is certain, and the attention map shows the crossing."""

import numpy as np
import pytest

from lessons.french import pairs
from lessons.models import find_model
from lessons.models.model_sequence_to_sequence import translate

ATTENTION = find_model("french-attention")
PLAIN = find_model("french-plain")


def test_the_blue_house() -> None:
    assert translate(ATTENTION.load(), "la maison bleue").words == ("the", "blue", "house")


def test_the_attention_map_shows_the_crossing() -> None:
    shares = translate(ATTENTION.load(), "la maison bleue").attention
    assert shares is not None
    assert shares.shape == (4, 3)  # the blue house <end>, la maison bleue
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-9)
    assert shares[1].argmax() == 2, "blue looks at bleue"
    assert shares[2].argmax() == 1, "house looks at maison"


def test_without_attention_there_is_no_map() -> None:
    assert translate(PLAIN.load(), "la maison bleue").attention is None


def test_sentence_by_sentence_and_many_at_once_are_the_same() -> None:
    sentences = pairs()[1][:40]
    right = [translate(ATTENTION.load(), pair.french).words == pair.english for pair in sentences]
    assert np.mean(right) >= 0.95


def test_attention_translates_more_with_as_many_weights() -> None:
    with_it, without = ATTENTION.record, PLAIN.record
    assert with_it.parameters == pytest.approx(without.parameters, rel=0.05)
    assert with_it.figures["held-out exact"] > without.figures["held-out exact"] + 0.15
    assert without.figures["training exact"] > 0.9, "it is not that it could not learn"


def test_an_unknown_word_is_named() -> None:
    with pytest.raises(ValueError, match=r"^'xylophone' is none of the 102 words that were learned; "):
        translate(ATTENTION.load(), "le xylophone")


def test_too_many_words_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^15 words came; give at least 1 and at most 14$"):
        translate(ATTENTION.load(), ["le"] * 15)
