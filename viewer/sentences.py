"""What a step says in plain words; a screen reader reads the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.scope import Scope
from engine.trace import Update
from viewer.folds import Run
from viewer.formulas import stretched
from viewer.numbers import short, spelled, spoken
from viewer.places import place_words
from viewer.scene import Item, Link, Scene, SceneStep
from viewer.tensors import norm
from viewer.words import argument_words, bold, fill, is_one, listed, parameter_words

MOST_TOLD = 4  # inputs whose values the first sentence says, arrays among them
MOST_NUMBERS = 6  # and so many if all of them are single numbers
MOST_NAMED = 8  # inputs that it names
MOST_WORDS = 12  # of a sentence


class Sentences:
    """Writes the sentences of a scene's steps. Names stand in **bold**.

    `updates` by card, and `update_says`, the optimizer's own sentence with `<x>` for the parameter.
    """

    def __init__(self, scene: Scene, updates: Mapping[str, Update], update_says: str = "") -> None:
        self.scene = scene
        self.trace = scene.trace
        self.updates = updates
        self.update_says = update_says

    def _bold(self, i: int) -> str:
        return bold(self.trace, i)

    def sentence(self, step: SceneStep) -> str:
        """The step in plain words, the number it arrives at included."""
        trace = self.trace
        if step.phase == "start":
            return self._start_sentence()
        if step.phase == "seed":
            name = self._bold(trace.root)
            if is_one(step.total):
                return (
                    f"The backward pass starts at {name}, with gradient 1. Whatever change {name} makes, "
                    f"{name} changes by just that: one for one."
                )
            return (
                f"The backward pass starts at {name}, here with gradient {spoken(step.total)} instead of 1."
            )
        if step.phase == "update":
            update = self.updates[step.item or ""]
            name = self._bold(update.node)
            says = fill(self.update_says, {"x": name})
            if spelled(update.before):
                return f"{says} {name} goes from {spoken(update.before)} to {spoken(update.after)}."
            before, after = short(norm(update.before)), short(norm(update.after))
            return f"{says} {name} is {spoken(update.before)}; its norm goes from {before} to {after}."
        if step.phase == "forward":
            item = self.scene.items[step.item or ""]
            return " ".join(filter(None, [self._says(item), self._result(item), self.remark(item)]))
        if step.link is None:
            return self._ends_inside(self.scene.items[step.item or ""])
        item = self.scene.items[step.link.end]
        if item.port:
            name = self._bold(step.link.source)
            arrives = "All that reads it outside sends its gradient back."
            return f"{name} leaves this box. {arrives} {self._sum_so_far(step)}"
        copies = ""
        if item.scope is None and stretched(self.trace, step.link):
            copies = (
                f"{self._bold(step.link.source)} was copied to fit, so the gradients of its copies are added."
            )
        parts = [
            self._says_backward(step.link),
            copies,
            self._sum_so_far(step),
            self._rest(step),
            self.remark(item),
        ]
        return " ".join(filter(None, parts))

    def _ends_inside(self, item: Item) -> str:
        """What goes back into a box and comes out nowhere: all that flowed in is fixed data."""
        assert item.scope is not None
        name = self._bold(item.node)
        return (
            f"The gradient of {name} ends in this box: all that flows into it is fixed data. "
            f"It goes to the weights inside {item.scope.kind.name}; open the box to see them get it."
        )

    def _start_sentence(self) -> str:
        trace = self.trace
        leaves = [
            item.node
            for item in self.scene.items.values()
            if not self.scene.computed(item)
            and item.port != "out"
            and not trace.is_constant(item.node)
            and not trace.is_parameter(item.node)
        ]
        if self.scene.top.scope is not None:
            inside = f"You are inside {self.scene.top.scope.name}."
            given = [f"{self._bold(i)} ({self._given(i)})" for i in leaves[:3]]
            more = ", …" if len(leaves) > 3 else ""
            comes = f" From outside: {', '.join(given)}{more}." if given else ""
            return f"{inside}{comes} Step forward to compute with them."
        if not leaves:
            return "Everything here is a fixed number."
        arrays = any(trace.nodes[i].shape for i in leaves)
        if len(leaves) > MOST_NAMED:
            told = f"{len(leaves)} inputs are given"
        elif len(leaves) > (MOST_TOLD if arrays else MOST_NUMBERS):
            told = f"The inputs are given: {listed([self._bold(i) for i in leaves])}"
        else:
            each = [f"{self._bold(i)} is {self._given(i)}" for i in leaves]
            told = f"The inputs are given: {('; ' if arrays else ', ').join(each)}"
        return f"{told}. Step forward to compute with them."

    def _given(self, i: int) -> str:
        """What a leaf holds: of tokens the words."""
        words, data = self.scene.labels.tokens(i), self.trace.nodes[i]._data
        if words and np.size(data) <= MOST_WORDS:
            return f"“{' '.join(words[int(number)] for number in np.ravel(data))}”"
        return spoken(data)

    def _words(self, item: Item) -> dict[str, str]:
        trace = self.trace
        words = argument_words(self._arguments(item))
        words["out"] = self._bold(item.node)
        picks = place_words(trace, self.scene.labels, item.node)
        return parameter_words(trace.nodes[item.node]._params) | picks | words

    def _arguments(self, item: Item) -> list[str]:
        """What a card's sentence calls x, y and z; of a stack those of its first and last box, `x1 … x4`."""
        one = [self._bold(j) if isinstance(j, int) else j for j in self.scene.arguments(item)]
        last = item.run.members[-1].scope if item.run is not None else None
        if last is None or not last.arguments:
            return one
        other = [self._bold(j) if isinstance(j, int) else j for j in self.scene.called_with(last)]
        return [a if a == b else f"{a} … {b}" for a, b in zip(one, other, strict=True)]

    def _says(self, item: Item) -> str:
        node = self.trace.nodes[item.node]
        if item.scope is not None:
            says = item.scope.kind.says
        else:
            says = node._op.sentence(*(one._data for one in node.inputs)) if node._op is not None else ""
        stack, text = stack_words(item), fill(says, self._words(item))
        return f"{stack}{lowered(text)}" if stack else text

    def _result(self, item: Item) -> str:
        data = self.trace.nodes[item.node]._data
        result = f"{self._bold(item.node)} is {with_norm(data)}."
        return f"After the last one {result}" if item.run is not None and item.run.group.chained else result

    def _says_backward(self, link: Link) -> str:
        trace = self.trace
        item = self.scene.items[link.end]
        if item.scope is not None:
            return self._says_back_through(item, item.scope, link)
        op = trace.nodes[item.node]._op
        assert op is not None
        k = link.edges[0][1]
        words = self._words(item) | ({"x": self._bold(link.source)} if op.variadic else {})
        return fill(op.says_backward[0 if op.variadic else k], words)

    def _says_back_through(self, item: Item, scope: Scope, link: Link) -> str:
        """What a closed box sends back: its own sentence is about what it was called with first."""
        back = "" if item.run is None else f"Back through {self._passed(item.run, link)}. In each: "
        name, others = self._bold(link.source), self.scene.arguments(item)[1:]
        if link.source in self.scene.weights(scope):
            return f"{name} is a weight of {scope.kind.name}. This is what all its uses in there send back."
        says, words = scope.kind.says_backward, self._words(item)
        if link.source in others and not self.trace.is_parameter(link.source):
            # What says nothing of x is about the box as a whole, and so about every way through it.
            own = scope.kind.says_others[others.index(link.source) :][:1] or [says] * ("<x>" not in says)
            if not own:
                return f"{name} goes into {scope.kind.name}, too. This is what comes back from there."
            says = own[0]
        else:
            words |= {"x": name}
        text = fill(says, words)
        return f"{back}{lowered(text)}" if back else text

    def _passed(self, run: Run, link: Link) -> str:
        """The boxes of a stack that a gradient comes through on its way to the arrow's source."""
        homes, group = self.trace.tree.homes, run.group
        reading = [
            k
            for k, (one, private) in enumerate(zip(group.members, group.private, strict=True))
            if any(i in private or one.around(homes[i]) for i, _ in link.edges)
        ]
        first = reading[0] if group.chained else run.first
        count = run.last + 1 - first
        return "the last box" if count == 1 else f"{count} boxes"

    def _sum_so_far(self, step: SceneStep) -> str:
        assert step.link is not None
        name = self._bold(step.link.source)
        here = " from this box" if self.scene.share(self.scene.items[step.link.start]) else ""
        if step.of == 1:
            return f"{name} gets {with_norm(step.contribution)}{here}."
        if not self.trace.accumulate:
            return f"Written over what was there: {name} now has {with_norm(step.total)}{here}."
        if step.term == 1:
            return f"That is {with_norm(step.contribution)}, the first of {step.of} terms for {name}{here}."
        end = "" if step.term == step.of else " so far"
        term = f"That is {with_norm(step.contribution)}, term {step.term} of {step.of}."
        if spelled(step.total):
            return f"{term} The terms add: {name} has {spoken(step.total)}{here}{end}."
        size = short(norm(step.total))
        return f"{term} They add cell by cell: the gradient of {name}{here} has norm {size}{end}."

    def _rest(self, step: SceneStep) -> str:
        """A remark on a gradient of which only rounding is left."""
        assert step.link is not None
        if step.term < step.of or not self.scene.rest(self.scene.items[step.link.start]):
            return ""
        return "That is 0 up to rounding: what adds up here cancels, and only last digits are left."

    def remark(self, item: Item) -> str:
        """What the op itself finds worth saying about these numbers: a tie, a dead unit, an infinity."""
        if item.scope is not None:
            return ""
        node = self.trace.nodes[item.node]
        op = node._op
        if op is None or op.note is None:
            return ""
        with np.errstate(all="ignore"):
            text = op.note(*(t._data for t in node.inputs), **node._params) or ""
        return fill(text, self._words(item))


def lowered(text: str) -> str:
    """A sentence that goes on after a colon: with a small letter, unless it begins with a name."""
    return text[:1].lower() + text[1:]


def with_norm(data: Any) -> str:
    """A value in words; of an array that is not spelled out, how large it is as a whole."""
    return spoken(data) if spelled(data) or not np.size(data) else f"{spoken(data)}, norm {short(norm(data))}"


def stack_words(item: Item) -> str:
    """How many boxes a stack stands for, and how they stand to each other; nothing for anything else."""
    if item.run is None:
        return ""
    assert item.scope is not None
    base = item.run.group.base
    many = f"{base}s" if base.isalpha() else f"boxes named {base}"
    count = f"{len(item.run.members)} {many}"
    if not item.run.group.chained:
        return f"{count}, side by side. In each: "
    weights = "the same weights at each" if item.run.group.shared else "each with weights of its own"
    return f"{count}, one after the other, {weights}. In each: "
