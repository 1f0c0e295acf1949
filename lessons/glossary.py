"""The glossary: every term that a lesson's text may link to, explained in one place.

A text marks a term as `[[gradient]]`, or under other words as `[[gradients|gradient]]`. The player shows
the entry in place, on hover, on focus and on a tap. A term without an entry is refused when the lesson is
made, so no link leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MARK = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]|]+))?\]\]")

GLOSSARY = {
    "accuracy": "The share of the examples that are told right.",
    "activation": "The bend between two layers: a function such as ReLU, tanh or logistic, applied to "
    "each number by itself.",
    "AddNorm": r"$\operatorname{LayerNorm}(x + f(x))$: applies a box $f$ safely. Whatever $f$ does, the path "
    r"around it stays open.",
    "attention score": "How well a question and a key fit: multiply them cell by cell, and add up.",
    "Attention": "A box in which vectors ask each other: each takes from those whose key matches its "
    "question.",
    "backward pass": "The walk from the output back to the inputs. Each box multiplies what arrives by its "
    "local gradient, and hands it on.",
    "BERT": "24 TransformerBlocks on embedded tokens with positions. Each word looks at all others, before "
    "and "
    "behind it.",
    "bias": "A number that is learnt like a weight, but belongs to no feature: it is added to the score.",
    "Causal": "A causal model lets no place look at later ones. Only so can it learn to guess what comes "
    "next.",
    "chain rule": "Along a path the local gradients multiply. Where several paths meet, their products add.",
    "Collapse": "Makes one vector of many: the first, the last, or their average.",
    "dead unit": "A ReLU whose input is negative for every example. Its slope is 0, so it passes no "
    "gradient back, and its weights stop learning.",
    "decision boundary": "The line on which the score is 0. The classifier says +1 on one side of it and "
    "−1 on the other.",
    "epoch": "One round of training, in which each example is taken once.",
    "fan-out": "A value that is used more than once. It collects a gradient from each use, and they add.",
    "feature": "A number that describes an example, such as the length of a penguin's bill.",
    "FeedForward": "A layer of a network as one box: a product with the weights, plus a bias, then an "
    "activation. In a Transformer it is two layers with a bend between.",
    "feature map": "What a filter finds at every place of a picture: itself a picture.",
    "filter": "A small table of weights that slides over a signal or a picture, and looks at one window "
    "after "
    "the other.",
    "forward pass": "The walk from the inputs to the output, in which every box computes its value.",
    "gate": "A number from 0 to 1 that something is multiplied by: how much of it passes. The network works "
    "it out from what it reads.",
    "GenerateToken": "Compares a vector with the row of E for each token, and makes probabilities of the "
    "scores.",
    "gradient": "How much the output grows for each unit of a small nudge. A gradient of 3 means: nudge by "
    "0.01, and the output grows by about 0.03.",
    "head": "One attention among several that run side by side in a box, each in columns of its own.",
    "hidden": "A hidden value stands between the inputs and the score. No example says what it should be.",
    "hinge": r"A loss for classifiers: $\max(0, 1 - m)$ for the margin $m$. It is 0 once the margin is at "
    "least 1.",
    "identity": "The function that changes nothing. As a matrix it has 1 on the diagonal and 0 elsewhere.",
    "key": "What a vector shows to the questions of others. The better it matches a question, the more is "
    "taken "
    "from the vector.",
    "label": "The right answer for an example. Here it is +1 or −1.",
    "LanguageModel": "Reads tokens and says how probable each token is as the next one.",
    "layer": "Boxes that work side by side on the same inputs, each with weights of its own.",
    "layer norm": "Takes away a vector's mean and divides by its standard deviation, so that its numbers "
    "have mean 0 and variance 1.",
    "learning rate": "How far a step of training goes: the weight moves by this many times its gradient.",
    "linear": "A function made of products with fixed weights and of sums alone. Its graph has no bend.",
    "local gradient": "How strongly one box's output reacts to one of its inputs. The box knows it from its "
    "own numbers, whatever stands around it.",
    "logistic": r"The function $\sigma(z) = 1 / (1 + e^{-z})$. It squashes any number into 0 … 1. Its slope "
    r"is $\sigma (1 - \sigma)$, at most 0.25.",
    "loss": "One number for how wrong the prediction is. Training makes it smaller.",
    "margin": "The score times the label. Above 0 the sign is right; the larger, the surer.",
    "matrix product": "Multiply cell by cell and add up: with a matrix that gives a number for each of its "
    "rows. Python writes @ for it.",
    "mask": "Hides places from attention: their scores become −∞ before the softmax, so their shares are 0.",
    "norm": "How large an array is as a whole: the square root of the sum of the squares of its numbers.",
    "nudge": "A small change of one number, made to see how far the output moves.",
    "optimizer": "The part of a program that moves the weights, here by a step against their gradients.",
    "one-hot": "A vector with a single 1, at the place of a class or token, and 0 elsewhere.",
    "Perplexity": "Among how many equally likely words a model chooses, so to speak: $e$ to its mean loss.",
    "phi": r"$\phi$ (phi): the vector of features.",
    "PyTorch": "A Python library for neural networks that is used all over the world. The code of these "
    "lessons is written much as one would for it.",
    "query": "The question that a vector asks the others: it is compared with the key of each.",
    "ReLU": r"$\max(z, 0)$: keeps what is positive and makes the rest 0. Its slope is 1 above 0, else 0.",
    "residual": "The prediction minus the target: how much too high the prediction is.",
    "residual connection": "A path around a box: the box's output is added to its input, $x + f(x)$.",
    "saturation": "Far from 0 the logistic function and tanh are almost flat. Their slope there is nearly 0, "
    "and so is every gradient that passes.",
    "score": "Each feature times its weight, added up; behind a hidden layer, its outputs take the place of "
    "the features.",
    "self-attention": "Attention of a sentence to itself: each word asks all words, itself as well.",
    "SequenceRNN": "A loop over a sequence as one box: the same cell is applied to the state and the next "
    "vector, from the first to the last.",
    "shape": "How many rows and columns an array has. A gradient has the shape of its value.",
    "softmax": r"Makes shares of scores: $e$ to each score, divided by the sum of all of these. The shares "
    r"are "
    "above 0 and add up to 1.",
    "squared loss": "The residual, squared. Too high and too low count alike.",
    "state": "What a recurrent network keeps of all that it has read so far: a vector of numbers.",
    "stride": "By how many places a window moves on.",
    "tanh": r"An activation that squashes any number into −1 … 1. Its slope is $1 - \tanh^2$, at most 1.",
    "Temperature": "Divides the scores before the softmax. Below 1 the likeliest wins more often, above 1 "
    "less.",
    "tied": "Two places that use one and the same table of weights. It collects a gradient from both.",
    "target": "The number that an example's prediction should be.",
    "token": "A piece of text that gets a vector: here a word.",
    "EmbedToken": "Looks up the row of a table for each token: its vector, whatever stands around it.",
    "embedding": "A table with one row for each token of the vocabulary. The row is what the network knows "
    "about the token, and it is learnt.",
    "TransformerBlock": "Attention, in which vectors talk to each other, then a FeedForward on each vector "
    "by "
    "itself, each in an AddNorm.",
    "transpose": r"$W^\top$: the matrix with its rows and columns swapped.",
    "upstream": "The upstream gradient is the gradient of a box's own output: what arrives from "
    "the boxes after it.",
    "vanishing": "A gradient vanishes when many factors below 1 are multiplied: little is left of it.",
    "exploding": "A gradient explodes when many factors above 1 are multiplied: it grows past all use.",
    "zero_grad": "In PyTorch, the command that clears all gradients, so that the next backward pass does not "
    "add to old ones.",
    "weight": "A number that training moves. It says how much one feature, or one input of a box, counts.",
}


def terms_in(text: str) -> list[str]:
    """The glossary terms that a text links to, in order.

    >>> terms_in("A [[nudge]] finds the [[gradients|gradient]].")
    ['nudge', 'gradient']
    """
    return [mark[2] or mark[1] for mark in MARK.finditer(text)]


def check_terms(text: str) -> None:
    """Raise ValueError if the text links to a term that has no entry."""
    for term in terms_in(text):
        if term not in GLOSSARY:
            raise ValueError(f"the text {text[:50]!r} links to {term!r}, which is no term of the glossary")


def entries_for(texts: Iterable[str]) -> dict[str, str]:
    """The entries of all terms that these texts link to."""
    wanted = [term for text in texts for term in terms_in(text)]
    return {term: GLOSSARY[term] for term in dict.fromkeys(wanted)}


def unlinked(text: str) -> str:
    """The text with its links as plain words.

    >>> unlinked("Its [[gradients|gradient]] [[vanish|vanishing]].")
    'Its gradients vanish.'
    """
    return MARK.sub(lambda mark: mark[1], text)
