"""BERT: 24 blocks learn, words alone would not do, and residuals and norm are why."""

import itertools

import numpy as np
import pytest

from engine import Tensor
from engine.nn import AddNorm, FeedForward
from lessons.models import find_model
from lessons.models.model import Model
from lessons.models.model_bert import (
    GUESSES,
    MASK_NUMBER,
    SENTENCES,
    Bare,
    attention,
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
def test_it_tells_more_than_a_bag_of_words(model: Model) -> None:
    bag = model.record.baselines["bag of words, held-out kinds"]
    assert model.record.figures["held-out kinds"] > bag + 0.2


def test_who_has_read_learns_more_from_the_same_few_labels() -> None:
    unread = find_model("bert-4-unread").record.figures["held-out kinds"]
    assert SHALLOW.record.figures["held-out kinds"] > unread + 0.1


def test_the_first_vector_learns_only_after_the_reading() -> None:
    before = [moment for moment in DEEP.moments if moment.step <= 1800]
    assert all(moment.figures["held-out kinds"] < 0.65 for moment in before)
    assert before[-1].figures["held-out guesses"] > 0.5


def test_a_masked_word_is_guessed_from_what_stands_around_it() -> None:
    assert guesses(DEEP.load(), GUESSES[0])["it"] > 0.9, "the dog sees, so it is the dog that is tired"
    with pytest.raises(ValueError, match="no word is masked; write <mask> in place of one"):
        guesses(DEEP.load(), "the cat sees the mouse")
    with pytest.raises(ValueError, match=r"^'ox' is none of the 49 words that were learned; nearest are fox"):
        who_acts(DEEP.load(), "the ox sees the fox")


def test_every_word_looks_at_all_words() -> None:
    blocks = attention(DEEP.load(), SENTENCES[0])
    assert len(blocks) == 24
    for shares in blocks:
        assert shares.shape == (2, 7, 7)
        np.testing.assert_allclose(shares.sum(-1), 1.0)
        assert np.all(shares > 0)


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


def test_without_residuals_the_gradient_vanishes() -> None:
    for name, moment in (("bert-24-no-residuals", -1), ("bert-24-bare", 0)):
        gradient = scale("gradient", name, moment)
        assert gradient[0] < 1e-5 * gradient[-1]


def test_without_norm_activations_and_gradients_explode() -> None:
    activation, gradient = (scale(name, "bert-24-no-norm", 0) for name in ("activation", "gradient"))
    assert activation[-1] > 500 * activation[0]
    assert gradient[0] > 1e5 * gradient[-1]


@pytest.mark.parametrize("name", ["large-start", "no-residuals", "no-norm", "bare"])
def test_what_is_there_to_fail_fails(name: str) -> None:
    model = find_model(f"bert-24-{name}")
    commonest = model.record.baselines["commonest word, held-out guesses"]
    assert model.record.figures["held-out guesses"] <= commonest + 0.01


def test_with_a_small_start_it_goes_without_norm_too() -> None:
    assert find_model("bert-24-no-norm-small-start").record.figures["held-out guesses"] > 0.5


@pytest.mark.parametrize(("residuals", "norm"), list(itertools.product([True, False], repeat=2)), ids=str)
def test_a_part_that_is_left_out_is_left_out(residuals: bool, norm: bool) -> None:
    f = FeedForward(3, 3, activation=None, seed=0)
    x = Tensor([1.0, 2.0, 4.0])
    out = Bare(AddNorm(f, 3), residuals, norm)(x).numpy()
    expected = f(x).numpy() + (x.numpy() if residuals else 0.0)
    if norm:
        expected = (expected - expected.mean()) / np.sqrt(expected.var() + 1e-5)
    np.testing.assert_allclose(out, expected, rtol=1e-12)
