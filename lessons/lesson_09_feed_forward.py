# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""FeedForward: a layer by hand, the same layer folded into a box, and why it needs a bend."""

from functools import cache
from itertools import pairwise

import numpy as np

from engine import Tensor
from engine.nn import FeedForward
from lessons.chart import Chart, Curves, Line
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
    start,
    value,
)

DEPTHS = (1, 2, 3, 4)


def layer(x, W, b):
    product = x @ W
    z = product + b
    h = z.relu()
    total = h.sum()
    return total


def two_boxes(x, W1, b1, W2, b2):
    first, second = FeedForward(2, 2), FeedForward(2, 2)
    first.W, first.b = W1, b1
    second.W, second.b = W2, b2
    h = first(x)
    out = second(h)
    total = out.sum()
    return total


def without_bend(x, W1, b1, W2, b2):
    first = FeedForward(2, 2, activation=None)
    second = FeedForward(2, 2, activation=None)
    first.W, first.b = W1, b1
    second.W, second.b = W2, b2
    h = first(x)
    out = second(h)
    total = out.sum()
    return total


def two_or_one(bend, x, W1, W2):
    W = W1 @ W2
    one = x @ W
    z = x @ W1
    h = z
    if bend == "ReLU":
        h = z.relu()
    two = h @ W2
    gap = two - one
    total = gap.sum()
    return total


def bend_last(bend, x, W1, W2):
    W = W1 @ W2
    one = x @ W
    z = x @ W1
    two = z @ W2
    if bend == "ReLU":
        one = one.relu()
        two = two.relu()
    gap = two - one
    total = gap.sum()
    return total


@cache
def stacked(depth: int) -> Curves:
    """What a stack of layers of eight units makes of one number x, with three kinds of bend."""
    random = np.random.default_rng(4)
    x = np.linspace(-2.0, 2.0, 81)
    sizes = [1, *[8] * depth, 1]
    layers = [
        (random.normal(0.0, 1.4 / np.sqrt(a), (a, b)), random.normal(0.0, 0.7, b)) for a, b in pairwise(sizes)
    ]
    lines = []
    for name in ("none", "tanh", "ReLU"):
        h = Tensor(x[:, None])
        for k, (W, b) in enumerate(layers):
            h = h @ Tensor(W) + Tensor(b)
            if k < depth and name != "none":
                h = h.tanh() if name == "tanh" else h.relu()
        y = np.asarray(h.data)[:, 0]
        y = (y - y.mean()) / y.std()
        lines.append(
            Line(name, x.tolist(), y.tolist(), "value" if name != "none" else "other", name == "none")
        )
    return Curves("x", "output (scaled to the same height)", tuple(lines))


BY_HAND = Part(
    title="A layer by hand",
    text="A [[layer]] has several units side by side, each with weights of its own. "
    "Its inputs stand in **x**. Each column of **W** holds the weights of one unit, and **b** its [[bias]]. "
    "Lesson 8 wrote the units as rows, $V \\phi$. As columns, $x W$, they are the same layer, "
    "and later **x** can have many rows.",
    build=layer,
    inputs=(
        Input("x", [1.0, 2.0], low=-5, high=5, step=0.1, about="two inputs"),
        Input("W", [[1.0, 2.0], [-1.0, 1.0]], low=-5, high=5, step=0.1, about="a column for each unit"),
        Input("b", [0.0, -1.0], low=-5, high=5, step=0.1, about="a bias for each unit"),
    ),
    walk=(
        Stop(
            "Two inputs, 1 and 2, and two units. The weights of the first unit are 1 and −1, "
            "the first column of **W**.",
            start(),
        ),
        Stop(
            "Each unit takes its weighted sum: $1 \\times 1 + 2 \\times (-1) = -1$ and "
            "$1 \\times 2 + 2 \\times 1 = 4$.",
            forward("product"),
        ),
        Stop("Each adds its bias: **z** is −1 and 3.", forward("z")),
        Stop(
            "Then comes the bend, here [[ReLU]]: it keeps what is positive.",
            forward("h"),
            predict=Question(
                ask="What does the first unit put out?",
                answer=value("h", 0),
                explain="**z** is −1 there, so the ReLU makes it 0. The second unit puts out 3.",
            ),
        ),
        Stop(
            "To start a walk back we need one number, so the outputs are added up. "
            "Each of them gets the gradient 1.",
            backward("total", "h"),
        ),
        Stop(
            "The ReLU of the first unit is shut, so 0 passes. The second one is open, so 1 passes.",
            backward("h", "z"),
        ),
        Stop("A sum passes it on: the biases get 0 and 1.", backward("z", "b")),
        Stop(
            "Each input collects from all units: their gradients times the weights that lead there. "
            "With $g$, the gradients of the units, that is the product $g\\, W^\\top$. "
            "It takes the [[transpose]] of **W**.",
            backward("product", "x"),
            predict=Question(
                ask="What is the gradient of the first input in **x**?",
                answer=gradient("x", 0),
                explain="$0 \\times 1 + 1 \\times 2 = 2$. The first unit is shut and adds nothing.",
                mistakes=(
                    Mistake(
                        "You let both units through. The first one's ReLU is shut.",
                        lambda trace: float(trace.value("W")[0].sum()),
                    ),
                ),
            ),
        ),
        Stop(
            "Each weight gets its input times the gradient of its unit. The shut unit's column gets 0 and 0, "
            "the open one's 1 and 2: the inputs.",
            end(),
        ),
    ),
    nudge=Nudge("x", cell=(0,)),
    questions=(
        Question(
            ask="Make the inputs **x** 3 and 1. Now both units are open. "
            "What is the gradient of the first input?",
            again="What is the gradient of the first input at these numbers?",
            values={"x": [3.0, 1.0]},
            answer=gradient("x", 0),
            at=backward("product", "x"),
            explain="**z** is 2 and 6, so both send 1 back: $1 \\times 1 + 1 \\times 2 = 3$.",
            mistakes=(
                Mistake("That is what the second unit sends. The first one is open too.", lambda trace: 2.0),
                Mistake(
                    "You took a column of **W**. An input's weights stand in its row.", lambda trace: 0.0
                ),
            ),
        ),
        Question(
            ask="Make the inputs **x** 3 and 2. What is the gradient of the weight from the first input to "
            "the second unit?",
            again="At these numbers, what is the gradient of the weight from the first input to the second "
            "unit?",
            values={"x": [3.0, 2.0]},
            answer=gradient("W", 0, 1),
            at=backward("product", "W"),
            explain="Both units are open. The input is 3 and the unit's gradient is 1: $3 \\times 1 = 3$.",
            mistakes=(
                Mistake("That is the unit's gradient. Multiply it by the input.", gradient("z", 1)),
                Mistake("That is the weight from the second input.", gradient("W", 1, 1)),
                Mistake("That is what the unit puts out.", value("h", 1)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Dead units",
        text="Make both biases −5. What do the units put out, and what do their weights learn?",
        values={"b": [-5.0, -5.0]},
        at=backward("h", "z"),
        reveals="**z** is −6 and −1, so both ReLUs are shut and put out 0. **h** still gets 1 and 1, "
        "but **z** gets 0 and 0, and so does everything before it. "
        "A unit that is shut for every example is a [[dead unit]]. Its own weights cannot wake it, "
        "since they get no gradient. Only the layer before can, by sending it other inputs.",
    ),
)

BOXES = Part(
    title="Folded into a box",
    text="A box can hide a graph. [[FeedForward]] is the layer of the first part, as one box: "
    "it takes **x** and gives **h**. From here on we build with such boxes. "
    "Click the plus on one to open it, and the minus to close it again.",
    build=two_boxes,
    inputs=(
        Input("x", [1.0, 2.0], low=-5, high=5, step=0.1, about="two inputs"),
        Input("W1", [[1.0, 2.0], [-1.0, 1.0]], low=-5, high=5, step=0.1, about="weights of the first layer"),
        Input("b1", [0.0, -1.0], low=-5, high=5, step=0.1, about="biases of the first layer"),
        Input("W2", [[2.0, 2.0], [3.0, -1.0]], low=-5, high=5, step=0.1, about="weights of the second layer"),
        Input("b2", [-1.0, 0.0], low=-5, high=5, step=0.1, about="biases of the second layer"),
    ),
    walk=(
        Stop("Two layers, one behind the other. The first has the weights of the first part.", start()),
        Stop(
            "A closed box takes one step: **h** is 0 and 3, as before. What is inside need not concern us.",
            forward("h"),
        ),
        Stop(
            "If it does, open it. Inside are the same steps as by hand: here **z** is −1 and 3.",
            forward("FeedForward/z"),
            open=("FeedForward",),
        ),
        Stop(
            "The second layer takes **h** as its input, and gives 8 and 0. Layers fit together like "
            "functions.",
            forward("out"),
        ),
        Stop("The outputs are added up, and each gets 1.", backward("total", "out")),
        Stop(
            "On the way back, too, a box needs only what arrives at its output. "
            "The second unit of the second layer is shut, so **h** gets 2 and 3, the first column of **W2**.",
            backward("out", "h"),
        ),
        Stop(
            "Now the first box has its upstream gradient, and hands on its own.",
            backward("h", "x"),
            predict=Question(
                ask="The first unit of this box is shut. What is the gradient of the first input in **x**?",
                answer=gradient("x", 0),
                explain="Only the second unit is open. It has 3, and its weight is 2: $3 \\times 2 = 6$.",
                mistakes=(
                    Mistake(
                        "You let both units through: $2 \\times 1 + 3 \\times 2$. The first one is shut.",
                        lambda trace: float(trace.gradient("h") @ trace.value("W1")[0]),
                    ),
                    Mistake(
                        "That is the weight of the open unit. Multiply it by what arrives at the unit, 3.",
                        value("W1", 0, 1),
                    ),
                    Mistake(
                        "That is what arrives at the open unit. Its weight is missing.", gradient("h", 1)
                    ),
                ),
            ),
        ),
        Stop(
            "Opened, the box shows where that comes from: a product with **W1** transposed.",
            backward("FeedForward/product", "x"),
            open=("FeedForward",),
        ),
        Stop(
            "The name has a second meaning. In a Transformer one FeedForward box holds two layers, "
            "$\\mathrm{ReLU}(x W_1 + b_1)\\, W_2 + b_2$, the second without a bend. Lesson 18 opens one.",
            end(),
        ),
    ),
    nudge=Nudge("x", cell=(1,)),
    questions=(
        Question(
            ask="Make the second layer's biases **b2** −1 and 4, so that all its units are open. "
            "What is the gradient of the second number in **h**?",
            again="What is the gradient of the second number in **h** at these numbers?",
            values={"b2": [-1.0, 4.0]},
            draws=("x", "W2", "b2"),
            answer=gradient("h", 1),
            at=backward("out", "h"),
            explain="Both units have gradient 1: $1 \\times 3 + 1 \\times (-1) = 2$. "
            "They pull in opposite directions.",
            mistakes=(
                Mistake("That is what the first unit sends. The second is open too.", value("W2", 1, 0)),
                Mistake("That is the gradient of the first number in **h**.", gradient("h", 0)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Leave out the bend",
        text="Take the activation out of both boxes. Then nothing is ever shut. "
        "What does a layer lose without its bend?",
        build=without_bend,
        at=forward("out"),
        reveals="**h** is −1 and 3, **out** is 6 and −5, and every path carries a gradient. "
        "But now both layers together are a single one, with one matrix and one bias: see the next part.",
    ),
)

LINEAR = Part(
    title="Without a bend",
    text="Two layers without a bend: $x W_1 W_2$. But $W_1 W_2$ is itself a matrix, **W**. "
    "So is there anything that two such layers can do and one cannot?",
    build=two_or_one,
    inputs=(
        Choice("bend", ("none", "ReLU"), "none", about="bend between the layers"),
        Input("x", [1.0, 2.0], low=-5, high=5, step=0.1, about="two inputs"),
        Input("W1", [[1.0, 2.0], [-1.0, 1.0]], low=-5, high=5, step=0.1, about="weights of the first layer"),
        Input("W2", [[2.0, 1.0], [1.0, -1.0]], low=-5, high=5, step=0.1, about="weights of the second layer"),
    ),
    walk=(
        Stop("On one way **x** goes through both layers. On the other the two matrices meet first.", start()),
        Stop(
            "First the other way: multiply the matrices.",
            forward("W"),
            predict=Question(
                ask="What is the top left number of **W**?",
                answer=value("W", 0, 0),
                explain="First row of **W1** times first column of **W2**: $1 \\times 2 + 2 \\times 1 = 4$.",
                mistakes=(
                    Mistake(
                        "You multiplied the two top left numbers. A whole row meets a whole column.",
                        lambda trace: float(trace.value("W1")[0, 0] * trace.value("W2")[0, 0]),
                    ),
                ),
            ),
        ),
        Stop("One layer with **W** makes 2 and −5 of **x**.", forward("one")),
        Stop("Now layer after layer: **z** is −1 and 4.", forward("z")),
        Stop("The second layer makes 2 and −5 of it, too.", forward("two")),
        Stop(
            "The **gap** is 0, and it stays 0 whatever you drag: stacked [[linear]] layers are one linear "
            "layer.",
            forward("gap"),
        ),
        Stop(
            "With the ReLU **z** is cut off at 0. The two layers give 4 and −4 now, and the gap is 2 and 1. "
            "But might another matrix do it?",
            forward("gap"),
            {"bend": "ReLU"},
        ),
        Stop(
            "Now **x** is −1 and −2, the opposite. Any matrix would turn the result into its opposite, "
            "−4 and 4. The two layers give 2 and 1: no single matrix can do what they do.",
            forward("gap"),
            {"bend": "ReLU", "x": [-1.0, -2.0]},
        ),
        Stop(
            "Would a bias help? With one, too, a single layer is straight: at **x** = 0, halfway between "
            "these two inputs, it gives what lies halfway between their outputs, 3 and −1.5. "
            "The two layers give 0 and 0.",
            forward("two"),
            {"bend": "ReLU", "x": [0.0, 0.0]},
        ),
    ),
    nudge=Nudge("x", cell=(0,)),
    questions=(
        Question(
            ask="With the ReLU, make **x** 3 and 1. Then **z** is 2 and 7. What is the first number of "
            "**gap**?",
            values={"bend": "ReLU", "x": [3.0, 1.0]},
            answer=value("gap", 0),
            at=forward("gap"),
            explain="Both numbers of **z** are positive, so the ReLU changes nothing: 0. "
            "Where all units are open, even a bent network is linear.",
            mistakes=(
                Mistake("That was the gap at 1 and 2, where a unit was shut.", lambda trace: 2.0),
                Mistake("That is what the two layers give. And the single one?", value("two", 0)),
            ),
        ),
        Question(
            ask="Keep the ReLU, and make **x** 1 and 3. Then **z** is −2 and 5. What is the first number of "
            "**gap** now?",
            again="With the ReLU and these numbers, what is the first number of **gap**?",
            values={"bend": "ReLU", "x": [1.0, 3.0]},
            answer=value("gap", 0),
            at=forward("gap"),
            explain="The first unit is shut, so its $-2 \\times 2 = -4$ is missing: the two layers give 5, "
            "the single one 1.",
            mistakes=(
                Mistake(
                    "That is what the two layers give. Take away what the single one gives.", value("two", 0)
                ),
                Mistake("That is what the single layer gives.", value("one", 0)),
                Mistake("That is the second number of **gap**.", value("gap", 1)),
            ),
        ),
    ),
    experiment=Experiment(
        title="The bend comes last",
        text="Keep the ReLU, but let it come after both layers instead of between them. "
        "Is the gap of 2 and 1 still there?",
        values={"bend": "ReLU"},
        build=bend_last,
        at=forward("gap"),
        reveals="No, it is 0 and 0. The layers give 2 and −5 again, and the ReLU makes 2 and 0 of it on both "
        "ways. A bend makes two layers of two matrices only where it stands between them.",
    ),
    charts=(
        Chart(
            title="Depth without a bend stays straight",
            text="One number **x** goes through a stack of layers with eight units each, with random "
            "weights. "
            "Without a bend the output is a straight line, however deep the stack is. "
            "With tanh or ReLU each layer adds bends of its own.",
            draw=stacked,
            settings=(Choice("depth", DEPTHS, 2, about="how many bent layers"),),
        ),
    ),
)

LESSON = Lesson(
    title="FeedForward",
    chapter="Learning weights",
    goal="Fold a layer into a box that knows its own way forward and back, and see why it needs a bend.",
    needs="Lesson 8: a two-layer network.",
    parts=(BY_HAND, BOXES, LINEAR),
    can_do=(
        "Compute a layer of several units forward and backward, and check it by its shapes.",
        "Open and close a box, and use it without looking inside.",
        "Spot a dead unit, and explain why its own weights cannot wake it.",
    ),
    summary=(
        "FeedForward is a product with the weights, plus a bias, then a bend.",
        "A box needs only its inputs on the way forward, and its upstream gradient on the way back.",
        "Without a bend, a stack of layers is one layer.",
    ),
)
