# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""The part of lesson 6 on real data: the mass of a penguin from three of its lengths."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from engine import Tensor
from engine.optim import SGD
from lessons.chart import Chart, Surface
from lessons.data import (
    TRAINING,
    best_weights,
    held_out_error,
    mean_loss,
    penguin,
    penguin_in_millimetres,
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

LENGTHS = ("bill length", "bill depth", "flipper length")


def predict_mass(example, w, b):
    phi, y = penguin(example)
    score = w @ phi
    prediction = score + b
    residual = prediction - y
    loss = residual.square()
    return loss


def in_millimetres(example, w, b):
    phi, y = penguin_in_millimetres(example)
    score = w @ phi
    prediction = score + b
    residual = prediction - y
    loss = residual.square()
    return loss


def train(learning_rate: float, epochs: int, seed: int) -> Iterator[Snapshot]:
    """One penguin a step, from weights of 0; ends with ValueError when the mean loss runs away."""
    w, b = Tensor([0.0, 0.0, 0.0], name="w"), Tensor(0.0, name="b")
    at_first = mean_loss(w.data, b.data)
    for snapshot in one_penguin_a_step(
        predict_mass,
        w,
        b,
        learning_rate,
        epochs,
        seed,
        mean_loss=lambda w, b: mean_loss(w.data, b.data),
        remark=remark,
        verdict=verdict,
    ):
        yield snapshot
        if snapshot.loss > 1000 * at_first:
            raise ValueError(
                f"After {snapshot.step} steps the mean loss is {snapshot.loss:.3g}; "
                f"it began at {at_first:.3g}. Each step "
                "jumps over the lowest point and lands higher up on the other side. Choose a smaller "
                "learning rate."
            )


def remark(example: int, w: Tensor, b: Tensor) -> str:
    """The penguin of a step, and what the weights say about it."""
    guess = float(penguins().x[example] @ w.data + b.data)
    return f"Penguin {example} ({penguins().labels[example]}): the prediction is {guess:.2f} kg."


def verdict(w: Tensor, b: Tensor, steps: int) -> str:
    """What a whole run came to, beside the best there is and beside guessing."""
    reached, best = mean_loss(w.data, b.data), mean_loss(*best_weights())
    count = max(range(len(LENGTHS)), key=lambda k: abs(w.data[k]))
    each = ", ".join(f"{x:.3f} for the {name}" for name, x in zip(LENGTHS, w.data, strict=True))
    error, held_out = held_out_error(w.data, b.data), len(penguins().y) - TRAINING
    guess = held_out_error(np.zeros(3), float(np.mean(penguins().training[1])))
    return (
        f"After {steps} steps the mean loss is {reached:.4f} kg²; no weights reach less than {best:.4f}. "
        f"On the {held_out} penguins that were held out, predictions are off by {error:.0f} g on average. "
        f"Always guessing the mean is off by {guess:.0f} g. "
        f"The weights are {each.replace('-', '−')}: the {LENGTHS[count]} counts most."
    )


@cache
def descent(learning_rate: float) -> Surface:
    """The mean loss over two of the weights, the others at their best, and 25 steps downhill from 0 and 0."""
    x, y = penguins().training
    weights, bias = best_weights()
    rest = x[:, 0] * weights[0] + bias - y
    xs, ys = np.linspace(-0.7, 1.3, 41), np.linspace(-1.0, 1.0, 41)
    errors = rest[:, None, None] + x[:, 2, None, None] * xs + x[:, 1, None, None] * ys[:, None]
    w = Tensor([0.0, 0.0])
    optimizer = SGD([w], lr=learning_rate)
    path = [(0.0, 0.0)]
    for _ in range(25):
        loss = (Tensor(x[:, [2, 1]]) @ w + Tensor(rest)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        path.append((float(w.data[0]), float(w.data[1])))
    return Surface(
        x="weight of the flipper length",
        y="weight of the bill depth",
        height="loss",
        xs=xs,
        ys=ys,
        heights=np.mean(errors**2, axis=0),
        path=tuple(path),
        equal=True,
    )


PENGUINS = Part(
    title="Real penguins",
    text="342 penguins were measured on islands off Antarctica. "
    "Can a penguin's mass be told from its bill length, bill depth and flipper length? "
    "Each length gets a weight in **w**, and a [[bias]] **b** is added for the average penguin. "
    "The lengths are *standardised*, so that one learning rate fits them all: "
    "0 is average, 1 is one standard deviation more.",
    build=predict_mass,
    inputs=(
        Choice(
            "example",
            tuple(range(TRAINING)),
            0,
            about="which penguin",
            labels=tuple(f"{i}: {label}" for i, label in enumerate(penguins().labels[:TRAINING])),
        ),
        Input("w", [0.0, 0.0, 0.0], low=-3, high=3, step=0.01, about=", ".join(LENGTHS), labels=(LENGTHS,)),
        Input("b", 0.0, low=-6, high=6, step=0.01, about="the bias, in kg"),
    ),
    walk=(
        Stop(
            "Penguin 0 is a Gentoo of 5.4 kg. **phi** holds its bill length, bill depth and flipper length. "
            "The depth is below average, so it is negative.",
            start(),
        ),
        Stop(
            "Nothing is known yet: all weights are 0, and so is the score. "
            "The prediction of 0 kg is 5.4 kg too low.",
            forward("residual"),
        ),
        Stop(
            "The loss is $5.4^2 = 29.2$, in kg². "
            "Back through the square: $1 \\times 2 \\times (-5.4) = -10.8$.",
            backward("loss", "residual"),
        ),
        Stop(
            "The bias gets all of it: the prediction should rise, whatever the lengths.",
            backward("prediction", "b"),
        ),
        Stop(
            "Each weight gets −10.8 times its own feature. The flipper is long (0.941), "
            "so its weight should rise. The bill is not deep (−1.34), so its weight should fall.",
            backward("score", "w"),
        ),
        Stop(
            "The step is small, 0.005 times the gradient, and all three weights move at once: "
            "that of the bill length becomes $0 - 0.005 \\times (-7.32) = 0.0366$, the flipper's 0.0508.",
            update("w"),
        ),
        Stop(
            "Now it is penguin 1, and the weights are 0 again. Its flipper is short (−0.52), so it pulls the "
            "flipper's weight down: the gradient is 3.69. Training lets all penguins pull in turn; start it "
            "below.",
            backward("score", "w"),
            {"example": 1},
        ),
    ),
    nudge=Nudge("b"),
    learning_rate=0.005,
    questions=(
        Question(
            ask="Choose penguin 3, which weighs 4.65 kg. All weights are 0. What is the gradient of **b**?",
            values={"example": 3},
            answer=gradient("b"),
            at=backward("prediction", "b"),
            explain="The residual is $0 - 4.65$, and the square doubles it: −9.3. "
            "The sum passes it on to **b**.",
            mistakes=(
                Mistake(
                    "The size is right. The prediction is too low, so the residual is negative.",
                    lambda trace: -trace.gradient("b"),
                ),
                Mistake("That is the residual. The square doubles it.", value("residual")),
                Mistake("That is the loss, not a gradient.", value("loss")),
            ),
        ),
        Question(
            ask="Keep penguin 3, whose flipper is 1.22 below average. "
            "What is the gradient of the flipper's weight?",
            values={"example": 3},
            answer=gradient("w", 2),
            at=backward("score", "w"),
            explain="Upstream is −9.3 and the feature −1.22: $-9.3 \\times (-1.22) = 11.3$. "
            "Short flippers pull the weight down.",
            mistakes=(
                Mistake("That is what arrives from upstream. Multiply it by the feature.", gradient("score")),
                Mistake("That is the feature. Multiply it by what arrives from upstream.", value("phi", 2)),
                Mistake(
                    "The square doubles the residual. That 2 is missing.",
                    lambda trace: trace.gradient("w")[2] / 2,
                ),
                Mistake("That is the gradient of the bill depth's weight.", gradient("w", 1)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Leave the lengths in millimetres",
        text="Do not standardise: give **phi** as it was measured. "
        "Which weight gets the largest gradient, and why?",
        build=in_millimetres,
        at=update("w"),
        reveals="The flipper's: −2322, against −157 for the bill's depth. It matters no more than before; "
        "only its numbers are larger, 215 against 14.5. One step of 0.005 already sets its weight to 11.6.",
    ),
    charts=(
        Chart(
            title="Downhill",
            text="Two of the weights, and the loss over both as a map: each line joins places of equal loss. "
            "From weights of 0 every step goes against the gradient: straight across the line, downhill. "
            "A rate of 0.05 crawls, 0.6 jumps to and fro, and 0.8 leaves the valley.",
            draw=descent,
            settings=(
                Input("learning_rate", 0.2, low=0.05, high=0.8, step=0.05, about="how far a step goes"),
            ),
        ),
    ),
    training=Training(
        title="Train on 256 penguins",
        text="Each step takes one penguin, goes forward and backward as above, and moves the weights. "
        "An [[epoch]] takes each of the 256 training penguins once; the other 86 are held out to test. "
        "One penguin alone pulls harder, and another way, than the mean of all that the map above goes down. "
        "So the learning rate here is far smaller. "
        "Which of the three lengths turns out to matter? And what does a rate of 0.5 do?",
        settings=(
            Input("learning_rate", 0.005, low=0.001, high=0.5, step=0.001, about="how far a step goes"),
            Input("epochs", 10, low=1, high=20, step=1, about="how often each penguin is taken"),
            Input("seed", 0, low=0, high=999, step=1, about="decides the order of the penguins"),
        ),
        run=train,
        steps=train_steps,
        charts=("loss", "weights"),
        best=lambda: mean_loss(*best_weights()),
    ),
)
