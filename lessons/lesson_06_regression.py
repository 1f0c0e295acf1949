# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Linear regression: a weight for each feature, on two examples worked by hand and on real penguins.

Notation of the Stanford CS221 lectures: features phi, weights w, score w · phi, residual, squared loss.
"""

from functools import cache

from engine import Tensor
from engine.optim import SGD
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
    forward,
    gradient,
    start,
    update,
    value,
)
from lessons.penguins import PENGUINS


def one_example(w, phi, y):
    score = w @ phi
    residual = score - y
    loss = residual.square()
    return loss


def two_examples(X, y, w):
    predictions = X @ w
    residuals = predictions - y
    squares = residuals.square()
    loss = squares.sum()
    return loss


def transposed(X, y, w):
    square_X = X[:, :2]  # the third feature is 0 anyway; without it X has as many columns as rows
    first_two = w[:2]
    turned = square_X.T
    predictions = turned @ first_two
    residuals = predictions - y
    squares = residuals.square()
    loss = squares.sum()
    return loss


def skipped_zero_grad(X, y, w):
    predictions = X @ w
    residuals = predictions - y
    squares = residuals.square()
    loss = squares.sum()
    kept = w @ Tensor([2.0, 8.0, -4.0], requires_grad=False)  # sends w what the first step left in it
    both = loss + kept
    return both


@cache
def many_steps(learning_rate: float) -> Curves:
    """The loss of the two examples over 25 steps from [1, 0, 1], with zero_grad and without."""
    steps = list(range(26))
    lines = []
    for clears in (True, False):
        X, y = Tensor(TWO_EXAMPLES.defaults["X"]), Tensor(TWO_EXAMPLES.defaults["y"])
        w = Tensor(TWO_EXAMPLES.defaults["w"])
        optimizer = SGD([w], lr=float(learning_rate))
        losses = []
        for _ in steps:
            loss = two_examples(X, y, w)
            losses.append(loss.item())
            if clears:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        lines.append(Line("cleared" if clears else "never cleared", steps, losses, "other", strong=clears))
    return Curves("step", "loss", tuple(lines))


ONE_EXAMPLE = Part(
    title="One example",
    text="An example has [[features|feature]], numbers that describe it, and a [[target]], "
    "the number to predict. "
    "Each feature gets a [[weight]]. The score is every feature times its weight, added up: "
    "$w \\cdot \\phi$, where [[$\\phi$|phi]] (phi) holds the features. "
    "In which direction should each weight move, and how strongly?",
    build=one_example,
    inputs=(
        Input("w", [3.0, 1.0], low=-5, high=5, step=0.1, about="one weight a feature"),
        Input("phi", [1.0, 2.0], low=-5, high=5, step=0.1, learns=False, about="the features"),
        Input("y", 2.0, low=-5, high=5, step=0.1, learns=False, about="the target"),
    ),
    walk=(
        Stop(
            "The features **phi** are 1 and 2, the target **y** is 2. The weights **w** are 3 and 1. "
            "Places are counted from 0, as in Python: `w[1]` is the second weight.",
            start(),
        ),
        Stop(
            "The score is $3 \\times 1 + 1 \\times 2 = 5$, our prediction; in code, the "
            "[[product|matrix product]] `w @ phi`. "
            "The target is 2, so the prediction is 3 too high. That is the [[residual]].",
            forward("residual"),
        ),
        Stop(
            "Its square, 9, is the [[loss]]: one number for how wrong we are. "
            "0 would be perfect. Too high and too low count alike.",
            forward("loss"),
        ),
        Stop(
            "Back through the square, whose slope is twice the **residual**: $1 \\times 2 \\times 3 = 6$. "
            "The difference hands the 6 on to **score**.",
            backward("residual", "score"),
        ),
        Stop(
            "A weight moves the score by its own feature. Upstream of both weights is the same number, "
            "the gradient of **score**. Which weight will get more?",
            backward("score", "w"),
            predict=Question(
                ask="What is the gradient of the second weight?",
                answer=gradient("w", 1),
                explain="$6 \\times 2 = 12$, and the first gets 6. "
                "The larger the feature, the larger the gradient of its weight.",
            ),
        ),
        Stop(
            "Both gradients are positive: more weight would mean more loss. So step the other way, "
            "0.1 times the gradient: **w** becomes 2.4 and −0.2. The 0.1 is the [[learning rate]].",
            update("w"),
        ),
        Stop(
            "Now **w** is 2.4 and −0.2: the score is 2 and the loss 0. "
            "The step took $0.6 \\times 1 + 1.2 \\times 2 = 3$ off the score, exactly the residual. "
            "At another rate, or with more examples, one step is not enough.",
            forward("loss"),
            {"w": [2.4, -0.2]},
        ),
    ),
    nudge=Nudge("w", cell=(1,)),
    learning_rate=0.1,
    questions=(
        Question(
            ask="Make the features **phi** 3 and 2. What is the gradient of the first weight?",
            values={"phi": [3.0, 2.0]},
            answer=gradient("w", 0),
            at=backward("score", "w"),
            explain="The score is 11 and the residual 9. Upstream is $2 \\times 9 = 18$, the feature is 3, "
            "and $18 \\times 3 = 54$.",
            mistakes=(
                Mistake("That is what arrives from upstream. Multiply it by the feature.", gradient("score")),
                Mistake(
                    "That is the feature alone. Multiply it by what arrives from upstream.", value("phi", 0)
                ),
                Mistake(
                    "You took the residual times the feature. The square doubles it.",
                    lambda trace: trace.value("residual") * trace.value("phi")[0],
                ),
                Mistake("That is the gradient of the second weight, whose feature is 2.", gradient("w", 1)),
            ),
        ),
        Question(
            ask="Keep the features at 3 and 2. The second weight has the gradient 36. "
            "What is it after a step of 0.1?",
            values={"phi": [3.0, 2.0]},
            answer=lambda trace: trace.value("w")[1] - 0.1 * trace.gradient("w")[1],
            at=update("w"),
            explain="$1 - 0.1 \\times 36 = -2.6$, and the first weight becomes −2.4. That is too far: "
            "the score falls from 11 to −12.4. Larger features need a smaller learning rate.",
            mistakes=(
                Mistake(
                    "You went with the gradient, uphill. The step goes against it.",
                    lambda trace: trace.value("w")[1] + 0.1 * trace.gradient("w")[1],
                ),
                Mistake(
                    "You took the whole gradient. The learning rate makes the step a tenth of it.",
                    lambda trace: trace.value("w")[1] - trace.gradient("w")[1],
                ),
                Mistake("That is the gradient. The step subtracts a tenth of it.", gradient("w", 1)),
            ),
        ),
    ),
    experiment=Experiment(
        title="A feature of 0",
        text="Set the second feature to 0. What does its weight learn from this example?",
        values={"phi": [1.0, 0.0]},
        at=update("w"),
        reveals="Nothing: its gradient is 0, and the step leaves it at 1. "
        "A weight learns only from examples in which its feature is not 0.",
    ),
)

TWO_EXAMPLES = Part(
    title="Two examples",
    text="Two examples with three features each stand in one matrix **X**: a row is an example, "
    "a column is a feature. The loss adds the squares of both residuals. "
    "One walk back now finds the gradient of all three weights for both examples together.",
    build=two_examples,
    inputs=(
        Input(
            "X",
            [[1.0, 2.0, 0.0], [0.0, -1.0, 1.0]],
            low=-5,
            high=5,
            step=0.1,
            learns=False,
            about="2 examples, 3 features",
        ),
        Input("y", [0.0, 3.0], low=-5, high=5, step=0.1, learns=False, about="a target for each example"),
        Input("w", [1.0, 0.0, 1.0], low=-5, high=5, step=0.1, about="a weight for each feature"),
    ),
    walk=(
        Stop(
            "**X** has two rows, so there are two targets in **y**. It has three columns, so three weights.",
            start(),
        ),
        Stop(
            "Each row of **X** meets **w**: $1 \\times 1 + 2 \\times 0 + 0 \\times 1 = 1$ and "
            "$0 \\times 1 + (-1) \\times 0 + 1 \\times 1 = 1$, the two predictions. "
            "This is the [[matrix product]] `X @ w`.",
            forward("predictions"),
        ),
        Stop(
            "The first prediction is 1 too high, the second is 2 too low. "
            "The squares are 1 and 4, and the loss is 5.",
            forward("loss"),
        ),
        Stop(
            "The square doubles each residual: 2 and −4. The first prediction should fall, "
            "the second should rise twice as urgently.",
            backward("squares", "residuals"),
        ),
        Stop(
            "The second weight acts in both rows, so two terms add up: in each, a feature times its row's "
            "gradient. For all weights at once that is $X^\\top g$, with the [[transpose]] of **X**.",
            backward("predictions", "w"),
            predict=Question(
                ask="What is the gradient of the second weight?",
                answer=gradient("w", 1),
                explain="$2 \\times 2 + (-1) \\times (-4) = 8$.",
            ),
        ),
        Stop(
            "A gradient has the [[shape]] of its value: three weights, three gradients, 2, 8 and −4. "
            "A step of 0.1 leads to 0.8, −0.8 and 1.4.",
            update("w"),
        ),
        Stop(
            "Now **w** is 0.8, −0.8 and 1.4. The loss is 1.28 instead of 5.",
            forward("loss"),
            {"w": [0.8, -0.8, 1.4]},
        ),
    ),
    nudge=Nudge("w", cell=(1,)),
    learning_rate=0.1,
    questions=(
        Question(
            ask="Make the targets **y** 3 and 0. The residuals become −2 and 1. "
            "What is the gradient of the second weight?",
            values={"y": [3.0, 0.0]},
            draws=("y", "w"),
            answer=gradient("w", 1),
            at=backward("predictions", "w"),
            explain="The predictions get −4 and 2. The second column of **X** is 2 and −1, "
            "and $2 \\times (-4) + (-1) \\times 2 = -10$.",
            mistakes=(
                Mistake(
                    "You used the second row of **X**. "
                    "A weight belongs to a column: the transpose is missing.",
                    lambda trace: float(trace.value("X")[1, :2] @ trace.gradient("predictions")),
                ),
                Mistake(
                    "The square doubles the residuals. That 2 is missing.",
                    lambda trace: trace.gradient("w")[1] / 2,
                ),
                Mistake(
                    "That is the first example's term. The second example adds its own.",
                    lambda trace: trace.value("X")[0, 1] * trace.gradient("predictions")[0],
                ),
                Mistake(
                    "The size is right, the sign is not: the first prediction is too low.",
                    lambda trace: -trace.gradient("w")[1],
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="A transpose too many",
        text="Write `X.T @ w` in place of `X @ w`. With 2 × 3 numbers the shapes do not fit, and the "
        "program stops. So let the third feature be 0 in both examples, and leave it out of the broken run: "
        "now **X** is square there.",
        values={"X": [[1.0, 2.0, 0.0], [0.0, -1.0, 0.0]]},
        build=transposed,
        at=forward("predictions"),
        reveals="No error: the predictions are 1 and 2, where the intact run has 1 and 0. "
        "The shapes are your guard, and a square matrix puts the guard to sleep.",
    ),
)

SECOND_STEP = Part(
    title="The second step",
    text="Training repeats the same three things: forward, backward, update. "
    "As in [[PyTorch]], a second backward pass adds to the gradients that are there already. "
    "So the [[optimizer]] has to clear them between two steps: `optimizer.zero_grad()`, in words "
    "[[zero the gradients|zero_grad]].",
    build=two_examples,
    inputs=(
        TWO_EXAMPLES.inputs[0],
        TWO_EXAMPLES.inputs[1],
        Input("w", [0.8, -0.8, 1.4], low=-5, high=5, step=0.1, about="after the first step"),
    ),
    walk=(
        Stop("The weights **w** stand where the first step left them.", start()),
        Stop("The loss is 1.28. Before the first step it was 5.", forward("loss")),
        Stop(
            "The backward pass starts afresh. The first step gave the weights 2, 8 and −4; "
            "these have been cleared. Both residuals are −0.8 now.",
            backward("predictions", "w"),
            predict=Question(
                ask="What is the gradient of the first weight now?",
                answer=gradient("w", 0),
                explain="Each prediction gets $2 \\times (-0.8) = -1.6$, "
                "and $1 \\times (-1.6) + 0 \\times (-1.6) = -1.6$. The other two get −1.6 as well.",
                mistakes=(
                    Mistake(
                        "You added the 2 of the first step. It has been cleared.",
                        lambda trace: trace.gradient("w")[0] + 2,
                    ),
                    Mistake(
                        "The square doubles the residuals. That 2 is missing.",
                        lambda trace: trace.gradient("w")[0] / 2,
                    ),
                ),
            ),
        ),
        Stop(
            "Against a negative gradient means up: the second step leads to 0.96, −0.64 and 1.56.",
            update("w"),
        ),
        Stop(
            "Now **w** is 0.96, −0.64 and 1.56, and the loss is 0.742. "
            "Step after step the loss falls, and that is training.",
            forward("loss"),
            {"w": [0.96, -0.64, 1.56]},
        ),
    ),
    nudge=Nudge("w", cell=(0,)),
    learning_rate=0.1,
    questions=(
        Question(
            ask="Go on from **w** at 0.96, −0.64 and 1.56. "
            "What is the first weight after the third step of 0.1?",
            values={"w": [0.96, -0.64, 1.56]},
            answer=lambda trace: trace.value("w")[0] - 0.1 * trace.gradient("w")[0],
            at=update("w"),
            again="What is the first weight after a step of 0.1 from these numbers?",
            draws=("y", "w"),
            explain="The first residual is −0.32, so the gradient is $1 \\times 2 \\times (-0.32) = -0.64$. "
            "$0.96 - 0.1 \\times (-0.64) = 1.02$: a negative gradient lifts the weight.",
            mistakes=(
                Mistake(
                    "The gradient is negative, so going against it makes the weight larger.",
                    lambda trace: trace.value("w")[0] + 0.1 * trace.gradient("w")[0],
                ),
                Mistake("That is the gradient, not the weight.", gradient("w", 0)),
                Mistake(
                    "You added the second step's −1.6 to this gradient. It has been cleared.",
                    lambda trace: trace.value("w")[0] - 0.1 * (trace.gradient("w")[0] - 1.6),
                ),
            ),
        ),
        Question(
            ask="In the first step the second weight got 8. Suppose nobody clears it. "
            "What gradient has this weight after the second backward pass?",
            answer=lambda trace: trace.gradient("w")[1] + 8,
            at=backward("predictions", "w"),
            explain="$8 + (-1.6) = 6.4$: the second pass adds to the first. "
            "The step would go down, where it should go up.",
            mistakes=(
                Mistake("That is the second pass alone. It adds to the 8.", gradient("w", 1)),
                Mistake("The signs differ, so the sum is smaller than 8.", lambda trace: 9.6),
                Mistake("That is the first pass alone. The second one adds to it.", lambda trace: 8.0),
            ),
        ),
    ),
    experiment=Experiment(
        title="Skip zero_grad",
        text="Let the first step's gradient, 2, 8 and −4, stay in **w**. The box **kept** stands in for it: "
        "all that it does is to send **w** these three numbers first.",
        build=skipped_zero_grad,
        at=backward("predictions", "w"),
        reveals="The second pass adds −1.6 to each: the gradient is 0.4, 6.4 and −5.6. "
        "The step leads to 0.76, −1.44 and 1.96: the second weight falls, where it should rise. "
        "The chart shows where such steps end.",
    ),
    charts=(
        Chart(
            title="Many steps",
            text="The loss over 25 steps from the start of part 2. With `zero_grad` each step goes against "
            "the slope where it stands. Without it every old gradient keeps pulling, so the weights run past "
            "the lowest point and swing back, again and again. At which learning rate does the run with "
            "`zero_grad` fail, too?",
            draw=many_steps,
            settings=(
                Input("learning_rate", 0.1, low=0.02, high=0.18, step=0.02, about="how far a step goes"),
            ),
        ),
    ),
)

LESSON = Lesson(
    title="A weight for each feature",
    chapter="Learning weights",
    goal="Find out in which direction, and how strongly, each weight should move; then move them.",
    needs="Lessons 4 and 5. A product of a matrix and a vector is explained as you meet it.",
    parts=(ONE_EXAMPLE, TWO_EXAMPLES, SECOND_STEP, PENGUINS),
    can_do=(
        "Find the gradient of every weight: what comes from upstream, times the weight's own feature.",
        "Take a step against the gradient, clear the gradients, and repeat: that is training.",
        "Judge a trained model by examples it has not seen, and beside the best and the simplest answer.",
    ),
    summary=(
        "A weight moves the score by its feature, so its gradient is upstream times the feature.",
        "A step goes against the gradient, and the learning rate says how far.",
        "A second backward pass adds to the first, so the gradients are cleared in between.",
    ),
)
