"""The page's address: what is written there is read back, and what cannot be read is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.address import Address, read_address, read_values, write_values
from ui.errors import BadRequest

names = st.from_regex(r"[A-Za-z_]\w{0,8}", fullmatch=True)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6)
values = (
    numbers | st.lists(numbers, max_size=4) | st.lists(st.lists(numbers, max_size=3), max_size=3) | st.text()
)


@given(st.dictionaries(names, values, max_size=5))
def test_values_are_read_as_they_were_written(given_values: dict[str, object]) -> None:
    assert read_values(write_values(given_values)) == given_values


def test_an_empty_address_is_the_start() -> None:
    assert read_address({}) == Address(part=0, values={}, open=(), step="", cell=None)


def test_a_whole_moment_is_read() -> None:
    query = {
        "part": "2",
        "values": "a:2,w:[1,-0.5]",
        "open": "softmax,mean",
        "focus": "mean",
        "step": "backward s w",
    }
    assert read_address(query, parts=2) == Address(
        1, {"a": 2, "w": [1, -0.5]}, ("softmax", "mean"), "mean", "backward s w"
    )


def test_all_boxes_may_be_open() -> None:
    assert read_address({"open": "all"}).open == "all"


def test_what_is_open_by_itself_can_be_closed() -> None:
    assert read_address({}, opens=("BERT",)).open == ("BERT",)
    assert read_address({"open": "none"}, opens=("BERT",)).open == ()
    assert read_address({"open": "BERT,BERT/block 1"}, opens=("BERT",)).open == ("BERT", "BERT/block 1")


@pytest.mark.parametrize("part", ["0", "3", "-1", "x", "1.5", "²"])
def test_a_part_that_is_not_there_is_told(part: str) -> None:
    with pytest.raises(BadRequest, match=f"part {part}, but this lesson's parts are 1 to 2"):
        read_address({"part": part}, parts=2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a", "at character 1: a name and a colon should stand there, not 'a'"),
        ("a:", "at character 3: a number, a list or a text in quotes should stand there, not the end"),
        ("a:1;b:2", "at character 4: a comma should stand there, not ';b:2'"),
        ("a:[1,2", "at character 3: a number"),
        ("a:" + "[" * 100_000, "at character 3: a number"),
        ("2:a", "at character 1: a name"),
    ],
)
def test_unreadable_values_are_told_with_their_place(text: str, sentence: str) -> None:
    with pytest.raises(BadRequest) as wrong:
        read_values(text)
    assert sentence in str(wrong.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_values(text)
    except BadRequest as wrong:
        assert "cannot be read at character" in str(wrong)


def test_the_cell_that_the_panel_tells_of_is_read_whatever_its_card_is_called() -> None:
    asks = read_address({"asks": "value:0,1:BERT/block 1..24"}).asks
    assert asks == {"card": "BERT/block 1..24", "kind": "value", "cell": [0, 1]}
    assert read_address({"asks": "gradient::n3"}).asks == {"card": "n3", "kind": "gradient", "cell": []}
    with pytest.raises(BadRequest, match="that looks like this: value:1,2:n14"):
        read_address({"asks": "n14:value:1,2"})
