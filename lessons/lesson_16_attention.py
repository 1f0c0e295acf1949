# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Attention: scores, scaling, mask, softmax and the weighted sum, by hand and as one box that opens.

Source: Vaswani and others, Attention is all you need, 2017.
"""

import math
from functools import cache

import numpy as np

from engine import Tensor, Trace
from engine.functional import softmax, where
from engine.nn import Attention, EmbedToken
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
from lessons.models import find_model
from lessons.models.model_language_model import attention as maps_of

WORDS = ("the", "river", "money", "bank")
MEANINGS = ("water", "wealth")  # what the two numbers of a vector stand for
SENTENCES = ("the river bank", "the money bank", "river the bank")
IDENTITY = [[1.0, 0.0], [0.0, 1.0]]
# Everyone asks for water alone, and offers by how much it means water rather than wealth.
BY_HAND_WEIGHTS = {"W_q": [[1.0, 0.0], [1.0, 0.0]], "W_v": [[1.0, -1.0], [-1.0, 1.0]]}
FOUR = ("water", "wealth", "size", "age")
LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
DRAWS = 2000
READ = ("and the king said unto him", "the children of israel", "the cat sat on the mat")


def one_asks(x, y):
    keys = x.T
    scores = y @ keys
    scaled = scores / 2**0.5
    weights = softmax(scaled)
    out = weights @ x
    water = out[0, 0]
    return water


def ten_times(x, y):
    keys = x.T
    scores = 10 * (y @ keys)
    scaled = scores / 2**0.5
    weights = softmax(scaled)
    out = weights @ x
    water = out[0, 0]
    return water


def two_scores(d, scores):
    scaled = scores / d**0.5
    weights = softmax(scaled)
    first = weights[0]
    return first


def with_mask(scores):
    hidden = Tensor([False, False, True], requires_grad=False, name="hidden")
    masked = where(hidden, -math.inf, scores)
    weights = softmax(masked)
    second = weights[1]
    return second


def zeroed(scores):
    hidden = Tensor([False, False, True], requires_grad=False, name="hidden")
    masked = where(hidden, 0.0, scores)
    weights = softmax(masked)
    second = weights[1]
    return second


def in_a_sentence(sentence, mask, E, W_q, W_k, W_v):
    embed = EmbedToken(WORDS, 2)
    embed.E = E
    attention = Attention(2, is_causal=mask == "later words")
    attention.W_q, attention.W_k, attention.W_v = W_q, W_k, W_v
    attention.W_o = Tensor([[1.0, 0.0], [0.0, 1.0]])
    x = embed(sentence)
    out = attention(x)
    water = out[2, 0]
    return water


def side_by_side(heads, x, y):
    attention = plain_attention(heads)
    out = attention(x, y)
    age = out[0, 3]
    return age


def with_own_water(trace: Trace) -> float:
    """What bank would get if it offered the 1 of water that it has."""
    shares = trace.value("weights")[2]
    return float(shares[1] * 2 + shares[2])


def from_the_neighbour(trace: Trace) -> float:
    """What bank takes of the second word."""
    return float(trace.value("weights")[2, 1] * trace.value("v")[1, 0])


def with_doubled_scores(trace: Trace) -> float:
    """What bank would take if its scores were doubled."""
    shares = np.exp(2 * np.asarray(trace.value("scaled"))[2])
    return float(shares @ trace.value("v")[:, 0] / shares.sum())


def plain_attention(heads):
    """Attention among vectors of four numbers, whose weights change nothing."""
    attention = Attention(4, num_heads=heads)
    attention.W_q, attention.W_k, attention.W_v, attention.W_o = (Tensor(np.eye(4)) for _ in range(4))
    return attention


@cache
def by_length(shown: str) -> Curves:
    """For questions and keys of d random numbers: the size of a score, or the slope a (1 − a) of a choice."""
    random = np.random.default_rng(0)
    found: dict[bool, list[float]] = {False: [], True: []}
    for d in LENGTHS:
        q, k = random.normal(size=(DRAWS, 1, d)), random.normal(size=(DRAWS, 2, d))
        scores = Tensor(q) @ Tensor(k).mT
        for divided, line in found.items():
            used = scores / d**0.5 if divided else scores
            p = np.asarray(softmax(used).data)
            slope, size = np.median(p[..., 0] * p[..., 1]), np.std(np.asarray(used.data))
            line.append(float(size if shown == "size of a score" else slope))
    sizes = shown == "size of a score"
    return Curves(
        "numbers in a key, d",
        shown,
        (
            Line("divided by √d", list(LENGTHS), found[True], "value" if sizes else "gradient", strong=True),
            Line("not divided", list(LENGTHS), found[False], "other"),
        ),
        log=not sizes,
    )


@cache
def trained_map(text: str, block: int, head: int) -> Grid:
    """By which shares each word takes from each in the shipped LanguageModel, in one block's one head."""
    shares = maps_of(find_model("language-transformer").load(), text)
    known = text.split()
    words = tuple(word if known.count(word) == 1 else f"{word} ({k})" for k, word in enumerate(known, 1))
    return Grid(words, words, np.round(shares[block - 1][head - 1], 3), x="answers", y="asks")


BY_HAND = Part(
    title="One word asks",
    text="So far a [[token]]'s vector knew nothing of the words around it. [[Attention]] lets words ask each "
    "other. Here the word boat asks, and two others answer: river and money. "
    "The first number of each vector stands for water, the second for wealth. "
    "Each token is a row; many books write tokens as columns.",
    build=one_asks,
    inputs=(
        Input(
            "x",
            IDENTITY,
            low=-3,
            high=3,
            step=0.1,
            about="the words that answer: river, money",
            labels=(("river", "money"), MEANINGS),
        ),
        Input(
            "y",
            [[2.0, 0.0]],
            low=-3,
            high=3,
            step=0.1,
            about="the word that asks: boat",
            labels=(("boat",), MEANINGS),
        ),
    ),
    walk=(
        Stop(
            "The word boat asks: its row in **y** is $[2, 0]$, so it asks for water. "
            "In **x**, river is $[1, 0]$ and money is $[0, 1]$.",
            start(),
        ),
        Stop(
            "Compare the question with each word's [[key]]: here its vector, a column of **keys**. "
            "Multiply number by number, and add. "
            "River gets the [[score|attention score]] $2 \\times 1 + 0 \\times 0 = 2$, money gets 0.",
            forward("scores"),
        ),
        Stop(
            "Divided by $\\sqrt{d} = \\sqrt{2}$, as the vectors have two numbers, the scores are 1.41 and 0. "
            "The next part says why.",
            forward("scaled"),
        ),
        Stop(
            "The [[softmax]] makes shares of them, which add up to 1: $e^{1.41} = 4.11$ and $e^0 = 1$.",
            forward("weights"),
            predict=Question(
                ask="What share does river get?",
                answer=value("weights", 0, 0),
                explain="$4.11 / (4.11 + 1) = 0.804$. Money gets the rest, 0.196.",
                mistakes=(
                    Mistake(
                        "You shared out the scores themselves. The softmax takes $e$ to each score first.",
                        lambda trace: 1.0,
                    ),
                    Mistake("That is the rest, which money gets.", value("weights", 0, 1)),
                ),
            ),
        ),
        Stop(
            "Mix the answers by these shares: 0.804 of river and 0.196 of money. "
            "Boat now carries 0.804 of water. Click a cell of **out** to see its sum.",
            forward("out"),
        ),
        Stop(
            "Share and answer were the same number, since river had 1 of water. Now it has 3. "
            "Its score is 6, its share 0.986.",
            forward("out"),
            {"x": [[3.0, 0.0], [0.0, 1.0]]},
            predict=Question(
                ask="How much water does boat carry now?",
                answer=value("out", 0, 0),
                explain="$0.986 \\times 3 = 2.96$. The share says how much is taken, the word what of.",
                mistakes=(
                    Mistake("That is river's share. It is a share of 3.", value("weights", 0, 0)),
                    Mistake("That is all that river has. Boat takes 0.986 of it.", value("x", 0, 0)),
                    Mistake(
                        "So it was with the old share. Three times the water is a higher score, too.",
                        lambda trace: 3 * 0.8044296825,
                    ),
                ),
            ),
        ),
        Stop(
            "Back to 1 of water, and the gradient. **water** is the first number of **out**, so river's "
            "share gets what river has of it, 1. Money has none: 0.",
            backward("out", "weights"),
        ),
        Stop(
            "Through the softmax: more for river means less for money. "
            "With two shares the slope is $a(1 - a)$, where $a$ is river's share.",
            backward("weights", "scaled"),
            predict=Question(
                ask="What is the gradient of river's scaled score?",
                answer=gradient("scaled", 0, 0),
                explain="$0.804 \\times 0.196 = 0.157$. Money's score gets −0.157.",
                mistakes=(
                    Mistake(
                        "That is river's share, $a$. It is still to be multiplied by $1 - a$.",
                        value("weights", 0, 0),
                    ),
                    Mistake(
                        "That is money's share, $1 - a$. It is still to be multiplied by $a$.",
                        value("weights", 0, 1),
                    ),
                    Mistake(
                        "That is what reaches **scores**, after the division by 1.41. Its gradient comes "
                        "next.",
                        gradient("scores", 0, 0),
                    ),
                    Mistake(
                        "You squared river's share. The other factor is $1 - a$, money's share.",
                        lambda trace: trace.value("weights")[0, 0] ** 2,
                    ),
                ),
            ),
        ),
        Stop(
            "Two terms reach river's row of **x**. As an answer it gets its share, 0.804. As a key it gets "
            "the question, 2, times its score's gradient, 0.111: that is 0.222, and 1.03 together.",
            end(),
        ),
    ),
    nudge=Nudge("y", cell=(0, 0)),
    questions=(
        Question(
            ask="Make **y** 3 and 2, and river 1 and 2. What is river's score?",
            values={"x": [[1.0, 2.0], [0.0, 1.0]], "y": [[3.0, 2.0]]},
            answer=value("scores", 0, 0),
            at=forward("scores"),
            explain="$3 \\times 1 + 2 \\times 2 = 7$: number by number, then add.",
            mistakes=(
                Mistake(
                    "You multiplied the sums. Multiply number by number first, then add.",
                    lambda trace: trace.value("y").sum() * trace.value("x")[0].sum(),
                ),
                Mistake(
                    "That is water's part alone. Wealth adds its own.",
                    lambda trace: trace.value("y")[0, 0] * trace.value("x")[0, 0],
                ),
                Mistake(
                    "That is wealth's part alone. Water adds its own.",
                    lambda trace: trace.value("y")[0, 1] * trace.value("x")[0, 1],
                ),
                Mistake("That is the scaled score. The division comes later.", value("scaled", 0, 0)),
            ),
            again="What is river's score at these numbers?",
        ),
        Question(
            ask="Make **y** 0 and 2, so that it asks for wealth. How much water is in **out**?",
            values={"y": [[0.0, 2.0]]},
            answer=value("out", 0, 0),
            at=forward("out"),
            explain="Money wins this time. River keeps a share of 0.196, and it alone has water.",
            mistakes=(
                Mistake("That is money's share. It has no water.", value("weights", 0, 1)),
                Mistake("River's score is 0, but a score of 0 is no share of 0.", lambda trace: 0.0),
            ),
            again="How much water is in **out** at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="Scores times 10",
        text="Multiply both scores by 10. River wins by more. What will that do to the gradients?",
        build=ten_times,
        reveals="River's share is 1.000 and the scaled scores get 7.21e−7 instead of 0.157. "
        "The choice is so sure that it cannot learn any more. The softmax is in [[saturation]].",
        at=backward("weights", "scaled"),
    ),
)

ROOT = Part(
    title="Why a root",
    text="Real questions and keys have many numbers, say 64. A score is then a sum of 64 products. "
    "Long sums stray far from 0: their usual size grows like the root of their length. "
    "So the scores are divided by that root, $\\sqrt{d_k}$.",
    build=two_scores,
    inputs=(
        Choice(
            "d",
            (1, 16, 64),
            1,
            about="divide by the root of",
            labels=("1, so not at all", "16", "64"),
        ),
        Input(
            "scores",
            [16.0, 0.0],
            low=-20,
            high=20,
            step=0.5,
            about="of two keys",
            labels=(("first", "second"),),
        ),
    ),
    walk=(
        Stop("Two keys of 64 numbers each, with scores 16 and 0. At first they are not divided.", start()),
        Stop("The second key's share is 1.13e−7: next to nothing.", forward("weights")),
        Stop(
            "On the way back the slope $a(1 - a)$ is as small: 1.13e−7. "
            "If the choice is wrong, it stays wrong.",
            backward("weights", "scaled"),
        ),
        Stop(
            "Now they are divided by $\\sqrt{64} = 8$: the scores are 2 and 0.", forward("scaled"), {"d": 64}
        ),
        Stop(
            "The shares are 0.881 and 0.119. The first key still wins, but the second is heard, too.",
            forward("weights"),
            {"d": 64},
        ),
        Stop(
            "Back again: the slope is $0.881 \\times 0.119 = 0.105$, about a million times as much as "
            "before.",
            backward("weights", "scaled"),
            {"d": 64},
        ),
        Stop(
            "The division by 8 stands on the way back, too.",
            backward("scaled", "scores"),
            {"d": 64},
            predict=Question(
                ask="What is the gradient of the first of the **scores**?",
                answer=gradient("scores", 0),
                explain="$0.105 / 8 = 0.0131$. That is a price, but a small one beside a million.",
                mistakes=(
                    Mistake(
                        "That is the gradient of the scaled score. The division by 8 is still to come.",
                        gradient("scaled", 0),
                    ),
                    Mistake(
                        "The local gradient of dividing by 8 is 1/8. You multiplied by 8.",
                        lambda trace: 8 * trace.gradient("scaled")[0],
                    ),
                    Mistake("That is the first key's share.", value("weights", 0)),
                    Mistake("That is the second key's share.", value("weights", 1)),
                    Mistake(
                        "You divided the share. What comes back is its slope, 0.105.",
                        lambda trace: trace.value("weights")[0] / 8,
                    ),
                ),
            ),
        ),
    ),
    nudge=Nudge("scores", cell=(1,)),
    questions=(
        Question(
            ask="Divide by the root of 16. **first** is the first key's share. What is the gradient of the "
            "second of the **scores**?",
            values={"d": 16},
            answer=gradient("scores", 1),
            at=backward("scaled", "scores"),
            explain="The shares are 0.982 and 0.018. More for the second is less for the first: "
            "$-0.982 \\times 0.018 = -0.0177$. The division by 4 leaves −0.00442.",
            mistakes=(
                Mistake(
                    "That is the gradient of the scaled score. The division by 4 is still to come.",
                    gradient("scaled", 1),
                ),
                Mistake(
                    "That is what the first score gets. What one share wins, the other loses.",
                    gradient("scores", 0),
                ),
                Mistake(
                    "The local gradient of dividing by 4 is 1/4. You multiplied by 4.",
                    lambda trace: 4 * trace.gradient("scaled")[1],
                ),
            ),
            again="What is the gradient of the second of the **scores** at these numbers?",
        ),
    ),
    charts=(
        Chart(
            title="Longer keys, surer choices",
            text="2000 questions and pairs of keys with random numbers, for each length. "
            "Without the root the slope of the softmax falls as keys get longer. "
            "Divided by the root, it stays. The size of a score says why: with 64 products it is about 8, "
            "the root of 64. Divided, it stays near 1.",
            draw=by_length,
            settings=(
                Choice(
                    "shown",
                    ("slope of the softmax", "size of a score"),
                    "slope of the softmax",
                    about="what is shown",
                ),
            ),
        ),
    ),
)

MASK = Part(
    title="Mask first",
    text="Some words must not be looked at. A model that guesses the next word must not see it, "
    "or it would learn to copy. A [[mask]] hides words: it puts −∞ in place of their scores.",
    build=with_mask,
    inputs=(
        Input(
            "scores",
            [1.0, 2.0, 3.0],
            low=-5,
            high=5,
            step=0.1,
            about="of three words",
            labels=(("first", "second", "third"),),
        ),
    ),
    walk=(
        Stop(
            "The second word asks, and three words have the scores 1, 2 and 3. "
            "The third comes after it, so **hidden** marks it.",
            start(),
        ),
        Stop("The third score becomes −∞. The first two stay.", forward("masked")),
        Stop(
            "The softmax takes $e$ to each score and shares out, as before.",
            forward("weights"),
            predict=Question(
                ask="What is the third word's share?",
                answer=value("weights", 2),
                explain="$e^{-\\infty} = 0$, so it gets exactly 0. The others share out all of the 1: the "
                "second gets $e^2 / (e^1 + e^2) = 0.731$.",
                mistakes=(
                    Mistake(
                        "So it would be without the mask. Its score is −∞ now, not 3.",
                        lambda trace: math.exp(3) / (math.exp(1) + math.exp(2) + math.exp(3)),
                    ),
                    Mistake(
                        "So it would be with a score of 0. But $e^0 = 1$, and $e^{-\\infty} = 0$.",
                        lambda trace: 1 / (math.exp(1) + math.exp(2) + 1),
                    ),
                ),
            ),
        ),
        Stop(
            "On the way back the hidden word gets 0. What is not seen cannot be learnt from.",
            backward("weights", "masked"),
        ),
        Stop(
            "The first two get −0.197 and 0.197: again $a(1 - a)$, here $0.731 \\times 0.269$. "
            "Drag the third score: **second** does not move.",
            end(),
        ),
    ),
    nudge=Nudge("scores", cell=(2,), by=1.0),
    questions=(
        Question(
            ask="Make the scores 0, 0 and 9. What is the second word's share?",
            values={"scores": [0.0, 0.0, 9.0]},
            answer=value("weights", 1),
            at=forward("weights"),
            explain="The third is hidden, whatever its score is. The other two are equal: 0.5 each.",
            mistakes=(
                Mistake("The third one is hidden. Two words share.", lambda trace: 1 / 3),
                Mistake("A score of 0 is no share of 0: $e^0 = 1$.", lambda trace: 0.0),
            ),
            again="What is the second word's share at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="Mask with 0",
        text="Put 0 in place of the hidden score, instead of −∞. Is the word hidden?",
        build=zeroed,
        reveals="No: it still gets a share of 0.09, and the second word has 0.665 instead of 0.731. "
        "$e^0 = 1$, so a score of 0 counts like any other. "
        "So the mask comes before the softmax, with −∞.",
        at=forward("weights"),
    ),
)

BOX = Part(
    title="A whole sentence",
    text="Now all words of a sentence ask all words, themselves as well: [[self-attention]]. "
    "Three weight matrices make of each word its [[question|query]] **q**, its [[key]] **k** and "
    "what it offers, **v**. "
    "Watch bank: does it stand at a river, or is there money in it?",
    build=in_a_sentence,
    inputs=(
        Choice("sentence", SENTENCES, SENTENCES[0], about="sentence"),
        Choice("mask", ("none", "later words"), "none", about="hide"),
        Input(
            "E",
            [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [1.0, 1.0]],
            low=-2,
            high=2,
            step=0.1,
            about="a row each for the, river, money, bank",
            labels=(WORDS, MEANINGS),
        ),
        Input("W_q", IDENTITY, low=-2, high=2, step=0.1, about="makes questions"),
        Input("W_k", IDENTITY, low=-2, high=2, step=0.1, about="makes keys"),
        Input("W_v", IDENTITY, low=-2, high=2, step=0.1, about="makes what is offered"),
    ),
    walk=(
        Stop(
            "Three tokens: “the”, “river”, “bank”. Bank alone means water and wealth alike: "
            "its row of **E** is $[1, 1]$.",
            start(),
        ),
        Stop(
            "Inside the box. Here the weights are the [[identity]], so each word asks, answers and "
            "offers with its own vector. They will differ soon.",
            forward("Attention/q"),
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "All scores at once: a row for each word that asks, a column for each that answers. "
            "Bank, in the last row, scores 0, 2 and 2.",
            forward("Attention/scores"),
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "Divided by $\\sqrt{2}$, then the softmax, row by row. Each row adds up to 1. "
            "Bank takes 0.108 of “the”, 0.446 of “river” and 0.446 of itself.",
            forward("Attention/weights"),
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "The weighted sums, and one more matrix, $W_o$, the identity here. Bank was $[1, 1]$ and is now "
            "$[1.34, 0.446]$: it has taken water from its neighbour.",
            forward("out"),
        ),
        Stop(
            "Now money stands in river's place. Bank's row of **E** is the same as before.",
            forward("out"),
            {"sentence": SENTENCES[1]},
            predict=Question(
                ask="How much water does bank have now?",
                answer=value("out", 2, 0),
                explain="It takes 0.446 of itself, which has 1 of water; money has none. "
                "Its vector is $[0.446, 1.34]$: one token, two vectors.",
                mistakes=(
                    Mistake("So it was beside river.", lambda trace: float(trace.value("out")[2, 1])),
                    Mistake("That is bank before it has asked.", value("x", 2, 0)),
                    Mistake("It takes a share of itself, too, and has water of its own.", lambda trace: 0.0),
                ),
            ),
        ),
        Stop(
            "Now the first two words change places. Bank's vector stays $[1.34, 0.446]$: a sum does not "
            "know the order of its terms. Attention alone is blind to order; lesson 18 adds positions.",
            forward("out"),
            {"sentence": SENTENCES[2]},
        ),
        Stop(
            "In order again, and later words are hidden. Above the diagonal all scores are −∞: "
            "the first word may look at itself alone.",
            forward("Attention/masked"),
            {"mask": "later words"},
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "Why three matrices? Here, with nothing hidden, $W_v$ makes the offer: water minus wealth. "
            "River offers $[2, -2]$, and bank, which is both, offers 0.",
            forward("Attention/v"),
            BY_HAND_WEIGHTS,
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "And $W_q$ makes the question: bank is $[1, 1]$, but asks for water alone, $[2, 0]$. "
            "Its key says what it is, as before.",
            forward("Attention/q"),
            BY_HAND_WEIGHTS,
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "Bank scores river 4 and itself 2. So it takes 0.768 of river and 0.187 of itself.",
            forward("Attention/mixed"),
            BY_HAND_WEIGHTS,
            open=("Attention",),
            focus="Attention",
            predict=Question(
                ask="How much water does bank get?",
                answer=value("mixed", 2, 0),
                explain="$0.768 \\times 2 = 1.54$, as bank itself offers 0. With the identity it was 1.34.",
                mistakes=(
                    Mistake("That is river's share. River offers 2 of water.", value("weights", 2, 1)),
                    Mistake("You let bank take of its own water, 1. What it offers is 0.", with_own_water),
                    Mistake("So it was with the identity.", lambda trace: 1.337418646),
                ),
            ),
        ),
        Stop(
            "The identity again, and back. River's row of **x** gets 0.446 for what it offers, 0.209 for its "
            "key and 0 for its question, as only bank's answer counts: 0.655, for **E** to learn from.",
            backward("Attention/k", "x"),
            open=("Attention",),
            focus="Attention",
        ),
    ),
    nudge=Nudge("E", cell=(1, 0)),
    questions=(
        Question(
            ask="Hide later words. How much water does river have in **out**?",
            values={"mask": "later words"},
            draws=("E",),
            answer=value("out", 1, 0),
            explain="“Bank” is hidden from river. It takes 0.944 of itself, which has 2 of water, and 0.0558 "
            "of “the”, which has none: 1.89.",
            mistakes=(
                Mistake("That is river before it has asked.", value("x", 1, 0)),
                Mistake("That is bank's. River stands in the second row.", value("out", 2, 0)),
                Mistake("That is its share of itself. It has 2 of water.", value("weights", 1, 1)),
            ),
            again="How much water does river have in **out** at these numbers?",
        ),
        Question(
            ask="Hide nothing, and make $W_v$ twice the identity: 2 and 0, 0 and 2. How much water does "
            "bank have in **out**?",
            values={"W_v": [[2.0, 0.0], [0.0, 2.0]]},
            draws=("E",),
            answer=value("out", 2, 0),
            explain="All offer twice as much, and the shares stay: $2 \\times 1.337 = 2.67$. "
            "$W_v$ has no part in who is asked.",
            mistakes=(
                Mistake("That is river's part. Bank takes of itself, too.", from_the_neighbour),
                Mistake("You doubled the scores as well. $W_v$ has no part in them.", with_doubled_scores),
                Mistake("That is what bank has of its own.", value("x", 2, 0)),
            ),
            again="How much water does bank have in **out** at these numbers?",
        ),
    ),
    experiment=Experiment(
        title="Questions without content",
        text="Make $W_q$ zero, so that all words ask the same empty question. What will bank take?",
        values={"W_q": [[0.0, 0.0], [0.0, 0.0]]},
        reveals="All scores are 0, so bank takes a third of each word, and **water** is 1. "
        "Attention without questions is an average.",
        at=forward("Attention/weights"),
        open=("Attention",),
        focus="Attention",
    ),
)

HEADS = Part(
    title="Two heads",
    text="One softmax has a single 1 to share out. What if a word has two questions at once? "
    "Then the box runs two attentions side by side, called [[heads|head]], each in columns of its own. "
    "Boat asks again, now with four numbers: water, wealth, size and age.",
    build=side_by_side,
    inputs=(
        Choice("heads", (1, 2), 1, about="heads"),
        Input(
            "x",
            [[2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]],
            low=-3,
            high=3,
            step=0.1,
            about="the words that answer: river, old",
            labels=(("river", "old"), FOUR),
        ),
        Input(
            "y",
            [[2.0, 0.0, 0.0, 2.0]],
            low=-3,
            high=3,
            step=0.1,
            about="the word that asks: boat",
            labels=(("boat",), FOUR),
        ),
    ),
    walk=(
        Stop(
            "Boat asks for water and for age at once. River has 2 of water, old has 2 of age. "
            "First a single head; all weights are the [[identity]].",
            start(),
        ),
        Stop(
            "Both words score 4, so each gets half of boat's attention.",
            forward("Attention/weights"),
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "Boat takes half of each: 1 of water and 1 of age. The two questions got in each other's way.",
            forward("out"),
        ),
        Stop(
            "Now two heads. Head 1 sees the first two columns alone, water and wealth. "
            "There boat asks $[2, 0]$, and river gets a share of 0.944.",
            forward("Attention/head 1/weights"),
            {"heads": 2},
            open=("Attention", "Attention/head 1"),
            focus="Attention/head 1",
        ),
        Stop(
            "Head 2 sees size and age, and has a softmax of its own. Here boat asks $[0, 2]$, and old gets "
            "0.944.",
            forward("Attention/head 2/weights"),
            {"heads": 2},
            open=("Attention", "Attention/head 2"),
            focus="Attention/head 2",
        ),
        Stop(
            "Both results are laid side by side: two numbers of head 1, two of head 2. "
            "$W_o$ may mix them; here it is the identity.",
            forward("out"),
            {"heads": 2},
            predict=Question(
                ask="How much age does boat carry now?",
                answer=value("out", 0, 3),
                explain="$0.944 \\times 2 = 1.89$, and as much water: nearly all of both, where one head "
                "got 1 and 1.",
                mistakes=(
                    Mistake("So it was with one head.", lambda trace: 1.0),
                    Mistake(
                        "That is old's share in head 2. Old has 2 of age.",
                        value("Attention/head 2/softmax/weights", 0, 1),
                    ),
                    Mistake("That is all that old has. Boat takes 0.944 of it.", value("x", 1, 3)),
                ),
            ),
        ),
        Stop(
            "Now back. **age** comes from head 2, so head 2 gets the 1 and head 1 gets 0: each head "
            "learns from its own columns.",
            backward("Attention/joined", "head2"),
            {"heads": 2},
            open=("Attention",),
            focus="Attention",
        ),
    ),
    nudge=Nudge("y", cell=(0, 3)),
    questions=(
        Question(
            ask="Take two heads, and let boat ask for water alone: make **y** 2, 0, 0, 0. How much age does "
            "it carry?",
            values={"heads": 2, "y": [[2.0, 0.0, 0.0, 0.0]]},
            draws=("x",),
            answer=value("out", 0, 3),
            at=forward("out"),
            explain="Head 2 gets the empty question $[0, 0]$, so its shares are 0.5 and 0.5. "
            "Half of old's 2 is 1. A head that asks for nothing takes the average.",
            mistakes=(
                Mistake("Head 2 asks for nothing, but its shares still add up to 1.", lambda trace: 0.0),
                Mistake(
                    "That is old's share. Old has 2 of age.", value("Attention/head 2/softmax/weights", 0, 1)
                ),
            ),
            again="How much age does boat carry at these numbers?",
        ),
    ),
    charts=(
        Chart(
            title="In a trained model",
            text="An attention map of the language model of lesson 19: each row is a word that asks, and "
            "adds up to 1. In each of its two blocks four heads run side by side. Later words are hidden. "
            "Head 1 of block 2 looks mostly at the word before. See what the others look at.",
            draw=trained_map,
            settings=(
                Choice("text", READ, READ[0], about="text"),
                Choice("block", (1, 2), 2, about="block"),
                Choice("head", (1, 2, 3, 4), 1, about="head"),
            ),
        ),
    ),
)

LESSON = Lesson(
    title="Attention",
    chapter="Sequences",
    goal="Let words ask each other: compare, share out, mix, with every number in sight.",
    needs="Lesson 13.",
    parts=(BY_HAND, ROOT, MASK, BOX, HEADS),
    can_do=(
        "Compute one question's scores, shares and answer by hand, and their gradients.",
        "Say why scores are divided by a root, and why a mask is −∞ and not 0.",
        "Read an attention map: who asks whom, and how much each answer counts.",
    ),
    summary=(
        "Attention compares a question with all keys, makes shares of the scores, and mixes what is offered.",
        "Divided by √d the scores stay small, so the softmax stays unsure enough to learn.",
        "The same token gets another vector in another sentence: that is context.",
    ),
)
