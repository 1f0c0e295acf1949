# mypy: allow-untyped-defs
# ruff: noqa: RET504
"""The chain rule: along a path, local gradients multiply."""

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


def squares(a):
    b = a.square()
    out = b.square()
    return out


def logistic(a):
    minus = -a
    power = minus.exp()
    below = 1 + power
    out = 1 / below
    return out


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
            "**out** is 16. Nudge **a** by 0.01: **out** grows by 0.322, so by about 32 times the nudge. "
            "Where does 32 come from?",
            forward("out"),
        ),
        Stop("The walk back starts at **out**, with 1 as always.", seed()),
        Stop(
            "The last block is a square, and its input **b** is 4. Its local gradient is $2 \\times 4 = 8$. "
            "So a nudge of **b** reaches **out** eight times as large.",
            backward("out", "b"),
        ),
        Stop(
            "The first block has input 2, so its local gradient is $2 \\times 2 = 4$. "
            "A nudge of **a** grows four times in the first block, and then eight times in the second.",
            backward("b", "a"),
            predict=Question(
                ask="What is the gradient of **a**?",
                answer=gradient("a"),
                explain="$4 \\times 8 = 32$: upstream times local. The nudge of **a** said so too.",
                mistakes=(
                    Mistake("You added the two factors. Along a path they multiply.", lambda trace: 12.0),
                ),
            ),
        ),
        Stop(
            "The first block knew only its 4. The 8 came from [[upstream]], from the blocks behind it. "
            "Upstream times local, block after block: that is the [[chain rule]].",
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
        title="All edges die",
        text="Set **a** to 0. How much gradient reaches **b**, and how much reaches **a**?",
        values={"a": 0.0},
        reveals="Both local gradients are $2 \\times 0$, so **b** and **a** get 0. "
        "In a product one factor of 0 is enough to silence everything before it.",
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
        Stop("Change the sign, take the exponential, add 1, divide 1 by it. **a** is 2.", start()),
        Stop("**out** is 0.881, the same as from the single logistic block.", forward("out")),
        Stop(
            "The last block is $1/x$ with $x$ = **below**. Its local gradient is $-1/x^2 = -0.776$.",
            backward("out", "below"),
        ),
        Stop("A sum passes on what it gets: **power** has −0.776 as well.", backward("below", "power")),
        Stop(
            "The local gradient of the exponential is its own value, 0.135. "
            "Upstream times local is $-0.776 \\times 0.135 = -0.105$.",
            backward("power", "minus"),
        ),
        Stop(
            "The minus turns the sign round, and **a** gets 0.105. The single block gave 0.105 too. "
            "However a formula is cut into blocks, the gradient is the same.",
            end(),
        ),
    ),
    nudge=Nudge("a"),
    questions=(
        Question(
            ask="Make **a** equal to 0: **power** is 1 and **below** is 2. What is the gradient of **a**?",
            values={"a": 0.0},
            answer=gradient("a"),
            at=backward("minus", "a"),
            explain="The local gradients are $-1/2^2$, 1, 1 and −1. Multiplied they give 0.25, "
            "the steepest place of the logistic function.",
            mistakes=(
                Mistake(
                    "That is the gradient of **minus**. One block is left, and it turns the sign round.",
                    gradient("minus"),
                ),
                Mistake("That is the value of **out**, not a gradient.", value("out")),
                Mistake(
                    "That is $1/2$. The local gradient of $1/x$ is $-1/x^2$: square the 2.",
                    lambda trace: -1 / trace.value("below"),
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Far out",
        text="Set **a** to 12. No block is broken. How much gradient gets back to **a**?",
        values={"a": 12.0},
        reveals="About 0.000006. The value of **power** is that small, "
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
        "Tell upstream, which comes from behind, from local, which the block knows itself.",
        "Take a formula apart into blocks, and trust that the gradient stays the same.",
    ),
    summary=(
        "Along a path the local gradients multiply.",
        "Each block multiplies what comes from upstream by its own local gradient, and knows no more.",
        "One factor of 0 silences everything before it.",
    ),
)
