"""The player as a Streamlit component. Only these few lines of JavaScript travel with a message: the
player itself is loaded once from /assets."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import assets

GLUE = """
export default async function ({ data, parentElement }) {
  // Streamlit changes the address without loading the page anew, at last to one without a slash at its end.
  const base = (window.gradwalkRoot ??= new URL("./", document.baseURI));
  const { prepare, show } = await import(new URL(data.assets + "app/page.js", base).href);
  await prepare(data);
  return show(parentElement, data, base.href);
}
"""

# Holds the player's place until it is there, so that nothing below it jumps.
WAITING = '<div class="gradwalk-waiting" aria-hidden="true"></div>'
WAITING_STYLE = """
.gradwalk-waiting { min-height: 400px; border: 1px solid var(--st-border-color); border-radius: 12px; }
"""

_mount = st.components.v2.component(
    "gradwalk_player", html=WAITING, css=WAITING_STYLE, js=GLUE, isolate_styles=False
)


def player(data: Mapping[str, Any], key: str, address: bool = True) -> None:
    """Shows `data`, a lesson payload or a graph payload, in the player.

    With `address`, the page's address follows what a person does in it. Equal data under an equal
    key changes nothing on the screen; data of the same structure only changes numbers.
    """
    _mount(key=key, data={**data, "assets": assets.address(), "address": address}, height="content")
