# mypy: allow-untyped-defs
# ruff: noqa: RET504
"""The two passes: values forward, gradients backward, as the Stanford CS221 lecture defines them."""

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


WALK = (
    Stop(
        "$(x_1 + x_2)^2$, with **x1** at 2 and **x2** at 3. First come all the values.",
        start(),
    ),
    Stop(
        "The **forward value** of a box is the value of the expression up to that box. Here it is 5.",
        forward("s"),
    ),
    Stop(
        "The [[forward pass]] ends: **out** is 25. Every value is kept, since the way back will need it.",
        forward("out"),
    ),
    Stop(
        "The **backward value** of a box, its gradient, says how a nudge of that box moves **out**. "
        "For **out** itself that is one for one. So the [[backward pass]] starts with 1.",
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
    Stop("A sum passes its gradient on, so **x1** gets all 10.", backward("s", "x1")),
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
                reveals="Each is twice as large: 2, 20, 20, 20. The start multiplies everything behind it. "
                "Only with 1 are these the gradients of **out**; with 2 they are those of twice **out**.",
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
