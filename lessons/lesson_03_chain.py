# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""The chain rule: along a path, local gradients multiply."""

from engine import Tensor
from lessons.chart import Bars, Chart
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


def squares(a):
    b = a.square()
    out = b.square()
    return out


def logistic(a):
    m = -a
    p = m.exp()
    q = 1 + p
    out = 1 / q
    return out


def moves(nudge: str) -> Bars:
    """How far a, b and out move when a is nudged from 2."""
    before, after = Tensor(2.0), Tensor(2.0 + float(nudge))
    ends = [(after, before), (after.square(), before.square()), (squares(after), squares(before))]
    far = [high.item() - low.item() for high, low in ends]
    return Bars(("a", "b", "out"), (("moves by", far),), "moves by")


SQUARES = Part(
    title="A square of a square",
    text="The output of one block becomes the input of the next: $(a^2)^2$. "
    "A nudge of **a** has to pass through both blocks. "
    "Each changes its size, and each knows only its own factor, its [[local gradient]].",
    build=squares,
    inputs=(Input("a", 2.0, low=-3, high=3, step=0.1),),
    walk=(
        Stop("Two blocks in a row. **a** is 2; it is squared, and the result is squared again.", start()),
        Stop(
            "**out** is 16. Nudge **a** by 0.01, in the nudge box of the panel: by what factor does "
            "**out** move? And where does that factor come from?",
            forward("out"),
        ),
        Stop(
            "The walk back starts with 1 at **out**. "
            "The last block is a square with input 4, so its local gradient is $2 \\times 4 = 8$: "
            "a nudge of **b** reaches **out** eight times as large.",
            backward("out", "b"),
        ),
        Stop(
            "Now the first block, also a square, but its input is **a**. "
            "A nudge of **a** must pass through both blocks.",
            backward("b", "a"),
            predict=Question(
                ask="What is the gradient of **a**?",
                answer=gradient("a"),
                explain="The local gradient is $2 \\times 2 = 4$, and $8 \\times 4 = 32$. "
                "Try it: a nudge of **a** by 0.01 moves **out** by 0.322.",
                mistakes=(
                    Mistake("You added the two factors. Along a path they multiply.", lambda trace: 12.0),
                    Mistake(
                        "That is the first block's own factor. Multiply it by what comes from **b**.",
                        lambda trace: 2 * trace.value("a"),
                    ),
                ),
            ),
        ),
        Stop(
            "The first block knew only its own 4. The 8 came from [[upstream]], from the block after it. "
            "Upstream times local, block after block: that is the [[chain rule]].",
            end(),
        ),
        Stop(
            "School writes $f(g(a))' = f'(g(a)) \\cdot g'(a)$: outer times inner. "
            "Outer is the 8, taken at $g(a) = 4$; inner is the 4.",
            end(),
        ),
        Stop(
            "Here one may multiply out first: the derivative of $a^4$ is $4a^3$, "
            "which is $4 \\times 8 = 32$ at 2. "
            "The chain rule needs no such luck. It works for any blocks in a row.",
            end(),
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Make **a** equal to 3. What is the gradient of **a**?",
            values={"a": 3.0},
            answer=gradient("a"),
            at=backward("b", "a"),
            explain="**b** is 9. Upstream is $2 \\times 9 = 18$, local is $2 \\times 3 = 6$, "
            "and $18 \\times 6 = 108$.",
            mistakes=(
                Mistake(
                    "That is the gradient of **b**. One block is left: multiply by its local gradient.",
                    gradient("b"),
                ),
                Mistake(
                    "That is the local gradient of the first block. Multiply it by what comes from upstream.",
                    lambda trace: 2 * trace.value("a"),
                ),
                Mistake(
                    "You added the two local gradients. Along a path they multiply.",
                    lambda trace: 2 * trace.value("a") + 2 * trace.value("b"),
                ),
                Mistake("That is the value of **out**, not the gradient of **a**.", value("out")),
            ),
        ),
        Question(
            ask="Make **a** equal to −1. What is its gradient now?",
            values={"a": -1.0},
            answer=gradient("a"),
            at=backward("b", "a"),
            explain="**b** is 1. Upstream is $2 \\times 1 = 2$, local is $2 \\times (-1) = -2$. "
            "The product is −4: raise **a**, and **out** falls.",
            mistakes=(
                Mistake(
                    "The size is right. But the first block's local gradient is $2 \\times (-1)$.",
                    lambda trace: -trace.gradient("a"),
                ),
                Mistake("That is the gradient of **b**. One block is left.", gradient("b")),
                Mistake(
                    "You added 2 and −2. Along a path local gradients multiply.",
                    lambda trace: 2 * trace.value("a") + 2 * trace.value("b"),
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="All arrows go silent",
        text="Set **a** to 0. How much gradient reaches **b**, and how much reaches **a**?",
        values={"a": 0.0},
        at=end(),
        reveals="Both local gradients are $2 \\times 0$, so **b** and **a** get 0. "
        "In a product one factor of 0 is enough to silence everything before it.",
    ),
    charts=(
        Chart(
            title="A nudge on its way",
            text="How far **a**, **b** and **out** move when **a** is nudged from 2. "
            "For a nudge of 0.01, **b** moves by 0.0401, four times as far, and **out** by 0.322, "
            "eight times as far as **b**. "
            "For which nudges is that still true?",
            draw=moves,
            settings=(Choice("nudge", ("0.001", "0.01", "0.1", "1"), "0.01", about="nudge of a"),),
        ),
    ),
)

LOGISTIC = Part(
    title="A block made of blocks",
    text="The [[logistic]] function of lesson 2, $1/(1 + e^{-a})$, can itself be cut into four "
    "smaller blocks. "
    "The chain rule needs to know only those four. "
    "Does it find the same gradient as $s(1 - s)$?",
    build=logistic,
    inputs=(Input("a", 2.0, low=-12, high=12, step=0.1),),
    walk=(
        Stop(
            "Four blocks: **m** changes the sign, **p** takes the exponential, **q** adds 1, "
            "**out** divides 1 by that. **a** is 2.",
            start(),
        ),
        Stop(
            "The exponential of **m**, $e^{-2}$, is 0.135. It is small, since **m** is negative.",
            forward("p"),
        ),
        Stop(
            "**q** is 1.14, and **out** is $1 / 1.14 = 0.881$, the same as from the single logistic block.",
            forward("out"),
        ),
        Stop(
            "The last block is the quotient $1/q$. Its local gradient is $-1/q^2$, which is −0.776.",
            backward("out", "q"),
        ),
        Stop("A sum passes on what it gets: **p** has −0.776 as well.", backward("q", "p")),
        Stop(
            "Now back through the exponential. Which of the numbers that are there already is its "
            "local gradient?",
            backward("p", "m"),
            predict=Question(
                ask="What is the gradient of **m**?",
                answer=gradient("m"),
                explain="Upstream times local is $-0.776 \\times 0.135 = -0.105$.",
            ),
        ),
        Stop(
            "The minus turns the sign round, and **a** gets 0.105. "
            "$s(1 - s)$ is $0.881 \\times 0.119 = 0.105$ too. "
            "However a formula is cut into blocks, the gradient is the same.",
            end(),
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Make **a** equal to 0: **p** is 1 and **q** is 2. What is the gradient of **a**?",
            values={"a": 0.0},
            answer=gradient("a"),
            at=backward("m", "a"),
            explain="The local gradients are $-1/2^2$, 1, 1 and −1. Multiplied they give 0.25, "
            "the steepest place of the logistic function.",
            mistakes=(
                Mistake(
                    "That is the gradient of **m**. One block is left, and it turns the sign round.",
                    gradient("m"),
                ),
                Mistake("That is the value of **out**, not a gradient.", value("out")),
                Mistake(
                    "That is $1/2$. The local gradient of $1/q$ is $-1/q^2$: square the 2.",
                    lambda trace: -1 / trace.value("q"),
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Far out",
        text="Set **a** to 12. No block is broken. How much gradient gets back to **a**?",
        values={"a": 12.0},
        at=end(),
        reveals="About 0.000006, or 6.14e−6 for short. The value of **p** is that small, "
        "and it multiplies what comes from upstream. One small factor quiets a whole chain.",
    ),
)

LESSON = Lesson(
    title="The chain",
    chapter="Gradients",
    goal="Carry a gradient back through several blocks: along a path, multiply.",
    needs="Lesson 2: the local gradient of a square, a sum and an exponential.",
    parts=(SQUARES, LOGISTIC),
    can_do=(
        "Carry a gradient back through a chain: upstream times local, block after block.",
        "Tell upstream, which comes from the block after it, from local, which the block knows itself.",
        "Take a formula apart into blocks, and trust that the gradient stays the same.",
    ),
    summary=(
        "Along a path the local gradients multiply.",
        "Each block multiplies what comes from upstream by its own local gradient, and knows no more.",
        "One factor of 0 silences everything before it.",
    ),
)
