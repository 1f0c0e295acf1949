"""The text of the language models: simple sentences, and no held-out one among those to learn from."""

from lessons.verses import (
    LONGEST,
    REPEATED,
    SHORTEST,
    VOCABULARY,
    excerpt,
    numbered,
    sentences,
    simple,
    vocabulary,
)


def test_a_sentence_is_as_long_as_it_should_be_and_ends_with_a_full_stop() -> None:
    for part in sentences():
        for sentence in part:
            assert sentence[-1] == "."
            assert sentence.count(".") == 1
        assert max(map(len, part)) <= LONGEST
    assert min(map(len, sentences()[1])) >= SHORTEST


def test_no_held_out_sentence_is_learned_from() -> None:
    training, held_out = sentences()
    assert not set(training) & set(held_out)
    assert len(held_out) > 1500


def test_every_held_out_word_is_in_the_vocabulary() -> None:
    assert {word for sentence in sentences()[1] for word in sentence} <= set(vocabulary())
    assert VOCABULARY < len(vocabulary()) < VOCABULARY + 50


def test_our_own_sentences_are_among_the_training_ones() -> None:
    fox = ("the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", ".")
    assert sentences()[0].count(fox) == REPEATED


def test_numbers_stand_for_the_words() -> None:
    for sentence, numbers in zip(sentences()[0][:50], numbered(False)[:50], strict=True):
        assert tuple(vocabulary()[i] for i in numbers) == sentence


def test_a_verse_with_a_rare_word_is_cut_around_it() -> None:
    common = {"and", "he", "went", "up", "to", "the", "city"}
    verse = "and he went; to nineveh, and he went to the city, even he: and the city went up."
    assert simple(verse, common) == [
        ("and", "he", "went", "to", "the", "city", "."),
        ("and", "the", "city", "went", "up", "."),
    ]


def test_chapters_and_wrapped_lines_are_read() -> None:
    lines = [
        "",
        "1 Samuel 3",
        "",
        "  1 And he ran and he",
        "sat and he ran;",
        "1 Samuel 4",
        "  1 He ran and he sat.",
    ]
    assert excerpt(lines, vocabulary=4) == [
        [("and", "he", "ran", "and", "he", "sat", "and", "he", "ran", ".")],
        [("he", "ran", "and", "he", "sat", ".")],
    ]
