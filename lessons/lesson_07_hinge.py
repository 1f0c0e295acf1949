# mypy: allow-untyped-defs
# ruff: noqa: RET504
"""The hinge loss and a linear classifier: on one example by hand, then on the penguins of lesson 6.

Notation of the Stanford CS221 lectures: score w · phi, label y of 1 or −1, margin score · y.
"""

import numpy as np

from engine import Tensor
from lessons.chart import Chart, Curves, Line
from lessons.gentoos import GENTOOS
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
    forward,
    gradient,
    start,
    update,
    value,
)


def one_example(w, phi, y):
    score = w @ phi
    margin = score * y
    lack = 1 - margin
    loss = lack.relu()
    return loss


def over_margin() -> Curves:
    """The hinge loss over the margin, beside the count of errors and lesson 6's squared loss."""
    margins = np.linspace(-1.0, 3.0, 41)
    hinge = (1 - Tensor(margins)).relu()
    squared = (Tensor(margins) - 1).square()  # (score − y)², since y² is 1
    return Curves(
        x="margin",
        y="loss",
        lines=(
            Line("hinge", margins.tolist(), hinge.tolist(), strong=True),
            Line("squared", margins.tolist(), squared.tolist()),
            Line("wrong or right", [-1.0, 0.0, 0.0, 3.0], [1.0, 1.0, 0.0, 0.0], "other"),
        ),
        mark=(1.0, "margin 1"),
    )


ONE_EXAMPLE = Part(
    title="One example",
    text="Lesson 6 predicted a number. A *classifier* answers yes or no: it says yes where the "
    "[[score]] is above 0. The right answer is the [[label]] **y**: 1 for yes, −1 for no. "
    "When is a score good enough to stop learning from the example?",
    build=one_example,
    inputs=(
        Input("w", [2.0, -1.0], low=-5, high=5, step=0.1, about="one weight a feature"),
        Input("phi", [2.0, 0.0], low=-5, high=5, step=0.1, learns=False, about="the features"),
        Input("y", -1.0, low=-1, high=1, step=2, learns=False, about="the label: 1 for yes, −1 for no"),
    ),
    walk=(
        Stop(
            "The [[features|feature]] **phi** are 2 and 0, the [[weights|weight]] **w** are 2 and −1. "
            "The label **y** is −1: the right answer is no.",
            start(),
        ),
        Stop(
            "The score is $2 \\times 2 + (-1) \\times 0 = 4$. It is above 0, so the classifier says yes, "
            "and it says so firmly. That is wrong.",
            forward("score"),
        ),
        Stop(
            "The [[margin]] is the score times the label. It is positive when their signs agree.",
            forward("margin"),
            predict=Question(
                ask="What is the margin here?",
                answer=value("margin"),
                explain="$4 \\times (-1) = -4$. It is far below 0: firmly wrong.",
            ),
        ),
        Stop(
            "A margin above 0 would be right, but the [[hinge]] asks for at least 1. "
            "Any number above 0 would do as well: double all weights, and the margin doubles. "
            "**lack** is what is missing, $1 - (-4) = 5$.",
            forward("lack"),
        ),
        Stop(
            "What is missing is the loss: 5. Where nothing is missing, **lack** is below 0, "
            "and the [[ReLU]] turns it into a loss of 0.",
            forward("loss"),
        ),
        Stop(
            "Now back. **lack** is above 0, so the ReLU lets its gradient pass: 1.", backward("loss", "lack")
        ),
        Stop("More margin means less is missing: the margin gets −1.", backward("lack", "margin")),
        Stop(
            "The margin is a product, of the score and the label. Would a higher score help here?",
            backward("margin", "score"),
            predict=Question(
                ask="What is the gradient of **score**?",
                answer=gradient("score"),
                explain="$-1 \\times (-1) = 1$: a higher score means more loss, since the answer is no.",
                mistakes=(
                    Mistake(
                        "That is what arrives at **margin**. The label **y** is the local gradient here.",
                        gradient("margin"),
                    ),
                ),
            ),
        ),
        Stop(
            "Each weight gets upstream times its feature: 2 and 0. "
            "The second feature is 0, so its weight learns nothing here.",
            backward("score", "w"),
        ),
        Stop("A step of 0.5 against the gradient: **w** becomes 1 and −1.", update("w")),
        Stop(
            "Now **w** is 1 and −1. The score is 2 and the margin −2: still wrong, but the loss is 3 instead "
            "of 5.",
            forward("loss"),
            {"w": [1.0, -1.0]},
        ),
    ),
    nudge=Nudge("w", cell=(0,)),
    learning_rate=0.5,
    questions=(
        Question(
            ask="Make **w** 0.25 and −1, and the label **y** 1. The score is 0.5, so the sign is right. "
            "What is the loss?",
            values={"w": [0.25, -1.0], "y": 1.0},
            answer=value("loss"),
            at=forward("loss"),
            explain="The margin is 0.5, and 0.5 is missing to 1. The hinge wants a clear yes, "
            "not a narrow one.",
            mistakes=(
                Mistake("A right sign is not enough: the hinge asks for a margin of 1.", lambda trace: 0.0),
                Mistake("That is **lack** with the wrong sign of the margin: $1 + 0.5$.", lambda trace: 1.5),
            ),
        ),
        Question(
            ask="Make the features **phi** 1 and 3, and the label **y** 1. "
            "What is the gradient of the second weight?",
            values={"phi": [1.0, 3.0], "y": 1.0},
            answer=gradient("w", 1),
            at=backward("score", "w"),
            explain="The score is −1 and the margin too, so 2 is missing and the ReLU is open. "
            "The score gets $-1 \\times 1 = -1$, and $-1 \\times 3 = -3$.",
            mistakes=(
                Mistake(
                    "The label is 1 now, so a higher score means less loss: mind the sign.",
                    lambda trace: -trace.gradient("w")[1],
                ),
                Mistake(
                    "You multiplied by **lack**. The slope of the hinge is the same however much is missing.",
                    lambda trace: trace.value("lack") * trace.gradient("w")[1],
                ),
                Mistake("That is what arrives from upstream. Multiply it by the feature.", gradient("score")),
            ),
        ),
        Question(
            ask="Back at features 2 and 0, make the label **y** 1. The margin is 4 now. "
            "What is the gradient of the first weight?",
            values={"y": 1.0},
            answer=gradient("w", 0),
            at=backward("score", "w"),
            explain="The margin is above 1, so **lack** is −3 and the ReLU is shut. "
            "The example is settled, and nothing comes back.",
            mistakes=(
                Mistake(
                    "That would be so while the margin is below 1. Here nothing is missing any more.",
                    lambda trace: -trace.value("phi")[0],
                ),
                Mistake("That is the gradient for the label −1.", value("phi", 0)),
            ),
        ),
    ),
    experiment=Experiment(
        title="A margin over 1",
        text="Make the label **y** 1: now yes is right, and the margin is 4. "
        "How much is there left to learn from this example?",
        values={"y": 1.0},
        at=backward("score", "w"),
        reveals="Nothing: **lack** is −3, the loss is 0, and every gradient is 0. "
        "A squared loss would go on pulling, though the answer is right: see its line in the chart.",
    ),
    charts=(
        Chart(
            title="Why a hinge",
            text="The loss of one example over its margin. The hinge comes down in a straight line and lies "
            "flat from 1 on, as an open hinge does. Counting 1 for wrong and 0 for right is what we are "
            "after, but that line is flat: its slope is 0, so no gradient says where to go. "
            "The squared loss rises again beyond 1: it pulls at answers that are too right.",
            draw=over_margin,
        ),
    ),
)

LESSON = Lesson(
    title="Hinge and a linear classifier",
    chapter="Learning weights",
    goal="Answer yes or no, and learn only from the examples that are not yet clear enough.",
    needs="Lesson 6: a weight for each feature. From lesson 2, the ReLU.",
    parts=(ONE_EXAMPLE, GENTOOS),
    can_do=(
        "Compute score, margin and hinge loss of an example, and the gradient of each weight.",
        "Say which examples pull at the weights, and which are settled.",
        "Read a decision boundary, and the strip of margin 1 on both sides of it.",
    ),
    summary=(
        "The margin is the score times the label; the hinge loss is what the margin lacks to 1.",
        "Below a margin of 1 each weight gets −label times feature. Above 1 it gets 0.",
        "A right answer with a margin below 1 still costs something, and still teaches.",
    ),
)
