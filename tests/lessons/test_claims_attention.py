"""Every number that the texts of lesson 16 and those after it claim is a computed one."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine.nn import Attention, FeedForward, TransformerBlock
from lessons import lesson_16_attention as attention
from lessons import lesson_18_bert as bert
from lessons import lesson_21_race as race
from lessons.french import pairs
from lessons.lesson import Part
from lessons.lesson_18_bert import weights_of
from lessons.lesson_19_language_model import NEXT, likely, written
from lessons.lesson_20_sequence_to_sequence import FOR_BLUE, FOR_HOUSE, NINE_WORDS, by_length, dictionary
from lessons.models import find_model
from lessons.models.model_sequence_to_sequence import translate
from lessons.run import run_part
from lessons.verses import sentences, vocabulary
from tests.lessons.cases import Claim, Place, check_claim, every_claim, gradient, value

MONEY, SWAPPED = "the money bank", "river the bank"
HAND: dict[str, Any] = {**attention.BY_HAND_WEIGHTS}
THRICE, BOTH = [[3.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [0.0, 1.0]]  # what river is
ONE_WISH = [[2.0, 0.0, 0.0, 0.0]]
LANGUAGE, QUICK, MAT = "language-transformer", "the quick brown", "the cat sat on the"
HEARS = "the queen hears the mouse"
GREEN = "une vache verte dort"
LATER = "later words"
NO_MEMORY = [[0.0, 0.0], [0.0, 0.0]]
IN_BLOCKS = ("attention", "FeedForward", "norms")

CLAIMS: dict[Place, list[Claim]] = {
    ("attention", 1): [
        ("$2 \\times 1 + 0 \\times 0 = 2$", "2", value("scores", 0, 0)),
        ("money gets 0", "0", value("scores", 0, 1)),
        ("the scores are 1.41 and 0", "1.41", value("scaled", 0, 0)),
        ("$e^{1.41} = 4.11$", "4.11", lambda part: math.exp(value("scaled", 0, 0)(part))),
        ("0.804 of river and 0.196 of money", "0.804", value("weights", 0, 0)),
        ("0.804 of river and 0.196 of money", "0.196", value("weights", 0, 1)),
        ("now carries 0.804 of water", "0.804", value("water")),
        ("Its score is 6, its share 0.986", "6", value("scores", 0, 0, x=THRICE)),
        ("Its score is 6, its share 0.986", "0.986", value("weights", 0, 0, x=THRICE)),
        ("$0.986 \\times 3 = 2.96$", "2.96", value("out", 0, 0, x=THRICE)),
        ("so river's share gets what river has of it, 1", "1", gradient("weights", 0, 0)),
        ("Money has none: 0", "0", gradient("weights", 0, 1)),
        ("$0.804 \\times 0.196 = 0.157$", "0.157", gradient("scaled", 0, 0)),
        ("Money's score gets −0.157", "-0.157", gradient("scaled", 0, 1)),
        ("its score's gradient, 0.111", "0.111", gradient("scores", 0, 0)),
        ("that is 0.222", "0.222", gradient("keys", 0, 0)),
        ("$3 \\times 1 + 2 \\times 2 = 7$", "7", value("scores", 0, 0, x=BOTH, y=[[3.0, 2.0]])),
        ("and 1.03 together", "1.03", gradient("x", 0, 0)),
        ("River keeps a share of 0.196", "0.196", value("weights", 0, 0, y=[[0.0, 2.0]])),
        ("River's share is 1.000", "1", value("weights", 0, 0, experiment=True)),
        ("get 7.21e−7 instead of 0.157", "7.21e-07", gradient("scaled", 0, 0, experiment=True)),
    ],
    ("attention", 2): [
        ("share is 1.13e−7", "1.13e-07", value("weights", 1)),
        ("is as small: 1.13e−7", "1.13e-07", gradient("scaled", 0)),
        ("the scores are 2 and 0", "2", value("scaled", 0, d=64)),
        ("The shares are 0.881 and 0.119", "0.881", value("weights", 0, d=64)),
        ("The shares are 0.881 and 0.119", "0.119", value("weights", 1, d=64)),
        ("$0.881 \\times 0.119 = 0.105$", "0.105", gradient("scaled", 0, d=64)),
        (
            "about a million times",
            "0.933",
            lambda part: gradient("scaled", 0, d=64)(part) / gradient("scaled", 0)(part) / 1e6,
        ),
        ("$0.105 / 8 = 0.0131$", "0.0131", gradient("scores", 0, d=64)),
        ("The shares are 0.982 and 0.018", "0.982", value("weights", 0, d=16)),
        ("The shares are 0.982 and 0.018", "0.018", value("weights", 1, d=16)),
        ("0.018 = -0.0177$", "-0.0177", gradient("scaled", 1, d=16)),
        ("leaves −0.00442", "-0.00442", gradient("scores", 1, d=16)),
        ("with 64 products it is about 8", "8.16", lambda part: score_of(64, divided=False)),
        ("Divided, it stays near 1", "1.02", lambda part: score_of(64, divided=True)),
    ],
    ("attention", 3): [
        ("so it gets exactly 0", "0", value("weights", 2)),
        ("$e^2 / (e^1 + e^2) = 0.731$", "0.731", value("weights", 1)),
        ("the hidden word gets 0", "0", gradient("masked", 2)),
        ("get −0.197 and 0.197", "-0.197", gradient("scores", 0)),
        ("get −0.197 and 0.197", "0.197", gradient("scores", 1)),
        ("here $0.731 \\times 0.269$", "0.269", value("weights", 0)),
        ("still gets a share of 0.09", "0.09", value("weights", 2, experiment=True)),
        ("has 0.665 instead of 0.731", "0.665", value("second", experiment=True)),
    ],
    ("attention", 4): [
        ("scores 0, 2 and 2", "0", value("Attention/scores", 2, 0)),
        ("scores 0, 2 and 2", "2", value("Attention/scores", 2, 1)),
        ("scores 0, 2 and 2", "2", value("Attention/scores", 2, 2)),
        ("Bank takes 0.108 of “the”", "0.108", value("weights", 2, 0)),
        ("0.446 of “river” and 0.446 of itself", "0.446", value("weights", 2, 1)),
        ("0.446 of “river” and 0.446 of itself", "0.446", value("weights", 2, 2)),
        ("is now $[1.34, 0.446]$", "1.34", value("out", 2, 0)),
        ("is now $[1.34, 0.446]$", "0.446", value("out", 2, 1)),
        ("Its vector is $[0.446, 1.34]$", "0.446", value("out", 2, 0, sentence=MONEY)),
        ("Its vector is $[0.446, 1.34]$", "1.34", value("out", 2, 1, sentence=MONEY)),
        ("all scores are −∞", "-inf", value("Attention/masked", 0, 1, mask=LATER)),
        ("Bank's vector stays $[1.34, 0.446]$", "1.34", value("out", 2, 0, sentence=SWAPPED)),
        ("Bank's vector stays $[1.34, 0.446]$", "0.446", value("out", 2, 1, sentence=SWAPPED)),
        ("River offers $[2, -2]$", "2", value("v", 1, 0, **HAND)),
        ("River offers $[2, -2]$", "-2", value("v", 1, 1, **HAND)),
        ("bank, which is both, offers 0", "0", value("v", 2, 0, **HAND)),
        ("bank, which is both, offers 0", "0", value("v", 2, 1, **HAND)),
        ("asks for water alone, $[2, 0]$", "2", value("q", 2, 0, **HAND)),
        ("asks for water alone, $[2, 0]$", "0", value("q", 2, 1, **HAND)),
        ("scores river 4 and itself 2", "4", value("Attention/scores", 2, 1, **HAND)),
        ("scores river 4 and itself 2", "2", value("Attention/scores", 2, 2, **HAND)),
        ("takes 0.768 of river and 0.187 of itself", "0.768", value("weights", 2, 1, **HAND)),
        ("takes 0.768 of river and 0.187 of itself", "0.187", value("weights", 2, 2, **HAND)),
        ("$0.768 \\times 2 = 1.54$", "1.54", value("out", 2, 0, **HAND)),
        ("0.446 for what it offers", "0.446", gradient("v", 1, 0)),
        ("0.209 for its key", "0.209", gradient("k", 1, 0)),
        ("0 for its question", "0", gradient("q", 1, 0)),
        ("only bank's answer counts: 0.655", "0.655", gradient("E", 1, 0)),
        (
            "only bank's answer counts: 0.655",
            "0.655",
            lambda part: sum(gradient(name, 1, 0)(part) for name in "qkv"),
        ),
        ("$2 \\times 1.337 = 2.67$", "2.67", value("out", 2, 0, W_v=[[2.0, 0.0], [0.0, 2.0]])),
        ("It takes 0.446 of itself", "0.446", value("weights", 2, 2, sentence=MONEY)),
        ("It takes 0.944 of itself", "0.944", value("weights", 1, 1, mask=LATER)),
        ("and 0.0558 of “the”", "0.0558", value("weights", 1, 0, mask=LATER)),
        ("which has none: 1.89", "1.89", value("out", 1, 0, mask=LATER)),
        ("and **water** is 1", "1", value("water", experiment=True)),
    ],
    ("attention", 5): [
        ("Both words score 4", "4", value("scores", 0, 0)),
        ("Both words score 4", "4", value("scores", 0, 1)),
        ("so each gets half", "0.5", value("weights", 0, 1)),
        ("1 of water and 1 of age", "1", value("out", 0, 0)),
        ("1 of water and 1 of age", "1", value("out", 0, 3)),
        ("There boat asks $[2, 0]$", "2", value("Attention/head 1/q_h", 0, 0, heads=2)),
        ("river gets a share of 0.944", "0.944", value("Attention/head 1/softmax/weights", 0, 0, heads=2)),
        ("Here boat asks $[0, 2]$", "2", value("Attention/head 2/q_h", 0, 1, heads=2)),
        ("old gets 0.944", "0.944", value("Attention/head 2/softmax/weights", 0, 1, heads=2)),
        ("$0.944 \\times 2 = 1.89$", "1.89", value("out", 0, 3, heads=2)),
        ("and as much water", "1.89", value("out", 0, 0, heads=2)),
        ("so head 2 gets the 1", "1", gradient("head2", 0, 1, heads=2)),
        (
            "head 1 gets 0",
            "0",
            lambda part: float(np.abs(run_part(part, {"heads": 2}).gradient("head1")).max()),
        ),
        (
            "its shares are 0.5 and 0.5",
            "0.5",
            value("Attention/head 2/softmax/weights", 0, 1, heads=2, y=ONE_WISH),
        ),
        ("Half of old's 2 is 1", "1", value("out", 0, 3, heads=2, y=ONE_WISH)),
    ],
    ("bert", 1): [
        ("has 156 weights", "156", lambda part: TransformerBlock(4, 1, 8).size()),
        ("Of its 72 weights 64", "72", lambda part: TransformerBlock(4, 1, 8).attention.size()),
        ("Of its 72 weights 64", "64", lambda part: Attention(4).size()),
        ("Of its 84 weights 76", "84", lambda part: TransformerBlock(4, 1, 8).feed_forward.size()),
        ("Of its 84 weights 76", "76", lambda part: FeedForward(4, 4, 8).size()),
        ("$8 \\times 8$: 256", "256", lambda part: Attention(8).size()),
        ("becomes $1 + 0.738", "0.738", value("changed", 0, 0)),
        ("$1 + 0.738 = 1.74$", "1.74", value("added", 0, 0)),
        ("first number 0.0396", "0.0396", gradient("x", 1, 0)),
        ("The first row only", "0", gradient("x", 1, 0, experiment=True)),
        ("The first row only", "0", gradient("x", 2, 1, experiment=True)),
    ],
    ("bert", 2): [
        ("1 goes in, 23.7 comes out", "23.7", value("h24")),
        ("**h2** comes in, 2.09", "2.09", value("h2")),
        ("Times its own 0.5 that is 1.04", "1.04", value("block 3/z")),
        ("The bend makes it 0.779", "0.779", value("block 3/bent")),
        ("adds what came in: **h3** is 2.86", "2.86", value("h3")),
        ("1.18 arrives", "1.18", gradient("h3")),
        ("has left 0.465 at **z**", "0.465", gradient("block 3/z")),
        ("$1.18 + 0.465 \\times 0.5 = 1.42$", "1.42", gradient("h2")),
        ("**x** gets 2.58", "2.58", gradient("x")),
        ("24 terms, 4.97 together", "4.97", gradient("w", weights="one set")),
        ("Now 1 becomes 19.1", "19.1", value("h24", weights=bert.UNLIKE)),
        ("**x** gets 3.45", "3.45", gradient("x", weights=bert.UNLIKE)),
        ("block 1 has 0.04", "0.04", lambda part: weight_of_block(part, 1)),
        ("block 2 has 0.08", "0.08", lambda part: weight_of_block(part, 2)),
        ("up to 0.96", "0.96", lambda part: weight_of_block(part, 24)),
        ("Now **h3** gets 1.03", "1.03", gradient("h3", x=2.0)),
        ("leaves 0.103 at **z**", "0.103", gradient("block 3/z", x=2.0)),
        ("0.5 = 1.08$", "1.08", gradient("h2", x=2.0)),
        ("back from 1 to 2.58", "2.58", lambda part: max(along(part))),
        ("back from 1 to 2.58", "1", lambda part: along(part) == sorted(along(part), reverse=True)),
        ("from 1 to 4.37e−8", "1", gradient("h24", experiment=True)),
        ("$1.5^{24} = 16\\,834$", "1.68e+04", gradient("x", x=0.0)),
        ("4.37e−8", "4.37e-08", gradient("x", experiment=True)),
    ],
    ("bert", 3): [
        ("nine in all", "9", lambda part: len(run_part(part).value("vectors"))),
        ("It has 2224 weights", "2.22e+03", lambda part: find_model("bert-24").load().bert.blocks[2].size()),
        ("2.94 for a person, −2.68", "2.94", value("scores", 0)),
        ("2.94 for a person, −2.68", "-2.68", value("scores", 1)),
        ("0.996 for person", "0.996", value("p", 0)),
        ("which begins with 0.321", "0.321", value("embedded", 1, 0)),
        ("both have the same row", "0.321", value("embedded", 7, 0)),
        ("Place 1 begins with −0.903", "-0.903", value("rows", 1, 0)),
        ("$0.321 - 0.903 = -0.582$", "-0.582", value("placed", 1, 0)),
        ("Place 7 begins with 1.18", "1.18", value("rows", 7, 0)),
        ("$0.321 + 1.18 = 1.5$", "1.5", value("placed", 7, 0)),
        ("“mouse” begins with −0.496", "-0.496", value("embedded", 5, 0, sentence=HEARS)),
        ("of its place with 0.335", "0.335", value("rows", 5, 0, sentence=HEARS)),
        ("only `<cls>` has a gradient", "1", lambda part: rows_reached(part, "vectors")),
        ("takes out what would stretch the vector", "1", lambda part: stretches(part) > 0.9),
        ("“it” gets 0.997", "0.997", lambda part: bert.guessed(bert.GUESSES[0]).groups[0][1][0]),
        ("only 0.00361 reaches the scores", "0.00361", gradient("scores", 0)),
        ("the tall bar, 0.00516", "0.00516", lambda part: after_blocks(part)[-1]),
        ("and leaves 9.4e−4", "0.000936", lambda part: after_blocks(part)[-2]),
        ("pass 4.2e−4 to the start", "0.00042", lambda part: after_blocks(part)[0]),
        ("BERT has 54,416 weights", "5.44e+04", lambda part: bert.reader().size()),
        ("$54\\,416 - 23 \\times 2224 = 3264$", "3.26e+03", lambda part: bert.one_set()),
        ("falls to 0.00556", "0.00556", value("person", experiment=True)),
        ("at the first block as at the last, 0.004", "0.004", lambda part: over_depth("before training")[-1]),
        (
            "at the first block as at the last, 0.004",
            "0.00389",
            lambda part: over_depth("before training")[0],
        ),
        ("Without residuals 1.18e−5 is left", "1.18e-05", lambda part: over_depth("before training", 1)[-1]),
        ("explodes to 593 thousand", "593", lambda part: over_depth("before training", 2)[-1] / 1000),
        ("vanishes: 3.26e−19", "3.26e-19", lambda part: over_depth("before training", 3)[-1]),
        ("falls from 0.00169 to 0.000272", "0.00169", lambda part: over_depth("after training")[0]),
        ("falls from 0.00169 to 0.000272", "0.000272", lambda part: over_depth("after training")[-1]),
        ("no lower than 0.0002", "0.000202", lambda part: min(over_depth("after training"))),
        (
            "302 of 334 million",
            "302",
            lambda part: sum(weights_of(30_522, 512, 1024, 4096, 24)[name] for name in IN_BLOCKS) / 1e6,
        ),
        (
            "302 of 334 million",
            "334",
            lambda part: sum(weights_of(30_522, 512, 1024, 4096, 24).values()) / 1e6,
        ),
    ],
    ("language-model", 1): [
        ("$0.5 \\times 1 + 2 \\times 1 = 2.5$", "2.5", value("scores", 2)),
        ("$e^{0.5} = 1.65$", "1.65", lambda part: math.exp(value("scores", 0)(part))),
        ("$e^2 = 7.39$", "7.39", lambda part: math.exp(value("scores", 1)(part))),
        ("$e^{2.5} = 12.2$", "12.2", lambda part: math.exp(value("scores", 2)(part))),
        ("7.39 + 12.2) = 0.574$", "0.574", value("p", 2)),
        ("“Blue” has 0.348, and “the” has 0.0777", "0.348", value("p", 1)),
        ("“Blue” has 0.348, and “the” has 0.0777", "0.0777", value("p", 0)),
        ("$-\\ln 0.574 = 0.555$", "0.555", value("loss")),
        ("$-1 / 0.574 = -1.74$", "-1.74", gradient("chance")),
        ("0.426 = -0.426$", "-0.426", gradient("scores", 2)),
        ("probabilities, 0.0777 and 0.348", "0.0777", gradient("scores", 0)),
        ("probabilities, 0.0777 and 0.348", "0.348", gradient("scores", 1)),
        ("**x** gets $-0.348$ and $-0.0777$", "-0.348", gradient("x", 0)),
        ("**x** gets $-0.348$ and $-0.0777$", "-0.0777", gradient("x", 1)),
        ("$0.348 - 1 = -0.652$", "-0.652", gradient("scores", 1, right="blue")),
        ("\\ln 3 = 1.1$", "1.1", value("loss", x=[0.0, 0.0])),
        ("The loss is 2.55 instead of 0.555", "2.55", value("loss", experiment=True)),
        ("its score gets −0.922", "-0.922", gradient("scores", 0, experiment=True)),
    ],
    ("language-model", 2): [
        ("the model says 0.216, 0.322 and 0.462", "0.216", value("p", 0)),
        ("the model says 0.216, 0.322 and 0.462", "0.322", value("p", 1)),
        ("the model says 0.216, 0.322 and 0.462", "0.462", value("p", 2)),
        ("its last state, $[0.363, 0.762]$", "0.363", value("x", 0)),
        ("its last state, $[0.363, 0.762]$", "0.762", value("x", 1)),
        ("The loss is 0.771", "0.771", value("loss")),
        ("House's row begins with −0.195", "-0.195", gradient("E", 2, 0)),
        ("0.363 = 0.117$", "0.117", lambda part: from_writing(part)[1, 0]),
        ("number that adds −0.279", "-0.279", gradient("embedded", 1, 0)),
        ("$0.117 - 0.279 = -0.162$", "-0.162", gradient("E", 1, 0)),
        ("14 numbers to learn instead of 20", "14", lambda part: numbers_learnt(part, False)),
        ("14 numbers to learn instead of 20", "20", lambda part: numbers_learnt(part, True)),
        ("the row of “blue”, 0 and 0.762", "0.762", value("x", 1, U=NO_MEMORY)),
        ("the row of “blue”, 0 and 0.762", "0", value("x", 0, U=NO_MEMORY)),
        ("2.14 + 2.14) = 0.405$", "0.405", value("p", 2, U=NO_MEMORY)),
        ("Nothing: 0 and 0", "0", gradient("E", 2, 0, experiment=True)),
        ("Nothing: 0 and 0", "0", gradient("E", 2, 1, experiment=True)),
    ],
    ("language-model", 3): [
        ("535 words and 39 thousand weights", "38.9", lambda part: find_model(LANGUAGE).load().size() / 1e3),
        ("535 words and", "535", lambda part: len(vocabulary())),
        ("eighteen thousand simple sentences", "18.5", lambda part: len(sentences()[0]) / 1e3),
        ("three vectors of 32 numbers", "32", lambda part: np.shape(run_part(part).value("embedded"))[1]),
        ("0.98 for fox", "0.98", value("chance")),
        ("the loss is 0.0197", "0.0197", value("loss")),
        ("unto follows, with 0.748", "0.748", value("chance", text="and god said")),
        ("$-1 / 0.748 = -1.34$", "-1.34", gradient("chance", text="and god said")),
        ("$-1 / 0.98 = -1.02$", "-1.02", gradient("chance")),
        ("The loss is 0.291", "0.291", value("loss", text="and god said")),
        (
            "fifteen times that of fox",
            "14.7",
            lambda part: value("loss", text="and god said")(part) / value("loss")(part),
        ),
        ("For who knows nothing it is 535", "535", lambda part: uniform_perplexity()),
        ("\\ln 535 = 6.28$", "6.28", lambda part: math.log(len(vocabulary()))),
        ("mat has a probability of 0.61", "0.61", value("chance", text=MAT)),
        ("0.61 = 0.494$", "0.494", value("loss", text=MAT)),
        ("0.836, forty times that of fox", "0.836", value("loss", experiment=True)),
        (
            "0.836, forty times that of fox",
            "42.4",
            lambda part: value("loss", experiment=True)(part) / value("loss")(part),
        ),
        ("israel has 0.433", "0.433", value("chance", experiment=True)),
        (
            "Fox falls from 0.98 to 0.497",
            "0.497",
            lambda part: likely(QUICK, "Transformer", "2").groups[0][1][0],
        ),
    ],
    ("sequence-to-sequence", 1): [
        ("0, 0 and $2 \\times 2 = 4$", "4", value("scores", 2)),
        ("0, 0 and 2.31", "2.31", value("scaled", 2)),
        ("$e^{2.31} = 10.1$", "10.1", lambda part: math.exp(value("scaled", 2)(part))),
        ("bleue gets 0.834", "0.834", value("weights", 2)),
        ("la and maison 0.0829 each", "0.0829", value("weights", 0)),
        ("2 = 1.67$ in its place", "1.67", value("context", 2)),
        ("2 = 0.166$ in the others", "0.166", value("context", 0)),
        ("fetches its 2, the others fetch 0", "2", gradient("weights", 2)),
        ("fetches its 2, the others fetch 0", "0", gradient("weights", 1)),
        ("(1 - 0.834) = 0.277$", "0.277", gradient("scaled", 2)),
        ("La and maison get −0.138 each", "-0.138", gradient("scaled", 1)),
        ("2 = 1.15$", "1.15", gradient("keys", 2, 2)),
        ("{3} = 0.16$", "0.16", gradient("scores", 2)),
        ("10.1 + 10.1) = 0.476$", "0.476", value("weights", 2, query=[0.0, 2.0, 2.0])),
        ("a share of 0.0829 now", "0.0829", value("weights", 2, query=[0.0, 2.0, 0.0])),
        ("a 2 in that place: 0.166", "0.166", value("blue", query=[0.0, 2.0, 0.0])),
        ("**context** is 0, 0 and 2", "0", value("context", 1, experiment=True)),
        ("**context** is 0, 0 and 2", "2", value("context", 2, experiment=True)),
        ("beside 0.166, 1.67 and 0.166", "1.67", value("context", 1, query=[0.0, 2.0, 0.0])),
        ("**query** is not even asked", "0", lambda part: asks(part)),
        ("la and maison get no gradient here", "0", gradient("keys", 1, 2, experiment=True)),
    ],
    ("sequence-to-sequence", 2): [
        ("trained on 5000 sentences", "5e+03", lambda part: len(pairs()[0])),
        ("had maison before bleue", "0", lambda part: side_by_side("maison", "bleue")),
        ("An LSTM of 24 numbers", "24", lambda part: np.shape(run_part(part).value("memory"))[1]),
        ("score of bleue is 9.45", "9.45", value(f"{FOR_BLUE}/scaled", 0, 2)),
        ("of maison 2.54", "2.54", value(f"{FOR_BLUE}/scaled", 0, 1)),
        ("So bleue gets 0.999", "0.999", value(f"{FOR_BLUE}/softmax/weights", 0, 2)),
        ("6.91 more", "6.91", lambda part: lead(part)),
        ("$e^{6.91}$ is about 1000", "1.01e+03", lambda part: math.exp(lead(part))),
        ("Maison gets 0.997", "0.997", value(f"{FOR_HOUSE}/softmax/weights", 0, 1)),
        ("0.997 for blue, 0.998 for house", "0.997", value("chances", 1)),
        ("0.997 for blue, 0.998 for house", "0.998", value("chances", 2)),
        ("$-\\ln p$: 0.0011", "0.0011", value("loss")),
        ("$-1/4 / 0.998 = -0.25$", "-0.25", gradient("chances", 2)),
        ("the loss is 0.318 instead of 0.000971", "0.318", value("loss", experiment=True)),
        ("instead of 0.000971", "0.000971", value("loss", sentence=NINE_WORDS)),
        ("a probability of 0.0539 instead of 0.998", "0.0539", value("chances", 7, experiment=True)),
        ("a probability of 0.0539 instead of 0.998", "0.998", value("chances", 7, sentence=NINE_WORDS)),
        (
            "“the beautiful men do not watch the red flower”",
            "1",
            lambda part: without_attention(NINE_WORDS) == "the beautiful men do not watch the red flower",
        ),
        ("500 sentences that no training saw", "1", lambda part: NINE_WORDS in held_out()),
        ("54 of the 55 with three words", "54", lambda part: right_of_length(3, "last state")),
        ("54 of the 55 with three words", "55", lambda part: of_length(3)),
        ("27 of the 59 with nine", "27", lambda part: right_of_length(9, "last state")),
        ("27 of the 59 with nine", "59", lambda part: of_length(9)),
        ("it gets 32 wrong", "32", lambda part: of_length(9) - right_of_length(9, "last state")),
        ("and with attention none", "59", lambda part: right_of_length(9, "with attention")),
        ("right for a third of the sentences", "0.332", lambda part: dictionary().groups[0][1][0]),
    ],
    ("race", 1): [
        ("$0.9^9 = 0.387$", "0.387", value("step 9/h")),
        ("$e^5 = 148.4$", "148", lambda part: math.exp(value("scores", 0)(part))),
        ("(e^5 + 9) = 0.943$", "0.943", value("weights", 0)),
        ("the word is there: 0.943 of it", "0.943", value("looked")),
        ("$0.943 + 0.387 = 1.33$", "1.33", gradient("x")),
        ("$0.9^{49} = 0.00573$", "0.00573", value("step 49/h", L=50)),
        ("(148.4 + 49) = 0.752$", "0.752", value("share", L=50)),
        ("With **w** = 1 nothing is lost", "1", value("step 49/h", L=50, w=1.0)),
        ("$0.5^4 = 0.0625$", "0.0625", value("step 4/h", L=5, w=0.5)),
        ("0.00573 instead of 0.387", "0.00573", value("step 49/h", experiment=True)),
        (
            "one part in 68",
            "67.7",
            lambda part: value("step 9/h")(part) / value("step 49/h", experiment=True)(part),
        ),
        ("By looking back 0.752", "0.752", value("share", experiment=True)),
        ("a step is a product and a sum", "2", lambda part: way_for_a_word("LSTM")),
        ("a SimpleRNN's has a tanh on top", "3", lambda part: way_for_a_word("SimpleRNN")),
        (
            "a Transformer does not",
            "0",
            lambda part: (
                race.cost("operations in a row").lines[2].y[3]
                - race.cost("operations in a row").lines[2].y[0]
            ),
        ),
    ],
    ("race", 2): [
        ("about 3400", "3.36e+03", lambda part: find_model("recall-transformer").load().size()),
        ("about 3400", "3.44e+03", lambda part: find_model("recall-lstm").load().size()),
        ("about 3400", "3.39e+03", lambda part: find_model("recall-rnn").load().size()),
        ("The SimpleRNN gives red 0.149", "0.149", value("p", 0, network="SimpleRNN", end="loss")),
        ("not blue, not gold", "0", lambda part: len(alike(part) & {"blue", "gold"})),
        ("training has saturated the state", "32", lambda part: saturated(part)),
        ("From afar the SimpleRNN gets a quarter", "0.25", lambda part: from_afar()),
        ("it kept one thing, whether the word was blue or gold", "1", lambda part: tells_blue_or_gold()),
        ("The SimpleRNN's falls faster than before", "1", lambda part: falls_faster()),
        ("but grey 0.173", "0.173", value("p", 7, network="SimpleRNN", end="loss")),
        ("six of the eight words get about as much", "6", lambda part: len(alike(part))),
        ("0.0046 eight words back before", "0.00456", lambda part: eight_words_back(0)),
        ("and 1.8e−6 after", "1.77e-06", lambda part: eight_words_back(race.TRAINED)),
        ("is 0.000213", "0.000213", value("loss", network="LSTM", end="loss")),
        ("That of the SimpleRNN is 1.9", "1.9", value("loss", network="SimpleRNN", end="loss")),
        ("set to 0.95 at the start", "0.953", lambda part: first_gates()),
        ("training hardly moved them", "1", lambda part: gates_moved() < 0.6),
        ("has 100 rows", "100", lambda part: len(run_part(part, {"L": 50}).value("P"))),
        ("$50 \\times 16$ numbers", "800", lambda part: np.size(run_part(part, {"L": 50}).value("vectors"))),
        (
            "The LSTM keeps 40",
            "40",
            lambda part: 2 * find_model("recall-lstm").load().sequence_model.cell.hidden_size,
        ),
        ("the first word, gets 5.8e−8", "5.8e-08", lambda part: first_row(part, "SimpleRNN")),
        ("the loss is small, 0.000148", "0.000148", value("loss", end="loss")),
        ("All of it, to three digits", "1", value("weights", 9, 0, network="Transformer")),
        ("largest there: its length is 0.419", "0.419", lambda part: first_row(part, "LSTM")),
        ("is largest there", "0", lambda part: longest_row(part, "LSTM")),
        ("19 of 20 numbers are above 0.9", "19", lambda part: open_gates(part)),
        ("the first row gets most, 1.89", "1.89", lambda part: first_row(part, "Transformer")),
        ("the first row gets most", "0", lambda part: longest_row(part, "Transformer")),
        ("$\\ln 8 = 2.08$", "2.08", lambda part: math.log(len(race.WORDS))),
        ("The LSTM is below 1.9 after 150 steps", "150", lambda part: first_below("LSTM", 1.9)),
        ("the Transformer after 240", "240", lambda part: first_below("Transformer", 1.9)),
        (
            "after 405 both are below 0.01",
            "405",
            lambda part: max(first_below(kind, 0.01) for kind in ("LSTM", "Transformer")),
        ),
        ("the SimpleRNN guesses for 1700", "1", lambda part: first_below("SimpleRNN", 1.9) > 1700),
        (
            "the SimpleRNN guesses for 1700",
            "1.7e+03",
            lambda part: 100 * (first_below("SimpleRNN", 1.9) // 100),
        ),
        ("right more than half the time", "1", lambda part: min(race.remembered(223).lines[1].y) > 0.5),
        ("the Transformer less than a third", "1", lambda part: max(race.remembered(223).lines[2].y) < 1 / 3),
        ("the loss is 0.000335", "0.000335", value("loss", L=50, end="loss")),
        ("Red has 0.738 only, and green 0.168", "0.738", value("p", 0, experiment=True)),
        ("Red has 0.738 only, and green 0.168", "0.168", value("p", 2, experiment=True)),
        ("gets 0.914, and red 0.0186", "0.914", value("p", 4, experiment=True, L=5)),
        ("gets 0.914, and red 0.0186", "0.0186", value("p", 0, experiment=True, L=5)),
        ("One in eight", "8", lambda part: len(race.WORDS)),
    ],
}


def uniform_perplexity() -> float:
    """The perplexity on unseen sentences if all words are equally probable."""
    return find_model(LANGUAGE).record.baselines["uniform, held-out perplexity"]


def from_writing(part: Part) -> np.ndarray:
    """What the table of lesson 19 gets as the rows that are compared: p less one-hot, times the state."""
    trace = run_part(part)
    return np.outer(trace.value("p") - np.array([0, 0, 1]), trace.value("x"))


def numbers_learnt(part: Part, experiment: bool) -> int:
    """How many numbers the leaves that learn have."""
    trace = run_part(part, experiment=experiment)
    return sum(np.size(node.data) for node in trace.nodes if node.is_leaf and node.requires_grad)


@pytest.mark.parametrize("text", NEXT)
def test_a_text_is_written_word_by_word_and_stays_at_its_full_stop(text: str) -> None:
    said = [written(text, count, "1", 1).x for count in range(9)]
    parts = [one.removesuffix("”").split("” goes on with “") for one in said]
    for (so_far, picked), (longer, _) in pairwise(parts):
        assert longer == (so_far if picked == "." else f"{so_far} {picked}")
    assert parts[0][0] == f"“{text}"
    bars = written(text, 0, "1", 1)
    assert bars.groups == likely(text, "Transformer", "1").groups


def lead(part: Part) -> float:
    """How far the scaled score of bleue lies above that of maison, before "blue" is written."""
    scaled = run_part(part).value(f"{FOR_BLUE}/scaled")
    return float(scaled[0, 2] - scaled[0, 1])


def score_of(d: int, divided: bool) -> float:
    """The usual size of a score of d products, in lesson 16's chart."""
    line = attention.by_length("size of a score").lines[0 if divided else 1]
    return line.y[list(line.x).index(d)]


def after_blocks(part: Part) -> list[float]:
    """The size of the gradient of what enters lesson 18's first block, and after each block."""
    trace = run_part(part)
    names = ("placed", *(f"x{k}" for k in range(1, 24)), "vectors")
    return [float(np.linalg.norm(trace.gradient(name))) for name in names]


def weight_of_block(part: Part, number: int) -> float:
    """The w of one of the 24 blocks of lesson 18, where they are not alike."""
    trace = run_part(part, {"weights": bert.UNLIKE})
    return float(trace.value(f"block {number}/z") / trace.value(f"h{number - 1}" if number > 1 else "x"))


def along(part: Part) -> list[float]:
    """The gradient that enters lesson 18's stack, and that after each of its blocks."""
    trace = run_part(part)
    return [float(trace.gradient(name)) for name in ("x", *(f"h{k}" for k in range(1, 25)))]


def rows_reached(part: Part, name: str) -> int:
    """How many rows of an array have a gradient."""
    return int(np.count_nonzero(np.any(run_part(part).gradient(name), axis=-1)))


def stretches(part: Part) -> float:
    """The share of the gradient of what BERT says of the whole that would stretch the normal vector."""
    trace, norm = run_part(part), bert.reader().blocks[-1].feed_forward.norm
    normal = (np.asarray(trace.value("vectors"))[0] - norm.beta.data) / norm.gamma.data
    g = np.asarray(trace.gradient("vectors"))[0] * norm.gamma.data
    return float(abs(g @ normal) / np.linalg.norm(g) / np.linalg.norm(normal))


def over_depth(when: str, line: int = 0) -> list[float]:
    """The size of BERT's gradient at each block, from the last to the first; or that of another line."""
    return list(bert.over_depth(when).lines[line].y)


def side_by_side(first: str, second: str) -> int:
    """How often two words follow each other in the French that was learnt from."""
    return sum((first, second) in pairwise(pair.french) for pair in pairs()[0])


def asks(part: Part) -> int:
    """How many nodes of the broken run are the writer's question."""
    return run_part(part, experiment=True).names.count("query")


def held_out() -> set[str]:
    """The French sentences that no training saw."""
    return {" ".join(pair.french) for pair in pairs()[1]}


def of_length(length: int) -> int:
    """How many of them have this many words."""
    return sum(len(sentence.split()) == length for sentence in held_out())


def right_of_length(length: int, network: str) -> float:
    """How many of them a network translates without a mistake."""
    bars = by_length()
    return dict(bars.groups)[network][bars.names.index(str(length))] * of_length(length)


def without_attention(sentence: str) -> str:
    """What the network without attention says."""
    return " ".join(translate(find_model("french-plain").load(), sentence).words)


def alike(part: Part) -> set[str]:
    """The words whose scores are within 0.2 of the highest, by the SimpleRNN."""
    scores = np.asarray(run_part(part, {"network": "SimpleRNN"}).value("scores"))
    return {race.WORDS[i] for i in np.flatnonzero(scores > scores.max() - 0.2)}


def eight_words_back(step: int) -> float:
    """The gradient at the SimpleRNN's first word, eight words before the last, in the chart."""
    return race.shown("recall-rnn", step)["gradient"][race.DISTANCES.index(8)]


def forget_bias(moment: int | None = None) -> np.ndarray:
    """The biases of the LSTM's forget gates."""
    return np.asarray(find_model("recall-lstm").load(moment).sequence_model.cell.forget_gate.b.data)


def first_gates() -> float:
    """How open the forget gates are by their first bias alone."""
    return float(1 / (1 + np.exp(-forget_bias(0)[0])))


def gates_moved() -> float:
    """How far training moved the bias of 3 of any of them."""
    return float(np.abs(forget_bias() - forget_bias(0)).max())


def way_for_a_word(kind: str) -> float:
    """By how many operations one more word makes the way from the first word longer, in the chart."""
    (line,) = (line for line in race.cost("way from the first word").lines if line.name == kind)
    return (line.y[-1] - line.y[0]) / (line.x[-1] - line.x[0])


def saturated(part: Part) -> int:
    """How many of the 39 numbers of the SimpleRNN's last state have a slope below a fifth."""
    last = np.asarray(run_part(part, {"network": "SimpleRNN"}).value("h10"))
    return int(np.count_nonzero(1 - last**2 < 0.2))


def from_afar() -> float:
    """How often the SimpleRNN is right, over the distances from 12 words on, to a twentieth."""
    line = race.remembered(race.TRAINED).lines[0]
    found = [y for x, y in zip(line.x, line.y, strict=True) if x >= 12]
    return round(float(np.mean(found)) * 20) / 20


def tells_blue_or_gold() -> bool:
    """Whether over 99 words the SimpleRNN always tells these two from the others, and no more than that."""
    network = find_model("recall-rnn").load()
    tokens = np.random.default_rng(0).integers(0, 8, (200, 100))
    guessed = np.asarray(network(tokens).data).argmax(-1)
    pair = [race.WORDS.index(word) for word in ("blue", "gold")]
    first = tokens[:, 0]
    right = np.mean(guessed == first)
    return bool(np.all(np.isin(guessed, pair) == np.isin(first, pair)) and 0.15 < right < 0.35)


def falls_faster() -> bool:
    """Whether at 18 words' distance less gradient is left after training than before, in the SimpleRNN."""
    before, after = (race.shown("recall-rnn", step)["gradient"] for step in (0, race.TRAINED))
    return after[6] < before[6]


def first_row(part: Part, network: str) -> float:
    """The size of the gradient at the first word's vector."""
    return float(np.linalg.norm(run_part(part, {"network": network}).gradient("embedded")[0]))


def longest_row(part: Part, network: str) -> int:
    """Which word's vector gets the longest gradient."""
    rows = np.asarray(run_part(part, {"network": network}).gradient("embedded"))
    return int(np.linalg.norm(rows, axis=-1).argmax())


def open_gates(part: Part) -> int:
    """How many numbers of the LSTM's forget gate are above 0.9 at the fifth word."""
    trace = run_part(part, {"network": "LSTM"})
    gate = trace.value("SequenceRNN/step 5/forget gate/f")
    return int(np.count_nonzero(np.asarray(gate) > 0.9))


def first_below(kind: str, loss: float) -> int:
    """The first step of a network's training after which its loss is below this."""
    line = next(line for line in race.while_training(race.TRAINED).lines if line.name == kind)
    return int(next(x for x, y in zip(line.x, line.y, strict=True) if y < loss))


@every_claim(CLAIMS)
def test_the_text_claims_what_the_engine_computes(place: Place, claim: Claim) -> None:
    check_claim(place, claim)
