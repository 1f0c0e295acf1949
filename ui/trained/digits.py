"""Digits: draw one, or take a held-out one, and see what the network reads."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine import functional as F
from lessons.chart import Bars, Grid
from lessons.lesson import Choice, Input
from lessons.models.model import Model, fixed_input
from lessons.models.model_digits import probabilities
from ui.errors import BadRequest
from ui.subject import fitting
from ui.trained.kind import Field, Kind, Values
from ui.trained.views import Tile, Tiles, View, percent
from ui.values import plain

DARKEST = 16  # ink of a cell, as the data set counts it
DIGITS = tuple(map(str, range(10)))
IMAGE = Input("image", np.zeros((8, 8)).tolist())
DIGIT = Choice("digit", tuple(range(10)), 0, "right digit")


def walk(network: Any, image: Any, digit: int) -> Any:
    """What is walked: −ln p of the right digit."""
    picture = fixed_input(np.array(image)[None] / 16, "picture")
    scores = network(picture)
    p = F.softmax(scores)
    right = p[digit]
    return -right.log()


def defaults(model: Model, values: Values) -> dict[str, Any]:
    """The example's picture and digit; of a drawing the digit that the trained network reads."""
    picture, label = model.examples()[values["example"]].batch
    image = plain(np.rint(picture[0] * DARKEST).astype(int))
    drawn = values.get("image", image)
    digit = int(label) if drawn == image else int(np.argmax(read(model, len(model.moments) - 1, drawn)))
    return {"digit": digit, "image": image}


def check(name: str, value: Any) -> Any:
    """An 8 x 8 picture of ink from 0 to 16. Raises BadRequest."""
    image = fitting(IMAGE, value)
    if not all(0 <= ink <= DARKEST for row in image for ink in row):
        raise BadRequest(f"The ink of a cell goes from 0 to {DARKEST}; keep all 64 in this range.")
    return image


def read(model: Model, moment: int, image: Any) -> Any:
    """How probable each digit is, by the network at a moment."""
    return _read(model, moment, np.array(image, dtype=float).tobytes())


@lru_cache(maxsize=512)
def _read(model: Model, moment: int, image: bytes) -> Any:
    picture = np.frombuffer(image).reshape(1, 8, 8) / DARKEST
    return probabilities(model.load(moment), picture)


def views(model: Model, values: Values, alike: Sequence[Model]) -> list[View]:
    """The ten probabilities."""
    p = read(model, values["moment"], values["image"])
    best = int(np.argmax(p))
    return [View(f"It reads a {best}", Bars(DIGITS, (("p", p.tolist()),), "probability"), strong=best)]


def at_moment(model: Model, k: int) -> list[View]:
    """What some held-out pictures are taken for, what is taken for what, and the filters."""
    shown = model.moments[k].shown
    tiles = []
    for example, p in zip(model.examples(), shown["probabilities"], strict=True):
        picture, label = example.batch
        guess = int(np.argmax(p))
        tiles.append(Tile(picture[0], f"{guess}, {percent(p[guess])}", bool(guess == label)))
    filters = model.load(k).conv.W.data[:, 0]
    confusion = np.array(shown["confusion"])
    return [
        View("Held-out pictures, and what they are taken for", Tiles(tuple(tiles))),
        View("The filters", Tiles(tuple(Tile(one, "") for one in filters), signed=True)),
        View("Which digit is taken for which", Grid(DIGITS, DIGITS, confusion, x="taken for", y="digit")),
    ]


def fields(model: Model) -> list[Field]:
    """The pad."""
    pictures = tuple(np.rint(one.batch[0][0] * DARKEST).astype(int) for one in model.examples())
    about = "Draw a large digit with the mouse, a finger or the keys, or take one that no training saw."
    return [Field("pad", "image", "Your digit", about, pictures=pictures)]


KIND = Kind(
    title="Digits",
    choices=(DIGIT,),
    own=("image",),
    defaults=defaults,
    check=check,
    build=walk,
    views=views,
    at_moment=at_moment,
    fields=fields,
)
