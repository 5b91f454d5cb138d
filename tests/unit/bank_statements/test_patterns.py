from __future__ import annotations

import time

import pytest

from ledger.bank_statements.rules.patterns import SEARCHED, compiled, is_in, matches


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a*)*b",
        r"(a|a)*b",
        r"(a|aa)+$",
        r"(?:a{1,9}){1,9}b",
        r"([a-z]+)*=",
        r"(.*)(.*)(.*)(.*)b",
        r"a*a*a*b",
        r".*.*.{200}!",
        r"(a*)?(a*)?!",
        r"a.*a.*b",
        r"[a-z]*[^ ]*=",
        r"^a*a*a*b",
        r"[a-z]{0,200}[a-z]{0,200}!",
        r"[a-z]*[a-z]{200}!",
        r"[a-z]+?[a-z]++!",
        "a*" + "a" * 200 + "b",
        "a?" * 12 + "b",
        "|".join(["[a-z]*="] * 40),
        "a?" * 30 + "b",
        "(a|a|a|a)" * 9 + "b",
        r"(a)\1",
        r"(?=a)b",
        r"(?P<x>a)",
        r"(?i)a",
        "a" * 501,
        "(",
        "",
    ],
)
def test_a_pattern_that_is_wrong_or_may_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("REWE|EDEKA", "Rewe sagt danke", True),
        ("REWE|EDEKA", "Lidl", False),
        (r"^VISA .* \d{4}$", "visa Berlin 1234", True),
        (r"^VISA .* \d{4}$", "visa Berlin 123", False),
        ("(REWE|EDEKA) (Markt|City)?", "EDEKA City", True),
        ("[(?=]+x", "(x", True),
        (r"\(a\)?", "(a", True),
        (r"\\+", "a\\", True),
        (r"^Rent.*March$", "Rent for March", True),
        (r"INV-\d+", "your inv-77", True),
        (r"(foo|bar) \d{4}.*baz", "x foo 2024 and baz", True),
        (r"(REWE|EDEKA|LIDL|ALDI).*Berlin", "LIDL sagt Danke, Berlin", True),
        (r"VISA .* Amazon Marketplace", "VISA 12 Amazon Marketplace", True),
        (r"VISA .*?\d{4}", "visa Berlin 1234", True),
        (r"VISA.{0,20}Berlin.{0,20}\d", "VISA in Berlin, 1", True),
        (r"^a.*b.*c$", "a b c", True),
        ("Café.*Söhne", "CAFÉ Müller & SÖHNE", True),
        ("z$", "a" * SEARCHED + "z", False),
    ],
)
def test_patterns_are_searched_for_without_regard_to_capitals(
    pattern: str, text: str, found: bool
) -> None:
    assert is_in(compiled(pattern), text) is found


@pytest.mark.parametrize(
    "pattern",
    [
        "a.*b",
        "[a-z]*=",
        "^[a-z]*[^ ]*=",
        "a?" * 8 + "b",
        "(a|a)a*=",
        ".{0,20}a.{0,20}b",
        "(a*)?=",
        "a*[a-z]{4}=",
        "a{200}a?a?b",
    ],
)
def test_the_worst_pattern_that_is_taken_takes_some_milliseconds(pattern: str) -> None:
    started = time.process_time()
    for _ in range(10):
        assert not is_in(compiled(pattern), "a" * 10_000)
    assert time.process_time() - started < 1


def test_texts_match_as_they_are_and_patterns_between_slashes() -> None:
    assert matches(["PENDING"], "pending")
    assert not matches(["PEND"], "pending")
    assert matches([" Pending "], "pending")
    assert matches(["x", "/^pend/"], "Pending")
    assert matches([""], "")
    assert not matches([""], "x")
    assert matches(["/"], "/")
    assert matches(["//"], "//")
