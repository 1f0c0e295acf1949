"""BERT: 24 blocks learn, words alone would not do, and residuals and norm are why."""

import numpy as np
import pytest

from lessons.models import find_model
from lessons.models.model_bert import (
    GUESSES,
    MASK_NUMBER,
    SENTENCES,
    guesses,
    masked,
    numbered,
    scales,
    who_acts,
)

DEEP, SHALLOW = find_model("bert-24"), find_model("bert-4")
NO_RESIDUALS, NO_NORM, BARE = (find_model(f"bert-24-{name}") for name in ("no-residuals", "no-norm", "bare"))


def scale(name: str, model: str, moment: int) -> list[float]:
    found: list[float] = find_model(model).moments[moment].shown["scales"][name]
    assert len(found) == 24
    return found


def test_the_order_of_words_tells_who_acts() -> None:
    active, passive = (who_acts(DEEP.load(), text) for text in SENTENCES)
    assert active["animal"] > 0.9
    assert passive["person"] > 0.9


@pytest.mark.parametrize("model", [DEEP, SHALLOW])
def test_it_tells_more_than_a_bag_of_words(model) -> None:
    bag = model.record.baselines["bag of words, held-out kinds"]
    assert model.record.figures["held-out kinds"] > bag + 0.2


def test_the_first_vector_learns_only_after_the_reading() -> None:
    before = [moment for moment in DEEP.moments if moment.step <= 1800]
    assert all(moment.figures["held-out kinds"] < 0.65 for moment in before)
    assert before[-1].figures["held-out guesses"] > 0.5


def test_a_masked_word_is_guessed_from_what_stands_around_it() -> None:
    first = list(guesses(DEEP.load(), GUESSES[0]))[:3]
    assert set(first) == {"he", "she", "it"}
    with pytest.raises(ValueError, match="no word is masked; write <mask> in place of one"):
        guesses(DEEP.load(), "the cat sees the mouse")


def test_only_words_are_masked_and_in_each_sentence_one_at_least() -> None:
    tokens = np.stack([one for one in numbered(0, True) if len(one) == 10][:200])
    hidden_tokens, hidden = masked(tokens, np.random.default_rng(0))
    assert not hidden[:, 0].any()
    assert hidden.any(axis=1).all()
    assert 0.15 < hidden.mean() < 0.35
    np.testing.assert_array_equal(hidden_tokens == MASK_NUMBER, hidden)
    np.testing.assert_array_equal(hidden_tokens[~hidden], tokens[~hidden])


def test_the_scales_are_recorded_as_they_are() -> None:
    again = scales(DEEP.load(0))
    for name, values in again.items():
        np.testing.assert_allclose(values, scale(name, "bert-24", 0), rtol=1e-4)


def test_with_residuals_and_norm_neither_scale_moves_far() -> None:
    for moment in (0, -1):
        for name in ("activation", "gradient"):
            values = scale(name, "bert-24", moment)
            assert max(values) / min(values) < 20
