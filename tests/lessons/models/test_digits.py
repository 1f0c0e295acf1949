"""Digits: the data is whole, no held-out picture is learned from, and the network reads them."""

import numpy as np
import pytest

from lessons.models import find_model
from lessons.models.model_digits import (
    HELD_OUT,
    digits,
    first_of_each,
    held_out_digits,
    nearest_mean,
    probabilities,
    training_digits,
)

MODEL = find_model("digits")


def test_all_digits_are_there_and_a_fifth_is_held_out() -> None:
    pictures, labels = digits()
    assert pictures.shape == (1797, 1, 8, 8)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (pictures.min(), pictures.max()) == (0.0, 1.0)
    assert HELD_OUT == 1797 // 5 == len(held_out_digits()[1])
    assert len(training_digits()[1]) == 1797 - HELD_OUT


def test_an_epoch_takes_training_pictures_only_and_each_once() -> None:
    training = {picture.tobytes() for picture in training_digits()[0].astype(np.float32)}
    seen = [picture.tobytes() for step in range(44) for picture in MODEL.batch(step)[0]]
    assert len(seen) == 44 * 32
    assert set(seen) <= training
    assert len(set(seen)) == len(seen)


def test_the_examples_are_read_right() -> None:
    pictures, labels = held_out_digits()
    p = probabilities(MODEL.load(), pictures[first_of_each()])
    assert p.argmax(-1).tolist() == labels[first_of_each()].tolist() == list(range(10))
    assert p.min() >= 0
    np.testing.assert_allclose(p.sum(-1), 1.0)


def test_the_record_counts_what_is_taken_for_what() -> None:
    confusion = np.array(MODEL.moments[-1].shown["confusion"])
    assert confusion.sum() == HELD_OUT
    accuracy = MODEL.record.figures["held-out accuracy"]
    assert np.trace(confusion) / HELD_OUT == pytest.approx(accuracy, abs=1e-5)


def test_the_network_reads_better_than_the_nearest_mean() -> None:
    (baseline,) = nearest_mean().values()
    assert MODEL.record.figures["held-out accuracy"] > baseline + 0.05
