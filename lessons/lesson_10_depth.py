# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Depth: many factors below 1 make a gradient vanish, many above 1 make it explode.

Source of the initialisations: Glorot and Bengio, Understanding the difficulty of training deep feedforward
neural networks, 2010; He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015.
"""

from collections.abc import Callable
from functools import cache
from operator import methodcaller
from typing import Any

import numpy as np

from engine import Tensor
from engine.nn import Module
from engine.scope import Kind
from lessons.chart import Bars, Chart, Curves, Line
from lessons.lesson import (
    Choice,
    Experiment,
    Input,
    Lesson,
    Mistake,
    Nudge,
    Part,
    Question,
    Stop,
    backward,
    end,
    forward,
    gradient,
    seed,
    start,
    value,
)

TIMES = 20
WIDTH = 32
LAYERS = 20
BATCH = 16
BENDS: dict[str, Callable[[Tensor], Tensor]] = {
    "logistic": methodcaller("sigmoid"),
    "tanh": methodcaller("tanh"),
    "ReLU": methodcaller("relu"),
}
INITIAL = {  # the standard deviation of the first weights, for n inputs
    "small: 0.5 / √n": 0.5,
    "Xavier: 1 / √n": 1.0,
    "He: √2 / √n": 2.0**0.5,
    "large: 3 / √n": 3.0,
}


class TenTimes(Module):
    """Ten products with the same w, one after the other."""

    kind = Kind(
        "ten",
        formula=r"<x>^{10} \cdot <y>",
        says="Multiply <y> by <x>, ten times in a row.",
        says_backward="Ten products in a row: ten factors on the way back.",
    )

    def forward(self, w, x):
        for _ in range(10):
            x = w * x
        return x


class SixBends(Module):
    """Six layers of one unit: each multiplies by w and bends; with `residual`, each is added to its input."""

    def __init__(self, bend: str, residual: bool = False) -> None:
        self.bend = bend
        self.residual = residual
        inner = f"x + {bend}(w x)" if residual else f"{bend}(w x)"
        self.kind = Kind(
            "six",
            formula=rf"{'x + ' if residual else ''}\text{{{bend}}}(<x> \cdot x) \text{{, six times}}",
            says=f"Send <y> through six layers, each {inner} with w = <x>.",
            says_backward="Six layers in a row: six factors on the way back.",
        )

    def forward(self, w, x):
        for _ in range(6):
            z = w * x
            h = BENDS[self.bend](z)
            x = x + h if self.residual else h
        return x


def twenty_times(w, x):
    ten = TenTimes()
    x10 = ten(w, x)
    x20 = ten(w, x10)
    return x20


def layers(bend, w, x):
    six = SixBends(bend)
    x6 = six(w, x)
    x12 = six(w, x6)
    x18 = six(w, x12)
    x24 = six(w, x18)
    return x24


def with_residual(bend, w, x):
    six = SixBends(bend, residual=True)
    x6 = six(w, x)
    x12 = six(w, x6)
    x18 = six(w, x12)
    x24 = six(w, x18)
    return x24


def on_the_way_back(w: float) -> Bars:
    """The gradient of what went into each of twenty products with w, from the last product to the first."""
    x = Tensor(1.0)
    chain = [x]
    for _ in range(TIMES):
        chain.append(Tensor(float(w)) * chain[-1])
    chain[-1].backward()
    sizes = [float(np.asarray(one.grad)) for one in chain[-2::-1]]
    names = tuple(str(k) for k in range(1, TIMES + 1))
    return Bars(names, (("gradient", sizes),), "gradient", "gradient", log=True, x="products passed")


def knife_edge() -> Curves:
    """The size of the gradient of x after 5, 10 and 20 products with w, for w from 0.4 to 2."""
    ws = np.linspace(0.4, 2.0, 33)
    lines = []
    for times in (5, 10, 20):
        x = Tensor(np.ones(len(ws)))
        out = x
        for _ in range(times):
            out = Tensor(ws) * out
        out.sum().backward()
        assert x.grad is not None
        sizes = np.asarray(x.grad).tolist()
        lines.append(Line(f"{times} times", ws.tolist(), sizes, "gradient", strong=times == 20))
    return Curves("w", "gradient of x", tuple(lines), log=True, mark=(1.0, "w = 1"))


@cache
def sizes(bend: str, scale: float, residual: bool = False) -> tuple[float, ...]:
    """The gradient's size (root mean square) at the output of each layer of a network with random weights."""
    random = np.random.default_rng(0)
    h = Tensor(random.normal(size=(BATCH, WIDTH)))
    passed = []
    for _ in range(LAYERS):
        W = Tensor(random.normal(size=(WIDTH, WIDTH)) * (scale / np.sqrt(WIDTH)))
        f = BENDS[bend](h @ W)
        h = h + f if residual else f
        passed.append(h)
    (h * Tensor(random.normal(size=h.shape))).sum().backward()
    return tuple(float(np.sqrt(np.mean(np.square(one.grad)))) for one in passed)


def by_depth(first_weights: str, residual: bool) -> Curves:
    """One line for each bend: the gradient's size at each layer, from the last one back to the first."""
    numbers = list(range(LAYERS))
    scale = INITIAL[first_weights]
    return Curves(
        x="layers back from the output",
        y="size of its gradient",
        lines=tuple(
            Line(bend, numbers, sizes(bend, scale, residual)[::-1], "gradient", strong=bend == "ReLU")
            for bend in BENDS
        ),
        log=True,
    )


def without_residuals(first_weights: str) -> Curves:
    """The networks as they are."""
    return by_depth(first_weights, residual=False)


def with_residuals(first_weights: str) -> Curves:
    """The same networks, each layer added to its input."""
    return by_depth(first_weights, residual=True)


FIRST_WEIGHTS = Choice(
    "first_weights",
    tuple(INITIAL),
    "Xavier: 1 / √n",
    about="their standard deviation",
    labels=(
        "0.5 / √n: small",
        "1 / √n: after Xavier Glorot, for tanh",
        "√2 / √n: after Kaiming He, for the ReLU, which shuts about half of the units",
        "3 / √n: large",
    ),
)


def power(trace: Any, exponent: int) -> float:
    """w to this power."""
    return float(trace.value("w")) ** exponent


TWENTY = Part(
    title="Twenty times w",
    text="A deep network is a long chain, and along a chain the local gradients multiply. "
    "Here is the barest chain of all: **x** times **w**, twenty times over. "
    "Each box holds ten of the products; the plus opens it. What comes back to the start?",
    build=twenty_times,
    inputs=(
        Input("w", 0.5, low=0, high=2, step=0.05, about="the same factor each time"),
        Input("x", 1.0, low=-5, high=5, step=0.1, about="what goes in"),
    ),
    walk=(
        Stop("**x** is 1, and it will be multiplied by 0.5 twenty times: ten times in each box.", start()),
        Stop(
            "After ten products a thousandth is left: 9.77e−4, which is short for $9.77 \\times 10^{-4}$.",
            forward("x10"),
        ),
        Stop("After twenty it is a millionth: 9.54e−7.", forward("x20")),
        Stop("The way back starts with 1, as always.", seed()),
        Stop(
            "Look into the last box. Each product sends back its gradient times **w**: 1 becomes 0.5, "
            "then 0.25, and so on.",
            backward("ten 2/x_9", "x_8"),
            open=("ten 2",),
            focus="ten 2",
        ),
        Stop(
            "The closed box takes its ten factors in one step. "
            "Here **x** is 3, so the values are others than before. The way back asks only for the factors.",
            backward("x20", "x10"),
            {"x": 3.0},
            predict=Question(
                ask="What is the gradient of **x10**?",
                answer=gradient("x10"),
                tolerance=0.03,  # so that a thousandth will do
                explain="$0.5^{10} = 1/1024$, or 9.77e−4: one box has eaten 99.9 % of it.",
                mistakes=(
                    Mistake("That is the factor of one product. There are ten in the box.", value("w")),
                    Mistake(
                        "That is the value of **x10**. Its gradient comes from the products behind it.",
                        value("x10"),
                    ),
                    Mistake(
                        "Factors along a path multiply: $0.5 \\times 0.5 \\times \\dots$, not "
                        "$10 \\times 0.5$.",
                        lambda trace: 10 * power(trace, 1),
                    ),
                ),
            ),
        ),
        Stop(
            "**w** is used twenty times, so it collects twenty terms, ten from each box. "
            "Together they are $20 \\times 0.5^{19} = 3.81 \\times 10^{-5}$: hardly anything.",
            backward("x10", "w"),
        ),
        Stop(
            "The gradient [[vanishes|vanishing]]: 1 at the end, 9.77e−4 half way, and 9.54e−7 at the start.",
            backward("x10", "x"),
        ),
        Stop(
            "Now **w** is 1: every factor is 1, and 1 arrives at **x**. "
            "It is the edge between vanishing and exploding.",
            end(),
            {"w": 1.0},
        ),
    ),
    nudge=Nudge("x", by=0.01),
    questions=(
        Question(
            ask="Make **w** 0.9. What is the gradient of **x**, twenty products before the end?",
            values={"w": 0.9},
            answer=gradient("x"),
            at=backward("x10", "x"),
            explain="$0.9^{20} = 0.122$: even a factor near 1 loses most of it in twenty products.",
            mistakes=(
                Mistake("That is the factor of one product. There are twenty.", value("w")),
                Mistake("That is what one box makes. Two boxes lie behind **x**.", gradient("x10")),
                Mistake(
                    "Factors along a path multiply. You added them up.", lambda trace: 20 * power(trace, 1)
                ),
            ),
        ),
        Question(
            ask="Make **w** 2. What is the gradient of **x10**, ten products before the end?",
            values={"w": 2.0},
            answer=gradient("x10"),
            at=backward("x20", "x10"),
            explain="$2^{10} = 1024$, and ten more products make a million of it.",
            mistakes=(
                Mistake(
                    "That is **w** once. There are ten products between **x10** and the end.", value("w")
                ),
                Mistake(
                    "You multiplied the ten by the two. Each of the ten products doubles.", lambda trace: 20.0
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Slide w to 2",
        text="Make **w** 2. Each product now doubles what passes. How large is the gradient of **w**?",
        values={"w": 2.0},
        at=backward("x10", "w"),
        reveals="1.05e7, ten million: it [[explodes|exploding]]. A step of training with it would throw "
        "**w** far away. "
        "At 0.5 it was 3.81e−5. The same chain, and 275 billion times as much.",
    ),
    charts=(
        Chart(
            title="One product after the other",
            text="A bar for each of the 20 products: the gradient that is left when it has been passed, from "
            "the end of the chain back to **x**. On a scale of powers of ten the bars fall in a straight "
            "line, since each is the one before times **w**. Move **w** past 1, and they rise.",
            draw=on_the_way_back,
            settings=(Input("w", 0.5, low=0.3, high=2.0, step=0.1, about="the same factor each time"),),
        ),
        Chart(
            title="A knife's edge",
            text="The gradient that arrives at **x**, for every **w** from 0.4 to 2, on a scale of "
            "powers of ten. The longer the chain, the steeper the line; only at $w = 1$ they all agree.",
            draw=knife_edge,
        ),
    ),
)

BENT = Part(
    title="Twenty-four bends",
    text="A real layer multiplies and bends. Here are 24 layers of a single unit, six to a box: "
    "$x \\leftarrow \\tanh(w x)$. Each factor on the way back is **w** times the slope of the bend, "
    "and that slope is at most 1.",
    build=layers,
    inputs=(
        Choice("bend", tuple(BENDS), "tanh", about="bend of each layer"),
        Input("w", 0.5, low=0, high=2, step=0.05, about="the weight of each layer"),
        Input("x", 1.0, low=-5, high=5, step=0.1, about="what goes in"),
    ),
    walk=(
        Stop("24 layers, six in a box. **w** is 0.5, and **x** is 1.", start()),
        Stop("Six layers leave 0.0141 of it.", forward("x6")),
        Stop("After 24 layers the input is hardly to be felt: 5.38e−8.", forward("x24")),
        Stop(
            "Near 0 the slope of [[tanh]] is 1, so each layer's factor is 0.5. Six of them make a box's "
            "factor.",
            backward("x24", "x18"),
            predict=Question(
                ask="What is the gradient of **x18**?",
                answer=gradient("x18"),
                tolerance=0.03,  # so that 0.016 will do
                explain="$0.5^6 = 0.0156$. Three more boxes follow.",
                mistakes=(
                    Mistake("That is the factor of one layer. There are six in the box.", value("w")),
                    Mistake(
                        "Those are five factors. This box holds six layers.", lambda trace: power(trace, 5)
                    ),
                    Mistake(
                        "Factors along a path multiply. You added them up.", lambda trace: 6 * power(trace, 1)
                    ),
                ),
            ),
        ),
        Stop(
            "Look into the first box. Its first layer puts out **h**, 0.462, and there the slope of tanh is "
            "$1 - 0.462^2 = 0.786$. Times **w** that makes this layer's factor: "
            "$0.5 \\times 0.786 = 0.393$.",
            backward("six/h", "z"),
            open=("six",),
            focus="six",
        ),
        Stop("So a box's factor is $0.5^6$ at most. After all four **x** gets 4.37e−8.", backward("x6", "x")),
        Stop(
            "With the [[logistic]] function the slope is at most 0.25, so each factor is at most 0.125. "
            "Of the 0.159 that **w** gets, nearly all comes from the last layers. "
            "The first six together send 6.14e−18.",
            backward("x6", "w"),
            {"bend": "logistic"},
        ),
        Stop(
            "And **x** gets 1.24e−22. If each layer had a weight of its own, the first ones would not learn. "
            "Even with **w** 1, ten layers leave at most $0.25^{10}$, a millionth.",
            backward("x6", "x"),
            {"bend": "logistic"},
        ),
        Stop(
            "Now the [[ReLU]], and **w** is 1. **x** gets 1: where the ReLU is open its slope is exactly 1, "
            "so only **w** decides.",
            backward("x6", "x"),
            {"bend": "ReLU", "w": 1.0},
        ),
        Stop(
            "With the same **w** tanh lets 0.0125 through: its slope is 1 only at 0.",
            backward("x6", "x"),
            {"bend": "tanh", "w": 1.0},
        ),
    ),
    nudge=Nudge("x", by=0.01),
    questions=(
        Question(
            ask="Choose the ReLU and make **w** 1 and **x** −2. What is the gradient of **x**?",
            values={"bend": "ReLU", "w": 1.0, "x": -2.0},
            answer=gradient("x"),
            at=backward("x6", "x"),
            explain="The first ReLU is shut, and one factor of 0 silences the whole chain.",
            mistakes=(
                Mistake("So it would be if every ReLU were open. The first one gets −2.", lambda trace: 1.0),
                Mistake("That is the value of **x**.", value("x")),
            ),
        ),
        Question(
            ask="Choose the ReLU and make **w** 0.9. All of them are open. What is the gradient of **x18**?",
            values={"bend": "ReLU", "w": 0.9},
            answer=gradient("x18"),
            at=backward("x24", "x18"),
            explain="$0.9^6 = 0.531$. The bend does not shrink it, but the weights do.",
            mistakes=(
                Mistake("That is the factor of one layer. There are six in the box.", value("w")),
                Mistake("The slope is 1, but each layer also multiplies by **w**.", lambda trace: 1.0),
            ),
        ),
    ),
    experiment=Experiment(
        title="Add a residual",
        text="Let each layer keep its input and add to it: $x \\leftarrow x + \\tanh(w x)$. "
        "What does that do to the 4.37e−8?",
        build=with_residual,
        at=backward("x6", "x"),
        reveals="**x** gets 2.58. Each layer's factor is now 1 plus **w** times the slope. "
        "While **w** is positive that is never below 1, so the gradient cannot vanish. "
        "This is a [[residual connection]], and Transformers are built with it.",
    ),
    charts=(
        Chart(
            title="Gradient over depth",
            text="The size of the gradient at each of 20 layers with random weights. A unit adds up n "
            "inputs, here 32. With weights of size 1 its sum would be about √n times as large as one input; "
            "not n times, since the terms partly cancel. First weights of size 1/√n undo that: tanh stays "
            "nearly level. The ReLU needs √2/√n, and the logistic function fades with all four.",
            draw=without_residuals,
            settings=(FIRST_WEIGHTS,),
        ),
        Chart(
            title="With residual connections",
            text="The same networks, but each layer is added to its input. Now nothing vanishes, "
            "but a gradient may grow: most of all the ReLU's. The norm of lesson 17 holds the sums down.",
            draw=with_residuals,
            settings=(FIRST_WEIGHTS,),
        ),
    ),
)

LESSON = Lesson(
    title="Depth",
    chapter="Learning weights",
    goal="See what many layers do to a gradient: it vanishes, it explodes, or it is kept level with care.",
    needs="Lesson 3, the chain. From lesson 9, boxes that open.",
    parts=(TWENTY, BENT),
    can_do=(
        "Tell from the factors of a chain whether its gradient vanishes or explodes.",
        "Choose first weights that fit the bend, and say why they depend on the number of inputs.",
        "Explain why a residual connection keeps a gradient alive.",
    ),
    summary=(
        "A gradient shrinks or grows by a factor in each layer, so over depth it does so exponentially.",
        "The slope of the logistic function is at most 0.25, that of tanh 1, that of an open ReLU always 1.",
        "A residual connection adds 1 to each factor, and the path survives.",
    ),
)
