"""What the installed command answers to questions, compared with the model."""

from __future__ import annotations

import random

from tests.support.clock import iso
from tests.support.model import Entry, Model, state_of
from tests.support.property.comparisons import statement_lines, status_of
from tests.support.property.drawn_commands import ACCOUNTS
from tests.support.property.installed_driver import ACTOR, Document, InstalledDriver, decimal, now

Point = int | None


def instants(dice: random.Random, model: Model) -> tuple[Point, Point]:
    """An as-of and a known-at time: none, or close to an event."""
    choices: list[Point] = [None, None, now()]
    for entry in dice.sample(model.log, min(4, len(model.log))):
        for moment in (entry.effective, entry.recorded):
            choices += [moment - 1, moment, moment + 1]
    return dice.choice(choices), dice.choice(choices)


def options(**given: object) -> list[str]:
    return [
        f"--{name.replace('_', '-')}={iso(value) if isinstance(value, int) else value}"
        for name, value in given.items()
        if value is not None
    ]


def ask_something(it: InstalledDriver, dice: random.Random) -> None:
    """One question, drawn from a seed."""
    account = dice.choice(ACCOUNTS)
    as_of, known_at = instants(dice, it.model)
    match dice.choice(QUESTIONS):
        case "balance":
            ask_balance(it, account, as_of, known_at)
        case "balances":
            ask_balances(it, as_of, known_at)
        case "accounts":
            ask_accounts(it, dice.choice(["all", "active", "closed"]))
        case "history":
            version = dice.choice([None, None, *range(-1, 9)])
            ask_history(it, account, as_of, known_at, version, dice.choice([None, 0, 1, 5]))
        case "statement":
            ask_statement(it, account, instants(dice, it.model)[0], as_of, known_at)
        case "events":
            ask_events(it, dice.choice([None, account]), dice.randint(1, 9), dice.choice([None, 3]))
        case "replay":
            ask_replay(it, account)


QUESTIONS = ("balance", "balances", "accounts", "history", "statement", "events", "replay")


def ask_balance(it: InstalledDriver, account: str, as_of: Point, known_at: Point) -> None:
    counting = it.model.entries(account, as_of, known_at)
    arguments = [account, *options(as_of=as_of, known_at=known_at)]
    if not counting:
        it.refused({"no_such_account"}, "balance", *arguments)
        return
    expected = {
        **balance_of(counting, as_of, known_at),
        "head": it.head(it.model.head),
        "known_position": it.model.known_position(known_at),
    }
    assert it.ask("balance", *arguments) == expected


def balance_of(counting: list[Entry], as_of: Point, known_at: Point) -> Document:
    state = state_of(counting)
    assert state is not None
    return {
        "account_id": counting[0].account,
        "balance": decimal(state.balance, state.currency),
        "currency": state.currency,
        "version": counting[-1].version,
        "as_of": as_of and iso(as_of),
        "known_at": known_at and iso(known_at),
    }


def ask_balances(it: InstalledDriver, as_of: Point, known_at: Point) -> None:
    """Now, from the projection, which may be behind; at a point, from the log."""
    model = it.model
    if as_of is None and known_at is None:
        model = model.up_to(model.head - it.unseen)
    expected = []
    for account in model.accounts():
        counting = model.entries(account, as_of, known_at)
        state = state_of(counting)
        if state is not None and state.closed is None:
            expected.append(
                {
                    **balance_of(counting, as_of, known_at),
                    "head": it.head(model.head),
                    "known_position": model.known_position(known_at),
                }
            )
    assert it.ask("balance", *options(as_of=as_of, known_at=known_at)) == expected


def ask_accounts(it: InstalledDriver, status: str) -> None:
    seen = it.model.up_to(it.model.head - it.unseen)
    expected = []
    for account in seen.accounts():
        state = seen.state(account)
        assert state is not None
        if status in ("all", status_of(state)):
            expected.append(
                {
                    "account_id": account,
                    "owner": state.owner,
                    "currency": state.currency,
                    "balance": decimal(state.balance, state.currency),
                    "transaction_count": state.transactions,
                    "status": status_of(state),
                    "opened_at": iso(state.opened),
                    "last_activity": iso(state.last_activity),
                    "closed_at": state.closed and iso(state.closed),
                    "head": it.head(seen.head),
                    "overdraft_limit": decimal(0, state.currency),
                }
            )
    assert it.ask("accounts", "--status", status) == expected


def ask_history(
    it: InstalledDriver,
    account: str,
    as_of: Point,
    known_at: Point,
    version: int | None,
    limit: int | None,
) -> None:
    everything = it.model.entries(account)
    counting = it.model.entries(account, as_of, known_at, version)
    arguments = [account, *options(as_of=as_of, known_at=known_at)]
    arguments += [] if version is None else [f"--at-version={version}"]
    arguments += [] if limit is None else [f"--limit={limit}"]
    if everything and version is not None and not 1 <= version <= len(everything):
        it.refused({"invalid_option"}, "history", *arguments)
        return
    if not counting:
        it.refused({"no_such_account"}, "history", *arguments)
        return
    state = state_of(counting)
    assert state is not None
    balances, balance = [], 0
    for entry in counting:
        balance += entry.amount
        balances.append((entry, balance))
    shown = balances if limit is None else balances[max(0, len(balances) - limit) :]
    assert it.ask("history", *arguments) == {
        "account_id": account,
        "as_of": as_of and iso(as_of),
        "known_at": known_at and iso(known_at),
        "state": {
            "owner": state.owner,
            "balance": decimal(state.balance, state.currency),
            "currency": state.currency,
            "status": status_of(state),
            "version": counting[-1].version,
            "transaction_count": state.transactions,
            "overdraft_limit": decimal(0, state.currency),
        },
        "entries": [line_of(entry, balance) for entry, balance in shown],
        "head": it.head(it.model.head),
        "known_position": it.model.known_position(known_at),
    }


OF_CORRECTIONS = (
    *("reverses", "reversed_by", "amends", "amended_by", "corrects", "corrected_by", "withdraws"),
    *("withdrawn_by", "confirmed", "corrects_elsewhere", "corrected_elsewhere", "owner"),
    *("overdraft_limit", "opened_at", "initial_balance", "currency"),
)
"""What this model never does leaves these empty."""


def line_of(entry: Entry, balance: int) -> Document:
    return {
        "version": entry.version,
        "event_type": entry.event_type,
        "amount": decimal(entry.amount, entry.currency),
        "balance": decimal(balance, entry.currency),
        "description": entry.words,
        "effective_at": iso(entry.effective),
        "recorded_at": iso(entry.recorded),
        "counterparty": entry.other,
        "tags": {},
        "receipts": [],
        "actor": ACTOR,
        **dict.fromkeys(OF_CORRECTIONS),
        "amended_by": [],
    }


def ask_statement(
    it: InstalledDriver, account: str, from_time: Point, to_time: Point, known_at: Point
) -> None:
    counting = it.model.entries(account, to_time, known_at)
    arguments = [account, *options(**{"from": from_time, "to": to_time, "known_at": known_at})]
    if from_time is not None and to_time is not None and from_time > to_time:
        it.refused({"invalid_option"}, "statement", *arguments)
        return
    if not counting:
        it.refused({"no_such_account"}, "statement", *arguments)
        return
    state = state_of(counting)
    assert state is not None
    opening, lines = statement_lines(counting, from_time)
    came = sum(entry.amount for entry, _ in lines if entry.amount > 0)
    went = -sum(entry.amount for entry, _ in lines if entry.amount < 0)
    assert it.ask("statement", *arguments) == {
        "account_id": account,
        "owner": state.owner,
        "currency": state.currency,
        "from": from_time and iso(from_time),
        "to": to_time and iso(to_time),
        "known_at": known_at and iso(known_at),
        "opening_balance": decimal(opening, state.currency),
        "entries": [line_of(entry, balance) for entry, balance in lines],
        "total_in": decimal(came, state.currency),
        "total_out": decimal(went, state.currency),
        "closing_balance": decimal(state.balance, state.currency),
        "head": it.head(it.model.head),
        "known_position": it.model.known_position(known_at),
        "left_out": 0,  # this model reverses nothing
    }


def ask_events(it: InstalledDriver, account: str | None, start: int, limit: int | None) -> None:
    """The log, one object a line."""
    arguments = [f"--from-position={start}"]
    arguments += [] if account is None else [f"--account={account}"]
    arguments += [] if limit is None else [f"--limit={limit}"]
    if account is not None and not it.model.entries(account):
        it.refused({"no_such_account"}, "events", *arguments)
        return
    expected = [
        entry
        for entry in it.model.log
        if entry.position >= start and account in (None, entry.account)
    ]
    found = it.ask_lines("events", *arguments)
    if account is None and start <= 1:
        book, *found = found
        assert (book["position"], book["event_type"]) == (1, "BookCreated")
        limit = limit and limit - 1
    for document, entry in zip(found, expected[:limit], strict=True):
        data = document["data"]
        nothing = decimal(0, entry.currency)
        amount = data.get("amount", data.get("initial_balance", nothing))
        assert (
            document["position"],
            document["event_id"],
            document["aggregate_id"],
            document["aggregate_type"],
            document["event_type"],
            document["version"],
            document["effective_at"],
            document["recorded_at"],
        ) == (
            entry.position,
            it.ids[entry.position],
            entry.account,
            "BankAccount",
            entry.event_type,
            entry.version,
            iso(entry.effective),
            iso(entry.recorded),
        )
        assert amount == decimal(abs(entry.amount), entry.currency)
        assert data.get("description", data.get("reason", "")) == entry.words
        assert data.get("owner", "") == entry.owner


def ask_replay(it: InstalledDriver, account: str) -> None:
    """Fold, snapshot and projections agree, exit 0."""
    entries = it.model.entries(account)
    state = state_of(entries)
    if state is None:
        it.refused({"no_such_account"}, "replay", account)
        return
    found = it.ask("replay", account)
    assert (found["version"], found["agrees"]) == (len(entries), True)
    assert found["state"]["balance"] == decimal(state.balance, state.currency)
    assert found["projection_lag"] == it.unseen
