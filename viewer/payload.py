"""Everything that the player needs, as plain JSON: cards, arrows, frames, and the steps with their faces."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.trace import Trace, Update
from viewer.cards import Card, card
from viewer.faces import Code, flow, flowing, place
from viewer.formulas import Formulas
from viewer.layout import Layout, lay_out
from viewer.numbers import shape_text
from viewer.scene import Item, Scene, SceneStep
from viewer.sentences import Sentences
from viewer.tensors import tensor_json
from viewer.words import argument_words, fill, parameter_words

if TYPE_CHECKING:
    from engine.optim import Optimizer

LONGEST_TITLE = 26


@dataclass(frozen=True)
class InputInfo:
    """What a learner may do with an input: its range while dragging, and what it means."""

    low: float | None = None
    high: float | None = None
    step: float | None = None
    about: str = ""
    cells: tuple[str, ...] = ()  # what the cells of a vector are called


def graph_payload(
    trace: Trace,
    *,
    opened: Collection[str] = (),
    code: Code | None = None,
    inputs: Mapping[str, InputInfo] | None = None,
    optimizer: Optimizer | None = None,
    title: str = "",
) -> dict[str, Any]:
    """The player's payload for `trace` with the boxes in `opened` open.

    `inputs`: the leaves that a learner may change, by name. With `optimizer`, its update of every
    parameter follows the backward pass. Raises `TooManyCardsError` when too much would be visible.
    """
    with np.errstate(all="ignore"):  # an infinity is shown and explained, it stops nothing
        return _payload(Scene(trace, frozenset(opened)), code, inputs or {}, optimizer, title)


def _payload(
    scene: Scene,
    code: Code | None,
    inputs: Mapping[str, InputInfo],
    optimizer: Optimizer | None,
    title: str,
) -> dict[str, Any]:
    trace = scene.trace
    updates = {scene.owners[u.node]: u for u in trace.updates(optimizer)} if optimizer is not None else {}
    formulas = Formulas(scene, updates, optimizer.formula if optimizer else "")
    sentences = Sentences(scene, updates, optimizer.says if optimizer else "")
    titles = {item.id: _title(scene, item) for item in scene.items.values()}
    cards = {item.id: _card(scene, item, titles[item.id]) for item in scene.items.values()}
    layout = lay_out(scene, cards)
    steps = scene.steps() + [
        SceneStep("update", own, address=f"update {scene.address(own)}")
        for own in updates
        if own in scene.items
    ]
    when = _moments(steps)
    warnings = _warnings(scene, sentences)
    return {
        "version": 1,
        "title": title,
        "structure": _structure(layout, titles),
        "size": {"width": layout.width, "height": layout.height},
        "root": scene.owners[trace.root],
        "open": [scope.path for scope in scene.frames],
        "nodes": [
            _node_json(scene, item, titles[item.id], cards[item.id], layout, when, inputs, warnings)
            for item in scene.items.values()
        ],
        "frames": [
            {
                "id": scope.path,
                "label": scope.name,
                "formula": fill(scope.kind.formula, argument_words(["x", "y", "z"])),
                "depth": len(scope.ancestors),
                **dict(zip("xywh", layout.frames[scope.path], strict=True)),
            }
            for scope in scene.frames
        ],
        "edges": [
            {
                "id": link.id,
                "from": link.start,
                "to": link.end,
                "argument": link.argument,
                "path": layout.paths[link.id],
                "learns": scene.learns(link),
            }
            for link in scene.links
        ],
        "steps": [_step_json(scene, formulas, sentences, moment, code) for moment in _with_terms(steps)],
        "phases": _phases(steps),
        "code": {"text": code.text, "language": "python"} if code is not None else None,
        "summary": _summary(scene),
        "notices": list(dict.fromkeys(w for w in warnings.values() if "first" in w)),
    }


def _structure(layout: Layout, titles: Mapping[str, tuple[str, str, str]]) -> str:
    """The same text for drawings that differ in their numbers only."""
    return hashlib.sha256(repr((layout.key, sorted(titles.items()))).encode()).hexdigest()[:16]


def _title(scene: Scene, item: Item) -> tuple[str, str, str]:
    """Name, expression and the short note at the right of a card's header."""
    trace = scene.trace
    name = trace.names[item.node]
    if item.scope is not None:
        sources = [
            trace.names[link.source]
            for link in scene.links_into[item.id]
            if not trace.is_constant(link.source) and not trace.is_parameter(link.source)
        ]
        if item.scope.kind.expression:
            each = [trace.names[one] if isinstance(one, int) else one for one in scene.arguments(item)]
            return name, fill(item.scope.kind.expression, argument_words(each)), "box"
        arguments = ", ".join(sources[:2]) + (", …" if len(sources) > 2 else "")
        return name, f"{item.scope.kind.name}({arguments})", "box"
    node = trace.nodes[item.node]
    if node._op is None:
        return name, "", "constant" if trace.is_constant(item.node) else "leaf"
    words = argument_words([trace.names[j] for j in trace.inputs[item.node]])
    return name, fill(node._op.expression, parameter_words(node._params) | words), node._op.symbol


def _card(scene: Scene, item: Item, title: tuple[str, str, str]) -> Card:
    name, expression, note = title
    text = f"{name} = {expression}" if expression else name
    data = scene.trace.nodes[item.node]._data
    return card(
        text[:LONGEST_TITLE], note, np.shape(data), _learns(scene, item), footer=item.scope is not None
    )


def _learns(scene: Scene, item: Item) -> bool:
    return scene.trace.gradients[item.node] is not None


def _moments(steps: list[SceneStep]) -> dict[str, dict[str, Any]]:
    """For every card, the steps at which it gets its value, its gradient terms and its update."""
    when: dict[str, dict[str, Any]] = {}
    for k, step in enumerate(steps):
        if step.item is None:
            continue
        own = when.setdefault(step.item, {"forward": None, "backward": [], "update": None})
        if step.phase in ("seed", "backward"):
            own["backward"].append(k)
        else:
            own[step.phase] = k
    return when


def _node_json(
    scene: Scene,
    item: Item,
    title: tuple[str, str, str],
    card: Card,
    layout: Layout,
    when: Mapping[str, dict[str, Any]],
    inputs: Mapping[str, InputInfo],
    warnings: Mapping[str, str],
) -> dict[str, Any]:
    trace = scene.trace
    i = item.node
    node = trace.nodes[i]
    leaf = node._op is None and item.scope is None
    kind = "box" if item.scope else "op" if not leaf else "constant" if trace.is_constant(i) else "leaf"
    info = inputs.get(trace.names[i]) if kind == "leaf" else None
    x, y = layout.cards[item.id]
    return {
        "id": item.id,
        "kind": kind,
        "name": title[0],
        "expression": title[1],
        "op": title[2],
        "about": info.about if info else "",
        "cells": list(info.cells) if info else [],
        "x": x,
        "y": y,
        "w": card.w,
        "h": card.h,
        "value": tensor_json(node._data),
        "gradient": tensor_json(trace.gradients[i]),
        "slots": {"value": card.value.json(), "gradient": card.gradient.json() if card.gradient else None},
        "input": {"name": title[0], "low": info.low, "high": info.high, "step": info.step} if info else None,
        "learns": _learns(scene, item),
        "consumers": len(trace.consumers[i]),
        "box": _box_json(scene, item),
        "steps": when.get(item.id, {"forward": None, "backward": [], "update": None}),
        "warning": warnings.get(item.id),
    }


def _box_json(scene: Scene, item: Item) -> dict[str, Any] | None:
    if item.scope is None:
        return None
    trace = scene.trace
    shapes = [shape_text(trace.nodes[link.source].shape) for link in scene.links_into[item.id]]
    return {
        "id": item.scope.path,
        "formula": fill(item.scope.kind.formula, argument_words(["x", "y", "z"])),
        "shapes": f"{', '.join(shapes[:2])} → {shape_text(trace.nodes[item.node].shape)}",
        "parameters": item.scope.parameters,
    }


def _with_terms(steps: list[SceneStep]) -> list[tuple[SceneStep, list[str]]]:
    """Every step with the gradient terms that have arrived so far, as short texts."""
    terms: dict[int, list[str]] = {}
    found = []
    for step in steps:
        so_far: list[str] = []
        if step.link is not None:
            so_far = terms.setdefault(step.link.source, [])
            so_far.append(flowing(step.contribution))
        found.append((step, list(so_far)))
    return found


def _step_json(
    scene: Scene,
    formulas: Formulas,
    sentences: Sentences,
    moment: tuple[SceneStep, list[str]],
    code: Code | None,
) -> dict[str, Any]:
    step, terms = moment
    links = scene.links_into[step.item or ""] if step.phase == "forward" else [step.link] if step.link else []
    span = place(scene, step, code)
    update: Update | None = sentences.updates.get(step.item or "") if step.phase == "update" else None
    return {
        "phase": step.phase,
        "name": step.address,
        "focus": step.item,
        "edges": [link.id for link in links],
        "reads": [link.start for link in links] if step.phase == "forward" else [link.end for link in links],
        "sentence": sentences.sentence(step),
        "formula": formulas.formula(step),
        "flow": flow(scene, step),
        "line": span[0] if span else None,
        "span": span,
        "contribution": tensor_json(step.contribution),
        "total": tensor_json(step.total),
        "terms": terms,
        "of": step.of,
        "after": tensor_json(update.after) if update else None,
    }


def _phases(steps: list[SceneStep]) -> list[dict[str, Any]]:
    """First and last step of each pass; the start counts as forward, the seed as backward."""
    phase_of = {"start": "forward", "seed": "backward"}
    phases: list[dict[str, Any]] = []
    for k, step in enumerate(steps):
        phase = phase_of.get(step.phase, step.phase)
        if not phases or phases[-1]["phase"] != phase:
            phases.append({"phase": phase, "first": k, "last": k})
        phases[-1]["last"] = k
    return phases


def _warnings(scene: Scene, sentences: Sentences) -> dict[str, str]:
    """For cards with something to remark: the remark; and where the first infinity or NaN arises."""
    warnings = {item.id: text for item in scene.items.values() if (text := sentences.remark(item))}
    first = scene.trace.first_non_finite()
    if first is not None:
        own = scene.owners[first]
        what = "NaN (not a number)" if np.any(np.isnan(scene.trace.nodes[first]._data)) else "∞"
        name = scene.trace.names[first]
        why = warnings.get(own, "")
        warnings[own] = (
            f"The first {what} arises at {name}. {why or 'What is computed from it cannot be trusted.'}"
        )
    return warnings


def _summary(scene: Scene) -> str:
    kinds = [item.scope is not None or bool(scene.trace.inputs[item.node]) for item in scene.items.values()]
    operations = sum(kinds)
    return f"{len(kinds)} cards: {len(kinds) - operations} inputs and constants, {operations} operations"
