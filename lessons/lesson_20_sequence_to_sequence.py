# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""SequenceToSequence: read French, write English, and look back at the word that matters.

Source: Bahdanau, Cho and Bengio, Neural machine translation by jointly learning to align and translate, 2015.
"""

from functools import cache

import numpy as np

from engine.functional import softmax
from lessons.chart import Bars, Chart, Curves, Grid, Line
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
from lessons.models.model_sequence_to_sequence import exact, numbered, translate

ENGLISH = {
    "la maison bleue": "the blue house",
    "le chat noir dort": "the black cat sleeps",
    "une vache verte dort": "a green cow sleeps",
    "le vieil homme aime la petite fille": "the old man likes the small girl",
}


def look_back(keys, query):
    scores = keys @ query
    scaled = scores / 3**0.5
    weights = softmax(scaled)
    context = weights @ keys
    blue = context[2]
    return blue


def last_alone(keys, query):
    unheard = 0 * query
    context = keys[2] + unheard
    blue = context[2]
    return blue


def with_attention(sentence):
    model = find_model("french-attention").load()
    target = ENGLISH[sentence].split()
    p = model(sentence, ["<start>", *target])
    right = [model.embed_target.words.index(word) for word in [*target, "<end>"]]
    chances = p[list(range(len(right))), right]
    logs = chances.log()
    mean = logs.mean()
    loss = -mean
    return loss


def last_state(sentence):
    model = find_model("french-plain").load()
    target = ENGLISH[sentence].split()
    p = model(sentence, ["<start>", *target])
    right = [model.embed_target.words.index(word) for word in [*target, "<end>"]]
    chances = p[list(range(len(right))), right]
    logs = chances.log()
    mean = logs.mean()
    loss = -mean
    return loss


@cache
def crossing(sentence: str) -> Grid:
    """How much each English word looked at each French word."""
    found = translate(find_model("french-attention").load(), sentence)
    assert found.attention is not None
    rows, columns = (*found.words, "end"), tuple(sentence.split())
    return Grid(marked(rows), marked(columns), np.round(found.attention, 3), x="French", y="English")


def marked(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words; one that occurs twice with its place."""
    return tuple(word if words.count(word) == 1 else f"{word} ({k})" for k, word in enumerate(words, 1))


@cache
def by_length() -> Curves:
    """The share of held-out sentences that are translated without a mistake, by their length."""
    wanted = numbered(True)
    lengths = sorted({len(source) for source, _ in wanted})
    lines = []
    for name, model in (("with attention", "french-attention"), ("last state", "french-plain")):
        network = find_model(model).load()
        shares = [exact(network, [pair for pair in wanted if len(pair[0]) == length]) for length in lengths]
        lines.append(Line(name, lengths, shares, strong=name == "with attention"))
    return Curves("words of the French sentence", "share without a mistake", tuple(lines))


def dictionary() -> Bars:
    """The same over all lengths, beside what a dictionary reaches."""
    attention, plain = find_model("french-attention").record, find_model("french-plain").record
    shares = {
        "word by word": attention.baselines["word by word, held-out exact"],
        "last state": plain.figures["held-out exact"],
        "with attention": attention.figures["held-out exact"],
    }
    return Bars(tuple(shares), (("", list(shares.values())),), "share without a mistake")


WHOLE = "SequenceToSequence"
DECODER = f"{WHOLE}/AttentionDecoder"
FOR_BLUE, FOR_HOUSE = f"{DECODER}/Attention 2", f"{DECODER}/Attention 3"

LOOK = Part(
    title="Look back",
    text="“La maison bleue” is to become “the blue house”. One network reads, and keeps a state for each "
    "word. "
    "Another writes. Before each word it asks: which of the states do I need now? "
    "That is [[Attention]], from the one that writes to what was read.",
    build=look_back,
    inputs=(
        Input(
            "keys",
            [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]],
            low=-3,
            high=3,
            step=0.1,
            about="states of la, maison, bleue",
            labels=(("la", "maison", "bleue"), ()),
        ),
        Input("query", [0.0, 0.0, 2.0], low=-3, high=3, step=0.1, about="what the writer asks"),
    ),
    walk=(
        Stop(
            "Three states: la, maison, bleue. “The” is written. Now comes “blue”, so the writer asks for "
            "bleue: "
            "**query** is $[0, 0, 2]$.",
            start(),
        ),
        Stop("The query is compared with each state: 0, 0 and $2 \\times 2 = 4$.", forward("scores")),
        Stop("Divided by $\\sqrt{3}$, for the three numbers in a key: 0, 0 and 2.31.", forward("scaled")),
        Stop(
            "The [[softmax]] makes shares: $e^{2.31} = 10.1$, and $e^0 = 1$ twice.",
            forward("weights"),
            predict=Question(
                ask="What share does bleue get?",
                answer=value("weights", 2),
                explain="$10.1 / (1 + 1 + 10.1) = 0.834$. La and maison get 0.0829 each.",
                mistakes=(
                    Mistake(
                        "You shared out the scores themselves. The softmax takes $e$ to each score first.",
                        lambda trace: 1.0,
                    ),
                ),
            ),
        ),
        Stop(
            "What comes back is mostly bleue: 1.67 in its place, and 0.166 in the others.", forward("context")
        ),
        Stop(
            "Back: **blue** is the third number of **context**. Bleue's share fetches its 2, the others "
            "fetch 0.",
            backward("context", "weights"),
        ),
        Stop(
            "Through the softmax: upstream 2, times the slope $a(1 - a)$, where $a$ is bleue's share.",
            backward("weights", "scaled"),
            predict=Question(
                ask="What is the gradient of bleue's scaled score?",
                answer=gradient("scaled", 2),
                explain="$2 \\times 0.834 \\times 0.166 = 0.277$. La and maison get −0.138 each.",
                mistakes=(
                    Mistake(
                        "That is the slope alone. Upstream is 2.",
                        lambda trace: trace.gradient("scaled")[2] / 2,
                    ),
                ),
            ),
        ),
        Stop(
            "The state of bleue gets 1.15: 0.834 as an answer and 0.319 as a key. It comes straight from the "
            "word that needed it. However long the sentence is, that is one step away.",
            backward("scores", "keys"),
        ),
    ),
    nudge=Nudge("query", cell=(2,)),
    questions=(
        Question(
            ask="Let the writer ask for two: make **query** 0, 2, 2. What share does bleue get?",
            values={"query": [0.0, 2.0, 2.0]},
            draws=("query",),
            answer=value("weights", 2),
            at=forward("weights"),
            explain="$10.1 / (1 + 10.1 + 10.1) = 0.476$. Maison gets as much, la the little that is left.",
            mistakes=(
                Mistake("La takes a little too: its share is not 0.", lambda trace: 0.5),
                Mistake("That was for bleue alone. Maison matches as well now.", lambda trace: 0.8342778),
            ),
            again="What share does bleue get at these numbers?",
        ),
        Question(
            ask="Ask for maison: make **query** 0, 2, 0. What is **blue**, the third number of **context**?",
            values={"query": [0.0, 2.0, 0.0]},
            draws=("query",),
            answer=value("blue"),
            at=forward("blue"),
            explain="Bleue has a share of 0.0829 now, and a 2 in that place: 0.166.",
            mistakes=(
                Mistake("That is its share. It is mixed in with its 2.", value("weights", 2)),
                Mistake("Maison answers now. Look at the third number.", value("context", 1)),
            ),
            again="What is **blue**, the third number of **context**, at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="The last state alone",
        text="Take attention away: the writer gets the last state, bleue, whatever it asks. "
        "Now let it ask for maison. What will it get, and what will the question learn?",
        values={"query": [0.0, 2.0, 0.0]},
        build=last_alone,
        reveals="It gets bleue: **context** is 0, 0 and 2, beside 0.166, 1.67 and 0.166 with attention. "
        "The states of la and maison get no gradient here, and **query** gets 0. "
        "All that was read has to fit into the one last state.",
    ),
)

TRANSLATED = Part(
    title="The blue house",
    text="The real thing, trained on 5000 sentences of a little French grammar. "
    "An LSTM of 24 numbers reads, another writes and looks back. "
    "In training it is given the right words so far, and says how probable each word is next. "
    "No sentence that it learnt from had maison before bleue.",
    build=with_attention,
    inputs=(Choice("sentence", tuple(ENGLISH), "la maison bleue", about="French"),),
    walk=(
        Stop("In goes “la maison bleue”. The target begins with a mark, `<start>`.", start()),
        Stop(
            "As one box: four rows of probabilities, for the, blue, house and the end mark.",
            forward("p"),
        ),
        Stop(
            "Open it. Reading gives **memory**: a state of 24 numbers for each of the three words.",
            forward(f"{WHOLE}/memory"),
            open=(WHOLE,),
        ),
        Stop(
            "The writer starts from the last state, and looks back at **memory** in each of its four steps.",
            forward(f"{WHOLE}/written"),
            open=(WHOLE,),
        ),
        Stop(
            "Look into its second question, the one before “blue”. The scaled score of bleue is 9.45, that "
            "of maison 2.54: 6.91 more, and $e^{6.91}$ is about 1000. So bleue gets a share of 0.999.",
            forward(f"{FOR_BLUE}/weights"),
            open=(WHOLE, DECODER, FOR_BLUE),
            focus=FOR_BLUE,
        ),
        Stop(
            "The third, before “house”: 0.997 for maison. Bleue comes last in French and second in English: "
            "the looks cross. Nobody told it so.",
            forward(f"{FOR_HOUSE}/weights"),
            open=(WHOLE, DECODER, FOR_HOUSE),
            focus=FOR_HOUSE,
        ),
        Stop("The right words are nearly certain: 0.997 for blue, 0.998 for house.", forward("chances")),
        Stop("The loss is the mean of their $-\\ln p$: 0.0011. It is nearly sure.", forward("loss")),
        Stop(
            "Back: the mean gives each of the four words a quarter, and the logarithm divides by the "
            "probability.",
            backward("logs", "chances"),
            predict=Question(
                ask="What does the probability of “house” get?",
                answer=gradient("chances", 2),
                explain="$-1/4 / 0.998 = -0.25$. A more probable “house” makes the loss smaller.",
                mistakes=(
                    Mistake("Four words share in the mean. Each counts a quarter.", lambda trace: -1.0),
                    Mistake("Less probable means a greater loss: mind the sign.", lambda trace: 0.25),
                ),
            ),
        ),
        Stop(
            "Back to **memory**: each step of the writer sends its gradient straight to the states that it "
            "looked at.",
            backward(f"{WHOLE}/written", "memory"),
            open=(WHOLE,),
        ),
    ),
    questions=(
        Question(
            ask="“Le vieil homme aime la petite fille” becomes “the old man likes the small girl”. How many "
            "rows has **p** then?",
            values={"sentence": "le vieil homme aime la petite fille"},
            answer=lambda trace: float(len(trace.value("p"))),
            explain="One for each of the seven English words, and one for the end mark.",
            mistakes=(
                Mistake("It also has to say when it is done.", lambda trace: 7.0),
                Mistake("The mark at the start is given. It need not be guessed.", lambda trace: 9.0),
            ),
        ),
    ),
    experiment=Experiment(
        title="Without attention",
        text="Take a network of the same size without attention: all that its writer knows is the last "
        "state. Let both translate “une vache verte dort”, a green cow sleeps. Will it know the colour?",
        values={"sentence": "une vache verte dort"},
        build=last_state,
        reveals="No: “green” has a probability of 0.0312 instead of 0.999, and the loss is 0.699 instead of "
        "0.00125. The colour was lost on the way through the last state. "
        "Written freely, it says “a quick cow is green are beautiful”.",
        at=forward("chances"),
    ),
    charts=(
        Chart(
            title="Who looks at whom",
            text="Each row is an English word, and shows where the writer looked before it wrote it. "
            "Where the order is the same, the strong cells go down in a line. "
            "Where French puts the adjective behind, they cross. "
            "The end mark has no word of its own: where it looks was left to training.",
            draw=crossing,
            settings=(Choice("sentence", tuple(ENGLISH), "la maison bleue", about="French"),),
        ),
        Chart(
            title="Longer sentences",
            text="500 sentences that no training saw. With attention nearly all are right, however long. "
            "From the last state alone, 98 % of those with three words are right, and 46 % of those with "
            "nine: "
            "more and more has to go through one vector.",
            draw=by_length,
        ),
        Chart(
            title="Is a dictionary enough?",
            text="Word by word, each French word always becomes the same English one, in the same place. "
            "That is right for a third of the sentences. The same boxes, trained on other pairs, "
            "write summaries of texts, or code for sentences.",
            draw=dictionary,
        ),
    ),
)

LESSON = Lesson(
    title="SequenceToSequence",
    chapter="Transformers and language",
    goal="Read one sequence, write another, and look back at the word that matters.",
    needs="Lessons 15, 16 and 19.",
    parts=(LOOK, TRANSLATED),
    can_do=(
        "Compute what a writer gets when it looks back, and where the gradient goes.",
        "Read the attention map of a translation, and see the words cross.",
        "Say why one last state is too little for a long sentence.",
    ),
    summary=(
        "One network reads and keeps a state for each word; another writes, word by word.",
        "Before each word the writer asks all states, by attention, and mixes what it needs.",
        "Without attention all goes through the last state, and long sentences suffer.",
    ),
)
