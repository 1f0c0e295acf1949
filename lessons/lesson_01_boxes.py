# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Boxes and nudges: what a gradient is, before the word is used.

The graph is the first one of the Stanford CS221 lecture on backpropagation: 2a + bc, cut into boxes.
"""

import numpy as np

from engine import Tensor
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
    seed,
    start,
    value,
)


def build(a, b, c):
    d = 2 * a
    p = b * c
    out = d + p
    return out


def slopes(c: float) -> Curves:
    """The output over b, at this c and at the lesson's own 3."""
    lines = []
    for each in sorted({3.0, c}):
        b = Tensor(np.linspace(0.0, 4.0, 41))
        out = build(Tensor(1.0), b, Tensor(each))
        out.sum().backward()
        name = f"c = {each:g}: slope {b.grad[0]:g}".replace("-", "−")
        lines.append(Line(name, b.data.tolist(), out.data.tolist(), strong=each == c))
    return Curves("b", "out", tuple(lines), mark=(2.0, "b = 2"))


WALK = (
    Stop(
        "This is $2a + bc$, cut into boxes. "
        "The inputs **a**, **b** and **c** are given as 1, 2 and 3; such a box is called a leaf. "
        "The boxes after them are still empty.",
        start(),
    ),
    Stop(
        "A box can work as soon as it has its inputs; it needs to know nothing else. "
        "Here **d** is $2 \\times 1 = 2$. **p** will be $2 \\times 3 = 6$.",
        forward("d"),
    ),
    Stop(
        "The output is $2 + 6 = 8$. Now add 0.01 to **b**, in the nudge box of the panel: "
        "how far does **out** move? Then try **a** and **c**.",
        forward("out"),
    ),
    Stop(
        "A nudge of 0.01 moves **out** by 0.03, three times as far. "
        "This factor is the [[gradient]] of **out** with respect to **b**, written "
        "$\\partial\\text{out}/\\partial b$. "
        "School calls it the derivative, with **a** and **c** held fixed.",
        forward("out"),
    ),
    Stop(
        "Can it be found without nudging? Walk back from the output. "
        "A nudge of **out** moves **out** one for one, so the gradient of **out** is 1.",
        seed(),
    ),
    Stop(
        "Add 0.01 to **p** or to **d**, and the sum **out** grows by 0.01 as well. "
        "So both have gradient 1. It does not matter how large they are.",
        backward("out", "p"),
    ),
    Stop(
        "**c** is 3, so a nudge of **b** reaches **p** three times as large. "
        "**b** has gradient 3, found without a nudge.",
        backward("p", "b"),
    ),
    Stop(
        "Now the other factor, **c**. A nudge of **c** passes through the same product. "
        "How much larger does it leave **p**?",
        backward("p", "c"),
        predict=Question(
            ask="What is the gradient of **c**?",
            answer=gradient("c"),
            explain="**b** is 2, so **c** gets 2. In a product, each factor gets the other one's value.",
            mistakes=(
                Mistake("That is what **b** got, the value of **c** itself.", value("c")),
                Mistake(
                    "That is **p**, the product. How much does it grow when **c** grows by 1?", value("p")
                ),
            ),
        ),
    ),
    Stop(
        "**a** is doubled, so its gradient is 2. "
        "One walk back has found all three gradients: 2, 3 and 2. "
        "Nudging needs a fresh run for each input.",
        end(),
    ),
    Stop(
        "A number with a dotted line under it is yours to change. "
        "Drag **c** sideways, or click on it and type. Which of the gradients follows?",
        end(),
    ),
)

QUESTIONS = (
    Question(
        ask="Make **c** equal to 5. What is the gradient of **b** now?",
        values={"c": 5.0},
        answer=gradient("b"),
        at=backward("p", "b"),
        explain="A nudge of **b** is multiplied by **c** on its way to **p**, and **c** is 5. "
        "The sum passes it on unchanged.",
        mistakes=(
            Mistake(
                "That is the value of **b**. Its gradient says how a change of **b** arrives at **out**.",
                value("b"),
            ),
            Mistake(
                "That is **p**, the product itself. How much does it grow when **b** grows by 1?",
                value("p"),
            ),
            Mistake(
                "That is the gradient of **p**. Between **b** and **p** stands a product: "
                "multiply by the other factor.",
                gradient("p"),
            ),
        ),
    ),
    Question(
        ask="Make **a** equal to 10. What is the gradient of **a** now?",
        values={"a": 10.0},
        answer=gradient("a"),
        at=backward("d", "a"),
        explain="**a** is doubled, whatever its value is. So a nudge of **a** is doubled too.",
        mistakes=(
            Mistake(
                "That is the value of **a**. In a product, a factor gets the other factor, here 2.",
                value("a"),
            ),
            Mistake(
                "That is the value of **d**. The gradient says how much **d** grows when **a** grows by 1.",
                value("d"),
            ),
        ),
    ),
    Question(
        ask="Back at 1, 2, 3: add 0.1 to **c**. By how much does **out** grow?",
        answer=lambda trace: 0.1 * trace.gradient("c"),
        explain="The gradient of **c** is 2, so **out** grows by $2 \\times 0.1 = 0.2$.",
        mistakes=(
            Mistake("That is the gradient: the growth for a nudge of 1. The nudge is 0.1.", gradient("c")),
            Mistake(
                "You multiplied the nudge by **c** itself. It is multiplied by the other factor, **b**.",
                lambda trace: 0.1 * trace.value("c"),
            ),
            Mistake("That is the nudge. On its way to **out** it is multiplied by **b**.", lambda trace: 0.1),
        ),
    ),
)

LESSON = Lesson(
    title="Boxes and nudges",
    chapter="Gradients",
    goal="Find out how strongly each input moves the output: first by nudging it, then without.",
    needs="School arithmetic. It helps to have met the derivative, but the nudges will show you.",
    parts=(
        Part(
            title="Three inputs, one output",
            text="Three numbers go in on the left, and one number comes out on the right. "
            "Each box in between does one small calculation. "
            "Add a little to one input, a [[nudge]], and watch how far the output moves.",
            build=build,
            inputs=(
                Input("a", 1.0, low=-10, high=10, step=0.1),
                Input("b", 2.0, low=-10, high=10, step=0.1),
                Input("c", 3.0, low=-10, high=10, step=0.1),
            ),
            walk=WALK,
            questions=QUESTIONS,
            nudge=Nudge("b"),
            experiment=Experiment(
                title="Silence b",
                text="Set **c** to 0. Before you look: what will a nudge of **b** do to **out**?",
                values={"c": 0.0},
                at=backward("p", "b"),
                reveals="Nothing at all: the gradient of **b** is 0, since **b** times 0 stays 0. "
                "**b** itself is still 2. Its silence comes from **c**.",
            ),
            charts=(
                Chart(
                    title="A gradient is a slope",
                    text="The output for every **b**, while **a** stays 1 and **c** is what you choose. "
                    "One step to the right lifts the line by **c**: that is the gradient of **b**. "
                    "Where does the line lie flat?",
                    draw=slopes,
                    settings=(Input("c", 3.0, low=-5.0, high=5.0, step=0.5, about="the value of c"),),
                ),
            ),
        ),
    ),
    can_do=(
        "Nudge an input, and read off how strongly it moves the output.",
        "Say what a gradient is: how much the output grows for each unit of a small nudge.",
        "Walk back: a sum passes a gradient on, a product multiplies it by the other factor.",
    ),
    summary=(
        "A gradient is a factor: how much the output grows for each unit of a small nudge.",
        "In a product each factor gets the value of the other one. In a sum each part gets 1.",
        "One walk back finds the gradients of all inputs. Nudging needs one run for each.",
    ),
)
