"""What the player is told about each card and each frame: texts, places, values, and how boxes open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.scope import Scope
from engine.tree import Branch
from viewer.cards import Card, box_card, card
from viewer.folds import APART, FOLD_FROM, FOLDED, Run, in_branch, siblings, standing
from viewer.labels import Axes
from viewer.layout import Layout
from viewer.numbers import shape_text
from viewer.places import place_titles
from viewer.plain import plain_formula
from viewer.scene import Item, Scene, SceneStep
from viewer.tensors import Tensors, cells_in_view, in_view, norm
from viewer.words import argument_words, escape, fill, parameter_words, plain_name, symbol

LONGEST_ARGUMENT = 14  # in a formula; a longer one is called by a letter
PORTS = {"in": "from outside", "out": "to outside"}


@dataclass(frozen=True)
class InputInfo:
    """What a learner may do with an input: its range while dragging, and what it means."""

    low: float | None = None
    high: float | None = None
    step: float | None = None
    about: str = ""
    labels: Axes = ()  # what the places along each axis are called


@dataclass(frozen=True)
class Title:
    """The texts of a card's header: `name = expression`, a note at its right, and of a box a line below."""

    name: str
    expression: str
    note: str
    subtitle: str = ""

    @property
    def text(self) -> str:
        """The first line without the note."""
        return f"{self.name} = {self.expression}" if self.expression else self.name


def title_of(scene: Scene, item: Item) -> Title:
    """What stands in the header of an item's card."""
    trace = scene.trace
    name = plain_name(trace, item.node)
    if item.port:
        return Title(name, "", PORTS[item.port])
    if item.run is not None:
        assert item.scope is not None
        return Title(name, f"{item.scope.kind.name} × {len(item.run.members)}", "box", _range(item.run))
    if item.scope is not None:
        sources = [
            trace.names[link.source]
            for link in scene.links_into[item.id]
            if not trace.is_constant(link.source) and not trace.is_parameter(link.source)
        ]
        if item.scope.kind.expression:
            each = [plain_name(trace, one) if isinstance(one, int) else one for one in scene.arguments(item)]
            return Title(
                name,
                fill(item.scope.kind.expression, argument_words(each)),
                "box",
                _labelled(scene, item.scope),
            )
        arguments = ", ".join(sources[:2]) + (", …" if len(sources) > 2 else "")
        return Title(name, f"{item.scope.kind.name}({arguments})", "box", _labelled(scene, item.scope))
    node = trace.nodes[item.node]
    if node._op is None:
        return Title(name, "", "constant" if trace.is_constant(item.node) else "leaf")
    words = argument_words([plain_name(trace, j) for j in trace.inputs[item.node]])
    words |= parameter_words(node._params) | place_titles(trace, scene.labels, item.node)
    return Title(name, fill(node._op.expression, words), node._op.symbol)


def _range(run: Run) -> str:
    """`block 4 to 24, each with its own weights`."""
    weights = ", shared weights" if run.group.shared else ", own weights each" if run.group.chained else ""
    return f"{run.group.base} {run.first + 1} to {run.last + 1}{weights}"


def _labelled(scene: Scene, scope: Scope) -> str:
    """The formula of a box in one line, after the name that tells it from its siblings."""
    text = _plain(scene, scope)
    return text if scope.name == scope.kind.name else f"{scope.name}: {text}"


def _called_with(scene: Scene, scope: Scope) -> list[str]:
    """The names of what a box was called with, or else of what flows into it; x, y, z where it has none."""
    names = scene.trace.names
    given = scene.called_with(scope) or scene.flows_into(scope)
    each = [names[one] if isinstance(one, int) else one for one in given]
    letters = [*each, *"xyz"[len(each) :]]
    return [
        text if len(text) <= LONGEST_ARGUMENT else letter
        for text, letter in zip(letters, "xyz", strict=False)
    ]


def _formula(scene: Scene, scope: Scope) -> str:
    """The formula in TeX, with the names of what the box was called with."""
    return fill(scope.kind.formula, argument_words([symbol(name) for name in _called_with(scene, scope)]))


def _plain(scene: Scene, scope: Scope) -> str:
    """The same in one line of plain text."""
    words = argument_words([escape(name) for name in _called_with(scene, scope)])
    return plain_formula(fill(scope.kind.formula, words))


def card_of(scene: Scene, item: Item, title: Title) -> Card:
    """The card's size and slots."""
    shape, labels = np.shape(scene.trace.nodes[item.node]._data), scene.labels
    axes = labels.axes(item.node)
    if item.scope is None:
        tokens = bool(labels.tokens(item.node))
        return card(title.text, title.note, shape, learns(scene, item), scene.share(item), axes, tokens)
    boxes = len(item.run.members) if item.run is not None else 0
    footer = _footer(scene, item)
    return box_card(title.text, title.subtitle, footer, shape, learns(scene, item), boxes, axes)


def _footer(scene: Scene, item: Item) -> str:
    """`(5, 16) → (5, 16), 3,280 parameters`: what flows in and out unless it is numbers, what is learned."""
    trace = scene.trace
    shapes = [trace.nodes[link.source].shape for link in scene.links_into[item.id]]
    out = trace.nodes[item.node].shape
    flows = f"{', '.join(map(shape_text, shapes[:2]))} → {shape_text(out)}" if any([*shapes, out]) else ""
    count = _parameters(item)
    learned = f"{count:,} parameter{'' if count == 1 else 's'}" if count else ""
    return ", ".join(filter(None, (flows, learned)))


def _parameters(item: Item) -> int:
    if item.run is None or item.run.group.shared:
        return item.scope.parameters if item.scope is not None else 0
    return sum(member.scope.parameters for member in item.run.members if member.scope is not None)


def learns(scene: Scene, item: Item) -> bool:
    """True when the card ends with a gradient; an out-port is where gradients come from."""
    return item.port != "out" and scene.gradient(item) is not None


def moments(scene: Scene, steps: list[SceneStep]) -> dict[str, dict[str, Any]]:
    """For every card, the steps at which it gets its value, its gradient terms and its update.

    What goes outside is known as soon as the card inside has it.
    """
    when: dict[str, dict[str, Any]] = {}
    for k, step in enumerate(steps):
        if step.item is None:
            continue
        own = when.setdefault(step.item, {"forward": None, "backward": [], "update": None})
        if step.phase in ("seed", "backward"):
            own["backward"].append(k)
        else:
            own[step.phase] = k
    for item in scene.items.values():
        if item.port == "out" and (inside := when.get(scene.owner(item.node))):
            when[item.id] = {"forward": inside["forward"], "backward": [], "update": None}
    return when


@dataclass(frozen=True)
class NodesJson:
    """Writes the cards of a scene; arrays go into `tensors`."""

    scene: Scene
    tensors: Tensors
    layout: Layout
    when: Mapping[str, dict[str, Any]]
    inputs: Mapping[str, InputInfo]
    warnings: Mapping[str, str]

    def node(self, item: Item, title: Title, card: Card) -> dict[str, Any]:
        """One card."""
        trace = self.scene.trace
        kind = self._kind(item)
        info = self.inputs.get(trace.names[item.node]) if kind == "leaf" else None
        x, y = self.layout.cards[item.id]
        return {
            "id": item.id,
            "kind": kind,
            "name": title.name,
            "expression": title.expression,
            "op": title.note,
            "subtitle": title.subtitle,
            "about": info.about if info else "",
            "x": x,
            "y": y,
            "w": card.w,
            "h": card.h,
            "value": self.tensors.place(trace.nodes[item.node]._data),
            "gradient": self.tensors.place(self.scene.gradient(item), self.scene.rest(item)),
            "slots": {
                "value": card.value.json(),
                "gradient": card.gradient.json() if card.gradient else None,
            },
            "input": {"name": title.name, "low": info.low, "high": info.high, "step": info.step}
            if info
            else None,
            "learns": learns(self.scene, item),
            "share": self.scene.share(item),
            "consumers": len(trace.consumers[item.node]),
            "box": self._box(item, card),
            "steps": self.when.get(item.id, {"forward": None, "backward": [], "update": None}),
            "warning": self.warnings.get(item.id),
            **self._words(item.node),
        }

    def _words(self, i: int) -> dict[str, Any]:
        """The words for the places in view, axis by axis; of tokens the words that stand there."""
        labels, data = self.scene.labels, self.scene.trace.nodes[i]._data
        if tokens := labels.tokens(i):
            return {"tokens": [tokens[int(number)] for number in np.ravel(cells_in_view(data))]}
        axes = labels.axes(i)
        if not axes:
            return {}
        seen = (*(1,) * (len(axes) - 2), *in_view(np.shape(data)))[-len(axes) :]
        return {"labels": [list(words[:most]) for words, most in zip(axes, seen, strict=True)]}

    def _kind(self, item: Item) -> str:
        if item.port:
            return "port"
        if item.scope is not None:
            return "box"
        if self.scene.trace.nodes[item.node]._op is not None:
            return "op"
        return "constant" if self.scene.trace.is_constant(item.node) else "leaf"

    def _box(self, item: Item, card: Card) -> dict[str, Any] | None:
        scope = item.scope
        if scope is None:
            return None
        box = {
            "id": scope.path,
            "kind": scope.kind.name,
            "label": scope.name,
            "formula": _formula(self.scene, scope),
            "footer": _footer(self.scene, item),
        }
        return box if item.run is None else box | self._stack(item.run, card)

    def _stack(self, run: Run, card: Card) -> dict[str, Any]:
        """A stack opens into one of its boxes; `strip` is where the bars of all of them stand."""
        trace = self.scene.trace
        assert card.strip is not None
        return {
            "label": _range(run).split(",")[0],
            "shared": run.group.shared,
            "apart": run.apart,
            "strip": dict(zip("xywh", card.strip, strict=True)),
            "members": [
                {
                    "id": member.path,
                    "label": member.scope.name,
                    "value": norm(trace.values[member.leaving[-1]]),
                    "gradient": None if (g := trace.gradients[member.leaving[-1]]) is None else norm(g),
                }
                for member in run.members
                if member.scope is not None
            ],
        }

    def frame(self, scope: Scope) -> dict[str, Any]:
        """The frame around an opened box; of one of several alike, also its neighbours."""
        branch = self.scene.trace.tree.by_path[scope.path]
        alike = siblings(self.scene.trace, branch, self.scene.opened)
        paths = [one.path for one in alike]
        return {
            "id": scope.path,
            "label": _frame_label(scope),
            "formula": _formula(self.scene, scope),
            "plain": _plain(self.scene, scope),
            "depth": len(scope.ancestors),
            "alike": paths,
            "roll": self.roll(branch),
            **dict(zip("xywh", self.layout.frames[scope.path], strict=True)),
        }

    def roll(self, branch: Branch) -> dict[str, Any] | None:
        """The alike boxes right inside an opened one that stand apart: how to fold them."""
        groups = standing(self.scene.trace, branch, self.scene.opened)
        if not groups:
            return None
        return {
            "label": " and ".join(f"{group.base} 1 to {len(group.members)}" for group in groups),
            "shared": all(group.shared for group in groups),
            "members": [member.path for group in groups for member in group.members],
            "apart": in_branch(branch, APART),
            "folded": in_branch(branch, FOLDED) if any(len(g.members) < FOLD_FROM for g in groups) else "",
        }


def _frame_label(scope: Scope) -> str:
    kind = scope.kind.name
    return scope.name if scope.name.startswith(kind) else f"{kind}, {scope.name}"
