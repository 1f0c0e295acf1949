# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""EmbedToken and Collapse: from words to vectors, and from many vectors to one.

The blocks are those of the Stanford CS221 lecture on differentiable programming.
"""

from functools import cache

import numpy as np

from engine import Tensor
from engine.nn import Collapse, EmbedToken
from engine.optim import SGD
from lessons.chart import Bars, Boundary, Chart, Points
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
    forward,
    gradient,
    start,
    update,
    value,
)

WORDS = ("the", "blue", "house")
SENTENCES = ("the house the", "the blue house", "house the blue", "blue house")
ROWS = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
SCORE = [2.0, -1.0]
STEP = 0.1

RATE = 0.5
REVIEWS = {
    "the film is good": 1,
    "the plot is great": 1,
    "the cast is great": 1,
    "a good film": 1,
    "a good cast": 1,
    "the film is dull": -1,
    "the plot is bad": -1,
    "the cast is bad": -1,
    "a dull film": -1,
    "a dull cast": -1,
}


def look_up(sentence, E, w):
    embed = EmbedToken(WORDS, 2)
    embed.E = E
    x = embed(sentence)
    scores = x @ w
    score = scores.sum()
    return score


def collapse_to_one(sentence, how, E, w):
    embed = EmbedToken(WORDS, 2)
    embed.E = E
    collapse = Collapse(how)
    x = embed(sentence)
    vector = collapse(x)
    score = vector @ w
    return score


def words_in_a_plane(sentence: str, steps: float) -> Boundary:
    """Each word's row as a point, before some steps that lower a sentence's score, and after them."""
    E, w = Tensor(ROWS, name="E"), Tensor(SCORE, requires_grad=False, name="w")
    optimizer = SGD([E], lr=STEP)
    for _ in range(int(steps)):
        optimizer.zero_grad()
        look_up(sentence, E, w).backward()
        optimizer.step()
    (x, y), (after_x, after_y) = np.transpose(ROWS), E.numpy().T
    xs, ys = np.linspace(-1.5, 1.5, 31), np.linspace(-0.5, 1.75, 31)
    return Boundary(
        "first number",
        "second number",
        xs,
        ys,
        SCORE[0] * xs[None, :] + SCORE[1] * ys[:, None],
        (Points("in the table", x, y, "circle", WORDS), Points("after the steps", after_x, after_y, "cross")),
    )


@cache
def learnt_words(steps: float) -> Bars:
    """The score of each word's own row, after so many steps of learning from labelled reviews."""
    words = tuple(dict.fromkeys(" ".join(REVIEWS).split()))
    embed, collapse = EmbedToken(words, 2, seed=0), Collapse("average")
    embed.E.data *= 0.1  # so small that no word means much at first
    w = Tensor([1.0, -1.0], name="w")
    optimizer = SGD([embed.E, w], lr=RATE)
    for _ in range(int(steps)):
        optimizer.zero_grad()
        losses = [(1 - label * (collapse(embed(review)) @ w)).relu() for review, label in REVIEWS.items()]
        (sum(losses, Tensor(0.0)) / len(losses)).backward()
        optimizer.step()
    scores = (embed.E @ w).numpy().round(2)  # a bar has no room for more digits
    return Bars(words, (("score", scores.tolist()),), "score of the word's row")


SENTENCE = Choice("sentence", SENTENCES, SENTENCES[0], about="which sentence")
TABLE = Input("E", ROWS, low=-3, high=3, step=0.1, about="a row for the, for blue and for house")
WEIGHTS = Input("w", SCORE, low=-3, high=3, step=0.1, about="the weights of the score")

LOOK_UP = Part(
    title="A row for each token",
    text="A network computes with numbers, and a sentence has none. So each [[token]], here a word, has a "
    "row of its own in a table **E**, its [[embedding]]. Who decides what stands in the table?",
    build=look_up,
    inputs=(SENTENCE, TABLE, WEIGHTS),
    walk=(
        Stop(
            "The table **E** has a row for *the*, one for *blue* and one for *house*. They are "
            "counted from 0: *the* is number 0, *blue* 1 and *house* 2. The sentence is *the house the*: as "
            "**tokens**, 0, 2 and 0.",
            start(),
        ),
        Stop(
            "EmbedToken fetches rows 0, 2 and 0. Both times *the* gets the same row: the words around it "
            "make no difference here.",
            forward("EmbedToken/x"),
            open=("EmbedToken",),
        ),
        Stop(
            "As a matrix product, with a [[one-hot]] vector for *the*: "
            "$[1, 0, 0] \\, E = 1 \\, [1, 0] + 0 \\, [0, 1] + 0 \\, [1, 1] = [1, 0]$. "
            "EmbedToken leaves out the products with 0.",
            forward("EmbedToken/x"),
            open=("EmbedToken",),
        ),
        Stop(
            "From here on a row is a vector like any other. The weights **w** give each a [[score]], for "
            "*the* $1 \\times 2 + 0 \\times (-1) = 2$. Added up the three make 5.",
            forward("score"),
            open=("EmbedToken",),
        ),
        Stop(
            "Now back. Each of the three scores gets 1, so each vector in **x** gets the weights **w**: "
            "2 and −1.",
            backward("scores", "x"),
            open=("EmbedToken",),
        ),
        Stop(
            "The table gets back what its rows were used for. A row that was fetched twice was copied, and "
            "copies add.",
            backward("EmbedToken/x", "E"),
            open=("EmbedToken",),
            predict=Question(
                ask="What is the gradient of the first number in the row of *the*?",
                answer=gradient("E", 0, 0),
                explain="*the* stands in two places, and each sends 2: $2 + 2 = 4$.",
                mistakes=(
                    Mistake(
                        "That is what one of its places sends. *the* stands in two.", gradient("x", 0, 0)
                    ),
                ),
            ),
        ),
        Stop(
            "The row of *blue* gets 0. It was not fetched: each of the one-hot vectors multiplies it by 0. "
            "So this sentence teaches nothing about it.",
            backward("EmbedToken/x", "E"),
            open=("EmbedToken",),
        ),
        Stop(
            "Rows are learnt, as weights are. For practice we make the score smaller: a step of 0.1 takes "
            "*the* to 0.6 and 0.2, and *house* to 0.8 and 1.1. *blue* stays where it is (chart *Words in a "
            "plane*).",
            update("E"),
            open=("EmbedToken",),
        ),
    ),
    nudge=Nudge("E", cell=(0, 0)),
    learning_rate=STEP,
    questions=(
        Question(
            ask="Choose *the blue house*. What is the gradient of the first number in the row of *the*?",
            values={"sentence": "the blue house"},
            answer=gradient("E", 0, 0),
            again="What is the gradient of the first number in the row of *the*?",
            at=backward("x", "E"),
            explain="Now *the* stands in one place only, which sends 2.",
            mistakes=(
                Mistake("That is the second number's.", gradient("E", 0, 1)),
                Mistake("That is the number that stands in the table.", value("E", 0, 0)),
            ),
        ),
        Question(
            ask="Choose *blue house*. What is the gradient of the first number in the row of *the*?",
            values={"sentence": "blue house"},
            answer=gradient("E", 0, 0),
            at=backward("x", "E"),
            explain="*the* does not occur, so its row takes no part, and its gradient is 0.",
            mistakes=(
                Mistake(
                    "That is what each vector in the sentence gets. *the* is not among them.", value("w", 0)
                ),
                Mistake("That is the number that stands in the table.", value("E", 0, 0)),
            ),
        ),
        Question(
            ask="Back to *the house the*, with a learning rate of 0.1: what is the first number in the row "
            "of *the* after the step?",
            answer=lambda trace: trace.value("E")[0, 0] - STEP * trace.gradient("E")[0, 0],
            again="With a learning rate of 0.1: what is the first number in the row of *the* after the step?",
            at=update("E"),
            explain="$1 - 0.1 \\times 4 = 0.6$. A word that occurs often is moved often.",
            mistakes=(
                Mistake(
                    "You counted *the* once. It stands in two places.",
                    lambda trace: trace.value("E")[0, 0] - STEP * trace.gradient("x")[0, 0],
                ),
                Mistake(
                    "You went with the gradient, uphill.",
                    lambda trace: trace.value("E")[0, 0] + STEP * trace.gradient("E")[0, 0],
                ),
            ),
        ),
    ),
    experiment=Experiment(
        title="Another sentence",
        text="Take *blue house* in place of *the house the*. Which rows of the table learn from it?",
        values={"sentence": "blue house"},
        reveals="Those of *blue* and *house*, with 2 and −1 each. The row of *the* gets 0. In a table of "
        "30,000 tokens, all rows but a few get 0 from one sentence.",
        at=backward("EmbedToken/x", "E"),
        open=("EmbedToken",),
    ),
    charts=(
        Chart(
            title="Words in a plane",
            text="Two numbers make a row a point. On the line the score is 0, on its blue side above 0. "
            "Each step of 0.1 lowers the score of the sentence: its words go straight for the other side, "
            "*the* twice as far if it stands there twice. A word that does not occur stays.",
            draw=words_in_a_plane,
            settings=(
                Choice("sentence", SENTENCES, SENTENCES[0], about="which sentence teaches"),
                Input("steps", 1, low=0, high=5, step=1, about="how many steps of 0.1"),
            ),
        ),
    ),
)

COLLAPSE = Part(
    title="Many vectors, one answer",
    text="To tell a sentence's category we need one vector, not one for each word. *Collapse* makes one of "
    "many: the first, the last, or the average. Then a [[score]] is taken as in lesson 7.",
    build=collapse_to_one,
    inputs=(
        Choice("sentence", SENTENCES, "the blue house", about="which sentence"),
        Choice("how", ("average", "first", "last"), "average", about="how to collapse"),
        TABLE,
        WEIGHTS,
    ),
    walk=(
        Stop(
            "The sentence is *the blue house*, and the table is the same: three words, three vectors.",
            start(),
        ),
        Stop(
            "The average is their sum divided by $L$, the number of words. However long the sentence is, "
            "**vector** has two numbers.",
            forward("vector"),
            predict=Question(
                ask="What is its first number?",
                answer=value("vector", 0),
                explain="$(1 + 0 + 1) / 3 = 0.667$.",
                mistakes=(Mistake("That is the sum. Divide it by the number of words.", lambda trace: 2.0),),
            ),
        ),
        Stop("The score is $2 \\times 0.667 - 1 \\times 0.667 = 0.667$.", forward("score")),
        Stop(
            "On the way back **vector** gets the weights, 2 and −1. Each word had a third of the average, so "
            "each gets a third of the gradient: 0.667 and −0.333.",
            backward("vector", "x"),
        ),
        Stop(
            "Now the last is taken in place of the average. *house* alone is scored, and it gets all of the "
            "gradient: 2 and −1. The other words get 0.",
            backward("vector", "x"),
            {"how": "last"},
        ),
        Stop(
            "And now the first, *the*. Whatever follows it is not asked.",
            forward("score"),
            {"how": "first"},
            predict=Question(
                ask="What is the score?",
                answer=value("score"),
                explain="$2 \\times 1 - 1 \\times 0 = 2$: the row of *the*, times the weights.",
                mistakes=(
                    Mistake(
                        "That is the score of the average.",
                        lambda trace: float(trace.value("x").mean(0) @ trace.value("w")),
                    ),
                    Mistake(
                        "That is the score of the last, *house*.",
                        lambda trace: float(trace.value("x")[-1] @ trace.value("w")),
                    ),
                ),
            ),
        ),
        Stop(
            "Its row of the table gets all of the gradient, 2 and −1. The rows of *blue* and *house* get 0: "
            "they were fetched, but not asked.",
            backward("x", "E"),
            {"how": "first"},
        ),
    ),
    nudge=Nudge("E", cell=(2, 0)),
    questions=(
        Question(
            ask="Choose *the house the*, with the average. What is the gradient of the first number in the "
            "row of *the*?",
            values={"sentence": "the house the"},
            answer=gradient("E", 0, 0),
            again="What is the gradient of the first number in the row of *the*?",
            at=backward("x", "E"),
            explain="Each place gets a third of 2, and *the* has two places: $2/3 + 2/3 = 1.33$.",
            mistakes=(
                Mistake("That is what one of its two places gets.", gradient("x", 0, 0)),
                Mistake("The average divides by three: each place gets a third.", lambda trace: 4.0),
                Mistake("That is what arrives at the average.", gradient("vector", 0)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Shuffle the words",
        text="Take *house the blue*, the same words in another order. What will the score be?",
        values={"sentence": "house the blue"},
        reveals="0.667, as before. An average cannot tell *dog bites man* from *man bites dog*. A network "
        "that is to read must let the vectors take notice of each other first: that is what the next "
        "lessons are about.",
        at=forward("score"),
    ),
    charts=(
        Chart(
            title="Who fills the table",
            text="Ten short film reviews, five good and five bad. The network averages the rows of a "
            "review's words and takes a score, as here; the [[hinge]] of lesson 7 compares it with the "
            "review's label. No word has a label. Set the steps to 0, then let the rows learn, and watch "
            "*great* and *dull*. *the* stands in three good reviews and in three bad ones: they push its row "
            "up and down, and it stays near 0.",
            draw=learnt_words,
            settings=(Input("steps", 40, low=0, high=40, step=5, about="how many steps of training"),),
        ),
    ),
)

LESSON = Lesson(
    title="EmbedToken and Collapse",
    chapter="Sequences",
    goal="Turn words into vectors that can learn, and many vectors into one.",
    needs="Lessons 5, 7 and 9.",
    parts=(LOOK_UP, COLLAPSE),
    can_do=(
        "Look a sentence up in a table, and say which rows get a gradient from it.",
        "Add up the gradient of a row that is used several times.",
        "Say what each way to collapse keeps, and what it forgets.",
    ),
    summary=(
        "A token's vector is a row of a table, the same one wherever the token stands.",
        "A row collects a gradient from each place that used it; unused rows get 0.",
        "The average forgets the order, the first and the last forget the rest.",
    ),
)
