"""What a page says of ledgers of all kinds, and that no text gets out of its place."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from ledger import Ledger
from ledger.commands.arguments import TimeLike
from ledger.errors import InvalidOption, NoSuchAccount
from ledger.exchange.exports import extract, writer
from tests.support.clock import Clock
from tests.support.pages import Page

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; --> <!-- </style> ]]> {{ head }}",
    "one\ntwo\r\tthree",
    "evil \u202e gpj.exe \u2066\u200f",
    "\u05e9\u05dc\u05d5\u05dd 123",
)


@pytest.fixture
def books(clock: Clock) -> Iterator[Ledger]:
    clock.now = Clock("2026-12-31T12:00").now
    with Ledger.in_memory(clock=clock, book={"name": "Club", "time_zone": "UTC"}) as ledger:
        yield ledger


def page_of(ledger: Ledger, **part: Any) -> Page:
    out = StringIO()
    ledger.export("html", out, **part)
    return Page(out.getvalue())


def test_an_empty_ledger_has_a_page(books: Ledger) -> None:
    out = StringIO()
    exported = books.export("html", out)
    assert (exported.entries, exported.accounts, exported.head) == (0, 0, books.head())
    page = Page(out.getvalue())
    assert page.title == "Club, all entries"
    assert page.text.count("There are no accounts in this period.") == 2
    assert page.tables == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_its_place(text: str) -> None:
    pages = []
    for words in ("x", text):
        name = words if words.isprintable() else "Club"
        tag = "x" if "=" in words else name
        with Ledger.in_memory(clock=lambda: 1_790_000_000_000_000, book={"name": name}) as ledger:
            ledger.open_account("a", words, "EUR", "5", at="2026-01-01")
            ledger.deposit("a", "1", description=words, tags={"t": tag}, at="2026-01-02")
            ledger.confirm("a", "6", at="2026-01-02", source=words)
            ledger.lock("2026-01-02", reason=words)
            pages.append(page_of(ledger))
    bare, page = pages
    assert [name for name, _ in page.elements] == [name for name, _ in bare.elements]
    assert [sorted(each) for _, each in page.elements] == [sorted(e) for _, e in bare.elements]
    assert not set(page.text) & set("\u202e\u2066\u200f\r\t")
    shown = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    for mark in "\u202e\u2066\u200f":
        shown = shown.replace(mark, f"\\u{ord(mark):04x}")
    assert f"{shown}\n" in page.text  # the owner
    assert page.rows("a, in EUR")[2][2].startswith(shown)
    assert page.rows("Locks")[0][2] == shown
    assert page.rows("Confirmed balances")[0][3] == shown


def test_each_text_is_isolated_from_what_stands_beside_it(books: Ledger) -> None:
    hebrew = HOSTILE[-1]
    books.open_account("a", hebrew, "EUR", "5", at="2026-01-01")
    books.deposit("a", "1", description=hebrew, tags={"t": hebrew}, at="2026-01-02")
    out = StringIO()
    books.export("html", out)
    html = out.getvalue()
    assert html.count(hebrew) == html.count(f"<bdi>{hebrew}</bdi>") + 1  # one with its tag's key
    assert f"<bdi>t={hebrew}</bdi>" in html


def test_nothing_is_loaded_and_nothing_runs(books: Ledger) -> None:
    books.open_account("a", "Ana", "EUR", "5", at="2026-01-01")
    books.deposit("a", "1", at="2026-02-02")
    out = StringIO()
    books.export("html", out)
    page = Page(out.getvalue())
    kinds = {name for name, _ in page.elements}
    assert kinds.isdisjoint({"script", "img", "iframe", "object", "embed", "form", "video", "use"})
    assert not any(name.startswith("on") for _, each in page.elements for name in each)
    targets = {each[name] for _, each in page.elements for name in ("src", "href") if name in each}
    assert all(target.startswith("#") for target in targets)
    assert "url(" not in out.getvalue()
    assert "@import" not in out.getvalue()
    policy = next(e["content"] for _, e in page.elements if "http-equiv" in e)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_charts_say_in_words_what_they_show_and_where_the_figures_are(books: Ledger) -> None:
    books.open_account("a", "Ana", "EUR", "5", at="2026-01-01")
    books.deposit("a", "1.50", at="2026-02-02")
    drawings = [each for name, each in page_of(books).elements if name == "svg"]
    assert len(drawings) == 3
    assert all(each["role"] == "img" for each in drawings)
    assert drawings[0]["aria-label"] == (
        "Line chart of the balance in EUR at the end of each month: 5.00 at the end of "
        "2026-01, 6.50 at the end of 2026-02, lowest 5.00, highest 6.50. The table that follows "
        "has all figures."
    )


def test_currencies_and_units_of_ones_own_are_never_added_up(books: Ledger) -> None:
    books.open_account("e", "Ana", "EUR", "9000000000000000.01", at="2026-01-01")
    books.open_account("f", "Ana", "EUR", "90000000000000000.01", at="2026-01-01")
    books.open_account("w", "Ana", "WOOD", "3", decimals=0, at="2026-01-01")
    books.open_account("h", "Ana", "HOURS", decimals=5, overdraft="unlimited", at="2026-01-01")
    books.withdraw("h", "3.25", at="2026-02-01")
    page = page_of(books)
    assert page.rows("Accounts in EUR")[-1][-1] == "99000000000000000.02"
    assert page.rows("Accounts in WOOD")[-1] == ["Total WOOD", "3", "0", "0", "3"]
    assert page.rows("Accounts in HOURS")[-1] == ["Total HOURS", "0.00000", "3.25000", "-3.25000"]


def test_people_may_be_shown_the_digits_of_amounts_in_groups(books: Ledger) -> None:
    books.open_account("e", "Ana", "EUR", "1234567.89", at="2026-01-01")
    books.withdraw("e", "1000", description="Order 1234567", at="2026-02-01")
    plain, grouped = page_of(books), page_of(books, group_digits=True)
    assert "1 233 567.89" in grouped.text.replace("\u202f", " ")
    assert grouped.text.replace("\u202f", "") == plain.text
    assert "1234567.89" not in grouped.text
    assert "Order 1234567" in grouped.text


def test_tags_stand_by_size_and_small_ones_are_added_up(books: Ledger) -> None:
    books.open_account("a", "Ana", "EUR", overdraft="unlimited", at="2026-01-01")
    for number in range(42):
        tags = {"year": "2026", "project": f"p{number:02}"}
        books.deposit("a", 100 + number, tags=tags, at="2026-02-01")
    books.withdraw("a", "900", tags={"project": "p00"}, at="2026-02-02")
    books.withdraw("a", "7", at="2026-02-03")
    page = page_of(books)
    rows = page.rows("By tag project, in EUR")
    assert rows[:2] == [["p00", "100.00", "900.00", "2"], ["p41", "141.00", "0.00", "1"]]
    assert rows[-3:] == [
        ["others", "203.00", "0.00", "2"],
        ["no project", "0.00", "7.00", "1"],
        ["Total", "5061.00", "907.00", "44"],
    ]
    assert len(rows) == 43
    (total,) = books.report(by="tag:year").totals
    assert page.rows("By tag year, in EUR") == [
        ["2026", str(total.total_in).split()[0], "0.00", "42"],
        ["no year", "0.00", "907.00", "2"],
        ["Total", "5061.00", "907.00", "44"],
    ]


@pytest.mark.parametrize(
    ("last", "name", "count"),
    [("2026-01-20", "day", 20), ("2026-03-02", "month", 3), ("2029-12-31", "month", None)],
)
def test_periods_are_as_long_as_a_chart_of_few_columns_needs(
    books: Ledger, last: str, name: str, count: int | None
) -> None:
    books.open_account("a", "Ana", "EUR", "5", at="2026-01-01")
    books.deposit("a", "1", at=min(last, "2026-12-30"))
    page = page_of(books, from_time="2026-01-01", to_time=last)
    assert len(page.rows(f"By {name}, in EUR")) == (count or 12) + 1


@pytest.mark.parametrize(("since", "name"), [("2020-06-01", "quarter"), ("1990-01-01", "year")])
def test_long_periods_are_divided_into_quarters_or_years(
    books: Ledger, since: str, name: str
) -> None:
    books.open_account("a", "Ana", "EUR", "5", at=since)
    books.deposit("a", "1", at="2026-12-30")
    assert f"By {name}, in EUR" in page_of(books).tables


def test_a_page_is_of_its_period_and_its_accounts(books: Ledger) -> None:
    for account in ("club:a", "club:b", "other"):
        books.open_account(account, "Ana", "EUR", "5", at="2026-01-01")
    books.deposit("club:a", "1", at="2026-02-10")
    books.deposit("club:a", "2", at="2026-03-10")
    books.transfer("club:a", "other", "3", at="2026-02-11")
    page = page_of(books, accounts="club:", from_time="2026-02-01", to_time="2026-02")
    assert page.title == "Club, 2026-02-01 to 2026-02-28"
    assert "Only these accounts: club:" in page.text
    assert page.rows("Accounts in EUR") == [
        ["club:a", "5.00", "1.00", "3.00", "3.00"],
        ["club:b", "5.00", "0.00", "0.00", "5.00"],
        ["Total EUR", "10.00", "1.00", "3.00", "8.00"],
    ]
    assert [row[2] for row in page.rows("club:a, in EUR")] == [
        "Balance before", "Deposit", "Transfer to other", "Balance after",
    ]  # fmt: skip
    assert "other, in EUR" not in page.tables


@pytest.mark.parametrize(
    ("refusal", "part"),
    [
        (InvalidOption, {"from_time": "2026-02", "to_time": "2026-01"}),
        (NoSuchAccount, {"accounts": "nobody"}),
        (NoSuchAccount, {"accounts": ["a", "club:"]}),
    ],
)
def test_what_there_is_not_is_refused(
    books: Ledger, refusal: type[Exception], part: dict[str, TimeLike]
) -> None:
    books.open_account("a", "Ana", at="2026-01-01")
    with pytest.raises(refusal):
        page_of(books, **part)
    with pytest.raises(InvalidOption, match="no format 'pdf'"):
        books.export("pdf", StringIO())


def test_confirmations_say_whether_they_still_hold(books: Ledger) -> None:
    books.open_account("a", "Ana", "EUR", "5", at="2026-01-01")
    books.confirm("a", "5", at="2026-01-31", source="bank")
    books.confirm("a", "5", at="2026-02-28")
    books.deposit("a", "1", at="2026-02-10")
    books.lock("2026-02", reason="read through")
    page = page_of(books, to_time="2026-12-31")
    assert page.rows("Confirmed balances") == [
        ["a", "end of 2026-01-31", "5.00 EUR", "bank", "yes"],
        ["a", "end of 2026-02-28", "5.00 EUR", "", "no, the balance was changed since"],
    ]
    assert "Locked up to 2026-02-28: nothing up to then can change" in page.text
    assert page.rows("Locks")[0][1:3] == ["Locked up to 2026-02-28", "read through"]


def test_days_are_those_of_the_ledgers_own_zones(clock: Clock) -> None:
    clock.now = Clock("2026-01-31T23:30").now
    with Ledger.in_memory(clock=clock, book={"time_zone": "Asia/Tokyo"}) as ledger:
        ledger.open_account("a", "Ana", "EUR", "5", at="2026-01-01")
        ledger.deposit("a", "1")
        ledger.change_time_zone("Europe/Berlin", since="2026-03-01")
        clock.now = Clock("2026-06-30T23:30").now
        ledger.deposit("a", "2")
        page = page_of(ledger)
    assert [row[1] for row in page.rows("a, in EUR")[2:4]] == ["2026-02-01", "2026-07-01"]
    assert "Asia/Tokyo, since 2026-02-28 16:00 +01:00 Europe/Berlin\n" in page.text
    assert "2026-07-01 01:30 +02:00\n" in page.text


def test_what_is_recorded_while_a_page_is_written_is_not_in_it(books: Ledger) -> None:
    books.open_account("a", "Ana", "EUR", "5", at="2026-01-01")
    books.deposit("a", "1", at="2026-02-02")
    quiet, before, out = StringIO(), StringIO(), StringIO()
    head = books.export("html", quiet).head

    class Recording(StringIO):
        def write(self, text: str, /) -> int:
            books.deposit("a", "100", tags={"late": "yes"}, at="2026-02-03")
            return super().write(text)

    busy = Recording()
    assert books.export("html", busy).head == head
    assert busy.getvalue() == quiet.getvalue()
    begun = extract(books._source, (), None, None)
    books.export("html", before)
    books.deposit("a", "100", tags={"later": "yes"}, at="2026-02-04")
    assert writer("html")(begun, out).head == begun.head != books.head()
    assert out.getvalue() == before.getvalue()
