"""BERT: who acts in a sentence, which word is masked, how activations and gradients fare over the blocks."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from engine import functional as F
from lessons.chart import Bars, Curves, Line
from lessons.chart import Kind as ChartKind
from lessons.models.model import Model
from lessons.models.model_bert import GUESSES, LONGEST, SENTENCES, guesses, who_acts
from lessons.who import CLS, KINDS, MASK, vocabulary
from ui.errors import BadRequest
from ui.trained.kind import Comparison, Field, Kind, Values, check_known, checked_text
from ui.trained.views import Said, View, percent

BARS = 6


def walk(network: Any, text: str, answer: str) -> Any:
    """What is walked: −ln p of the answer."""
    words = [CLS, *text.split()]
    if MASK in words:
        vector = network.bert(words)[words.index(MASK)]
        p = network.guess(vector)
        right = p[vocabulary().index(answer)]
    else:
        scores = network(words)
        p = F.softmax(scores)
        right = p[KINDS.index(answer)]
    return -right.log()


def defaults(model: Model, values: Values) -> dict[str, Any]:
    """The first example; of each who acts, and of other sentences what the trained network says."""
    answers = {one.title: KINDS[int(one.batch[1])] for one in model.examples()}
    text = values.get("text", SENTENCES[0])
    possible = vocabulary() if MASK in text.split() else KINDS
    if values.get("answer", possible[0]) not in possible:
        raise BadRequest(
            f"The answer {values['answer']!r} does not fit: without {MASK} in the text it is "
            f"{' or '.join(KINDS)}, with it a word."
        )
    return {"text": SENTENCES[0], "answer": answers.get(text) or likeliest(model, text)}


def likeliest(model: Model, text: str) -> str:
    """What the trained network says."""
    found = said_of(model, len(model.moments) - 1, text)
    return max(found, key=lambda name: found[name])


@lru_cache(maxsize=512)
def said_of(model: Model, moment: int, text: str) -> dict[str, float]:
    """How probable each kind is to act, or each word to be the masked one."""
    network: Any = model.load(moment)
    return (guesses if MASK in text.split() else who_acts)(network, text)


def check(name: str, value: Any) -> Any:
    """A sentence of known words, perhaps one masked; or an answer. Raises BadRequest."""
    words = checked_text(name, value).lower().rstrip(".").split()
    if name == "answer":
        check_known(words, (*KINDS, *vocabulary()), "BERT")
        if len(words) != 1:
            raise BadRequest("The answer should be one word.")
        return words[0]
    if not 1 <= len(words) < LONGEST:
        raise BadRequest(f"BERT reads 1 to {LONGEST - 1} words, but {len(words)} came; write so many.")
    check_known(words, vocabulary(), "BERT")
    return " ".join(words)


def views(model: Model, values: Values, alike: Sequence[Model]) -> list[View]:
    """What the network says."""
    found = list(said_of(model, values["moment"], values["text"]).items())[:BARS]
    title = "The masked word" if MASK in values["text"].split() else "Who acts"
    best = max(range(len(found)), key=lambda i: found[i][1])
    bars = Bars(tuple(name for name, _ in found), (("p", [p for _, p in found]),), "probability")
    return [View(title, bars, strong=best)]


def at_moment(model: Model, k: int) -> list[View]:
    """What it says of some sentences, and the scales over the blocks, beside those of the start."""
    shown = model.moments[k].shown
    lines = []
    for text, p in {**shown["who acts"], **shown["guesses"]}.items():
        best = max(p, key=lambda name: p[name])
        lines.append((text, f"{best}, {percent(p[best])}", None))
    found = [View("What it says", Said(tuple(lines)))]
    for of in ("activation", "gradient"):
        first, now = (model.moments[at].shown["scales"][of] for at in (0, k))
        drawn = (line("start", of, first), line("now", of, now, strong=True))
        found.append(View(f"Usual size of {of}s after each block", Curves("block", of, drawn, log=True)))
    return found


def fields(model: Model) -> list[Field]:
    """The sentence."""
    about = f"Does a person act, or an animal? Or write {MASK} for a word, and see which one it guesses."
    suggestions = (*SENTENCES, *GUESSES, *(one.title for one in model.examples()[len(SENTENCES) :]))
    return [Field("text", "text", "Sentence", about, words=vocabulary()[1:], suggestions=suggestions)]


def compared(models: Sequence[Model]) -> list[Comparison]:
    """Activations and gradients over the blocks, at the start and at the end, of all that are as deep."""
    depths = [len(model.moments[0].shown["scales"]["gradient"]) for model in models]
    deep = [model for model, depth in zip(models, depths, strict=True) if depth == max(depths)]
    text = f"After each of {max(depths)} blocks, with and without what AddNorm does."
    return [
        Comparison(f"Usual size of {of}s {when}", text, scales_of(deep, of, k))
        for of in ("gradient", "activation")
        for k, when in ((0, "at the start"), (-1, "at the end of training"))
    ]


def scales_of(models: Sequence[Model], of: str, k: int) -> Curves:
    """The sizes after each block at a moment, a line for each model; gradients in the order of their way."""
    lines = []
    for model in models:
        sizes = model.moments[k].shown["scales"][of]
        name = model.title.removeprefix("24 blocks ")
        lines.append(line(name, of, sizes if of == "activation" else sizes[::-1]))
    x = "block" if of == "activation" else "block, counted back from the last"
    return Curves(x, of, tuple(lines), log=True)


def line(name: str, of: str, sizes: Sequence[float], strong: bool = False) -> Line:
    """A line of sizes over the blocks, in the colour of what they are the sizes of."""
    kind: ChartKind = "gradient" if of == "gradient" else "value"
    return Line(name, list(range(1, len(sizes) + 1)), sizes, kind, strong)


KIND = Kind(
    title="BERT",
    own=("text", "answer"),
    examples=False,
    defaults=defaults,
    check=check,
    build=walk,
    views=views,
    at_moment=at_moment,
    compared=compared,
    fields=fields,
)
