"""The gallery: every block that nets are made of, each with a live player, its code and its relations."""

import inspect
import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from engine.nn.entry import ENTRIES, Entry, all_entries
from ui import kinship, requests, style
from ui.address import Address
from ui.blocks import page_name
from ui.component import player
from ui.kinship import Part
from ui.moment import asked, shown
from viewer.faces import code_of

CARDS_IN_A_ROW = 3


def show(links: Mapping[str, Page]) -> None:
    """Shows a card for each block, group by group; `links` holds each page by its address."""
    st.title("Blocks")
    style.goal(
        "What neural networks are built from. Open any block, change its sizes, and walk through it, "
        "forward and backward."
    )
    for group, entries in groupby(all_entries(), key=lambda entry: entry.group):
        st.subheader(group)
        cards(list(entries), links)


def cards(entries: Sequence[Entry], links: Mapping[str, Page]) -> None:
    """A card for each block, a few in a row; on a phone one below the other."""
    for first in range(0, len(entries), CARDS_IN_A_ROW):
        row = entries[first : first + CARDS_IN_A_ROW]
        for column, entry in zip(st.columns(CARDS_IN_A_ROW), row, strict=False):
            with column.container(border=True, key=f"card-{entry.slug}"):
                link(entry, links)
                signature(entry)
                st.caption(entry.about)


def show_one(entry: Entry, links: Mapping[str, Page]) -> None:
    """Shows one block: what it is, a player, its formula, its relations, its code."""
    with st.container(
        key="heading", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(entry.name, width="content")
        st.page_link(links["gallery"], label="← All blocks")
    style.goal(entry.about)
    signature(entry)
    opens = (entry.name,)
    payload = shown(asked(opens=opens), lambda moment: payload_at(entry, moment), opens)
    player(payload, key=f"block-{entry.slug}")
    st.caption(f"Where the walk ends: {entry.result}")
    if entry.choices:
        st.caption(f"Formula and relations are those at the start: {starts(entry)}.")
    meaning, relations = st.columns(2, gap="large")
    with meaning:
        define(entry)
    with relations:
        relate(entry, links)
    with st.expander("Code"):
        st.caption("What is walked here")
        st.code(code_of(entry.build).text, language="python")
        st.caption(f"How {entry.name} computes")
        st.code(source_of(entry), language="python")
    neighbours(entry, links)


def payload_at(entry: Entry, address: Address) -> dict[str, Any]:
    """What the player shows of the block. Shared by all visitors: do not change it."""
    return _payload(entry.slug, json.dumps(address.moment, sort_keys=True))


@lru_cache(maxsize=256)
def _payload(slug: str, moment: str) -> dict[str, Any]:
    return requests.page_payload({"block": slug, **json.loads(moment)})


def link(entry: Entry, links: Mapping[str, Page], label: str = "") -> None:
    """A link to the block's own page."""
    st.page_link(links[page_name(entry)], label=label or entry.name)


def signature(entry: Entry) -> None:
    """The shapes that come in and go out."""
    with st.container(key=f"signature-{entry.slug}"):
        st.markdown(f"`{entry.signature}`")


def starts(entry: Entry) -> str:
    """The sizes and options that the page starts with, as its controls call them.

    >>> starts(ENTRIES["BERT"])
    'tokens 4, d 4, heads 2, blocks 24'
    """
    sizes = [f"{one.about} {one.default}" for one in entry.sizes]
    return ", ".join(sizes + [f"{one.about}: {(one.labels or one.options)[0]}" for one in entry.options])


def define(entry: Entry) -> None:
    """The formula, and what each symbol in it stands for."""
    st.subheader("Formula")
    st.latex(kinship.inside(entry).formula)
    st.markdown("\n".join(f"- ${tex}$: {words}" for tex, words in entry.symbols.items()))
    for note in entry.notes:
        st.markdown(note)


def relate(entry: Entry, links: Mapping[str, Page]) -> None:
    """What the block is made of, what is made of it, and the lessons that use it."""
    st.subheader("Relations")
    found = kinship.inside(entry)
    default = {part.name for part in found.parts}
    linked("Made of", [(part.name, counted(part)) for part in found.parts if part.direct], links)
    linked("Inside these", [(part.name, counted(part)) for part in found.parts if not part.direct], links)
    others = [name for name in kinship.may_use(entry) if name not in default and name in ENTRIES]
    linked("With other options", [(name, name) for name in others], links)
    if found.operations:
        operations = ", ".join(
            symbol if count == 1 else f"{symbol} × {count}" for symbol, count in found.operations
        )
        with row("Operations of its own"):
            st.markdown(style.plain(operations))
    for label, direct in (("Used by", True), ("And so inside", False)):
        linked(label, [(other.name, other.name) for other in kinship.used_by(entry, direct)], links)
    lessons = kinship.lessons_with(entry)
    if lessons:
        with row("In lessons"):
            for lesson, part in lessons:
                query = {"part": str(part + 1)} if part else None
                st.page_link(links[lesson.slug], label=f"{lesson.number} {lesson.title}", query_params=query)


def linked(label: str, names: Iterable[tuple[str, str]], links: Mapping[str, Page]) -> None:
    """A row of block names with what is said of each; those in the gallery lead to their pages."""
    names = list(names)
    if not names:
        return
    with row(label):
        for name, words in names:
            if name in ENTRIES:
                link(ENTRIES[name], links, words)
            else:
                st.markdown(words)


def row(label: str) -> Any:
    """A line that begins with a label and takes as much room as its words do."""
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{label}")
    line.caption(label, width="content")
    return line


def counted(part: Part) -> str:
    """A part with how many there are, or how often the one is called.

    >>> counted(Part("TransformerBlock", 24, 24, True)), counted(Part("LSTM", 1, 3, True))
    ('TransformerBlock × 24', 'LSTM, called 3 times')
    """
    if part.count > 1:
        return f"{part.name} × {part.count}"
    return part.name if part.calls == 1 else f"{part.name}, called {part.calls} times"


def source_of(entry: Entry) -> str:
    """The method that computes, as it stands in the block's file."""
    return textwrap.dedent(inspect.getsource(entry.block.forward)).rstrip()


def neighbours(entry: Entry, links: Mapping[str, Page]) -> None:
    """Links to the block before and the block after."""
    entries = all_entries()
    at = entries.index(entry)
    before, after = st.columns(2)
    if at > 0:
        with before:
            link(entries[at - 1], links, f"← {entries[at - 1].name}")
    if at + 1 < len(entries):
        with after.container(horizontal=True, horizontal_alignment="right"):
            link(entries[at + 1], links, f"Next: {entries[at + 1].name} →")
