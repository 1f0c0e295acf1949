"""Every number that the texts of lessons 14 and 15 claim, on gradients through time, is a computed one."""

import numpy as np
import pytest

from lessons.lesson import Part
from lessons.lesson_14_sequence_rnn import BENDS, how_far, untied
from lessons.lesson_15_lstm import along_the_memory, latch, reach
from lessons.run import run_part
from tests.lessons.cases import Claim, Place, Reading, check_claim, every_claim, gradient, past, value


def sent_by(step: int) -> Reading:
    """The term for U from a step of lesson 14: upstream times the slope times the state before."""

    def term(part: Part) -> float:
        state, before = value("h", step - 1, 0)(part), value("h", step - 2, 0)(part)
        return gradient(f"h{step}", 0)(part) * (1 - state**2) * before

    return term


def bend(name: str, experiment: bool = False) -> Reading:
    """The slope of tanh where it gives this value."""
    return lambda part: 1 - value(name, experiment=experiment)(part) ** 2


def fades_fastest(bend: str) -> bool:
    """Whether twenty steps back less is left through this bend than through any other, for each weight."""
    ends = {name: [line.y[-1] for line in how_far(name, 20).lines] for name in BENDS}
    own = ends.pop(bend)
    return all(mine < other for each in ends.values() for mine, other in zip(own, each, strict=True))


def output_factor(part: Part) -> float:
    """What stands between the memory and what is shown of it: the output gate, and the slope of tanh."""
    return value("o")(part) * bend("shown")(part)


def for_the_bias(part: Part) -> list[float]:
    """The term that each of the twenty steps sends to the forget gate's bias, from the first to the last."""
    trace = run_part(part)
    gates = [i for i, name in enumerate(trace.names) if name == "f"]
    assert len(gates) == 20
    return [
        float(np.asarray(trace.gradients[i])[0] * f * (1 - f))
        for i in gates
        for f in [float(np.asarray(trace.values[i])[0])]
    ]


def stored(name: str, step: int) -> float:
    """A number of the cell that was set by hand to store, after this step."""
    (line,) = (line for line in latch(5.0).lines if line.name == name)
    return float(line.y[step - 1])


def stays_level() -> bool:
    """Whether with bias 5 the gradient falls at the first step and then stays within a power of ten."""
    for seed in (0, 1, 2):
        sizes = reach(seed).lines[-1].y
        if not (sizes[1] < sizes[0] and max(sizes[1:]) < 10 * min(sizes[1:])):
            return False
    return True


CLAIMS: dict[Place, list[Claim]] = {
    ("sequence-rnn", 1): [
        ("tanh makes 0.762 of it", "0.762", value("h1")),
        ("$\\tanh(0.5 \\times 0.762) = 0.363$", "0.363", value("h2")),
        ("$\\tanh(0.5 \\times 0.363) = 0.18$", "0.18", value("h3")),
        ("$1 - 0.1797^2 = 0.9677$", "0.0677", past(0.9, bend("h3"))),
        ("$1 - 0.1797^2 = 0.9677$", "0.0797", past(0.1, value("h3"))),
        ("$0.9677 \\times 0.3634 = 0.352$", "0.352", gradient("copies", 2, experiment=True)),
        ("$0.9677 \\times 0.3634 = 0.352$", "0.0677", past(0.9, bend("h3"))),
        ("$0.9677 \\times 0.3634 = 0.352$", "0.0634", past(0.3, value("h2"))),
        ("$0.968 \\times 0.5 = 0.484$", "0.484", gradient("h2")),
        ("$0.484 \\times 0.868 \\times 0.762 = 0.32$", "0.32", gradient("copies", 1, experiment=True)),
        ("Here 0.868 is its slope", "0.868", bend("h2")),
        ("$0.35166 + 0.31983 = 0.67149$", "0.00149", past(0.67, gradient("u"))),
        ("$0.35166 + 0.31983 = 0.67149$", "0.00166", past(0.35, gradient("copies", 2, experiment=True))),
        ("$0.35166 + 0.31983 = 0.67149$", "0.00983", past(0.31, gradient("copies", 1, experiment=True))),
        ("its term is 0", "0", gradient("copies", 0, experiment=True)),
        ("0.42 and **x3** gets 0.968", "0.968", gradient("x3")),
        ("0.42 and **x3** gets 0.968", "0.42", gradient("x2")),
        ("**x1** gets 0.0882", "0.0882", gradient("x1")),
        ("$0.868 \\times 0.762 = 0.661$", "0.661", gradient("u", x1=0.0, x2=1.0)),
        ("and **u** still gets their sum, 0.671", "0.671", gradient("u", experiment=True)),
    ],
    ("sequence-rnn", 2): [
        ("and then 0.0896", "0.0896", value("h", 3, 0)),
        ("$0.992 \\times 0.1797 = 0.178$", "0.178", sent_by(4)),
        ("$0.992 \\times 0.1797 = 0.178$", "0.0797", past(0.1, value("h", 2, 0))),
        ("Its slope, 0.992", "0.992", lambda part: 1 - value("h", 3, 0)(part) ** 2),
        ("$0.48 \\times 0.3634 = 0.174$", "0.174", sent_by(3)),
        ("$0.48 \\times 0.3634 = 0.174$", "0.0634", past(0.3, value("h", 1, 0))),
        ("come back to it, 0.48", "0.48", lambda part: sent_by(3)(part) / value("h", 1, 0)(part)),
        ("$0.208 \\times 0.762 = 0.159$", "0.159", sent_by(2)),
        ("$0.208 \\times 0.762 = 0.159$", "0.762", value("h", 0, 0)),
        ("$0.208 \\times 0.762 = 0.159$", "0.208", lambda part: sent_by(2)(part) / value("h", 0, 0)(part)),
        ("$0.178 + 0.174 + 0.159 + 0 = 0.511$", "0.511", gradient("U", 0, 0)),
        ("$1 - 0.0896^2 = 0.992$", "0.992", gradient("x", 3, 0)),
        ("One step earlier it is 0.48, then 0.208", "0.48", gradient("x", 2, 0)),
        ("One step earlier it is 0.48, then 0.208", "0.208", gradient("x", 1, 0)),
        ("gets 0.0437", "0.0437", gradient("x", 0, 0)),
        ("6.66e−7, in place of", "6.66e-07", gradient("x", 0, 0, experiment=True)),
        ("in place of 0.0437", "0.0437", gradient("x", 0, 0)),
        ("The logistic bend fades fastest", "1", lambda part: fades_fastest("logistic")),
    ],
    ("lstm", 1): [
        ("makes 0.881 of 2", "0.881", value("i")),
        ("The forget gate is 0.731", "0.731", value("f")),
        ("Here it is 0.462", "0.462", value("g")),
        ("$0.731 \\times 2 = 1.46$", "1.46", value("kept")),
        ("$0.881 \\times 0.462 = 0.407$", "0.407", value("new")),
        ("$1.46 + 0.407 = 1.87$", "1.87", value("c1")),
        ("The output gate is 0.5", "0.5", value("o")),
        ("$\\tanh(1.87) = 0.954$", "0.954", value("shown")),
        ("**h1** is 0.477", "0.477", value("h1")),
        ("**c1** gets 0.0454", "0.0454", gradient("c1")),
        ("**kept** gets all of it, 0.0454", "0.0454", gradient("kept")),
        ("The 0.0454 comes only once", "0.0454", lambda part: output_factor(part)),
        ("$0.0454 \\times 2 = 0.0908$", "0.0908", gradient("f")),
        ("$0.0454 \\times 0.731 = 0.0332$", "0.0332", gradient("c0")),
        ("the forget gate is 0.993", "0.993", value("f", zf=5.0)),
        ("$0.993 \\times 2 + 0.407 = 2.39$", "2.39", value("c1", zf=5.0)),
        ("$0.0454 \\times 0.881 = 0.04$", "0.04", gradient("g")),
        ("**f** is 0.00669", "0.00669", value("f", experiment=True)),
        ("**c1** is 0.42:", "0.42", value("c1", experiment=True)),
        ("There tanh is steep", "0.842", bend("shown", experiment=True)),
        ("arrives at **kept**, 0.421", "0.421", gradient("kept", experiment=True)),
        ("Only 0.00282 of it comes through", "0.00282", gradient("c0", experiment=True)),
        ("0.916 of 0.922 at step 3", "0.916", lambda part: stored("memory", 3)),
        ("0.916 of 0.922 at step 3", "0.922", lambda part: stored("candidate", 3)),
        ("Eight steps later it still holds 0.85", "0.85", lambda part: stored("memory", 11)),
    ],
    ("lstm", 2): [
        ("0.874 of the memory is left", "0.874", value("c20", 0)),
        ("$\\sigma(5) = 0.9933$", "0.0933", past(0.9, gradient("c19", 0))),
        ("nearly flat at 5: **bf** gets 0.00585", "0.00585", lambda part: for_the_bias(part)[-1]),
        ("the first as much as the last", "0.00585", lambda part: for_the_bias(part)[0]),
        ("0.117 together", "0.117", gradient("bf", 0)),
        ("stays level", "1", lambda part: stays_level()),
        ("**c0** gets 0.874", "0.874", gradient("c0", 0)),
        ("$0.731^{20} = 0.0019$", "0.0019", gradient("c0", 0, bf=[1.0])),
        ("The gate is 0.731", "0.731", gradient("c19", 0, bf=[1.0])),
        ("$0.731 \\times 0.731 = 0.534$", "0.534", gradient("c18", 0, bf=[1.0])),
        ("$\\sigma(0) = 0.5$", "0.5", gradient("c19", 0, bf=[0.0])),
        ("With bias 5 both end at 0.874", "0.874", lambda part: along_the_memory(5.0).lines[0].y[-1]),
        ("With bias 5 both end at 0.874", "0.874", lambda part: along_the_memory(5.0).lines[1].y[0]),
        ("ten steps leave 0.0436", "0.0436", lambda part: along_the_memory(1.0).lines[0].y[10]),
        ("ten steps leave 0.0436", "0.0436", lambda part: along_the_memory(1.0).lines[1].y[10]),
        ("9.54e−7 of both", "9.54e-07", value("last", experiment=True)),
        ("9.54e−7 of both", "9.54e-07", gradient("c0", 0, experiment=True)),
    ],
}


def test_one_update_takes_three_untied_weights_apart_and_the_shared_one_along_their_sum() -> None:
    after = {line.name: line.y[1] for line in untied(1).lines}
    assert after["of step 1"] == 0.5
    assert [f"{after[name]:.3g}" for name in ("of step 2", "of step 3", "shared")] == [
        "0.468",
        "0.465",
        "0.433",
    ]
    assert 0.5 - after["shared"] == pytest.approx(sum(0.5 - after[f"of step {k}"] for k in (1, 2, 3)))
    assert untied(20).lines[0].y == [0.5] * 21


@every_claim(CLAIMS)
def test_the_text_claims_what_the_engine_computes(place: Place, claim: Claim) -> None:
    check_claim(place, claim)
