# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Building blocks: each knows its own local gradient, and nothing else.

The blocks are those of the Stanford CS221 lecture on backpropagation, and the bends of neural networks.
"""

from collections.abc import Callable

import numpy as np

from engine import Tensor
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
    seed,
    start,
    value,
)

BLOCKS: dict[str, Callable[..., Tensor]] = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "max(a, b)": lambda a, b: a.maximum(b),
    "square": lambda a: a.square(),
    "cube": lambda a: a**3,
    "minus": lambda a: -a,
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "sqrt": lambda a: a.sqrt(),
    "logistic": lambda a: a.sigmoid(),
    "tanh": lambda a: a.tanh(),
    "relu": lambda a: a.relu(),
}


def two_inputs(block, a, b):
    out = BLOCKS[block](a, b)
    return out


def one_input(block, a):
    out = BLOCKS[block](a)
    return out


def bends(block, a):
    out = BLOCKS[block](a)
    return out


def touching(block: str, a: float) -> Curves:
    """The curve of a block with one input, and the line that touches it at a."""
    at = Tensor(a)
    out = one_input(block, at)
    out.backward()
    xs = np.linspace(0.1, 4.0, 79)
    curve = one_input(block, Tensor(xs)).data
    line = out.item() + at.grad * (xs - a)
    near = (line > curve.min() - 1e-9) & (line < curve.max() + 1e-9)  # the picture stays as high as the curve
    return Curves(
        "a",
        "out",
        (
            Line("out", xs.tolist(), curve.tolist()),
            Line(
                f"slope {at.grad:.3g}".replace("-", "−"),
                xs[near].tolist(),
                line[near].tolist(),
                "gradient",
                strong=True,
            ),
        ),
        mark=(a, f"a = {a:g}"),
    )


def bend(block: str) -> Curves:
    """The value of a bend, and its gradient, for every a."""
    a = Tensor(np.linspace(-6.0, 6.0, 241))
    out = bends(block, a)
    out.sum().backward()
    xs = a.data.tolist()
    return Curves(
        "a",
        "value and gradient",
        (
            Line("value", xs, out.data.tolist()),
            Line("gradient", xs, np.asarray(a.grad).tolist(), "gradient", strong=True),
        ),
    )


TWO_INPUTS = Part(
    title="Two inputs",
    text="Every computation in this course is made of small blocks. "
    "Take one block alone: what does it do to a nudge of each of its inputs? "
    "The answer is the block's [[local gradient]].",
    build=two_inputs,
    inputs=(
        Choice("block", ("a + b", "a - b", "a * b", "a / b", "max(a, b)"), "a * b", about="which block"),
        Input("a", 3.0, low=-5, high=5, step=0.1),
        Input("b", 2.0, low=-5, high=5, step=0.1),
    ),
    walk=(
        Stop("One block with two inputs: **a** is 3, **b** is 2. It starts as the product `a * b`.", start()),
        Stop(
            "$3 \\times 2 = 6$. Before you walk on, nudge **a** by 0.01, then **b**. "
            "By what factor does **out** move each time?",
            forward("out"),
        ),
        Stop(
            "The gradient of **out** itself is 1. "
            "So what goes back to the inputs now is the block's own doing: its [[local gradient]].",
            seed(),
        ),
        Stop(
            "**a** gets 2, the value of **b**. Try it: a nudge of **a** by 0.01 moves **out** by 0.02.",
            backward("out", "a"),
        ),
        Stop(
            "Now it is **b**'s turn. The same product, seen from its other side.",
            backward("out", "b"),
            predict=Question(
                ask="What is the gradient of **b**?",
                answer=gradient("b"),
                explain="**b** gets 3, the value of **a**. A product swaps: "
                "the smaller input gets the larger gradient.",
            ),
        ),
        Stop(
            "Now the block is `a - b`, chosen above. "
            "**a** gets 1 and **b** gets −1: more **b** makes **out** smaller. "
            "The sign of a gradient is a direction.",
            end(),
            {"block": "a - b"},
        ),
        Stop(
            "Now it is `a / b`. **a** gets $1/b = 0.5$. **b** gets $-a/b^2 = -0.75$: "
            "dividing by more leaves less.",
            end(),
            {"block": "a / b"},
        ),
        Stop(
            "Now it is `max(a, b)`, the larger of the two. "
            "In its formula, $[b > a]$ stands for 1 if that is true, and for 0 if not. So does $[a = b]$.",
            backward("out", "b"),
            {"block": "max(a, b)"},
            predict=Question(
                ask="What is the gradient of **b**?",
                answer=gradient("b"),
                explain="A small nudge of the smaller input changes nothing. The larger one, **a**, gets 1.",
                mistakes=(
                    Mistake("That is the gradient of **a**, which is the larger.", gradient("a")),
                    Mistake(
                        "The gradient is shared only when both are equal. Here **a** is larger.",
                        lambda trace: 0.5,
                    ),
                ),
            ),
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Block `a / b`, with **a** = 4 and **b** = 2. What is the gradient of **b**?",
            values={"block": "a / b", "a": 4.0, "b": 2.0},
            answer=gradient("b"),
            at=backward("out", "b"),
            explain="The local gradient of $a/b$ for $b$ is $-a/b^2$, here $-4/4 = -1$. "
            "Nudge **b** by 0.01, and **out** falls by about 0.01.",
            mistakes=(
                Mistake(
                    "The size is right, but look at the direction: more **b** makes **out** smaller.",
                    lambda trace: -trace.gradient("b"),
                ),
                Mistake("That is the gradient of **a**, $1/b$.", gradient("a")),
                Mistake("That is $-a/b$. The $b$ below is squared.", lambda trace: -trace.value("out")),
                Mistake("That is the value of **out**, not a gradient.", value("out")),
            ),
        ),
        Question(
            ask="Block `max(a, b)`, with **a** = 3 and **b** = 5. What is the gradient of **a**?",
            values={"block": "max(a, b)", "a": 3.0, "b": 5.0},
            answer=gradient("a"),
            at=backward("out", "a"),
            explain="**b** wins by 2. Nudge **a** by 0.01, and **out** is still 5.",
            mistakes=(
                Mistake(
                    "That is the gradient of **b**, which wins. Does **out** notice **a** at all?",
                    gradient("b"),
                ),
                Mistake(
                    "The gradient is shared only when both are equal. Here **b** is larger.",
                    lambda trace: 0.5,
                ),
                Mistake(
                    "That is the value of **a**. What does **out** do when **a** moves a little?", value("a")
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="A tie",
        text="Take `max(a, b)` and make both 2. Which of the two gets the gradient?",
        values={"block": "max(a, b)", "a": 2.0, "b": 2.0},
        intact={"block": "max(a, b)"},
        at=end(),
        reveals="Each gets 0.5. At a tie there is no single right answer, so a rule is needed. "
        "Ours splits equally, as `maximum` does in [[PyTorch]]: that is the half of $[a = b]$ there. "
        "Some texts give all of it to one of them.",
    ),
)

ONE_INPUT = Part(
    title="One input",
    text="Most blocks with one input bend the number line. "
    "How strongly such a block passes a nudge on depends on where its input stands. "
    "So the local gradient is a formula in **a**. Only `minus` does not bend: its gradient is −1 everywhere.",
    build=one_input,
    inputs=(
        Choice("block", ("square", "cube", "minus", "exp", "log", "sqrt"), "square", about="which block"),
        Input("a", 3.0, low=0.1, high=4, step=0.1),
    ),
    walk=(
        Stop("One block with one input. It starts as the square, and **a** is 3.", start()),
        Stop(
            "$3^2 = 9$. Nudge **a** by 0.01, in the nudge box of the panel, and then by 0.001. "
            "By what factor does **out** grow each time?",
            forward("out"),
        ),
        Stop(
            "A nudge of 0.01 gives 6.01 times as much, one of 0.001 gives 6.001 times. "
            "The gradient is what they close in on: 6. "
            "The local gradient of $a^2$ is $2a$, its derivative at school.",
            backward("out", "a"),
        ),
        Stop(
            "Now **a** is 1. The gradient is 2 now: the square is less steep there. "
            "The gradient of a sum is the same everywhere; here it depends on where **a** stands.",
            end(),
            {"a": 1.0},
        ),
        Stop(
            "Now the block is `exp`, which is $e^a$, and **a** is 3 again. "
            "What is its derivative at school? If you do not know, nudge **a**.",
            backward("out", "a"),
            {"block": "exp"},
            predict=Question(
                ask="What is the gradient of **a**?",
                answer=gradient("a"),
                explain="20.1, the value once more: the exponential is its own derivative, $e^a$.",
                mistakes=(
                    Mistake(
                        "That would be the rule for a power, $3 a^2$. Here **a** stands in the exponent.",
                        lambda trace: 3 * trace.value("a") ** 2,
                    ),
                ),
            ),
        ),
        Stop(
            "Now it is `log`, the natural logarithm, which school writes $\\ln$. "
            "Its local gradient is $1/a = 0.333$: the larger **a** is, the flatter the curve. "
            "Try `cube`, `minus` and `sqrt` yourself.",
            end(),
            {"block": "log"},
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Block `square`, with **a** = 4. What is the gradient of **a**?",
            values={"block": "square", "a": 4.0},
            answer=gradient("a"),
            at=backward("out", "a"),
            explain="The local gradient of $a^2$ is $2a$, here $2 \\times 4 = 8$.",
            mistakes=(
                Mistake("That is the value, $a^2$. The local gradient is $2a$.", value("out")),
                Mistake("That is **a** itself: the 2 of $2a$ is missing.", value("a")),
                Mistake("That is the 2 of $2a$: now multiply it by **a**.", lambda trace: 2.0),
            ),
        ),
        Question(
            ask="Block `log`, with **a** = 0.5. What is the gradient of **a**?",
            values={"block": "log", "a": 0.5},
            answer=gradient("a"),
            at=backward("out", "a"),
            explain="The local gradient of $\\log a$ is $1/a$, and $1/0.5 = 2$.",
            mistakes=(
                Mistake(
                    "That is the value of **out**, $\\log 0.5$. The local gradient is $1/a$.", value("out")
                ),
                Mistake("That is **a** itself. The local gradient is one divided by it.", value("a")),
                Mistake(
                    "That would be the gradient of $1/a$. Here $1/a$ is the gradient already.",
                    lambda trace: -(trace.value("a") ** -2),
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="The logarithm near 0",
        text="Take `log` and move **a** down to 0.1. At 3 its gradient was 0.333. What is it now?",
        values={"block": "log", "a": 0.1},
        intact={"block": "log"},
        at=end(),
        reveals="It is 10: the nearer to 0, the steeper the logarithm. "
        "Nudge **a** by 0.01 there, and **out** moves by 0.0953, nearly ten times as far.",
    ),
    charts=(
        Chart(
            title="A local gradient is a slope",
            text="Blue is the block's curve. Orange is the line that touches it at **a**, "
            "and its slope is the gradient of **a**. "
            "Move **a** and see the line turn. For which block does it never turn?",
            draw=touching,
            settings=(
                Choice(
                    "block",
                    ("square", "cube", "minus", "exp", "log", "sqrt"),
                    "square",
                    about="which block",
                ),
                Input("a", 3.0, low=0.1, high=4.0, step=0.1, about="where the line touches"),
            ),
        ),
    ),
)

BENDS = Part(
    title="Bends",
    text="Three more blocks with one input bend the signal inside a neural network. "
    "The [[logistic]] function $\\sigma(a) = 1/(1 + e^{-a})$ squeezes any number into 0 to 1; "
    "its sign is a sigma, and PyTorch calls it `sigmoid`. [[tanh]] squeezes into −1 to 1. "
    "[[ReLU]] lets positive numbers pass, and turns all others into 0.",
    build=bends,
    inputs=(
        Choice("block", ("logistic", "tanh", "relu"), "logistic", about="which block"),
        Input("a", 2.0, low=-6, high=6, step=0.1),
    ),
    walk=(
        Stop("One bend, with **a** at 2. It starts as the logistic function.", start()),
        Stop(
            "**out** is 0.881. Drag **a** as far as it goes: **out** stays between 0 and 1.", forward("out")
        ),
        Stop(
            "The local gradient is $s(1 - s)$, where $s$ is the value of **out**: "
            "$0.881 \\times 0.119 = 0.105$. The block needs only what it has computed already.",
            backward("out", "a"),
        ),
        Stop(
            "Now **a** is 0. The gradient is 0.25, and it is never larger than that. "
            "Drag **a** to 6: it is 0.00247 there, and almost nothing gets through.",
            end(),
            {"a": 0.0},
        ),
        Stop(
            "Now the block is `tanh`, and **a** is 0 again. "
            "Its local gradient is $1 - t^2$, where $t$ is the value of **out**.",
            backward("out", "a"),
            {"block": "tanh", "a": 0.0},
            predict=Question(
                ask="What is the gradient of **a**?",
                answer=gradient("a"),
                explain="$1 - 0^2 = 1$: at 0 everything gets through. Drag **a** to 2, and 0.0707 is left.",
                mistakes=(
                    Mistake("That is $t$ itself, the value. Put it into $1 - t^2$.", value("out")),
                    Mistake("That is the slope of the logistic function at 0.", lambda trace: 0.25),
                ),
            ),
        ),
        Stop(
            "Now it is `relu`. At 2 the gradient is 1; drag **a** below 0, and the gate is shut. "
            "In the formula, $[a > 0]$ stands for 1 if that is true, and for 0 if not.",
            end(),
            {"block": "relu"},
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Block `logistic`, with **a** = 0. What is the gradient of **a**?",
            values={"block": "logistic", "a": 0.0},
            answer=gradient("a"),
            at=backward("out", "a"),
            explain="**out** is 0.5, and $0.5 \\times (1 - 0.5) = 0.25$. "
            "It is the steepest place of the curve.",
            mistakes=(
                Mistake("That is the value $s$. The local gradient is $s(1 - s)$.", value("out")),
                Mistake(
                    "That is the gradient of **out**, before the block has had its say.", gradient("out")
                ),
                Mistake(
                    "**a** is 0, but the curve is not flat there. Put the value of **out** into $s(1 - s)$.",
                    value("a"),
                ),
            ),
        ),
        Question(
            ask="Block `relu`, with **a** = −1. What is the gradient of **a**?",
            values={"block": "relu", "a": -1.0},
            answer=gradient("a"),
            at=backward("out", "a"),
            explain="For every **a** below 0, **out** is 0. A nudge of **a** leaves it there.",
            mistakes=(
                Mistake("That is the value of **a**. ReLU turns it into 0.", value("a")),
                Mistake("The gate is open only for positive **a**. Here it is shut.", gradient("out")),
            ),
        ),
    ),
    experiment=Experiment(
        title="On the edge",
        text="Put **a** exactly on the bend of `relu`, at 0. Is the gradient 0, 1, or something between?",
        values={"block": "relu", "a": 0.0},
        intact={"block": "relu"},
        at=end(),
        reveals="It is 0. At the bend itself there is no slope, so a rule is needed. "
        "Ours is PyTorch's: 0 at 0.",
    ),
    charts=(
        Chart(
            title="Where a bend lets gradient through",
            text="Blue is what a bend makes of **a**, orange the gradient of **a**. "
            "The logistic function never passes more than 0.25 of a gradient on, tanh up to all of it. "
            "Far from 0 both are flat, and almost nothing gets back. Where is ReLU flat?",
            draw=bend,
            settings=(Choice("block", ("logistic", "tanh", "relu"), "logistic", about="which block"),),
        ),
    ),
)

LESSON = Lesson(
    title="Building blocks",
    chapter="Gradients",
    goal="Meet the blocks that every computation is made of, and learn what each does to a nudge.",
    needs="Lesson 1. It helps to have seen derivatives at school, but the blocks will show you.",
    parts=(TWO_INPUTS, ONE_INPUT, BENDS),
    can_do=(
        "Read a local gradient as the factor by which a block passes on a small nudge.",
        "Name the local gradients of sums, products, quotients, maxima, powers, logarithms and bends.",
        "Say where a block passes nothing on: the loser of a maximum, a shut ReLU, a flat logistic.",
    ),
    summary=(
        "A local gradient depends on the block and on where its inputs stand, and on nothing else.",
        "A product swaps, a sum passes on, a maximum lets one input through.",
        "The slope of the logistic function is at most 0.25, that of tanh at most 1.",
    ),
)
