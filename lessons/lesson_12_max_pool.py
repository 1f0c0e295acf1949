# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""MaxPool, which sends its gradient to the winners only, and a small convolutional network on real digits.

The stack is that of AlexNet with one layer of each kind: Krizhevsky, Sutskever and Hinton, ImageNet
classification with deep convolutional neural networks, 2012.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from engine import Tensor, Trace, record, watch
from engine.functional import cross_entropy
from engine.nn import AvgPool, MaxPool
from lessons.chart import Bars, Chart, Grid, Grids
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
from lessons.models.model_digits import MODELS

Array = np.ndarray[Any, Any]

NUMBERS = [[1.0, 1.0, 2.0, 4.0], [5.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
OVERTAKEN = [[1.0, 1.0, 2.0, 4.0], [7.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
LARGEST_INSIDE = [[1.0, 1.0, 2.0, 4.0], [5.0, 6.0, 7.0, 8.0], [3.0, 2.0, 9.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
NINE_FIRST = [[9.0, 1.0, 2.0, 4.0], [5.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
TIED = [[1.0, 6.0, 2.0, 4.0], [6.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
SHOWS = ("after the ReLU", "after pooling", "gradient before pooling")
POOLINGS = ("largest", "mean")
ANSWERS = ("score", "probability", "gradient of the score")


@cache
def picture_of(digit: int) -> Array:
    """A handwritten digit that no training has seen: (8, 8), 0 for paper to 1 for ink."""
    picture: Array = MODELS[0].examples()[digit].batch[0]
    return picture[0]  # type: ignore[no-any-return]


def trained() -> Any:
    """The digit network with the weights that it has learnt."""
    return MODELS[0].load()


def winners(stride, x):
    pool = MaxPool(2, stride)
    y = pool(x)
    total = y.sum()
    return total


def read(digit):
    network = trained()
    picture = Tensor(picture_of(digit)[None], name="picture")
    maps = network.conv(picture)
    found = maps.relu()
    strongest = network.pool(found)
    flat = strongest.flatten()
    scores = network.classify(flat)
    loss = cross_entropy(scores, digit)
    return loss


def with_means(digit):
    network = trained()
    pool = AvgPool(2)
    picture = Tensor(picture_of(digit)[None], name="picture")
    maps = network.conv(picture)
    found = maps.relu()
    strongest = pool(found)
    flat = strongest.flatten()
    scores = network.classify(flat)
    loss = cross_entropy(scores, digit)
    return loss


@cache
def reading(digit: int, right: int, pooling: str = "largest") -> Trace:
    """Both passes of the network that reads this digit, when `right` is the answer that it should give."""

    def reads(picture: Tensor) -> Tensor:
        network = trained()
        pool = AvgPool(2) if pooling == "mean" else network.pool
        maps = network.conv(picture)
        found = maps.relu()
        strongest = pool(found)
        scores = network.classify(strongest.flatten())
        return cross_entropy(scores, right)

    with watch(reads):
        loss = reads(Tensor(picture_of(digit)[None], name="picture"))
    return record(loss)


def inside(digit: int, filter: int, shows: str) -> Grid:
    """One map of the network that reads a digit, or what comes back to it."""
    trace = reading(digit, digit)
    cells = {
        "after the ReLU": lambda: trace.value("found"),
        "after pooling": lambda: trace.value("strongest"),
        "gradient before pooling": lambda: trace.gradient("found"),
    }[shows]()
    return squares(in_two_digits(np.asarray(cells)[filter - 1]), "", shows)


def wishes(digit: int, right: int) -> Grids:
    """A digit, and what more ink at each cell would do to the loss; to one place, for small cells."""
    gradient = np.asarray(reading(digit, right).gradient("picture"))[0]
    return Grids(
        (
            squares(picture_of(digit).round(1), "ink"),
            squares(gradient.round(1), "gradient of the loss", "gradient"),
        )
    )


def one_window(stride: int, window: float) -> Grids:
    """The numbers with a frame around one window, what it keeps, and the gradient that the numbers get."""
    x = Tensor(NUMBERS, name="x")
    with watch(winners):
        total = winners(stride, x)
    trace = record(total)
    y = np.asarray(trace.value("y"))
    row, column = divmod(min(int(window), y.size) - 1, len(y))
    around = (row * stride, column * stride, 2, 2)
    return Grids(
        (
            replace(squares(np.array(NUMBERS), "x"), frame=around),
            replace(squares(y, "y"), frame=(row, column, 1, 1)),
            replace(squares(np.asarray(trace.gradient("x")), "gradient of x", "gradient"), frame=around),
        )
    )


def squares(cells: Array, title: str, shows: str = "value") -> Grid:
    """A heat map whose rows and columns are counted from 0."""
    places = tuple(map(str, range(len(cells))))
    return Grid(places, places, cells, "gradient" if shows.startswith("gradient") else "value", x=title)


def in_two_digits(cells: Array) -> Array:
    """The numbers as a small cell has room for them; what is below a thousandth of the largest is 0."""
    least = np.abs(cells).max() / 1000
    return np.array([[float(f"{cell:.2g}") if abs(cell) > least else 0.0 for cell in row] for row in cells])


def answers(digit: int, pooling: str, shows: str) -> Bars:
    """The network's ten answers to this digit, or what comes back to them."""
    trace = reading(digit, digit, pooling)
    numbers = {
        "score": lambda: trace.value("scores"),
        "probability": lambda: [probability(trace, each) for each in range(10)],
        "gradient of the score": lambda: trace.gradient("scores"),
    }[shows]()
    names = tuple(map(str, range(10)))
    heights = [float(one) if abs(one) >= 5e-5 else 0.0 for one in np.asarray(numbers)]
    return Bars(names, ((shows, heights),), shows, "gradient" if shows.startswith("gradient") else "value")


def probability(trace: Trace, digit: int) -> float:
    """How probable the network finds a digit."""
    scores = np.asarray(trace.value("scores"))
    return float(np.exp(scores[digit]) / np.exp(scores).sum())


def sharing(trace: Trace) -> int:
    """How many cells before pooling get a gradient."""
    return int(np.count_nonzero(trace.gradient("found")))


POOL = Part(
    title="Only the winner",
    text="MaxPool cuts a picture into windows and keeps the largest number of each. "
    "It has no [[weights|weight]]. What was found is kept; where exactly it was is forgotten. "
    "And the way back remembers who won.",
    build=winners,
    inputs=(
        Choice("stride", (2, 1), 2, about="by how much the window moves on"),
        Input("x", NUMBERS, low=-10, high=10, step=0.5, about="a picture of 4 by 4"),
    ),
    walk=(
        Stop(
            "Sixteen numbers, and windows of 2 by 2 side by side: four of them. The chart *One window* below "
            "frames each.",
            start(),
        ),
        Stop(
            "Each window keeps its largest: 6, 8 and 3 for the first three.",
            forward("MaxPool/y"),
            open=("MaxPool",),
            predict=Question(
                ask="The last holds 1, 0, 3, 4. What does it keep?",
                answer=value("y", 1, 1),
                explain="4 is the largest. A quarter of the picture is left.",
                mistakes=(Mistake("That is their sum. The largest is kept.", lambda trace: 8.0),),
            ),
        ),
        Stop(
            "The four are added up, so that each gets the gradient 1.",
            backward("total", "y"),
            open=("MaxPool",),
        ),
        Stop(
            "Now each window hands on its 1. Which of its cells gets how much? "
            "Ask of each: would the result move if this cell did?",
            backward("MaxPool/y", "x"),
            open=("MaxPool",),
            predict=Question(
                ask="What is the gradient of the 5?",
                answer=gradient("x", 1, 0),
                explain="The 6 beside it has won and gets all of the 1. "
                "A small nudge of the 5 changes nothing.",
                mistakes=(
                    Mistake("That would be so if it had won. The 6 is larger.", gradient("x", 1, 1)),
                    Mistake("The winner takes all of it; it is not shared out.", lambda trace: 0.25),
                ),
            ),
        ),
        Stop(
            "So four of the sixteen cells get anything. Which ones can change: the 5 is a 7 now, has "
            "overtaken the 6, and gets the 1.",
            backward("MaxPool/y", "x"),
            {"x": OVERTAKEN},
            open=("MaxPool",),
        ),
        Stop(
            "With a [[stride]] of 1 the windows overlap, and there are nine. "
            "The 8 wins two of them, so its terms add: it gets 2.",
            backward("MaxPool/y", "x"),
            {"stride": 1},
            open=("MaxPool",),
        ),
    ),
    nudge=Nudge("x", cell=(1, 1)),
    questions=(
        Question(
            ask="Make the stride 1, and the third number of the third row 9. What is its gradient?",
            values={"stride": 1, "x": LARGEST_INSIDE},
            answer=lambda trace: float(trace.gradient("x")[2, 2]),
            at=backward("y", "x"),
            explain="It lies in four windows and is the largest of each. Each sends 1, and the terms add: 4.",
            mistakes=(
                Mistake("So it is with stride 2, where it lies in one window.", lambda trace: 1.0),
                Mistake("The 8 had 2. This cell lies in more windows: count them.", lambda trace: 2.0),
                Mistake("That is its value. The gradient is what its windows pass on.", value("x", 2, 2)),
            ),
        ),
        Question(
            ask="Back at stride 2, make the last number of **x** 2. "
            "What is the gradient of the 3 beside it then?",
            values={
                "x": [[1.0, 1.0, 2.0, 4.0], [5.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 2.0]]
            },
            answer=gradient("x", 3, 2),
            at=backward("y", "x"),
            explain="The window holds 1, 0, 3 and 2 now. The 3 has won and gets all of it.",
            mistakes=(
                Mistake("So it was while the 4 was there.", lambda trace: 0.0),
                Mistake("That is its value. The gradient is what its window passes on.", value("x", 3, 2)),
            ),
        ),
        Question(
            ask="With the numbers as at first, but a 9 in the top left corner: what is **total**?",
            values={"x": NINE_FIRST},
            draws=("x",),
            answer=value("total"),
            at=forward("total"),
            explain="The first window keeps its 9 now: $9 + 8 + 3 + 4 = 24$.",
            mistakes=(
                Mistake(
                    "You added up all sixteen numbers. Each window keeps its largest.",
                    lambda trace: float(trace.value("x").sum()),
                ),
                Mistake(
                    "You left out the last window.",
                    lambda trace: float(trace.value("total") - trace.value("y")[-1, -1]),
                ),
            ),
            again="What is **total**, the sum of what the windows keep?",
        ),
    ),
    experiment=Experiment(
        title="A three-way tie",
        text="Put three sixes into the first window. All of them are the largest. Who gets the gradient?",
        values={"x": TIED},
        reveals="The first in reading order, at the top right of its window, gets 1, and the other sixes 0. "
        "That is a choice, and PyTorch makes the same one. At a tie no single slope is right: raise any six, "
        "and the result grows; lower one, and it stays.",
        at=backward("MaxPool/y", "x"),
        open=("MaxPool",),
    ),
    charts=(
        Chart(
            title="One window",
            text="Which cell of which window? Press + and go through them: in the frame of **x** the "
            "largest is the one that **y** keeps, and it is where the gradient goes. "
            "With a stride of 1 a cell may win several.",
            draw=one_window,
            settings=(
                Choice("stride", (2, 1), 2, about="by how much the window moves on"),
                Input("window", 1, low=1, high=9, step=1, about="which window; with a stride of 2, up to 4"),
            ),
        ),
    ),
)

NETWORK = Part(
    title="A network that reads",
    text="Conv, [[ReLU]], MaxPool, [[FeedForward]]: this small network has learnt to read handwritten "
    "digits, "
    "and gets 98.6 % of those right that it has not seen. AlexNet, famous for naming photographs, is the "
    "same stack with more of each. Here it reads a 1; choose another digit and walk that.",
    build=read,
    inputs=(Choice("digit", tuple(range(10)), 1, about="which digit it reads, all written by hand"),),
    walk=(
        Stop("A real 1 that the network has not met before: 64 cells.", start()),
        Stop(
            "Conv slides eight filters over it, and makes eight maps of 8 by 8. A rim of zeros around the "
            "picture keeps the size. Of the eight maps the first one is drawn.",
            forward("Conv/slid"),
            open=("Conv",),
        ),
        Stop(
            "The ReLU keeps what was found: 350 of the 512 numbers are above 0. "
            "The chart *Inside the network* below draws any of the maps.",
            forward("found"),
        ),
        Stop(
            "MaxPool keeps the strongest of each window: eight maps of 4 by 4. Of 512 numbers 128 are left.",
            forward("MaxPool/strongest"),
            open=("MaxPool",),
            focus="MaxPool",
        ),
        Stop(
            "A FeedForward layer weighs them up into ten scores, one for each digit. "
            "The chart *Ten answers* below draws them: the highest is that of the 1, 3.27, and next comes "
            "the 8, with 0.929.",
            forward("FeedForward/scores"),
            open=("FeedForward",),
        ),
        Stop(
            "[[Softmax|softmax]] makes probabilities of the ten scores: 0.9107 for a 1 and 0.0876 for an 8 "
            "(chart *Ten answers*, at *probability*). The [[loss]] is $-\\ln 0.9107 = 0.0935$.",
            forward("loss"),
        ),
        Stop(
            "Now back. Softmax and $-\\ln$ together have a short gradient: each score gets its probability, "
            "less 1 for the right digit.",
            backward("loss", "scores"),
            open=("FeedForward",),
            predict=Question(
                ask="What does the score of the 1 get, with its 0.9107?",
                answer=gradient("scores", 1),
                explain="$0.9107 - 1 = -0.0893$: its score should rise. "
                "That of the 8 gets 0.0876: it should fall.",
                mistakes=(
                    Mistake(
                        "That is its probability. For the right digit 1 is taken away.",
                        lambda trace: probability(trace, 1),
                    ),
                    Mistake(
                        "So much is missing to 1. The gradient is $p - 1$, below 0: the score should rise.",
                        lambda trace: 1 - probability(trace, 1),
                    ),
                ),
            ),
        ),
        Stop(
            "All 128 numbers after pooling get a gradient, through the weights of the last layer. "
            "Pooling hands it to the winners alone. Of the 512 numbers before it 128 get one: "
            "a single cell in each window.",
            backward("MaxPool/strongest", "found"),
            open=("MaxPool",),
            focus="MaxPool",
        ),
        Stop(
            "The ReLU shuts out a winner that is 0, where nothing was found in a whole window. "
            "The others go on to the eight maps, and teach the filters.",
            backward("found", "maps"),
            open=("Conv",),
        ),
        Stop(
            "And the picture has a gradient, too: what a little more ink at each cell would do to the loss. "
            "The chart *Ink here, paper there* below draws it large.",
            end(),
        ),
    ),
    questions=(
        Question(
            ask="The network gives the 8 the probability 0.0876. What is the gradient of its score?",
            draws=("digit",),
            again="What is the gradient of the score of the 8 for this digit?",
            answer=gradient("scores", 8),
            at=backward("loss", "scores"),
            explain="The 8 is wrong, so nothing is taken away: the gradient is its probability, 0.0876.",
            mistakes=(
                Mistake(
                    "You took 1 away. That is done for the right digit alone.",
                    lambda trace: probability(trace, 8) - 1,
                ),
                Mistake("That is the score itself.", value("scores", 8)),
            ),
        ),
        Question(
            ask="There are eight maps of 8 by 8 before pooling. How many of their cells can get a gradient "
            "through windows of 2 by 2?",
            answer=sharing,
            at=backward("strongest", "found"),
            explain="One for each window, and there are $8 \\times 4 \\times 4 = 128$.",
            mistakes=(
                Mistake(
                    "So many cells there are. Three of four lose.",
                    lambda trace: float(trace.value("found").size),
                ),
                Mistake("That is one map. There are eight.", lambda trace: 16.0),
                Mistake(
                    "So many pass the ReLU as well.",
                    lambda trace: float(np.count_nonzero(trace.gradient("maps"))),
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Take the mean instead",
        text="Let each window keep its mean in place of its largest. The weights stay as they are. "
        "How many cells get a gradient then, and what does the network read?",
        build=with_means,
        reveals="All 512: each window shares its gradient out in quarters. It still reads a 1, with a loss "
        "of 0.019. But its weights were trained with the largest, and the 8 suffers: it gets 0.756 now in "
        "place of 0.999. In the chart *Ten answers* choose the mean.",
        at=backward("strongest", "found"),
    ),
    charts=(
        Chart(
            title="Ten answers",
            text="What the network makes of each digit: ten scores, and as [[softmax]] shares the "
            "probabilities. "
            "The gradient of a score is its probability, less 1 at the right digit, so the ten add up to 0.",
            draw=answers,
            settings=(
                Choice("digit", tuple(range(10)), 1, about="which digit is read"),
                Choice("pooling", POOLINGS, "largest", about="what a window keeps"),
                Choice("shows", ANSWERS, "score", about="what is shown"),
            ),
        ),
        Chart(
            title="Inside the network",
            text="Choose a digit and one of the eight filters. After the ReLU: where the filter found "
            "something. After pooling: the strongest of each window. The gradient before pooling is orange "
            "at "
            "winners alone, and grey where it is negative.",
            draw=inside,
            settings=(
                Choice("digit", tuple(range(10)), 1, about="which digit is read"),
                Choice("filter", tuple(range(1, 9)), 1, about="which filter's map"),
                Choice("shows", SHOWS, "gradient before pooling", about="what is shown"),
            ),
        ),
        Chart(
            title="Ink here, paper there",
            text="The gradient of the loss at the picture. Where a cell is orange, more ink raises the loss: "
            "there the network wants paper. Where it is grey, below 0, it wants ink. Of a digit that it is "
            "sure of it wants nothing; ask it to read another one.",
            draw=wishes,
            settings=(
                Choice("digit", tuple(range(10)), 1, about="which digit is on the picture"),
                Choice("right", tuple(range(10)), 1, about="which digit it should read"),
            ),
        ),
    ),
)

LESSON = Lesson(
    title="MaxPool and a small network",
    chapter="Images",
    goal="Send a gradient through the winners of a pooling, in a network that reads real digits.",
    needs="Lesson 11.",
    parts=(POOL, NETWORK),
    can_do=(
        "Pool a picture by hand, and say which cells get the gradient.",
        "Follow a real digit through Conv, ReLU, MaxPool and FeedForward, and its gradient back.",
        "Say what happens at a tie, and why three of four cells learn nothing from a picture.",
    ),
    summary=(
        "MaxPool keeps the largest number of each window: what was found, not where exactly.",
        "On the way back the winner gets all of the gradient, the others get 0.",
        "Conv, ReLU, MaxPool and FeedForward in a row are a network that reads digits.",
    ),
)
