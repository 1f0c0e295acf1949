# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""SequenceRNN with SimpleRNN: one cell, used at every step, and its gradient through time."""

from functools import cache

from engine import Tensor
from engine.nn import SequenceRNN, SimpleRNN
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

STEPS = 20


def three_steps(u, x1, x2, x3):
    h1 = x1.tanh()
    kept1 = u * h1
    z2 = kept1 + x2
    h2 = z2.tanh()
    kept2 = u * h2
    z3 = kept2 + x3
    h3 = z3.tanh()
    return h3


def read(length, U, V, b):
    cell = SimpleRNN(1, 1)
    cell.U, cell.V, cell.b = U, V, b
    rnn = SequenceRNN(cell)
    x = Tensor([[1.0]] + [[0.0]] * (length - 1), name="x")
    h = rnn(x)
    last = h[-1]
    total = last.sum()
    return total


@cache
def reach() -> Curves:
    """The gradient of the last of 20 states for each input, with three weights u."""
    lines = []
    for u in (0.25, 0.5, 0.9):
        xs = [Tensor(1.0 if t == 0 else 0.0) for t in range(STEPS)]
        h = Tensor(0.0)
        for x in xs:
            h = (u * h + x).tanh()
        h.backward()
        sizes = [float(x.grad) for x in xs if x.grad is not None]
        lines.append(Line(f"u = {u:g}", list(range(STEPS)), sizes[::-1], "gradient", strong=u == 0.5))
    return Curves("steps back", "gradient of the last state", tuple(lines), log=True)


BY_HAND = Part(
    title="Three steps by hand",
    text="A recurrent network reads a sequence from left to right. It keeps a *state* $h$. At each step "
    "it takes "
    "**u** times the old state, adds the new input, and bends: $h \\leftarrow \\tanh(u h + x)$. "
    "The same **u** serves at every step. What does that do to its gradient?",
    build=three_steps,
    inputs=(
        Input("u", 0.5, low=-2, high=2, step=0.1, about="the weight of the old state, at every step"),
        Input("x1", 1.0, low=-3, high=3, step=0.1, about="the first input"),
        Input("x2", 0.0, low=-3, high=3, step=0.1, about="the second input"),
        Input("x3", 0.0, low=-3, high=3, step=0.1, about="the third input"),
    ),
    walk=(
        Stop("Three inputs: 1, then 0 and 0. **u** is 0.5, and you see it used twice.", start()),
        Stop("The first state knows the first input only: $\\tanh 1 = 0.762$.", forward("h1")),
        Stop("Half of it is kept, and the second input adds nothing: $\\tanh 0.381 = 0.363$.", forward("h2")),
        Stop("The same again: 0.18 is left of what was read first.", forward("h3")),
        Stop(
            "Back through the last [[tanh]]: its slope is $1 - 0.18^2 = 0.968$.",
            backward("h3", "z3"),
        ),
        Stop(
            "**u** gets its first term, from the last step: $0.968 \\times 0.363 = 0.352$.",
            backward("kept2", "u"),
        ),
        Stop(
            "The state before gets $0.968 \\times 0.5 = 0.484$. This is the way back through time.",
            backward("kept2", "h2"),
        ),
        Stop("Through the second tanh, with slope 0.868, it becomes 0.42.", backward("h2", "z2")),
        Stop(
            "**u** was used at the second step too, so a second term arrives: $0.42 \\times 0.762 = 0.32$.",
            backward("kept1", "u"),
            predict=Question(
                ask="What is the gradient of **u** now?",
                answer=gradient("u"),
                explain="$0.352 + 0.32 = 0.671$. One weight, several copies: their gradients add.",
            ),
        ),
        Stop(
            "**x1** is furthest back. It gets 0.0882, where **x3** got 0.968: "
            "each step back costs a factor of **u** times a slope.",
            end(),
        ),
    ),
    nudge=Nudge("u"),
    questions=(
        Question(
            ask="Make the last input **x3** 2. Now the last tanh is nearly flat. What is the gradient of "
            "**x3**?",
            values={"x3": 2.0},
            answer=gradient("x3"),
            at=backward("z3", "x3"),
            explain="**h3** is 0.975, and $1 - 0.975^2 = 0.0497$: a saturated state lets little back.",
            mistakes=(
                Mistake("That is **h3**. The slope of tanh is $1 - h^2$.", value("h3")),
                Mistake(
                    "You forgot the square: the slope is $1 - h^2$.", lambda trace: 1 - trace.value("h3")
                ),
            ),
        ),
        Question(
            ask="Back to 0, and make **u** 0. What is the gradient of **x1**?",
            values={"u": 0.0},
            answer=gradient("x1"),
            at=backward("h1", "x1"),
            explain="With **u** at 0 nothing of the old state is kept, so the first input is forgotten, "
            "and nothing comes back to it.",
            mistakes=(
                Mistake("That is the value of **x1**.", value("x1")),
                Mistake(
                    "That is the slope of the first tanh. But what arrives there from behind?",
                    lambda trace: 1 - trace.value("h1") ** 2,
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Replace += by =",
        text="Let each new term write over the one before. What will be left in **u**?",
        accumulate=False,
        reveals="0.32 in place of 0.671: the term of the second step alone, which arrives last. "
        "A weight that is shared over time must collect from every step.",
    ),
)

UNROLLED = Part(
    title="SequenceRNN, unrolled",
    text="*SequenceRNN* is a box that folds a cell over a sequence. Its cell here is *SimpleRNN*: "
    "$h \\leftarrow \\tanh(h U + x V + b)$, the step of the first part with matrices for weights. "
    "However long the sequence is, **U**, **V** and **b** are the same three.",
    build=read,
    inputs=(
        Choice("length", (3, 5, 10, STEPS), 3, about="length of the sequence: a 1, then zeros"),
        Input("U", [[0.5]], low=-2, high=2, step=0.1, about="from state to state"),
        Input("V", [[1.0]], low=-2, high=2, step=0.1, about="from input to state"),
        Input("b", [0.0], low=-2, high=2, step=0.1, about="the bias"),
    ),
    walk=(
        Stop("The sequence **x** is 1, 0, 0, one vector of one number at each step.", start()),
        Stop("The box reads it and gives all three states: 0.762, 0.363 and 0.18.", forward("h")),
        Stop(
            "Open it: three steps, and in each the same cell. The arrow from state to state is the memory.",
            forward("SequenceRNN/h2"),
            open=("SequenceRNN",),
        ),
        Stop("Only the last state is used, as Collapse would do it.", forward("last")),
        Stop(
            "Back to the weights. In the last step **U** gets the first of three terms, 0.352.",
            backward("SequenceRNN/h3", "U"),
            open=("SequenceRNN",),
        ),
        Stop("The step before sends 0.32.", backward("SequenceRNN/h2", "U"), open=("SequenceRNN",)),
        Stop(
            "The first step sends 0, since the state before it is 0. In all **U** has 0.671, as by hand.",
            backward("SequenceRNN/h1", "U"),
            open=("SequenceRNN",),
        ),
        Stop(
            "Choose a length of 10. The first input is nine steps away now, and its gradient is 6.82e−4.",
            end(),
            {"length": 10},
        ),
    ),
    nudge=Nudge("U", cell=(0, 0)),
    questions=(
        Question(
            ask="Make **V** 0, so that no input gets in. What is the gradient of **U**?",
            values={"V": [[0.0]]},
            answer=gradient("U", 0, 0),
            at=backward("h", "U"),
            explain="All states are 0, and each term for **U** is a gradient times the old state: 0.",
            mistakes=(
                Mistake("So it is while the input gets in. Now every state is 0.", lambda trace: 0.671),
                Mistake("That is the value of **U**.", value("U", 0, 0)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Twenty steps",
        text="Take a sequence of 20. The answer should depend on the first input, nineteen steps back. "
        "How much gradient reaches it?",
        values={"length": STEPS},
        reveals="6.66e−7 in place of 0.0882. Each step back halves it, as in lesson 10: "
        "a network that learns by gradients cannot learn what lies so far back.",
    ),
    charts=(
        Chart(
            title="How far back it reaches",
            text="The gradient of the last of 20 states for an input that was read so many steps before. "
            "With $u = 0.5$ each step back halves it. Nearer to 1 it reaches further.",
            draw=reach,
        ),
    ),
)

LESSON = Lesson(
    title="SequenceRNN, through time",
    chapter="Sequences",
    goal="Unroll a recurrent network over its steps, and follow the gradient of its one weight back in time.",
    needs="Lesson 5, fan-out, and lesson 10, depth.",
    parts=(BY_HAND, UNROLLED),
    can_do=(
        "Unroll a recurrent network, and see the same weight at every step.",
        "Add up the terms that a shared weight gets from all steps.",
        "Say how far back in time a gradient reaches, and what decides it.",
    ),
    summary=(
        "A recurrent network is one cell, applied again and again to its own state.",
        "Its weights are shared over time, so they collect one gradient term from each step.",
        "Each step back costs a factor, so what was read long ago hardly gets a gradient.",
    ),
)
