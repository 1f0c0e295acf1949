# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""MaxPool, which sends its gradient to the winners only, and a small convolutional network on real digits.

The stack is that of AlexNet with one layer of each kind: Krizhevsky, Sutskever and Hinton, ImageNet
classification with deep convolutional neural networks, 2012.
"""

from functools import cache
from typing import Any

import numpy as np

from engine import Tensor, Trace, record, watch
from engine.functional import cross_entropy
from engine.nn import AvgPool, MaxPool
from lessons.chart import Bars, Chart, Grid
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
TIED = [[1.0, 6.0, 2.0, 4.0], [6.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
SHOWS = ("after the ReLU", "after pooling", "gradient before pooling", "gradient of the picture")

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


def read_a_one(picture):
    network = trained()
    image = picture.unsqueeze(0)
    maps = network.conv(image)
    found = maps.relu()
    strongest = network.pool(found)
    flat = strongest.flatten()
    scores = network.classify(flat)
    loss = cross_entropy(scores, 1)
    return loss


def with_means(picture):
    network = trained()
    pool = AvgPool(2)
    image = picture.unsqueeze(0)
    maps = network.conv(image)
    found = maps.relu()
    strongest = pool(found)
    flat = strongest.flatten()
    scores = network.classify(flat)
    loss = cross_entropy(scores, 1)
    return loss


@cache
def reading(digit: int) -> Trace:
    """Both passes of the network that reads this digit."""

    def read(picture: Tensor) -> Tensor:
        network = trained()
        maps = network.conv(picture.unsqueeze(0))
        found = maps.relu()
        strongest = network.pool(found)
        scores = network.classify(strongest.flatten())
        return cross_entropy(scores, digit)

    with watch(read):
        loss = read(Tensor(picture_of(digit), name="picture"))
    return record(loss)


def inside(digit: int, filter: int, shows: str) -> Grid:
    """One map of the network that reads a digit, or what comes back to it."""
    trace = reading(digit)
    cells = {
        "after the ReLU": lambda: trace.value("found")[filter - 1],
        "after pooling": lambda: trace.value("strongest")[filter - 1],
        "gradient before pooling": lambda: trace.gradient("found")[filter - 1],
        "gradient of the picture": lambda: trace.gradient("picture"),
    }[shows]()
    places = tuple(map(str, range(len(cells))))
    return Grid(places, places, np.asarray(cells), "gradient" if shows.startswith("gradient") else "value")


def answers(digit: int, shows: str) -> Bars:
    """The network's ten answers to this digit, or what comes back to them."""
    trace = reading(digit)
    numbers = {
        "score": lambda: trace.value("scores"),
        "probability": lambda: [probability(trace, each) for each in range(10)],
        "gradient of the score": lambda: trace.gradient("scores"),
    }[shows]()
    names = tuple(map(str, range(10)))
    heights = np.asarray(numbers).round(4).tolist()  # a bar has no room for more digits
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
        Stop("Sixteen numbers, and windows of 2 by 2 side by side: four of them.", start()),
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
)

NETWORK = Part(
    title="A network that reads",
    text="Conv, [[ReLU]], MaxPool, [[FeedForward]]: this small network has learnt to read handwritten "
    "digits, "
    "and gets 98.6 % of those right that it has not seen. AlexNet, famous for naming photographs, is the "
    "same "
    "stack with more of each. Here it reads a 1.",
    build=read_a_one,
    inputs=(
        Input(
            "picture",
            picture_of(1).tolist(),
            low=0,
            high=1,
            step=0.125,
            about="a handwritten 1, 0 for paper and 1 for ink",
        ),
    ),
    walk=(
        Stop("A real 1 that the network has not met before: 64 cells.", start()),
        Stop(
            "Conv slides eight filters over it, and makes eight maps of 8 by 8. A rim of zeros around the "
            "picture keeps the size. Of the eight maps the first one is drawn.",
            forward("Conv/maps"),
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
        ),
        Stop(
            "A FeedForward layer weighs them up into ten scores, one for each digit. "
            "The highest is that of the 1, 3.27; next comes the 8, with 0.929. "
            "The chart *Ten answers* below draws them.",
            forward("FeedForward/scores"),
            open=("FeedForward",),
        ),
        Stop(
            "[[Softmax|softmax]] makes probabilities of the ten scores: 0.9107 for a 1 and 0.0876 for an 8 "
            "(chart *Ten answers*). The [[loss]] is $-\\ln 0.9107 = 0.0935$.",
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
            "All 128 numbers after pooling get a gradient, through the weights of the last layer.",
            backward("flat", "strongest"),
            open=("MaxPool",),
        ),
        Stop(
            "Now through the pooling: it goes to the winners alone. Of the 512 numbers before it, 128 get "
            "one: "
            "a single orange cell in each window.",
            backward("MaxPool/strongest", "found"),
            open=("MaxPool",),
        ),
        Stop(
            "The ReLU shuts out 15 of the 128, where a whole window was 0. "
            "113 are left in the eight maps, and they teach the filters.",
            backward("found", "maps"),
            open=("Conv",),
        ),
        Stop(
            "And the picture has a gradient, too: what a little more ink at each cell would do to the loss.",
            end(),
        ),
    ),
    nudge=Nudge("picture", cell=(2, 4)),
    questions=(
        Question(
            ask="The network gives the 8 the probability 0.0876. What is the gradient of its score?",
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
        "of "
        "0.019. But its weights were trained with the largest: of all unseen digits it reads 89.7 % right "
        "now, in place of 98.6 %.",
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
                Choice("shows", ANSWERS, "probability", about="what is shown"),
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
                Choice("filter", tuple(range(1, 9)), 4, about="which filter's map"),
                Choice("shows", SHOWS, "gradient before pooling", about="what is shown"),
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
