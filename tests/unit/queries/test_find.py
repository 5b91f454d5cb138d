"""Finding entries: against a naive fold of the log, on both clocks, and in its finer points."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from ledger import Ledger
from ledger.domain.money import Money, format_minor_units
from ledger.errors import (
    ErasedMeanwhile,
    InvalidAmount,
    InvalidOption,
    InvalidTag,
    InvalidText,
    LedgerError,
)
from ledger.queries.finding import entry_pages
from tests.support.clock import Clock
from tests.support.naive_entries import NaiveEntry, naive_entries, plainly
from tests.support.naive_lives import START, Life, life
from tests.support.property.lived_books import LivedBook


def keys(found: Any) -> list[tuple[str, int]]:
    return [(each.account_id, each.version) for each in found]


# ── against the naive fold ──────────────────────────────────────────────────────────────────────


NO_RECEIPTS = ("AccountOpened", "EntryReversed")


def worth(entry: NaiveEntry) -> Fraction:
    return Fraction(abs(entry.amount), 10**entry.decimals)


def asked(dice: Random, entries: list[NaiveEntry]) -> tuple[dict[str, Any], Callable[..., bool]]:
    """A question that some entries may answer, and what it means."""
    one = dice.choice(entries)
    by_key = {(each.account, each.version): each for each in entries}
    tests: list[Any] = []

    def of_either(test: Callable[..., bool]) -> Callable[[NaiveEntry], bool]:
        """Of an entry and its reversal one is enough."""

        def holds(e: NaiveEntry) -> bool:
            other = e.reverses or e.reversed_by
            return test(e) or (other is not None and test(by_key[e.account, other]))

        return holds

    question: dict[str, Any] = {}
    for name in dice.sample(range(7), dice.choice((0, 1, 1, 2, 3))):
        match name:
            case 0:
                words = (one.words or one.other or "x")[:3].swapcase()
                question["text"], needle = words, plainly(words)
                tests.append(
                    of_either(lambda e, n=needle: n in plainly(e.words) or n in (e.other or ""))
                )
            case 1:
                question["accounts"] = one.account
                tests.append(lambda e: e.account == one.account)
            case 2 if one.tags and "tags" not in question:
                tag = dice.choice(list(one.tags.items()))
                question["tags"] = "=".join(tag)
                tests.append(lambda e, tag=tag: tag in e.tags.items())
            case 3:
                key = next(iter(one.tags), "category")
                lacks = "tags" in question or dice.random() < 0.5
                question["without_tags" if lacks else "tags"] = key
                tests.append(
                    lambda e, key=key, lacks=lacks: (
                        (key in e.tags) != lacks and not (lacks and e.kind == "AccountOpened")
                    )
                )
            case 4:
                bound = format_minor_units(abs(one.amount), dice.randrange(4))
                question["least" if (least := dice.random() < 0.5) else "most"] = bound
                tests.append(
                    lambda e, bound=bound, least=least: (
                        worth(e) >= Fraction(bound) if least else worth(e) <= Fraction(bound)
                    )
                )
            case 5:
                question["without_receipt"] = True
                tests.append(of_either(lambda e: not e.receipts and e.kind not in NO_RECEIPTS))
            case 6:
                question["from_time"], first = one.effective, one.effective
                question["to_time"] = last = first + dice.choice((0, 10**8, 10**10))
                tests.append(lambda e, first=first, last=last: first <= e.effective <= last)
    return question, lambda e: all(test(e) for test in tests)


def totals(found: Any) -> list[int]:
    """Openings, in, out, and what moved in and out, of all currencies together."""
    each = [
        (s.initial_minor, s.total_in_minor, s.total_out_minor, s.moved_in_minor, s.moved_out_minor)
        for s in found.sums
    ]
    return [sum(column) for column in zip(*each, strict=True)] or [0] * 5


def expected_totals(shown: list[NaiveEntry], account: str | None) -> list[int]:
    first, rest, moved = list[int](), list[int](), list[int]()
    for e in shown:
        is_moved = e.other and account in (None, e.other)
        (first if e.version == 1 else moved if is_moved else rest).append(e.amount)
    sides = [sum(max(way * a, 0) for a in each) for each in (rest, moved) for way in (1, -1)]
    return [sum(first), *sides]


def check(lived: LivedBook, one: Life, dice: Random) -> None:
    log = list(lived.store.read_all())
    for known in (None, *dice.sample(sorted(one.book.known_times()), 3)):
        by_then = [each for each in log if known is None or each.position <= position(lived, known)]
        entries = naive_entries(by_then)
        for _ in range(6 if entries else 0):
            question, meant = asked(dice, entries)
            every = [each for each in entries if meant(each)]
            shown = [each for each in every if not each.undone]
            pairs = {(e.account, e.reverses or e.version) for e in every if e.undone}
            found = lived.ledger.find(known_at=known, **question)
            assert [
                (e.effective_us, e.account_id, e.version, e.amount_minor, e.description)
                for e in found
            ] == [(*e.place, e.amount, e.words) for e in shown], question
            assert found.left_out == len(pairs), question
            assert sum(each.count for each in found.sums) == len(shown)
            assert totals(found) == expected_totals(shown, question.get("accounts")), question
            whole = lived.ledger.find(known_at=known, with_reversed=True, **question)
            assert keys(whole) == [(e.account, e.version) for e in every], question
            last = lived.ledger.find(known_at=known, limit=2, **question)
            assert keys(last) == [(e.account, e.version) for e in shown[-2:]], question
            assert last.has_earlier == (len(shown) > 2)


def position(lived: LivedBook, known: int) -> int:
    from ledger.commands.known import position_known_by

    return position_known_by(lived.store, known)


@pytest.mark.parametrize("page", [2, 5_000])
def test_what_is_found_is_what_a_naive_fold_gives(
    page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_pages, "PAGE", page)
    monkeypatch.setattr(entry_pages, "_FEW", page)
    monkeypatch.setattr(entry_pages, "_WORTH_SORTING", 2 * page)
    for seed in range(12):
        one = life(seed)
        with LivedBook() as lived:
            lived.begin(START)
            for step in one.steps:
                lived.carry_out(step.intent, one.at(step.before))
            check(lived, one, Random(seed))


# ── texts, names and amounts ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Half the RENT", "rent"),
        ("Große Straße", "STRASSE"),
        ("GROSSE STRASSE", "straße"),
        ("Cafe\u0301", "CAFÉ"),
        ("Café", "cafe\u0301"),
        ("İstanbul", "istanbul"),
        ("273 \u212aelvin", "kelvin"),
        ("Аренда", "аРЕНДА"),
        ("100% _sure_ \\o/", "% _SURE_ \\"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_a_text_is_found_however_it_is_written(books: Ledger, stored: str, typed: str) -> None:
    books.open_account("a", "Ana")
    books.deposit("a", "1", stored)
    books.deposit("a", "1", "x")
    assert keys(books.find(typed)) == [("a", 2)]


@pytest.mark.parametrize(("stored", "typed"), [("Café", "cafe"), ("abc", "a_c"), ("abc", "a%")])
def test_what_is_another_text_is_not_found(books: Ledger, stored: str, typed: str) -> None:
    books.open_account("a", "Ana")
    books.deposit("a", "1", stored)
    assert keys(books.find(typed)) == []


def test_an_id_is_that_account_alone_and_a_prefix_all_that_start_so(books: Ledger) -> None:
    for account in ("a1", "a10", "club:x", "club:y"):
        books.open_account(account, "Ana", initial_balance="1")
    assert keys(books.find(accounts="a1")) == [("a1", 1)]
    assert keys(books.find(accounts="a")) == [("a1", 1), ("a10", 1)]
    assert keys(books.find(accounts=["club:", "a10"])) == [("a10", 1), ("club:x", 1), ("club:y", 1)]
    assert books.find(accounts=["clb:", "a"]).unknown_accounts == ("clb:",)
    assert books.find(accounts="$book").unknown_accounts == ("$book",)


def test_half_of_a_correction_is_never_found_alone(books: Ledger) -> None:
    books.open_account("a", "Ana", initial_balance="100", at="2026-01-01")
    books.withdraw("a", "20", "Stamps", at="2026-01-05")
    books.reverse("a", 2, "bounced", at="2026-02-05")
    for question in ({"text": "stamps"}, {"text": "BOUNCED"}, {"without_receipt": True}):
        found = books.find(**question)
        assert keys(found) == [("a", 2), ("a", 3)]
        (sums,) = found.sums
        assert (str(sums.total_in), str(sums.total_out)) == ("20.00 USD", "20.00 USD")
    books.amend_entry("a", 2, {"description": "Envelopes"})
    assert keys(books.find("stamps")) == []
    assert keys(books.find("envelopes", limit=1)) == [("a", 3)]
    books.withdraw("a", "5", "Glue", at="2026-03-01")
    books.reverse("a", 5, "twice")
    assert keys(books.find("glue", with_reversed=True)) == [("a", 5), ("a", 6)]
    assert keys(books.find("twice", with_reversed=True)) == [("a", 5), ("a", 6)]


def test_bounds_are_compared_in_the_decimals_of_each_account(books: Ledger) -> None:
    for currency, amount in (("JPY", "13"), ("USD", "12.50"), ("KWD", "12.501")):
        books.open_account(currency, "Ana", currency, amount)
    assert keys(books.find(least="12.5", most="12.5")) == [("USD", 1)]
    assert keys(books.find(least="12.5")) == [("JPY", 1), ("KWD", 1), ("USD", 1)]
    assert keys(books.find(most="12.5009")) == [("USD", 1)]
    assert keys(books.find(least=Money(12, "JPY"))) == [("JPY", 1)]
    assert keys(books.find(least="9" * 40)) == []
    assert len(keys(books.find(most="9" * 40))) == 3


def test_sums_are_exact_beyond_64_bits(books: Ledger) -> None:
    largest = "92233720368547758.07"
    for account in ("a", "b", "c"):
        books.open_account(account, "Ana", initial_balance=largest)
    found = books.find()
    assert len(keys(found)) == 3
    (sums,) = found.sums
    assert (sums.initial_minor, sums.total_in_minor) == (3 * (2**63 - 1), 0)


def test_tags_are_told_apart_from_what_only_looks_like_them(books: Ledger) -> None:
    books.open_account("a", "Ana")
    books.deposit("a", "1", tags={"category": "rent"})
    books.deposit("a", "1", tags={"subcategory": "rent", "note": '"category":"rent"'})
    books.deposit("a", "1", tags={"category": "rental", "Category2": "é"})
    assert keys(books.find(tags="category=rent")) == [("a", 2)]
    assert keys(books.find(tags="category")) == [("a", 2), ("a", 4)]
    assert keys(books.find(tags=["category", "Category2=e\u0301"])) == [("a", 4)]
    assert keys(books.find(without_tags="category")) == [("a", 3)]


def test_names_that_no_entry_has_are_told_with_those_that_there_are(books: Ledger) -> None:
    books.open_account("a", "Ana")
    books.deposit("a", "1", tags={"category": "rent"})
    for question, expected in (
        ({"tags": "catgory"}, ("tag", "catgory", ("category",))),
        ({"tags": "category=rnt"}, ("tag", "category=rnt", ("category=rent",))),
        ({"without_tags": "catgory"}, ("tag", "catgory", ("category",))),
    ):
        found = books.find(**question)  # type: ignore[arg-type]
        list(found)
        assert found.unknown == (expected,)
    found = books.find(tags="category", least="2")
    assert (list(found), found.unknown) == ([], ())


@pytest.mark.parametrize(
    ("error", "question"),
    [
        (InvalidOption, {"from_time": "2026-02", "to_time": "2026-01"}),
        (InvalidOption, {"least": "2", "most": "1.99"}),
        (InvalidOption, {"text": " "}),
        (InvalidOption, {"accounts": ""}),
        (InvalidOption, {"limit": -1}),
        (InvalidText, {"text": "a\0"}),
        (InvalidAmount, {"least": "-1"}),
        (InvalidAmount, {"most": "1,5"}),
        (InvalidAmount, {"most": 1.5}),
        (InvalidAmount, {"most": "1" * 41}),
        (InvalidTag, {"tags": "a b"}),
        (InvalidTag, {"tags": "=x"}),
    ],
)
def test_what_cannot_be_asked_is_refused(
    books: Ledger, error: type[LedgerError], question: dict[str, Any]
) -> None:
    with pytest.raises(error):
        books.find(**question)


# ── while others write, and of many ─────────────────────────────────────────────────────────────


def test_what_is_recorded_meanwhile_is_not_among_what_is_found(
    books: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_pages, "PAGE", 2)
    books.open_account("a", "Ana")
    for _ in range(5):
        books.deposit("a", "1")
    found = iter(books.find())
    next(found)
    books.deposit("a", "1")
    books.find(limit=1)
    assert len(list(found)) == 4


def test_an_erasure_meanwhile_ends_the_answer_with_an_error(
    books: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_pages, "PAGE", 2)
    books.open_account("a", "Ana")
    for _ in range(5):
        books.deposit("a", "1", "secret")
    assert len(keys(books.find("secret"))) == 5
    found = iter(books.find("secret"))
    next(found)
    books.withdraw("a", "5")
    books.close_account("a")
    books.erase("a", "asked for")
    with pytest.raises(ErasedMeanwhile):
        list(found)
    assert keys(books.find("secret")) == []


def test_any_number_of_entries_takes_little_memory(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.open_account("a", "Ana")
        line = b'{"command": "deposit", "account": "a", "amount": "1", "description": "rent"}\n'
        ledger.batch([line] * 20_000)
        assert sum(1 for _ in ledger.find(limit=1)) == 1
        tracemalloc.start()
        try:
            assert sum(1 for _ in ledger.find("RENT")) == 20_000
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 10_000_000, "to keep them takes 13 MB, a page of them 6"
