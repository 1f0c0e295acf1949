"""The first page: what this is, a live player to start with at once, and a card for each lesson."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from engine.expression import EXAMPLES
from lessons import all_lessons
from lessons.lesson import Lesson
from ui import requests, style
from ui.address import Address
from ui.component import player
from ui.moment import asked, shown

_, FIRST, FIRST_VALUES = EXAMPLES[0]
CARDS_IN_A_ROW = 3


def show(links: Mapping[str, Page]) -> None:
    """Shows the page; `links` holds each page by its address."""
    st.title("Gradwalk")
    style.goal(
        "See how a neural network finds out which way to change each of its numbers. "
        "Walk through the computation, forward and backward: every number, and why it is that number."
    )
    doors(links)
    player(shown(asked(), first), key="home")
    count = len(all_lessons())
    st.subheader(f"{count} lessons")
    minutes = [lesson.minutes for lesson in all_lessons()]
    st.markdown(
        f"From 2a + bc to a Transformer, in {min(minutes)} to {max(minutes)} minutes each. "
        "You need derivatives from school. "
        "In class, *Present* fills the screen with a lesson's walk."
    )
    for chapter, lessons in groupby(all_lessons(), key=lambda lesson: lesson.chapter):
        st.markdown(f"##### {chapter}")
        cards(list(lessons), links)
    st.subheader("Blocks")
    st.markdown("Every block that networks are built from, from FeedForward to BERT, each to open and walk.")
    st.page_link(links["gallery"], label="All blocks →")
    st.subheader("Trained models")
    st.markdown(
        "Networks that read digits, write, and translate: scrub through their training, and train them."
    )
    st.page_link(links["models"], label="All trained models →")


def doors(links: Mapping[str, Page]) -> None:
    """The three ways in."""
    lesson = all_lessons()[0]
    with st.container(key="doors", horizontal=True):
        st.page_link(links[lesson.slug], label=f"Start with lesson {lesson.number}: {lesson.title}")
        st.page_link(links["playground"], label="Walk a formula of your own")
        st.page_link(links["models"], label="See what networks have learned")


def first(address: Address) -> dict[str, Any]:
    """The payload of the computation that the page starts with."""
    values = {**FIRST_VALUES, **address.values}
    return requests.trace_payload({**address.moment, "expression": FIRST, "values": values})


def cards(lessons: Sequence[Lesson], links: Mapping[str, Page]) -> None:
    """A card for each lesson, a few in a row; on a phone one below the other."""
    for first in range(0, len(lessons), CARDS_IN_A_ROW):
        row = lessons[first : first + CARDS_IN_A_ROW]
        for column, lesson in zip(st.columns(CARDS_IN_A_ROW), row, strict=False):
            with column.container(border=True, key=f"card-{lesson.slug}"):
                st.page_link(links[lesson.slug], label=f"{lesson.number} {lesson.title}")
                st.caption(lesson.goal)
