"""The lessons: one file each, found by its name, `lesson_01_boxes.py`."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import replace
from difflib import get_close_matches
from functools import cache

from lessons.lesson import Lesson

FILE_NAME = re.compile(r"lesson_(\d\d)_([a-z][a-z0-9_]*)")


def all_lessons() -> list[Lesson]:
    """Every lesson, in order of its number. Raises ValueError, naming the lesson, if one is broken."""
    return list(_load())


def find_lesson(slug: str) -> Lesson:
    """The lesson of this slug. Raises ValueError, naming the nearest slug, if there is none."""
    lessons = {lesson.slug: lesson for lesson in _load()}
    if slug in lessons:
        return lessons[slug]
    nearest = get_close_matches(slug, lessons, n=1, cutoff=0.0)
    raise ValueError(f"there is no lesson {slug!r}; did you mean {nearest[0]!r}?")


@cache
def _load() -> tuple[Lesson, ...]:
    lessons = []
    for module in pkgutil.iter_modules(__path__):
        name = FILE_NAME.fullmatch(module.name)
        if name:
            lessons.append(_read(module.name, int(name[1]), name[2].replace("_", "-")))
        elif module.name.startswith("lesson_"):
            raise ValueError(f"lessons/{module.name}.py: name the file like lesson_01_boxes.py")
    numbers = [lesson.number for lesson in lessons]
    slugs = [lesson.slug for lesson in lessons]
    for lesson in lessons:
        if numbers.count(lesson.number) > 1 or slugs.count(lesson.slug) > 1:
            raise ValueError(f"lesson {lesson.slug}: another has the same number or name; rename one file")
    return tuple(sorted(lessons, key=lambda lesson: lesson.number))


def _read(module: str, number: int, slug: str) -> Lesson:
    try:
        found = getattr(importlib.import_module(f"lessons.{module}"), "LESSON", None)
    except ValueError as error:
        raise ValueError(f"lesson {slug}: {error}") from error
    if not isinstance(found, Lesson):
        raise ValueError(f"lesson {slug}: lessons/{module}.py holds no LESSON = Lesson(…)")
    return replace(found, number=number, slug=slug)
