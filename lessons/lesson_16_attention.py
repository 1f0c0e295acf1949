# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Attention: one question by hand, the mask, and the block with words as its tokens.

Tokens are rows here, as in PyTorch; the lectures write them as columns.
Source: Vaswani and others, Attention is all you need, 2017.
"""

from functools import cache

import numpy as np

from engine import Tensor
from engine.functional import softmax
from engine.nn import Attention
from lessons.chart import Chart, Curves, Grid, Line
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

WORDS = ("the", "blue", "house")
ROWS = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
IDENTITY = [[1.0, 0.0], [0.0, 1.0]]
NO_MASK, INFINITE, ZERO = "no mask", "−∞ before the softmax", "0 in place of the score"
BOTH_WAYS, LEFT_TO_RIGHT = "both ways", "left to right"
TRIALS = 400


def one_question(x, y, u):
    scores = x @ y
    scaled = scores / 2**0.5
    weights = softmax(scaled)
    out = weights @ x
    answer = out @ u
    return answer


def with_mask(mask, scores, u):
    masked = scores
    if mask == INFINITE:
        masked = scores + Tensor([0.0, 0.0, -float("inf")], requires_grad=False, name="hide")
    if mask == ZERO:
        masked = scores * Tensor([1.0, 1.0, 0.0], requires_grad=False, name="erase")
    weights = softmax(masked)
    answer = weights @ u
    return answer


def words(reads, x, W_q, W_k, W_v):
    attention = Attention(2, is_causal=reads == LEFT_TO_RIGHT)
    attention.W_q, attention.W_k, attention.W_v = W_q, W_k, W_v
    attention.W_o = Tensor([[1.0, 0.0], [0.0, 1.0]], requires_grad=False, name="W_o")
    out = attention(x)
    blue = out[1]
    answer = blue.sum()
    return answer


@cache
def slopes() -> Curves:
    """How steep the softmax of two scores is, with and without the root: the mean over random vectors."""
    random = np.random.default_rng(0)
    sizes = [4, 8, 16, 32, 64, 128, 256]
    found: dict[str, list[float]] = {"divided by √d": [], "not divided": []}
    for d in sizes:
        y, x = random.normal(size=(TRIALS, d)), random.normal(size=(TRIALS, 2, d))
        scores = np.einsum("td,tkd->tk", y, x)
        for name, by in (("divided by √d", d**0.5), ("not divided", 1.0)):
            shares = np.asarray(softmax(Tensor(scores / by)).data)
            found[name].append(float(np.mean(shares[:, 0] * shares[:, 1])))
    lines = tuple(
        Line(name, sizes, series, "gradient", name == "not divided") for name, series in found.items()
    )
    return Curves("size d of the vectors", "slope of the softmax", lines)


@cache
def who_looks_where(sharper: float, reads: str) -> Grid:
    """The attention weights among three words, their scores taken `sharper` times."""
    x = Tensor(ROWS)
    scores = float(sharper) * (x @ x.T) / 2**0.5
    if reads == LEFT_TO_RIGHT:
        scores = scores + Tensor(np.triu(np.full((3, 3), -np.inf), 1))
    return Grid(WORDS, WORDS, np.asarray(softmax(scores).data), x="is looked at", y="asks")


ONE_QUESTION = Part(
    title="One question",
    text="Attention lets one vector look at others. **y** asks. It is compared with each row of **x**, and "
    "the "
    "better a row fits, the more of it goes into the answer. Each step of it is an old friend: "
    "products, a division, a softmax, a weighed sum.",
    build=one_question,
    inputs=(
        Input("x", [[1.0, 0.0], [0.0, 1.0]], low=-3, high=3, step=0.1, about="two vectors, as rows"),
        Input("y", [2.0, 0.0], low=-3, high=3, step=0.1, about="the vector that asks"),
        Input("u", [1.0, 0.0], low=-3, high=3, step=0.1, learns=False, about="what of the answer counts"),
    ),
    walk=(
        Stop("Two rows in **x**, and **y** is 2 and 0. It points the way of the first row.", start()),
        Stop("A product with each row is its score: 2 and 0. The first one fits.", forward("scores")),
        Stop(
            "The scores are divided by $\\sqrt 2$, since the vectors have two numbers: 1.41 and 0.",
            forward("scaled"),
        ),
        Stop(
            "The [[softmax]] turns scores into shares that add up to 1. The first share is 0.804.",
            forward("weights"),
            predict=Question(
                ask="What is the second share?",
                answer=value("weights", 1),
                explain="$1 - 0.804 = 0.196$. No row is left out altogether.",
            ),
        ),
        Stop("The answer mixes the rows by these shares: 0.804 and 0.196.", forward("out")),
        Stop("Only its first number counts, so it gets 1.", backward("answer", "out")),
        Stop("Each share gets what its row would add to the result: 1 and 0.", backward("out", "weights")),
        Stop(
            "The slope of a share for its own score is $p(1-p)$.",
            backward("weights", "scaled"),
            predict=Question(
                ask="What is the gradient of the first number in **scaled**?",
                answer=gradient("scaled", 0),
                explain="$0.804 \\times 0.196 = 0.157$, and the second gets −0.157: "
                "one share grows only at the other's cost.",
                mistakes=(Mistake("That is the share. Its slope is $p(1-p)$.", value("weights", 0)),),
            ),
        ),
        Stop(
            "Through the division **scores** gets 0.111 and −0.111, and **y** the same. "
            "It learns to ask more for what the first row has.",
            backward("scores", "y"),
        ),
        Stop(
            "**x** is used twice: as what is compared, and as what is mixed. Both terms add. "
            "In the block, two matrices tell the two uses apart.",
            end(),
        ),
    ),
    nudge=Nudge("y", cell=(0,)),
    questions=(
        Question(
            ask="Make **y** 0 and 0, so that it asks for nothing. What is the first share in **weights**?",
            values={"y": [0.0, 0.0]},
            answer=value("weights", 0),
            at=forward("weights"),
            explain="Both scores are 0, so both rows get the same share: attention is then an average.",
            mistakes=(
                Mistake("That is the score. The softmax of two equal scores is shared.", lambda trace: 0.0),
                Mistake("That would be all of it. The other row has the same score.", lambda trace: 1.0),
            ),
        ),
        Question(
            ask="Still with **y** at 0 and 0: what is the gradient of the first number in **scaled**?",
            values={"y": [0.0, 0.0]},
            answer=gradient("scaled", 0),
            at=backward("weights", "scaled"),
            explain="$0.5 \\times (1 - 0.5) = 0.25$: where nothing is decided yet, the softmax is steepest.",
            mistakes=(
                Mistake("That is the share. Its slope is $p(1-p)$.", value("weights", 0)),
                Mistake("That is what arrives from upstream at the share.", gradient("weights", 0)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Scores ten times as large",
        text="Make **y** 20 and 0. The first row fits ten times as well. What can still be learnt?",
        values={"y": [20.0, 0.0]},
        reveals="The first share is 1 but for 7.21e−7, and its slope is no more than that: 7.21e−7 in place "
        "of 0.157. "
        "The softmax is [[saturated|saturation]].",
    ),
    charts=(
        Chart(
            title="Why divide by the root of d",
            text="The longer the vectors are, the larger the scores become, and the flatter the softmax. "
            "Divided by $\\sqrt d$, the scores keep their size, and so does the slope.",
            draw=slopes,
        ),
    ),
)

MASK = Part(
    title="The mask",
    text="Sometimes a vector must not be seen: a word that comes later, or padding. "
    "Its share has to be 0. But the shares come out of the softmax. Where does one hide it?",
    build=with_mask,
    inputs=(
        Choice("mask", (INFINITE, ZERO, NO_MASK), INFINITE, about="how the third is hidden"),
        Input("scores", [1.0, 2.0, 3.0], low=-5, high=5, step=0.1, about="a score for each of three vectors"),
        Input("u", [1.0, 2.0, 3.0], low=-5, high=5, step=0.1, learns=False, about="what each would add"),
    ),
    walk=(
        Stop("Three scores. The third vector has the best one, and it is to be hidden.", start()),
        Stop("Minus infinity is added to its score.", forward("masked")),
        Stop(
            "$e^{-\\infty}$ is 0. The shares are 0.269, 0.731 and 0: the other two share it all.",
            forward("weights"),
        ),
        Stop("The answer is made of the first two alone: 1.73.", forward("answer")),
        Stop(
            "And no gradient reaches the hidden score: **scores** gets −0.197, 0.197 and 0.",
            end(),
        ),
        Stop(
            "Choose 0 in place of the score. Then the third still has a share of 0.09: "
            "a score of 0 is a score like any other, since $e^0$ is 1.",
            forward("weights"),
            {"mask": ZERO},
        ),
    ),
    nudge=Nudge("scores", cell=(1,)),
    questions=(
        Question(
            ask="Choose no mask. What is the share of the third?",
            values={"mask": NO_MASK},
            answer=value("weights", 2),
            at=forward("weights"),
            explain="$e^3 / (e^1 + e^2 + e^3) = 0.665$: it would have had the largest share.",
            mistakes=(
                Mistake("That is what the wrong mask leaves of it.", lambda trace: 0.09),
                Mistake(
                    "You divided the scores by their sum. The softmax takes $e$ to their power first.",
                    lambda trace: 0.5,
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Mask with 0",
        text="Put 0 in place of the hidden score. Is it hidden?",
        values={"mask": ZERO},
        reveals="No: its share is 0.09, and the answer is 1.85 in place of 1.73. Nothing fails, and nothing "
        "warns. "
        "A network trained like that peeks at what it should not see.",
    ),
)

BLOCK = Part(
    title="Words look at words",
    text="Now all words ask at once, each of all: that is self-attention. Three matrices make the roles: "
    "$x W_q$ asks, $x W_k$ is compared, $x W_v$ is mixed. The tokens are rows here; the lectures write "
    "columns. "
    "All of it is one box, *Attention*.",
    build=words,
    inputs=(
        Choice("reads", (BOTH_WAYS, LEFT_TO_RIGHT), BOTH_WAYS, about="who may be looked at"),
        Input("x", ROWS, low=-3, high=3, step=0.1, about="a row for the, for blue and for house"),
        Input("W_q", IDENTITY, low=-3, high=3, step=0.1, about="makes the questions"),
        Input("W_k", IDENTITY, low=-3, high=3, step=0.1, about="makes what is compared"),
        Input("W_v", IDENTITY, low=-3, high=3, step=0.1, about="makes what is mixed"),
    ),
    walk=(
        Stop("Three words: *the* is 1, 0, *blue* is 0, 1 and *house* is 1, 1.", start()),
        Stop("One step of the closed box: a new vector for each word.", forward("out")),
        Stop(
            "Inside, every word's question meets every word: the scores are a matrix. "
            "*blue* scores 0 with *the*, and 1 with itself and with *house*.",
            forward("Attention/scores"),
            open=("Attention",),
        ),
        Stop(
            "Each row of **weights** adds up to 1. *blue* takes 0.198 of *the*, and 0.401 each of the "
            "others.",
            forward("Attention/weights"),
            open=("Attention",),
        ),
        Stop("So *blue* becomes 0.599, 0.802: a blue that knows of a house.", forward("blue")),
        Stop(
            "On the way back the questions, the keys and the values each get their part.",
            backward("out", "x"),
        ),
        Stop(
            "Choose left to right. *blue* must not see *house* now: it becomes 0.33, 0.67. "
            "So a network has to read that is to go on writing.",
            forward("blue"),
            {"reads": LEFT_TO_RIGHT},
        ),
    ),
    nudge=Nudge("x", cell=(2, 0)),
    questions=(
        Question(
            ask="Read left to right. What is the gradient of the first number of *house* in **x**?",
            values={"reads": LEFT_TO_RIGHT},
            answer=gradient("x", 2, 0),
            at=backward("out", "x"),
            explain="*blue* does not see *house*, so nothing of its answer comes back there.",
            mistakes=(
                Mistake("So it is when *blue* may look both ways.", lambda trace: 0.401),
                Mistake("That is the number itself.", value("x", 2, 0)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Left to right",
        text="Hide from each word what comes after it. Whose vectors change?",
        values={"reads": LEFT_TO_RIGHT},
        reveals="Those of *the* and *blue*. *house* comes last, so it sees all in both cases.",
    ),
    charts=(
        Chart(
            title="Who looks where",
            text="The attention weights: each row is a word that asks, and adds up to 1. Make the scores "
            "larger, and each "
            "word looks at less. Read left to right, and the upper right stays empty.",
            draw=who_looks_where,
            settings=(
                Input("sharper", 1, low=1, high=10, step=1, about="how many times the scores are taken"),
                Choice("reads", (BOTH_WAYS, LEFT_TO_RIGHT), BOTH_WAYS, about="who may be looked at"),
            ),
        ),
    ),
)

LESSON = Lesson(
    title="Attention",
    chapter="Sequences",
    goal="Let vectors look at each other: compare, share out, and mix.",
    needs="Lesson 9, boxes that open, and lesson 13, words as vectors.",
    parts=(ONE_QUESTION, MASK, BLOCK),
    can_do=(
        "Compute an answer by attention: scores, scale, softmax, weighed sum.",
        "Hide a vector so that nothing of it gets through, and say why 0 is no mask.",
        "Tell who asks, what is compared, and what is mixed.",
    ),
    summary=(
        "Attention is a weighed sum, and the weights come from comparing.",
        "A softmax is steep while it is undecided, and flat once it is sure; the root of d keeps it steep.",
        "What must not be seen gets a score of −∞ before the softmax.",
    ),
)
