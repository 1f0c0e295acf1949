# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
# ruff: noqa: RET504
"""LSTM: gates that multiply softly, and a memory that is changed by adding, so that its gradient survives.

Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; the gate that forgets: Gers, Schmidhuber and
Cummins, Learning to forget, 2000.
"""

from functools import cache

import numpy as np

from engine import Tensor
from engine.nn import LSTM, SequenceRNN, SimpleRNN
from engine.nn.recurrent import Cell
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
    forward,
    gradient,
    start,
    value,
)
from lessons.run import run_part

STEPS = 20
LENGTH = 40  # of the sequence in the chart of how far the gradient reaches
WIDTH = 16
STORED = {3: 0.8, 12: -0.5}  # at which step what is to be remembered
INSIDE = ("SequenceRNN", "SequenceRNN/step 20")
GATE = (*INSIDE, "SequenceRNN/step 20/forget gate")


def one_step(zi, zf, zo, zg, c0):
    i = zi.sigmoid()
    f = zf.sigmoid()
    o = zo.sigmoid()
    g = zg.tanh()
    kept = f * c0
    new = i * g
    c1 = kept + new
    shown = c1.tanh()
    h1 = o * shown
    return h1


def twenty_steps(bf, c0):
    cell = plain_cell()
    cell.forget_gate.b = bf
    rnn = SequenceRNN(cell)
    x = Tensor(np.zeros((20, 1)), requires_grad=False, name="x")
    h0 = Tensor([0.0], requires_grad=False, name="h0")
    _, c = rnn.remember(x, (h0, c0)).state
    last = c[0]
    return last


def plain_cell():
    """An LSTM of one number, whose gates look at x alone; the forget gate does not even do that."""
    cell = LSTM(1, 1)
    for gate in (cell.input_gate, cell.forget_gate, cell.output_gate, cell.candidate):
        gate.W = Tensor([[1.0]])
        gate.U = Tensor([[0.0]])
        gate.b = Tensor([0.0])
    cell.forget_gate.W = Tensor([[0.0]])
    return cell


@cache
def latch(forget_bias: float) -> Curves:
    """A cell made by hand that stores a value when it is told to: its gates and its memory, step by step."""
    cell = LSTM(2, 1)
    weights = (
        (cell.input_gate, (0.0, 10.0), -5.0),
        (cell.forget_gate, (0.0, -10.0), forget_bias),
        (cell.output_gate, (0.0, 0.0), 5.0),
        (cell.candidate, (2.0, 0.0), 0.0),
    )
    for gate, W, b in weights:
        gate.W, gate.U, gate.b = Tensor(np.reshape(W, (2, 1))), Tensor([[0.0]]), Tensor([b])
    values = np.random.default_rng(3).uniform(-1.0, 1.0, STEPS + 1).round(2)
    h, c = cell.initial(())
    lines: dict[str, list[float]] = {
        name: [] for name in ("candidate", "input gate", "forget gate", "memory")
    }
    for step in range(1, STEPS + 1):
        x = Tensor([STORED.get(step, float(values[step])), float(step in STORED)])
        layers = cell.candidate, cell.input_gate, cell.forget_gate
        numbers = [layer(x, h, c).item() for layer in layers]
        h, c = cell((h, c), x)
        numbers.append(c.item())
        for line, number in zip(lines.values(), numbers, strict=True):
            line.append(number)
    steps = list(range(1, STEPS + 1))
    return Curves(
        "step",
        "value",
        tuple(
            Line(name, steps, line, "other" if name == "candidate" else "value", name == "memory")
            for name, line in lines.items()
        ),
    )


def at_work(forget_bias: float) -> Curves:
    """The chart's picture: the cell that stores, with this forget bias."""
    return latch(float(forget_bias))


@cache
def reach(seed: int) -> Curves:
    """How much gradient each piece of a sequence gets from the last state, for cells with random weights."""
    random = np.random.default_rng(seed)
    data, probe = random.normal(size=(LENGTH, WIDTH)), random.normal(size=WIDTH)
    cells: dict[str, Cell] = {"SimpleRNN": SimpleRNN(WIDTH, WIDTH, seed=seed)}
    cells |= {
        f"LSTM, forget bias {bias:g}": LSTM(WIDTH, WIDTH, forget_bias=bias, seed=seed)
        for bias in (0.0, 1.0, 5.0)
    }
    lines = []
    for name, cell in cells.items():
        x = Tensor(data)
        (SequenceRNN(cell)(x)[-1] * Tensor(probe)).sum().backward()
        sizes = np.sqrt(np.mean(np.square(np.asarray(x.grad)), axis=1))[::-1]
        lines.append(Line(name, list(range(LENGTH)), sizes.tolist(), "gradient", name.endswith("5")))
    return Curves("steps back from the last", "size of its gradient", tuple(lines), log=True)


@cache
def along_the_memory(forget_bias: float) -> Curves:
    """The memory after each of the twenty steps, and the gradient of the last one that arrives there."""
    trace = run_part(TWENTY, {"bf": [float(forget_bias)]})
    steps = list(range(STEPS + 1))
    memory = [float(np.asarray(trace.value(f"c{step}"))[0]) for step in steps]
    arrives = [float(np.asarray(trace.gradient(f"c{step}"))[0]) for step in steps]
    return Curves(
        "steps read",
        "memory, and its gradient",
        (
            Line("memory", steps, memory, "value", strong=True),
            Line("its gradient", steps, arrives, "gradient", strong=True),
            Line("what is read", steps[1:], np.asarray(trace.value("x"))[:, 0].tolist(), "other"),
        ),
    )


BY_HAND = Part(
    title="One step by hand",
    text="An LSTM has two [[states|state]]: a memory $c$, and $h$, the part of it that is shown. "
    "A step is $c_1 = f c_0 + i g$ and $h_1 = o \\tanh(c_1)$. "
    "The [[gates|gate]] $f$, $i$ and $o$ are numbers from 0 to 1: what is kept, let in and shown.",
    build=one_step,
    inputs=(
        Input("zi", 2.0, low=-6, high=6, step=0.1, about="what goes into the input gate"),
        Input("zf", 1.0, low=-6, high=6, step=0.1, about="what goes into the forget gate"),
        Input("zo", 0.0, low=-6, high=6, step=0.1, about="what goes into the output gate"),
        Input("zg", 0.5, low=-6, high=6, step=0.1, about="what goes into the candidate"),
        Input("c0", 2.0, low=-3, high=3, step=0.1, about="the memory before the step"),
    ),
    walk=(
        Stop(
            "The memory **c0** is 2. **zi**, **zf**, **zo** and **zg** are weighted sums of what is read and "
            "of the last $h$, as in any layer. Here they are given.",
            start(),
        ),
        Stop(
            "The input gate: the [[logistic]] function makes 0.881 of 2. "
            "So much of what is new will be let in. It is a soft switch, neither on nor off.",
            forward("i"),
        ),
        Stop(
            "The forget gate is 0.731: so much of the old memory is kept. "
            "Its name says the opposite; 1 means that nothing is forgotten.",
            forward("f"),
        ),
        Stop(
            "The candidate, **g**, is what could be written into the memory. "
            "It is no gate: [[tanh]] lets it be negative, too. Here it is 0.462.",
            forward("g"),
        ),
        Stop("What is kept of the memory: $0.731 \\times 2 = 1.46$.", forward("kept")),
        Stop(
            "What is new: $0.881 \\times 0.462 = 0.407$. Both are added up.",
            forward("c1"),
            predict=Question(
                ask="What is the new memory, **c1**?",
                answer=value("c1"),
                explain="$1.46 + 0.407 = 1.87$. Old and new are added, not mixed by a matrix.",
                mistakes=(
                    Mistake(
                        "You kept all of the old memory. The forget gate lets 0.731 of it pass.",
                        lambda trace: trace.value("c0") + trace.value("new"),
                    ),
                    Mistake("That is the forget gate: the share of **c0** that is kept.", value("f")),
                    Mistake("That is the input gate: the share of **g** that is let in.", value("i")),
                    Mistake(
                        "You let in all of the candidate. The input gate lets 0.881 of it pass.",
                        lambda trace: trace.value("kept") + trace.value("g"),
                    ),
                    Mistake(
                        "You left out both gates. Each lets only a share pass.",
                        lambda trace: trace.value("c0") + trace.value("g"),
                    ),
                    Mistake("That is what is shown of it, **h1**.", value("h1")),
                ),
            ),
        ),
        Stop(
            "The output gate is 0.5, so half of $\\tanh(1.87) = 0.954$ is shown: **h1** is 0.477. "
            "The memory itself stays whole.",
            forward("h1"),
        ),
        Stop(
            "Now back. Half of the gradient passes the output gate, and tanh is nearly flat at 1.87: "
            "**c1** gets 0.0454.",
            backward("shown", "c1"),
        ),
        Stop(
            "A sum passes it on: **kept** gets all of it, 0.0454. "
            "Here no slope and no weight stand in the way.",
            backward("c1", "kept"),
        ),
        Stop(
            "The gates learn as well. **f** gets $0.0454 \\times 2 = 0.0908$: upstream times the memory, "
            "since in a product each factor gets the other one.",
            backward("kept", "f"),
        ),
        Stop(
            "Between **kept** and **c0** stands a product with the forget gate, 0.731.",
            backward("kept", "c0"),
            predict=Question(
                ask="What is the gradient of **c0**?",
                answer=gradient("c0"),
                explain="$0.0454 \\times 0.731 = 0.0332$. "
                "One step back, one factor: the gate. The 0.0454 comes only once.",
                mistakes=(
                    Mistake("That is what arrives at **kept**. The gate still multiplies.", gradient("kept")),
                    Mistake("That is the factor. Multiply it by what arrives.", value("f")),
                ),
            ),
        ),
    ),
    nudge=Nudge("c0"),
    questions=(
        Question(
            ask="Make **zf** 5, so that the forget gate is 0.993. What is the new memory, **c1**?",
            values={"zf": 5.0},
            answer=value("c1"),
            at=forward("c1"),
            explain="$0.993 \\times 2 + 0.407 = 2.39$: nearly all is kept, and the new is added.",
            mistakes=(
                Mistake("That is what is kept. What is new is added to it.", value("kept")),
                Mistake("That is what is shown of it.", value("h1")),
                Mistake(
                    "You multiplied the old memory by **zf**. The gate squashes it first.",
                    lambda trace: trace.value("zf") * trace.value("c0") + trace.value("new"),
                ),
            ),
        ),
        Question(
            ask="Back at **zf** = 1: the gradient of **c1** is 0.0454. What is the gradient of **g**?",
            answer=gradient("g"),
            at=backward("new", "g"),
            explain="The sum passes 0.0454 on to **new**, and the input gate lets 0.881 of it through: "
            "$0.0454 \\times 0.881 = 0.04$.",
            mistakes=(
                Mistake("That is what arrives at **new**. The input gate multiplies it.", gradient("new")),
                Mistake("That is the gradient of the input gate, **i**.", gradient("i")),
                Mistake("That is the way through the forget gate, to **c0**.", gradient("c0")),
            ),
        ),
    ),
    experiment=Experiment(
        title="Shut the forget gate",
        text="Make **zf** −5. What becomes of the old memory, and of its gradient?",
        values={"zf": -5.0},
        reveals="**f** is 0.00669, so **c1** is 0.42: of the 2 hardly anything is left. "
        "There tanh is steep, so more gradient arrives at **kept**, 0.421. Only 0.00282 of it comes through "
        "to **c0**. Where the value does not pass, the gradient does not either.",
        at=backward("kept", "c0"),
    ),
    charts=(
        Chart(
            title="Gates over time",
            text="A cell whose weights were set by hand. At steps 3 and 12 a second input, not drawn, says: "
            "store this. "
            "Then the input gate opens and the forget gate shuts for a moment, and the memory takes the "
            "candidate: 0.916 of 0.922 at step 3. Eight steps later it still holds 0.85, whatever the "
            "candidates were. Lower the forget bias, and it leaks.",
            draw=at_work,
            settings=(
                Input(
                    "forget_bias", 5, low=0, high=6, step=1, about="bias of the forget gate: 5 is f = 0.993"
                ),
            ),
        ),
    ),
)

TWENTY = Part(
    title="Twenty steps",
    text="Now the whole cell, read over twenty steps in which nothing is said: every **x** is 0. "
    "The memory starts at 1. In this cell the forget gate has a [[bias]], **bf**, and looks at nothing else. "
    "How much is left in the end, and how much gradient comes back?",
    build=twenty_steps,
    inputs=(
        Input("bf", [5.0], low=-1, high=5, step=0.5, about="the bias of the forget gate"),
        Input("c0", [1.0], low=-3, high=3, step=0.1, about="the memory before the first step"),
    ),
    walk=(
        Stop("**c0** is 1, and the forget gate's bias is 5. Twenty zeros are about to be read.", start()),
        Stop(
            "0.874 of the memory is left. The gate is $\\sigma(5) = 0.9933$, and $0.9933^{20} = 0.874$.",
            forward("c20"),
        ),
        Stop(
            "Open the box: one LSTM, used twenty times, its weights shared as in lesson 14. "
            "The bars are $h$ after each step, the last one the memory. A chart below shows it at all steps.",
            forward("SequenceRNN/c20"),
            open=("SequenceRNN",),
        ),
        Stop(
            "Look into the last step. It is the first part again, with a box for each gate. "
            "What is kept and what is new are added up.",
            forward("SequenceRNN/step 20/kept"),
            open=INSIDE,
            focus="SequenceRNN/step 20",
        ),
        Stop(
            "And this is a gate: $\\sigma(x W + h\\, U + b)$, a layer with weights of its own. "
            "In some texts it sees the memory, too, through more weights, called peepholes.",
            forward("SequenceRNN/step 20/forget gate/f"),
            open=GATE,
            focus="SequenceRNN/step 20/forget gate",
        ),
        Stop(
            "Now back, and again into the last step. **c20** starts with 1, and the sum hands it on to "
            "**kept**.",
            backward("SequenceRNN/step 20/c20", "kept"),
            open=INSIDE,
            focus="SequenceRNN/step 20",
        ),
        Stop(
            "One step back in time, along the memory.",
            backward("SequenceRNN/step 20/kept", "c19"),
            open=INSIDE,
            focus="SequenceRNN/step 20",
            predict=Question(
                ask="The forget gate is 0.993. What is the gradient of **c19**?",
                answer=gradient("c19", 0),
                explain="$1 \\times 0.993$. In SimpleRNN it would be a slope times a weight.",
                tolerance=0.003,  # 1 is a mistake
                mistakes=(
                    Mistake(
                        "That is what arrives at **kept**. The gate takes its share.",
                        gradient("SequenceRNN/step 20/kept", 0),
                    ),
                ),
            ),
        ),
        Stop(
            "The way to the bias leads through $\\sigma$, which is nearly flat at 5: **bf** gets 0.00585. "
            "The way along the memory does not lead through it.",
            backward("SequenceRNN/step 20/f", "bf"),
            open=INSIDE,
            focus="SequenceRNN/step 20",
        ),
        Stop(
            "Twenty factors of 0.9933, and **c0** gets 0.874. Each step sends **bf** 0.00585, the first as "
            "much as the last: 0.117 together. In lesson 14 twenty steps left 6.66e−7.",
            backward("c20", "c0"),
        ),
        Stop(
            "Now the bias is 1, which is a common first value. The gate is 0.731, and $0.731^{20} = 0.0019$. "
            "That is not much, but training can push the bias up.",
            backward("c20", "c0"),
            {"bf": [1.0]},
        ),
    ),
    nudge=Nudge("c0", cell=(0,)),
    questions=(
        Question(
            ask="Make **bf** 1, so that the gate is 0.731. What is the gradient of **c18**, two steps before "
            "the end?",
            values={"bf": [1.0]},
            answer=gradient("c18", 0),
            draws=("bf",),
            tolerance=0.003,  # beyond a bias of 3 the factors are near 1
            explain="Two steps, two factors: $0.731 \\times 0.731 = 0.534$.",
            mistakes=(
                Mistake("That is a single step. **c18** is two steps back.", gradient("c19", 0)),
                Mistake(
                    "Factors along a path multiply. You added them.",
                    lambda trace: 2 * trace.gradient("c19")[0],
                ),
                Mistake("That is what reaches the beginning.", gradient("c0", 0)),
            ),
            again="What is the gradient of **c18**, two steps before the end, at these numbers?",
        ),
        Question(
            ask="Make **bf** 0. How large is the gate?",
            values={"bf": [0.0]},
            answer=lambda trace: float(trace.gradient("c19")[0]),
            explain="$\\sigma(0) = 0.5$: at each step half of the memory is lost, and half of the gradient.",
            mistakes=(
                Mistake("That is the bias. The logistic function makes a gate of it.", lambda trace: 0.0),
                Mistake("The logistic function of 0 is the middle of its range, 0 … 1.", lambda trace: 1.0),
            ),
            again="How large is the forget gate at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="Forget bias from 5 to 0",
        text="Make **bf** 0. Each gate is 0.5 then. What is left of the memory, and of the gradient of "
        "**c0**?",
        values={"bf": [0.0]},
        reveals="9.54e−7 of both, in place of 0.874: a millionth. "
        "This is why the forget gate's bias is often set to 1 or more before training.",
        at=backward("c20", "c0"),
    ),
    charts=(
        Chart(
            title="The memory and its gradient",
            text="Twenty steps of this cell, in which 0 is read. The memory fades from the first step to the "
            "last, its gradient from the last to the first: both are multiplied by the forget gate at each "
            "step. With bias 5 both end at 0.874. With bias 1 ten steps leave 0.0436 of either.",
            draw=along_the_memory,
            settings=(Input("forget_bias", 5, low=0, high=5, step=1, about="bias of the forget gate"),),
        ),
        Chart(
            title="How far back it reaches",
            text="Forty pieces are read by cells of 16 numbers with random weights, and the gradient of the "
            "last state is followed back, on a scale of powers of ten. "
            "SimpleRNN and an LSTM with bias 0 lose nearly all of it in twenty steps. "
            "With bias 5 it falls at the first step and then stays level.",
            draw=reach,
            settings=(Choice("seed", (0, 1, 2), 0, about="decides the weights and what is read"),),
        ),
    ),
)

LESSON = Lesson(
    title="LSTM",
    chapter="Sequences",
    goal="Follow a memory that gates protect, and see why its gradient survives where SimpleRNN's fades.",
    needs="Lesson 14.",
    parts=(BY_HAND, TWENTY),
    can_do=(
        "Compute a step of an LSTM: three gates, a candidate, the memory and what is shown of it.",
        "Trace the path along the memory, and name the one factor that each step puts on it.",
        "Say what the forget gate's bias does to memory and gradient over many steps.",
    ),
    summary=(
        "A gate is a number from 0 to 1 that something is multiplied by: a soft switch, and it is learnt.",
        "The memory is changed by adding: a part f of the old one is kept, a part i of the new is let in.",
        "Along the memory each step back multiplies by f alone. While f is near 1, the gradient lives.",
    ),
)
