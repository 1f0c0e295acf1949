"""RNNs against Transformers: what is far away is hard to remember, and the gradient says why."""

import numpy as np
import pytest

from engine import Tensor
from lessons.models import find_model
from lessons.models.model_recall import (
    DISTANCES,
    HELD_OUT,
    WORDS,
    accuracy_at,
    gradient_at,
    sequences,
)

TRANSFORMER, LSTM, RNN = (find_model(f"recall-{kind}") for kind in ("transformer", "lstm", "rnn"))


def test_all_three_have_about_as_many_weights() -> None:
    sizes = [model.record.parameters for model in (TRANSFORMER, LSTM, RNN)]
    assert max(sizes) / min(sizes) < 1.03


def test_the_record_tells_accuracy_and_gradient_at_every_distance() -> None:
    for model in (TRANSFORMER, LSTM, RNN):
        for moment in model.moments:
            assert moment.shown["distance"] == list(DISTANCES)
            assert len(moment.shown["accuracy"]) == len(moment.shown["gradient"]) == len(DISTANCES)


def test_the_transformer_and_the_lstm_remember_at_every_distance() -> None:
    for model in (TRANSFORMER, LSTM):
        assert min(model.moments[-1].shown["accuracy"]) > 0.95


def test_the_simple_rnn_forgets() -> None:
    near, *_, far = RNN.moments[-1].shown["accuracy"]
    assert near > far + 0.3


def test_before_training_the_gradient_fades_in_the_simple_rnn() -> None:
    fall = {
        name: model.moments[0].shown["gradient"][0] / model.moments[0].shown["gradient"][-1]
        for name, model in (("transformer", TRANSFORMER), ("lstm", LSTM), ("rnn", RNN))
    }
    assert fall["transformer"] < 200  # as 1 / distance: one of a hundred that are looked at alike
    assert fall["lstm"] < 200  # its forget gates start open
    assert fall["rnn"] > 1e20


def test_training_keeps_the_gradient_alive_in_the_lstm_but_not_in_the_simple_rnn() -> None:
    assert LSTM.moments[-1].shown["gradient"][-1] > 1e-2
    assert TRANSFORMER.moments[-1].shown["gradient"][-1] > 1.0
    assert RNN.moments[-1].shown["gradient"][-1] < 1e-12


def test_the_gradient_is_the_one_that_a_nudge_finds() -> None:
    """The mean length over the sequences, by differences along each feature of the first vector."""
    network = TRANSFORMER.load()
    distance = 5
    tokens = sequences(HELD_OUT, 200, distance + 1)
    x = network.embed(tokens).numpy()

    def right(vectors: np.ndarray) -> np.ndarray:
        read = network.collapse(network.sequence_model(Tensor(vectors)))
        return network.generate.scores(read).numpy()[np.arange(200), tokens[:, 0]]

    slopes = []
    for feature in range(x.shape[-1]):
        up, down = x.copy(), x.copy()
        up[:, 0, feature] += 1e-5
        down[:, 0, feature] -= 1e-5
        slopes.append((right(up) - right(down)) / 2e-5)
    length = np.sqrt(np.sum(np.square(slopes), axis=0)).mean()
    assert gradient_at(network, distance) == pytest.approx(length, rel=1e-5)


def test_held_out_sequences_are_of_the_right_length_and_all_words_occur() -> None:
    tokens = sequences(HELD_OUT, 200, 10)
    assert tokens.shape == (200, 10)
    assert set(tokens.ravel()) == set(range(len(WORDS)))
    assert accuracy_at(TRANSFORMER.load(), 9) > 0.95
