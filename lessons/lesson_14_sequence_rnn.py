# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
# ruff: noqa: RET504
"""SequenceRNN with SimpleRNN: one step used again and again, and its gradient back through time."""

from functools import cache

import numpy as np

from engine import Tensor
from engine.functional import cat
from engine.nn import Module, SequenceRNN, SimpleRNN
from engine.optim import SGD
from engine.scope import Kind
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

LENGTH = 20
RATE = 0.1  # of the updates that the steps' own weights go apart by
BENDS = {"tanh": "tanh", "ReLU": "relu", "logistic": "sigmoid"}
RECALLED = (0.5, 1.0, 1.5)  # weights of the state


class Step(Module):
    """One step: the state, weighed with u, and what is read are added up, and tanh bends the sum."""

    kind = Kind(
        "step",
        formula=r"\tanh(<z> \cdot <x> + <y>)",
        says="Weigh the state <x> with <z>, add what is read, <y>, and bend the sum.",
        says_backward="The slope of the bend goes to all three; the state and its weight swap their values.",
    )

    def forward(self, h, x, u):
        recalled = u * h
        added = recalled + x
        return added.tanh()


def three_steps(u, h0, x1, x2, x3):
    step = Step()
    h1 = step(h0, x1, u)
    h2 = step(h1, x2, u)
    h3 = step(h2, x3, u)
    return h3


def a_copy_for_each(u, h0, x1, x2, x3):
    step = Step()
    copies = u.expand(3)
    u1 = copies[0]
    u2 = copies[1]
    u3 = copies[2]
    h1 = step(h0, x1, u1)
    h2 = step(h1, x2, u2)
    h3 = step(h2, x3, u3)
    return h3


def read(x, U, V):
    rnn = SequenceRNN(SimpleRNN(1, 1, bias=False))
    rnn.cell.U, rnn.cell.V = U, V
    h = rnn(x)
    last = h[-1, 0]
    return last


def read_twenty(x, U, V):
    rnn = SequenceRNN(SimpleRNN(1, 1, bias=False))
    rnn.cell.U, rnn.cell.V = U, V
    silence = Tensor(np.zeros((16, 1)), requires_grad=False)
    longer = cat([x, silence])
    h = rnn(longer)
    last = h[-1, 0]
    return last


@cache
def reach(bend: str, length: int) -> Curves:
    """The size of the gradient of each vector, from the last back to the first; a line for each weight."""
    back = list(range(length))
    lines = []
    for u in RECALLED:
        cell = SimpleRNN(1, 1, bias=False, nonlinearity=BENDS[bend])
        cell.U, cell.V = Tensor([[u]]), Tensor([[1.0]])
        x = Tensor([[1.0]] + [[0.0]] * (length - 1))
        SequenceRNN(cell)(x)[-1].sum().backward()
        sizes = np.abs(np.asarray(x.grad))[::-1, 0].tolist()
        lines.append(Line(f"U = {u:g}", back, sizes, "gradient", strong=u == 0.5))
    return Curves("steps back from the last", "gradient of what was read", tuple(lines), log=True)


def how_far(bend: str, length: float) -> Curves:
    """The chart's picture: a sequence of this length through a state with this bend."""
    return reach(bend, int(length))


def untied(updates: float) -> Curves:
    """The weight of each of three steps, and the one that three steps share, while h3 is made smaller."""
    own = [Tensor(0.5) for _ in range(3)]
    (shared,) = one = [Tensor(0.5)]
    names = ("of step 1", "of step 2", "of step 3", "shared")
    paths: list[list[float]] = [[0.5] for _ in names]
    for _ in range(int(updates)):
        for weights, steps in ((own, own), (one, [shared] * 3)):
            optimizer = SGD(weights, lr=RATE)
            optimizer.zero_grad()
            h = Tensor(0.0, requires_grad=False)
            for u, x in zip(steps, (1.0, 0.0, 0.0), strict=True):
                h = (u * h + x).tanh()
            h.backward()
            optimizer.step()
        for path, weight in zip(paths, [*own, shared], strict=True):
            path.append(weight.item())
    xs = list(range(int(updates) + 1))
    lines = [Line(name, xs, path, strong=name == "shared") for name, path in zip(names, paths, strict=True)]
    return Curves("updates", "weight", tuple(lines))


BY_HAND = Part(
    title="Three steps",
    text="A sequence is read one piece at a time. What was read is kept in a [[state]], $h$. "
    "Each step mixes the state so far with the next piece: $h \\leftarrow \\tanh(u h + x)$. "
    "Every step is the same box, with the same [[weight]] **u**.",
    build=three_steps,
    inputs=(
        Input("u", 0.5, low=-2, high=2, step=0.05, about="the weight of the state, the same in every step"),
        Input("h0", 0.0, low=-1, high=1, step=0.1, learns=False, about="the state before anything is read"),
        Input("x1", 1.0, low=-3, high=3, step=0.1, about="what is read first"),
        Input("x2", 0.0, low=-3, high=3, step=0.1, about="what is read next"),
        Input("x3", 0.0, low=-3, high=3, step=0.1, about="what is read last"),
    ),
    walk=(
        Stop(
            "Three pieces are to be read: 1, then 0, then 0. In a sentence each would be a word, as its "
            "vector of lesson 13; here it is one number. The state **h0** is 0: nothing has been read.",
            start(),
        ),
        Stop(
            "The first step: $0.5 \\times 0 + 1 = 1$, and [[tanh]] makes 0.762 of it. "
            "That is the new state, **h1**.",
            forward("h1"),
        ),
        Stop(
            "The same box once more. **x2** is 0, so what is left is memory: "
            "$\\tanh(0.5 \\times 0.762) = 0.363$.",
            forward("h2"),
        ),
        Stop(
            "Open the step, and it is lesson 8 again: a product, a sum, a bend. "
            "The same three are in every step.",
            forward("step 2/added"),
            open=("step 2",),
        ),
        Stop(
            "And once more: $\\tanh(0.5 \\times 0.363) = 0.18$. That is what is left of the 1.",
            forward("h3"),
        ),
        Stop(
            "What is the last state for? A last layer would make a [[score]] of it, such as: is this praise? "
            "A [[loss]] would compare that with the truth and send back its gradient; here we send 1.",
            seed(),
        ),
        Stop(
            "Now back through time, from the last step to the first. The slope of tanh is "
            "$1 - 0.1797^2 = 0.9677$. The weight gets it times the state that it weighs: "
            "$0.9677 \\times 0.3634 = 0.352$.",
            backward("h3", "u"),
        ),
        Stop(
            "The state before gets the slope times **u**: $0.968 \\times 0.5 = 0.484$. "
            "With this the walk goes on into the step before.",
            backward("h3", "h2"),
        ),
        Stop(
            "The step before sends its own term: $0.484 \\times 0.868 \\times 0.762 = 0.32$. "
            "Here 0.868 is its slope, $1 - 0.363^2$.",
            backward("h2", "u"),
            predict=Question(
                ask="What is the gradient of **u** now?",
                answer=gradient("u"),
                explain="The terms add: $0.35166 + 0.31983 = 0.67149$. "
                "One weight, used in many steps, is a [[fan-out]] over time.",
                mistakes=(
                    Mistake(
                        "That is the term of this step alone. It is added to the one before.",
                        lambda trace: trace.gradient("h2") * (1 - trace.value("h2") ** 2) * trace.value("h1"),
                    ),
                    Mistake(
                        "That is the first term alone. This step adds its own.",
                        lambda trace: (1 - trace.value("h3") ** 2) * trace.value("h2"),
                    ),
                ),
            ),
        ),
        Stop(
            "The first step weighed **h0**, which is 0. It has nothing to say about **u**: its term is 0.",
            backward("h1", "u"),
        ),
        Stop(
            "**x1** gets 0.0882: that little the last state still depends on the first piece. **x2** gets "
            "0.42 and **x3** gets 0.968. The further back, the more factors below 1 have been multiplied.",
            end(),
        ),
    ),
    nudge=Nudge("u"),
    questions=(
        Question(
            ask="Read 0, 1, 0 instead: make **x1** 0 and **x2** 1. What is the gradient of **u**?",
            values={"x1": 0.0, "x2": 1.0},
            answer=gradient("u"),
            tolerance=0.005,  # the answer at the lesson's own values is near
            at=backward("h3", "u"),
            explain="**h1** is 0 now, so the second step has no memory to weigh. Only the last term is left: "
            "$0.868 \\times 0.762 = 0.661$.",
            mistakes=(
                Mistake(
                    "That is the state which is weighed. The slope of tanh is missing.",
                    lambda trace: trace.value("h2"),
                ),
                Mistake(
                    "That is the slope of the last tanh. Multiply it by the state that **u** weighs.",
                    lambda trace: 1 - trace.value("h3") ** 2,
                ),
            ),
        ),
        Question(
            ask="Back at 1, 0, 0: what is the gradient of **x2**?",
            answer=gradient("x2"),
            at=backward("h2", "x2"),
            explain="Upstream is 0.484, and the slope of the second tanh is 0.868: "
            "$0.484 \\times 0.868 = 0.42$.",
            mistakes=(
                Mistake("That is what arrives at **h2**. Its tanh has a slope, too.", gradient("h2")),
                Mistake("That is **x3**, one step nearer to the end.", gradient("x3")),
                Mistake("That is **x1**, one step further back.", gradient("x1")),
            ),
        ),
    ),
    experiment=Experiment(
        title="A copy for each step",
        text="Hand each step a copy of **u** to itself. What does each copy get, and what does **u**?",
        build=a_copy_for_each,
        reveals="**copies** gets 0, 0.32 and 0.352, and **u** still gets their sum, 0.671. "
        "Sharing a weight over time means adding what each step says about it.",
        at=end(),
    ),
    charts=(
        Chart(
            title="One weight, or three",
            text="Now untie them: three steps with a weight each, all 0.5 at first, and updates against the "
            "gradient of **h3** with learning rate 0.1. One update makes 0.5, 0.468 and 0.465 of them: each "
            "follows its own term, so they go apart, and the first learns nothing. "
            "The shared weight follows the sum, to 0.433.",
            draw=untied,
            settings=(Input("updates", 10, low=1, high=40, step=1, about="how many steps are taken"),),
        ),
    ),
)

ROLLED = Part(
    title="Rolled and unrolled",
    text="[[SequenceRNN]] is the loop as one box: all pieces go in, as rows of **x**, and all states come "
    "out, as rows of **h**. Its step is SimpleRNN, $\\tanh(x V + h\\, U + b)$, here with a state of one "
    "number and no [[bias]]. Letters differ: **U** was u before.",
    build=read,
    inputs=(
        Input(
            "x",
            [[1.0], [0.0], [0.0], [0.0]],
            low=-3,
            high=3,
            step=0.1,
            about="four pieces, one a row",
        ),
        Input("U", [[0.5]], low=-2, high=2, step=0.05, about="the weight of the state"),
        Input("V", [[1.0]], low=-2, high=2, step=0.05, about="the weight of what is read"),
    ),
    walk=(
        Stop(
            "Four pieces now: a 1, and three times 0. The whole loop is one box.",
            start(),
        ),
        Stop(
            "**h** has a row for each step: 0.762, 0.363 and 0.18 as before, and then 0.0896.",
            forward("h"),
        ),
        Stop(
            "Open it, and the loop is seen rolled up: one SimpleRNN, used four times. "
            "The arrow that comes back to it is the state. The blue bars are the states, smaller and "
            "smaller.",
            forward("SequenceRNN/h4"),
            open=("SequenceRNN",),
        ),
        Stop(
            "The same loop unrolled: a box for each of the four steps, and arrows from **U** and **V** to "
            "all of them. The state is handed from each box to the next.",
            forward("SequenceRNN/h1"),
            open=("SequenceRNN", "SequenceRNN/*"),
            focus="SequenceRNN",
        ),
        Stop(
            "Inside of step 2: what is read times **V**, the state times **U**, "
            "the sum, and the bend. Nothing else is in any step.",
            forward("SequenceRNN/step 2/added"),
            open=("SequenceRNN", "SequenceRNN/*", "SequenceRNN/step 2"),
            focus="SequenceRNN/step 2",
        ),
        Stop(
            "Back through time, and into step 4, the last. Its slope, 0.992, has come back to **recalled**. "
            "**U** gets it times the state that it weighed: $0.992 \\times 0.1797 = 0.178$.",
            backward("SequenceRNN/step 4/recalled", "U"),
            open=("SequenceRNN", "SequenceRNN/*", "SequenceRNN/step 4"),
            focus="SequenceRNN/step 4",
        ),
        Stop(
            "Step 3 sends a term of its own: less has come back to it, 0.48, but it weighed a larger state. "
            "$0.48 \\times 0.3634 = 0.174$.",
            backward("SequenceRNN/step 3/recalled", "U"),
            open=("SequenceRNN", "SequenceRNN/*", "SequenceRNN/step 3"),
            focus="SequenceRNN/step 3",
        ),
        Stop(
            "And step 2: $0.208 \\times 0.762 = 0.159$. Step 1 weighed a state of 0 and sends 0.",
            backward("SequenceRNN/step 2/recalled", "U"),
            open=("SequenceRNN", "SequenceRNN/*", "SequenceRNN/step 2"),
            focus="SequenceRNN/step 2",
        ),
        Stop(
            "Rolled up again: **U** has the sum, $0.178 + 0.174 + 0.159 + 0 = 0.511$. "
            "The [[gradient]] of a shared weight grows step by step.",
            backward("SequenceRNN/h4", "U"),
            open=("SequenceRNN",),
        ),
        Stop(
            "Each piece gets a gradient, too. The last one is a single step away from the end, "
            "where tanh is nearly straight.",
            backward("h", "x"),
            predict=Question(
                ask="The last state is 0.0896. What is the gradient of the last piece, the last row of "
                "**x**?",
                answer=gradient("x", 3, 0),
                tolerance=0.004,  # so that 1, the slope forgotten, is not right
                explain="The slope is $1 - 0.0896^2 = 0.992$, and **V** is 1. "
                "One step earlier it is 0.48, then 0.208: about half for each step.",
                mistakes=(
                    Mistake(
                        "That is what arrives at the last state, times **V**. The slope of tanh is missing.",
                        lambda trace: trace.gradient("last") * trace.value("V")[0, 0],
                    ),
                    Mistake("That is the last state. The slope is 1 minus its square.", value("last")),
                    Mistake(
                        "That is the square of the state. The slope is 1 minus it.",
                        lambda trace: trace.value("last") ** 2,
                    ),
                    Mistake(
                        "That is **U**, the weight of a state. A piece comes in through **V**, which is 1.",
                        value("U", 0, 0),
                    ),
                ),
            ),
        ),
        Stop(
            "The first piece, the only one that says anything, gets 0.0437. "
            "Rolled up, the orange bars show it: the gradient [[vanishes|vanishing]] over time.",
            backward("SequenceRNN/h4", "x"),
            open=("SequenceRNN",),
        ),
    ),
    nudge=Nudge("x", cell=(0, 0)),
    questions=(
        Question(
            ask="Make the weight **U** 0, so that no step remembers. "
            "What is the gradient of the last piece but one, the third row of **x**?",
            again="At these numbers, what is the gradient of the last piece but one, the third row of **x**?",
            values={"U": [[0.0]]},
            answer=gradient("x", 2, 0),
            at=backward("h", "x"),
            explain="The only way from there to the end leads through **U**, and a factor of 0 cuts it.",
            mistakes=(
                Mistake(
                    "That is the last piece. The one before has to pass through **U**.", gradient("x", 3, 0)
                ),
                Mistake("So it was at **U** = 0.5.", lambda trace: 0.48),
            ),
        ),
        Question(
            ask="Back at 0.5, make all four pieces 0. What is the gradient of the weight **U**?",
            again="What is the gradient of the weight **U** at these numbers?",
            values={"x": [[0.0]] * 4},
            answer=gradient("U", 0, 0),
            at=backward("h", "U"),
            explain="Every state is 0, so **U** has nothing to weigh in any step. "
            "A weight learns only from what flows through it.",
            mistakes=(
                Mistake("So it was with a 1 at the start.", lambda trace: 0.511),
                Mistake(
                    "That is what a piece gets. The weight gets the state, and that is 0.",
                    gradient("x", 3, 0),
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Twenty steps",
        text="Let 16 more zeros follow, so that twenty pieces are read. "
        "How much of the gradient reaches the first row of **x**?",
        build=read_twenty,
        reveals="6.66e−7, in place of 0.0437. The first piece has faded: with **U** = 0.5 this network could "
        "not learn from what was said twenty words ago. The chart below tries other weights.",
        at=end(),
    ),
    charts=(
        Chart(
            title="How far back the gradient reaches",
            text="A 1 is read first, and then zeros. Each line shows how much gradient is left some steps "
            "back from the end, on a scale of powers of ten. "
            "With tanh even $U = 1.5$ fades: its states grow, and there tanh is flat. "
            "With ReLU it [[explodes|exploding]], and only $U = 1$ keeps level. The usual remedy is to clip: "
            "a gradient that is too long is shortened before the update. "
            "The logistic bend fades fastest, since its slope is 0.25 at most.",
            draw=how_far,
            settings=(
                Choice("bend", tuple(BENDS), "tanh", about="bend of each step"),
                Input("length", LENGTH, low=3, high=40, step=1, about="how many pieces are read"),
            ),
        ),
    ),
)

LESSON = Lesson(
    title="SequenceRNN, through time",
    chapter="Sequences",
    goal="Read a sequence with one step used over and over, and follow its gradient back through time.",
    needs="Lessons 5 and 10.",
    parts=(BY_HAND, ROLLED),
    can_do=(
        "Unroll a recurrent network, and step through it forward and back.",
        "Explain why a weight that is shared over time collects one term from each step.",
        "Say why such a network forgets what it read long ago.",
    ),
    summary=(
        "SequenceRNN is a loop: one cell, one set of weights, used at every step.",
        "Backpropagation through time is the backward pass of the unrolled loop: shared weights add up.",
        "Each step back multiplies by a slope and by U, so over many steps the gradient vanishes or "
        "explodes.",
    ),
)
