"""Names of accounts and categories in journals: allowed, each of one thing, and stable."""

from __future__ import annotations

import re

import pytest

from ledger.exchange.journals import beancount, hledger
from ledger.exchange.journals.names import Names, Spelling
from tests.support.journals.hostile_books import IDS, TAGS

CATEGORIES = ["", *(tags["category"] for tags in TAGS if "category" in tags)]


@pytest.mark.parametrize(
    ("spelling", "allowed"),
    [
        (hledger._spelled, r"(Assets|Liabilities|Income)(:[^\s:;]+( [^\s:;]+)*)+"),
        (beancount._spelled, r"(Assets|Liabilities|Income)(:[^\W_a-z][^\W_]*(-[^\W_]+)*)+"),
    ],
)
def test_names_are_allowed_and_no_two_are_the_same(spelling: Spelling, allowed: str) -> None:
    names = Names(spelling)
    accounts = [names.account(each) for each in IDS]
    categories = [names.category("Income", each) for each in CATEGORIES]
    assert all(re.fullmatch(allowed, each) for each in accounts + categories)
    distinct = {*IDS, *((None, each) for each in CATEGORIES)}
    assert len({*accounts, *categories}) == len(distinct)
    assert [names.account(each) for each in IDS] == accounts
    assert [names.category("Income", each) for each in CATEGORIES] == categories


@pytest.mark.parametrize(
    ("spelling", "ids", "named"),
    [
        (hledger._spelled, "club:savings", "Assets:club:savings"),
        (hledger._spelled, "Liabilities:card", "Liabilities:card"),
        (hledger._spelled, "liabilities:card", "Liabilities:card"),
        (hledger._spelled, "a::b", "Assets:a:_:b"),
        (hledger._spelled, "Expenses:food", "Assets:Expenses:food"),
        (beancount._spelled, "club:savings", "Assets:Club:Savings"),
        (beancount._spelled, "2025:dues", "Assets:2025:Dues"),
        (beancount._spelled, "petty.cash_2", "Assets:Petty-cash-2"),
        (beancount._spelled, "a:-", "Assets:A:X"),
        (beancount._spelled, "assets:bank", "Assets:Bank"),
        (beancount._spelled, "assets", "Assets:Assets"),
    ],
)
def test_a_name_is_the_most_like_the_id_that_is_allowed(
    spelling: Spelling, ids: str, named: str
) -> None:
    assert Names(spelling).account(ids) == named


def test_an_account_keeps_its_name_whichever_are_opened_later() -> None:
    names = Names(beancount._spelled)
    opened = ["club", "Club", "club-2", "CLUB"]
    assert [names.account(each) for each in opened] == [
        "Assets:Club",
        "Assets:Club-2",
        "Assets:Club-2-2",
        "Assets:CLUB",
    ]
    for count in range(1, len(opened)):
        fewer = Names(beancount._spelled)
        assert [fewer.account(each) for each in opened[:count]] == [
            names.account(each) for each in opened[:count]
        ]


def test_it_is_counted_what_is_called_otherwise() -> None:
    names = Names(beancount._spelled)
    for each in ("Assets:Bank", "2025", "bar", "x.y"):
        names.account(each)
        names.account(each)
    assert (names.changes, names.changed) == (2, ("bar", "Assets:Bar"))


@pytest.mark.parametrize(
    ("category", "named"),
    [
        ("rent", "Rent"),
        ("日本 語", "X日本-語"),
        ("é", "É"),
        ("ßa", "Xßa"),
        ("-", "X"),
        ("a,b", "A-b"),
    ],
)
def test_a_category_begins_with_what_beancount_takes_for_a_capital(
    category: str, named: str
) -> None:
    assert Names(beancount._spelled).category("Income", category) == f"Income:{named}"
