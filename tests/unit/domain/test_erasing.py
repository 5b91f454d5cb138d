from __future__ import annotations

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.events import PersonalDataErased
from ledger.errors import InvalidText, NoSuchAccount
from tests.support.domain.given_when_then import DecodedEvent, account, closed, deposited, opened


@pytest.mark.parametrize(
    "past", [(opened(),), (opened(), deposited(5, on=2)), (opened(), closed(on=2))]
)
def test_any_account_is_erased_a_closed_one_too(past: tuple[DecodedEvent, ...]) -> None:
    assert account(*past).erase("asked for") == PersonalDataErased("asked for")


def test_what_was_never_opened_is_not_erased() -> None:
    with pytest.raises(NoSuchAccount):
        BankAccount("acc-001").erase("asked for")


@pytest.mark.parametrize("reason", ["x" * 10_001, "a\0", "a\udfff"])
def test_a_reason_that_cannot_be_kept_is_refused(reason: str) -> None:
    with pytest.raises(InvalidText, match="the reason"):
        account(opened()).erase(reason)
