"""The harness that is handed out: it sees what is right, and says what is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from textwrap import dedent

import pytest

import ledger.testing
from ledger.commands.command import Deposit, Withdraw
from ledger.domain.account import BankAccount
from ledger.errors import AccountClosed, BalanceNotZero, InsufficientFunds, NoSuchAccount
from ledger.events import AccountOpened, MoneyDeposited, MoneyWithdrawn
from ledger.testing import Happened, given, repeatable_ledger

OPENED = AccountOpened("acc-001", "USD", 2, 100_00, owner="Ana Souza")
SPENT = MoneyWithdrawn(70_00, "USD")


@pytest.mark.parametrize("example", [0, 2])
def test_the_examples_of_the_module_run(example: int) -> None:
    assert ledger.testing.__doc__
    blocks = re.findall(r"::\n\n((?:    .*\n|\n)+)", ledger.testing.__doc__)
    exec(compile(dedent(blocks[example]), "example", "exec"), {})


def test_a_past_has_times_of_its_own() -> None:
    late = datetime(2026, 5, 1, tzinfo=UTC)
    account = given(Happened(OPENED, datetime(2026, 4, 1, tzinfo=UTC)), Happened(SPENT, late))
    withdraw = Withdraw("acc-001", "50")
    account.when(withdraw, at=datetime(2026, 4, 15, tzinfo=UTC)).then(
        InsufficientFunds, at="2026-05-01T00:00:00.000000Z"
    )
    account.when(withdraw).then(InsufficientFunds, balance="30.00")
    account.when(Withdraw("acc-001", "30")).then(MoneyWithdrawn(30_00, "USD"))


def test_commands_are_functions_too() -> None:
    given(OPENED).when(lambda account, at: account.close("", at)).then(BalanceNotZero)
    given(stream_id="b").when(lambda account, at: account.close("", at)).then(NoSuchAccount)


def test_what_is_not_as_expected_is_said() -> None:
    account = given(OPENED, SPENT)
    with pytest.raises(AssertionError, match=r"it was refused: .*30\.00"):
        account.when(Withdraw("acc-001", "50")).then(SPENT)
    with pytest.raises(AssertionError, match="it was accepted, and led to"):
        account.when(Deposit("acc-001", "50")).then(InsufficientFunds)
    with pytest.raises(AssertionError, match=r"it led to .*5000.*, not to .*7000"):
        account.when(Deposit("acc-001", "50")).then(MoneyDeposited(70_00, "USD"))
    with pytest.raises(AssertionError, match="refused with InsufficientFunds"):
        account.when(Withdraw("acc-001", "50")).then(AccountClosed)
    with pytest.raises(AssertionError, match=r"the refusal names .*30\.00"):
        account.when(Withdraw("acc-001", "50")).then(InsufficientFunds, balance="31.00")


def test_deciding_must_change_nothing() -> None:
    def cheat(account: BankAccount, at: int) -> MoneyDeposited:
        event = MoneyDeposited(1, "USD")
        account.apply(event, at)
        return event

    with pytest.raises(AssertionError, match="has changed the aggregate"):
        given(OPENED).when(cheat)


def test_a_repeatable_ledger_is_the_same_each_time() -> None:
    heads = set()
    for _ in range(2):
        with repeatable_ledger() as books:
            books.open_account("a", "Ana", initial_balance="5")
            heads.add(books.head().short)
            assert books.is_test
    assert len(heads) == 1
