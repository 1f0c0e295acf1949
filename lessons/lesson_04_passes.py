# mypy: allow-untyped-defs
# ruff: noqa: RET504
"""The two passes: values forward, gradients backward, as the Stanford CS221 lecture defines them."""

from engine import Tensor, Trace, record
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


def branched(a, b):
    s = a + b
    p = 3 * s
    q = s.square()
    r = -s
    m = p * q
    out = m + r
    return out


def able(trace: Trace, *done: str) -> int:
    """How many boxes can compute next, once these are computed: all their inputs are there."""
    there = {trace.find(name) for name in done} | {i for i, needs in enumerate(trace.inputs) if not needs}
    return sum(i not in there and there.issuperset(needs) for i, needs in enumerate(trace.inputs))


def awaited(trace: Trace, name: str) -> int:
    """How many terms a box's gradient is made of: one along each arrow that leaves it."""
    return len(trace.consumers[trace.find(name)])


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
        "The **forward value** of a box is the value of the expression up to that box. Here it is 5.",
        forward("s"),
    ),
    Stop(
        "The [[forward pass]] ends: **out** is 25. The values are kept, "
        "since the way back needs some of them.",
        forward("out"),
    ),
    Stop(
        "The **backward value** of a box is its gradient: "
        "how a nudge of that box moves **out**. "
        "For **out** itself that is one for one, so the [[backward pass]] starts with 1.",
        seed(),
    ),
    Stop(
        "The square needs its own input, and looks up the value that was kept.",
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

BRANCHED = Part(
    title="In what order?",
    text="In a row there is only one order. In a graph with branches there are several. "
    "Which box may work next, going forward and going backward? "
    "And which values does the way back look up?",
    build=branched,
    inputs=(
        Input("a", 1.0, low=-5, high=5, step=0.1),
        Input("b", 1.0, low=-5, high=5, step=0.1),
    ),
    walk=(
        Stop(
            "The sum **s** goes three ways: it is tripled, squared, and turned negative. "
            "A box may work as soon as all its inputs have values. At the start only **s** can.",
            start(),
        ),
        Stop(
            "**s** has its value, and the code has taken **p** next. It might have taken another.",
            forward("p"),
            predict=Question(
                ask="How many boxes can work now?",
                answer=lambda trace: able(trace, "s", "p"),
                explain="**q** and **r** need **s** alone, so either can be next. "
                "**m** has **p**, but waits for **q**, and **out** waits for **m**.",
                mistakes=(
                    Mistake("More can work than the one that the code takes next.", lambda trace: 1.0),
                    Mistake("**m** needs **q** as well, which has no value yet.", lambda trace: 3.0),
                    Mistake("**m** and **out** lack an input each.", lambda trace: 4.0),
                ),
            ),
        ),
        Stop(
            "The code goes on with **q**, **r** and **m**. Any order will do in which each box comes after "
            "its inputs. **out** is 22.",
            forward("out"),
        ),
        Stop(
            "Backward the arrows are turned round: a box may send once every box that uses it has sent. "
            "**out** has sent 1 to **m** and to **r**, so these two are next.",
            backward("out", "r"),
        ),
        Stop(
            "The product swaps: **p** gets the value of **q**, 4, and **q** that of **p**, 6. "
            "For this both values were kept. Next it is **s** that collects.",
            backward("m", "q"),
            predict=Question(
                ask="How many terms must reach **s** before it may send its gradient on?",
                answer=lambda trace: awaited(trace, "s"),
                explain="One along each arrow that leaves **s**: from **r**, **q** and **p**.",
                mistakes=(
                    Mistake("**s** has one gradient, but more than one arrow leaves it.", lambda trace: 1.0),
                    Mistake(
                        "Two arrows enter **s**. Terms come back along those that leave it.",
                        lambda trace: 2.0,
                    ),
                ),
            ),
        ),
        Stop(
            "The first term has come, from **r**. "
            "If **s** sent its gradient now, the inputs would get a part only.",
            backward("r", "s"),
        ),
        Stop(
            "All three are in: −1, 24 and 12. Terms that meet add up, as lesson 5 shows, and **s** has 35.",
            backward("p", "s"),
        ),
        Stop(
            "**s** hands its 35 on. What was kept for the way back? "
            "**s** for the square, **p** and **q** for the product; the other boxes looked up no value.",
            end(),
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Going forward, **s**, **p** and **r** have their values. How many boxes can work now?",
            answer=lambda trace: able(trace, "s", "p", "r"),
            at=forward("r"),
            explain="Only **q**. **m** waits for it, and **out** waits for **m**.",
            mistakes=(
                Mistake("**m** needs **q** as well, which is missing.", lambda trace: 2.0),
                Mistake("**m** and **out** still lack an input each.", lambda trace: 3.0),
            ),
        ),
        Question(
            ask="Make **a** equal to 3, so that **s** is 4. What is the gradient of **p**?",
            values={"a": 3.0},
            answer=gradient("p"),
            at=backward("m", "p"),
            explain="The product sends **p** the value of **q**, which was kept: $4^2 = 16$.",
            mistakes=(
                Mistake("That is the value of **p**. It goes to **q**: a product swaps.", value("p")),
                Mistake("That is the value of **s**. The other factor is its square, **q**.", value("s")),
            ),
        ),
    ),
    experiment=Experiment(
        title="A silent factor",
        text="Make **a** equal to −1, so that **s** is 0. How many terms reach **s**, and what do they say?",
        values={"a": -1.0},
        at=backward("p", "s"),
        reveals="Still three: −1 from **r**, and 0 from **q** and from **p**. "
        "A term of 0 is a term, too, and **s** has to wait for it.",
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
        BRANCHED,
    ),
    can_do=(
        "Run both passes by hand: values from left to right, then gradients from right to left.",
        "Say which box may work next, and which forward values the way back looks up.",
        "Tell backpropagation, which finds gradients, from training, which uses them.",
    ),
    summary=(
        "Forward: a box computes its value once all its inputs have theirs.",
        "Backward: it starts with 1 at the output; a box sends once all its terms are in.",
        "Finding gradients changes nothing. Training is what uses them.",
    ),
)
