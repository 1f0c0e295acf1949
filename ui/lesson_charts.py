"""The pictures of a lesson's part: each beside its text and its settings, computed once for all visitors."""

import json
from functools import lru_cache
from typing import Any

import streamlit as st

from lessons import find_lesson
from lessons.chart import Picture
from lessons.glossary import unlinked
from lessons.lesson import Lesson
from ui import pictures, style
from ui.training import control


def show(lesson: Lesson, index: int) -> None:
    """Shows the pictures of the lesson's part `index`."""
    for number in range(len(lesson.parts[index].charts)):
        one(lesson, index, number)


@st.fragment
def one(lesson: Lesson, index: int, number: int) -> None:
    """Shows one picture; a change of its settings draws it alone again."""
    chart = lesson.parts[index].charts[number]
    key = f"chart-{lesson.slug}-{index}-{number}"
    with st.container(key=key):
        words, place = st.columns([2, 3], gap="medium", vertical_alignment="center")
        with words:
            st.subheader(chart.title)
            st.markdown(unlinked(chart.text))
            settings = {each.name: control(words, each, f"{key}-{each.name}") for each in chart.settings}
        figure = pictures.figure(
            computed(lesson.slug, index, number, json.dumps(settings, sort_keys=True)), style.theme()
        )
        place.plotly_chart(figure, key=f"{key}-figure", config={"displayModeBar": False})


@lru_cache(maxsize=256)
def computed(slug: str, index: int, number: int, settings: str) -> Picture:
    """The picture at these settings (JSON), kept for all visitors."""
    given: dict[str, Any] = json.loads(settings)
    return find_lesson(slug).parts[index].charts[number].draw(**given)
