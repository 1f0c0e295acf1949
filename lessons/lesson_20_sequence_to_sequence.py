# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""SequenceToSequence: read French, write English, and look back at the word that matters.

Source: Bahdanau, Cho and Bengio, Neural machine translation by jointly learning to align and translate, 2015.
"""

from functools import cache

import numpy as np

from engine.functional import softmax
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
    "les beaux hommes ne regardent pas la maison bleue": "the beautiful men do not watch the blue house",
}
NINE_WORDS = tuple(ENGLISH)[-1]


def look_back(keys, query):
    scores = keys @ query
    scaled = scores / 3**0.5
    weights = softmax(scaled)
    context = weights @ keys
    blue = context[2]
    return blue


def last_alone(keys, query):
    context = keys[2]
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
def by_length() -> Bars:
    """The share of held-out sentences that are translated without a mistake, by their length."""
    wanted = numbered(True)
    lengths = sorted({len(source) for source, _ in wanted})
    groups = []
    for name, model in (("with attention", "french-attention"), ("last state", "french-plain")):
        network = find_model(model).load()
        shares = [exact(network, [pair for pair in wanted if len(pair[0]) == length]) for length in lengths]
        groups.append((name, shares))
    return Bars(
        tuple(map(str, lengths)), tuple(groups), "share without a mistake", x="words of the French sentence"
    )


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
            "The [[softmax]] makes shares of $e^{2.31} = 10.1$ and twice $e^0 = 1$: bleue gets 0.834, la and "
            "maison 0.0829 each.",
            forward("weights"),
        ),
        Stop(
            "What comes back is mostly bleue: $0.834 \\times 2 = 1.67$ in its place, and "
            "$0.0829 \\times 2 = 0.166$ in the others.",
            forward("context"),
        ),
        Stop(
            "Back: **blue** is the third number of **context**. Bleue's share fetches its 2, the others "
            "fetch 0.",
            backward("context", "weights"),
        ),
        Stop(
            "Through the softmax: upstream 2, times the slope $a(1 - a)$ with bleue's share: "
            "$2 \\times 0.834 \\times (1 - 0.834) = 0.277$. La and maison get −0.138 each.",
            backward("weights", "scaled"),
        ),
        Stop(
            "The state of bleue was used twice. As an answer its third number gets bleue's share, 0.834. "
            "As a key it gets the gradient of its score, $0.277 / \\sqrt{3} = 0.16$, times the 2 of "
            "**query**.",
            backward("scores", "keys"),
            predict=Question(
                ask="What does the third number of bleue's state get in the end?",
                answer=gradient("keys", 2, 2),
                explain="$0.834 + 0.16 \\times 2 = 1.15$. It comes straight from the word that needed it: "
                "one step, however long the sentence is.",
                mistakes=(
                    Mistake("That is what it gets as an answer. Add the key.", value("weights", 2)),
                    Mistake(
                        "That is what it gets as a key. Add the answer.",
                        lambda trace: 2 * trace.gradient("scores")[2],
                    ),
                    Mistake(
                        "The score's gradient is still to be multiplied by the 2 of **query**.",
                        lambda trace: trace.value("weights")[2] + trace.gradient("scores")[2],
                    ),
                ),
            ),
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
        "The states of la and maison get no gradient here, and **query** is not even asked: it learns "
        "nothing. All that was read has to fit into the one last state.",
        at=backward("context", "keys"),
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
            "Its second question: “the” is written and names the row, “blue” is to come. The scaled score of "
            "bleue is 9.45, of maison 2.54: 6.91 more, and $e^{6.91}$ is about 1000. So bleue gets 0.999.",
            forward(f"{FOR_BLUE}/weights"),
            open=(WHOLE, DECODER, FOR_BLUE),
            focus=FOR_BLUE,
        ),
        Stop(
            "The third: “blue” is written, and “house” is to come. Maison gets 0.997. Bleue is last in "
            "French and second in English, so the looks cross: nobody told it so.",
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
            draws=("sentence",),
            again="How many rows of probabilities has **p** for the translation of this sentence?",
        ),
    ),
    experiment=Experiment(
        title="Without attention",
        text="Take a network of the same size without attention: all that its writer knows is the last "
        "state. Let both translate nine words, “les beaux hommes ne regardent pas la maison bleue”. "
        "What will be left of the blue house?",
        values={"sentence": NINE_WORDS},
        build=last_state,
        reveals="“Blue” has a probability of 0.0539 instead of 0.998, and the loss is 0.318 instead of "
        "0.000971. It begins well, but written freely it says “the beautiful men do not watch the red "
        "flower”. Of 59 sentences of nine words it gets 32 wrong, and with attention none.",
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
            "From the last state alone, 54 of the 55 with three words are right, and 27 of the 59 with nine: "
            "more and more has to go through one vector.",
            draw=by_length,
        ),
        Chart(
            title="Is a dictionary enough?",
            text="Word by word, each French word always becomes the same English one, in the same place. "
            "That is right for a third of the sentences. Today reader and writer are two Transformers, "
            "joined by the same look back. Trained on other pairs, they write summaries of texts, or code.",
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
