"""What each command answers, and what it leaves behind."""

from __future__ import annotations

import json

import pytest

from ledger import Ledger, LedgerError, Money
from ledger.commands.command import Deposit, Transfer, Withdraw
from ledger.domain.receipts import Receipt
from ledger.errors import CurrencyMismatch, InvalidAmount, InvalidCurrency, NoSuchAccount
from tests.support.clock import Clock, iso, utc


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    ledger.open_account("a", "Ana", initial_balance="100", at="2026-01-01T00:00Z")
    ledger.open_account("b", "Bo", at="2026-01-01T00:00Z")
    return ledger


def balances(ledger: Ledger) -> dict[str, str]:
    return {report.account_id: str(report.balance) for report in ledger.balances()}


def test_a_result_says_what_happened_to_the_account(ledger: Ledger, clock: Clock) -> None:
    result = ledger.withdraw("a", "30.50", "Rent")
    assert (result.command, result.account_id) == ("withdraw", "a")
    assert (result.balance, result.version) == (Money(6950, "USD"), 2)
    assert (result.transfer_id, result.replayed) == (None, False)
    (event,) = result.recorded
    assert (event.position, event.version, event.event_type) == (4, 2, "MoneyWithdrawn")
    assert json.loads(event.data) == {"amount": 3050, "currency": "USD"}
    assert event.text == "Rent"
    assert (event.effective_at, event.recorded_at) == (clock.now, clock.now)
    assert list(ledger.events(raw=True))[-1] == event


def test_a_transfer_moves_money_in_one_append(ledger: Ledger) -> None:
    result = ledger.transfer("a", "b", "30", "Lunch")
    assert [(each.account_id, str(each.balance), each.version) for each in result.accounts] == [
        ("a", "70.00 USD", 2),
        ("b", "30.00 USD", 2),
    ]
    assert (result.account_id, str(result.balance), result.version) == ("a", "70.00 USD", 2)
    sent, received = (json.loads(event.data) for event in result.recorded)
    assert sent["transfer_id"] == received["transfer_id"] == result.transfer_id
    assert (sent["to_account"], received["from_account"]) == ("b", "a")
    assert [event.position for event in result.recorded] == [4, 5]
    assert len({event.recorded_at for event in result.recorded}) == 1


def test_a_refused_transfer_touches_neither_side(ledger: Ledger) -> None:
    ledger.close_account("b")
    for transfer in (("a", "b", "1"), ("a", "nobody", "1"), ("a", "a", "1")):
        with pytest.raises(LedgerError):
            ledger.transfer(*transfer)
    assert ledger.head().position == 4
    assert balances(ledger) == {"a": "100.00 USD"}


def test_a_command_that_is_data_is_carried_out_the_same(ledger: Ledger) -> None:
    assert ledger.execute(Deposit("a", "1")).balance == Money(10100, "USD")


def test_a_closed_account_leaves_the_balances_and_stays_in_the_accounts(ledger: Ledger) -> None:
    ledger.close_account("b", "moved")
    assert balances(ledger) == {"a": "100.00 USD"}
    assert [row.account_id for row in ledger.accounts("closed")] == ["b"]
    assert [row.account_id for row in ledger.accounts("active")] == ["a"]
    assert [row.account_id for row in ledger.accounts()] == ["a", "b"]
    assert ledger.account_ids() == ["a", "b"]
    assert ledger.account_ids("b") == ["b"]


def test_a_reader_always_sees_its_own_writes(ledger: Ledger) -> None:
    for amount in range(1, 6):
        ledger.deposit("b", amount)
        assert ledger.balances()[1].balance == ledger.balance("b").balance
        assert [view.lag for view in ledger.projections()] == [0, 0]


def test_money_of_another_currency_does_not_enter_an_account(ledger: Ledger) -> None:
    with pytest.raises(CurrencyMismatch):
        ledger.deposit("a", Money(100, "EUR"))
    with pytest.raises(CurrencyMismatch):
        ledger.deposit("a", Money(100, "EUR"), idempotency_key="k")
    assert not ledger.deposit("a", "1", idempotency_key="k").replayed


@pytest.mark.parametrize("name", ["deposit", "withdraw"])
def test_a_command_may_name_the_currency_of_its_amount(name: str, ledger: Ledger) -> None:
    line = '{"command": "%s", "account": "a", "amount": "5", "currency": "%s"}'
    with pytest.raises(CurrencyMismatch, match="is kept in USD, the amount is in EUR") as refusal:
        ledger.batch([(line % (name, "EUR")).encode()])
    assert refusal.value.details["currency"] == "USD"
    assert ledger.head().position == 3
    assert ledger.batch([(line % (name, "USD")).encode()]).events == 1
    csv = f"command,account,amount,currency\n{name},a,5,USD\n{name},a,5,JPY\n".encode()
    with pytest.raises(CurrencyMismatch, match="line 3: "):
        ledger.batch(csv.splitlines(keepends=True), input_format="csv")


def test_a_transfer_may_name_the_currency_of_its_amount(ledger: Ledger) -> None:
    with pytest.raises(CurrencyMismatch, match="the amount is in EUR"):
        ledger.execute(Transfer("a", "b", "5", "", "EUR"))
    assert ledger.execute(Transfer("a", "b", "5", "", "USD")).balance == Money(9500, "USD")


def test_an_account_opens_in_one_currency(ledger: Ledger) -> None:
    with pytest.raises(CurrencyMismatch, match="kept in USD, its initial balance is in EUR"):
        ledger.open_account("c", "Cy", initial_balance=Money(100, "EUR"))
    with pytest.raises(CurrencyMismatch):
        ledger.open_account("c", "Cy", "EUR", Money(100, "USD"), idempotency_key="k")
    result = ledger.open_account("c", "Cy", "EUR", Money(100, "EUR"), idempotency_key="k")
    assert result.balance == Money(100, "EUR")


@pytest.mark.parametrize("key", [None, "k"])
def test_money_of_no_currency_is_refused_with_a_key_as_without(
    key: str | None, ledger: Ledger
) -> None:
    with pytest.raises(CurrencyMismatch):
        ledger.deposit("a", Money(100, "XXX", 2), idempotency_key=key)
    with pytest.raises(InvalidCurrency, match="'XXX' is not an ISO 4217 currency"):
        ledger.open_account("c", "Cy", "XXX", "1", idempotency_key=key)
    assert ledger.head().position == 3


def test_an_account_in_a_unit_of_ones_own_counts_in_its_decimals(ledger: Ledger) -> None:
    opened = ledger.open_account("c", "Cy", "BTC", "0.00000002", decimals=8)
    assert opened.balance == Money(2, "BTC", 8)
    assert str(ledger.deposit("c", "1").balance) == "1.00000002 BTC"
    assert str(ledger.withdraw("c", Money(1, "BTC", 8)).balance) == "1.00000001 BTC"
    with pytest.raises(InvalidAmount, match="BTC has 8 decimals"):
        ledger.deposit("c", "0.000000001")
    assert str(ledger.balance("c").balance) == "1.00000001 BTC"


def test_an_amount_of_the_same_unit_in_other_decimals_is_the_same_amount(ledger: Ledger) -> None:
    ledger.open_account("c", "Cy", "POINTS", decimals=2)
    assert ledger.deposit("c", Money(5, "POINTS", 0)).balance == Money(5_00, "POINTS", 2)


def test_accounts_that_count_one_unit_in_different_decimals_do_not_mix(ledger: Ledger) -> None:
    ledger.open_account("c", "Cy", "POINTS", "5", decimals=0)
    ledger.open_account("d", "Di", "POINTS", decimals=2)
    with pytest.raises(CurrencyMismatch, match="POINTS with 0 decimals and d with 2"):
        ledger.transfer("c", "d", "5")
    assert ledger.head().position == 5


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("BTC", 40), ("JPY", 2), ("usd", 2), ("12A", 2), ("💰", 2), ("BTC", -1)],
)
def test_decimals_that_cannot_be_are_refused(currency: str, decimals: int, ledger: Ledger) -> None:
    with pytest.raises(InvalidCurrency) as refusal:
        ledger.open_account("c", "Cy", currency, decimals=decimals)
    assert refusal.value.exit_status == 2
    assert ledger.head().position == 3


def test_tags_and_receipts_go_into_both_sides_of_a_transfer(ledger: Ledger) -> None:
    receipt = Receipt(4, "60" * 32)
    result = ledger.transfer("a", "b", "5", tags={"category": "lunch"}, receipts=[receipt])
    for event in result.recorded:
        stored = json.loads(event.data)
        assert stored["tags"] == {"category": "lunch"}
        assert stored["receipts"] == [{"size": 4, "sha256": "60" * 32}]
    for command in (ledger.deposit, ledger.withdraw):
        (event,) = command("a", "5", tags={"category": "pay"}, receipts=[receipt]).recorded
        assert json.loads(event.data)["tags"] == {"category": "pay"}
    assert ledger.history("a").entries[-1].tags == {"category": "pay"}
    assert ledger.history("a").entries[-1].receipts == (receipt,)


def test_the_id_of_an_account_that_does_not_exist_is_said(ledger: Ledger) -> None:
    with pytest.raises(NoSuchAccount, match="there is no account 'nobody'") as refusal:
        ledger.deposit("nobody", "1")
    assert refusal.value.details["account_id"] == "nobody"


@pytest.mark.parametrize("account_id", ["-rf", "", "a/b", "ä", "x" * 129])
def test_an_id_that_no_account_can_have_is_said_to_be_that(account_id: str, ledger: Ledger) -> None:
    for command in (
        lambda: ledger.deposit(account_id, "1"),
        lambda: ledger.open_account(account_id, "Ana"),
        lambda: ledger.transfer("a", account_id, "1"),
        lambda: ledger.balance(account_id),
        lambda: ledger.history(account_id),
        lambda: list(ledger.replay(account_id)),
        lambda: ledger.agreement(account_id),
        lambda: list(ledger.events(raw=True, account_id=account_id)),
    ):
        with pytest.raises(LedgerError) as refusal:
            command()
        assert refusal.value.code == "invalid_account_id"


# ── time ────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_time_a_command_happens_now(ledger: Ledger, clock: Clock) -> None:
    (event,) = ledger.deposit("a", "1").recorded
    assert (event.effective_at, event.backdated) == (clock.now, False)


def test_a_command_of_the_past_is_recorded_now(ledger: Ledger, clock: Clock) -> None:
    ledger.deposit("a", "1")
    (event,) = ledger.deposit("a", "1", at="2026-02-01T00:00Z").recorded
    assert (event.effective_at, event.recorded_at) == (utc("2026-02-01T00:00"), clock.now)
    assert event.backdated


def test_a_command_of_this_very_moment_is_not_of_the_future(ledger: Ledger, clock: Clock) -> None:
    assert ledger.deposit("a", "1", at=clock.now).version == 2
    with pytest.raises(LedgerError, match="is in the future") as refusal:
        ledger.deposit("a", "1", at=clock.now + 1)
    assert refusal.value.code == "invalid_time"


def test_recorded_time_never_runs_backwards(ledger: Ledger, clock: Clock) -> None:
    clock.now += 1
    noon = clock.now
    ledger.deposit("a", "1")
    clock.now -= 60_000_000
    (late,) = ledger.deposit("a", "2").recorded
    (other,) = ledger.deposit("b", "3").recorded
    assert (late.effective_at, late.recorded_at, late.backdated) == (noon, noon, False)
    assert other.recorded_at == noon
    assert ledger.balance("a", known_at=noon - 1).version == 1


def test_what_the_ledger_has_seen_is_not_the_future_for_any_account(
    ledger: Ledger, clock: Clock
) -> None:
    """An event is recorded no earlier than the one before it, so it may have happened by then."""
    ledger.deposit("a", "1")
    clock.now -= 60_000_000
    seen = clock.now + 60_000_000
    line = f'{{"command": "deposit", "account": "b", "amount": "1", "at": {iso(seen)!r}}}'
    (alone,) = ledger.deposit("b", "1", at=seen).recorded
    ledger.batch([line.replace("'", '"').encode()])
    *_, batched = ledger.events(raw=True)
    for event in (alone, batched):
        assert (event.effective_at, event.recorded_at) == (seen, seen)
    with pytest.raises(LedgerError, match="is in the future"):
        ledger.deposit("b", "1", at=seen + 1)


def test_what_an_account_has_seen_is_not_the_future_though_the_clock_says_so(
    ledger: Ledger, clock: Clock
) -> None:
    ledger.deposit("a", "1")
    clock.now -= 60_000_000
    (event,) = ledger.deposit("a", "2", at=clock.now + 60_000_000).recorded
    assert not event.backdated
    assert ledger.close_account("b").version == 2


def test_a_backdated_withdrawal_names_the_first_moment_that_it_would_overdraw(
    ledger: Ledger,
) -> None:
    ledger.deposit("a", "50", at="2026-01-10T00:00Z")
    ledger.withdraw("a", "120", at="2026-01-20T00:00Z")
    ledger.withdraw("a", "10", at="2026-01-25T00:00Z")
    ledger.deposit("a", "500", at="2026-01-30T00:00Z")
    for command in (
        Withdraw("a", "31", at="2026-01-15T00:00Z"),
        Transfer("a", "b", "31", at="2026-01-15T00:00Z"),
    ):
        with pytest.raises(LedgerError) as refusal:
            ledger.execute(command)
        assert refusal.value.code == "insufficient_funds"
        assert refusal.value.details["at"] == "2026-01-20T00:00:00.000000Z"
        assert refusal.value.details["balance"] == "30.00"
    assert ledger.transfer("a", "b", "20", at="2026-01-15T00:00Z").version == 6
    assert str(ledger.balance("a", as_of="2026-01-27T00:00Z").balance) == "0.00 USD"
