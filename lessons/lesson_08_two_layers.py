# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""A two-layer network: hidden units that nobody labels, and the boundary that they draw.

The cars, the weights and the squared loss are those of the Stanford CS221 lecture on backpropagation.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from engine import Tensor
from engine.optim import SGD
from lessons.chart import Boundary, Chart, Points
from lessons.lesson import (
    Choice,
    Experiment,
    Input,
    Lesson,
    Mistake,
    Nudge,
    Part,
    Question,
    Snapshot,
    Stop,
    Training,
    backward,
    end,
    forward,
    gradient,
    start,
    value,
)

Array = np.ndarray[Any, Any]

PAIRS = 120  # of cars to learn from
SAFE = 1.0  # how far apart two cars should be
BORDER = 0.5  # the score that lies between the targets 0 and 1
HAND_MADE = [[-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]


def two_layers(V, w, phi, y):
    z = V @ phi
    h = z.sigmoid()
    score = w @ h
    residual = score - y
    loss = residual.square()
    return loss


def five_times(V, w, phi, y):
    large = 5 * V
    z = large @ phi
    h = z.sigmoid()
    score = w @ h
    residual = score - y
    loss = residual.square()
    return loss


@cache
def cars() -> tuple[Array, Array]:
    """Pairs of cars on a road: (pairs, 3) with 1, place, place; and (pairs,) with 1 where they are apart."""
    places = np.random.default_rng(1).uniform(0.0, 4.0, (PAIRS, 2)).round(2)
    apart = np.abs(places[:, 0] - places[:, 1]) >= SAFE
    return np.column_stack([np.ones(PAIRS), places]), apart.astype(float)


def scores(V: Array, w: Array, phi: Array) -> Array:
    """The network's scores for many pairs of cars: (…, 3) -> (…)."""
    z: Tensor = Tensor(phi) @ Tensor(V).T
    return np.asarray((z.sigmoid() @ Tensor(w)).data)


def train(learning_rate: float, epochs: int, seed: int, first_weights: str) -> Iterator[Snapshot]:
    """Stochastic gradient descent from small random weights: one pair of cars a step.

    With `first_weights` "equal" the second unit starts with those of the first.
    """
    random = np.random.default_rng(int(seed))
    rows, shares = random.normal(0.0, 0.5, (2, 3)), random.normal(0.0, 0.5, 2)
    if first_weights == "equal":
        rows[1], shares[1] = rows[0], shares[0]
    V, w = Tensor(rows, name="V"), Tensor(shares, name="w")
    optimizer = SGD([V, w], lr=learning_rate)
    phis, ys = cars()
    last = train_steps(learning_rate, epochs, seed, first_weights) - 1
    order = np.concatenate([random.permutation(PAIRS) for _ in range(int(epochs) + 1)])
    for step, example in enumerate(map(int, order[: last + 1])):
        phi, y = Tensor(phis[example], requires_grad=False), Tensor(float(ys[example]), requires_grad=False)
        loss = two_layers(V, w, phi, y)
        found = scores(V.data, w.data, phis)
        yield Snapshot(
            step=step,
            loss=float(np.mean((found - ys) ** 2)),
            values={
                "V": V.tolist(),
                "w": w.tolist(),
                "phi": phi.tolist(),
                "y": y.item(),
                "learning_rate": float(learning_rate),
            },
            walked=loss.item(),
            note=remark(found, V, w),
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def train_steps(learning_rate: float, epochs: int, seed: int, first_weights: str) -> int:
    """One snapshot a step, and one for where the last step has led."""
    return int(epochs) * PAIRS + 1


def remark(found: Array, V: Tensor, w: Tensor) -> str:
    """How many pairs are told right, and by which weights."""
    right = float(np.mean((found > BORDER) == (cars()[1] > BORDER)))
    rows = " and ".join("[" + ", ".join(f"{x:.2f}" for x in row) + "]" for row in V.data)
    text = f"{right:.0%} of the {PAIRS} pairs are told right. "
    text += f"Rows of V: {rows}; w: [{w.data[0]:.2f}, {w.data[1]:.2f}]."
    return text.replace("-", "−")


def border(snapshots: Sequence[Snapshot]) -> Boundary:
    """Where the network of the last snapshot changes its mind, over all places of both cars."""
    return boundary(np.array(snapshots[-1].values["V"]), np.array(snapshots[-1].values["w"]))


def hand_made(V_times: float) -> Boundary:
    """The boundary of the hand-made weights, with V this many times as large."""
    return boundary(float(V_times) * np.array(HAND_MADE), np.array([1.0, 1.0]))


def boundary(V: Array, w: Array) -> Boundary:
    """The network's scores over the road, and the pairs of cars on it."""
    places = np.linspace(0.0, 4.0, 41)
    grid = np.stack(np.broadcast_arrays(1.0, places[None, :], places[:, None]), axis=-1)
    phis, ys = cars()
    apart = ys > BORDER
    return Boundary(
        x="place of car 1",
        y="place of car 2",
        xs=places,
        ys=places,
        scores=scores(V, w, grid),
        points=(
            Points("safe", phis[apart, 1].tolist(), phis[apart, 2].tolist(), "circle"),
            Points("too close", phis[~apart, 1].tolist(), phis[~apart, 2].tolist(), "cross"),
        ),
        border=BORDER,
        square=True,
    )


NETWORK = Part(
    title="Two hidden units",
    text="Two cars are on a road. Are they at least 1 apart? No single [[score]] can tell: "
    "it would have to be high when car 1 is ahead and high when car 2 is, but low in between. "
    "So the network first asks two smaller questions, and then puts the answers together.",
    build=two_layers,
    inputs=(
        Input("V", HAND_MADE, low=-5, high=5, step=0.1, about="a row of weights for each hidden unit"),
        Input("w", [1.0, 1.0], low=-5, high=5, step=0.1, about="a weight for each hidden unit"),
        Input("phi", [1.0, 1.0, 3.0], low=0, high=4, step=0.1, learns=False, about="1 and both places"),
        Input("y", 1.0, low=0, high=1, step=1, learns=False, about="1 if the cars are apart, else 0"),
    ),
    walk=(
        Stop(
            "The cars are at 1 and 3. [[**phi**|phi]] holds a 1, for the [[bias]], and both places. "
            "They are 2 apart, so the [[target]] **y** is 1.",
            start(),
        ),
        Stop(
            "**V** has a row for each [[hidden]] unit. The first asks whether car 1 is ahead by more than 1: "
            "$-1 \\times 1 + 1 \\times 1 + (-1) \\times 3 = -3$. The second asks it of car 2, and gets 1.",
            forward("z"),
        ),
        Stop(
            "The [[logistic]] function squashes these into answers from 0 to 1: 0.0474 is nearly a no, "
            "0.731 rather a yes.",
            forward("h"),
        ),
        Stop(
            "**w** weighs the two answers, here with 1 and 1.",
            forward("score"),
            predict=Question(
                ask="What is the score?",
                answer=value("score"),
                explain="$1 \\times 0.0474 + 1 \\times 0.731 = 0.778$.",
                mistakes=(
                    Mistake("That is the second answer alone. The first one is added.", value("h", 1)),
                    Mistake(
                        "You added the numbers in **z**. The answers stand in **h**.",
                        lambda trace: float(trace.value("w") @ trace.value("z")),
                    ),
                ),
            ),
        ),
        Stop("The score is 0.222 too low, and the [[squared loss]] is 0.0491.", forward("loss")),
        Stop("Back through the square: $2 \\times (-0.2215) = -0.443$.", backward("residual", "score")),
        Stop(
            "Each weight in **w** gets upstream times its input, the answer of its unit.",
            backward("score", "w"),
            predict=Question(
                ask="What is the gradient of the second weight in **w**?",
                answer=gradient("w", 1),
                explain="$-0.443 \\times 0.731 = -0.324$. The unit that said yes has the larger share.",
                mistakes=(
                    Mistake(
                        "That is the gradient of the first weight, whose unit said no.", gradient("w", 0)
                    ),
                ),
            ),
        ),
        Stop(
            "No example says what **h** should be. Each answer gets upstream times its weight, 1: both get "
            "−0.443, also the first, whose no was right. The gradient knows only what would help this score.",
            backward("score", "h"),
        ),
        Stop(
            "The slope of the logistic function is $h(1-h)$: 0.0452 for the first unit, and "
            "$0.731 \\times (1 - 0.731) = 0.1966$ for the second.",
            backward("h", "z"),
            predict=Question(
                ask="What is the gradient of the second number in **z**?",
                answer=gradient("z", 1),
                explain="$-0.443 \\times 0.1966 = -0.0871$: a fifth gets through. The first unit is "
                "sure of its no, so it sits on the flat part: it gets −0.02.",
            ),
        ),
        Stop(
            "Each weight in **V** gets the gradient of its unit times its feature. "
            "In the second row that is −0.0871, −0.0871 and −0.261.",
            backward("z", "V"),
        ),
        Stop(
            "One walk back has found eight gradients. A step of 0.3 moves **V** and **w** against them: "
            "the second row of **V** becomes −0.974, −0.974 and 1.08.",
            end(),
        ),
        Stop(
            "With the new weights the score is 0.911, and the loss is 0.00798 instead of 0.0491.",
            forward("loss"),
            {"V": [[-0.994, 1.006, -0.982], [-0.97387, -0.97387, 1.0784]], "w": [1.0063, 1.09716]},
        ),
    ),
    nudge=Nudge("V", cell=(1, 2)),
    learning_rate=0.3,
    questions=(
        Question(
            ask="Put both cars at 2, and make **y** 0, since that is too close. "
            "What is the gradient of **score**?",
            values={"phi": [1.0, 2.0, 2.0], "y": 0.0},
            draws=("w", "phi", "y"),
            answer=gradient("score"),
            at=backward("residual", "score"),
            explain="Both units get −1 and answer 0.269. The score is 0.538, which is 0.538 too high, "
            "and the square doubles it.",
            mistakes=(
                Mistake("That is the residual. The square doubles it.", value("residual")),
                Mistake("That is the loss, not a gradient.", value("loss")),
            ),
        ),
        Question(
            ask="Back at 1 and 3, make the second weight in **w** 3. "
            "What is the gradient of the second answer in **h**?",
            again="At these numbers, what is the gradient of the second answer in **h**?",
            values={"w": [1.0, 3.0]},
            draws=("w", "phi", "y"),
            answer=gradient("h", 1),
            at=backward("score", "h"),
            explain="The score is 2.24, which is 1.24 too high. Upstream is 2.48, "
            "and $2.48 \\times 3 = 7.44$: a large weight carries a large gradient.",
            mistakes=(
                Mistake(
                    "That is what arrives from upstream. Multiply it by the unit's weight.", gradient("score")
                ),
                Mistake(
                    "That is the gradient of the weight. You were asked about its unit's answer.",
                    gradient("w", 1),
                ),
            ),
        ),
        Question(
            ask="Back at **w** = 1 and 1, put car 2 at 4. Now the gradient of **score** is −0.202, and the "
            "second unit answers 0.881. What is the gradient of the last weight in the second row of **V**, "
            "the one for the place of car 2?",
            again="At these numbers, what is the gradient of the last weight in the second row of **V**?",
            values={"phi": [1.0, 1.0, 4.0]},
            draws=("w", "phi", "y"),
            answer=gradient("V", 1, 2),
            at=backward("z", "V"),
            explain="The slope is $0.881 \\times (1 - 0.881) = 0.105$, so the unit gets "
            "$-0.202 \\times 0.105 = -0.0213$. Its feature is 4: $-0.0213 \\times 4 = -0.085$.",
            mistakes=(
                Mistake(
                    "The logistic function's slope is missing: 0.105 stands between **h** and **z**.",
                    lambda trace: trace.gradient("h")[1] * trace.value("phi")[2],
                ),
                Mistake("That is the gradient of the unit. Multiply it by the feature.", gradient("z", 1)),
                Mistake("That is the same place in the first row.", gradient("V", 0, 2)),
            ),
        ),
    ),
    experiment=Experiment(
        title="V times 5",
        text="Make the target **y** 0, so that the network is wrong and should learn. "
        "Then multiply every weight in **V** by 5: the units become surer. Do they learn faster?",
        values={"y": 0.0},
        build=five_times,
        at=backward("h", "z"),
        reveals="No. The score gets 1.99 in place of 1.56, but the second unit in **z** gets 0.0132 in "
        "place of 0.306. It answers 0.993, where the slope is 0.00665 in place of 0.197. "
        "That is [[saturation]].",
    ),
    charts=(
        Chart(
            title="Two questions, two lines",
            text="Each hidden unit draws one line over all places of both cars. Between the two lines both "
            "answers are no, and there the cars are too close. Here **V** is multiplied by 4, and the border "
            "is where the score is 0.5. Multiplied by 1 it has no border: two weak noes of 0.269 add up to "
            "more than 0.5.",
            draw=hand_made,
            settings=(Input("V_times", 4, low=1, high=8, step=1, about="what V is multiplied by"),),
        ),
    ),
    training=Training(
        title="Train it from random weights",
        text="Can it find such weights by itself? It sees 120 pairs of cars, and its first weights are small "
        "and random. For a while the loss hardly falls: no unit has found its question. Then each takes one. "
        "Compare the rows of **V** at the end with those above. "
        "A learning rate of 1 is too large: the loss soon runs flat, since the units are saturated. "
        "Now give both units equal first weights. They get the same gradients and stay the same at every "
        "step. Two units ask one question, and with seed 0 only 61 % of the pairs are told right, not 96 %.",
        settings=(
            Input("learning_rate", 0.3, low=0.01, high=1.0, step=0.01, about="how far a step goes"),
            Input("epochs", 20, low=1, high=40, step=1, about="how often each pair is taken"),
            Input("seed", 0, low=0, high=999, step=1, about="decides the first weights and the order"),
            Choice("first_weights", ("random", "equal"), "random", about="of the two hidden units"),
        ),
        run=train,
        steps=train_steps,
        charts=("loss",),
        picture=border,
    ),
)

LESSON = Lesson(
    title="A two-layer network",
    chapter="Learning weights",
    goal="Carry a gradient back through a layer whose values no example tells.",
    needs="Lesson 6, and from lesson 2 the logistic function.",
    parts=(NETWORK,),
    can_do=(
        "Compute both layers of a small network, and the gradients of both sets of weights.",
        "Say how a hidden unit learns though no example says what it should answer.",
        "Tell where a logistic unit is saturated, and why it stops learning there.",
    ),
    summary=(
        "A hidden unit gets upstream times its own weight, then times the slope of its bend.",
        "Each weight gets the gradient of its unit times the input that it multiplies.",
        "One unit draws one line. Several together enclose what a line cannot tell apart.",
    ),
)
