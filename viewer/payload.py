"""Everything that the player needs, as plain JSON: cards, arrows, frames, and the steps with their faces."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.trace import Trace, Update
from viewer.faces import Code, flow, flowing, place
from viewer.formulas import Formulas
from viewer.layout import Layout, lay_out
from viewer.nodes import InputInfo, NodesJson, Title, card_of, moments, title_of
from viewer.scene import Scene, SceneStep
from viewer.sentences import Sentences
from viewer.tensors import Tensors

if TYPE_CHECKING:
    from engine.optim import Optimizer

ARISES = "The first"  # so begins what concerns the whole graph; any other remark belongs to its card


def graph_payload(
    trace: Trace,
    *,
    opened: Collection[str] = (),
    focus: str = "",
    code: Code | None = None,
    inputs: Mapping[str, InputInfo] | None = None,
    optimizer: Optimizer | None = None,
    title: str = "",
) -> dict[str, Any]:
    """The player's payload for `trace` with the boxes in `opened` open; with `focus`, the inside of one box.

    `inputs`: the leaves that a learner may change, by name. With `optimizer`, its update of every
    visible parameter follows the backward pass. Arrays stand in `tensors`, each once; elsewhere is their
    place in it. Raises `TooManyCardsError` when too much would be visible, ValueError for an unknown focus.
    """
    with np.errstate(all="ignore"):  # an infinity is shown and explained, it stops nothing
        given = {name: info.labels for name, info in (inputs or {}).items()}
        scene = Scene(trace, frozenset(opened), focus, given)
        return _payload(scene, code, inputs or {}, optimizer, title)


def _payload(
    scene: Scene,
    code: Code | None,
    inputs: Mapping[str, InputInfo],
    optimizer: Optimizer | None,
    title: str,
) -> dict[str, Any]:
    trace = scene.trace
    updates = updates_in(scene, optimizer)
    formulas = Formulas(scene, updates, optimizer.formula if optimizer else "")
    sentences = Sentences(scene, updates, optimizer.says if optimizer else "")
    titles = {item.id: title_of(scene, item) for item in scene.items.values()}
    cards = {item.id: card_of(scene, item, titles[item.id]) for item in scene.items.values()}
    layout = lay_out(scene, cards)
    steps = all_steps(scene, updates)
    warnings = _warnings(scene, sentences)
    tensors = Tensors()
    nodes = NodesJson(scene, tensors, layout, moments(scene, steps), inputs, warnings)
    return {
        "version": 2,
        "title": title,
        "structure": _structure(layout, titles),
        "size": {"width": layout.width, "height": layout.height},
        "root": scene.owner(trace.root),
        "open": scene.kept_open,
        "focus": scene.focus,
        "trail": [{"id": scope.path, "label": scope.name} for scope in scene.trail],
        "nodes": [nodes.node(item, titles[item.id], cards[item.id]) for item in scene.items.values()],
        "frames": [nodes.frame(scope) for scope in scene.frames],
        "roll": nodes.roll(scene.top),
        "edges": [
            {
                "id": link.id,
                "from": link.start,
                "to": link.end,
                "argument": link.argument,
                "path": layout.paths[link.id],
                "learns": scene.learns(link),
                "weight": trace.is_parameter(link.source),
            }
            for link in scene.links
        ],
        "steps": [
            _step_json(scene, formulas, sentences, tensors, moment, code) for moment in _with_terms(steps)
        ],
        "phases": _phases(steps),
        "code": {"text": code.text, "language": "python"} if code is not None else None,
        "summary": _summary(scene),
        "notices": list(dict.fromkeys(w for w in warnings.values() if w.startswith(ARISES))),
        "tensors": tensors.all,
    }


def updates_in(scene: Scene, optimizer: Optimizer | None) -> dict[str, Update]:
    """The optimizer's updates of the leaves that are cards of their own, by card."""
    changed = [(scene.owner(one.node), one) for one in (scene.trace.updates(optimizer) if optimizer else ())]
    return {own: one for own, one in changed if own in scene.items and scene.items[own].scope is None}


def all_steps(scene: Scene, updates: Collection[str]) -> list[SceneStep]:
    """The steps of both passes, and then one for each card that is updated."""
    return [
        *scene.steps(),
        *(SceneStep("update", own, address=f"update {scene.address(own)}") for own in updates),
    ]


def step_names(
    trace: Trace, opened: Collection[str] = (), focus: str = "", optimizer: Optimizer | None = None
) -> list[str]:
    """The address of every step that a payload would have."""
    with np.errstate(all="ignore"):
        scene = Scene(trace, frozenset(opened), focus)
        return [step.address for step in all_steps(scene, updates_in(scene, optimizer))]


def _structure(layout: Layout, titles: Mapping[str, Title]) -> str:
    """The same text for drawings that differ in their numbers only."""
    return hashlib.sha256(repr((layout.key, sorted(titles.items()))).encode()).hexdigest()[:16]


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
    tensors: Tensors,
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
        "path": _path(scene, step),
        "focus": step.item,
        "edges": [link.id for link in links],
        "reads": [link.start for link in links] if step.phase == "forward" else [link.end for link in links],
        "sentence": sentences.sentence(step),
        "formula": formulas.formula(step),
        "flow": flow(scene, step),
        "line": span[0] if span else None,
        "span": span,
        "contribution": tensors.place(step.contribution),
        "total": tensors.place(step.total),
        "terms": terms,
        "of": step.of,
        "aside": step.link is not None and step.link.source != scene.items[step.link.start].node,
        "after": tensors.place(update.after) if update else None,
    }


def _path(scene: Scene, step: SceneStep) -> str:
    """The card that does the step, with the names of the boxes around it; empty at the start."""
    own = step.link.end if step.link is not None else step.item
    return scene.address(own) if own is not None and not scene.items[own].port else ""


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
    first = scene.trace.first_non_finite
    if first is not None:
        own = scene.owner(first)
        what = "NaN (not a number)" if np.any(np.isnan(scene.trace.nodes[first]._data)) else "∞"
        name = scene.trace.names[first]
        why = warnings.get(own, "")
        warnings[own] = (
            f"{ARISES} {what} arises at {name}. {why or 'What is computed from it cannot be trusted.'}"
        )
    return warnings


def _summary(scene: Scene) -> str:
    kinds = [scene.computed(item) for item in scene.items.values()]
    operations = sum(kinds)
    return f"{len(kinds)} cards: {len(kinds) - operations} inputs and constants, {operations} operations"
