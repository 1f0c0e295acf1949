# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""The part of lesson 7 on real data: whether a penguin is a Gentoo, from two of its lengths."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from engine import Tensor
from lessons.chart import Boundary, Chart, Points
from lessons.data import (
    TRAINING,
    TWO,
    kinds_of_penguins,
    margins,
    penguin_and_kind,
    penguins,
)
from lessons.lesson import (
    Choice,
    Experiment,
    Input,
    Mistake,
    Nudge,
    Part,
    Question,
    Snapshot,
    Stop,
    Training,
    backward,
    forward,
    gradient,
    start,
    update,
    value,
)
from lessons.sgd import one_penguin_a_step, train_steps

LENGTHS = ("bill depth", "flipper length")
ASKED = 14  # a penguin inside the strip of the weights −1 and 1


def tell_gentoo(example, w, b):
    phi, y = penguin_and_kind(example)
    weighted = w @ phi
    score = weighted + b
    margin = score * y
    lack = 1 - margin
    loss = lack.relu()
    return loss


def squared_loss(example, w, b):
    phi, y = penguin_and_kind(example)
    weighted = w @ phi
    score = weighted + b
    residual = score - y
    loss = residual.square()
    return loss


def train(learning_rate: float, epochs: int, seed: int) -> Iterator[Snapshot]:
    """One penguin a step, from weights of 0; the loss of a snapshot is the mean hinge loss."""
    w, b = Tensor([0.0, 0.0], name="w"), Tensor(0.0, name="b")
    return one_penguin_a_step(
        tell_gentoo,
        w,
        b,
        learning_rate,
        epochs,
        seed,
        mean_loss=lambda w, b: float(np.mean(np.maximum(0.0, 1.0 - margins(w.data, b.data)))),
        remark=remark,
        verdict=verdict,
    )


def remark(example: int, w: Tensor, b: Tensor) -> str:
    """The penguin of a step, and how many still pull."""
    found = margins(w.data, b.data)
    kind = "A Gentoo" if kinds_of_penguins()[example] > 0 else "No Gentoo"
    return (
        f"Penguin {example} ({penguins().labels[example]}): {kind}, with margin {found[example]:.2f}. "
        f"Of {TRAINING} penguins, {np.sum(found < 1)} have a margin below 1."
    )


def verdict(w: Tensor, b: Tensor, steps: int) -> str:
    """What a whole run came to, beside always giving the commoner answer."""
    found, unseen = margins(w.data, b.data), margins(w.data, b.data, held_out=True)
    others = np.mean(kinds_of_penguins()[TRAINING:] < 0)
    return (
        f"After {steps} steps {np.mean(found > 0):.0%} of the training penguins are told right, and "
        f"{np.mean(unseen > 0):.0%} of the {len(unseen)} that were held out. "
        f"Always saying no would be right for {others:.0%} of these. "
        f"{np.sum(found < 1)} training penguins have a margin below 1: only they still pull."
    )


def border(snapshots: Sequence[Snapshot]) -> Boundary:
    """The decision boundary at the last snapshot."""
    values = snapshots[-1].values
    depth, flipper = values["w"]
    return strip(depth, flipper, values["b"])


def strip(weight_of_depth: float, weight_of_flipper: float, b: float) -> Boundary:
    """The training penguins, the decision boundary of these weights, and the strip of margin 1."""
    x = penguins().x[:TRAINING][:, TWO]
    is_gentoo = kinds_of_penguins()[:TRAINING] > 0
    xs, ys = np.linspace(-2.5, 2.5, 41), np.linspace(-2.5, 2.5, 41)
    return Boundary(
        x="bill depth, standardised",
        y="flipper length, standardised",
        xs=xs,
        ys=ys,
        scores=weight_of_depth * xs[None, :] + weight_of_flipper * ys[:, None] + b,
        points=(
            Points("Gentoo", x[is_gentoo, 0].tolist(), x[is_gentoo, 1].tolist(), "circle"),
            Points("another kind", x[~is_gentoo, 0].tolist(), x[~is_gentoo, 1].tolist(), "cross"),
        ),
        margins=(-1.0, 1.0),
    )


def strip_and_one(weight_of_depth: float, weight_of_flipper: float, b: float) -> Boundary:
    """The same, with a ring around the penguin that is asked about."""
    drawn = strip(weight_of_depth, weight_of_flipper, b)
    depth, flipper = penguins().x[ASKED, TWO].tolist()
    ring = Points(f"penguin {ASKED}", [depth], [flipper], "ring")
    return replace(drawn, points=(*drawn.points, ring))


GENTOOS = Part(
    title="Real penguins",
    text="Lesson 6 took 342 penguins and predicted their mass. This time the question is: is it a *Gentoo*? "
    "Two of the [[features|feature]] are enough: bill depth and flipper length, both standardised. "
    "A [[bias]] **b** is added to the score.",
    build=tell_gentoo,
    inputs=(
        Choice(
            "example",
            tuple(range(TRAINING)),
            0,
            about="which penguin",
            labels=tuple(f"{i}: {label}" for i, label in enumerate(penguins().labels[:TRAINING])),
        ),
        Input("w", [0.0, 0.0], low=-3, high=3, step=0.01, about=", ".join(LENGTHS), labels=(LENGTHS,)),
        Input("b", 0.0, low=-6, high=6, step=0.01, about="the bias"),
    ),
    walk=(
        Stop(
            "Penguin 0 is a Gentoo, so its [[label]] **y** is 1. Its bill is less deep than average, "
            "−1.34, and its flipper is longer, 0.941.",
            start(),
        ),
        Stop("All weights are 0, so the score is 0: neither yes nor no.", forward("score")),
        Stop("The margin is 0, so all of 1 is missing. The loss is 1.", forward("loss")),
        Stop(
            "The margin is below 1, so the gradient passes. More score is better here: the score gets −1.",
            backward("margin", "score"),
        ),
        Stop(
            "A weight moves the score by its feature. Which way should that of the flipper length go?",
            backward("weighted", "w"),
            predict=Question(
                ask="What is the gradient of the weight of the flipper length?",
                answer=gradient("w", 1),
                explain="Upstream times feature is $-1 \\times 0.941 = -0.941$. "
                "So the weight should rise: long flippers mean yes.",
            ),
        ),
        Stop(
            "A step of 0.05: the flipper's weight becomes 0.0471, the bill's −0.067. "
            "A long flipper speaks for a Gentoo, a deep bill against it.",
            update("w"),
        ),
        Stop(
            "Suppose that training has led to weights of −1 and 1. The chart draws their line. "
            "Now penguin 1, an Adelie, has a margin of 2.1, so **loss** is 0.",
            forward("loss"),
            {"example": 1, "w": [-1.0, 1.0]},
        ),
        Stop(
            "No gradient comes back from it. In training such penguins change nothing: only those on the "
            "wrong side of the [[decision boundary]], or too near to it, pull.",
            backward("weighted", "w"),
            {"example": 1, "w": [-1.0, 1.0]},
        ),
    ),
    nudge=Nudge("b"),
    learning_rate=0.05,
    questions=(
        Question(
            ask="Choose penguin 1, an Adelie, so **y** is −1. All weights are 0. "
            "What is the gradient of **b**?",
            values={"example": 1},
            answer=gradient("b"),
            at=backward("score", "b"),
            explain="The score should fall, so its gradient is $-1 \\times (-1) = 1$. "
            "The sum passes it on to **b**.",
            mistakes=(
                Mistake(
                    "That is so for a Gentoo. Here the answer no is right: mind the label.",
                    lambda trace: -1.0,
                ),
                Mistake("The margin is 0, which is below 1: the gradient passes.", value("margin")),
            ),
        ),
        Question(
            ask="Choose penguin 4, a Gentoo whose bill has a depth of −1.39. All weights are 0. "
            "What is the gradient of the weight of the bill depth?",
            values={"example": 4},
            answer=gradient("w", 0),
            at=backward("weighted", "w"),
            explain="$-1 \\times (-1.39) = 1.39$: this weight should fall.",
            mistakes=(
                Mistake("That is the feature. Multiply it by what arrives from upstream.", value("phi", 0)),
                Mistake("That is what arrives from upstream. Multiply it by the feature.", gradient("score")),
                Mistake("That is the gradient of the flipper's weight.", gradient("w", 1)),
            ),
        ),
        Question(
            ask="Take weights of −1 and 1, and penguin 14, a Chinstrap. What is its margin? "
            "Then look in the chart whether it stands inside the strip.",
            values={"example": ASKED, "w": [-1.0, 1.0]},
            answer=value("margin"),
            at=forward("margin"),
            again="What is the margin at these numbers? Is the penguin inside the strip?",
            explain="The score is $0.333 - 0.868 = -0.536$, and the label is −1. "
            "The margin of 0.536 is on the right side, but below 1: the penguin stands inside the strip, "
            "and it pulls.",
            mistakes=(
                Mistake("That is the score. Multiply it by the label, −1.", value("score")),
                Mistake("That is what the margin lacks to 1.", value("lack")),
            ),
        ),
    ),
    experiment=Experiment(
        title="Square it instead",
        text="Take weights −1 and 1, and lesson 6's squared loss: the score should be the label itself. "
        "Penguin 0 has score 2.28 and label 1. Is it right, and is it left in peace?",
        values={"w": [-1.0, 1.0]},
        build=squared_loss,
        at=backward("score", "b"),
        reveals="It is right, and it is punished: the loss is 1.64, and the score gets 2.56. "
        "The squared loss pulls at answers that are too right. The hinge leaves them alone.",
    ),
    charts=(
        Chart(
            title="The line and its strip",
            text="On the line the score is 0; on the dashed lines it is 1 and −1. "
            "Beyond its own dashed line a penguin is settled; short of it, it still pulls. "
            "Penguin 14 is ringed, at −0.333 and −0.868: is it inside? "
            "What becomes of the strip when you double both weights?",
            draw=strip_and_one,
            settings=(
                Input("weight_of_depth", -1.0, low=-3.0, high=3.0, step=0.25, about="of the bill depth"),
                Input("weight_of_flipper", 1.0, low=-3.0, high=3.0, step=0.25, about="of the flipper length"),
                Input("b", 0.0, low=-3.0, high=3.0, step=0.25, about="the bias"),
            ),
        ),
    ),
    training=Training(
        title="Train on 256 penguins",
        text="Each step takes one penguin. Where its margin is 1 or more, nothing moves. "
        "Watch the boundary, and the strip of margin 1 on both sides of it: "
        "the fewer penguins stand inside, the less often a step changes anything.",
        settings=(
            Input("learning_rate", 0.05, low=0.001, high=1.0, step=0.001, about="how far a step goes"),
            Input("epochs", 5, low=1, high=20, step=1, about="how often each penguin is taken"),
            Input("seed", 0, low=0, high=999, step=1, about="decides the order of the penguins"),
        ),
        run=train,
        steps=train_steps,
        charts=("loss",),
        picture=border,
    ),
)
