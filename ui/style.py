"""The look of the pages, beyond what .streamlit/config.toml sets."""

from pathlib import Path

import streamlit as st

CSS = Path(__file__).parent / "style.css"


def apply() -> None:
    """Adds the rules of style.css to the page."""
    st.html(CSS)


def theme() -> str:
    """ "light" or "dark", as the visitor sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def apologise(_error: Exception) -> bool:
    """What a visitor sees when a page of ours fails; the traceback goes to the log."""
    st.error("This page failed, and the fault is ours, not yours. It has been logged; try to reload it.")
    return True
