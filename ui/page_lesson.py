"""The page of one lesson: its goal, its parts one at a time, training, and what comes next."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from lessons import all_lessons
from lessons.lesson import Lesson
from ui import kinship, lesson_charts, page_blocks, style, training
from ui.address import Address
from ui.component import player
from ui.lesson_payload import lesson_payload
from ui.moment import asked, shown

PLAYGROUND = "playground"


def show(lesson: Lesson, links: Mapping[str, Page]) -> None:
    """Shows the page; `links` holds each page by its address."""
    address = asked(len(lesson.parts))
    with st.container(
        key="heading", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(lesson.title, width="content")
        index = pick_part(lesson, address.part)
    style.goal(lesson.goal if index else f"{lesson.goal} {before(lesson)}")
    part = lesson.parts[index]
    payload = shown(address, lambda moment: payload_at(lesson, index, moment))
    player(payload, key=f"lesson-{lesson.slug}-{index}")
    lesson_charts.show(lesson, index)
    if part.training:
        training.show(lesson, index)
    if index + 1 < len(lesson.parts):
        onward(lesson, index)
        return
    closing(lesson)
    used = kinship.blocks_in(lesson)
    page_blocks.linked("Blocks in this lesson", [(entry.name, entry.name) for entry in used], links)
    neighbours(lesson, links)


def payload_at(lesson: Lesson, index: int, address: Address) -> dict[str, Any]:
    """What the player shows of the lesson's part `index`."""
    progress = {"slug": lesson.slug, "part": index, "parts": len(lesson.parts)}
    return {**lesson_payload(lesson.slug, index, address.moment), "progress": progress}


def pick_part(lesson: Lesson, index: int) -> int:
    """Shows the parts' titles, if there are several, and returns the index of the chosen one."""
    if len(lesson.parts) == 1:
        return 0
    key = f"part-{lesson.slug}"
    st.session_state[key] = index  # the address is the truth, also when a link has changed it

    chosen = st.segmented_control(
        "Part",
        range(len(lesson.parts)),
        format_func=lambda part: f"{part + 1}. {lesson.parts[part].title}",
        key=key,
        required=True,
        on_change=lambda: turn_to(st.session_state[key]),
        label_visibility="collapsed",
    )
    return index if chosen is None else chosen


def before(lesson: Lesson) -> str:
    """How long the lesson takes, and what a person should know before it."""
    return f"*About {lesson.minutes} minutes. You need: {lesson.needs[0].lower()}{lesson.needs[1:]}*"


def onward(lesson: Lesson, index: int) -> None:
    """The way to the part after part `index`."""
    with st.container(key="onward", horizontal=True, horizontal_alignment="right"):
        st.button(
            f"Next: part {index + 2}, {lesson.parts[index + 1].title} →",
            key=f"onward-{lesson.slug}-{index}",
            on_click=turn_to,
            args=(index + 1,),
        )


def turn_to(index: int) -> None:
    """Goes to part `index`. The values, boxes and step in the address belong to the part that is left."""
    st.query_params.from_dict({"part": str(index + 1)})


def closing(lesson: Lesson) -> None:
    """Three things to know by heart, and three that a person can do now."""
    with st.container(border=True, key="closing"):
        know, can = st.columns(2)
        know.markdown("**In three lines**\n" + "\n".join(f"- {line}" for line in lesson.summary))
        can.markdown("**You can now**\n" + "\n".join(f"- {line}" for line in lesson.can_do))


def neighbours(lesson: Lesson, links: Mapping[str, Page]) -> None:
    """Links to the lesson before and the lesson after; from the last one to the playground."""
    lessons = all_lessons()
    at = [one.slug for one in lessons].index(lesson.slug)
    before, after = st.columns(2)
    if at > 0:
        one = lessons[at - 1]
        before.page_link(links[one.slug], label=f"← {one.number} {one.title}")
    if at + 1 < len(lessons):
        one = lessons[at + 1]
        link, label = links[one.slug], f"{one.number} {one.title}"
    else:
        link, label = links[PLAYGROUND], "your own computation in the playground"
    with after.container(horizontal=True, horizontal_alignment="right"):
        st.page_link(link, label=f"Next: {label} →")
