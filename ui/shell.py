"""Streamlit's own HTML page with a few links added, so that what it will need comes while Streamlit starts.

Without them the player's modules are asked for only when its place on the page is drawn, one layer of
imports after the other, and our style comes after the first paint.
"""

import re
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from streamlit import file_util

from engine.nn.entry import all_entries
from lessons import all_lessons
from ui import assets
from ui.blocks import page_name
from ui.trained.kinds import trained_models
from ui.trained.subject import page_name as name_of_model

STATIC = Path(file_util.get_static_dir())
NEEDED = ("BidiComponent", "PageLink")  # parts of Streamlit's page that it loads when they are first shown
IMPORT = re.compile(r'(?:from|import)"\./([\w.-]+\.js)"')
# Else Streamlit first looks for its server below the page's own address, in vain, and loses a round trip.
WHERE_STREAMLIT_IS = (
    '<script>window.__streamlit = { BACKEND_BASE_URL: new URL("./", location.href).href }</script>'
)
DESCRIPTION = "Walk through a computation step by step, forward and backward: every number, and why."


def shell(base: str = "") -> list[Route]:
    """A route for each page's address, under the path `base`."""
    base = f"/{base.strip('/')}" if base.strip("/") else ""
    pages = ["", "playground", "gallery", "models", *(lesson.slug for lesson in all_lessons())]
    pages += [page_name(entry) for entry in all_entries()]
    pages += [name_of_model(model) for model in trained_models()]
    return [Route(f"{base}/{page}", index) for page in pages]


async def index(_request: Request) -> Response:
    """Streamlit's page, with our links."""
    return HTMLResponse(page(assets.address()), headers={"Cache-Control": "no-cache"})


@lru_cache(maxsize=2)
def page(folder: str) -> str:
    """The HTML; addresses in it are relative to the page, whatever the app's base path is."""
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    modules = [f"{folder}{path}" for path in assets.modules()]
    modules += [f"static/js/{name}" for name in streamlit_scripts() if f"/{name}" not in html]
    links = [
        f'<meta name="description" content="{DESCRIPTION}">',
        WHERE_STREAMLIT_IS,
        f'<link rel="stylesheet" href="./{folder}app/page.css">',
        *(f'<link rel="modulepreload" href="./{path}">' for path in modules),
        # After Streamlit's own script: it runs while that one waits for the server.
        f'<script type="module" src="./{folder}app/page.js"></script>',
    ]
    html = html.replace("<title>Streamlit</title>", "<title>Gradwalk</title>")
    return html.replace("</head>", "\n".join([*links, "</head>"]), 1)


def streamlit_scripts() -> list[str]:
    """Streamlit's scripts for what we show, with all that they import; none if it has renamed them."""
    folder = STATIC / "static" / "js"
    found = [path.name for name in NEEDED for path in folder.glob(f"{name}.*.js")]
    for name in found:  # grows while it runs
        imported = IMPORT.findall((folder / name).read_text(encoding="utf-8"))
        found += [other for other in dict.fromkeys(imported) if other not in found]
    return found
