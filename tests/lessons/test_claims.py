"""Every number that a lesson's text claims, beyond the plain ones, is what the engine computes.

A claim is the piece of text, the number in it, and how to compute that number. The text must be there,
and the computed number, rounded as on screen, must be the number in it.
"""

from typing import Any

import numpy as np
import pytest

from engine import Tensor
from engine.nn import AvgPool
from lessons.data import held_out_error, penguins
from lessons.lesson import Part
from lessons.lesson_12_max_pool import OVERTAKEN, probability, sharing
from lessons.models.model_digits import MODELS, held_out_digits
from lessons.run import run_part
from tests.lessons.cases import Reading, gradient, nudged, part_of, stepped, texts, value

Claim = tuple[str, str, Reading]


def first_after(*w: float) -> Reading:
    """The loss of lesson 6's two examples at these weights."""
    return value("loss", w=list(w))


def slope(answer: float) -> float:
    """The slope of the logistic function where it answers this."""
    return answer * (1 - answer)


def sent_by(step: int) -> Reading:
    """The term for U from a step of lesson 14: upstream times the slope times the state before."""

    def term(part: Part) -> float:
        state, before = value("h", step - 1, 0)(part), value("h", step - 2, 0)(part)
        return gradient(f"h{step}", 0)(part) * (1 - state**2) * before

    return term


def bend(name: str) -> Reading:
    """The slope of tanh where it gives this value."""
    return lambda part: 1 - value(name)(part) ** 2


def accuracy_with_means() -> float:
    """The share of unseen digits that the digit network reads right when its pooling takes the mean."""
    network: Any = MODELS[0].load()
    pictures, labels = held_out_digits()
    found = AvgPool(2)(network.conv(Tensor(pictures)).relu())
    return float(np.mean(network.classify(found.flatten(-3)).numpy().argmax(-1) == labels))


CLAIMS: dict[tuple[str, int], list[Claim]] = {
    ("boxes", 1): [
        ("**d** is $2 \\times 1 = 2$", "2", value("d")),
        ("The output is $2 + 6 = 8$", "8", value("out")),
        ("**out** grows by 0.03", "0.03", nudged("b", 0.01)),
        ("**b** has gradient 3", "3", gradient("b")),
        ("all three gradients: 2, 3 and 2", "2", gradient("a")),
        ("**b** is 2, so **c** gets 2", "2", gradient("c")),
        ("the gradient of **b** is 0", "0", gradient("b", experiment=True)),
        ("**b** itself is still 2", "2", value("b", experiment=True)),
    ],
    ("blocks", 1): [
        ("**out** grows by 0.02", "0.02", nudged("a", 0.01)),
        ("then by 0.03", "0.03", nudged("b", 0.01)),
        ("**a** gets 2, the value of **b**", "2", gradient("a")),
        ("**b** gets 3, the value of **a**", "3", gradient("b")),
        ("**b** gets −1", "-1", gradient("b", block="a - b")),
        ("$1/b = 0.5$", "0.5", gradient("a", block="a / b")),
        ("$-a/b^2 = -0.75$", "-0.75", gradient("b", block="a / b")),
        ("The larger input gets 1", "1", gradient("a", block="max(a, b)")),
        ("the other gets 0", "0", gradient("b", block="max(a, b)")),
        ("**out** falls by about 0.01", "-0.00995", nudged("b", 0.01, block="a / b", a=4.0)),
        ("**out** is still 5", "5", value("out", block="max(a, b)", a=3.01, b=5.0)),
        ("Each gets 0.5", "0.5", gradient("a", experiment=True)),
        ("Each gets 0.5", "0.5", gradient("b", experiment=True)),
    ],
    ("blocks", 2): [
        ("**out** grows by 0.0601", "0.0601", nudged("a", 0.01)),
        ("6.01 times", "6.01", lambda part: nudged("a", 0.01)(part) / 0.01),
        ("now 6.001 times", "1", lambda part: 1000 * (nudged("a", 0.001)(part) / 0.001 - 6)),
        ("The gradient is 6", "6", gradient("a")),
        ("The gradient is 2 now", "2", gradient("a", a=1.0)),
        ("Its value is 20.1", "20.1", value("out", block="exp")),
        ("and so is its gradient", "20.1", gradient("a", block="exp")),
        ("$1/a = 0.333$", "0.333", gradient("a", block="log")),
        ("At 3 its gradient was 0.333", "0.333", gradient("a", block="log")),
        ("It is 10", "10", gradient("a", experiment=True)),
        ("**out** moves by 0.0953", "0.0953", nudged("a", 0.01, block="log", a=0.1)),
    ],
    ("blocks", 3): [
        ("**out** is 0.881", "0.881", value("out")),
        ("$0.881 \\times 0.119 = 0.105$", "0.105", gradient("a")),
        ("The gradient is 0.25", "0.25", gradient("a", a=0.0)),
        ("At 6 it is 0.00247", "0.00247", gradient("a", a=6.0)),
        ("here 0.0707", "0.0707", gradient("a", block="tanh")),
        ("At 0 it is 1", "1", gradient("a", block="tanh", a=0.0)),
        ("At 2 the gradient is 1", "1", gradient("a", block="relu")),
        ("At −1 it is 0", "0", gradient("a", block="relu", a=-1.0)),
        ("It is 0. At the bend", "0", gradient("a", experiment=True)),
    ],
    ("chain", 1): [
        ("**out** is 16", "16", value("out")),
        ("**out** grows by 0.322", "0.322", nudged("a", 0.01)),
        ("$2 \\times 4 = 8$", "8", gradient("b")),
        ("$4 \\times 8 = 32$", "32", gradient("a")),
        ("**b** is 9", "9", value("b", a=3.0)),
        ("**b** and **a** get 0", "0", gradient("b", experiment=True)),
        ("**b** and **a** get 0", "0", gradient("a", experiment=True)),
    ],
    ("chain", 2): [
        ("**out** is 0.881", "0.881", value("out")),
        ("$-1/x^2 = -0.776$", "-0.776", gradient("below")),
        ("**power** has −0.776", "-0.776", gradient("power")),
        ("its own value, 0.135", "0.135", value("power")),
        ("$-0.776 \\times 0.135 = -0.105$", "-0.105", gradient("minus")),
        ("**a** gets 0.105", "0.105", gradient("a")),
        ("About 0.000006", "6.14e-06", gradient("a", experiment=True)),
        ("The value of **power** is that small", "6.14e-06", value("power", experiment=True)),
        ("Multiplied they give 0.25", "0.25", gradient("a", a=0.0)),
    ],
    ("passes", 1): [
        ("Here it is 5", "5", value("s")),
        ("**out** is 25", "25", value("out")),
        ("$1 \\times 2 \\times 5 = 10$", "10", gradient("s")),
        ("**x1** gets all 10", "10", gradient("x1")),
        ("**x2** gets 10 as well", "10", gradient("x2")),
        ("2, 20, 20, 20", "2", gradient("out", experiment=True)),
        ("2, 20, 20, 20", "20", gradient("s", experiment=True)),
        ("2, 20, 20, 20", "20", gradient("x1", experiment=True)),
    ],
    ("fan-out", 1): [
        ("**out** is 12", "12", value("out")),
        ("**out** grows by 0.0701", "0.0701", nudged("a", 0.01)),
        ("$1 + 3 + 3 = 7$", "7", gradient("a")),
        ("3, the last term to arrive", "3", gradient("a", experiment=True)),
    ],
    ("fan-out", 2): [
        ("**out** is $4 + 6 = 10$", "10", value("out")),
        ("**out** grows by about 0.14", "0.14", nudged("a", 0.01)),
        ("**h** has $3 + 4 = 7$", "7", gradient("h")),
        ("**a** gets $7 \\times 2 = 14$", "14", gradient("a")),
        ("Nothing: **h** gets 3", "0", gradient("a", experiment=True)),
    ],
    ("regression", 1): [
        ("$3 \\times 1 + 1 \\times 2 = 5$", "5", value("score")),
        ("the prediction is 3 too high", "3", value("residual")),
        ("Its square, 9", "9", value("loss")),
        ("$1 \\times 2 \\times 3 = 6$", "6", gradient("residual")),
        ("and the first gets 6", "6", gradient("w", 0)),
        ("$6 \\times 2 = 12$", "12", gradient("w", 1)),
        ("**w** becomes 2.4 and −0.2", "2.4", stepped("w", 0)),
        ("**w** becomes 2.4 and −0.2", "-0.2", stepped("w", 1)),
        ("the score is 2", "2", value("score", w=[2.4, -0.2])),
        ("The score is 11", "11", value("score", phi=[3.0, 2.0])),
        ("the step leaves it at 1", "1", stepped("w", 1, experiment=True)),
        ("its gradient is 0", "0", gradient("w", 1, experiment=True)),
    ],
    ("regression", 2): [
        ("Both are 1", "1", value("predictions", 0)),
        ("Both are 1", "1", value("predictions", 1)),
        ("the second is 2 too low", "-2", value("residuals", 1)),
        ("the loss is 5", "5", value("loss")),
        ("each residual: 2 and −4", "-4", gradient("residuals", 1)),
        ("2 \\times 2 + (-1) \\times (-4) = 8$", "8", gradient("w", 1)),
        ("three gradients, 2, 8 and −4", "2", gradient("w", 0)),
        ("three gradients, 2, 8 and −4", "-4", gradient("w", 2)),
        ("leads to 0.8, −0.8 and 1.4", "0.8", stepped("w", 0)),
        ("leads to 0.8, −0.8 and 1.4", "-0.8", stepped("w", 1)),
        ("leads to 0.8, −0.8 and 1.4", "1.4", stepped("w", 2)),
        ("The loss is 1.28 instead of 5", "1.28", first_after(0.8, -0.8, 1.4)),
        ("the predictions are 1 and 2", "1", value("predictions", 0, experiment=True)),
        ("the predictions are 1 and 2", "2", value("predictions", 1, experiment=True)),
    ],
    ("regression", 3): [
        ("The loss is 1.28", "1.28", value("loss")),
        ("All three weights get −1.6", "-1.6", gradient("w", 0)),
        ("All three weights get −1.6", "-1.6", gradient("w", 2)),
        ("leads to 0.96, −0.64 and 1.56", "0.96", stepped("w", 0)),
        ("leads to 0.96, −0.64 and 1.56", "-0.64", stepped("w", 1)),
        ("leads to 0.96, −0.64 and 1.56", "1.56", stepped("w", 2)),
        ("the loss is 0.742", "0.742", first_after(0.96, -0.64, 1.56)),
        ("The gradient is 0.4, 6.4 and −5.6", "0.4", gradient("w", 0, experiment=True)),
        ("The gradient is 0.4, 6.4 and −5.6", "6.4", gradient("w", 1, experiment=True)),
        ("The gradient is 0.4, 6.4 and −5.6", "-5.6", gradient("w", 2, experiment=True)),
        ("leads to 0.76, −1.44 and 1.96", "0.76", stepped("w", 0, experiment=True)),
        ("leads to 0.76, −1.44 and 1.96", "-1.44", stepped("w", 1, experiment=True)),
        ("leads to 0.76, −1.44 and 1.96", "1.96", stepped("w", 2, experiment=True)),
        ("the loss is 4.65", "4.65", first_after(0.76, -1.44, 1.96)),
    ],
    ("regression", 4): [
        ("Penguin 0 is a Gentoo of 5.4 kg", "5.4", value("y")),
        ("is 5.4 kg too low", "-5.4", value("residual")),
        ("$5.4^2 = 29.2$", "29.2", value("loss")),
        ("$2 \\times (-5.4) = -10.8$", "-10.8", gradient("residual")),
        ("flipper is long (0.941)", "0.941", value("x", 2)),
        ("not deep (−1.34)", "-1.34", value("x", 1)),
        ("becomes 0.0508", "0.0508", stepped("w", 2)),
        ("flipper is short (−0.52)", "-0.52", value("x", 2, example=1)),
        ("the gradient is 3.69", "3.69", gradient("w", 2, example=1)),
        ("which weighs 3.55 kg", "3.55", value("y", example=1)),
        ("−2320, against −157", "-2.32e+03", gradient("w", 2, experiment=True)),
        ("−2320, against −157", "-157", gradient("w", 1, experiment=True)),
        ("215 against 14.5", "215", value("x", 2, experiment=True)),
        ("215 against 14.5", "14.5", value("x", 1, experiment=True)),
        ("sets its weight to 11.6", "11.6", stepped("w", 2, experiment=True)),
    ],
    ("hinge", 1): [
        ("$2 \\times 2 + (-1) \\times 0 = 4$", "4", value("score")),
        ("$4 \\times (-1) = -4$", "-4", value("margin")),
        ("$1 - (-4) = 5$", "5", value("lack")),
        ("What is missing is the loss: 5", "5", value("loss")),
        ("lets its gradient pass: 1", "1", gradient("lack")),
        ("the margin gets −1", "-1", gradient("margin")),
        ("$-1 \\times (-1) = 1$", "1", gradient("score")),
        ("times its feature: 2 and 0", "2", gradient("w", 0)),
        ("times its feature: 2 and 0", "0", gradient("w", 1)),
        ("**w** becomes 1 and −1", "1", stepped("w", 0)),
        ("**w** becomes 1 and −1", "-1", stepped("w", 1)),
        ("The score is 2 and the margin −2", "2", value("score", w=[1.0, -1.0])),
        ("The score is 2 and the margin −2", "-2", value("margin", w=[1.0, -1.0])),
        ("the loss is 3 instead of 5", "3", value("loss", w=[1.0, -1.0])),
        ("The score is 0.5, so the sign is right", "0.5", value("score", w=[0.25, -1.0], y=1.0)),
        ("The margin is 0.5, and 0.5 is missing", "0.5", value("lack", w=[0.25, -1.0], y=1.0)),
        ("The score is −1 and the margin too, so 2 is missing", "-1", value("score", phi=[1.0, 3.0], y=1.0)),
        ("The score is −1 and the margin too, so 2 is missing", "2", value("lack", phi=[1.0, 3.0], y=1.0)),
        ("The margin is 4 now", "4", value("margin", y=1.0)),
        ("so **lack** is −3", "-3", value("lack", y=1.0)),
        ("**lack** is −3, the loss is 0", "-3", value("lack", experiment=True)),
        ("the loss is 0, and every gradient is 0", "0", value("loss", experiment=True)),
        ("the loss is 0, and every gradient is 0", "0", gradient("w", 0, experiment=True)),
        ("the score is 3 more than the label", "3", lambda part: value("score", y=1.0)(part) - 1),
    ],
    ("hinge", 2): [
        ("−1.34, and its flipper", "-1.34", value("phi", 0)),
        ("its flipper is longer, 0.941", "0.941", value("phi", 1)),
        ("so the score is 0", "0", value("score")),
        ("The loss is 1", "1", value("loss")),
        ("the score gets −1", "-1", gradient("score")),
        ("$-1 \\times 0.941 = -0.941$", "-0.941", gradient("w", 1)),
        ("weight becomes 0.0471, the bill's −0.067", "0.0471", stepped("w", 1)),
        ("weight becomes 0.0471, the bill's −0.067", "-0.067", stepped("w", 0)),
        ("Its margin is 2.1, so", "2.1", value("margin", example=1, w=[-1.0, 1.0])),
        ("so **loss** is 0", "0", value("loss", example=1, w=[-1.0, 1.0])),
        ("No gradient comes back from it", "0", gradient("w", 0, example=1, w=[-1.0, 1.0])),
        ("has score 2.28 and label 1", "2.28", value("score", experiment=True)),
        ("the loss is 1.64", "1.64", value("loss", experiment=True)),
        ("the score gets 2.56", "2.56", gradient("score", experiment=True)),
        ("The hinge leaves them alone", "0", gradient("score", w=[-1.0, 1.0])),
    ],
    ("two-layers", 1): [
        ("$-1 + 1 - 3 = -3$", "-3", value("z", 0)),
        ("$-1 - 1 + 3 = 1$", "1", value("z", 1)),
        ("0.0474 is nearly a no", "0.0474", value("h", 0)),
        ("0.731 rather a yes", "0.731", value("h", 1)),
        ("$1 \\times 0.0474 + 1 \\times 0.731 = 0.778$", "0.778", value("score")),
        ("The score is 0.222 too low", "-0.222", value("residual")),
        ("the squared loss is 0.0491", "0.0491", value("loss")),
        ("$2 \\times (-0.222) = -0.443$", "-0.443", gradient("score")),
        ("$-0.443 \\times 0.731 = -0.324$", "-0.324", gradient("w", 1)),
        ("This −0.443 is how", "-0.443", gradient("h", 0)),
        ("0.0452 for the first unit", "0.0452", lambda part: slope(value("h", 0)(part))),
        ("0.197 for the second", "0.197", lambda part: slope(value("h", 1)(part))),
        ("$-0.443 \\times 0.197 = -0.0871$", "-0.0871", gradient("z", 1)),
        ("it gets −0.02", "-0.02", gradient("z", 0)),
        ("−0.0871, −0.0871 and −0.261", "-0.0871", gradient("V", 1, 0)),
        ("−0.0871, −0.0871 and −0.261", "-0.261", gradient("V", 1, 2)),
        ("becomes −0.974, −0.974 and 1.08", "-0.974", stepped("V", 1, 0)),
        ("becomes −0.974, −0.974 and 1.08", "1.08", stepped("V", 1, 2)),
        ("Both units get −1 and answer 0.269", "0.269", value("h", 0, phi=[1.0, 2.0, 2.0], y=0.0)),
        ("two weak noes of 0.269", "0.269", value("h", 1, phi=[1.0, 2.0, 2.0])),
        ("more than 0.5", "0.538", value("score", phi=[1.0, 2.0, 2.0])),
        ("The score is 0.538", "0.538", value("residual", phi=[1.0, 2.0, 2.0], y=0.0)),
        ("The score is 2.24", "2.24", value("score", w=[1.0, 3.0])),
        ("Upstream is 2.48", "2.48", gradient("score", w=[1.0, 3.0])),
        ("$2.48 \\times 3 = 7.44$", "7.44", gradient("h", 1, w=[1.0, 3.0])),
        ("The second unit answers 0.993", "0.993", value("h", 1, experiment=True)),
        ("the slope is 0.00665", "0.00665", lambda part: slope(value("h", 1, experiment=True)(part))),
        ("the score gets 1.99", "1.99", gradient("score", experiment=True, y=0.0)),
        ("only 0.0132", "0.0132", gradient("z", 1, experiment=True, y=0.0)),
        ("it would get 0.306", "0.306", gradient("z", 1, y=0.0)),
    ],
    ("feed-forward", 1): [
        ("$1 \\times 1 + 2 \\times (-1) = -1$", "-1", value("product", 0)),
        ("$1 \\times 2 + 2 \\times 1 = 4$", "4", value("product", 1)),
        ("**z** is −1 and 3", "-1", value("z", 0)),
        ("**z** is −1 and 3", "3", value("z", 1)),
        ("The second unit puts out 3", "3", value("h", 1)),
        ("Each of them gets the gradient 1", "1", gradient("h", 0)),
        ("so 0 passes", "0", gradient("z", 0)),
        ("so 1 passes", "1", gradient("z", 1)),
        ("the biases get 0 and 1", "1", gradient("b", 1)),
        ("$0 \\times 1 + 1 \\times 2 = 2$", "2", gradient("x", 0)),
        ("column gets 0 and 0", "0", gradient("W", 1, 0)),
        ("the open one's 1 and 2", "1", gradient("W", 0, 1)),
        ("the open one's 1 and 2", "2", gradient("W", 1, 1)),
        ("**z** is 2 and 6", "2", value("z", 0, x=[3.0, 1.0])),
        ("**z** is 2 and 6", "6", value("z", 1, x=[3.0, 1.0])),
        ("**z** is −6 and −1", "-6", value("z", 0, experiment=True)),
        ("**z** is −6 and −1", "-1", value("z", 1, experiment=True)),
        ("outputs and gradients are 0", "0", value("total", experiment=True)),
        ("outputs and gradients are 0", "0", gradient("b", 0, experiment=True)),
    ],
    ("feed-forward", 2): [
        ("**h** is 0 and 3, as before", "0", value("h", 0)),
        ("**h** is 0 and 3, as before", "3", value("h", 1)),
        ("here **z** is −1 and 3", "-1", value("FeedForward/z", 0)),
        ("here **z** is −1 and 3", "3", value("FeedForward/z", 1)),
        ("and gives 2 and 0", "2", value("out", 0)),
        ("and gives 2 and 0", "0", value("out", 1)),
        ("**h** gets 2 and 1", "2", gradient("h", 0)),
        ("**h** gets 2 and 1", "1", gradient("h", 1)),
        ("$1 \\times 2 = 2$", "2", gradient("x", 0)),
        ("$1 \\times 1 + 1 \\times (-1) = 0$", "0", gradient("h", 1, b2=[-1.0, 4.0])),
        ("**h** is −1 and 3, **out** is 0 and −4", "-1", value("h", 0, experiment=True)),
        ("**h** is −1 and 3, **out** is 0 and −4", "0", value("out", 0, experiment=True)),
        ("**h** is −1 and 3, **out** is 0 and −4", "-4", value("out", 1, experiment=True)),
    ],
    ("feed-forward", 3): [
        ("**z** is −1 and 4", "-1", value("z", 0)),
        ("**z** is −1 and 4", "4", value("z", 1)),
        ("makes 2 and −5 of it", "2", value("two", 0)),
        ("makes 2 and −5 of it", "-5", value("two", 1)),
        ("$1 \\times 2 + 2 \\times 1 = 4$", "4", value("W", 0, 0)),
        ("gives 2 and −5 too", "2", value("one", 0)),
        ("gives 2 and −5 too", "-5", value("one", 1)),
        ("The **gap** is 0", "0", value("gap", 0)),
        ("now the gap is 2 and 1", "2", value("gap", 0, bend="ReLU")),
        ("now the gap is 2 and 1", "1", value("gap", 1, bend="ReLU")),
        ("Then **z** is 2 and 7", "2", value("z", 0, bend="ReLU", x=[3.0, 1.0])),
        ("Then **z** is 2 and 7", "7", value("z", 1, bend="ReLU", x=[3.0, 1.0])),
    ],
    ("depth", 1): [
        ("$0.5^5 = 0.0312$", "0.0312", value("x5")),
        ("a millionth: 9.54e−7", "9.54e-07", value("x20")),
        ("$0.5^5 = 0.03125$", "0.0312", gradient("x15")),
        ("has eaten 97 %", "96.9", lambda part: 100 * (1 - gradient("x15")(part))),
        ("by the same again: 9.77e−4", "0.000977", gradient("x10")),
        ("9.77e−4, 3.05e−5, and at the start 9.54e−7", "3.05e-05", gradient("x5")),
        ("9.77e−4, 3.05e−5, and at the start 9.54e−7", "9.54e-07", gradient("x")),
        ("$20 \\times 0.5^{19} = 3.81 \\times 10^{-5}$", "3.81e-05", gradient("w")),
        ("and 1 arrives at **x**", "1", gradient("x", w=1.0)),
        ("$0.8^5 = 0.328$", "0.328", gradient("x15", w=0.8)),
        ("$2^{10} = 1024$", "1.02e+03", gradient("x10", w=2.0)),
        ("1.05e7, ten million", "1.05e+07", gradient("w", experiment=True)),
        ("At 0.5 it was 3.81e−5", "3.81e-05", gradient("w")),
        (
            "275 thousand million",
            "275",
            lambda part: gradient("w", experiment=True)(part) / gradient("w")(part) / 1e9,
        ),
    ],
    ("depth", 2): [
        ("Six layers leave 0.0141", "0.0141", value("x6")),
        ("hardly to be felt: 5.38e−8", "5.38e-08", value("x24")),
        ("$0.5^6 = 0.0156$", "0.0156", gradient("x18")),
        ("**x** gets 4.37e−8", "4.37e-08", gradient("x")),
        ("**x** gets 1.24e−22", "1.24e-22", gradient("x", bend="logistic")),
        ("all of the gradient arrives", "1", gradient("x", bend="ReLU", w=1.0)),
        ("one factor of 0 silences", "0", gradient("x", bend="ReLU", w=1.0, x=-2.0)),
        ("$0.9^6 = 0.531$", "0.531", gradient("x18", bend="ReLU", w=0.9)),
        ("do to the 4.37e−8", "4.37e-08", gradient("x")),
        ("**x** gets 2.58", "2.58", gradient("x", experiment=True)),
    ],
    ("conv", 1): [
        ("2 \\times (-1) = -2$", "-2", value("y", 0)),
        ("$1 \\times 1 + 2 \\times 0 + (-1) \\times (-1) = 2$", "2", value("y", 1)),
        ("**y** is −2, 1, 1", "-2", value("y", 0, stride=2)),
        ("**y** is −2, 1, 1", "1", value("y", 1, stride=2)),
        ("**y** is −2, 1, 1", "1", value("y", 2, stride=2)),
        ("so each gets 1", "1", gradient("y", 4)),
        ("1, 0, −1, in every row", "-1", gradient("windows", 3, 2)),
        ("$0 + 1 + 2 - 1 + 1 = 3$", "3", gradient("w", 0)),
        ("The first lies in one: 1", "1", gradient("x", 0)),
        ("$-1 + 0 + 1 = 0$", "0", gradient("x", 2)),
        ("$7 \\times 5 = 35$", "5", lambda part: len(run_part(part).value("windows"))),
        ("15: **copies** has a row", "15", lambda part: run_part(part, {}, True).gradient("copies").size),
        ("the sum of the rows: 3, 0 and −1", "0", gradient("w", 1, experiment=True)),
        ("the sum of the rows: 3, 0 and −1", "-1", gradient("w", 2, experiment=True)),
    ],
    ("conv", 2): [
        ("Added up it is −32", "-32", value("answer")),
        ("where the weights are 0: 10", "10", value("answer", column=1)),
        ("$32 - 1 = 31$", "31", value("answer", column=2)),
        ("right stroke: −26", "-26", value("answer", column=3)),
        ("it finds −1, hardly", "-1", value("answer", experiment=True)),
        ("there it finds 35", "35", value("answer", experiment=True, row=1, column=3)),
        ("the first filter −17", "-17", value("answer", row=1, column=3)),
    ],
    ("conv", 3): [
        ("stand −32, 10, 31 and −26", "-32", value("features", 0, 2, 0)),
        ("stand −32, 10, 31 and −26", "-26", value("features", 0, 2, 3)),
        ("17 places have a right edge", "17", lambda part: (run_part(part).value("found") > 0).sum()),
        ("10 and 31 get 1", "1", gradient("features", 0, 2, 1)),
        ("gets 148, 176 and 152", "148", gradient("w", 0, 0)),
        ("gets 148, 176 and 152", "176", gradient("w", 1, 0)),
        ("gets 148, 176 and 152", "152", gradient("w", 2, 0)),
        ("39, 22 and 34", "39", gradient("w", 0, 2)),
        ("39, 22 and 34", "22", gradient("w", 1, 2)),
        ("39, 22 and 34", "34", gradient("w", 2, 2)),
        ("now it is −13, −32, 10, 31", "-13", value("features", 0, 2, 0, experiment=True)),
        ("now it is −13, −32, 10, 31", "31", value("features", 0, 2, 3, experiment=True)),
    ],
    ("max-pool", 1): [
        ("its largest: 6, 8 and 3", "6", value("y", 0, 0)),
        ("its largest: 6, 8 and 3", "8", value("y", 0, 1)),
        ("its largest: 6, 8 and 3", "3", value("y", 1, 0)),
        ("4 is the largest", "4", value("y", 1, 1)),
        ("Four of the sixteen cells", "4", lambda part: np.count_nonzero(run_part(part).gradient("x"))),
        ("The 6 beside it has won", "1", gradient("x", 1, 1)),
        ("and now it gets the 1", "1", gradient("x", 1, 0, x=OVERTAKEN)),
        ("there are nine", "9", lambda part: run_part(part, {"stride": 1}).value("y").size),
        ("it gets 2", "2", gradient("x", 1, 3, stride=1)),
        ("at the top right of its window, gets 1", "1", gradient("x", 0, 1, experiment=True)),
        ("the other sixes 0", "0", gradient("x", 1, 0, experiment=True)),
        ("the other sixes 0", "0", gradient("x", 1, 1, experiment=True)),
    ],
    ("max-pool", 2): [
        ("gets 98.6 %", "98.6", lambda part: 100 * MODELS[0].record.figures["held-out accuracy"]),
        ("350 of the 512", "350", lambda part: (run_part(part).value("found") > 0).sum()),
        ("350 of the 512", "512", lambda part: run_part(part).value("found").size),
        ("128 are left", "128", lambda part: run_part(part).value("strongest").size),
        ("that of the 1: 3.27", "3.27", value("scores", 1)),
        ("with 0.929", "0.929", value("scores", 8)),
        ("0.911 for a 1", "0.911", lambda part: probability(run_part(part), 1)),
        ("0.0876 for an 8", "0.0876", lambda part: probability(run_part(part), 8)),
        ("$-\\log 0.911 = 0.0935$", "0.0935", value("loss")),
        ("$0.911 - 1 = -0.0893$", "-0.0893", gradient("scores", 1)),
        ("All 128 numbers", "128", lambda part: np.count_nonzero(run_part(part).gradient("strongest"))),
        ("128 get one", "128", lambda part: sharing(run_part(part))),
        ("113 are left", "113", lambda part: np.count_nonzero(run_part(part).gradient("maps"))),
        ("All 512: each window", "512", lambda part: sharing(run_part(part, {}, True))),
        ("with a loss of 0.019", "0.019", value("loss", experiment=True)),
        ("it reads 89.7 % right now", "89.7", lambda part: 100 * accuracy_with_means()),
    ],
    ("sequence-rnn", 1): [
        ("tanh makes 0.762 of it", "0.762", value("h1")),
        ("$\\tanh(0.5 \\times 0.762) = 0.363$", "0.363", value("h2")),
        ("$\\tanh(0.5 \\times 0.363) = 0.18$", "0.18", value("h3")),
        ("$1 - 0.18^2 = 0.968$", "0.968", bend("h3")),
        ("$0.968 \\times 0.363 = 0.352$", "0.352", gradient("copies", 2, experiment=True)),
        ("$0.968 \\times 0.5 = 0.484$", "0.484", gradient("h2")),
        ("$0.484 \\times 0.868 \\times 0.762 = 0.32$", "0.32", gradient("copies", 1, experiment=True)),
        ("Here 0.868 is its slope", "0.868", bend("h2")),
        ("or 0.671 for short", "0.671", gradient("u")),
        ("its term is 0", "0", gradient("copies", 0, experiment=True)),
        ("**x3** gets 0.968", "0.968", gradient("x3")),
        ("**x2** gets 0.42, **x1**", "0.42", gradient("x2")),
        ("only 0.0882", "0.0882", gradient("x1")),
        ("$0.868 \\times 0.762 = 0.661$", "0.661", gradient("u", x1=0.0, x2=1.0)),
        ("and **u** still gets their sum, 0.671", "0.671", gradient("u", experiment=True)),
    ],
    ("sequence-rnn", 2): [
        ("and then 0.0896", "0.0896", value("h", 3, 0)),
        ("$0.992 \\times 0.18 = 0.178$", "0.178", sent_by(4)),
        ("Step 3 adds its term, 0.174", "0.174", sent_by(3)),
        ("**U** has 0.353 now", "0.353", lambda part: sent_by(4)(part) + sent_by(3)(part)),
        ("Step 2 makes it 0.511", "0.511", gradient("U", 0, 0)),
        ("$1 - 0.0896^2 = 0.992$", "0.992", gradient("x", 3, 0)),
        ("One step earlier it is 0.48, then 0.208", "0.48", gradient("x", 2, 0)),
        ("One step earlier it is 0.48, then 0.208", "0.208", gradient("x", 1, 0)),
        ("gets 0.0437", "0.0437", gradient("x", 0, 0)),
        ("6.66e−7, in place of", "6.66e-07", gradient("x", 0, 0, experiment=True)),
        ("in place of 0.0437", "0.0437", gradient("x", 0, 0)),
    ],
    ("lstm", 1): [
        ("makes 0.881 of 2", "0.881", value("i")),
        ("The forget gate is 0.731", "0.731", value("f")),
        ("Here it is 0.462", "0.462", value("g")),
        ("$0.731 \\times 2 = 1.46$", "1.46", value("kept")),
        ("$0.881 \\times 0.462 = 0.407$", "0.407", value("new")),
        ("$1.46 + 0.407 = 1.87$", "1.87", value("c1")),
        ("The output gate is 0.5", "0.5", value("o")),
        ("$\\tanh(1.87) = 0.954$", "0.954", value("shown")),
        ("**h1** is 0.477", "0.477", value("h1")),
        ("**c1** gets 0.0454", "0.0454", gradient("c1")),
        ("**kept** gets all of it", "0.0454", gradient("kept")),
        ("$0.0454 \\times 2 = 0.0908$", "0.0908", gradient("f")),
        ("$0.0454 \\times 0.731 = 0.0332$", "0.0332", gradient("c0")),
        ("the forget gate is 0.993", "0.993", value("f", zf=5.0)),
        ("$0.993 \\times 2 + 0.407 = 2.39$", "2.39", value("c1", zf=5.0)),
        ("$0.0454 \\times 0.881 = 0.04$", "0.04", gradient("g")),
        ("**f** is 0.00669", "0.00669", value("f", experiment=True)),
        ("**c1** is 0.42:", "0.42", value("c1", experiment=True)),
        ("**c0** gets a gradient of 0.00282", "0.00282", gradient("c0", experiment=True)),
    ],
    ("lstm", 2): [
        ("0.874 of the memory is left", "0.874", value("c20", 0)),
        ("$\\sigma(5) = 0.993$", "0.993", gradient("c19", 0)),
        ("**c0** gets 0.874", "0.874", gradient("c0", 0)),
        ("$0.731^{20} = 0.0019$", "0.0019", gradient("c0", 0, bf=[1.0])),
        ("The gate is 0.731", "0.731", gradient("c19", 0, bf=[1.0])),
        ("$0.731 \\times 0.731 = 0.534$", "0.534", gradient("c18", 0, bf=[1.0])),
        ("$\\sigma(0) = 0.5$", "0.5", gradient("c19", 0, bf=[0.0])),
        ("9.54e−7 of both", "9.54e-07", value("last", experiment=True)),
        ("9.54e−7 of both", "9.54e-07", gradient("c0", 0, experiment=True)),
    ],
}


@pytest.mark.parametrize(
    ("where", "text", "number", "reading"),
    [(where, *claim) for where, claims in CLAIMS.items() for claim in claims],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_the_text_claims_what_the_engine_computes(
    where: tuple[str, int], text: str, number: str, reading: Reading
) -> None:
    part = part_of(*where)
    assert any(text in one for one in texts(part)), "the text is not there (any more)"
    found = reading(part)
    assert f"{found if number != '0' or abs(found) > 1e-12 else 0.0:.3g}" == number


def test_the_first_penguin_is_the_one_that_the_lesson_describes() -> None:
    assert penguins().labels[0] == "Gentoo, Biscoe, 5.40 kg"
    assert penguins().labels[1] == "Adelie, Dream, 3.55 kg"


def test_the_step_in_lesson_6_meets_its_one_example() -> None:
    assert abs(value("loss", w=[2.4, -0.2])(part_of("regression", 1))) < 1e-12


def test_no_earlier_lesson_answers_what_a_held_out_penguin_weighs() -> None:
    assert held_out_error(np.zeros(3), 0.0) > 3000
