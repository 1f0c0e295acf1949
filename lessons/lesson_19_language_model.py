# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""GenerateToken and LanguageModel: from a vector to the next word, and what its gradient is."""

from functools import cache

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
from lessons.models.model_language_model import next_words

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


def perplexities() -> Bars:
    """Among how many equally likely words each model chooses, on sentences that it has not seen."""
    record = find_model("language-transformer").record
    found = {
        "any word": record.baselines["uniform, held-out perplexity"],
        "pairs of words": record.baselines["bigram, held-out perplexity"],
    }
    for name, model in NETWORKS.items():
        found[name] = find_model(model).record.figures["held-out perplexity"]
    return Bars(tuple(found), (("", list(found.values())),), "perplexity", log=True)


PICK = Part(
    title="Pick a token",
    text="[[EmbedToken]] looks up a vector for a token. [[GenerateToken]] goes the other way: "
    "it compares a vector **x** with the row of **E** for every token. "
    "The better a row matches, the more probable its token is.",
    build=next_token,
    inputs=(
        Choice("right", ("house", "blue", "the"), "house", about="right token"),
        Input("E", ROWS, low=-3, high=3, step=0.1, about="rows for the, blue, house", labels=(WORDS, ())),
        Input("x", [0.5, 2.0], low=-3, high=3, step=0.1, about="the vector"),
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
            "Through the softmax it gets short: each score gets its probability, the right one 1 less. "
            "That is **p** minus the [[one-hot]] vector of “house”.",
            backward("p", "scores"),
            predict=Question(
                ask="What is the gradient of the score of “house”?",
                answer=gradient("scores", 2),
                explain="$0.574 - 1 = -0.426$. The others get 0.0777 and 0.348. Together that is 0: "
                "what one score gains, the others lose.",
                mistakes=(
                    Mistake("That is its probability. The right token's is less 1.", value("p", 2)),
                    Mistake(
                        "That would be $1 - p$. The gradient is $p - 1$.",
                        lambda trace: 1 - trace.value("p")[2],
                    ),
                ),
            ),
        ),
        Stop(
            "**x** gets $-0.348$ and $-0.0777$. A step of training goes against that: "
            "**x** moves towards the row of “house”.",
            backward("scores", "x"),
        ),
        Stop(
            "Each row of **E** gets **x** times its score's gradient. The row of “house” is pulled towards "
            "**x**, "
            "the others are pushed away. To pick a token by chance has no gradient: what learns is the loss.",
            end(),
        ),
    ),
    nudge=Nudge("x", cell=(1,)),
    questions=(
        Question(
            ask="Let “blue” be the right token. What is the gradient of its score?",
            values={"right": "blue"},
            answer=gradient("scores", 1),
            at=backward("p", "scores"),
            explain="$0.348 - 1 = -0.652$. The model found it less probable than “house”, so more has to "
            "change.",
            mistakes=(
                Mistake("That is its probability. The right token's is less 1.", value("p", 1)),
                Mistake("That is the score of “house”, which is wrong this time.", gradient("scores", 2)),
            ),
        ),
        Question(
            ask="With “house” as the right token: what do the three gradients of **scores** add up to?",
            answer=lambda trace: round(float(trace.gradient("scores").sum()), 12),
            explain="0. The probabilities add up to 1, and the one-hot vector does too.",
            mistakes=(
                Mistake("That is what the probabilities add up to. Take off the 1.", lambda trace: 1.0),
                Mistake("That is house's alone.", gradient("scores", 2)),
            ),
        ),
    ),
    experiment=Experiment(
        title="A surprise",
        text="Let the right token be “the”, which was the least probable. What happens to loss and gradient?",
        values={"right": "the"},
        reveals="The loss is 2.55 instead of 0.555, and its score gets −0.922. "
        "The more surprising the truth is, the more is learnt from it.",
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
        Input("E", ROWS, low=-2, high=2, step=0.1, about="rows for the, blue, house"),
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
            "The RNN reads both, and Collapse keeps its last state.",
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
            "The first gradient for **E**, from writing: $p - \\operatorname{onehot}$ times the state, "
            "for all three rows.",
            backward("LanguageModel/p", "E"),
            open=("LanguageModel",),
        ),
        Stop(
            "The second, from reading, for the rows of “the” and “blue”. The two add up. "
            "House was not read, so its row has the first alone: −0.195 and −0.409.",
            backward("LanguageModel/embedded", "E"),
            open=("LanguageModel",),
        ),
    ),
    nudge=Nudge("E", cell=(2, 0)),
    questions=(
        Question(
            ask="The probabilities are 0.216, 0.322 and 0.462, and house is right. "
            "What is the gradient of house's score?",
            answer=lambda trace: float(trace.value("p")[2]) - 1,
            explain="$0.462 - 1 = -0.538$, whatever network the vector came from.",
            mistakes=(
                Mistake("That is its probability. The right token's is less 1.", value("p", 2)),
                Mistake("That is the loss, with a minus.", lambda trace: -float(trace.value("loss"))),
            ),
        ),
    ),
    experiment=Experiment(
        title="Untie E",
        text="Give GenerateToken a table of its own, **E2**, with the same numbers. "
        "What will the row of house in **E** learn?",
        build=untied,
        reveals="Nothing: 0 and 0, since house was never read. What it would have learnt is in **E2**. "
        "Tied, every token learns from being written as well as from being read, and there is half as much "
        "to learn.",
    ),
)

TRAINED = Part(
    title="Trained",
    text="The same boxes, trained: two causal TransformerBlocks, 535 words and 39 thousand weights. "
    "It has read eighteen thousand simple sentences of an old Bible, and a few of ours. "
    "[[Causal]] means that no word sees a later one, so it may guess at every place.",
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
            "“And god said …”: unto follows, with 0.748. The chart below shows what else it thinks of.",
            forward("chance"),
            {"text": "and god said"},
        ),
        Stop(
            "What it was unsure of sends a larger gradient: $-1 / 0.748 = -1.34$, against −1.02 for fox.",
            backward("log", "chance"),
            {"text": "and god said"},
        ),
    ),
    questions=(
        Question(
            ask="After “the quick brown”, fox has the probability 0.98046. What is the gradient of fox's "
            "score?",
            answer=lambda trace: float(trace.value("chance")) - 1,
            explain="$0.98046 - 1 = -0.0195$. There is little left to learn here.",
            mistakes=(
                Mistake("That is its probability. The right token's is less 1.", value("chance")),
                Mistake("That is the gradient of the probability. Go on to the score.", gradient("chance")),
            ),
        ),
    ),
    experiment=Experiment(
        title="Less to go by",
        text="“The children of …” goes on in many ways. How large will the loss of “israel” be?",
        values={"text": "the children of"},
        reveals="0.836, forty times that of fox: israel has 0.433. "
        "The model has not learnt badly. The text is open, and a loss of 0 cannot be reached.",
    ),
    charts=(
        Chart(
            title="What comes next",
            text="The eight likeliest words. [[Temperature]] divides the scores before the softmax: "
            "at 0.5 the likely words win more often, at 2 the others get a chance. "
            "Fox falls from 0.98 to 0.497 at 2. Picked again and again, the next word makes a text.",
            draw=likely,
            settings=(
                Choice("text", tuple(NEXT), "the quick brown", about="text"),
                Choice("network", tuple(NETWORKS), "Transformer", about="sequence model"),
                Choice("temperature", ("0.5", "1", "2"), "1", about="temperature"),
            ),
        ),
        Chart(
            title="Any sequence model will do",
            text="[[Perplexity]] is the number of equally likely words that a model is as unsure as. "
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
    minutes=15,
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
