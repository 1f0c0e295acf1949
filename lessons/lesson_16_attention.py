# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Attention: scores, scaling, mask, softmax and the weighted sum, by hand and as one box that opens.

Source: Vaswani and others, Attention is all you need, 2017.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from engine import Tensor
from engine.functional import softmax, where
from engine.nn import Attention, EmbedToken
from engine.ops.attend import shares_behind
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
SENTENCES = ("the river bank", "the money bank")
IDENTITY = [[1.0, 0.0], [0.0, 1.0]]
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
def map_of(sentence: str, hide: str) -> Grid:
    """By which shares each word of the sentence takes from each, in the box of the last part."""
    arguments = {one.name: one.default for one in BOX.inputs if isinstance(one, Input)}
    leaves: dict[str, Any] = {name: Tensor(numbers, name=name) for name, numbers in arguments.items()}
    (shares,) = shares_behind(in_a_sentence(sentence, hide, **leaves))
    words = tuple(sentence.split())
    return Grid(words, words, np.round(shares[0, 0], 3), x="answers", y="asks")


@cache
def trained_map(text: str, block: int, head: int) -> Grid:
    """The same in the shipped LanguageModel: one of its two blocks, one of its four heads."""
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
                ask="Which share does river get?",
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
            "Now back: **water** is the first number of **out**. River has 1 of water, so its share gets a "
            "gradient of 1. Money has none: 0.",
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
            ask="Let boat ask for both: make **y** 1 and 1. What is river's share?",
            values={"y": [[1.0, 1.0]]},
            answer=value("weights", 0, 0),
            at=forward("weights"),
            explain="Both scores are 1, so the shares are equal: 0.5 each.",
            mistakes=(
                Mistake("That is the score. The shares add up to 1.", value("scores", 0, 0)),
                Mistake("That is the scaled score. The shares add up to 1.", value("scaled", 0, 0)),
            ),
            again="What is river's share at these numbers?",
        ),
        Question(
            ask="Make **y** 0 and 2, so that it asks for wealth. How much of water is in **out**?",
            values={"y": [[0.0, 2.0]]},
            answer=value("out", 0, 0),
            at=forward("out"),
            explain="Money wins this time. River keeps a share of 0.196, and it alone has water.",
            mistakes=(
                Mistake("That is money's share. It has no water.", value("weights", 0, 1)),
                Mistake("River's score is 0, but a score of 0 is no share of 0.", lambda trace: 0.0),
            ),
            again="How much of water is in **out** at these numbers?",
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
    title="Why divide by a root",
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
            "Back again, now with the scores divided. The slope is $a(1 - a)$ as before, with $a$ the first "
            "key's share.",
            backward("weights", "scaled"),
            {"d": 64},
            predict=Question(
                ask="What is the gradient of the first scaled score?",
                answer=gradient("scaled", 0),
                explain="$0.881 \\times 0.119 = 0.105$, about a million times as much as before.",
            ),
        ),
    ),
    nudge=Nudge("scores", cell=(1,)),
    questions=(
        Question(
            ask="Divide by the root of 16. What is the gradient of the first of the **scores**?",
            values={"d": 16},
            answer=gradient("scores", 0),
            at=backward("scaled", "scores"),
            explain="The scaled scores are 4 and 0, the shares 0.982 and 0.018. The softmax lets "
            "$0.982 \\times 0.018 = 0.0177$ pass, and the division by 4 leaves 0.00442.",
            mistakes=(
                Mistake(
                    "That is the gradient of the scaled score. The division by 4 is still to come.",
                    gradient("scaled", 0),
                ),
                Mistake(
                    "The local gradient of dividing by 4 is 1/4. You multiplied by 4.",
                    lambda trace: 4 * trace.gradient("scaled")[0],
                ),
            ),
            again="What is the gradient of the first of the **scores** at these numbers?",
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
    title="Mask before the softmax",
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
            "Three words have the scores 1, 2 and 3. The third comes later, so **hidden** marks it.",
            start(),
        ),
        Stop("Its score becomes −∞. Nothing can be less.", forward("masked")),
        Stop(
            "$e^{-\\infty} = 0$, so the hidden word gets a share of exactly 0. "
            "The others share out all of the 1.",
            forward("weights"),
            predict=Question(
                ask="What is the second word's share?",
                answer=value("weights", 1),
                explain="$e^2 / (e^1 + e^2) = 0.731$. The third word is not in the sum.",
                mistakes=(
                    Mistake(
                        "So it would be without the mask. Leave $e^3$ out of the sum.",
                        lambda trace: math.exp(2) / (math.exp(1) + math.exp(2) + math.exp(3)),
                    ),
                    Mistake(
                        "You shared out the scores themselves. The softmax takes $e$ to each score first.",
                        lambda trace: 2 / 3,
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
    "what it has to offer, **v**. All of that is one box. "
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
            "Inside the box. Here the weights are the [[identity]], so each word asks and answers "
            "with its own vector. Training will find better ones.",
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
            "The weighted sums: bank was $[1, 1]$ and is now $[1.34, 0.446]$. "
            "It has taken water from its neighbour.",
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
            "Now later words are hidden. Above the diagonal all scores are −∞: "
            "the first word may look at itself alone.",
            forward("Attention/masked"),
            {"mask": "later words"},
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "Hide nothing again, and back through the box. **water** asks about bank alone, so only the "
            "last row of the shares gets a gradient: 0, 2 and 1, what each word has of water.",
            backward("Attention/mixed", "weights"),
            open=("Attention",),
            focus="Attention",
        ),
        Stop(
            "**E** collects from three uses: as questions, as keys and as what is offered. River's row gets "
            "0.655, though **water** is of bank alone: words learn from their neighbours.",
            end(),
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
            ask="Later words are still hidden. What is the first word's share of itself?",
            values={"mask": "later words"},
            answer=value("weights", 0, 0),
            explain="It is alone: the only share is 1. Without the mask it was a third.",
            mistakes=(
                Mistake("So it is without the mask. The other two are hidden.", lambda trace: 1 / 3),
                Mistake("Its score is 0, but $e^0 = 1$, and it is alone.", lambda trace: 0.0),
            ),
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
    charts=(
        Chart(
            title="Attention map",
            text="The shares of the box as a heat map. Each row is a word that asks, and adds up to 1.",
            draw=map_of,
            settings=(
                Choice("sentence", SENTENCES, SENTENCES[0], about="sentence"),
                Choice("hide", ("none", "later words"), "none", about="words"),
            ),
        ),
        Chart(
            title="In a trained model",
            text="The same in the language model of lesson 19. In each of its two blocks four attentions run "
            "side by side, called [[heads|head]]. Later words are hidden. Head 1 of block 2 looks mostly at "
            "the "
            "word before. See what the others look at.",
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
    parts=(BY_HAND, ROOT, MASK, BOX),
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
