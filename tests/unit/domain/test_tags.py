from __future__ import annotations

import unicodedata
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.tags import (
    MAX_TAG_KEY_LENGTH,
    MAX_TAG_VALUE_LENGTH,
    MAX_TAGS,
    check_tag_key,
    check_tag_value,
    check_tags,
    parse_tag,
    parse_tags,
)
from ledger.errors import InvalidTag, LedgerError

KEY_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."


def refusal(call: Callable[[], object]) -> LedgerError:
    with pytest.raises(InvalidTag) as caught:
        call()
    error = caught.value
    assert error.exit_status == 2
    assert error.message.isprintable()
    assert error.message.isascii()
    assert not error.message.endswith(".")
    assert error.advice
    msgspec.json.encode(error.details)
    return error


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("category=rent", ("category", "rent")),
        ("Project.2026_a-b=Q 1", ("Project.2026_a-b", "Q 1")),
        ("7=7", ("7", "7")),
        ("k=v:w,x;y", ("k", "v:w,x;y")),
        ("category=食費", ("category", "食費")),
        ("category=食費\u3000四月", ("category", "食費\u3000四月")),
        ("category=שכר דירה", ("category", "שכר דירה")),
        ("mood=🙂", ("mood", "🙂")),
        ("k=" + "é" * MAX_TAG_VALUE_LENGTH, ("k", "é" * MAX_TAG_VALUE_LENGTH)),
        ("k" * MAX_TAG_KEY_LENGTH + "=v", ("k" * MAX_TAG_KEY_LENGTH, "v")),
    ],
)
def test_a_tag_is_a_key_and_a_value(text: str, tag: tuple[str, str]) -> None:
    assert parse_tag(text) == tag


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a tag: it has no ="),
        ("a", "'a' is not a tag: it has no ="),
        ("a\n", r"'a\n' is not a tag: it has no ="),
        ("=x", "'=x' is not a tag: it has no key"),
        ("=", "'=' is not a tag: it has no key"),
        ("a=", "the value of the tag a is empty"),
        ("a= ", "the value of the tag a is empty"),
        ("a=\n", "the value of the tag a is empty"),
        ("a=b=c", "'a=b=c' is not a tag: it has more than one ="),
        ("a==", "'a==' is not a tag: it has more than one ="),
        ("a=b=\u0338", r"'a=b=\u0338' is not a tag: it has more than one ="),
        ("x" * 5_000, f"'{'x' * 57}...' is not a tag: it has no ="),
    ],
)
def test_what_is_not_one_key_and_one_value_is_refused(text: str, message: str) -> None:
    error = refusal(lambda: parse_tag(text))
    assert error.message == message
    assert "category=rent" in error.advice


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("a b", "' '"),
        (" a", "' '"),
        ("a:b", "':'"),
        ("a\n", r"'\n'"),
        ("a\0", r"'\x00'"),
        ("catégorie", r"'\xe9'"),
        ("\u0441ategory", r"'\u0441'"),  # Cyrillic
        ("\uff41", r"'\uff41'"),  # full width
        ("a\u200b", r"'\u200b'"),
        ("a\u200f", r"'\u200f'"),
        ("٣", r"'\u0663'"),  # a digit, but not an ASCII one
        ("a\udc80", r"'\udc80'"),
    ],
)
def test_a_key_is_of_ascii_letters_digits_and_three_marks(key: str, reason: str) -> None:
    error = refusal(lambda: parse_tag(f"{key}=v"))
    assert error.message == f"{key!a} cannot be the key of a tag: it holds {reason}"
    assert refusal(lambda: check_tags({key: "v"})).message == error.message


def test_every_character_of_the_alphabet_may_stand_in_a_key() -> None:
    for mark in KEY_CHARACTERS:
        assert check_tag_key(mark) == mark


def test_a_key_in_a_mapping_may_neither_be_empty_nor_hold_the_equals_sign() -> None:
    assert "it is empty" in refusal(lambda: check_tags({"": "v"})).message
    assert "it holds '='" in refusal(lambda: check_tags({"a=b": "v"})).message


def test_a_key_has_a_longest_length() -> None:
    error = refusal(lambda: check_tag_key("k" * (MAX_TAG_KEY_LENGTH + 1)))
    assert "it has 41 characters, and 40 are the most" in error.message


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a\nb", "a line break"),
        ("a\r\nb", "a line break"),
        ("rent\n", "a line break"),
        ("a\x85b", "a line break"),
        ("a\u2028b", "a line break"),
        ("a\u2029b", "a line break"),
        ("a\0b", "a NUL character"),
        ("a\tb", "the control character U+0009"),
        ("a\x1b[31mb", "the control character U+001B"),
        ("a\x7fb", "the control character U+007F"),
        ("a\x9bb", "the control character U+009B"),
        ("re\u200bnt", "the invisible character U+200B"),
        ("re\u200cnt", "the invisible character U+200C"),
        ("re\u200dnt", "the invisible character U+200D"),
        ("rent\u200e", "the invisible character U+200E"),
        ("rent\u200f", "the invisible character U+200F"),
        ("\u202erent", "the invisible character U+202E"),
        ("re\u2066nt", "the invisible character U+2066"),
        ("\ufeffrent", "the invisible character U+FEFF"),
        ("re\u00adnt", "the invisible character U+00AD"),
        ("re\u2060nt", "the invisible character U+2060"),
        ("rent\U000e0041", "the invisible character U+E0041"),
        ("re\u034fnt", "the invisible character U+034F"),
        ("\u3164", "the invisible character U+3164"),
        ("\u2800", "the invisible character U+2800"),
        ("✈\ufe0f", "the invisible character U+FE0F"),
        ("a\u00a0b", "the blank U+00A0, which looks like a plain one"),
        ("a\u2003b", "the blank U+2003, which looks like a plain one"),
        ("\u0338x", "the combining mark U+0338 as its first character"),
        ("a\udc80", "what is not valid Unicode"),
    ],
)
def test_a_value_is_one_line_that_is_seen_as_it_is_stored(value: str, reason: str) -> None:
    error = refusal(lambda: check_tags({"category": value}))
    assert error.message == f"the value of the tag category holds {reason}"
    assert error.details["key"] == "category"
    assert refusal(lambda: parse_tag(f"category={value}")).message == error.message


@pytest.mark.parametrize("value", [" rent", "rent ", "\u3000rent", "rent\u3000"])
def test_a_value_neither_begins_nor_ends_with_a_blank(value: str) -> None:
    error = refusal(lambda: parse_tag(f"category={value}"))
    assert error.message == "the value of the tag category begins or ends with a blank"


def test_a_value_in_a_mapping_may_neither_be_empty_nor_hold_the_equals_sign() -> None:
    assert refusal(lambda: check_tags({"a": ""})).message == "the value of the tag a is empty"
    error = refusal(lambda: check_tags({"a": "b=c"}))
    assert error.message == "the value of the tag a holds a second ="


@pytest.mark.parametrize("mark", ["v", "é"])
@pytest.mark.parametrize("length", [201, 799, 5_000, 1_000_000])
def test_a_value_has_a_longest_length(mark: str, length: int) -> None:
    error = refusal(lambda: check_tag_value("a", mark * length))
    assert f"has {length} characters, and 200 are the most" in error.message


def test_text_that_is_equal_by_unicode_is_one_category() -> None:
    composed, decomposed = "café", "cafe\u0301"
    assert composed != decomposed
    assert parse_tag(f"k={decomposed}") == parse_tag(f"k={composed}") == ("k", composed)
    assert check_tags({"k": decomposed}) == {"k": composed}
    assert parse_tags([f"k={decomposed}", f"k={composed}"]) == {"k": composed}


def test_the_length_is_that_of_what_is_stored() -> None:
    longest = "e\u0301" * MAX_TAG_VALUE_LENGTH
    assert check_tag_value("k", longest) == "é" * MAX_TAG_VALUE_LENGTH
    grows = "\u0958" * 101  # one character that is stored as two
    assert "has 202 characters" in refusal(lambda: check_tag_value("k", grows)).message


def test_tags_are_sorted_by_key_so_that_equal_sets_have_equal_bytes() -> None:
    one = check_tags({"b": "1", "a": "2", "B2": "3", "_": "4"})
    other = check_tags({"_": "4", "B2": "3", "a": "2", "b": "1"})
    assert list(one) == ["B2", "_", "a", "b"]
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


def test_no_tags_are_allowed() -> None:
    assert check_tags({}) == parse_tags([]) == {}


def test_an_entry_has_20_tags_at_most() -> None:
    tags = {f"k{number}": "v" for number in range(MAX_TAGS)}
    assert len(check_tags(tags)) == 20
    error = refusal(lambda: check_tags(tags | {"one.more": "v"}))
    assert error.message == "there are 21 tags, and 20 are the most on an entry"


def test_1_000_tags_are_refused() -> None:
    texts = [f"k{number}=v" for number in range(1_000)]
    error = refusal(lambda: parse_tags(texts))
    assert error.message == "there are 1000 tags, and 20 are the most on an entry"


def test_saying_a_tag_twice_does_no_harm() -> None:
    assert parse_tags(["a=1", "b=2", "a=1"]) == {"a": "1", "b": "2"}
    assert parse_tags(["a=1"] * 1_000) == {"a": "1"}


def test_a_key_with_two_values_is_refused() -> None:
    error = refusal(lambda: parse_tags(["a=1", "b=2", "a=3"]))
    assert error.message == "the tag a has two values, '1' and '3'"


def test_keys_that_differ_in_capitals_only_are_refused() -> None:
    error = refusal(lambda: parse_tags(["category=food", "Category=rent"]))
    assert error.message == "the tags Category and category differ in nothing but capitals"
    assert "aB and ab differ" in refusal(lambda: check_tags({"ab": "1", "aB": "1"})).message


@given(st.dictionaries(st.text(KEY_CHARACTERS, max_size=3), st.text(max_size=5), max_size=4))
def test_what_is_accepted_is_accepted_again_unchanged(tags: dict[str, str]) -> None:
    try:
        checked = check_tags(tags)
    except InvalidTag:
        return
    assert list(check_tags(checked).items()) == list(checked.items()) == sorted(checked.items())
    assert parse_tags(f"{key}={value}" for key, value in checked.items()) == checked
    for value in checked.values():
        assert value.splitlines() == [value]
        assert value.strip() == value != ""
        assert unicodedata.is_normalized("NFC", value)
        assert value.encode().decode() == value


@given(st.text())
def test_any_text_is_a_tag_or_refused_in_words(text: str) -> None:
    try:
        key, value = parse_tag(text)
    except InvalidTag:
        refusal(lambda: parse_tag(text))
    else:
        assert f"{key}={value}" == unicodedata.normalize("NFC", text)
