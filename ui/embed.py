"""The page at /embed/{lesson}: the player alone, for an iframe in slides and course pages.

`/embed/boxes?part=1&values=a:2&open=all&step=backward s w&theme=dark` shows one moment of a lesson, and
`/embed/playground?expression=2*a%2Bb*c` any expression, `/embed/block-attention?values=d:4` a block, and
`/embed/model-digits?values=moment:3` a trained model.
"""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from ui import assets, requests
from ui.address import read_address
from ui.blocks import PREFIX, block_named
from ui.errors import BadRequest
from ui.trained.subject import PREFIX as MODEL

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="../{assets}app/icon.svg">
<link rel="stylesheet" href="../{assets}app/embed.css">
</head>
<body>
{body}
</body>
</html>
"""
PLAYER = """<div id="player"></div>
<script type="application/json" id="data">{data}</script>
<script type="module" src="../{assets}app/embed.js"></script>"""
ERROR = """<p class="error" role="alert">{sentence}</p>"""


def page(lesson: str, query: Mapping[str, str]) -> str:
    """The HTML page for a lesson, a block's page, a model's page or `playground`. Raises BadRequest."""
    what: dict[str, Any]
    if lesson == "playground":
        address, what = read_address(query), {"expression": query.get("expression", "")}
    elif lesson.startswith(PREFIX):
        entry = block_named(lesson.removeprefix(PREFIX))
        address, what = read_address(query, opens=(entry.name,)), {"block": entry.slug}
    elif lesson.startswith(MODEL):
        address, what = read_address(query), {"model": lesson.removeprefix(MODEL)}
    else:
        address = read_address(query, len(requests.lesson_named(lesson).parts))
        what = {"lesson": lesson, "part": address.part}
    graph = requests.page_payload({**what, **address.moment})
    data = inline_json({**graph, "step": address.step, "asks": address.asks, "address": True})
    player = PLAYER.format(data=data, assets=assets.address())
    return _page(graph["title"], player, query.get("theme", ""))


def error_page(sentence: str) -> str:
    """The page that shows `sentence` instead of a player."""
    return _page("Gradwalk", ERROR.format(sentence=escape(sentence)), "")


def inline_json(data: Any) -> str:
    """JSON that may stand inside a script element: no text in it can end the element.

    >>> inline_json({"title": "</script><b>"})
    '{"title": "\\\\u003c/script>\\\\u003cb>"}'
    """
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _page(title: str, body: str, theme: str) -> str:
    if theme not in ("", "light", "dark"):
        raise BadRequest("The theme is light or dark; without one the page follows the browser's.")
    return PAGE.format(title=escape(title), theme=theme, assets=assets.address(), body=body)
