# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""GenerateToken and LanguageModel: from a vector to the next word, and what its gradient is."""

import math
from functools import cache
from itertools import islice

from engine import Tensor
from engine.functional import softmax
from engine.nn import EmbedToken, GenerateToken, LanguageModel, SequenceRNN, SimpleRNN
from lessons.chart import Bars, Chart
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
from lessons.models import find_model
from lessons.models.model_language_model import generated, next_words

WORDS = ("the", "blue", "house")
ROWS = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
NEXT = {
    "the quick brown": "fox",
    "the cat sat on the": "mat",
    "the children of": "israel",
    "and god said": "unto",
}
NETWORKS = {
    "Transformer": "language-transformer",
    "LSTM": "language-lstm",
    "SimpleRNN": "language-rnn",
}


def next_token(right, E, x):
    columns = E.T
    scores = x @ columns
    p = softmax(scores)
    chance = p[WORDS.index(right)]
    log = chance.log()
    loss = -log
    return loss


def tied(E, U, V):
    embed = EmbedToken(WORDS, 2)
    embed.E = E
    cell = SimpleRNN(2, 2, bias=False)
    cell.U, cell.V = U, V
    model = LanguageModel(embed, SequenceRNN(cell))
    p = model("the blue")
    chance = p[2]
    log = chance.log()
    loss = -log
    return loss


def untied(E, U, V):
    embed = EmbedToken(WORDS, 2)
    embed.E = E
    cell = SimpleRNN(2, 2, bias=False)
    cell.U, cell.V = U, V
    E2 = Tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], name="E2")
    model = LanguageModel(embed, SequenceRNN(cell), generate=GenerateToken(E2))
    p = model("the blue")
    chance = p[2]
    log = chance.log()
    loss = -log
    return loss


def complete(text):
    model = find_model("language-transformer").load()
    p = model(text)
    chance = p[model.embed.words.index(NEXT[text])]
    log = chance.log()
    loss = -log
    return loss


@cache
def likely(text: str, network: str, temperature: str) -> Bars:
    """The eight likeliest next words, and how probable each is."""
    loaded = find_model(NETWORKS[network]).load()
    found = next_words(loaded, text, float(temperature))
    best = list(found.items())[:8]
    return Bars(tuple(word for word, _ in best), (("", [p for _, p in best]),), "probability")


@cache
def written(text: str, words_written: int, temperature: str, draw: int) -> Bars:
    """Among which words the next one is picked, once so many are written; and which it will be.

    A text that has come to its full stop stays at that pick.
    """
    network, heat = find_model(NETWORKS["Transformer"]).load(), float(temperature)
    new = list(islice(generated(network, text, draw, heat), words_written + 1))
    so_far = [*text.split(), *new[:-1]]
    best = list(next_words(network, so_far, heat).items())[:8]
    said = f"“{' '.join(so_far)}” goes on with “{new[-1]}”"
    return Bars(tuple(word for word, _ in best), (("", [p for _, p in best]),), "probability", x=said)


def perplexities() -> Bars:
    """Among how many equally likely words each model chooses, on sentences that it has not seen."""
    record = find_model("language-transformer").record
    found = {"pairs of words": record.baselines["bigram, held-out perplexity"]}
    for name, model in NETWORKS.items():
        found[name] = find_model(model).record.figures["held-out perplexity"]
    return Bars(tuple(found), (("", list(found.values())),), "perplexity")


PICK = Part(
    title="Pick a token",
    text="[[EmbedToken]] looks up a vector for a token. [[GenerateToken]] goes the other way: "
    "it compares a vector **x** with the row of **E** for every token. "
    "The better a row matches, the more probable its token is.",
    build=next_token,
    inputs=(
        Choice("right", ("house", "blue", "the"), "house", about="right token"),
        Input("E", ROWS, low=-3, high=3, step=0.1, about="rows for the, blue, house", labels=(WORDS, ())),
        Input("x", [0.5, 2.0], low=-2, high=2, step=0.1, about="the vector"),
    ),
    walk=(
        Stop(
            "Three tokens, “the”, “blue” and “house”: a row of **E** each. The vector **x** is $[0.5, 2]$.",
            start(),
        ),
        Stop(
            "A score for each token: **x** times its row, number by number, added up. "
            "“House” gets $0.5 \\times 1 + 2 \\times 1 = 2.5$.",
            forward("scores"),
        ),
        Stop(
            "The [[softmax]] makes probabilities of them: $e^{0.5} = 1.65$, $e^2 = 7.39$ and $e^{2.5} = "
            "12.2$, "
            "each divided by their sum.",
            forward("p"),
            predict=Question(
                ask="How probable is “house”?",
                answer=value("p", 2),
                explain="$12.2 / (1.65 + 7.39 + 12.2) = 0.574$. “Blue” has 0.348, and “the” has 0.0777.",
                mistakes=(
                    Mistake(
                        "You shared out the scores themselves. The softmax takes $e$ to each score first.",
                        lambda trace: 2.5 / 5,
                    ),
                ),
            ),
        ),
        Stop(
            "The next token is “house”. The [[loss]] is $-\\ln 0.574 = 0.555$: how surprising that is. "
            "If “house” were certain, it would be 0.",
            forward("loss"),
        ),
        Stop(
            "Back through the logarithm: $-1 / 0.574 = -1.74$. Only the right token's probability is in the "
            "loss.",
            backward("log", "chance"),
        ),
        Stop(
            "On through the softmax. Its slope for a score's own share is $a(1 - a)$, as in lesson 16: here "
            "$0.574 \\times 0.426$. What arrives is the −1.74.",
            backward("p", "scores"),
            predict=Question(
                ask="What is the gradient of the score of “house”?",
                answer=gradient("scores", 2),
                explain="$-1.74 \\times 0.574 \\times 0.426 = -0.426$. Since $1.74 \\times 0.574$ is 1, "
                "what is left is $0.574 - 1$. The others get their probabilities, 0.0777 and 0.348.",
                mistakes=(
                    Mistake(
                        "That is the slope alone. Multiply by what arrives.",
                        lambda trace: trace.value("p")[2] * (1 - trace.value("p")[2]),
                    ),
                    Mistake(
                        "The right token's score should rise to make the loss smaller: mind the sign.",
                        lambda trace: 1 - trace.value("p")[2],
                    ),
                ),
            ),
        ),
        Stop(
            "So the scores get **p** minus the [[one-hot]] vector of “house”, together 0. "
            "From them **x** gets $-0.348$ and $-0.0777$. A step of training goes against that, "
            "nearer to the row of “house”.",
            backward("scores", "x"),
        ),
        Stop(
            "Each row of **E** gets **x** times its score's gradient. A step against it pulls the row of "
            "“house” towards **x**, and pushes the others away.",
            end(),
        ),
    ),
    nudge=Nudge("x", cell=(1,)),
    questions=(
        Question(
            ask="Let “blue” be the right token. What is the gradient of its score?",
            values={"right": "blue"},
            draws=("x",),
            answer=gradient("scores", 1),
            at=backward("p", "scores"),
            explain="$0.348 - 1 = -0.652$. The model found it less probable than “house”, so more has to "
            "change.",
            mistakes=(
                Mistake("That is its probability. The right token's is less 1.", value("p", 1)),
                Mistake("That is what “house” gets, which is wrong this time.", gradient("scores", 2)),
            ),
            again="“Blue” is the right token. What is the gradient of its score at this **x**?",
        ),
        Question(
            ask="Make **x** 0 and 0: the vector says nothing. What is the loss?",
            values={"x": [0.0, 0.0]},
            draws=("x",),
            answer=value("loss"),
            at=forward("loss"),
            explain="All scores are 0, so each token has a third: $-\\ln 1/3 = \\ln 3 = 1.1$. "
            "That is the loss of who knows nothing.",
            mistakes=(
                Mistake("That is the probability. The loss is $-\\ln$ of it.", value("chance")),
                Mistake("A loss of 0 means certain. Here all three are equally probable.", lambda trace: 0.0),
                Mistake(
                    "That is the logarithm to base 10. $\\ln$ is to base $e$.", lambda trace: math.log10(3)
                ),
            ),
            again="“House” is the right token. What is the loss at this **x**?",
        ),
    ),
    experiment=Experiment(
        title="A surprise",
        text="Let the right token be “the”, which was the least probable. What happens to loss and gradient?",
        values={"right": "the"},
        reveals="The loss is 2.55 instead of 0.555, and its score gets −0.922. "
        "The more surprising the truth is, the more is learnt from it.",
        at=backward("p", "scores"),
    ),
)

TIED = Part(
    title="One table, twice",
    text="A [[LanguageModel]] reads tokens and says what comes next. "
    "It embeds them, lets a sequence model read them, collapses that to one vector, and generates. "
    "Here the sequence model is the SimpleRNN of lesson 14. "
    "Both ends use the same table **E**: it is [[tied]].",
    build=tied,
    inputs=(
        Input("E", ROWS, low=-2, high=2, step=0.1, about="rows for the, blue, house", labels=(WORDS, ())),
        Input("U", [[0.5, 0.0], [0.0, 0.5]], low=-2, high=2, step=0.1, about="from state to state"),
        Input("V", [[1.0, 0.0], [0.0, 1.0]], low=-2, high=2, step=0.1, about="from token to state"),
    ),
    walk=(
        Stop("The tokens so far are “the blue”, numbers 0 and 1. What comes next?", start()),
        Stop("As one box, the model says 0.216, 0.322 and 0.462: house, probably.", forward("p")),
        Stop(
            "Open it. First **E** is read: a row for each token.",
            forward("LanguageModel/embedded"),
            open=("LanguageModel",),
        ),
        Stop(
            "The RNN reads both, and Collapse keeps its last state, $[0.363, 0.762]$.",
            forward("LanguageModel/x"),
            open=("LanguageModel",),
        ),
        Stop(
            "GenerateToken reads **E** again: each row is compared with that state.",
            forward("LanguageModel/p"),
            open=("LanguageModel",),
        ),
        Stop("House comes next. The loss is 0.771.", forward("loss")),
        Stop(
            "The first gradient for **E**, from writing: for each row $p$ less one-hot, times the state. "
            "House's row begins with −0.195, that of blue with $0.322 \\times 0.363 = 0.117$.",
            backward("LanguageModel/p", "E"),
            open=("LanguageModel",),
        ),
        Stop(
            "The second comes from reading, and is added. Only “the” and “blue” were read: "
            "for blue's first number that adds −0.279, for house nothing.",
            backward("LanguageModel/embedded", "E"),
            open=("LanguageModel",),
            predict=Question(
                ask="What does the first number of blue's row have in the end?",
                answer=gradient("E", 1, 0),
                explain="$0.117 - 0.279 = -0.162$: one table, used twice, so its gradients add.",
                mistakes=(
                    Mistake("That is from reading alone. Add what writing gave.", gradient("embedded", 1, 0)),
                    Mistake(
                        "That is from writing alone. Add what reading gave.",
                        lambda trace: trace.gradient("E")[1, 0] - trace.gradient("embedded")[1, 0],
                    ),
                ),
            ),
        ),
    ),
    nudge=Nudge("E", cell=(2, 0)),
    questions=(
        Question(
            ask="Make **U** zero, so that the RNN forgets “the”. How probable is house?",
            values={"U": [[0.0, 0.0], [0.0, 0.0]]},
            draws=("E",),
            answer=value("p", 2),
            at=forward("p"),
            explain="The state is tanh of the row of “blue”, 0 and 0.762. Now “blue” and “house” score 0.762 "
            "each, and “the” scores 0: $2.14 / (1 + 2.14 + 2.14) = 0.405$.",
            mistakes=(
                Mistake("“The” takes a little, too: $e^0 = 1$.", lambda trace: 0.5),
                Mistake("The three do not score alike: “the” scores 0.", lambda trace: 1 / 3),
            ),
            again="How probable is house at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="Untie E",
        text="Give GenerateToken a table of its own, **E2**, with the same numbers. "
        "What will the row of house in **E** learn?",
        build=untied,
        reveals="Nothing: 0 and 0, since house was never read. What it would have learnt is in **E2**. "
        "Tied, every token learns from being written as well as from being read, and there are 14 numbers "
        "to learn instead of 20.",
        at=backward("p", "E"),
    ),
)

TRAINED = Part(
    title="Trained",
    text="The same boxes, trained: two causal TransformerBlocks, 535 words and 39 thousand weights. "
    "It has read eighteen thousand simple sentences of an old Bible, and a few of ours. "
    "[[Causal]] means that no word sees a later one, so at every place it may guess the next.",
    build=complete,
    inputs=(Choice("text", tuple(NEXT), "the quick brown", about="text"),),
    walk=(
        Stop("“The quick brown” goes in, as the numbers of three words.", start()),
        Stop(
            "Open it: three vectors of 32 numbers.",
            forward("LanguageModel/embedded"),
            open=("LanguageModel",),
        ),
        Stop(
            "Two blocks let them look back at each other. Open the Transformer and its blocks if you like.",
            forward("LanguageModel/vectors"),
            open=("LanguageModel",),
        ),
        Stop(
            "The vector of “brown” has heard the words before it. Collapse keeps it.",
            forward("LanguageModel/x"),
            open=("LanguageModel",),
        ),
        Stop(
            "Compared with every row of **E** it gives a probability for each word: 0.98 for fox.",
            forward("chance"),
        ),
        Stop("So fox is no surprise: the loss is 0.0197.", forward("loss")),
        Stop(
            "“And god said …”: unto follows, with 0.748. The loss is 0.291, fifteen times that of fox. "
            "The chart below shows what else it thinks of.",
            forward("loss"),
            {"text": "and god said"},
        ),
        Stop(
            "What it was less sure of sends a larger gradient. For fox **chance** got $-1 / 0.98 = -1.02$.",
            backward("log", "chance"),
            {"text": "and god said"},
            predict=Question(
                ask="What does **chance** get for unto?",
                answer=gradient("chance"),
                explain="$-1 / 0.748 = -1.34$.",
            ),
        ),
    ),
    questions=(
        Question(
            ask="Before training all 535 words are about equally probable. How large is the loss then?",
            answer=lambda trace: math.log(len(trace.value("p"))),
            explain="$-\\ln (1/535) = \\ln 535 = 6.28$. "
            "Who trains a model looks for this number at the start.",
            mistakes=(
                Mistake("That is the probability. The loss is $-\\ln$ of it.", lambda trace: 1 / 535),
                Mistake("A loss of 0 means certain.", lambda trace: 0.0),
                Mistake(
                    "That is the logarithm to base 10. $\\ln$ is to base $e$.", lambda trace: math.log10(535)
                ),
            ),
        ),
        Question(
            ask="“The cat sat on the …”: mat has a probability of 0.61. What is the loss?",
            values={"text": "the cat sat on the"},
            draws=("text",),
            answer=value("loss"),
            at=forward("loss"),
            explain="$-\\ln 0.61 = 0.494$. Only our own sentences have a mat; the Bible goes on otherwise.",
            mistakes=(
                Mistake(
                    "That is what mat lacks to be certain. The loss is $-\\ln$.",
                    lambda trace: 1 - float(trace.value("chance")),
                ),
                Mistake("That is its probability. The loss is $-\\ln$ of it.", value("chance")),
                Mistake(
                    "That is the logarithm to base 10. $\\ln$ is to base $e$.",
                    lambda trace: -math.log10(float(trace.value("chance"))),
                ),
            ),
            again="The player shows the **chance** of the right word. What is the loss?",
        ),
    ),
    experiment=Experiment(
        title="Less to go by",
        text="“The children of …” goes on in many ways. How large will the loss of “israel” be?",
        values={"text": "the children of"},
        reveals="0.836, forty times that of fox: israel has 0.433. "
        "The model has not learnt badly. The text is open, and a loss of 0 cannot be reached.",
        at=forward("loss"),
    ),
    charts=(
        Chart(
            title="What comes next",
            text="The eight likeliest words. [[Temperature]] divides the scores before the softmax: "
            "at 0.5 the likely words win more often, at 2 the others get a chance. "
            "Fox falls from 0.98 to 0.497 at 2.",
            draw=likely,
            settings=(
                Choice("text", tuple(NEXT), "the quick brown", about="text"),
                Choice("network", tuple(NETWORKS), "Transformer", about="sequence model"),
                Choice("temperature", ("0.5", "1", "2"), "1", about="temperature"),
            ),
        ),
        Chart(
            title="Write a text",
            text="Pick a word by chance, put it behind the text, and ask for the next one. "
            "Below the bars stand the text so far and the pick. "
            "Write on, word by word, then draw again or change the temperature: at 0.5 the texts are "
            "alike, at 2 they lose their way. A pick has no gradient; training needs none, it has the loss.",
            draw=written,
            settings=(
                Choice("text", tuple(NEXT), "the quick brown", about="text"),
                Choice("words_written", tuple(range(9)), 0, about="words written"),
                Choice("temperature", ("0.5", "1", "2"), "1", about="temperature"),
                Choice("draw", (1, 2, 3, 4, 5), 1, about="draw"),
            ),
        ),
        Chart(
            title="Any sequence model will do",
            text="[[Perplexity]] is $e$ to the mean loss: the number of equally likely words that a model "
            "is as unsure as. For who knows nothing it is 535. "
            "With about as many weights, Transformer, LSTM and SimpleRNN do alike on these short sentences, "
            "and better than counting pairs of words. Lesson 21 lets them race over a distance.",
            draw=perplexities,
        ),
    ),
)

LESSON = Lesson(
    title="GenerateToken and LanguageModel",
    chapter="Transformers and language",
    goal="Turn a vector into the next word, and learn from how surprising it was.",
    needs="Lessons 13 and 16.",
    parts=(PICK, TIED, TRAINED),
    can_do=(
        "Compute the probabilities of the next token, the loss, and the gradient of every score.",
        "Follow a tied table's two gradients, and say what is lost when it is untied.",
        "Name the four boxes of a language model, and what temperature does to its choice.",
    ),
    summary=(
        "GenerateToken compares a vector with every row of E; the softmax makes probabilities.",
        "The gradient of the scores is p less the one-hot vector of the right token, and adds up to 0.",
        "A language model embeds, reads, collapses and generates; E is used at both ends.",
    ),
)
