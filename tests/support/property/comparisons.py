"""Compares a ledger's answers about the past with their plain definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import LedgerError
from tests.support.model import Entry, Model, State, state_of


def check_past(
    ledger: Ledger,
    model: Model,
    account: str,
    as_of: int | None,
    known_at: int | None,
    version: int | None,
    limit: int | None,
) -> None:
    """Balance and history of an account at a point are what the plain definition says."""
    counting = model.entries(account, as_of, known_at)
    if counting:
        report = ledger.balance(account, as_of=as_of, known_at=known_at)
        state = state_of(counting)
        assert state is not None
        assert report.balance.minor_units == state.balance
        assert (report.balance.currency, report.version) == (state.currency, counting[-1].version)
        assert report.known_position == model.known_position(known_at)
    else:
        with pytest.raises(LedgerError) as refusal:
            ledger.balance(account, as_of=as_of, known_at=known_at)
        assert refusal.value.code == "no_such_account"
    check_history(ledger, model, account, as_of, known_at, version, limit)
    if as_of is not None or known_at is not None:
        open_then = [
            (name, state.balance)
            for name in model.accounts()
            if (state := state_of(model.entries(name, as_of, known_at))) and state.closed is None
        ]
        assert open_then == [
            (each.account_id, each.balance.minor_units)
            for each in ledger.balances(as_of=as_of, known_at=known_at)
        ]


def check_history(
    ledger: Ledger,
    model: Model,
    account: str,
    as_of: int | None,
    known_at: int | None,
    version: int | None,
    limit: int | None,
) -> None:
    everything = model.entries(account)
    counting = model.entries(account, as_of, known_at, version)
    wrong_version = version is not None and not 1 <= version <= len(everything)
    if wrong_version or not counting:
        with pytest.raises(LedgerError) as refusal:
            ledger.history(account, as_of=as_of, known_at=known_at, at_version=version, limit=limit)
        expected = "invalid_option" if everything and wrong_version else "no_such_account"
        assert refusal.value.code == expected
        return
    report = ledger.history(
        account, as_of=as_of, known_at=known_at, at_version=version, limit=limit
    )
    assert state_in(report.state) == state_of(counting)
    assert (report.version, report.as_of_us, report.known_us, report.known_position) == (
        counting[-1].version,
        as_of,
        known_at,
        model.known_position(known_at),
    )
    lines = []
    balance = 0
    for entry in counting:
        balance += entry.amount
        earlier = everything[: entry.version - 1]
        backdated = any(other.effective > entry.effective for other in earlier)
        lines.append(
            (
                entry.version,
                entry.event_type,
                entry.amount,
                balance,
                entry.words,
                entry.effective,
                entry.recorded,
                entry.other,
                backdated,
            )
        )
    shown = lines if limit is None else lines[max(0, len(lines) - limit) :]
    assert [
        (
            each.version,
            each.event_type,
            each.amount_minor,
            each.balance_minor,
            each.description,
            each.effective_us,
            each.recorded_us,
            each.counterparty,
            each.backdated,
        )
        for each in report.entries
    ] == shown
    assert report.omitted == len(lines) - len(shown)


def check_statement(
    ledger: Ledger,
    model: Model,
    account: str,
    from_time: int | None,
    to_time: int | None,
    known_at: int | None,
) -> None:
    """The statement of a period is its entries in the order of their times, between two sums."""
    period = {"from_time": from_time, "to_time": to_time, "known_at": known_at}
    counting = model.entries(account, to_time, known_at)
    upside_down = from_time is not None and to_time is not None and from_time > to_time
    if upside_down or not counting:
        with pytest.raises(LedgerError) as refusal:
            ledger.statement(account, **period)
        assert refusal.value.code == ("invalid_option" if upside_down else "no_such_account")
        return
    report = ledger.statement(account, **period)
    state = state_of(counting)
    assert state is not None
    assert (report.owner, report.currency) == (state.owner, state.currency)
    assert report.known_position == model.known_position(known_at)
    opening, lines = statement_lines(counting, from_time)
    assert report.opening_balance_minor == opening
    assert [
        (each.version, each.amount_minor, each.balance_minor, each.effective_us)
        for each in report.entries
    ] == [(entry.version, entry.amount, balance, entry.effective) for entry, balance in lines]
    assert report.closing_balance_minor == state.balance
    assert report.total_in_minor == sum(entry.amount for entry, _ in lines if entry.amount > 0)
    assert report.total_out_minor == -sum(entry.amount for entry, _ in lines if entry.amount < 0)


def statement_lines(
    counting: Sequence[Entry], from_time: int | None
) -> tuple[int, list[tuple[Entry, int]]]:
    """The balance before a period, and its entries as they happened, each with the balance then."""
    before = [entry for entry in counting if from_time is not None and entry.effective < from_time]
    opening = balance = sum(entry.amount for entry in before)
    within = [entry for entry in counting if entry not in before]
    lines = []
    for entry in sorted(within, key=lambda entry: (entry.effective, entry.version)):
        balance += entry.amount
        lines.append((entry, balance))
    return opening, lines


def state_in(row: Any) -> State:
    return State(
        row.owner,
        row.currency,
        row.balance_minor,
        row.transaction_count,
        row.opened_us,
        row.last_activity_us,
        row.closed_us,
    )


def status_of(state: State) -> str:
    return "active" if state.closed is None else "closed"
