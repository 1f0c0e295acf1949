"""What the page's address holds: `?part=2&values=a:2,b:-1&open=softmax&focus=softmax&step=backward s w`.

With `cell=n12:value:1,2&inner=box&into=box` it is the scalar graph behind that cell that is walked: `inner`
is open in it, `into` looked into, and `step` is one of its own. Then `open`, `focus` and `from`, a step, say
where in the whole the cell was asked for.

`asks=value:1,2:n14` is the cell of a card that the panel tells of: "Where does this cell come from?"

assets/player/url.js writes the same form while a person steps, so that any moment can be sent to
somebody as a link.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ui.errors import BadRequest

CELL = re.compile(r"(n\d{1,9}):(value|gradient):((?:\d{1,9}(?:,\d{1,9})*)?)(?::(.+))?", re.ASCII)
ASKED = re.compile(r"(value|gradient):((?:\d{1,9}(?:,\d{1,9})*)?):(.{1,300})", re.ASCII)
NAME = re.compile(r"\s*([^\W\d]\w*)\s*:\s*")


@dataclass(frozen=True)
class Address:
    """A moment of a walk: its part, values, open boxes, the one that is looked into, its step, and a cell.

    `asks` is the cell that the panel tells of, on a card that is drawn.

    With a cell, all that is in its scalar graph, and `around` is the same of the whole.
    """

    part: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    open: Sequence[str] | Literal["all"] = ()
    focus: str = ""
    step: str = ""
    cell: Mapping[str, Any] | None = None  # {node, kind, cell}: the scalar graph behind this cell
    around: Mapping[str, Any] = field(default_factory=dict)  # of the whole: {open, focus, step}
    asks: Mapping[str, Any] | None = None  # {card, kind, cell}

    @property
    def moment(self) -> dict[str, Any]:
        """What a request's body says of it, whatever it is that is walked."""
        seen = {"values": dict(self.values), "open": self.open, "focus": self.focus}
        return seen if self.cell is None else {**seen, "scalars": self.cell, "around": dict(self.around)}


def read_address(query: Mapping[str, str], parts: int = 1, opens: Sequence[str] = ()) -> Address:
    """The moment that `query` holds, for a page of so many `parts`. Raises BadRequest.

    `opens`: the boxes that are open where the query does not say which.
    """
    whole = Address(
        part=read_part(query.get("part", ""), parts),
        values=read_values(query.get("values", "")),
        open=read_open(query["open"]) if query.get("open") else opens,
        focus=query.get("focus", ""),
        step=query.get("step", ""),
        asks=read_asked(query.get("asks", "")),
    )
    cell = read_cell(query.get("cell", ""))
    if cell is None:
        return whole
    around = {"open": whole.open, "focus": whole.focus, "step": query.get("from", "")}
    inner, into = read_open(query.get("inner", "")), query.get("into", "")
    return replace(whole, open=inner, focus=into, cell=cell, around=around)


def read_part(text: str, parts: int) -> int:
    """The index of a part; in an address the first one is 1."""
    if not text:
        return 0
    if not text.isdecimal() or not 1 <= int(text) <= parts:
        raise BadRequest(f"The address asks for part {text}, but this lesson's parts are 1 to {parts}.")
    return int(text) - 1


def read_open(text: str) -> Sequence[str] | Literal["all"]:
    """The opened boxes: ids with commas between them, or `all`, or `none`."""
    if text in ("all", "none"):
        return "all" if text == "all" else ()
    return tuple(box for box in text.split(",") if box)


def read_cell(text: str) -> dict[str, Any] | None:
    """A node's number in the trace, value or gradient, the place of the cell, and boxes that count as one.

    Raises BadRequest.

    >>> read_cell("n12:value:1,2")
    {'node': 'n12', 'kind': 'value', 'cell': [1, 2]}
    >>> read_cell("n12:value::softmax,layer norm")
    {'node': 'n12', 'kind': 'value', 'cell': [], 'boxes': ['softmax', 'layer norm']}
    """
    if not text:
        return None
    match = CELL.fullmatch(text)
    if match is None:
        raise BadRequest(
            f"The address asks for the cell {text[:40]!r}; a cell looks like this: n12:value:1,2"
        )
    boxes = {"boxes": match[4].split(",")} if match[4] else {}
    return {"node": match[1], "kind": match[2], "cell": [int(i) for i in match[3].split(",") if i], **boxes}


def read_asked(text: str) -> dict[str, Any] | None:
    """The kind, the place and the card of a cell that the panel tells of. Raises BadRequest.

    >>> read_asked("gradient:1,2:n14")
    {'card': 'n14', 'kind': 'gradient', 'cell': [1, 2]}
    """
    if not text:
        return None
    match = ASKED.fullmatch(text)
    if match is None:
        raise BadRequest(
            f"The address asks about the cell {text[:40]!r}; that looks like this: value:1,2:n14."
        )
    return {"card": match[3], "kind": match[1], "cell": [int(i) for i in match[2].split(",") if i]}


def read_values(text: str) -> dict[str, Any]:
    """Values by name, each in JSON. Raises BadRequest with the place where the text goes wrong.

    >>> read_values('a:2,w:[1,-0.5],activation:"tanh"')
    {'a': 2, 'w': [1, -0.5], 'activation': 'tanh'}
    """
    values: dict[str, Any] = {}
    at = 0
    while at < len(text):
        name = NAME.match(text, at)
        if not name:
            raise _unreadable(text, at, "a name and a colon")
        try:
            values[name[1]], at = json.JSONDecoder().raw_decode(text, name.end())
        except (ValueError, RecursionError):
            raise _unreadable(text, name.end(), "a number, a list or a text in quotes") from None
        if at < len(text):
            if text[at] != ",":
                raise _unreadable(text, at, "a comma")
            at += 1
    return values


def write_values(values: Mapping[str, Any]) -> str:
    """The text that `read_values` reads.

    >>> write_values({"a": 2, "w": [1, -0.5]})
    'a:2,w:[1,-0.5]'
    """
    return ",".join(f"{name}:{json.dumps(value, separators=(',', ':'))}" for name, value in values.items())


def _unreadable(text: str, at: int, wanted: str) -> BadRequest:
    found = f"{text[at : at + 12]!r}" if text[at:] else "the end"
    return BadRequest(
        f"The values in the address cannot be read at character {at + 1}: {wanted} should stand there, "
        f"not {found}. They look like this: a:2,w:[1,-0.5]"
    )
