"""What a ledger must answer, written from the design alone: lists, integers, nothing of `ledger`.

It is slow and plain on purpose: every question goes through the whole log.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

LARGEST = 2**63 - 1
DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4}
"""Of the currencies that the lives of ledgers use; any other is none."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CREDITS = ("deposit", "transfer")
DEBITS = ("withdraw", "transfer")


@dataclass(frozen=True)
class Intent:
    """A command. ``text`` is the owner, the description or the reason."""

    command: str
    account: str
    amount: str = ""
    text: str = ""
    to: str = ""
    currency: str = "USD"
    at: int | None = None
    key: str | None = None
    expected: int | None = None
    decimals: int | None = None

    @property
    def accounts(self) -> list[str]:
        return [self.account, self.to] if self.command == "transfer" else [self.account]

    @property
    def text_field(self) -> str:
        """What people call its text."""
        return {"open": "owner", "close": "reason"}.get(self.command, "description")

    @property
    def request(self) -> dict[str, object]:
        """What a retry under the same key must repeat besides the text, by the names that people
        write.
        """
        asked: dict[str, object] = {"command": self.command}
        if self.command == "transfer":
            asked |= {"from": self.account, "to": self.to}
        else:
            asked["account"] = self.account
        if self.command == "open":
            asked |= {"currency": self.currency, "initial_balance": _number(self.amount)}
            if self.decimals is not None:
                asked["decimals"] = self.decimals
        elif self.command != "close":
            asked["amount"] = _number(self.amount)
        if self.at is not None:
            asked["at"] = self.at
        return asked


class Entry(NamedTuple):
    """One event. ``amount`` is signed minor units, ``words`` the description or the reason."""

    position: int
    account: str
    version: int
    event_type: str
    amount: int
    words: str
    effective: int
    recorded: int
    other: str | None = None
    owner: str = ""
    currency: str = ""


class State(NamedTuple):
    owner: str
    currency: str
    balance: int
    transactions: int
    opened: int
    last_activity: int
    closed: int | None


@dataclass
class Model:
    log: list[Entry] = field(default_factory=list)
    keys: dict[str, tuple[Intent, int]] = field(default_factory=dict)
    """The command that came with each key, and the first position that it wrote."""
    bank: Counter[tuple[str, int, int, str]] = field(default_factory=Counter)
    """How many entries of bank statements were imported, by what makes them the same."""
    began: int = 0
    """When the book was recorded, which no account sees."""

    def copy(self) -> Model:
        return Model(list(self.log), dict(self.keys), Counter(self.bank), self.began)

    @property
    def head(self) -> int:
        """The last position; the first one is the book's."""
        return len(self.log) + 1

    def up_to(self, position: int) -> Model:
        """The log up to a position."""
        return Model(self.log[: max(position - 1, 0)])

    def known_position(self, known_at: int | None) -> int | None:
        """The last position recorded by an instant; recorded times never run backwards."""
        if known_at is None:
            return None
        return sum(at <= known_at for at in (self.began, *(entry.recorded for entry in self.log)))

    # ── questions ───────────────────────────────────────────────────────────────────────────────

    def accounts(self) -> list[str]:
        return sorted({entry.account for entry in self.log})

    def entries(
        self,
        account: str,
        as_of: int | None = None,
        known_at: int | None = None,
        at_version: int | None = None,
    ) -> list[Entry]:
        return [
            entry
            for entry in self.log
            if entry.account == account
            and (as_of is None or entry.effective <= as_of)
            and (known_at is None or entry.recorded <= known_at)
            and (at_version is None or entry.version <= at_version)
        ]

    def state(self, account: str) -> State | None:
        return state_of(self.entries(account))

    def now(self, clock: int) -> int:
        """When an event is recorded, which is the latest time that a command can name."""
        return max([clock, self.began, *(entry.recorded for entry in self.log)])

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def replays(self, intent: Intent) -> int | None:
        """The first position of the same command under the same key, done before."""
        if intent.key not in self.keys:
            return None
        before, position = self.keys[intent.key]
        same = (before.request, before.text) == (intent.request, intent.text)
        return position if same else None

    def differing_fields(self, intent: Intent) -> set[str]:
        assert intent.key is not None
        earlier = self.keys[intent.key][0]
        before, now = earlier.request, intent.request
        if earlier.command != intent.command:  # what else is different says nothing then
            return {"command"}
        other_text = {earlier.text_field} if earlier.text != intent.text else set()
        return {
            name for name in {**before, **now} if before.get(name) != now.get(name)
        } | other_text

    def reasons_against(self, intent: Intent, clock: int) -> set[str]:
        """Codes of the errors that may answer a command; none where it must succeed."""
        if intent.key in self.keys:
            return set() if self.replays(intent) else {"idempotency_key_reused"}
        reasons = set()
        now = self.now(clock)
        at = now if intent.at is None else intent.at
        if at > now:
            reasons.add("invalid_time")
        if intent.expected not in (None, len(self.entries(intent.account))):
            reasons.add("version_conflict")
        if intent.command == "open":
            if self.state(intent.account):
                reasons.add("account_already_open")
            if decimals_of(intent.currency) is None:
                return reasons | {"invalid_currency"}
            minor = _minor_units(intent.amount, intent.currency)
            if minor is None or minor > LARGEST:
                reasons.add("invalid_amount")
            return reasons
        states = [self.state(account) for account in intent.accounts]
        if None in states:
            return reasons | {"no_such_account"}
        for state in filter(None, states):
            if state.closed is not None:
                reasons.add("account_closed")
            if at < state.opened:
                reasons.add("before_opening")
        first = states[0]
        assert first is not None
        if intent.command == "close":
            if at < first.last_activity:
                reasons.add("later_activity")
            if first.balance:
                reasons.add("balance_not_zero")
            return reasons
        return reasons | self._reasons_about_money(intent, at, list(filter(None, states)))

    def _reasons_about_money(self, intent: Intent, at: int, states: Sequence[State]) -> set[str]:
        reasons = set()
        if intent.command == "transfer":
            if intent.account == intent.to:
                reasons.add("same_account")
            if states[0].currency != states[1].currency:
                reasons.add("currency_mismatch")
        minor = _minor_units(intent.amount, states[0].currency)
        if not minor or minor > LARGEST:
            return reasons | {"invalid_amount"}
        if intent.command in DEBITS and self.first_short(intent.account, at, minor) is not None:
            reasons.add("insufficient_funds")
        if intent.command in CREDITS and self.highest(intent.accounts[-1], at) + minor > LARGEST:
            reasons.add("balance_too_large")
        return reasons

    def highest(self, account: str, at: int) -> int:
        """The highest balance at an instant or a later moment."""
        entries = self.entries(account)
        moments = {at} | {entry.effective for entry in entries if entry.effective > at}
        return max(
            sum(entry.amount for entry in entries if entry.effective <= moment)
            for moment in moments
        )

    def first_short(self, account: str, at: int, minor: int) -> int | None:
        """The first moment from an instant on when an account has less than an amount."""
        entries = self.entries(account)
        moments = {at} | {entry.effective for entry in entries if entry.effective > at}
        for moment in sorted(moments):
            if sum(entry.amount for entry in entries if entry.effective <= moment) < minor:
                return moment
        return None

    def carry_out(self, intent: Intent, clock: int) -> list[Entry]:
        """Append the events of a command that nothing speaks against."""
        recorded = self.now(clock)
        at = recorded if intent.at is None else intent.at
        state = self.state(intent.account)
        currency = state.currency if state else intent.currency
        minor = _minor_units(intent.amount, currency) or 0
        drawn: dict[str, list[tuple[str, str, int, str | None]]] = {
            "open": [(intent.account, "AccountOpened", minor, None)],
            "deposit": [(intent.account, "MoneyDeposited", minor, None)],
            "withdraw": [(intent.account, "MoneyWithdrawn", -minor, None)],
            "transfer": [
                (intent.account, "TransferSent", -minor, intent.to),
                (intent.to, "TransferReceived", minor, intent.account),
            ],
            "close": [(intent.account, "AccountClosed", 0, None)],
        }
        written = [
            Entry(
                self.head + place,
                account,
                len(self.entries(account)) + 1,
                event_type,
                amount,
                "" if intent.command == "open" else intent.text,
                at,
                recorded,
                other,
                intent.text if intent.command == "open" else "",
                currency,
            )
            for place, (account, event_type, amount, other) in enumerate(drawn[intent.command], 1)
        ]
        self.log += written
        if intent.key is not None:
            self.keys[intent.key] = (intent, written[0].position)
        return written


def state_of(entries: Sequence[Entry]) -> State | None:
    """The fold, in version order."""
    if not entries:
        return None
    opening = entries[0]
    closings = [entry.effective for entry in entries if entry.event_type == "AccountClosed"]
    return State(
        opening.owner,
        opening.currency,
        sum(entry.amount for entry in entries),
        sum(entry.event_type not in ("AccountOpened", "AccountClosed") for entry in entries),
        opening.effective,
        max(entry.effective for entry in entries),
        closings[0] if closings else None,
    )


def decimals_of(currency: str) -> int | None:
    """Those of a currency, or of a unit of one's own, which is written with them: ``HOURS:2``."""
    unit, colon, decimals = currency.partition(":")
    return int(decimals) if colon else DECIMALS.get(unit)


def text_of(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-DECIMALS.get(currency, 2)))


def other_spelling(intent: Intent) -> Intent:
    """The same command with its amount spelled in another way, where there is one."""
    if "." in intent.amount and intent.amount.endswith("0"):
        return replace(intent, amount=intent.amount.rstrip("0").rstrip("."))
    return replace(intent, amount="0" + intent.amount if intent.amount else "")


def other_command(intent: Intent) -> Intent:
    """Another command with the same words: money goes the other way."""
    if intent.command in ("deposit", "withdraw"):
        other = "withdraw" if intent.command == "deposit" else "deposit"
        return replace(intent, command=other)
    return Intent("deposit", intent.account, "1", key=intent.key)


def _number(text: str) -> Decimal | str:
    return Decimal(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else text


def _minor_units(text: str, currency: str) -> int | None:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return None
    decimals = decimals_of(currency)
    assert decimals is not None
    if len(text.partition(".")[2]) > decimals:
        return None
    return int(Decimal(text).scaleb(decimals))
