# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""AddNorm: apply a block safely. First layer norm by hand, then the box, and where its safety ends.

Source: Ba, Kiros and Hinton, Layer normalization, 2016.
"""

from functools import cache

import numpy as np

from engine import Tensor
from engine.nn import AddNorm, FeedForward, LayerNorm
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
    start,
    value,
)

TRIALS = 400
FEATURES = (3, 64)
BLOCKS = 24


def layer_norm(x, u):
    mean = x.mean()
    centred = x - mean
    squares = centred.square()
    variance = squares.mean()
    safe = variance + 1e-5
    deviation = safe.sqrt()
    normal = centred / deviation
    score = normal @ u
    return score


def add_and_norm(x, f, u):
    add_norm = AddNorm(lambda x: f, 3)
    out = add_norm(x)
    score = out @ u
    return score


def two_ways(norm, x, w, u):
    def f(x):
        changed = w * x
        return changed

    add_norm = AddNorm(f, 3, norm_first=norm == "before f")
    out = add_norm(x)
    score = out @ u
    return score


def without_x(norm, x, w, u):
    layer_norm = LayerNorm(3)
    changed = w * x
    out = layer_norm(changed)
    score = out @ u
    return score


@cache
def survival() -> Curves:
    """How alike AddNorm's output is to x, when f(x) is noise of growing size: the mean correlation."""
    random = np.random.default_rng(0)
    ratios = np.linspace(0.0, 10.0, 41)
    lines = []
    for features in FEATURES:
        x = random.normal(size=(TRIALS, features))
        noise = random.normal(size=(TRIALS, features))
        kept = []
        for ratio in ratios:
            junk = Tensor(float(ratio) * noise)
            out = np.asarray(AddNorm(lambda _, junk=junk: junk, features)(Tensor(x)).data)
            centred = x - x.mean(axis=1, keepdims=True)
            alike = (out * centred).sum(1) / np.sqrt((out**2).sum(1) * (centred**2).sum(1))
            kept.append(float(alike.mean()))
        lines.append(
            Line(f"{features} numbers", ratios.tolist(), kept, "value", strong=features == FEATURES[-1])
        )
    return Curves("size of f(x), compared with x", "likeness to x", tuple(lines))


@cache
def drift(seed: int) -> Curves:
    """The usual size of a number after each block of x + f(x), as it is and with layer norm after the sum."""
    width = FEATURES[-1]
    x = Tensor(np.random.default_rng(seed).normal(size=width))
    plain, normed = [x], [x]
    for block in range(BLOCKS):
        f = FeedForward(width, width, seed=BLOCKS * seed + block)
        plain.append(plain[-1] + f(plain[-1]))
        normed.append(AddNorm(f, width)(normed[-1]))
    sizes = [[float(np.sqrt(np.mean(np.square(one.data)))) for one in run] for run in (plain, normed)]
    blocks = list(range(BLOCKS + 1))
    return Curves(
        "blocks",
        "usual size of a number",
        (
            Line("x + f(x)", blocks, sizes[0], "other"),
            Line("with layer norm", blocks, sizes[1], "value", strong=True),
        ),
        log=True,
    )


LAYER_NORM = Part(
    title="Layer norm",
    text="Let 24 blocks each add something to a vector, and its numbers drift from about 1 to 144, as a "
    "chart below shows. [[Layer norm|layer norm]] brings it back: take away its mean, divide by its "
    "standard deviation. But then each number depends on all of them. What does that do to the gradient?",
    build=layer_norm,
    inputs=(
        Input("x", [1.0, 2.0, 3.0], low=-5, high=5, step=0.1, about="the vector to normalise"),
        Input("u", [1.0, 0.0, 0.0], low=-5, high=5, step=0.1, learns=False, about="which numbers count"),
    ),
    walk=(
        Stop(
            "**x** is 1, 2, 3. At the far end **u** is 1, 0, 0: it picks the first number of the result. How "
            "does each number of **x** move that one?",
            start(),
        ),
        Stop("The mean is 2. Without it **x** is −1, 0 and 1.", forward("centred")),
        Stop(
            "Square these and take the mean: that is the variance, 0.667. It grows as the numbers spread.",
            forward("variance"),
        ),
        Stop(
            "Its root is the standard deviation, 0.817. The 0.00001 before it keeps it from ever being 0.",
            forward("deviation"),
        ),
        Stop("Divided by it: −1.22, 0 and 1.22, with mean 0 and variance 1.", forward("normal")),
        Stop("On the way back only the first number gets a gradient, 1.", backward("score", "normal")),
        Stop(
            "The first way to **x** leads straight through. The 1 is divided by the deviation, as the −1 "
            "was on the way forward: $1 / 0.817 = 1.22$.",
            backward("normal", "centred"),
        ),
        Stop(
            "The second way goes through the deviation. A larger deviation pulls −1.22 towards 0, so the "
            "score rises. The deviation gets 1.5.",
            backward("normal", "deviation"),
        ),
        Stop(
            "Through root, mean and square this becomes −0.612, 0 and 0.612; the middle number stands at the "
            "mean: 0. The terms add: **centred** has 0.612, 0 and 0.612.",
            backward("squares", "centred"),
        ),
        Stop(
            "The third way goes through the mean. It is taken from all three, so it gets "
            "$-(0.612 + 0 + 0.612) = -1.22$. A third of that, −0.408, goes to each number.",
            end(),
            predict=Question(
                ask="What is the gradient of the first number in **x**?",
                answer=gradient("x", 0),
                explain="$0.612 - 0.408 = 0.204$. The three add up to 0: a shift of all of **x** changes "
                "nothing.",
                mistakes=(
                    Mistake(
                        "That is what came before the mean's term. Add −0.408 to it.", gradient("centred", 0)
                    ),
                    Mistake(
                        "That is the mean's term alone. Before it came 0.612.",
                        lambda trace: float(trace.gradient("mean")) / 3,
                    ),
                ),
            ),
        ),
    ),
    nudge=Nudge("x", cell=(1,)),
    questions=(
        Question(
            ask="Make **u** 1, 1, 1, so that all three numbers count alike. What is the gradient of the "
            "second number in **x**?",
            values={"u": [1.0, 1.0, 1.0]},
            answer=gradient("x", 1),
            at=backward("mean", "x"),
            explain="The three numbers of the result add up to 0, whatever **x** is. So nothing that **x** "
            "does can move their sum.",
            mistakes=(
                Mistake(
                    "That is what goes straight through. The mean takes it away again.",
                    gradient("centred", 1),
                ),
                Mistake("That is what arrives from upstream, before the layer norm.", gradient("normal", 1)),
            ),
            again="What is the gradient of the second number in **x** at these numbers?",
        ),
        Question(
            ask="Back to **u** = 1, 0, 0. Make **x** 5, 0, −5. What is the first number of **normal**?",
            values={"x": [5.0, 0.0, -5.0]},
            answer=value("normal", 0),
            at=forward("normal"),
            explain="The mean is 0 and the deviation 4.08, and $5 / 4.08 = 1.22$. "
            "Of a vector's size nothing is left, only its pattern.",
            mistakes=(
                Mistake(
                    "That is **centred**. It is still to be divided by the deviation.", value("centred", 0)
                ),
                Mistake(
                    "You divided by the variance. The deviation is its root.",
                    lambda trace: trace.value("centred")[0] / trace.value("variance"),
                ),
            ),
            again="What is the first number of **normal** at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="Only stretch",
        text="Make **u** −1, 0, 1, the pattern of **x** itself: to raise the score, **x** would have to be "
        "stretched. What arrives at **x**?",
        values={"u": [-1.0, 0.0, 1.0]},
        reveals="Next to nothing: −1.84e−5, 0 and 1.84e−5. Stretching **x** changes the result no more than "
        "shifting it does; only the 0.00001 leaves that little rest. A vector of two numbers can do nothing "
        "else, so layer norm needs three or more.",
        at=backward("mean", "x"),
    ),
    charts=(
        Chart(
            title="Numbers drift",
            text="A vector of 64 numbers goes through 24 blocks, each $x + f(x)$ with a layer of random "
            "weights as $f$. A number's usual size grows from 0.914 to 144, on a scale of powers of ten. "
            "With layer norm after each sum it is 1 every time.",
            draw=drift,
            settings=(Choice("seed", (0, 1, 2), 0, about="decides the vector and the weights"),),
        ),
    ),
)

ADD_NORM = Part(
    title="Apply f safely",
    text="*AddNorm* applies a block $f$ to **x** and adds the result to **x**, then normalises: "
    "$\\text{LayerNorm}(x + f(x))$. If $f$ has learnt nothing yet and gives junk, **x** is still there. "
    "Here **f** is what the block gives, and you may set it.",
    build=add_and_norm,
    inputs=(
        Input("x", [1.0, 2.0, 3.0], low=-5, high=5, step=0.1, about="what comes in"),
        Input("f", [0.0, 0.0, 0.0], low=-10, high=10, step=0.1, about="what the block f makes of x"),
        Input("u", [1.0, 0.0, 0.0], low=-5, high=5, step=0.1, learns=False, about="which numbers count"),
    ),
    walk=(
        Stop("**x** is 1, 2, 3, and the block gives nothing: **f** is 0, 0, 0.", start()),
        Stop(
            "The box gives −1.22, 0 and 1.22, as layer norm alone did. **x** has come through.",
            forward("out"),
        ),
        Stop("Open it: first **x** and **f** are added.", forward("AddNorm/added"), open=("AddNorm",)),
        Stop(
            "Then comes the layer norm, itself a box; its ε is the 0.00001. It can learn γ to stretch and β "
            "to shift; they start at 1 and 0 and change nothing yet.",
            forward("AddNorm/out"),
            open=("AddNorm",),
        ),
        Stop("Only the first number counts, so it gets 1.", backward("score", "out")),
        Stop(
            "Layer norm spreads it over all three: 0.204, −0.408 and 0.204. The sum hands that to **x** "
            "unchanged, whatever **f** is.",
            backward("AddNorm/added", "x"),
            open=("AddNorm",),
        ),
        Stop(
            "**f** gets the same. The path to **x** goes past the block: it cannot be shut by it. It is a "
            "[[residual connection]].",
            backward("AddNorm/added", "f"),
            open=("AddNorm",),
        ),
        Stop(
            "Now **f** is 1, −1, 0: junk as long as **x** without its mean, −1, 0, 1. "
            "The result is 0, −1.22 and 1.22: 3 is still the largest, but 1 and 2 have changed places.",
            forward("out"),
            {"f": [1.0, -1.0, 0.0]},
        ),
        Stop(
            "Some junk is worse. Now **f** is 3, 2, 1, the reverse of **x**.",
            forward("out"),
            {"f": [3.0, 2.0, 1.0]},
            predict=Question(
                ask="What is the first number of **out**?",
                answer=value("out", 0),
                explain="The sum is 4, 4, 4: no number differs from the mean. Junk that undoes **x** leaves "
                "nothing of it.",
                mistakes=(
                    Mistake("So it was for **f** = 0. Add **f** to **x** first.", lambda trace: -1.2247),
                    Mistake("That is the sum. It is still to be normalised.", value("added", 0)),
                    Mistake("That is **f** alone, normalised. Add it to **x** first.", lambda trace: 1.2247),
                ),
            ),
        ),
    ),
    nudge=Nudge("x", cell=(0,)),
    questions=(
        Question(
            ask="Make **f** 2, 0, −2. What is the first number of **out**?",
            values={"f": [2.0, 0.0, -2.0]},
            answer=value("out", 0),
            at=forward("out"),
            explain="The sum is 3, 2, 1, less its mean 1, 0, −1, and $1 / 0.817 = 1.22$. "
            "Twice as strong as **x** and against it, **f** has turned **x** round.",
            mistakes=(
                Mistake("That is so for **f** = 0. Add **f** to **x** first.", lambda trace: -1.2247),
                Mistake("That is the sum. It is still to be normalised.", value("added", 0)),
                Mistake(
                    "The mean is gone. It is still to be divided by the deviation.",
                    lambda trace: trace.value("added")[0] - trace.value("added").mean(),
                ),
            ),
            again="What is the first number of **out** at these numbers?",
        ),
        Question(
            ask="Make **f** equal to **x**: 1, 2, 3. What is the first number of **out**?",
            values={"f": [1.0, 2.0, 3.0]},
            answer=value("out", 0),
            at=forward("out"),
            explain="The sum is 2, 4, 6: twice as large, but layer norm takes the size away.",
            mistakes=(
                Mistake(
                    "The sum doubles, but then it is divided by a deviation that doubles too.",
                    lambda trace: -2.449,
                ),
                Mistake("That is the sum. It is still to be normalised.", lambda trace: 2.0),
            ),
            again="What is the first number of **out** at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="How safe is safe?",
        text="Let **f** be 10, −10, 0: junk that is much larger than **x**. Is **x** still to be recognised?",
        values={"f": [10.0, -10.0, 0.0]},
        reveals="Hardly: 1.16, −1.28 and 0.128. The order of **x** is lost, and layer norm has divided it "
        "along with the junk. Safe means that the path stays open. It does not mean that **x** stays loud.",
        at=forward("out"),
    ),
    charts=(
        Chart(
            title="How much of x survives",
            text="Here $f(x)$ is random junk, from none to ten times the size of **x**. "
            "How alike is the result to **x**? 1 is the same direction, 0 has nothing to do with it. "
            "Of a vector of 64 numbers, junk as large as **x** leaves about 0.7.",
            draw=survival,
        ),
    ),
)

TWO_WAYS = Part(
    title="Two ways back",
    text="A real block works on **x**. Here $f(x) = w x$: each number is multiplied by a weight of its own. "
    "So **x** is used twice, by $f$ and by the sum, and it collects two gradients.",
    build=two_ways,
    inputs=(
        Choice("norm", ("after the sum", "before f"), "after the sum", about="where the layer norm stands"),
        Input("x", [1.0, 2.0, 3.0], low=-5, high=5, step=0.1, about="what comes in"),
        Input("w", [1.0, -1.0, 0.0], low=-2, high=2, step=0.1, about="the weights of f"),
        Input("u", [1.0, 0.0, 0.0], low=-1, high=1, step=0.1, learns=False, about="which numbers count"),
    ),
    walk=(
        Stop(
            "The block now has weights to learn: **w** is 1, −1 and 0, one for each number of **x**.", start()
        ),
        Stop(
            "So $f$ gives the first number as it is, the second with its sign turned, "
            "and of the third nothing.",
            forward("AddNorm/changed"),
            open=("AddNorm",),
        ),
        Stop(
            "The sum is 2, 0 and 3: one number doubled, one wiped out, one as it was.",
            forward("AddNorm/added"),
            open=("AddNorm",),
        ),
        Stop(
            "Now back. Through the layer norm 0.515, −0.172 and −0.344 arrive at the sum.",
            backward("AddNorm/out", "added"),
            open=("AddNorm",),
        ),
        Stop(
            "The first way goes around $f$. The slope of a sum is 1, so **x** gets all of it.",
            backward("AddNorm/added", "x"),
            open=("AddNorm",),
        ),
        Stop(
            "The second goes through $f$ and is multiplied by its slope, **w**. For the second number "
            "−0.172 came around.",
            backward("AddNorm/changed", "x"),
            open=("AddNorm",),
            predict=Question(
                ask="What does this number get in all?",
                answer=gradient("x", 1),
                explain="$-0.172 \\times (1 - 1) = 0$. The first gets twice its gradient, the third gets it "
                "once.",
                mistakes=(
                    Mistake(
                        "That is what came around. Through $f$ comes as much with the other sign.",
                        gradient("added", 1),
                    ),
                    Mistake(
                        "That is what comes through $f$ alone. −0.172 came around it; the two add.",
                        lambda trace: -trace.gradient("added")[1],
                    ),
                    Mistake(
                        "You counted both ways alike. Through $f$ it is multiplied by −1.",
                        lambda trace: 2 * trace.gradient("added")[1],
                    ),
                ),
            ),
        ),
        Stop(
            "In all **x** gets the gradient times $1 + f'$. A slope near 0 cannot shut the way; only −1 "
            "can. That is what a [[residual connection]] is for.",
            backward("AddNorm/changed", "x"),
            open=("AddNorm",),
        ),
        Stop(
            "BERT normalises after the sum, as so far. GPT-2 does before $f$: then nothing stands on the way "
            "around, and the 1 arrives at **x** as it is.",
            backward("AddNorm/out", "x"),
            {"norm": "before f"},
            open=("AddNorm",),
        ),
    ),
    nudge=Nudge("x", cell=(1,)),
    questions=(
        Question(
            ask="Make **w** 0, 0, 0: $f$ has learnt nothing. What is the gradient of the first number in "
            "**x**?",
            values={"w": [0.0, 0.0, 0.0]},
            answer=gradient("x", 0),
            at=backward("out", "x"),
            explain="Nothing comes through $f$, but all of it comes around: 0.204, as for layer norm alone.",
            mistakes=(
                Mistake("So it would be without the way around. The sum hands on all.", lambda trace: 0.0),
                Mistake("The layer norm stands between. It spreads the 1 over three numbers.", value("u", 0)),
            ),
            again="What is the gradient of the first number in **x** at these numbers?",
        ),
        Question(
            ask="Back to **w** = 1, −1, 0. What is the gradient of the second weight in **w**?",
            answer=gradient("w", 1),
            at=backward("out", "w"),
            explain="$f$ multiplies, so the weight gets **x** times what arrives: $2 \\times (-0.172) = "
            "-0.344$. So the block learns even where **x** gets 0.",
            mistakes=(
                Mistake("That is what **x** gets there. The weight gets its own.", gradient("x", 1)),
                Mistake(
                    "That is what arrives at the sum. In a product each factor gets the other.",
                    gradient("added", 1),
                ),
            ),
            again="What is the gradient of the second weight in **w** at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="Take the way around out",
        text="Let the layer norm take $f(x)$ alone, without the $x$. What does each number of "
        "**x** get then?",
        build=without_x,
        reveals="0.229, −0.115 and 0. Where the weight is 0, nothing comes back, and below this block "
        "nothing could be learnt from that number. With the sum it had −0.344.",
        at=end(),
    ),
)

LESSON = Lesson(
    title="AddNorm",
    chapter="Sequences",
    goal="Apply any block without losing what came in, and keep the numbers at one size.",
    needs="Lessons 5 and 10.",
    parts=(LAYER_NORM, ADD_NORM, TWO_WAYS),
    can_do=(
        "Normalise a vector, and say why its gradients add up to 0.",
        "Follow both paths through AddNorm, the one around the block and the one through it.",
        "Say when x survives a bad block, and when it does not.",
    ),
    summary=(
        "Layer norm keeps the pattern of a vector and takes away its mean and its size.",
        "Each number moves the mean and the deviation of all, so the gradient couples them.",
        "AddNorm adds x to f(x), so the gradient is multiplied by 1 + f', and has a way past f.",
    ),
)
