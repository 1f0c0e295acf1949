"""Small things that all pages share. Their look is in .streamlit/config.toml and assets/app/page.css."""

import re

import streamlit as st

MARKS = re.compile(r"[\\`*_{}\[\]()#+\-!|$~:<>&]")


def theme() -> str:
    """ "light" or "dark", as the visitor sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def apologise(_error: Exception) -> bool:
    """What a visitor sees when a page of ours fails; the traceback goes to the log."""
    st.error("This page failed, and the fault is ours, not yours. It has been logged; try to reload it.")
    return True


def plain(sentence: str) -> str:
    """A sentence that may quote the visitor, so that none of it is taken for Markdown.

    >>> plain("There is no input named '*a*'.")
    "There is no input named '\\\\*a\\\\*'."
    """
    return MARKS.sub(r"\\\g<0>", sentence)


def goal(text: str) -> None:
    """The line under a page's title."""
    with st.container(key="goal"):
        st.markdown(text)
