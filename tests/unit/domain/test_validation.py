from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.validation import check_account_id, check_key, check_owner, check_text
from ledger.errors import InvalidAccountId, InvalidText

ALLOWED_IDS = [
    "acc-001",
    "a",
    "7",
    "Assets:Bank:Checking",
    "a.b-c_d:e",
    "0-",
    "a..b",
    "x" * 128,
]

REFUSED_IDS = [
    ("", "it is empty"),
    ("x" * 129, "it has 129 characters, and 128 are the most"),
    ("x" * 300, "it has 300 characters, and 128 are the most"),
    ("acc\n001", r"it holds '\n'"),
    ("acc-001\n", r"it holds '\n'"),
    ("acc\0", r"it holds '\x00'"),
    ("\x1b[31m", r"it holds '\x1b'"),
    (" acc-001", "it holds ' '"),
    ("acc-001 ", "it holds ' '"),
    ("a b", "it holds ' '"),
    ("a/b", "it holds '/'"),
    ("../x", "it holds '/'"),
    ("user@bank", "it holds '@'"),
    ("💰", r"it holds '\U0001f4b0'"),
    ("аcc", r"it holds '\u0430'"),  # a Cyrillic look-alike of a
    ("acc١", r"it holds '\u0661'"),
    ("a\udc80", r"it holds '\udc80'"),
    ("-rf", "it starts with '-'"),
    ("--help", "it starts with '-'"),
    ("..", "it starts with '.'"),
    (".hidden", "it starts with '.'"),
    ("_x", "it starts with '_'"),
    (":x", "it starts with ':'"),
]

KEPT_TEXTS = [
    pytest.param("Ana Souza", id="plain"),
    pytest.param("José 日本 💰", id="not ASCII"),
    pytest.param("e\u0301 is not \u00e9", id="not normalized"),
    pytest.param("\u202eevil\u200f", id="right-to-left marks"),
    pytest.param("\x1b[31mred\x1b[0m", id="ANSI escapes"),
    pytest.param("[red] [/x] :bank:", id="markup"),
    pytest.param("two\nlines\ttab\r\n", id="lines"),
    pytest.param("  spaces around  ", id="spaces around"),
    pytest.param("=1+1", id="a formula"),
]

REFUSED_TEXTS = [
    pytest.param("a\0b", "holds a NUL character", id="NUL"),
    pytest.param("\0", "holds a NUL character", id="NUL only"),
    pytest.param("a\ud800", "is not valid UTF-8", id="high surrogate"),
    pytest.param("\udc80", "is not valid UTF-8", id="low surrogate"),
    pytest.param("é\udfff", "is not valid UTF-8", id="surrogate after é"),
]

CHECKS: list[Callable[[str], str]] = [check_owner, check_text, check_key]

LIMITS = [
    pytest.param(check_owner, 1_000, "the owner's name", id="owner"),
    pytest.param(check_text, 10_000, "the description", id="description"),
    pytest.param(check_key, 255, "the idempotency key", id="key"),
]


@pytest.mark.parametrize("account_id", ALLOWED_IDS)
def test_an_id_of_the_alphabet_is_given_back(account_id: str) -> None:
    assert check_account_id(account_id) == account_id


@pytest.mark.parametrize(
    ("account_id", "reason"), REFUSED_IDS, ids=[ascii(text[:15]) for text, _ in REFUSED_IDS]
)
def test_any_other_id_is_refused_with_the_reason(account_id: str, reason: str) -> None:
    with pytest.raises(InvalidAccountId, match=re.escape(reason) + "$") as refusal:
        check_account_id(account_id)
    assert refusal.value.advice.startswith("use letters, digits and . _ : -")
    assert refusal.value.message.isascii()
    assert refusal.value.message.isprintable()


def test_a_long_id_is_quoted_shortened() -> None:
    with pytest.raises(InvalidAccountId, match="^" + re.escape("'" + "x" * 37 + "...'")):
        check_account_id("x" * 300)
    with pytest.raises(InvalidAccountId, match="^'" + "x" * 39 + "/'"):
        check_account_id("x" * 39 + "/")
    with pytest.raises(InvalidAccountId, match="^" + re.escape("'" + "x" * 37 + "...'")):
        check_account_id("x" * 40 + "/")


@settings(deadline=None)
@given(st.text(max_size=10) | st.text(alphabet="aZ09._:-/ \n", max_size=130))
def test_the_id_alphabet_is_exactly_this(account_id: str) -> None:
    allowed = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", account_id) is not None
    try:
        check_account_id(account_id)
    except InvalidAccountId:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("text", KEPT_TEXTS)
def test_any_unicode_text_is_kept_as_given(check: Callable[[str], str], text: str) -> None:
    assert check(text) == text


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(("text", "reason"), REFUSED_TEXTS)
def test_what_cannot_be_kept_is_refused(
    check: Callable[[str], str], text: str, reason: str
) -> None:
    with pytest.raises(InvalidText, match=reason) as refusal:
        check(text)
    assert refusal.value.advice
    assert refusal.value.message.isprintable()


@pytest.mark.parametrize(("check", "limit", "what"), LIMITS)
def test_a_text_has_a_longest_length(check: Callable[[str], str], limit: int, what: str) -> None:
    assert check("é" * limit) == "é" * limit
    expected = f"^{what} has {limit + 1} characters, and {limit} are the most$"
    with pytest.raises(InvalidText, match=expected) as refusal:
        check("é" * (limit + 1))
    assert refusal.value.advice == "shorten it"


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u3000"])
def test_an_owner_and_a_key_are_not_blank(blank: str) -> None:
    with pytest.raises(InvalidText, match="the owner's name is empty") as owner_refusal:
        check_owner(blank)
    assert owner_refusal.value.advice == 'name somebody, such as "Ana Souza"'
    with pytest.raises(InvalidText, match="the idempotency key is empty") as key_refusal:
        check_key(blank)
    assert key_refusal.value.advice == "give a key, or leave it out"


def test_a_description_may_be_empty() -> None:
    assert check_text("") == ""


def test_a_refusal_names_the_text_it_is_about() -> None:
    with pytest.raises(InvalidText, match=r"^the reason holds a NUL character$"):
        check_text("\0", "the reason")
