"""Every number that the texts of lessons 13 and 17 claim, on tokens and on AddNorm, is a computed one."""

from typing import Any

import numpy as np

from lessons.lesson import Part
from lessons.lesson_13_embed_token import REVIEWS, SENTENCES, WORDS, learnt_words, words_in_a_plane
from lessons.lesson_17_add_norm import drift
from lessons.run import run_part
from tests.lessons.cases import Claim, Place, check_claim, every_claim, gradient, stepped, value

CLAIMS: dict[Place, list[Claim]] = {
    ("embed-token", 1): [
        ("as **tokens**, 0, 2 and 0", "2", value("tokens", 1)),
        ("$1 \\times 2 + 0 \\times (-1) = 2$", "2", value("scores", 0)),
        ("Added up the three make 5", "5", value("score")),
        ("0 \\, [1, 1] = [1, 0]$", "1", lambda part: one_hot_product(part, 0)),
        ("0 \\, [1, 1] = [1, 0]$", "0", lambda part: one_hot_product(part, 1)),
        ("Each of the three scores gets 1", "1", gradient("scores", 2)),
        ("gets the weights **w**: 2 and −1", "2", gradient("x", 0, 0)),
        ("gets the weights **w**: 2 and −1", "-1", gradient("x", 2, 1)),
        ("$2 + 2 = 4$", "4", gradient("E", 0, 0)),
        ("The row of *blue* gets 0", "0", gradient("E", 1, 0)),
        ("which sends 2", "2", gradient("x", 0, 0, sentence="the blue house")),
        ("$1 - 0.1 \\times 4 = 0.6$", "0.6", stepped("E", 0, 0)),
        ("takes *the* to 0.6 and 0.2", "0.6", stepped("E", 0, 0)),
        ("takes *the* to 0.6 and 0.2", "0.2", stepped("E", 0, 1)),
        ("*house* to 0.8 and 1.1", "0.8", stepped("E", 2, 0)),
        ("*house* to 0.8 and 1.1", "1.1", stepped("E", 2, 1)),
        ("*blue* stays where it is", "0", stepped("E", 1, 0)),
        ("*the* twice as far", "2", lambda part: farther("the", "house")),
        ("A word that does not occur stays", "0", lambda part: farther("blue", "house")),
        ("with 2 and −1 each", "2", gradient("E", 1, 0, experiment=True)),
        ("with 2 and −1 each", "-1", gradient("E", 2, 1, experiment=True)),
        ("The row of *the* gets 0", "0", gradient("E", 0, 0, experiment=True)),
    ],
    ("embed-token", 2): [
        ("$(1 + 0 + 1) / 3 = 0.667$", "0.667", value("vector", 0)),
        ("$2 \\times 0.667 - 1 \\times 0.667 = 0.667$", "0.667", value("score")),
        ("gets the weights, 2 and −1", "2", gradient("vector", 0)),
        ("gets the weights, 2 and −1", "-1", gradient("vector", 1)),
        ("a third of the gradient: 0.667 and −0.333", "0.667", gradient("x", 1, 0)),
        ("a third of the gradient: 0.667 and −0.333", "-0.333", gradient("x", 1, 1)),
        ("gradient: 2 and −1. The other words get 0", "2", gradient("x", 2, 0, how="last")),
        ("gradient: 2 and −1. The other words get 0", "-1", gradient("x", 2, 1, how="last")),
        ("The other words get 0", "0", gradient("x", 0, 0, how="last")),
        ("$2 \\times 1 - 1 \\times 0 = 2$", "2", value("score", how="first")),
        ("all of the gradient, 2 and −1. The rows", "2", gradient("E", 0, 0, how="first")),
        ("all of the gradient, 2 and −1. The rows", "-1", gradient("E", 0, 1, how="first")),
        ("*blue* and *house* get 0", "0", gradient("E", 1, 0, how="first")),
        ("*blue* and *house* get 0", "0", gradient("E", 2, 0, how="first")),
        ("stands in three good reviews", "3", lambda part: reviews_with("the", 1)),
        ("in three bad ones", "3", lambda part: reviews_with("the", -1)),
        ("$2/3 + 2/3 = 1.33$", "1.33", gradient("E", 0, 0, sentence="the house the")),
        ("0.667, as before", "0.667", value("score", experiment=True)),
    ],
    ("add-norm", 1): [
        ("The mean is 2", "2", value("mean")),
        ("Without it **x** is −1, 0 and 1", "-1", value("centred", 0)),
        ("the variance, 0.667", "0.667", value("variance")),
        ("the standard deviation, 0.817", "0.817", value("deviation")),
        ("−1.22, 0 and 1.22, with mean 0", "-1.22", value("normal", 0)),
        ("the first number gets a gradient, 1", "1", gradient("normal", 0)),
        ("$1 / 0.817 = 1.22$", "1.22", lambda part: 1 / value("deviation")(part)),
        ("**centred** has 0.612, 0 and 0.612", "0.612", gradient("centred", 0)),
        ("**centred** has 0.612, 0 and 0.612", "0", gradient("centred", 1)),
        ("pulls −1.22 towards 0", "-1.22", value("normal", 0)),
        ("The deviation gets 1.5", "1.5", gradient("deviation")),
        ("becomes −0.612, 0 and 0.612", "-0.612", lambda part: by_deviation(part, 0)),
        ("becomes −0.612, 0 and 0.612", "0", lambda part: by_deviation(part, 1)),
        ("becomes −0.612, 0 and 0.612", "0.612", lambda part: by_deviation(part, 2)),
        ("$-(0.612 + 0 + 0.612) = -1.22$", "-1.22", gradient("mean")),
        ("A third of that, −0.408", "-0.408", lambda part: gradient("mean")(part) / 3),
        ("drift from about 1 to 144", "144", lambda part: drift(0).lines[0].y[-1]),
        ("grows from 0.914 to 144", "0.914", lambda part: drift(0).lines[0].y[0]),
        ("it is 1 every time", "1", lambda part: min(drift(0).lines[1].y[1:])),
        ("it is 1 every time", "1", lambda part: max(drift(0).lines[1].y[1:])),
        ("$0.612 - 0.408 = 0.204$", "0.204", gradient("x", 0)),
        ("The three add up to 0", "0", lambda part: sum(gradient("x", k)(part) for k in range(3))),
        ("the deviation 4.08", "4.08", value("deviation", x=[5.0, 0.0, -5.0])),
        ("$5 / 4.08 = 1.22$", "1.22", value("normal", 0, x=[5.0, 0.0, -5.0])),
        ("−1.84e−5, 0 and 1.84e−5", "-1.84e-05", gradient("x", 0, experiment=True)),
        ("−1.84e−5, 0 and 1.84e−5", "0", gradient("x", 1, experiment=True)),
        ("−1.84e−5, 0 and 1.84e−5", "1.84e-05", gradient("x", 2, experiment=True)),
    ],
    ("add-norm", 2): [
        ("The box gives −1.22, 0 and 1.22", "-1.22", value("out", 0)),
        ("so it gets 1", "1", gradient("out", 0)),
        ("0.204, −0.408 and 0.204. The sum", "0.204", gradient("x", 0)),
        ("**f** gets the same", "-0.408", gradient("f", 1)),
        ("The result is 0, −1.22 and 1.22", "0", value("out", 0, f=[1.0, -1.0, 0.0])),
        ("The result is 0, −1.22 and 1.22", "-1.22", value("out", 1, f=[1.0, -1.0, 0.0])),
        ("as long as **x** without its mean", "1.41", lambda part: length(part, "f", f=[1.0, -1.0, 0.0])),
        ("as long as **x** without its mean", "1.41", lambda part: length(part, "x")),
        ("The sum is 3, 2, 1", "3", value("AddNorm/added", 0, f=[2.0, 0.0, -2.0])),
        ("$1 / 0.817 = 1.22$", "1.22", value("out", 0, f=[2.0, 0.0, -2.0])),
        ("The sum is 4, 4, 4", "4", value("AddNorm/added", 1, f=[3.0, 2.0, 1.0])),
        ("The sum is 2, 4, 6", "6", value("AddNorm/added", 2, f=[1.0, 2.0, 3.0])),
        ("Hardly: 1.16, −1.28 and 0.128", "1.16", value("out", 0, experiment=True)),
        ("Hardly: 1.16, −1.28 and 0.128", "-1.28", value("out", 1, experiment=True)),
        ("Hardly: 1.16, −1.28 and 0.128", "0.128", value("out", 2, experiment=True)),
        ("leaves about 0.7", "0.699", lambda part: float(part.charts[0].draw().lines[-1].y[4])),
    ],
    ("add-norm", 3): [
        ("The sum is 2, 0 and 3", "2", value("added", 0)),
        ("The sum is 2, 0 and 3", "0", value("added", 1)),
        ("The sum is 2, 0 and 3", "3", value("added", 2)),
        ("0.515, −0.172 and −0.344 arrive", "0.515", gradient("added", 0)),
        ("0.515, −0.172 and −0.344 arrive", "-0.172", gradient("added", 1)),
        ("0.515, −0.172 and −0.344 arrive", "-0.344", gradient("added", 2)),
        ("(1 - 1) = 0$", "0", gradient("x", 1)),
        ("The first gets twice its gradient", "2", lambda part: doubled(part, 0)),
        ("the third gets it once", "1", lambda part: doubled(part, 2)),
        ("the 1 arrives at **x** as it is", "1", gradient("out", 0, norm="before f")),
        ("all of it comes around: 0.204", "0.204", gradient("x", 0, w=[0.0, 0.0, 0.0])),
        ("(-0.172) = -0.344$", "-0.344", gradient("w", 1)),
        ("0.229, −0.115 and 0", "0.229", gradient("x", 0, experiment=True)),
        ("0.229, −0.115 and 0", "-0.115", gradient("x", 1, experiment=True)),
        ("0.229, −0.115 and 0", "0", gradient("x", 2, experiment=True)),
        ("With the sum it had −0.344", "-0.344", gradient("x", 2)),
    ],
}


def one_hot_product(part: Part, number: int) -> float:
    """A number of the product of the one-hot vector of *the* with the table."""
    table = run_part(part).value("E")
    return float((np.array([1.0, 0.0, 0.0]) @ table)[number])


def farther(word: str, other: str) -> float:
    """How many times as far as another word the chart moves this one."""
    drawn = words_in_a_plane(SENTENCES[0], 1)
    before, after = (np.transpose([points.x, points.y]) for points in drawn.points)
    way = np.linalg.norm(after - before, axis=1)
    return float(way[WORDS.index(word)] / way[WORDS.index(other)])


def reviews_with(word: str, label: int) -> float:
    """How many reviews of this label a word stands in."""
    return sum(word in review.split() for review, one in REVIEWS.items() if one == label)


def by_deviation(part: Part, number: int) -> float:
    """What reaches a number of `centred` by the deviation: all that it gets, less what comes straight."""
    straight = gradient("normal", number)(part) / value("deviation")(part)
    return gradient("centred", number)(part) - straight


def length(part: Part, name: str, **values: Any) -> float:
    """The length of a vector without its mean."""
    vector = np.asarray(run_part(part, values).value(name))
    return float(np.linalg.norm(vector - vector.mean()))


def doubled(part: Part, number: int) -> float:
    """How many times what arrives at the sum a number of x gets."""
    return gradient("x", number)(part) / gradient("added", number)(part)


def test_words_that_judge_rise_and_fall_and_the_others_stay_near_0() -> None:
    untaught, learnt = (
        dict(zip(bars.names, bars.groups[0][1], strict=True)) for bars in map(learnt_words, (0, 40))
    )
    assert max(map(abs, untaught.values())) < 0.25
    assert min(learnt["good"], learnt["great"]) > 3
    assert max(learnt["bad"], learnt["dull"]) < -3
    assert max(abs(learnt[word]) for word in ("the", "film", "is", "plot", "cast", "a")) < 0.25


@every_claim(CLAIMS)
def test_the_text_claims_what_the_engine_computes(place: Place, claim: Claim) -> None:
    check_claim(place, claim)
