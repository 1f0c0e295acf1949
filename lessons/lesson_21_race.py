# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""RNNs against Transformers: which word came first? One carries it along, the other looks back."""

from collections import deque
from functools import cache

import numpy as np

from engine import Tensor, Trace, record, watch
from engine.functional import cat, softmax
from engine.nn import LSTM, LearnedPositions, Module, SequenceRNN, SimpleRNN, Transformer
from engine.scope import Kind
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
    forward,
    gradient,
    start,
    value,
)
from lessons.models import find_model
from lessons.models.model_recall import DISTANCES, SETTINGS, WORDS

NETWORKS = {"SimpleRNN": "recall-rnn", "LSTM": "recall-lstm", "Transformer": "recall-transformer"}
LENGTHS = (5, 10, 20, 50)
SIZE = 8  # of the vectors in the charts of cost


class Step(Module):
    """One step of the barest RNN: the state times w."""

    kind = Kind(
        "step",
        formula="<x> \\cdot <y>",
        says="Keep the part <x> of the state <y>.",
        says_backward="A product: on its way back the gradient is multiplied by w.",
    )

    def forward(self, w, h):
        """A weight and a state -> the next state."""
        new = w * h
        return new


def two_ways(L, w, s, x):
    h = x
    step = Step()
    for k in range(1, L):
        h = step.called(f"step {k}", w, h)
    others = Tensor([0.0] * (L - 1), requires_grad=False, name="others")
    scores = cat([s, others], 0)
    weights = softmax(scores)
    share = weights[0]
    looked = share * x
    both = h + looked
    return both


def first_word(network, L, end):
    model = find_model(NETWORKS[network]).load()
    embedded = model.embed(words(L))
    vectors = model.sequence_model(embedded)
    last = model.collapse(vectors)
    rows = model.embed.E.T
    scores = last @ rows
    if end == "score":
        red = scores[0]
        return red
    p = softmax(scores)
    chance = p[0]
    log = chance.log()
    loss = -log
    return loss


def without_positions(network, L, end):
    model = find_model("recall-transformer").load()
    embedded = model.embed(words(L))
    vectors = model.sequence_model.blocks[0](embedded)
    last = model.collapse(vectors)
    rows = model.embed.E.T
    scores = last @ rows
    p = softmax(scores)
    chance = p[0]
    log = chance.log()
    loss = -log
    return loss


def words(count: int) -> list[str]:
    """Words by chance, of which the first is red and no other."""
    others = np.random.default_rng(1).integers(1, len(WORDS), count - 1)
    return ["red", *(WORDS[i] for i in others)]


def network_of(kind: str) -> Module:
    """A small network of one kind, with its first weights."""
    if kind == "Transformer":
        return Transformer(SIZE, 1, 1, SIZE, LearnedPositions(max(LENGTHS), SIZE, 0), seed=0)
    return SequenceRNN((LSTM if kind == "LSTM" else SimpleRNN)(SIZE, SIZE, seed=0))


@cache
def traced(kind: str, length: int) -> Trace:
    """What such a network does with a sequence of this length, read off at its last place."""
    network = network_of(kind)
    x = Tensor(np.random.default_rng(0).normal(size=(length, SIZE)), name="x")
    with watch():
        vectors = network(x)
        out = vectors[length - 1].sum()
    return record(out)


def chain(trace: Trace) -> int:
    """How many operations must wait for each other: the longest way through the graph."""
    depth = [0] * len(trace)
    for i, inputs in enumerate(trace.inputs):
        if inputs:
            depth[i] = 1 + max(depth[j] for j in inputs)
    return depth[trace.root]


def way(trace: Trace, kind: str, length: int) -> int:
    """How many operations lie between the first vector and the last place, on the shortest way.

    In an RNN it leads through the first vector, x1, to the last state; in a Transformer through what all
    vectors have to offer, v, to the last vector.
    """
    through = trace.find("v" if kind == "Transformer" else "x1")
    goal = trace.find("vectors" if kind == "Transformer" else f"h{length}")
    return shortest(trace, trace.find("x"), through) + shortest(trace, through, goal)


def shortest(trace: Trace, begin: int, goal: int) -> int:
    """How many operations lie between two nodes, on the shortest way."""
    distance = {begin: 0}
    waiting = deque([begin])
    while goal not in distance:
        i = waiting.popleft()
        for j, _ in trace.consumers[i]:
            if j not in distance:
                distance[j] = distance[i] + 1
                waiting.append(j)
    return distance[goal]


def steps(trace: Trace) -> int:
    """How many steps the barest RNN of the first part takes."""
    return trace.names.count("h")


def numbers(trace: Trace) -> int:
    """How many numbers are computed."""
    return sum(np.size(value) for value, inputs in zip(trace.values, trace.inputs, strict=True) if inputs)


def scores_in(trace: Trace) -> int:
    """How many scores attention computes; none without attention."""
    boxes = zip(trace.names, trace.homes, trace.values, strict=True)
    return sum(np.size(one) for name, home, one in boxes if name == "scores" and home is not None)


def cost(what: str) -> Curves:
    """What each kind takes for a sequence, as it gets longer: counted in its graph."""
    lengths = list(LENGTHS)
    lines = []
    for kind in NETWORKS:
        traces = [traced(kind, length) for length in lengths]
        if what == "operations in a row":
            y = [chain(trace) for trace in traces]
        elif what == "way from the first word":
            y = [way(trace, kind, length) for trace, length in zip(traces, lengths, strict=True)]
        else:
            y = [numbers(trace) for trace in traces]
        lines.append(Line(kind, lengths, y, "other", strong=kind == "Transformer"))
    return Curves("tokens, L", what, tuple(lines))


def while_training(steps: int) -> Curves:
    """The loss of each over the first steps of its training."""
    lines = []
    for kind, model in NETWORKS.items():
        points = [(step, loss) for step, loss in find_model(model).record.loss if step <= steps]
        lines.append(Line(kind, [x for x, _ in points], [y for _, y in points], strong=kind == "Transformer"))
    return Curves("steps of training", "loss", tuple(lines))


def remembered(step: int) -> Curves:
    """How often the first word is told right after so many steps of training, by how far back it is."""
    return Curves(
        "words since the first",
        "share told right",
        tuple(
            Line(kind, DISTANCES, shown(model, step)["accuracy"], strong=kind == "Transformer")
            for kind, model in NETWORKS.items()
        ),
    )


def reaching(when: str) -> Curves:
    """The size of the gradient at the first word's vector, by distance; what is too small is left out."""
    lines = []
    for kind, model in NETWORKS.items():
        sizes = shown(model, TRAINED if when == "after training" else 0)["gradient"]
        kept = [(x, y) for x, y in zip(DISTANCES, sizes, strict=True) if y > SMALLEST]
        lines.append(
            Line(kind, [x for x, _ in kept], [y for _, y in kept], "gradient", strong=kind == "Transformer")
        )
    return Curves("words since the first", "gradient at the first word", tuple(lines), log=True)


def shown(model: str, step: int) -> dict[str, list[float]]:
    """What was measured of a network after so many steps of its training, one of `MOMENTS`."""
    return next(moment.shown for moment in find_model(model).moments if moment.step == step)


SMALLEST = 1e-12
MOMENTS = SETTINGS.moment_steps
TRAINED = MOMENTS[-1]
GATE = "SequenceRNN/step 5/forget gate"
ATTENTION = "Transformer/block 1/AddNorm/Attention"
TO_SOFTMAX = (
    "Transformer",
    "Transformer/block 1",
    "Transformer/block 1/AddNorm",
    ATTENTION,
    f"{ATTENTION}/softmax",
)

BOTH = Part(
    title="Carry or look back",
    text="A word comes first, and after many others it is needed again. "
    "An RNN carries it along, step by step; attention looks back at it. "
    "Here are the barest of both: a state times **w** in each step, and a [[softmax]] "
    "in which the first word has the score **s**.",
    build=two_ways,
    inputs=(
        Choice("L", LENGTHS, 10, about="words"),
        Input("w", 0.9, low=0, high=1.2, step=0.05, about="what a step keeps of the state"),
        Input("s", [5.0], low=-2, high=8, step=0.5, about="the first word's score"),
        Input("x", 1.0, low=-2, high=2, step=0.1, about="the first word"),
    ),
    walk=(
        Stop(
            "Ten words; the first, **x**, is 1. Two ways lead from it to the end: one carries it along, step "
            "by step, the other looks back at it.",
            start(),
        ),
        Stop(
            "The first way has nine steps, in one stack. Each keeps 0.9: $0.9^9 = 0.387$ is left.",
            forward("h"),
        ),
        Stop(
            "The second way: the first word has the score 5, the nine others have 0. "
            "So the first word gets $e^5 / (e^5 + 9) = 0.943$, with $e^5 = 148.4$.",
            forward("weights"),
        ),
        Stop("One product, and the word is there: 0.943 of it.", forward("looked")),
        Stop("Back by the second way it is one step: **x** gets 0.943.", backward("looked", "x")),
        Stop(
            "Back by the first way nine steps, and each multiplies by 0.9.",
            backward("h", "x"),
            predict=Question(
                ask="What is the gradient of **x** now, from both ways?",
                answer=gradient("x"),
                explain="$0.943 + 0.387 = 1.33$. Most of it came by looking back.",
            ),
        ),
        Stop(
            "With 50 words there are 49 steps: $0.9^{49} = 0.00573$ is left. "
            "In the look back 49 others want their share now, each with $e^0 = 1$ beside the 148.4.",
            forward("share"),
            {"L": 50},
            predict=Question(
                ask="How large is the first word's share still?",
                answer=value("share"),
                explain="$148.4 / (148.4 + 49) = 0.752$. The way is no longer, but more words share.",
                mistakes=(
                    Mistake("So it was with nine others. Now there are 49.", lambda trace: 148.4 / 157.4),
                    Mistake("So it would be if all 50 had the same score.", lambda trace: 0.02),
                    Mistake(
                        "Five times as many words do not make a fifth of it: the 148.4 is far above 49.",
                        lambda trace: 148.4 / 157.4 / 5,
                    ),
                ),
            ),
        ),
        Stop(
            "With **w** = 1 nothing is lost on the way. That is what the open forget gate of an LSTM does, "
            "in lesson 15.",
            backward("h", "x"),
            {"L": 50, "w": 1.0},
        ),
    ),
    nudge=Nudge("x"),
    questions=(
        Question(
            ask="Make **w** 0.5 and take 5 words. What is left of **x** in the last state **h**?",
            values={"w": 0.5, "L": 5},
            draws=("w", "L"),
            answer=lambda trace: float(trace.value(f"step {steps(trace)}/h")),
            explain="Four steps: $0.5^4 = 0.0625$.",
            mistakes=(
                Mistake("That is five steps. Between five words there are four.", lambda trace: 0.5**5),
                Mistake("Each step multiplies. You multiplied once.", value("w")),
            ),
            again="**x** is 1. What is left of it in the last state, with this **w** and so many words?",
        ),
        Question(
            ask="Take 50 words. How many steps must wait for each other on the way of the RNN?",
            values={"L": 50},
            draws=("L",),
            answer=lambda trace: float(steps(trace)),
            tolerance=0.005,  # 50 is a mistake
            explain="49, one after the other. No computer can do the tenth before the ninth. "
            "The scores of attention need not wait for each other.",
            mistakes=(
                Mistake("That is attention's way.", lambda trace: 1.0),
                Mistake("Between 50 words there is one step less.", lambda trace: 50.0),
            ),
            again="How many steps must wait for each other on the way of the RNN, with so many words?",
        ),
    ),
    experiment=Experiment(
        title="From 10 words to 50",
        text="Five times as many words. What will be left of the gradient on each way?",
        values={"L": 50},
        reveals="By steps 0.00573 instead of 0.387: one part in 68 of what it was. By looking back 0.752 "
        "instead of 0.943, and a larger score would mend that. Training finds one.",
        at=backward("h", "x"),
    ),
    charts=(
        Chart(
            title="What it takes",
            text="Counted in the graphs of networks with vectors of 8 numbers. "
            "Operations that must wait for each other: an RNN needs more for every token, a Transformer "
            "does not: it pays in numbers, since it compares each token with each. "
            "From the first word an LSTM has a shorter way than a SimpleRNN. Along its memory c a step is a "
            "product and a sum; a SimpleRNN's has a tanh on top.",
            draw=cost,
            settings=(
                Choice(
                    "what",
                    ("operations in a row", "way from the first word", "numbers computed"),
                    "operations in a row",
                    about="what is counted",
                ),
            ),
        ),
    ),
)

RACE = Part(
    title="The race",
    text="Three networks with equally many weights, about 3400, have learnt the same task: "
    "read words, and say at the end which came first. They trained on up to 100 words. "
    "You walk to the right answer, red: to its score, or to the loss, $-\\ln p$ of it.",
    build=first_word,
    inputs=(
        Choice("network", tuple(NETWORKS), "Transformer", about="network"),
        Choice("L", LENGTHS, 10, about="words"),
        Choice("end", ("score", "loss"), "score", about="walk to the"),
    ),
    walk=(
        Stop(
            "The words are drawn by chance from eight. Only the first is red, which has the number 0.",
            start(),
        ),
        Stop(
            "The SimpleRNN gives red 0.149, but grey 0.173: six of the eight words get about as much. "
            "It has kept one thing only: not blue, not gold.",
            forward("p"),
            {"network": "SimpleRNN", "end": "loss"},
        ),
        Stop(
            "Back from the score of red. The first row of **embedded**, the first word, gets 5.8e−8: "
            "training has saturated the state. The last chart shows 0.0046 eight words back before training, "
            "and 1.8e−6 after.",
            backward("vectors", "embedded"),
            {"network": "SimpleRNN"},
            open=("EmbedToken",),
        ),
        Stop(
            "The LSTM is nearly sure: the loss, $-\\ln p$ of red, is 0.000213. That of the SimpleRNN is 1.9.",
            forward("loss"),
            {"network": "LSTM", "end": "loss"},
        ),
        Stop(
            "In its forget gate at the fifth word 19 of 20 numbers are above 0.9. It had help: the gates "
            "were set to 0.95 at the start (lesson 15), and training hardly moved them. The SimpleRNN got no "
            "such help.",
            forward(f"{GATE}/f"),
            {"network": "LSTM"},
            open=("SequenceRNN", "SequenceRNN/step 5", GATE),
            focus=GATE,
        ),
        Stop(
            "And so the gradient reaches the first row, and is largest there: its length is 0.419.",
            backward("vectors", "embedded"),
            {"network": "LSTM"},
            open=("EmbedToken",),
        ),
        Stop(
            "Now the Transformer, with the same words. It has no state, and reads all of them at once.",
            forward("embedded"),
            {"network": "Transformer"},
        ),
        Stop(
            "Look at **weights**, its attention as a map: each row belongs to a word that asks. "
            "The last row is the one that counts: only the last word answers.",
            forward(f"{ATTENTION}/softmax/weights"),
            {"network": "Transformer"},
            open=TO_SOFTMAX,
            predict=Question(
                ask="What is the last word's share for the first word?",
                answer=value("weights", 9, 0),
                explain="All of it, to three digits. It looks straight there, past eight other words.",
                mistakes=(
                    Mistake(
                        "So it would be if it looked at all ten alike. It has learnt whom to look at.",
                        lambda trace: 0.1,
                    ),
                ),
            ),
        ),
        Stop(
            "So the loss is small, 0.000148, a little less than the 0.000213 of the LSTM.",
            forward("loss"),
            {"network": "Transformer", "end": "loss"},
        ),
        Stop(
            "The gradient goes the same way back: again the first row gets most, 1.89.",
            backward("vectors", "embedded"),
            {"network": "Transformer"},
            open=("EmbedToken",),
        ),
        Stop(
            "With 50 words it is nearly as sure: the loss is 0.000335. The way is no longer than before.",
            forward("loss"),
            {"network": "Transformer", "L": 50, "end": "loss"},
        ),
        Stop(
            "What it cannot do: its table of positions has 100 rows, so a 101st word has no place. And "
            "it keeps all 50 words, $50 \\times 16$ numbers. The LSTM keeps 40, however many words come.",
            forward("Transformer/placed"),
            {"network": "Transformer", "L": 50},
            open=("Transformer",),
        ),
    ),
    questions=(
        Question(
            ask="How many times is the SimpleRNN's cell applied to 50 words?",
            values={"network": "SimpleRNN", "L": 50},
            answer=lambda trace: float(len([path for path in trace.tree.by_path if "/step " in path])),
            explain="50 times, one after the other, with the same weights.",
            tolerance=0.005,  # 49 is a mistake
            mistakes=(
                Mistake(
                    "So it was in the first part, where the state began as the first word. "
                    "Here it begins with zeros, and reads the first word, too.",
                    lambda trace: 49.0,
                ),
                Mistake("That was so with ten words.", lambda trace: 10.0),
                Mistake("Once for each word: it cannot read two at a time.", lambda trace: 1.0),
            ),
            draws=("L",),
            again="How many times is the SimpleRNN's cell applied to so many words?",
        ),
        Question(
            ask="How many scores does the Transformer's attention compute for 50 words?",
            values={"network": "Transformer", "L": 50},
            answer=lambda trace: float(scores_in(trace)),
            tolerance=0.005,
            explain="$50 \\times 50 = 2500$: every word asks every word. That is the price of the short way.",
            mistakes=(
                Mistake("That is one word's questions. All 50 ask.", lambda trace: 50.0),
                Mistake(
                    "So it is if no word looks at later ones. Here nothing is masked.", lambda trace: 1275.0
                ),
                Mistake("That is if no word asks itself. Here each does, too.", lambda trace: 2450.0),
            ),
            draws=("L",),
            again="How many scores does the Transformer's attention compute for so many words?",
        ),
    ),
    experiment=Experiment(
        title="Remove the positions",
        text="Take the positions out of the Transformer. How will it know which word came first?",
        values={"end": "loss"},
        build=without_positions,
        reveals="It will not. Red has 0.738 only, and green 0.168. Choose 5 words above: now white, which "
        "comes twice, gets 0.914, and red 0.0186. "
        "Attention sees a set of words, and no order. An RNN has its order from reading.",
        at=forward("p"),
    ),
    charts=(
        Chart(
            title="Who learns it first",
            text="The loss of each while it trained: $-\\ln p$ of the first word. "
            "Guessing among eight costs $\\ln 8 = 2.08$. "
            "The LSTM is below 1.9 after 150 steps, the Transformer after 240, and after 405 both are below "
            "0.01. Show all 3000 steps: the SimpleRNN guesses for 1700. Then it learns blue and gold, and no "
            "more.",
            draw=while_training,
            settings=(
                Choice("steps", (600, TRAINED), 600, about="how many steps of the training are shown"),
            ),
        ),
        Chart(
            title="Who remembers",
            text="How often each tells the first word right, on 200 sequences of each length that no "
            "training saw. One in eight is right by chance. "
            "From afar the SimpleRNN gets a quarter, twice as often as by chance: it kept one thing, whether "
            "the word was blue or gold. Go back to step 223: the LSTM is right more than half the time at "
            "any distance, the Transformer less than a third.",
            draw=remembered,
            settings=(Choice("step", MOMENTS, TRAINED, about="after how many steps of training"),),
        ),
        Chart(
            title="What reaches the first word",
            text="The gradient at the first word's vector; what is below 1e−12 is left out. "
            "Before training hardly any reaches it in the SimpleRNN, and so it learns so little from afar. "
            "The LSTM loses less. "
            "After training the Transformer's line is level. The SimpleRNN's falls faster than before, as "
            "its state is saturated.",
            draw=reaching,
            settings=(
                Choice("when", ("before training", "after training"), "before training", about="when"),
            ),
        ),
    ),
)

LESSON = Lesson(
    title="RNNs against Transformers",
    chapter="Transformers and language",
    goal="See who still knows the first word, RNNs or a Transformer, and why.",
    needs="Lessons 14, 15 and 18.",
    parts=(BOTH, RACE),
    can_do=(
        "Count the steps that a gradient takes back to the first word, in an RNN and by attention.",
        "Say what a Transformer gains by looking back, and what it pays for it.",
        "Explain why a Transformer needs positions and an RNN does not.",
    ),
    summary=(
        "An RNN carries what it knows along: as many steps as words, and each may lose some of it.",
        "Attention looks back in one step, at any distance, but compares each word with each.",
        "An LSTM's open gates make carrying work; attention makes it needless.",
    ),
)
