"""LanguageModel: type the beginning of a sentence, see which words may come next, and let one be chosen."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine import no_grad
from engine.nn import GenerateToken
from lessons.chart import Bars
from lessons.lesson import Choice
from lessons.models.model import Model
from lessons.models.model_language_model import PROMPTS
from lessons.verses import LONGEST, SPACED, vocabulary
from ui.errors import BadRequest
from ui.trained.kind import Comparison, Field, Kind, Values, beside, check_known, checked_text
from ui.trained.views import Said, Tile, Tiles, View

BARS = 8  # words that are shown
THROWS = 1000
ALL = "all"
TEMPERATURE = Choice("temperature", ("0.25", "0.5", "1", "1.5", "2"), "1", "temperature")
TOP_K = Choice("top_k", (ALL, "1", "3", "5", "10", "50"), ALL, "top-k")


def walk(network: Any, text: str, next: str, temperature: str) -> Any:
    """What is walked: −ln p of the next word."""
    vectors = network.sequence_model(network.embed(text.split()))
    generate = GenerateToken(network.embed, float(temperature))
    p = generate(network.collapse(vectors))
    right = p[vocabulary().index(next)]
    return -right.log()


def defaults(model: Model, values: Values) -> dict[str, Any]:
    """A beginning; the next word is the one that a throw picks."""
    plain = {"temperature": TEMPERATURE.default, "top_k": TOP_K.default, "text": PROMPTS[0], "throw": 0}
    now = plain | dict(values)
    return plain | {"next": chosen(model, now["moment"], now["text"], now)}


def check(name: str, value: Any) -> Any:
    """Words that the models know; a throw. Raises BadRequest."""
    if name == "throw":
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < THROWS:
            raise BadRequest(f"The throw should be a whole number from 0 to {THROWS - 1}.")
        return value
    words = words_of(checked_text(name, value))
    if name == "next" and len(words) != 1:
        raise BadRequest("The next word should be one word.")
    if not 1 <= len(words) < LONGEST:
        raise BadRequest(
            f"The models read 1 to {LONGEST - 1} words, marks counted, but {len(words)} came; "
            + ("shorten the text." if words else "type one.")
        )
    check_known(words, vocabulary(), "The model")
    return " ".join(words)


def words_of(text: str) -> list[str]:
    """Small letters, and the marks as words of their own.

    >>> words_of("And God said, let there be light!")
    ['and', 'god', 'said', ',', 'let', 'there', 'be', 'light', '.']
    """
    for mark, own in SPACED.items():
        text = text.replace(mark, f" {own} ") if mark else text
    return text.lower().split()


@lru_cache(maxsize=512)
def distribution(model: Model, moment: int, text: str, temperature: str, top_k: str) -> Any:
    """How probable each word is as the next one; only the k likeliest are in the race."""
    network: Any = model.load(moment)
    generate = GenerateToken(network.embed, float(temperature))
    with no_grad():
        x = network.collapse(network.sequence_model(network.embed(text.split())))
        p = generate(x).numpy()
    if top_k != ALL:
        p[np.argsort(-p, kind="stable")[int(top_k) :]] = 0.0
        p /= p.sum()
    return p


def chosen(model: Model, moment: int, text: str, values: Values) -> str:
    """The word that GenerateToken chooses with this throw."""
    network: Any = model.load(moment)
    top_k = None if values["top_k"] == ALL else int(values["top_k"])
    dice = np.random.default_rng([values["throw"], len(text.split())])
    generate = GenerateToken(network.embed, float(values["temperature"]), top_k, seed=dice)
    with no_grad():
        x = network.collapse(network.sequence_model(network.embed(text.split())))
    return vocabulary()[int(generate.choose(x))]


def views(model: Model, values: Values, alike: Sequence[Model]) -> list[View]:
    """The likeliest next words: of this model, and of the others at the same moment."""
    others = [one for one in beside(alike, model, values["moment"]) if one[0] != model]
    found = []
    for one, moment in [(model, values["moment"]), *others]:
        p = distribution(one, moment, values["text"], values["temperature"], values["top_k"])
        order = [int(i) for i in np.argsort(-p, kind="stable")[:BARS] if p[i] > 0]
        names = tuple(vocabulary()[i] for i in order)
        strong = names.index(values["next"]) if one is model and values["next"] in names else None
        found.append(View(short(one), Bars(names, (("p", p[order].tolist()),), "probability"), strong=strong))
    return found


def short(model: Model) -> str:
    """The model by its sequence model alone.

    >>> from lessons.models import find_model
    >>> short(find_model("language-lstm"))
    'By an LSTM'
    """
    return f"By {model.title.partition(' of ')[2]}"


def at_moment(model: Model, k: int) -> list[View]:
    """How some beginnings go on, the likeliest word each time, and what each word looks at."""
    shown = model.moments[k].shown
    lines = tuple((prompt, text, None) for prompt, text in shown["greedy"].items())
    found = [View("The likeliest word each time", Said(lines))]
    heads = [
        Tile(np.array(shares), f"block {block}, head {head}")
        for block, own in enumerate(shown["attention"], 1)
        for head, shares in enumerate(own, 1)
    ]
    if heads:
        title = f"Attention: who looks (rows) at whom (columns) in “{PROMPTS[-1]}”"
        found.append(View(title, Tiles(tuple(heads))))
    return found


def fields(model: Model) -> list[Field]:
    """The text, and what adds to it."""
    about = "Type the beginning of a sentence. The models have read simple sentences of the King James Bible."
    return [
        Field(
            "text",
            "text",
            "Beginning",
            about,
            words=tuple(sorted(vocabulary())),
            suggestions=PROMPTS,
            adds=("next", "throw"),
        )
    ]


def compared(models: Sequence[Model]) -> list[Comparison]:
    """Perplexities beside those of simpler ways."""
    names = [short(model).removeprefix("By ") for model in models]
    heights = [model.record.figures["held-out perplexity"] for model in models]
    for name, value in models[0].record.baselines.items():
        names.append(name.partition(",")[0])
        heights.append(value)
    text = "Among how many equally likely words it chooses, so to speak, on chapters that no training saw."
    bars = Bars(tuple(names), (("perplexity", heights),), "perplexity", log=True)
    return [Comparison("Perplexity", text, bars)]


KIND = Kind(
    title="Language models",
    choices=(TEMPERATURE, TOP_K),
    own=("text", "next", "throw"),
    examples=False,
    defaults=defaults,
    check=check,
    build=walk,
    views=views,
    at_moment=at_moment,
    compared=compared,
    fields=fields,
)
