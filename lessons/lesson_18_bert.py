# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""TransformerBlock and BERT: 24 blocks, each with weights of its own, and what keeps so deep a stack alive.

Source: Devlin and others, BERT: pre-training of deep bidirectional transformers, 2019.
"""

from functools import cache

import numpy as np

from engine import Tensor
from engine.functional import softmax
from engine.nn import BERT, Attention, FeedForward, Module, TransformerBlock
from engine.nn.module import named
from engine.nn.norm import AddNorm
from engine.scope import Kind
from lessons.chart import Bars, Chart, Curves, Line
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
from lessons.models.model_bert import GUESSES, SENTENCES, guesses

BLOCKS = 24
ALIKE, UNLIKE, ONE_SET = "24 sets", "24 sets, unlike", "one set"


class Bend(Module):
    """The smallest block that there is: x + tanh(w x), with one weight of its own; or without the x."""

    def __init__(self, residual: bool, w: float = 0.5) -> None:
        self.w = Tensor(w)
        self.residual = residual
        self.kind = Kind(
            "block",
            formula="<x> + \\tanh(w <x>)" if residual else "\\tanh(w <x>)",
            says="Multiply <x> by w, bend it" + (", and add <x>." if residual else "."),
            says_backward="The gradient goes through the bend"
            + (" and around it." if residual else " alone."),
        )

    def forward(self, x):
        """A number -> a number."""
        z = self.w * x
        bent = z.tanh()
        return x + bent if self.residual else bent


def one_block(x):
    block = TransformerBlock(4, 1, 8, seed=0)
    out = block(x)
    first = out[0, 0]
    return first


def each_alone(x):
    forward = FeedForward(4, 4, 8, seed=0)
    block = AddNorm(forward, 4)
    out = block(x)
    first = out[0, 0]
    return first


def stack(weights, x):
    blocks = bends(weights, residual=True)
    for k in range(24):
        x = apply(blocks, k, x)
    return x


def without_residuals(weights, x):
    blocks = bends(weights, residual=False)
    for k in range(24):
        x = apply(blocks, k, x)
    return x


def bends(weights: str, residual: bool) -> list[Bend]:
    """24 blocks, each with a weight of its own; or one block, 24 times."""
    if weights == ONE_SET:
        return BLOCKS * [Bend(residual)]
    return [Bend(residual, (k + 1) / 25 if weights == UNLIKE else 0.5) for k in range(BLOCKS)]


def apply(blocks, k, h):
    """What block k, counted from 0, makes of h, under a name of its own: h1, h2, …"""
    return named(blocks[k].called(f"block {k + 1}", h), f"h{k + 1}")


def who_acts(sentence):
    reader = find_model("bert-24").load()
    vectors = reader.bert(["<cls>", *sentence.split()])
    first = reader.collapse(vectors)
    scores = reader.classify(first)
    p = softmax(scores)
    person = p[0]
    return person


def over_depth(when: str) -> Curves:
    """The size of the gradient at each of the 24 blocks: of BERT, and without what keeps it level."""
    kinds = (
        ("AddNorm", "bert-24"),
        ("without residuals", "bert-24-no-residuals"),
        ("without norm", "bert-24-no-norm"),
        ("without both", "bert-24-bare"),
    )
    back = list(range(BLOCKS))
    lines = []
    for name, model in kinds:
        moment = find_model(model).moments[-1 if when == "after training" else 0]
        sizes = moment.shown["scales"]["gradient"][::-1]
        lines.append(Line(name, back, sizes, "gradient", strong=name == "AddNorm"))
    return Curves("blocks back from the end", "size of the gradient", tuple(lines), log=True)


@cache
def guessed(sentence: str) -> Bars:
    """What the shipped BERT guesses for the masked word."""
    likely = list(guesses(find_model("bert-24").load(), sentence).items())[:6]
    return Bars(tuple(name for name, _ in likely), (("", [p for _, p in likely]),), "probability")


def weights_of(tokens: int, places: int, d: int, wide: int, blocks: int) -> dict[str, int]:
    """How many numbers a BERT of these sizes learns, by part.

    >>> weights_of(49, 16, 16, 32, 24)
    {'tokens': 784, 'positions': 256, 'attention': 26112, 'FeedForward': 25728, 'norms': 1536}
    """
    return {
        "tokens": tokens * d,
        "positions": places * d,
        "attention": blocks * 4 * (d * d + d),
        "FeedForward": blocks * (2 * d * wide + wide + d),
        "norms": blocks * 4 * d,
    }


def large() -> Bars:
    """Where the weights of BERT-large are."""
    millions = {name: count / 1e6 for name, count in weights_of(30_522, 512, 1024, 4096, 24).items()}
    return Bars(tuple(millions), (("", list(millions.values())),), "million weights")


IN_BLOCK = ("TransformerBlock",)
FIRST_HALF = ("TransformerBlock", "TransformerBlock/AddNorm")
SECOND_HALF = ("TransformerBlock", "TransformerBlock/AddNorm 2")

BLOCK = Part(
    title="One block",
    text="[[Attention]] lets words talk to each other, and [[AddNorm]] lets it do so safely. "
    "A [[TransformerBlock]] is that, and a [[FeedForward]] on each word by itself, in an AddNorm of its own. "
    "Open it box by box.",
    build=one_block,
    inputs=(
        Input(
            "x",
            [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 2.0, 1.0]],
            low=-2,
            high=2,
            step=0.1,
            about="a row each for the, old, dog",
            labels=(("the", "old", "dog"), ()),
        ),
    ),
    walk=(
        Stop(
            "Three words, “the”, “old” and “dog”, go in with four numbers each, and as many come out. "
            "The box has 156 weights, which start at random.",
            start(),
        ),
        Stop(
            "Inside are two AddNorms. The first wraps attention. Of its 72 weights 64 are the four matrices "
            "of attention, $4 \\times 4$ each, and 8 are the norm's.",
            forward("TransformerBlock/mixed"),
            open=IN_BLOCK,
        ),
        Stop(
            "The words ask each other, and **changed** is what each gets to hear. The weights are random, "
            "so it means nothing yet. Follow where it goes.",
            forward("TransformerBlock/AddNorm/changed"),
            open=FIRST_HALF,
            focus=FIRST_HALF[-1],
        ),
        Stop(
            "It is added to the word itself: the first number of “the” becomes $1 + 0.738 = 1.74$. "
            "The norm then brings each row to mean 0 and variance 1.",
            forward("TransformerBlock/AddNorm/added"),
            open=FIRST_HALF,
            focus=FIRST_HALF[-1],
        ),
        Stop(
            "The second half wraps a FeedForward, which takes each word by itself. Of its 84 weights 76 are "
            "the FeedForward's, the same for all words. The other 8 are the norm's: it adds and normalises "
            "as well.",
            forward("TransformerBlock/AddNorm 2/changed"),
            open=SECOND_HALF,
            focus=SECOND_HALF[-1],
        ),
        Stop("Out come three rows of four: as many as went in. So blocks can be stacked.", forward("out")),
        Stop(
            "Back. **first** asks about the first word alone. The second half let no words talk.",
            backward("TransformerBlock/out", "mixed"),
            open=IN_BLOCK,
            predict=Question(
                ask="What is the gradient of the second word's first number in **mixed**?",
                answer=gradient("mixed", 1, 0),
                explain="In the second half each word goes its own way, so only the first row counts.",
                mistakes=(
                    Mistake(
                        "That is the first word's. What has the second word to do with it, so late?",
                        gradient("mixed", 0, 0),
                    ),
                ),
            ),
        ),
        Stop(
            "Then comes attention, and all three rows of **x** get a gradient: the second word's first "
            "number 0.0396. Through attention every word has a say in every other.",
            backward("TransformerBlock/mixed", "x"),
            open=IN_BLOCK,
        ),
    ),
    nudge=Nudge("x", cell=(1, 0)),
    questions=(
        Question(
            ask="How many of the 12 numbers in **mixed**, between the two halves, have a gradient that is "
            "not 0?",
            answer=lambda trace: float(np.count_nonzero(trace.gradient("mixed"))),
            explain="Those of the first word. After **mixed** no words talk any more.",
            mistakes=(
                Mistake(
                    "So it is in **x**. Between **mixed** and the end no words talk.", lambda trace: 12.0
                ),
                Mistake("That is one number. The norm couples all four of a row.", lambda trace: 1.0),
            ),
        ),
        Question(
            ask="With four numbers a word, attention has 64 weights. How many would it have with eight?",
            answer=lambda trace: float(Attention(8).size()),
            explain="Four matrices of $8 \\times 8$: 256. Twice the width takes four times the weights.",
            mistakes=(
                Mistake("Twice the width means twice the rows and twice the columns.", lambda trace: 128.0),
                Mistake("That is one matrix. There are four.", lambda trace: 64.0),
            ),
        ),
    ),
    experiment=Experiment(
        title="Leave attention out",
        text="Keep the second half alone. Which rows of **x** will get a gradient?",
        build=each_alone,
        reveals="The first row only. Without attention each word is on its own, however deep the stack is.",
        at=backward("out", "x"),
    ),
)

STACK = Part(
    title="Twenty-four sets of weights",
    text="BERT applies a block 24 times. That is not a loop over one block: each of the 24 has weights of "
    "its "
    "own. Here is the barest such stack, on one number: $x + \\tanh(w x)$ in each block. "
    "The drawing folds the 24 into one card with two bars for each: its value, and its gradient.",
    build=stack,
    inputs=(
        Choice("weights", (ALIKE, UNLIKE, ONE_SET), ALIKE, about="weights"),
        Input("x", 1.0, low=-2, high=2, step=0.1, about="what goes in"),
    ),
    walk=(
        Stop("24 blocks in one stack, each with a **w** of its own. All of them start at 0.5.", start()),
        Stop("1 goes in, 23.7 comes out. A block adds less than 1, as tanh stays below 1.", forward("h24")),
        Stop(
            "After 24 blocks **x** gets 2.58. The bars show the gradient at each block: none is lost.",
            backward("h24", "x"),
        ),
        Stop(
            "Now there is one set of weights. It is a loop over one block, as in an RNN: "
            "the drawing shows it, and **w** collects 24 terms, 4.97 together. BERT does not do that.",
            backward("h24", "w"),
            {"weights": ONE_SET},
        ),
        Stop(
            "24 sets need not stay alike, as one set must. Here block 1 has 0.04, block 2 has 0.08, and "
            "so on up to 0.96. Now 1 becomes 19.1, and **x** gets 3.45.",
            backward("h24", "x"),
            {"weights": UNLIKE},
        ),
        Stop(
            "Back to 0.5 in every block, and take block 3 out of the stack. **h2** comes in, 2.09. "
            "Times its own 0.5 that is 1.04.",
            forward("block 3/z"),
            open=("block 3",),
        ),
        Stop(
            "The bend makes it 0.779, and the block adds what came in: **h3** is 2.86.",
            forward("block 3/h3"),
            open=("block 3",),
        ),
        Stop(
            "Back in block 3. 1.18 arrives at **h3**, and the [[residual connection]] hands all of it on, "
            "around the bend.",
            backward("block 3/h3", "h2"),
            open=("block 3",),
        ),
        Stop(
            "The second way leads through the bend. It has left 0.465 at **z**, and **w** is 0.5.",
            backward("block 3/z", "h2"),
            open=("block 3",),
            predict=Question(
                ask="What does **h2** get from both ways together?",
                answer=gradient("h2"),
                explain="$1.18 + 0.465 \\times 0.5 = 1.42$. Block 3 sends back more than it got.",
                mistakes=(
                    Mistake("That is the way around the bend alone. Add the other.", gradient("h3")),
                    Mistake(
                        "That is the way through the bend alone. Add the 1.18 that came around it.",
                        lambda trace: float(trace.gradient("block 3/z")) * 0.5,
                    ),
                    Mistake(
                        "On the second way **w** is still to be multiplied.",
                        lambda trace: float(trace.gradient("h3") + trace.gradient("block 3/z")),
                    ),
                ),
            ),
        ),
    ),
    nudge=Nudge("x"),
    questions=(
        Question(
            ask="Make **x** 0. Then every bend has slope 1, and each block's factor is $1 + 0.5$. "
            "What is the gradient of **x**?",
            values={"x": 0.0},
            answer=gradient("x"),
            at=backward("h24", "x"),
            explain="$1.5^{24} = 16\\,834$. Residuals keep a gradient from vanishing, not from exploding. "
            "The norm in AddNorm sees to that.",
            mistakes=(
                Mistake("Factors along a path multiply. You added them.", lambda trace: 24 * 1.5),
                Mistake("That is the way through the bends alone.", lambda trace: 0.5**24),
                Mistake("That is one block. There are 24.", lambda trace: 1.5),
            ),
        ),
        Question(
            ask="Make **x** 2. Now **h3** gets 1.03, and in block 3 the bend leaves 0.103 at **z**. "
            "What does **h2** get?",
            values={"x": 2.0},
            draws=("x",),
            answer=gradient("h2"),
            explain="$1.03 + 0.103 \\times 0.5 = 1.08$. The farther from 0, the less comes through the bend.",
            mistakes=(
                Mistake("That is the way around the bend alone. Add the other.", gradient("h3")),
                Mistake(
                    "On the second way **w** is still to be multiplied.",
                    lambda trace: float(trace.gradient("h3") + trace.gradient("block 3/z")),
                ),
            ),
            again="Open block 3 in the player, and see what is at **h3** and **z**. "
            "What does **h2** get from both ways at this **x**?",
        ),
    ),
    experiment=Experiment(
        title="Remove the residuals",
        text="Let each block give $\\tanh(w x)$ alone, without the $x$. How much of the 2.58 will be left?",
        build=without_residuals,
        reveals="4.37e−8. Each block's factor is at most 0.5 now, and 24 of them leave nothing. "
        "The two rows of bars have scales of their own. With residuals they grow on the way back from 1 to "
        "2.58. Without, they fall from 1 to 4.37e−8.",
        at=backward("h24", "x"),
    ),
)

POSITIONS = "BERT/LearnedPositions"
TURNED = "the girl is followed by the old dog"

BERT_PART = Part(
    title="BERT, trained",
    text="[[BERT]]: embed the tokens, add positions, then 24 TransformerBlocks. "
    "Ours keeps the 24 blocks, but its vectors have 16 numbers instead of 1024. "
    "It first learnt to guess masked words, and then to say who acts in a sentence: a person or an animal. "
    "What you walk through are its trained weights.",
    build=who_acts,
    inputs=(
        Choice(
            "sentence",
            (
                SENTENCES[1],
                TURNED,
                SENTENCES[0],
                "the farmer is seen by the cat",
                "the queen hears the mouse",
            ),
            SENTENCES[1],
            about="sentence",
        ),
    ),
    walk=(
        Stop(
            "“The old dog is followed by the girl.” Who follows? The words alone do not tell: "
            "one must see how they belong together.",
            start(),
        ),
        Stop(
            "BERT makes a vector of each token, and of a mark `<cls>` in front: nine in all.",
            forward("vectors"),
        ),
        Stop(
            "Open it: each token's row is looked up (lesson 13). “The” occurs twice, and both have the same "
            "row, which begins with 0.321. Attention could not tell them apart.",
            forward("BERT/embedded"),
            open=("BERT",),
        ),
        Stop(
            "So each is told its place: a learnt row of **P** is added. Place 1 begins with −0.903, and the "
            "first “the” with $0.321 - 0.903 = -0.582$. Place 7 begins with 1.18.",
            forward(f"{POSITIONS}/placed"),
            open=("BERT", POSITIONS),
            predict=Question(
                ask="With what does the second “the”, at place 7, begin now?",
                answer=value("placed", 7, 0),
                explain="$0.321 + 1.18 = 1.5$. The same word at another place is another vector.",
                mistakes=(
                    Mistake("That is the word alone. Add its place.", value("embedded", 7, 0)),
                    Mistake("That is the first “the”. The second stands at place 7.", value("placed", 1, 0)),
                    Mistake("That is the place alone. Add the word.", value("rows", 7, 0)),
                ),
            ),
        ),
        Stop(
            "Look into block 3 of the 24. It is a box as in the first part, with 16 numbers a word, and with "
            "two heads and biases in its attention. It has 2224 weights, and no other block uses them.",
            forward("BERT/block 3/x3"),
            open=("BERT", "BERT/block 3"),
            focus="BERT/block 3",
        ),
        Stop(
            "[[Collapse]] keeps the first vector, the one of `<cls>`. It has heard the whole sentence.",
            forward("first"),
        ),
        Stop(
            "Two scores: 2.94 for a person, −2.68 for an animal. The softmax makes shares of them: 0.996 for "
            "person. A person acts, the girl.",
            forward("p"),
        ),
        Stop(
            "Back through the softmax, with the slope $a(1 - a)$ of lesson 16. It is nearly sure, so only "
            "0.00361 reaches the scores.",
            backward("p", "scores"),
        ),
        Stop(
            "After the last block only `<cls>` has a gradient: the tall bar, 0.00516. That block's norm "
            "takes out what would stretch the vector (lesson 17), and leaves 9.4e−4. The residuals pass "
            "4.2e−4 to the start.",
            backward("BERT/vectors", "placed"),
            open=("BERT",),
        ),
    ),
    questions=(
        Question(
            ask="BERT has 54,416 weights, $24 \\times 2224$ of them in its blocks. How many would it have if "
            "one block were used 24 times?",
            answer=lambda trace: float(one_set()),
            explain="$54\\,416 - 23 \\times 2224 = 3264$: the tokens, the places and one block.",
            mistakes=(
                Mistake("So it is with 24 sets. Now there is one.", lambda trace: float(reader().size())),
                Mistake(
                    "Tokens and places have weights, too.", lambda trace: float(reader().blocks[0].size())
                ),
                Mistake(
                    "The one block is still there. Take away 23.",
                    lambda trace: float(one_set() - reader().blocks[0].size()),
                ),
            ),
        ),
        Question(
            ask="“The queen hears the mouse”: the row of “mouse” begins with −0.496, and that of its place "
            "with 0.335. With what does “mouse” begin in **placed**?",
            values={"sentence": "the queen hears the mouse"},
            draws=("sentence",),
            answer=lambda trace: float(trace.value("placed")[-1, 0]),
            explain="$-0.496 + 0.335 = -0.161$. Word and place are one vector from here on.",
            mistakes=(
                Mistake(
                    "That is the word alone. Add its place.",
                    lambda trace: float(trace.value("embedded")[-1, 0]),
                ),
                Mistake(
                    "That is the place alone. Add the word.", lambda trace: float(trace.value("rows")[-1, 0])
                ),
            ),
            again="Open BERT in the player, and see the row of the last word and that of its place. "
            "With what does that word begin in **placed**?",
        ),
    ),
    experiment=Experiment(
        title="Turn it round",
        text="“The girl is followed by the old dog.” The same words, the other way round. Who acts now?",
        values={"sentence": TURNED},
        reveals="An animal: the share of person falls to 0.00556. "
        "BERT looks both ways, so `<cls>` in front knows all that follows. For the same reason it cannot "
        "write text word by word: it would have seen the next word.",
        at=forward("p"),
    ),
    charts=(
        Chart(
            title="Gradient over depth",
            text="The real thing: 24 blocks with 16 numbers a vector. Before training, with AddNorm "
            "the gradient is as large at the first block as at the last, 0.004. Without residuals 1.18e−5 is "
            "left, without norm it explodes to 593 thousand, and without both it vanishes: 3.26e−19. After "
            "training AddNorm's falls from 0.00169 to 0.000272, and goes no lower than 0.0002.",
            draw=over_depth,
            settings=(
                Choice("when", ("before training", "after training"), "before training", about="when"),
            ),
        ),
        Chart(
            title="Guess the masked word",
            text="What BERT learnt first. The mask hides a word, and the vector at its place, which has "
            "listened to "
            "both sides, is compared with every token. In our sentences the one who acts is the one who is "
            "tired. The dog sees, and “it” gets 0.997.",
            draw=guessed,
            settings=(Choice("sentence", GUESSES, GUESSES[0], about="sentence"),),
        ),
        Chart(
            title="BERT-large",
            text="The BERT that was published has vectors of 1024 numbers and 30,522 tokens. Nine tenths of "
            "its "
            "weights, 302 of 334 million, are in the 24 blocks.",
            draw=large,
        ),
    ),
)


def reader() -> BERT:
    """The shipped BERT."""
    return find_model("bert-24").load().bert  # type: ignore[no-any-return]


def one_set() -> int:
    """How many weights the shipped BERT would have if all its blocks were one."""
    return reader().size() - (BLOCKS - 1) * reader().blocks[0].size()


LESSON = Lesson(
    title="TransformerBlock and BERT",
    chapter="Transformers and language",
    goal="Open one block, stack 24 of them, and see what keeps them alive.",
    needs="Lessons 16 and 17.",
    parts=(BLOCK, STACK, BERT_PART),
    can_do=(
        "Name the parts of a TransformerBlock, and say in which of them words talk to each other.",
        "Tell a stack of 24 blocks from a loop over one, by its weights.",
        "Explain what residuals and norms each do for the gradient of a deep stack.",
    ),
    summary=(
        "A TransformerBlock is attention, then FeedForward on each word, each in an AddNorm.",
        "BERT is 24 such blocks with 24 sets of weights, after embedding and positions.",
        "Residuals keep the gradient from vanishing, and norms keep it from exploding.",
    ),
)
