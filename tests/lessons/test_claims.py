"""Every number that the texts on gradients and on learning weights claim is what the engine computes."""

from itertools import islice
from typing import Any

import numpy as np

from lessons.chart import Line
from lessons.data import held_out_error, penguins
from lessons.lesson import Part
from lessons.lesson_06_regression import many_steps
from lessons.lesson_07_hinge import over_margin
from lessons.lesson_08_two_layers import cars, train
from lessons.lesson_10_depth import BENDS, INITIAL, WIDTH, on_the_way_back, sizes
from lessons.run import run_part
from tests.lessons.cases import (
    Claim,
    Place,
    Reading,
    check_claim,
    every_claim,
    gradient,
    nudged,
    part_of,
    past,
    stepped,
    value,
)


def first_after(*w: float) -> Reading:
    """The loss of lesson 6's two examples at these weights."""
    return value("loss", w=list(w))


def slope(answer: Any) -> Any:
    """The slope of the logistic function where it answers this."""
    return answer * (1 - answer)


def grown(k: int) -> Reading:
    """The factor from bar k to the next in lesson 3's chart of a nudge on its way."""

    def factor(part: Part) -> float:
        ((_, far),) = part.charts[0].draw("0.01").groups
        return float(far[k + 1] / far[k])

    return factor


def moved(k: int) -> Reading:
    """How far the bar of this number moves in lesson 3's chart, at a nudge of 0.01."""
    return lambda part: float(part.charts[0].draw("0.01").groups[0][1][k])


def counted(k: int) -> Reading:
    """The calculations for the most inputs in lesson 4's chart: by nudging, and by two passes."""
    return lambda part: float(part.charts[0].draw().lines[k].y[-1])


def sent_to_w(layers: slice) -> Reading:
    """What these layers of lesson 10 together send to the w that all share, with the logistic bend."""

    def terms(part: Part) -> float:
        trace = run_part(part, {"bend": "logistic"})
        products = [i for i, name in enumerate(trace.names) if name.startswith("z")]
        assert len(products) == 24
        into = [trace.gradients[i] * trace.values[trace.inputs[i][1]] for i in products[layers]]
        return float(np.sum(into))

    return terms


def lowest(part: Part) -> float:
    """Where the output is lowest in lesson 5's chart of two shares."""
    out = part.charts[0].draw().lines[-1]
    return float(out.x[int(np.argmin(out.y))])


def halfway(part: Part, cell: int) -> float:
    """What lies halfway between lesson 9's outputs for opposite inputs."""
    there = [value("two", cell, bend="ReLU", x=x)(part) for x in ([1.0, 2.0], [-1.0, -2.0])]
    return sum(there) / 2


def slope_at(line: Line, x: float) -> float:
    """The slope of a chart's line at x."""
    k = int(np.searchsorted(line.x, x))
    return (line.y[k] - line.y[k - 1]) / (line.x[k] - line.x[k - 1])


FAR = [1.0, 1.0, 4.0]  # lesson 8's cars, 3 apart
STEPPED: dict[str, Any] = {
    "V": [[-0.994, 1.006, -0.982], [-0.97387, -0.97387, 1.0784]],
    "w": [1.0063, 1.09716],
}  # its weights

CLAIMS: dict[Place, list[Claim]] = {
    ("boxes", 1): [
        ("**d** is $2 \\times 1 = 2$", "2", value("d")),
        ("The output is $2 + 6 = 8$", "8", value("out")),
        ("**p** will be $2 \\times 3 = 6$", "6", value("p")),
        ("A nudge of 0.01 moves **out** by 0.03", "0.03", nudged("b", 0.01)),
        ("**b** has gradient 3", "3", gradient("b")),
        ("all three gradients: 2, 3 and 2", "2", gradient("a")),
        ("**b** is 2, so **c** gets 2", "2", gradient("c")),
        ("the gradient of **b** is 0", "0", gradient("b", experiment=True)),
        ("**b** itself is still 2", "2", value("b", experiment=True)),
    ],
    ("blocks", 1): [
        ("by 0.01 moves **out** by 0.02", "0.02", nudged("a", 0.01)),
        ("**a** gets 2, the value of **b**", "2", gradient("a")),
        ("**b** gets 3, the value of **a**", "3", gradient("b")),
        ("**b** gets −1", "-1", gradient("b", block="a - b")),
        ("$1/b = 0.5$", "0.5", gradient("a", block="a / b")),
        ("$-a/b^2 = -0.75$", "-0.75", gradient("b", block="a / b")),
        ("The larger one, **a**, gets 1", "1", gradient("a", block="max(a, b)")),
        ("A small nudge of the smaller input changes nothing", "0", gradient("b", block="max(a, b)")),
        ("**out** falls by about 0.01", "-0.00995", nudged("b", 0.01, block="a / b", a=4.0)),
        ("**out** is still 5", "5", value("out", block="max(a, b)", a=3.01, b=5.0)),
        ("Each gets 0.5", "0.5", gradient("a", experiment=True)),
        ("Each gets 0.5", "0.5", gradient("b", experiment=True)),
    ],
    ("blocks", 2): [
        ("A nudge of 0.01 gives 6.01 times", "6.01", lambda part: nudged("a", 0.01)(part) / 0.01),
        ("one of 0.001 gives 6.001 times", "1", lambda part: 1000 * (nudged("a", 0.001)(part) / 0.001 - 6)),
        ("what they close in on: 6", "6", gradient("a")),
        ("its gradient is −1 everywhere", "-1", gradient("a", block="minus")),
        ("The gradient is 2 now", "2", gradient("a", a=1.0)),
        ("20.1, the value once more", "20.1", value("out", block="exp")),
        ("20.1, the value once more", "20.1", gradient("a", block="exp")),
        ("$1/a = 0.333$", "0.333", gradient("a", block="log")),
        ("At 3 its gradient was 0.333", "0.333", gradient("a", block="log")),
        ("It is 10", "10", gradient("a", experiment=True)),
        ("**out** moves by 0.0953", "0.0953", nudged("a", 0.01, block="log", a=0.1)),
    ],
    ("blocks", 3): [
        ("**out** is 0.881", "0.881", value("out")),
        ("$0.881 \\times 0.119 = 0.105$", "0.105", gradient("a")),
        ("The gradient is 0.25", "0.25", gradient("a", a=0.0)),
        ("it is 0.00247 there", "0.00247", gradient("a", a=6.0)),
        ("0.0707 is left", "0.0707", gradient("a", block="tanh")),
        ("$1 - 0^2 = 1$", "1", gradient("a", block="tanh", a=0.0)),
        ("At 2 the gradient is 1", "1", gradient("a", block="relu")),
        ("drag **a** below 0, and the gate is shut", "0", gradient("a", block="relu", a=-1.0)),
        ("never passes more than 0.25", "0.25", lambda part: max(part.charts[0].draw("logistic").lines[1].y)),
        ("It is 0. At the bend", "0", gradient("a", experiment=True)),
    ],
    ("chain", 1): [
        ("**out** is 16", "16", value("out")),
        ("by 0.01 moves **out** by 0.322", "0.322", nudged("a", 0.01)),
        ("and **out** by 0.322", "0.322", moved(2)),
        ("**b** moves by 0.0401", "0.0401", moved(1)),
        ("taken at $g(a) = 4$", "4", value("b")),
        ("$2 \\times 4 = 8$", "8", gradient("b")),
        ("$8 \\times 4 = 32$", "32", gradient("a")),
        ("four times as far", "4.01", grown(0)),
        ("eight times as far as **b**", "8.04", grown(1)),
        ("which is $4 \\times 8 = 32$ at 2", "32", gradient("a")),
        ("**b** is 9", "9", value("b", a=3.0)),
        ("**b** and **a** get 0", "0", gradient("b", experiment=True)),
        ("**b** and **a** get 0", "0", gradient("a", experiment=True)),
    ],
    ("chain", 2): [
        ("$e^{-2}$, is 0.135", "0.135", value("p")),
        ("**q** is 1.14", "1.14", value("q")),
        ("$1 / 1.14 = 0.881$", "0.881", value("out")),
        ("$-1/q^2$, which is −0.776", "-0.776", gradient("q")),
        ("**p** has −0.776", "-0.776", gradient("p")),
        ("$-0.776 \\times 0.135 = -0.105$", "-0.105", gradient("m")),
        ("**a** gets 0.105", "0.105", gradient("a")),
        ("$0.881 \\times 0.119 = 0.105$", "0.105", lambda part: slope(value("out")(part))),
        ("About 0.000006, or 6.14e−6", "6.14e-06", gradient("a", experiment=True)),
        ("The value of **p** is that small", "6.14e-06", value("p", experiment=True)),
        ("Multiplied they give 0.25", "0.25", gradient("a", a=0.0)),
    ],
    ("passes", 1): [
        ("Here it is 5", "5", value("s")),
        ("**out** is 25", "25", value("out")),
        ("$1 \\times 2 \\times 5 = 10$", "10", gradient("s")),
        ("so **x1** gets all of it", "10", gradient("x1")),
        ("**x2** gets 10 as well", "10", gradient("x2")),
        ("149 calculations in place of 2550", "149", counted(1)),
        ("in place of 2550 for 50 inputs", "55", past(2495, counted(0))),
        ("2, 20, 20, 20", "2", gradient("out", experiment=True)),
        ("2, 20, 20, 20", "20", gradient("s", experiment=True)),
        ("2, 20, 20, 20", "20", gradient("x1", experiment=True)),
    ],
    ("passes", 2): [
        ("**out** is 22", "22", value("out")),
        ("**out** has sent 1 to **m** and to **r**", "1", gradient("m")),
        ("**out** has sent 1 to **m** and to **r**", "1", gradient("r")),
        ("**p** gets the value of **q**, 4", "4", gradient("p")),
        ("**q** that of **p**, 6", "6", gradient("q")),
        ("**s** has 35", "35", gradient("s")),
        ("−1, 24 and 12", "24", lambda part: gradient("q")(part) * 2 * value("s")(part)),
        ("−1, 24 and 12", "12", lambda part: gradient("p")(part) * 3),
        ("so that **s** is 4", "4", value("s", a=3.0)),
        ("so that **s** is 0", "0", value("s", experiment=True)),
        ("Still three: −1 from **r**", "-1", gradient("s", experiment=True)),
    ],
    ("fan-out", 1): [
        ("**out** is 12", "12", value("out")),
        ("by 0.01 moves **out** by 0.0701", "0.0701", nudged("a", 0.01)),
        ("**out** still grows by 0.0701", "0.0701", nudged("a", 0.01)),
        ("$1 + 3 + 3 = 7$", "7", gradient("a")),
        ("3, the last term to arrive", "3", gradient("a", experiment=True)),
        ("which is 7 at 3", "7", gradient("a")),
        ("At −1 the two agree", "-1", gradient("a", a=-1.0)),
        ("At −1 the two agree", "-1", gradient("a", experiment=True, a=-1.0)),
    ],
    ("fan-out", 2): [
        ("**out** is $4 + 6 = 10$", "10", value("out")),
        ("and $3 + 4 = 7$", "7", gradient("h")),
        ("a nudge of 0.01 moves **out** by 0.14", "0.14", nudged("a", 0.01)),
        ("**a** gets $7 \\times 2 = 14$", "14", gradient("a")),
        ("Nothing: **h** gets 3", "0", gradient("a", experiment=True)),
        ("There the blue curve of **out** is lowest", "-0.75", lowest),
    ],
    ("regression", 1): [
        ("$3 \\times 1 + 1 \\times 2 = 5$", "5", value("score")),
        ("the prediction is 3 too high", "3", value("residual")),
        ("Its square, 9", "9", value("loss")),
        ("$1 \\times 2 \\times 3 = 6$", "6", gradient("residual")),
        ("hands the 6 on to **score**", "6", gradient("score")),
        ("and the first gets 6", "6", gradient("w", 0)),
        ("$6 \\times 2 = 12$", "12", gradient("w", 1)),
        ("**w** becomes 2.4 and −0.2", "2.4", stepped("w", 0)),
        ("**w** becomes 2.4 and −0.2", "-0.2", stepped("w", 1)),
        ("the score is 2", "2", value("score", w=[2.4, -0.2])),
        ("= 3$ off the score", "-3", lambda part: value("score", w=[2.4, -0.2])(part) - value("score")(part)),
        ("The score is 11", "11", value("score", phi=[3.0, 2.0])),
        ("has the gradient 36", "36", gradient("w", 1, phi=[3.0, 2.0])),
        ("the first weight becomes −2.4", "-2.4", stepped("w", 0, phi=[3.0, 2.0])),
        ("from 11 to −12.4", "-12.4", value("score", phi=[3.0, 2.0], w=[-2.4, -2.6])),
        ("the step leaves it at 1", "1", stepped("w", 1, experiment=True)),
        ("its gradient is 0", "0", gradient("w", 1, experiment=True)),
    ],
    ("regression", 2): [
        ("$1 \\times 1 + 2 \\times 0 + 0 \\times 1 = 1$", "1", value("predictions", 0)),
        ("$0 \\times 1 + (-1) \\times 0 + 1 \\times 1 = 1$", "1", value("predictions", 1)),
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
        ("the intact run has 1 and 0", "1", value("predictions", 0, X=[[1.0, 2.0, 0.0], [0.0, -1.0, 0.0]])),
        ("the intact run has 1 and 0", "0", value("predictions", 1, X=[[1.0, 2.0, 0.0], [0.0, -1.0, 0.0]])),
    ],
    ("regression", 3): [
        ("The loss is 1.28", "1.28", value("loss")),
        ("Both residuals are −0.8", "-0.8", value("residuals", 0)),
        ("Both residuals are −0.8", "-0.8", value("residuals", 1)),
        ("Each prediction gets $2 \\times (-0.8) = -1.6$", "-1.6", gradient("predictions", 1)),
        ("The other two get −1.6 as well", "-1.6", gradient("w", 1)),
        ("The other two get −1.6 as well", "-1.6", gradient("w", 2)),
        ("leads to 0.96, −0.64 and 1.56", "0.96", stepped("w", 0)),
        ("leads to 0.96, −0.64 and 1.56", "-0.64", stepped("w", 1)),
        ("leads to 0.96, −0.64 and 1.56", "1.56", stepped("w", 2)),
        ("the loss is 0.742", "0.742", first_after(0.96, -0.64, 1.56)),
        ("the gradient is 0.4, 6.4 and −5.6", "0.4", gradient("w", 0, experiment=True)),
        ("the gradient is 0.4, 6.4 and −5.6", "6.4", gradient("w", 1, experiment=True)),
        ("the gradient is 0.4, 6.4 and −5.6", "-5.6", gradient("w", 2, experiment=True)),
        ("leads to 0.76, −1.44 and 1.96", "0.76", stepped("w", 0, experiment=True)),
        ("leads to 0.76, −1.44 and 1.96", "-1.44", stepped("w", 1, experiment=True)),
        ("leads to 0.76, −1.44 and 1.96", "1.96", stepped("w", 2, experiment=True)),
        ("The first residual is −0.32", "-0.32", value("residuals", 0, w=[0.96, -0.64, 1.56])),
        ("$1 \\times 2 \\times (-0.32) = -0.64$", "-0.64", gradient("w", 0, w=[0.96, -0.64, 1.56])),
        ("$0.96 - 0.1 \\times (-0.64) = 1.02$", "1.02", stepped("w", 0, w=[0.96, -0.64, 1.56])),
    ],
    ("regression", 4): [
        ("Penguin 0 is a Gentoo of 5.4 kg", "5.4", value("y")),
        ("is 5.4 kg too low", "-5.4", value("residual")),
        ("$5.4^2 = 29.2$", "29.2", value("loss")),
        ("$1 \\times 2 \\times (-5.4) = -10.8$", "-10.8", gradient("residual")),
        ("flipper is long (0.941)", "0.941", value("phi", 2)),
        ("not deep (−1.34)", "-1.34", value("phi", 1)),
        ("$0 - 0.005 \\times (-7.32) = 0.0366$", "0.0366", stepped("w", 0)),
        ("$0 - 0.005 \\times (-7.32) = 0.0366$", "-7.32", gradient("w", 0)),
        ("the flipper's 0.0508", "0.0508", stepped("w", 2)),
        ("flipper is short (−0.52)", "-0.52", value("phi", 2, example=1)),
        ("the gradient is 3.69", "3.69", gradient("w", 2, example=1)),
        ("which weighs 4.65 kg", "4.65", value("y", example=3)),
        ("doubles it: −9.3", "-9.3", gradient("residual", example=3)),
        ("whose flipper is 1.22 below average", "-1.22", value("phi", 2, example=3)),
        ("−2322, against −157", "-2.32e+03", gradient("w", 2, experiment=True)),
        ("−2322, against −157", "-157", gradient("w", 1, experiment=True)),
        ("215 against 14.5", "215", value("phi", 2, experiment=True)),
        ("215 against 14.5", "14.5", value("phi", 1, experiment=True)),
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
        ("double all weights, and the margin doubles", "-8", value("margin", w=[4.0, -2.0])),
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
        ("has a margin of 2.1, so", "2.1", value("margin", example=1, w=[-1.0, 1.0])),
        ("so **loss** is 0", "0", value("loss", example=1, w=[-1.0, 1.0])),
        ("No gradient comes back from it", "0", gradient("w", 0, example=1, w=[-1.0, 1.0])),
        ("$0.333 - 0.868 = -0.536$", "-0.536", value("score", example=14, w=[-1.0, 1.0])),
        ("The margin of 0.536", "0.536", value("margin", example=14, w=[-1.0, 1.0])),
        ("ringed, at −0.333 and −0.868", "-0.333", value("phi", 0, example=14)),
        ("ringed, at −0.333 and −0.868", "-0.868", value("phi", 1, example=14)),
        ("whose bill has a depth of −1.39", "-1.39", value("phi", 0, example=4)),
        ("has score 2.28 and label 1", "2.28", value("score", experiment=True)),
        ("the loss is 1.64", "1.64", value("loss", experiment=True)),
        ("the score gets 2.56", "2.56", gradient("score", experiment=True)),
        ("The hinge leaves them alone", "0", gradient("score", w=[-1.0, 1.0])),
    ],
    ("two-layers", 1): [
        ("1 \\times 1 + (-1) \\times 3 = -3$", "-3", value("z", 0)),
        ("asks it of car 2, and gets 1", "1", value("z", 1)),
        ("0.0474 is nearly a no", "0.0474", value("h", 0)),
        ("0.731 rather a yes", "0.731", value("h", 1)),
        ("$1 \\times 0.0474 + 1 \\times 0.731 = 0.778$", "0.778", value("score")),
        ("The score is 0.222 too low", "-0.222", value("residual")),
        ("the squared loss is 0.0491", "0.0491", value("loss")),
        ("$2 \\times (-0.2215) = -0.443$", "-0.443", gradient("score")),
        ("$2 \\times (-0.2215) = -0.443$", "-0.0215", past(-0.2, value("residual"))),
        ("$-0.443 \\times 0.731 = -0.324$", "-0.324", gradient("w", 1)),
        ("both get −0.443", "-0.443", gradient("h", 0)),
        ("both get −0.443", "-0.443", gradient("h", 1)),
        ("0.0452 for the first unit", "0.0452", lambda part: slope(value("h", 0)(part))),
        ("(1 - 0.731) = 0.1966$", "0.0966", past(0.1, lambda part: slope(value("h", 1)(part)))),
        ("$-0.443 \\times 0.1966 = -0.0871$", "-0.0871", gradient("z", 1)),
        ("it gets −0.02", "-0.02", gradient("z", 0)),
        ("−0.0871, −0.0871 and −0.261", "-0.0871", gradient("V", 1, 0)),
        ("−0.0871, −0.0871 and −0.261", "-0.261", gradient("V", 1, 2)),
        ("becomes −0.974, −0.974 and 1.08", "-0.974", stepped("V", 1, 0)),
        ("becomes −0.974, −0.974 and 1.08", "1.08", stepped("V", 1, 2)),
        ("the score is 0.911", "0.911", value("score", **STEPPED)),
        ("the loss is 0.00798 instead of 0.0491", "0.00798", value("loss", **STEPPED)),
        ("the gradient of **score** is −0.202", "-0.202", gradient("score", phi=FAR)),
        ("the second unit answers 0.881", "0.881", value("h", 1, phi=FAR)),
        ("$0.881 \\times (1 - 0.881) = 0.105$", "0.105", lambda part: slope(value("h", 1, phi=FAR)(part))),
        ("$-0.202 \\times 0.105 = -0.0213$", "-0.0213", gradient("z", 1, phi=FAR)),
        ("Both units get −1 and answer 0.269", "0.269", value("h", 0, phi=[1.0, 2.0, 2.0], y=0.0)),
        ("two weak noes of 0.269", "0.269", value("h", 1, phi=[1.0, 2.0, 2.0])),
        ("more than 0.5", "0.538", value("score", phi=[1.0, 2.0, 2.0])),
        ("The score is 0.538", "0.538", value("residual", phi=[1.0, 2.0, 2.0], y=0.0)),
        ("The score is 2.24", "2.24", value("score", w=[1.0, 3.0])),
        ("Upstream is 2.48", "2.48", gradient("score", w=[1.0, 3.0])),
        ("$2.48 \\times 3 = 7.44$", "7.44", gradient("h", 1, w=[1.0, 3.0])),
        ("It answers 0.993", "0.993", value("h", 1, experiment=True)),
        ("the slope is 0.00665", "0.00665", lambda part: slope(value("h", 1, experiment=True)(part))),
        ("gets 1.99 in place of 1.56", "1.99", gradient("score", experiment=True)),
        ("gets 1.99 in place of 1.56", "1.56", gradient("score", y=0.0)),
        ("gets 0.0132 in place of 0.306", "0.0132", gradient("z", 1, experiment=True)),
        ("gets 0.0132 in place of 0.306", "0.306", gradient("z", 1, y=0.0)),
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
        ("are shut and put out 0", "0", value("total", experiment=True)),
        ("**h** still gets 1 and 1", "1", gradient("h", 0, experiment=True)),
        ("**z** gets 0 and 0", "0", gradient("z", 0, experiment=True)),
        ("so does everything before it", "0", gradient("b", 0, experiment=True)),
    ],
    ("feed-forward", 2): [
        ("**h** is 0 and 3, as before", "0", value("h", 0)),
        ("**h** is 0 and 3, as before", "3", value("h", 1)),
        ("here **z** is −1 and 3", "-1", value("FeedForward/z", 0)),
        ("here **z** is −1 and 3", "3", value("FeedForward/z", 1)),
        ("and gives 8 and 0", "8", value("out", 0)),
        ("and gives 8 and 0", "0", value("out", 1)),
        ("**h** gets 2 and 3", "2", gradient("h", 0)),
        ("**h** gets 2 and 3", "3", gradient("h", 1)),
        ("$3 \\times 2 = 6$", "6", gradient("x", 0)),
        ("$1 \\times 3 + 1 \\times (-1) = 2$", "2", gradient("h", 1, b2=[-1.0, 4.0])),
        ("**h** is −1 and 3, **out** is 6 and −5", "-1", value("h", 0, experiment=True)),
        ("**h** is −1 and 3, **out** is 6 and −5", "6", value("out", 0, experiment=True)),
        ("**h** is −1 and 3, **out** is 6 and −5", "-5", value("out", 1, experiment=True)),
    ],
    ("feed-forward", 3): [
        ("**z** is −1 and 4", "-1", value("z", 0)),
        ("**z** is −1 and 4", "4", value("z", 1)),
        ("makes 2 and −5 of it", "2", value("two", 0)),
        ("makes 2 and −5 of it", "-5", value("two", 1)),
        ("$1 \\times 2 + 2 \\times 1 = 4$", "4", value("W", 0, 0)),
        ("One layer with **W** makes 2 and −5", "2", value("one", 0)),
        ("One layer with **W** makes 2 and −5", "-5", value("one", 1)),
        ("The **gap** is 0", "0", value("gap", 0)),
        ("give 4 and −4 now", "4", value("two", 0, bend="ReLU")),
        ("give 4 and −4 now", "-4", value("two", 1, bend="ReLU")),
        ("the gap is 2 and 1", "2", value("gap", 0, bend="ReLU")),
        ("the gap is 2 and 1", "1", value("gap", 1, bend="ReLU")),
        ("The two layers give 2 and 1", "2", value("two", 0, bend="ReLU", x=[-1.0, -2.0])),
        ("3 and −1.5", "3", lambda part: halfway(part, 0)),
        ("3 and −1.5", "-1.5", lambda part: halfway(part, 1)),
        ("The two layers give 0 and 0", "0", value("two", 0, bend="ReLU", x=[0.0, 0.0])),
        ("The two layers give 2 and 1", "1", value("two", 1, bend="ReLU", x=[-1.0, -2.0])),
        ("Then **z** is −2 and 5", "-2", value("z", 0, bend="ReLU", x=[1.0, 3.0])),
        ("Then **z** is −2 and 5", "5", value("z", 1, bend="ReLU", x=[1.0, 3.0])),
        ("the two layers give 5", "5", value("two", 0, bend="ReLU", x=[1.0, 3.0])),
        ("the single one 1", "1", value("one", 0, bend="ReLU", x=[1.0, 3.0])),
        ("No, it is 0 and 0", "0", value("gap", 0, experiment=True)),
        ("No, it is 0 and 0", "0", value("gap", 1, experiment=True)),
        ("the ReLU makes 2 and 0 of it", "2", value("two_2", 0, experiment=True)),
        ("the ReLU makes 2 and 0 of it", "0", value("two_2", 1, experiment=True)),
        ("Then **z** is 2 and 7", "2", value("z", 0, bend="ReLU", x=[3.0, 1.0])),
        ("Then **z** is 2 and 7", "7", value("z", 1, bend="ReLU", x=[3.0, 1.0])),
    ],
    ("depth", 1): [
        ("a thousandth is left: 9.77e−4", "0.000977", value("x10")),
        ("short for $9.77 \\times 10^{-4}$", "0.000977", value("x10")),
        ("a millionth: 9.54e−7", "9.54e-07", value("x20")),
        ("$0.5^{10} = 1/1024$", "1.02e+03", lambda part: 1 / gradient("x10", x=3.0)(part)),
        ("or 9.77e−4: one box", "0.000977", gradient("x10", x=3.0)),
        ("has eaten 99.9 %", "99.9", lambda part: 100 * (1 - gradient("x10")(part))),
        ("9.77e−4 half way, and 9.54e−7", "0.000977", gradient("x10")),
        ("9.77e−4 half way, and 9.54e−7", "9.54e-07", gradient("x")),
        ("$20 \\times 0.5^{19} = 3.81 \\times 10^{-5}$", "3.81e-05", gradient("w")),
        ("and 1 arrives at **x**", "1", gradient("x", w=1.0)),
        ("$0.9^{20} = 0.122$", "0.122", gradient("x", w=0.9)),
        ("$2^{10} = 1024$", "1.02e+03", gradient("x10", w=2.0)),
        ("1.05e7, ten million", "1.05e+07", gradient("w", experiment=True)),
        ("At 0.5 it was 3.81e−5", "3.81e-05", gradient("w")),
        (
            "275 billion",
            "275",
            lambda part: gradient("w", experiment=True)(part) / gradient("w")(part) / 1e9,
        ),
    ],
    ("depth", 2): [
        ("Six layers leave 0.0141", "0.0141", value("x6")),
        ("hardly to be felt: 5.38e−8", "5.38e-08", value("x24")),
        ("$0.5^6 = 0.0156$", "0.0156", gradient("x18")),
        ("**h**, 0.462", "0.462", value("h")),
        ("$1 - 0.462^2 = 0.786$", "0.786", lambda part: 1 - value("h")(part) ** 2),
        ("$0.5 \\times 0.786 = 0.393$", "0.393", lambda part: gradient("x")(part) / gradient("h")(part)),
        ("**x** gets 4.37e−8", "4.37e-08", gradient("x")),
        ("Of the 0.159 that **w** gets", "0.159", gradient("w", bend="logistic")),
        ("The first six together send 6.14e−18", "6.14e-18", sent_to_w(slice(0, 6))),
        ("nearly all comes from the last layers", "0.159", sent_to_w(slice(-6, None))),
        ("**x** gets 1.24e−22", "1.24e-22", gradient("x", bend="logistic")),
        ("**x** gets 1: where the ReLU is open", "1", gradient("x", bend="ReLU", w=1.0)),
        ("tanh lets 0.0125 through", "0.0125", gradient("x", bend="tanh", w=1.0)),
        ("$0.25^{10}$, a millionth", "0.954", lambda part: 1e6 * 0.25**10),
        ("one factor of 0 silences", "0", gradient("x", bend="ReLU", w=1.0, x=-2.0)),
        ("$0.9^6 = 0.531$", "0.531", gradient("x18", bend="ReLU", w=0.9)),
        ("n inputs, here 32", "32", lambda part: WIDTH),
        ("do to the 4.37e−8", "4.37e-08", gradient("x")),
        ("**x** gets 2.58", "2.58", gradient("x", experiment=True)),
    ],
}


@every_claim(CLAIMS)
def test_the_text_claims_what_the_engine_computes(place: Place, claim: Claim) -> None:
    check_claim(place, claim)


def test_the_first_penguin_is_the_one_that_the_lesson_describes() -> None:
    assert penguins().labels[0] == "Gentoo, Biscoe, 5.40 kg"
    assert penguins().labels[1] == "Adelie, Dream, 3.55 kg"
    assert penguins().species[4] == "Gentoo"


def test_the_step_in_lesson_6_meets_its_one_example() -> None:
    assert abs(value("loss", w=[2.4, -0.2])(part_of("regression", 1))) < 1e-12


def test_lesson_8_shows_the_weights_that_its_step_leads_to() -> None:
    part = part_of("two-layers", 1)
    assert part.walk[-1].values == STEPPED
    for name, cells in STEPPED.items():
        for cell in np.ndindex(np.shape(cells)):
            assert abs(stepped(name, *cell)(part) - np.asarray(cells)[cell]) < 5e-5, (name, cell)


def test_where_the_loss_of_lesson_8_runs_flat_at_a_rate_of_1_its_units_are_saturated() -> None:
    run = list(islice(train(1.0, 20, 0, "random"), 301))
    assert run[150].loss - run[300].loss < 0.01
    z = cars()[0] @ np.array(run[200].values["V"]).T  # (pairs, units)
    assert np.median(slope(1 / (1 + np.exp(-z)))) < 1e-6


def test_equal_units_of_lesson_8_stay_equal_and_random_ones_learn_more() -> None:
    equal, random = (list(train(0.3, 20, 0, first)) for first in ("equal", "random"))
    for one in equal:
        assert one.values["V"][0] == one.values["V"][1]
        assert one.values["w"][0] == one.values["w"][1]
    assert random[-1].values["V"][0] != random[-1].values["V"][1]
    assert random[-1].note.startswith("96% ")
    assert equal[-1].note.startswith("61% ")


def test_of_three_losses_only_the_hinge_pulls_below_a_margin_of_1_and_rests_above_it() -> None:
    lines = {line.name: line for line in over_margin().lines}
    np.testing.assert_allclose(
        [slope_at(lines["hinge"], m) for m in (-0.5, 0.5, 2.0)], [-1, -1, 0], atol=1e-9
    )
    np.testing.assert_array_equal([slope_at(lines["wrong or right"], m) for m in (-0.5, 0.5, 2.0)], [0, 0, 0])
    assert slope_at(lines["squared"], -0.5) < 0 < slope_at(lines["squared"], 2.0)


def test_with_residual_connections_no_gradient_vanishes_in_lesson_10_but_some_grow() -> None:
    with_them = {
        (bend, name): sizes(bend, scale, residual=True) for bend in BENDS for name, scale in INITIAL.items()
    }
    assert min(map(min, with_them.values())) > 1
    assert all(
        with_them["ReLU", name][0] > max(with_them[b, name][0] for b in ("tanh", "logistic"))
        for name in INITIAL
    )
    assert with_them["ReLU", "Xavier: 1 / √n"][0] > 100


def test_each_bend_of_lesson_10_has_its_first_weights_but_for_the_logistic_one() -> None:
    ends = {(bend, name): sizes(bend, scale)[0] for bend in BENDS for name, scale in INITIAL.items()}
    assert 0.1 < ends["tanh", "Xavier: 1 / √n"] < 1
    assert 0.1 < ends["ReLU", "He: √2 / √n"] < 1
    assert ends["ReLU", "Xavier: 1 / √n"] < 1e-3
    assert max(ends["logistic", name] for name in INITIAL) < 1e-5


def test_the_bars_of_lesson_10_are_powers_of_w() -> None:
    for w in (0.5, 1.0, 2.0):
        ((_, heights),) = on_the_way_back(w).groups
        np.testing.assert_allclose(heights, [w**k for k in range(1, 21)])


def test_in_lesson_6_only_cleared_gradients_lead_down_for_good_and_only_at_a_small_rate() -> None:
    cleared, kept = (line.y for line in many_steps(0.1).lines)
    np.testing.assert_allclose(cleared[:3], [5, 1.28, 0.7424])
    np.testing.assert_allclose(kept[:3], [5, 1.28, 4.6544])
    assert cleared[-1] < 1e-4
    assert max(kept[-5:]) > 4
    ends = {rate: many_steps(rate).lines[0].y[-1] for rate in (0.02, 0.16, 0.18)}
    assert ends[0.02] < 5
    assert ends[0.16] < 5 < ends[0.18]


def test_no_earlier_lesson_answers_what_a_held_out_penguin_weighs() -> None:
    assert held_out_error(np.zeros(3), 0.0) > 3000


def test_the_networks_that_remember_send_most_of_the_gradient_to_the_first_word() -> None:
    for network, row in (("SimpleRNN", 9), ("LSTM", 0), ("Transformer", 0)):
        trace = run_part(part_of("race", 2), {"network": network})
        assert int(np.linalg.norm(trace.gradient("embedded"), axis=1).argmax()) == row
    assert max(run_part(part_of("race", 2), {"network": "LSTM"}).value("scores")[1:]) < 0
