"""The few rules that make Streamlit's page as calm as a textbook's: more room, less clutter."""

import streamlit as st

CSS = """
<style>
.stMainBlockContainer { padding: 2.6rem 2rem 4rem; max-width: 1500px; }
[data-testid="stHeader"] { background: transparent; height: 2.4rem; min-height: 2.4rem; }
[data-testid="stSidebarNavLink"] span { white-space: normal; }
[data-testid="stNavSectionHeader"] { letter-spacing: .06em; text-transform: uppercase; font-size: .72rem; }
h1 { padding: 0 0 .15rem !important; letter-spacing: -.01em; }
.goal { margin: 0 0 .2rem; opacity: .7; font-size: 1.02rem; }
.prose { max-width: 46em; }
[class*="st-key-card-"] { height: 100%; transition: border-color .15s; }
[class*="st-key-card-"]:hover { border-color: var(--st-primary-color, #1d4ed8); }
[class*="st-key-card-"] a { padding-left: 0; background: none !important; }
[class*="st-key-card-"] a p { font-weight: 600; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 2.6rem .8rem 3rem; } }
@media (prefers-reduced-motion: reduce) { [class*="st-key-card-"] { transition: none; } }
</style>
"""


def apply() -> None:
    """Adds the rules to the page."""
    st.html(CSS)


def theme() -> str:
    """ "light" or "dark", as the visitor sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"
