"""The pages, run by Streamlit's own test runner: every lesson, the home page, the playground, a training run."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from lessons import all_lessons
from lessons.lesson import Lesson
from ui.errors import BadRequest
from ui.pages import playground

MAIN = Path(__file__).parent.parent.parent / "ui" / "main.py"
LESSONS = all_lessons()
TRAINED = [(lesson, i) for lesson in LESSONS for i, part in enumerate(lesson.parts) if part.training]


def opened(page: str = "", **query: str) -> AppTest:
    """A page, as its address opens it."""
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    app._page_hash = calc_hash(page) if page else ""  # AppTest can switch to files only; ours are functions
    for name, text in query.items():
        app.query_params[name] = text
    return app.run()


def texts(app: AppTest) -> str:
    """All that the page says."""
    return "\n".join(str(element.value) for element in [*app.title, *app.markdown, *app.caption, *app.subheader])


def players(app: AppTest) -> list[Any]:
    """What each player on the page shows."""
    import json

    return [json.loads(one.proto.mixed.json) for one in app.get("bidi_component")]
