# mypy: allow-untyped-defs
# ruff: noqa: RET504
"""The two passes: values forward, gradients backward, as the Stanford CS221 lecture defines them."""

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
    seed,
    start,
    value,
)


def build(x1, x2):
    s = x1 + x2
    out = s.square()
    return out


def counted() -> Curves:
    """How many calculations find the gradients of n inputs, for the square of a sum of n numbers.

    Nudging runs forward once, and once more for each input. Two passes run forward once, and then send one
    term back along each arrow.
    """
    numbers = range(2, 51, 4)
    nudging, passes = [], []
    for n in numbers:
        s, *others = [Tensor(1.0) for _ in range(n)]
        for x in others:
            s = s + x
        arrows = [len(sources) for sources in record(s.square()).inputs if sources]
        nudging.append((n + 1) * len(arrows))
        passes.append(len(arrows) + sum(arrows))
    return Curves(
        "inputs",
        "calculations",
        (
            Line(f"nudging: {nudging[-1]}", list(numbers), nudging, "other"),
            Line(f"two passes: {passes[-1]}", list(numbers), passes, "gradient", strong=True),
        ),
    )


WALK = (
    Stop(
        "$(x_1 + x_2)^2$, with **x1** at 2 and **x2** at 3. First come all the values.",
        start(),
    ),
    Stop(
        "The **forward value** of a box, $f$ in the lectures, is the value of the expression up to that box. "
        "Here it is 5.",
        forward("s"),
    ),
    Stop(
        "The [[forward pass]] ends: **out** is 25. Every value is kept, since the way back will need it.",
        forward("out"),
    ),
    Stop(
        "The **backward value** of a box, $g$ in the lectures, is its gradient: "
        "how a nudge of that box moves **out**. "
        "For **out** itself that is one for one, so the [[backward pass]] starts with 1.",
        seed(),
    ),
    Stop(
        "The square looks up the value that was kept: **s** is 5. Upstream is 1.",
        backward("out", "s"),
        predict=Question(
            ask="What is the gradient of **s**?",
            answer=gradient("s"),
            explain="Upstream times local is $1 \\times 2 \\times 5 = 10$.",
        ),
    ),
    Stop(
        "**s** has gradient 10, and **s** is the sum of two inputs.",
        backward("s", "x1"),
        predict=Question(
            ask="What is the gradient of **x1**?",
            answer=gradient("x1"),
            explain="Whatever is added to **x1** is added to **s**, so **x1** gets all of it.",
            mistakes=(
                Mistake(
                    "A sum does not divide its gradient. Add 0.01 to **x1**: how far does **s** move?",
                    lambda trace: trace.gradient("s") / 2,
                ),
                Mistake(
                    "The value of **x1** is its share of the sum. "
                    "The gradient says how **s** moves when **x1** moves.",
                    lambda trace: trace.gradient("s") * trace.value("x1") / trace.value("s"),
                ),
            ),
        ),
    ),
    Stop(
        "**x2** gets 10 as well. A sum does not divide the gradient: "
        "nudge either of them, and **s** moves equally far.",
        backward("s", "x2"),
    ),
    Stop(
        "Now every box has its gradient, and no input has changed: **x1** is still 2. "
        "Backpropagation only finds gradients. Using them to change something is training, in lesson 6.",
        end(),
    ),
)

QUESTIONS = (
    Question(
        ask="Make **x1** equal to −4 and **x2** equal to 1. What is the gradient of **x1**?",
        values={"x1": -4.0, "x2": 1.0},
        answer=gradient("x1"),
        at=backward("s", "x1"),
        explain="**s** is −3. The square sends back $2 \\times (-3) = -6$, and the sum passes it on.",
        mistakes=(
            Mistake("That is **s**. The local gradient of a square is twice its input.", value("s")),
            Mistake(
                "The size is right, but **s** is negative here: raise **x1**, and **out** falls.",
                lambda trace: -trace.gradient("x1"),
            ),
            Mistake(
                "That is the local gradient of the sum. Multiply it by what comes from upstream.",
                lambda trace: 1.0,
            ),
            Mistake(
                "You squared **x1** alone. The square's input is the whole sum, **s**.",
                lambda trace: 2 * trace.value("x1"),
            ),
        ),
    ),
    Question(
        ask="Make both inputs 0, so that **out** is 0. What is the gradient of **out** itself?",
        values={"x1": 0.0, "x2": 0.0},
        answer=gradient("out"),
        at=seed(),
        explain="**out** moves one for one with itself, whatever its value is. "
        "The backward pass always starts with 1.",
        mistakes=(
            Mistake(
                "That is the value of **out**. Nudge **out** by 0.01: by how much does **out** move?",
                value("out"),
            ),
            Mistake("The 2 belongs to the square, one box further back.", lambda trace: 2.0),
        ),
    ),
)

LESSON = Lesson(
    title="The two passes",
    chapter="Gradients",
    goal="See the whole procedure at once: one pass forward for values, one pass backward for gradients.",
    needs="Lesson 3: upstream times local.",
    parts=(
        Part(
            title="Forward, then backward",
            text="Backpropagation gives every box two numbers: its value, in blue, "
            "and its gradient, in orange. Values are filled in from left to right, "
            "gradients from right to left. That is the whole procedure.",
            build=build,
            inputs=(
                Input("x1", 2.0, low=-5, high=5, step=0.1),
                Input("x2", 3.0, low=-5, high=5, step=0.1),
            ),
            walk=WALK,
            questions=QUESTIONS,
            nudge=Nudge("x1"),
            experiment=Experiment(
                title="Start with 2",
                text="Start the backward pass with 2 in place of 1. Which gradients will change, and how?",
                seed=2.0,
                at=end(),
                reveals="Each is twice as large: 2, 20, 20, 20. "
                "The start is a factor in everything to the left of it. "
                "Only with 1 are these the gradients of **out**; with 2 they are those of twice **out**.",
            ),
            charts=(
                Chart(
                    title="Why walk backward?",
                    text="How many calculations it takes to find the gradients of all inputs of "
                    "$(x_1 + x_2 + \\ldots)^2$. "
                    "Nudging needs a run of its own for each input. "
                    "The two passes visit each box once and each arrow once: "
                    "149 calculations in place of 2550 for 50 inputs. "
                    "A network has millions of inputs: its weights.",
                    draw=counted,
                ),
            ),
        ),
    ),
    can_do=(
        "Run both passes by hand: values from left to right, then gradients from right to left.",
        "Say why the backward pass starts with 1, and why the forward values are kept.",
        "Tell backpropagation, which finds gradients, from training, which uses them.",
    ),
    summary=(
        "Forward: every box computes its value, from left to right, and keeps it.",
        "Backward: it starts with 1 at the output, and every box hands on upstream times local.",
        "Finding gradients changes nothing. Training is what uses them.",
    ),
)
