# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Fan-out: where a value is used more than once, the gradients of its paths add."""

import numpy as np

from engine import Tensor, record
from lessons.chart import Chart, Curves, Line
from lessons.lesson import (
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


def three_uses(a):
    s = a * a
    out = s + a
    return out


def two_paths(a):
    h = 2 * a
    p = h.square()
    q = 3 * h
    out = p + q
    return out


def added_or_replaced() -> Curves:
    """The gradient of a, for every a, where the terms are added and where the last one replaces the rest."""
    xs = np.linspace(-5.0, 5.0, 41)
    root = three_uses(Tensor(xs, name="a")).sum()
    lines = [
        Line(
            name, xs.tolist(), record(root, accumulate=added).gradient("a").tolist(), "gradient", strong=added
        )
        for name, added in (("with +=", True), ("with =", False))
    ]
    return Curves("a", "gradient of a", tuple(lines), mark=(-1.0, "a = −1"))


THREE_USES = Part(
    title="One input, used three times",
    text="In $a \\cdot a + a$ the same **a** is used three times. "
    "A [[nudge]] of **a** sets out along all three arrows at once. "
    "What arrives at **out** is all of it together.",
    build=three_uses,
    inputs=(Input("a", 3.0, low=-5, high=5, step=0.1),),
    walk=(
        Stop(
            "**a** is 3. Count the arrows that leave it: two go into the product, one into the sum. "
            "That is [[fan-out]].",
            start(),
        ),
        Stop(
            "**out** is 12. Nudge **a** by 0.01, in the nudge box of the panel: "
            "by what factor does **out** move?",
            forward("out"),
        ),
        Stop(
            "The first term arrives at **a**: the sum sends 1. "
            "It is not the whole gradient yet, as two more arrows are to come. "
            "In the formula, `+=` says: add this to what is there.",
            backward("out", "a"),
        ),
        Stop(
            "The product sends its first factor the value of the other, 3. "
            "It is added to what is there: $1 + 3 = 4$.",
            backward("s", "a"),
        ),
        Stop(
            "The second factor of the product is the same **a**. It gets its term as well, the last of "
            "three.",
            backward("s", "a", nth=2),
            predict=Question(
                ask="What is the gradient of **a** now?",
                answer=gradient("a"),
                explain="It gets 3 once more: $1 + 3 + 3 = 7$. "
                "Try it: a nudge of **a** by 0.01 moves **out** by 0.0701.",
            ),
        ),
        Stop(
            "Along a path gradients multiply; where paths meet again, they add. "
            "School agrees: $a^2 + a$ has the derivative $2a + 1$, which is 7 at 3.",
            end(),
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Make **a** equal to 2. What is its gradient?",
            values={"a": 2.0},
            answer=gradient("a"),
            explain="The product sends 2 along each of its two arrows, and the sum sends 1: $2 + 2 + 1 = 5$.",
            mistakes=(
                Mistake(
                    "That is the product's share. The arrow straight to **out** is missing.",
                    lambda trace: 2 * trace.value("a"),
                ),
                Mistake(
                    "Two arrows lead into the product. You counted one of them.",
                    lambda trace: trace.value("a") + 1,
                ),
                Mistake("That is the last term alone. The terms are added, not replaced.", value("a")),
                Mistake("That is the value of **out**, not the gradient of **a**.", value("out")),
            ),
        ),
        Question(
            ask="Make **a** equal to 0. What is its gradient?",
            values={"a": 0.0},
            answer=gradient("a"),
            explain="Both factors of the product are 0, so it is silent. The arrow straight to **out** "
            "sends 1.",
            mistakes=(
                Mistake("The product is silent, but one arrow goes past it.", value("out")),
                Mistake(
                    "Two arrows would send 1 only if both factors were 1. They are 0.", lambda trace: 3.0
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Replace += by =",
        text="Let each new term write over the one before. Which gradient will be left in **a**?",
        accumulate=False,
        at=end(),
        reveals="3, the last term to arrive, in place of 7. No error is raised, and nothing looks wrong. "
        "Only a nudge would tell: with 0.01 more in **a**, **out** still grows by 0.0701.",
    ),
    charts=(
        Chart(
            title="A wrong gradient that may look right",
            text="The gradient of **a**, for every **a**: with the terms added, "
            "and with the last term alone, as `=` leaves it. "
            "At −1 the two agree. A single test, made there, would find no fault.",
            draw=added_or_replaced,
        ),
    ),
)


def shares() -> Curves:
    """The gradient of a along each of the two paths and in all, and the output, for every a."""
    xs = np.linspace(-3.0, 1.5, 91)
    paths = {
        "by p": lambda a: (2 * a).square(),
        "by q": lambda a: 3 * (2 * a),
        "both": two_paths,
    }
    lines = []
    for name, path in paths.items():
        a = Tensor(xs)
        path(a).sum().backward()
        found = np.asarray(a.grad).tolist()
        lines.append(Line(name, xs.tolist(), found, "gradient", strong=name == "both"))
    out = Line("out", xs.tolist(), two_paths(Tensor(xs)).data.tolist())
    return Curves("a", "gradient of a, and out", (*lines, out), mark=(-0.75, "a = −0.75"))


TWO_PATHS = Part(
    title="Two paths that meet",
    text="Here it is not an input that is used twice, but the box **h** in the middle. "
    "Two paths lead from **h** to **out**. "
    "Its gradient must be complete before it may be passed on.",
    build=two_paths,
    inputs=(Input("a", 1.0, low=-3, high=3, step=0.05),),
    walk=(
        Stop(
            "**a** is doubled, and the result **h** goes two ways: it is squared, and it is tripled.", start()
        ),
        Stop(
            "**out** is $4 + 6 = 10$. Nudge **a** by 0.01, in the nudge box of the panel: "
            "by what factor does **out** move?",
            forward("out"),
        ),
        Stop("The first term for **h** comes from **q**, which triples it: 3.", backward("q", "h")),
        Stop(
            "The second term comes from the square, **p**. What does it send, and what becomes of the 3?",
            backward("p", "h"),
            predict=Question(
                ask="What is the gradient of **h** now?",
                answer=gradient("h"),
                explain="The square sends $2 \\times 2 = 4$, and $3 + 4 = 7$.",
            ),
        ),
        Stop(
            "Only now may **h** pass its gradient on. A box waits until all that use it have reported. "
            "**a** gets $7 \\times 2 = 14$.",
            backward("h", "a"),
        ),
        Stop(
            "Path by path it is the same: $1 \\times 4 \\times 2 = 8$ along one, $1 \\times 3 \\times 2 = 6$ "
            "along the other, and $8 + 6 = 14$. Try it: a nudge of 0.01 moves **out** by 0.14.",
            end(),
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Make **a** equal to 2, so that **h** is 4. What is the gradient of **a**?",
            values={"a": 2.0},
            answer=gradient("a"),
            at=backward("h", "a"),
            explain="**h** collects $2 \\times 4 = 8$ and 3, which makes 11. Doubling makes it 22.",
            mistakes=(
                Mistake("That is the gradient of **h**. **a** sits one block further back.", gradient("h")),
                Mistake("That is the path through the square alone.", lambda trace: 4 * trace.value("h")),
                Mistake("That is the path through **q** alone.", lambda trace: 6.0),
                Mistake(
                    "You multiplied the two paths. Where paths meet, they add.",
                    lambda trace: 12 * trace.value("h"),
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Two paths that cancel",
        text="Set **a** to −0.75. Both paths carry a gradient. What arrives at **a**?",
        values={"a": -0.75},
        at=end(),
        reveals="Nothing: **h** gets 3 along one path and −3 along the other, and their sum is 0. "
        "A gradient of 0 does not mean that no path is alive. Here **out** is as low as it can get.",
    ),
    charts=(
        Chart(
            title="Two shares, added",
            text="The gradient of **a**, for every **a**: the share of each path, and both together. "
            "Where the sum crosses 0, the shares cancel. There the blue curve of **out** is lowest.",
            draw=shares,
        ),
    ),
)

LESSON = Lesson(
    title="Fan-out",
    chapter="Gradients",
    goal="Follow a value that is used more than once: where paths meet, their gradients add.",
    needs="Lesson 4: the two passes.",
    parts=(THREE_USES, TWO_PATHS),
    can_do=(
        "Count the arrows that leave a box, and expect one gradient term along each.",
        "Add where paths meet, multiply along a path, and wait until all terms are in.",
        "Explain why the code of every engine says `+=`, and what goes wrong without it.",
    ),
    summary=(
        "A value that is used several times gets a gradient term from each use, and the terms add.",
        "A box passes its gradient on when all that use it have reported.",
        "With `=` in place of `+=` the gradient is wrong, and no error tells.",
    ),
)
