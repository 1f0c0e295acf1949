# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504, RUF059
"""LSTM: a memory that is changed by adding, and gates that multiply softly.

Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; Gers and others, Learning to forget, 2000.
"""

from functools import cache

from engine import Tensor
from engine.nn import LSTM, Module
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
    start,
    value,
)

STEPS = 20
SEED = 3


class FiveSteps(Module):
    """Five steps of a memory to which nothing is added: each keeps the share f of it."""

    kind = Kind(
        "five steps",
        formula=r"<x>^5 \cdot <y>",
        says="Keep the share <x> of the memory <y>, five times in a row.",
        says_backward="Five products in a row: five factors f on the way back.",
    )

    def forward(self, f, c):
        for _ in range(5):
            c = f * c
        return c


def one_step(c0, zi, zf, zo, zg):
    i = zi.sigmoid()
    f = zf.sigmoid()
    o = zo.sigmoid()
    g = zg.tanh()
    kept = f * c0
    new = i * g
    c = kept + new
    shown = c.tanh()
    h = o * shown
    return h


def remember(bias, c0):
    five_steps = FiveSteps()
    f = bias.sigmoid()
    c5 = five_steps(f, c0)
    c10 = five_steps(f, c5)
    c15 = five_steps(f, c10)
    c20 = five_steps(f, c15)
    return c20


def cell(forget_bias, x, h0, c0):
    lstm = LSTM(1, 1, forget_bias=forget_bias, seed=3)
    h, c = lstm((h0, c0), x)
    total = h.sum()
    return total


@cache
def compared() -> Curves:
    """How much gradient reaches back over 20 steps: by tanh(u h), and by a memory with two forget biases."""
    numbers = list(range(STEPS + 1))
    lines = []
    h = Tensor(0.5)
    states = [h]
    for _ in range(STEPS):
        h = (0.9 * h).tanh()
        states.append(h)
    h.backward()
    sizes = [float(state.grad) for state in reversed(states) if state.grad is not None]
    lines.append(Line("SimpleRNN, u = 0.9", numbers, sizes, "gradient"))
    for bias in (0.0, 1.0, 5.0):
        c = Tensor(1.0)
        memories = [c]
        f = Tensor(bias).sigmoid()
        for _ in range(STEPS):
            c = f * c
            memories.append(c)
        c.backward()
        sizes = [float(memory.grad) for memory in reversed(memories) if memory.grad is not None]
        lines.append(Line(f"LSTM, bias {bias:g}", numbers, sizes, "gradient", strong=bias == 5.0))
    return Curves("steps back", "gradient", tuple(lines), log=True)


@cache
def gates(forget_bias: int) -> Bars:
    """The three gates of the cell of the third part over four steps, while it reads 1, 0, 0, 0."""
    lstm = LSTM(1, 1, forget_bias=forget_bias, seed=SEED)
    h, c = Tensor([0.0]), Tensor([2.0])
    found: dict[str, list[float]] = {"i": [], "f": [], "o": []}
    for x in ([1.0], [0.0], [0.0], [0.0]):
        for name, gate in (("i", lstm.input_gate), ("f", lstm.forget_gate), ("o", lstm.output_gate)):
            found[name].append(gate(Tensor(x), h, c).item())
        h, c = lstm((h, c), Tensor(x))
    return Bars(("step 1", "step 2", "step 3", "step 4"), tuple(found.items()), "gate")


BY_HAND = Part(
    title="One step by hand",
    text="An LSTM has a memory **c** beside its state **h**. Three *gates* say how much: **f** of the old "
    "memory is "
    "kept, **i** of the candidate **g** is added, **o** of the result is shown. A gate is a "
    "[[logistic]] function, so it is a soft switch between 0 and 1.",
    build=one_step,
    inputs=(
        Input("c0", 2.0, low=-3, high=3, step=0.1, about="the memory so far"),
        Input("zi", 2.0, low=-6, high=6, step=0.1, about="sets the input gate"),
        Input("zf", 1.0, low=-6, high=6, step=0.1, about="sets the forget gate"),
        Input("zo", 0.0, low=-6, high=6, step=0.1, about="sets the output gate"),
        Input("zg", 0.5, low=-3, high=3, step=0.1, about="sets the candidate"),
    ),
    walk=(
        Stop(
            "The memory **c0** is 2. In a network the four numbers **zi**, **zf**, **zo** and **zg** come "
            "from weights; here you set them.",
            start(),
        ),
        Stop("**i** is 0.881: the input gate is nearly open.", forward("i")),
        Stop("**f** is 0.731: most of the old memory is to be kept.", forward("f")),
        Stop("**g** is 0.462. That is what is new.", forward("g")),
        Stop(
            "The new memory is what is kept and what is added.",
            forward("c"),
            predict=Question(
                ask="What is **c**?",
                answer=value("c"),
                explain="$0.731 \\times 2 + 0.881 \\times 0.462 = 1.87$.",
            ),
        ),
        Stop("Half of its tanh is shown: **h** is 0.477.", forward("h")),
        Stop(
            "Back through **o** and the tanh, **c** gets 0.0454: a full memory is hard to read.",
            backward("shown", "c"),
        ),
        Stop("The sum passes it on, as it is, to what was kept and to what is new.", backward("c", "kept")),
        Stop(
            "The old memory gets it times **f**: $0.0454 \\times 0.731 = 0.0332$. "
            "No bend lies on this path, and no matrix: one product with a gate.",
            backward("kept", "c0"),
        ),
        Stop(
            "The gate gets it times the old memory, 2, then times its own slope, 0.197: 0.0179. "
            "So the cell learns what to keep.",
            backward("f", "zf"),
        ),
    ),
    nudge=Nudge("c0"),
    questions=(
        Question(
            ask="Make **zf** 5, so that the forget gate opens wide. What is **f**, the factor on the way "
            "back to **c0**?",
            values={"zf": 5.0},
            answer=value("f"),
            at=forward("f"),
            explain="0.993: nearly all of the memory is kept, and nearly all of the gradient gets back.",
            mistakes=(
                Mistake("That is **zf** itself. The gate squashes it between 0 and 1.", value("zf")),
                Mistake("That was the gate before, at 1.", lambda trace: 0.731),
            ),
        ),
        Question(
            ask="Back to **zf** = 1, and make **zi** −6, so that the input gate shuts. What is **new**?",
            values={"zi": -6.0},
            answer=value("new"),
            at=forward("new"),
            explain="**i** is 0.00247, so next to nothing of the candidate gets in.",
            mistakes=(
                Mistake("That is the gate. Multiply the candidate by it.", value("i")),
                Mistake("That is the candidate. The gate lets little of it in.", value("g")),
            ),
        ),
    ),
    experiment=Experiment(
        title="Forget it all",
        text="Make **zf** −6. How much of the old memory is left, and how much gradient gets back to it?",
        values={"zf": -6.0},
        reveals="**f** is 0.00247, so of the 2 only 0.00495 is kept, and **c0** gets 0.00105. "
        "One gate rules both ways.",
    ),
)

REMEMBER = Part(
    title="Twenty steps of memory",
    text="Let the memory be, and add nothing to it: $c \\leftarrow f c$ at every step. "
    "The gate's [[bias]] decides how well it remembers. Five steps are in each box.",
    build=remember,
    inputs=(
        Input("bias", 5.0, low=-2, high=8, step=0.1, about="the bias of the forget gate"),
        Input("c0", 1.0, low=-3, high=3, step=0.1, about="the memory at first"),
    ),
    walk=(
        Stop("The memory is 1, and the forget gate has a bias of 5.", start()),
        Stop("So **f** is 0.993.", forward("f")),
        Stop("After twenty steps 0.874 of the memory is left.", forward("c20")),
        Stop("Back over five steps: $0.993^5 = 0.967$.", backward("c20", "c15")),
        Stop(
            "And at the start 0.874 of the gradient arrives. In lesson 14 it was 6.66e−7.",
            backward("c5", "c0"),
        ),
        Stop(
            "Drag the bias to 1: **f** is 0.731, and of the gradient 0.0019 arrives.",
            backward("c5", "c0"),
            {"bias": 1.0},
        ),
    ),
    nudge=Nudge("c0"),
    questions=(
        Question(
            ask="Make the **bias** 2, so that **f** is 0.881. What is the gradient of **c15**, five steps "
            "before the end?",
            values={"bias": 2.0},
            answer=gradient("c15"),
            at=backward("c20", "c15"),
            explain="$0.881^5 = 0.53$.",
            mistakes=(
                Mistake("That is one factor. There are five.", value("f")),
                Mistake(
                    "Factors along a path multiply. You added them up.", lambda trace: 5 * trace.value("f")
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Forget bias from 5 to 0",
        text="Set the bias to 0, as it is when nobody thinks of it. What is left after twenty steps?",
        values={"bias": 0.0},
        reveals="9.54e−7, of the memory and of the gradient: **f** is 0.5, and each step halves both. "
        "That is why the forget gate's bias is often set to 1 or more at first.",
    ),
    charts=(
        Chart(
            title="Who reaches further back",
            text="The gradient over 20 steps back, for the recurrent network of lesson 14 and for an LSTM's "
            "memory "
            "with three biases of its forget gate.",
            draw=compared,
        ),
    ),
)

BOX = Part(
    title="The cell as a box",
    text="In an *LSTM* each gate has weights of its own: $W$ for the input, $U$ for the state, and a "
    "bias. "
    "Here they are random, as before any training. Open the box, and find the gates of the first part.",
    build=cell,
    inputs=(
        Choice("forget_bias", (0, 1, 5), 1, about="the bias of the forget gate"),
        Input("x", [1.0], low=-3, high=3, step=0.1, about="what is read"),
        Input("h0", [0.0], low=-1, high=1, step=0.1, about="the state so far"),
        Input("c0", [2.0], low=-3, high=3, step=0.1, about="the memory so far"),
    ),
    walk=(
        Stop("One step of a cell: it reads **x**, and has a memory of 2.", start()),
        Stop("Closed, it gives its new state: **h** is 0.513.", forward("h")),
        Stop("Inside are four small boxes. The forget gate is 0.762.", forward("LSTM/f"), open=("LSTM",)),
        Stop(
            "The memory becomes 1.25: what is kept, and a little less, since the candidate is negative.",
            forward("LSTM/c"),
            open=("LSTM",),
        ),
        Stop(
            "On the way back the old memory gets the gradient of the new one, times **f**.",
            backward("LSTM/kept", "c0"),
            open=("LSTM",),
        ),
        Stop("**x** goes into all four gates, so four terms add up for it: −0.0118 in all.", end()),
    ),
    nudge=Nudge("c0", cell=(0,)),
    questions=(
        Question(
            ask="Choose a forget bias of 5. What is the value of **h**?",
            values={"forget_bias": 5},
            answer=value("h", 0),
            at=forward("h"),
            tolerance=0.02,
            explain="The forget gate is 0.994 now, so the memory is 1.71, and $0.605 \\times \\tanh 1.71 = "
            "0.567$.",
            mistakes=(
                Mistake("That was so with a bias of 1.", lambda trace: 0.513),
                Mistake("That is the gradient. The value is asked for.", gradient("h", 0)),
            ),
        ),
    ),
    charts=(
        Chart(
            title="Gates over time",
            text="The three gates of this cell while it reads 1, 0, 0, 0. Its weights are random, so the "
            "gates open "
            "and shut for no reason. A trained network does it for what it reads.",
            draw=gates,
            settings=(Choice("forget_bias", (0, 1, 5), 1, about="the bias of the forget gate"),),
        ),
    ),
)

LESSON = Lesson(
    title="LSTM",
    chapter="Sequences",
    goal="Keep a memory over many steps: change it by adding, and let gates say how much.",
    needs="Lesson 14, a network through time, and the logistic function of lesson 2.",
    parts=(BY_HAND, REMEMBER, BOX),
    can_do=(
        "Compute one step of an LSTM from its gates, forward and backward.",
        "Tell from the forget gate how far back a gradient reaches.",
        "Say why the additive path saves the gradient, and what the gates learn.",
    ),
    summary=(
        "The memory is changed by adding: $c' = f c + i g$.",
        "On its way back the memory's gradient meets one factor a step, the forget gate.",
        "Gates are soft switches, and they have weights of their own, so they learn when to open.",
    ),
)
