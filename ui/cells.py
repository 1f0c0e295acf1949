"""One cell of a walk: where it comes from, and its scalar graph as a walk of its own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from engine import Trace
from ui.errors import BadRequest
from ui.subject import Run, Subject, Values
from viewer.cell import KINDS, MOST_SHOWN, SHOWN, NothingBehindError, cell_json
from viewer.origins import Index
from viewer.scalars import STAND_IN, TooManyScalarsError, cell_name, scalar_trace
from viewer.scene import Scene, TooManyCardsError

CELL_KEYS = ("node", "kind", "cell")


@dataclass(frozen=True)
class Around:
    """What of the whole was seen when a cell was opened; `open`: None stands for all boxes."""

    open: Collection[str] | None = ()
    focus: str = ""
    step: str = ""

    def json(self, trace: Trace) -> dict[str, Any]:
        """What the player needs to lead back there. Raises BadRequest for an unknown focus."""
        check_focus(trace, self.focus)
        scope = trace.tree.by_path[self.focus].scope
        return {
            "open": sorted(all_boxes(trace) if self.open is None else self.open),
            "focus": self.focus,
            "step": self.step or "start",
            "trail": [{"id": one.path, "label": one.name} for one in (scope.ancestors if scope else ())],
        }


def all_boxes(trace: Trace) -> set[str]:
    """The ids of all boxes that can be opened."""
    return {path for path in trace.tree.by_path if path}


def subject_of_cell(subject: Subject, what: Any, around: Around = Around()) -> Subject:
    """The scalar graph behind one cell of what `subject` walks, as a subject. Raises BadRequest.

    `what`: {node: "n12", kind: "value" | "gradient", cell: [1, 2], boxes?: [ids]}, the node by its number in
    the trace; each of the boxes counts as one, with its inside in the graph. The facts stay the whole's.
    """
    kind = _checked_kind(what, (*CELL_KEYS, "boxes"))
    whole = subject.run()
    i = _node(whole.trace, what["node"])
    index = cell_of(whole.trace.names[i], whole.trace.nodes[i].shape, what["cell"])
    boxes = _boxes(whole.trace, what.get("boxes", []))
    name = cell_name(whole.trace, i, index)
    title = name if kind == "value" else f"gradient of {name}"

    def record(values: Values) -> Run:
        trace = whole.trace if values == subject.values else subject.record(values).trace
        _refuse_what_was_given(trace, i, kind)
        try:
            scalars = scalar_trace(trace, i, kind, index, boxes)
        except TooManyScalarsError as wrong:
            raise BadRequest(str(wrong)) from wrong
        return Run(scalars, _notices(trace, name, kind))

    return replace(
        subject,
        title=title,
        source={
            **subject.source,
            "scalars": {
                "node": f"n{i}",
                "kind": kind,
                "cell": list(index),
                **({"boxes": list(boxes)} if boxes else {}),
            },
        },
        code=None,
        record=record,
        update=lambda trace, values: None,
        facts=lambda trace: subject.facts(whole.trace),
        around=around.json(whole.trace),
    )


def _notices(trace: Trace, name: str, kind: str) -> tuple[str, ...]:
    if kind == "value":
        return ()
    root = trace.names[trace.root]
    return (
        f"{STAND_IN} stands in for {root}: it adds up all that {name} moves, each times its own gradient. "
        f"So it has the same slope.",
    )


def origin_of_cell(subject: Subject, boxes: frozenset[str], focus: str, what: Any) -> dict[str, Any]:
    """Where a cell comes from, in the scene with these boxes open, or inside of one. Raises BadRequest.

    `what`: {node: the id of a card, kind, cell, terms?: how many terms of a long sum are wanted}.
    """
    kind = _checked_kind(what, (*CELL_KEYS, "terms"))
    trace = subject.run().trace
    check_focus(trace, focus)
    scene = Scene(trace, boxes, focus, subject.labels)
    card, terms = what["node"], what.get("terms", SHOWN)
    try:
        if not isinstance(card, str) or card not in scene.items:
            raise BadRequest(
                f"There is no card {str(card)[:40]!r} in view; pick a cell of a card that is drawn."
            )
        if not isinstance(terms, int) or isinstance(terms, bool) or not 2 <= terms <= MOST_SHOWN:
            raise BadRequest(f"The terms should be a whole number from 2 to {MOST_SHOWN}.")
        i = scene.items[card].node
        index = cell_of(scene.trace.names[i], scene.trace.nodes[i].shape, what["cell"])
        return cell_json(scene, card, kind, index, terms)
    except (NothingBehindError, TooManyCardsError) as wrong:
        raise BadRequest(str(wrong)) from wrong


def check_focus(trace: Trace, focus: str) -> None:
    """Raises BadRequest, with the nearest one, if there is no box to look into by this id."""
    boxes = trace.tree.by_path
    if focus not in boxes:
        near = get_close_matches(focus, boxes, n=1)
        hint = f"do you mean {near[0]}?" if near else "look at the whole."
        raise BadRequest(f"There is no box {focus[:60]!r} here to look into; {hint}")


def _checked_kind(what: Any, known: tuple[str, ...]) -> str:
    """The kind that `what` names, once all of its keys are known to be there."""
    if not isinstance(what, Mapping) or not set(CELL_KEYS) <= set(what) <= set(known):
        raise BadRequest('A cell is named by {"node": "n3", "kind": "value" or "gradient", "cell": [0, 2]}.')
    if what["kind"] not in KINDS:
        raise BadRequest(f"The kind of a cell is value or gradient, not {str(what['kind'])[:40]!r}.")
    return str(what["kind"])


def _node(trace: Trace, node: Any) -> int:
    if isinstance(node, str) and node[:1] == "n" and node[1:].isdecimal() and int(node[1:]) < len(trace):
        return int(node[1:])
    raise BadRequest(f"There is no node {str(node)[:40]!r} here; the nodes are n0 to n{len(trace) - 1}.")


def _boxes(trace: Trace, boxes: Any) -> tuple[str, ...]:
    if not isinstance(boxes, list) or not all(isinstance(box, str) for box in boxes):
        raise BadRequest("The boxes that count as one should be a list of their ids.")
    known = {around.path for scope in trace.scopes if scope for around in scope.ancestors}
    for box in boxes:
        if box not in known:
            raise BadRequest(f"There is no box {box[:40]!r} here that could count as one.")
    return tuple(boxes)


def _refuse_what_was_given(trace: Trace, i: int, kind: str) -> None:
    name = trace.names[i]
    if kind == "value" and not trace.inputs[i]:
        raise BadRequest(f"The value of {name} was given, not computed: there is nothing behind it to open.")
    if kind == "gradient" and trace.gradients[i] is None:
        raise BadRequest(
            f"No gradient flows to {name}: it is fixed data, or the result does not depend on it."
        )


def cell_of(name: str, shape: tuple[int, ...], cell: Any) -> Index:
    """`cell` as an index into an array of this shape: [] for a number, [i] or [i, j]. Raises BadRequest."""
    cell = [] if cell is None else cell
    if not isinstance(cell, list) or not all(isinstance(i, int) and not isinstance(i, bool) for i in cell):
        raise BadRequest("The cell should be a list of whole numbers, such as [0, 2].")
    if len(cell) != len(shape) or not all(0 <= i < size for i, size in zip(cell, shape, strict=True)):
        raise BadRequest(f"{name} has the shape {shape}, in which there is no cell {cell[:4]}.")
    return tuple(cell)
