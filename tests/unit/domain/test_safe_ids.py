"""Ids in the place of what cannot be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.events import AccountOpened, MoneyDeposited, TransferReceived, TransferSent
from ledger.domain.safe_ids import changed_ids, safe_id, with_safe_ids
from ledger.domain.validation import check_account_id

OPENED = AccountOpened("a b", "USD", 2, 0)


@pytest.mark.parametrize("account_id", ["a", "club:Kasse-1.2_b", "9" * 128])
def test_an_id_stays(account_id: str) -> None:
    assert safe_id(account_id) is account_id


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("--help", "help-0bdbc8fb00a40fb6"),
        ("../../x", "x-9cdf6a50100a862e"),
        ("petty cash", "petty-cash-e6eb9cbfff81c00f"),
        ("x$(touch pwned)", "x-touch-pwned-c0d6b9fa1b83657d"),
        ("a\u200bb", "a-b-8df62aef5f92e4c3"),
        ("\u202eabc", "abc-98493139eb31ce62"),
        ("\u0430cc-001", "cc-001-de8afd5e2808b19c"),
        ("Привет", "id-dd679c0b9fd408a0"),
        ("x" * 100_000, "x" * 40 + "-d69e689881578332"),
    ],
)
def test_another_is_what_can_be_read_of_it_and_a_digest(given: str, wanted: str) -> None:
    """For ever the same: a later part of the same log must find its account."""
    assert safe_id(given) == wanted


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_two_become_one(one: str, other: str) -> None:
    assert check_account_id(safe_id(one)) == safe_id(one)
    assert (safe_id(one) == safe_id(other)) == (one == other)


def test_all_ids_of_an_event_are_looked_at() -> None:
    assert changed_ids(OPENED) == {"account_id": safe_id("a b")}
    for kind, field in ((TransferSent, "to_account"), (TransferReceived, "from_account")):
        event = with_safe_ids(kind("t 1", "a b", 100, "USD", "Rent, a b"))
        assert (event.transfer_id, event.counterparty) == (safe_id("t 1"), safe_id("a b"))
        assert event.description == "Rent, a b"
        assert set(changed_ids(kind("t-1", "a b", 100, "USD"))) == {field}
    for event in (MoneyDeposited(1, "USD", "a b"), TransferSent("t", "b", 1, "USD")):
        assert with_safe_ids(event) is event
