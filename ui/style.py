"""Small things that all pages share. Their look is in .streamlit/config.toml and assets/app/page.css."""

import re

import streamlit as st

MARKS = re.compile(r"[\\`*_{}\[\]()#+\-!|$~:<>&]")

LONG_WORD = re.compile(
    r"\w{16,}"
)  # longer than a line of the sidebar, together with its number and a check mark
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


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


def breakable(title: str) -> str:
    """A title whose long words may go on in the next line, where a capital begins.

    >>> breakable("20 SequenceToSequence").split("\N{ZERO WIDTH SPACE}")
    ['20 Sequence', 'To', 'Sequence']
    """
    return LONG_WORD.sub(lambda word: CAPITAL.sub("\N{ZERO WIDTH SPACE}", word[0]), title)


def goal(text: str) -> None:
    """The line under a page's title."""
    with st.container(key="goal"):
        st.markdown(text)
