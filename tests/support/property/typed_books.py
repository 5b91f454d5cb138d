"""A naive book and the ledger file of the installed command, which are told the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.support.clock import iso
from tests.support.fork_server import ForkServer
from tests.support.fuzz.exit_contract import check_exit
from tests.support.naive_book import UNLIMITED, Book
from tests.support.naive_intents import DECIMALS, Intent, Refused
from tests.support.naive_lives import SECOND, START
from tests.support.naive_log import BOOK, OPENINGS, Event, State
from tests.support.program import Outcome, environment
from tests.support.property.lived_books import OWNER, receipt

TICK: Final = 60 * SECOND

Fields = dict[str, Any]

ARGUMENTS: Final = {
    "open": ("account",),
    "deposit": ("account", "amount"),
    "withdraw": ("account", "amount"),
    "transfer": ("from", "to", "amount"),
    "close": ("account",),
    "reopen": ("account",),
    "amend": ("account",),
    "reverse": ("account", "version"),
    "correct": ("account", "version"),
    "amend-entry": ("account", "version"),
    "confirm": ("account", "amount"),
    "withdraw-confirmation": ("account", "version"),
    "lock": ("until",),
    "unlock": ("until",),
    "undo": (),
}
"""What of a command is typed without a name; the rest are options, named like the fields."""


class TypedBook:
    """A test ledger that is used through its command line, and the naive book beside it.

    Its clock goes on by a tick with each event, so that the naive book knows the time before.
    """

    def __init__(self, server: ForkServer, folder: Path, place: str | Path) -> None:
        self._server, self._folder, self._place = server, folder, place
        self.book = Book()
        self.counted: Counter[str] = Counter()
        for name in "xyz":
            (folder / name).write_text(name)

    # ── telling both ────────────────────────────────────────────────────────────────────────────

    def clock(self, book: Book) -> int:
        """The time of the next event; the ledger has its book's creation before them all."""
        return START + TICK * (len(book.log) + 2)

    def type(self, intent: Intent) -> None:
        """Give one command a process of its own."""
        before = Book(list(self.book.log))
        intent = self._timed(intent, before)
        refused = self._told(self.book, intent)
        arguments = typed(fields_of(intent, before), intent)
        outcome = self.run(*arguments, actor=intent.actor)
        error = check_exit(outcome)
        if refused:
            self._check_refusal(error, refused)
            return
        assert outcome.status == 0, (intent, outcome)
        self._check_answer(outcome.json, self.book.log[len(before.log) :])

    def batch(self, intents: Sequence[Intent], *, going_on: bool) -> None:
        """Give several commands to one process; all of them or none, unless it is to go on."""
        ahead, lines, expected = Book(list(self.book.log)), [], []
        for intent in intents:
            timed = self._timed(intent, ahead)
            lines.append(json.dumps(fields_of(timed, ahead)))
            length = len(ahead.log)
            refused = self._told(ahead, timed)
            expected.append(refused or ahead.log[length:])
            if refused and not going_on:
                break
        options = ["--continue-on-error"] if going_on else []
        outcome = self.run(
            *("batch", "-", "--json", *options),
            actor=intents[0].actor,
            stdin="\n".join(lines).encode(),
        )
        error = check_exit(outcome)
        last = expected[-1]
        if isinstance(last, Refused) and not going_on:
            assert error["details"]["line"] == len(lines), outcome
            assert outcome.out == ""
            self._check_refusal(error, last)
            return
        answers = [json.loads(line) for line in outcome.out.splitlines()]
        for answer, wanted in zip(answers, expected, strict=True):
            if isinstance(wanted, Refused):
                self._check_refusal(answer["error"], wanted)
            else:
                self._check_answer(answer, wanted)
        self.book = ahead

    def run(self, *arguments: str, actor: str = "ana", stdin: bytes = b"") -> Outcome:
        self.counted["processes"] += 1
        env = environment(
            self._folder,
            self._place,
            LEDGER_CLOCK=f"{iso(START)}+{TICK // SECOND}s",
            LEDGER_SEED="7",
            LEDGER_ACTOR=actor,
        )
        return self._server.run(*arguments, cwd=self._folder, env=env, stdin=stdin)

    def _timed(self, intent: Intent, book: Book) -> Intent:
        timed = replace(intent, clock=self.clock(book))
        if timed.command == "lock" and timed.at is None:
            return replace(timed, at=timed.clock)
        return timed

    def _told(self, book: Book, intent: Intent) -> Refused | None:
        outcome = book.carry_out(intent)
        refused = outcome if isinstance(outcome, Refused) else None
        self.counted[f"refused {intent.command}" if refused else intent.command] += 1
        return refused

    def _check_refusal(self, error: dict[str, Any], refused: Refused) -> None:
        """Where several rules refuse a command, either may ask first."""
        assert error, refused
        if refused.moment is not None and {error["code"], refused.code} == {"insufficient_funds"}:
            assert error["details"]["at"] == iso(refused.moment)

    def _check_answer(self, answer: dict[str, Any], written: Sequence[Event]) -> None:
        events = [answer["event"]] if "event" in answer else answer["events"]
        assert [
            (each["event_type"], each["version"], each["effective_at"], each["recorded_at"])
            for each in events
        ] == [
            (e.kind, e.version + (e.stream == BOOK), iso(e.effective), iso(e.recorded))
            for e in written
        ]

    # ── asking ──────────────────────────────────────────────────────────────────────────────────

    def ask(self, account: str, as_of: int | None, known_at: int | None) -> None:
        """The state of an account, on both clocks."""
        options = [
            f"{name}={iso(moment)}"
            for name, moment in (("--as-of", as_of), ("--known-at", known_at))
            if moment is not None
        ]
        outcome = self.run("history", account, "--json", *options)
        wanted = self.book.state(account, as_of, known_at)
        if wanted is None:
            assert check_exit(outcome)["code"] == "no_such_account", outcome
            return
        assert outcome.status == 0, outcome
        found = outcome.json["state"]
        assert {name: found[name] for name in ("balance", "currency", "transaction_count")} == {
            "balance": amount_of(wanted.balance, wanted),
            "currency": wanted.currency,
            "transaction_count": wanted.entries,
        }
        assert found["status"] == ("active" if wanted.closed is None else "closed")

    def check_log(self) -> None:
        """The ledger's own check finds nothing, and the log is the naive one."""
        assert self.run("verify", "--json").json["findings"] == []
        lines = self.run("events", "--json", "--from-position", "2").out.splitlines()
        assert [
            (each["aggregate_id"], each["event_type"], each["effective_at"], each["recorded_at"])
            for each in map(json.loads, lines)
        ] == [
            (each.stream, each.kind, iso(each.effective), iso(each.recorded))
            for each in self.book.log
        ]


def amount_of(minor: int, state: State | None) -> str:
    decimals = state.decimals if state else 2
    return f"{Decimal(minor).scaleb(-decimals):.{decimals}f}"


def fields_of(intent: Intent, book: Book) -> Fields:
    """The line of a batch that says what an intent says; ``book`` is as it was before."""
    fields = _Line(intent, book)()
    return {name: value for name, value in fields.items() if value is not None}


class _Line:
    """The methods are named like the commands of the naive book."""

    def __init__(self, intent: Intent, book: Book) -> None:
        self.intent, self.book = intent, book
        self.state = book.state(intent.account)
        self.at = None if intent.at is None else iso(intent.at)
        self.amount = None if intent.amount is None else amount_of(intent.amount, self.state)

    def __call__(self) -> Fields:
        fields: Fields = getattr(self, self.intent.command)()
        command = fields.pop("command", self.intent.command.replace("_", "-"))
        return {"command": command, **fields}

    def limit(self, decimals: int) -> str | None:
        limit = self.intent.limit
        if limit is None:
            return None
        return "unlimited" if limit == UNLIMITED else f"{Decimal(limit).scaleb(-decimals):f}"

    def open(self) -> Fields:
        intent = self.intent
        decimals = DECIMALS.get(intent.currency or "USD", intent.decimals or 0)
        return {
            "account": intent.account,
            "owner": intent.text or OWNER,
            "currency": intent.currency,
            "initial_balance": f"{Decimal(intent.amount or 0).scaleb(-decimals):f}",
            "decimals": intent.decimals,
            "overdraft": self.limit(decimals),
            "at": self.at,
        }

    def amend_opening(self) -> Fields:
        intent, balance = self.intent, None
        if self.state is not None:
            opening = [e for e in self.book.events(intent.account) if e.kind in OPENINGS][-1]
            decimals = self.state.decimals
            if intent.currency is not None:
                decimals = DECIMALS.get(intent.currency, intent.decimals or 0)
            amount = opening.amount if intent.amount is None else intent.amount
            balance = f"{Decimal(amount).scaleb(-decimals):f}"
        return {
            "command": "amend",
            "account": intent.account,
            "opened_at": self.at,
            "initial_balance": balance,
            "currency": intent.currency,
            "decimals": intent.decimals,
        }

    def amend(self) -> Fields:
        intent = self.intent
        limit = self.limit(self.state.decimals if self.state else 2)
        return {
            "account": intent.account,
            "owner": intent.text,
            "overdraft": limit,
            "at": self.at,
        }

    def close(self) -> Fields:
        return {"account": self.intent.account, "reason": self.intent.text, "at": self.at}

    reopen = close

    def deposit(self) -> Fields:
        intent = self.intent
        return {
            "account": intent.account,
            "amount": self.amount,
            "description": intent.text,
            "at": self.at,
        }

    withdraw = deposit

    def transfer(self) -> Fields:
        fields = self.deposit()
        return {"from": fields.pop("account"), "to": self.intent.to, **fields}

    def reverse(self) -> Fields:
        return {**self.close(), "version": self.intent.version}

    def correct(self) -> Fields:
        intent = self.intent
        events = self.book.events(intent.account)
        is_transfer = 0 < intent.version <= len(events) and events[intent.version - 1].transfer
        return {
            **self.amend_entry(),
            "amount": self.amount,
            "into": None if is_transfer else intent.to or None,
            "from": intent.source or None,
            "to": intent.to or None if is_transfer else None,
            "at": self.at,
        }

    def amend_entry(self) -> Fields:
        intent = self.intent
        fields: Fields = {
            "account": intent.account,
            "version": intent.version,
            "description": intent.text,
        }
        if intent.tags is not None:
            fields["tags"] = dict(tag.split("=") for tag in sorted(intent.tags))
        if intent.receipts is not None:
            entries = {each.version: each for each in self.book.entries(intent.account)}
            entry = entries.get(intent.version)
            has = (entry.receipts or frozenset()) if entry else frozenset()
            fields["receipts"] = [
                {"size": each.size, "sha256": each.sha256}
                for each in map(receipt, sorted(intent.receipts - has))
            ]
            fields["without_receipts"] = [
                receipt(name).sha256 for name in sorted(has - intent.receipts)
            ]
        return fields

    def undo(self) -> Fields:
        return {"reason": self.intent.text}

    def confirm(self) -> Fields:
        return {
            "account": self.intent.account,
            "amount": self.amount,
            "source": self.intent.text,
            "at": self.at,
        }

    def withdraw_confirmation(self) -> Fields:
        return {"account": self.intent.account, "version": self.intent.version}

    def lock(self) -> Fields:
        return {"until": self.at, "reason": self.intent.text}

    def unlock(self) -> Fields:
        return {"until": self.at, "reason": self.intent.text or ""}


def typed(line: Fields, intent: Intent) -> list[str]:
    """A batch's line as it is typed."""
    fields = dict(line)
    command = fields.pop("command")
    words = [str(fields.pop(name)) for name in ARGUMENTS[command] if name in fields]
    options: list[str] = []
    if command == "undo":
        options.append("--yes")
    if command == "confirm" and "at" in fields:
        fields["as-of"] = fields.pop("at")
    if command == "withdraw-confirmation":
        command = "confirm"
        options.append("--withdraw")
    if "into" in fields:
        fields["account"] = fields.pop("into")
    options += [f"--tag={key}={value}" for key, value in fields.pop("tags", {}).items()]
    options += [f"--no-receipt={digest}" for digest in fields.pop("without_receipts", ())]
    if added := fields.pop("receipts", ()):
        names = {receipt(name).sha256: name for name in intent.receipts or ()}
        options += [f"--receipt={names[each['sha256']]}" for each in added]
    options += [f"--{name.replace('_', '-')}={value}" for name, value in fields.items()]
    return [command, "--json", *options, "--", *words]
