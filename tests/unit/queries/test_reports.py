"""Reports over years of several currencies, in zones whose clocks change, beside the definition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger import Ledger
from ledger.errors import LedgerError
from ledger.queries.reports.lines import ReportLine
from tests.support.clock import DAY, EPOCH, HOUR, Clock, utc
from tests.support.report_model import Line, ReportModel, Row

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
ACCOUNTS = {
    "club:bank": ("USD", 2),
    "club:cash": ("USD", 2),
    "bar": ("USD", 2),
    "camp": ("JPY", 0),
    "camp:bus": ("JPY", 0),
    "coins": ("BTC", 8),
}
BY = ("day", "week", "month", "quarter", "year", "account", "tag:category", "tag:event")


class Years:
    """Random years of a ledger, with the rows that a report adds up after each step."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.zone = ZoneInfo(self.dice.choice(ZONES))
        self.clock = Clock("2023-10-20T11:00")
        self.ledger = Ledger.in_memory(clock=self.clock, book={"time_zone": self.zone.key})
        self.rows: dict[tuple[str, int], Row] = {}
        self.known: list[tuple[int, list[Row]]] = []

    def day_of(self, instant: int) -> date:
        return (EPOCH + timedelta(microseconds=instant)).astimezone(self.zone).date()

    def midnight(self, day: date) -> int:
        start = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (start.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)

    def live(self) -> None:
        for account, (currency, decimals) in ACCOUNTS.items():
            initial = self.dice.choice((0, 0, 1250, 2**63 - 2**20))
            self.ledger.open_account(
                account, "Ana", currency, _text(initial, decimals), decimals=decimals,
                overdraft="unlimited",
            )  # fmt: skip
            self._note(account, 1, initial, {}, "", self.clock.now, initial=True)
        for _ in range(40):
            self.known.append((self.clock.now, list(self.rows.values())))
            self.clock.now += self.dice.choice((1, 3 * HOUR, DAY, 9 * DAY, 40 * DAY))
            with suppress(LedgerError):
                getattr(self, self.dice.choice(("pay", "pay", "move", "move", "undo", "tag")))()

    def pay(self) -> None:
        account, (_, decimals) = self.dice.choice(list(ACCOUNTS.items()))
        amount, tags = self.dice.randrange(1, 2**20), self._tags()
        way = self.dice.choice((1, -1))
        pay = self.ledger.deposit if way > 0 else self.ledger.withdraw
        at = self._at()
        result = pay(account, _text(amount, decimals), tags=tags, at=at)
        self._note(account, result.recorded[0].version, way * amount, tags, "", at)

    def move(self) -> None:
        sender, receiver = self.dice.sample(list(ACCOUNTS), 2)
        amount, tags, at = self.dice.choice((700, 2**62)), self._tags(), self._at()
        amount = amount if ACCOUNTS[sender] == ("USD", 2) else 11
        text = _text(amount, ACCOUNTS[sender][1])
        sent, received = self.ledger.transfer(sender, receiver, text, tags=tags, at=at).recorded
        self._note(sender, sent.version, -amount, tags, receiver, at)
        self._note(receiver, received.version, amount, tags, sender, at)

    def undo(self) -> None:
        (account, version), row = self.dice.choice(list(self.rows.items()))
        at = self.dice.choice((None, row.effective + DAY))
        for event in self.ledger.reverse(account, version, at=at).recorded:
            pairs = [(account, version)]
            if event.stream_id != account:
                pairs = [
                    key
                    for key, other in self.rows.items()
                    if key[0] == event.stream_id
                    and (other.effective, other.amount) == (row.effective, -row.amount)
                    and other.other == account
                    and not other.undone
                ]
            for key in pairs[-1:]:
                reversed_row, same = self.rows[key], event.effective_at == row.effective
                self.rows[key] = reversed_row._replace(undone=int(same))
                self.rows[event.stream_id, event.version] = reversed_row._replace(
                    effective=event.effective_at, amount=-reversed_row.amount, undone=2 * same
                )

    def tag(self) -> None:
        (account, version), row = self.dice.choice(list(self.rows.items()))
        if row.other or row.initial or row.undone:
            return
        self.ledger.amend_entry(account, version, {"tags": (changes := self._tags())})
        tags = row.tags | changes
        self.rows[account, version] = row._replace(tags=tags)
        for key, other in self.rows.items():
            reverses = [
                entry.reverses
                for entry in self.ledger.history(account).entries
                if key == (account, entry.version)
            ]
            if reverses == [version]:
                self.rows[key] = other._replace(tags=tags)

    def _tags(self) -> dict[str, str]:
        dice = self.dice
        tags = (
            {"category": dice.choice(("dues", "rent", "Müsli & Co."))}
            if dice.random() < 0.7
            else {}
        )
        return tags | ({"event": dice.choice(("gala", "camp"))} if dice.random() < 0.3 else {})

    def _at(self) -> int:
        return max(utc("2023-10-20T11:00"), self.clock.now - self.dice.choice((0, HOUR, 30 * DAY)))

    def _note(
        self,
        account: str,
        version: int,
        amount: int,
        tags: dict[str, str],
        other: str,
        at: int,
        *,
        initial: bool = False,
    ) -> None:
        unit = ACCOUNTS[account]
        self.rows[account, version] = Row(account, at, amount, unit, tags, other, initial, 0)

    def questions(self) -> Iterator[tuple[dict[str, Any], ReportModel]]:
        dice = self.dice
        days = [self.day_of(row.effective) for row in self.rows.values()]
        for _ in range(8):
            known_at, rows = dice.choice((*self.known, (None, list(self.rows.values()))))
            by = dice.sample(BY, dice.choice((1, 2, 3)))
            prefixes = dice.choice(
                ((), ("club:",), ("camp", "bar"), ("club:cash", "club:"), ("camp", "c"))
            )
            first, last = sorted(dice.choices(days, k=2))
            begin = dice.choice((None, first))
            end = dice.choice((None, last, date(9999, 12, 31)))
            asked: dict[str, Any] = {"prefixes": prefixes, "by": by, "known_at": known_at}
            asked |= {"from_time": begin, "to_time": end}
            ever = end == date(9999, 12, 31)
            until = None if end is None or ever else self.midnight(end + timedelta(days=1)) - 1
            since = None if begin is None else self.midnight(begin)
            to = 2**60 if ever else until
            model = ReportModel(
                rows, self.day_of, self.clock.now, by, prefixes, since, to, accounts=ACCOUNTS
            )
            yield asked, model


def _text(minor_units: int, decimals: int) -> str:
    digits = str(minor_units).rjust(decimals + 1, "0")
    return f"{digits[: len(digits) - decimals]}.{digits[len(digits) - decimals :]}".rstrip(".")


def told(line: ReportLine) -> Line:
    return Line(
        line.path,
        (line.currency, line.decimals),
        line.opening_balance_minor,
        line.initial_minor,
        line.in_minor,
        line.out_minor,
        line.transfers_minor,
        line.closing_balance_minor,
        line.entries,
    )


@pytest.mark.parametrize("begin", range(0, 12, 4))
def test_years_of_several_currencies_in_any_zone(begin: int) -> None:
    beyond = 0
    for seed in range(begin, begin + 4):
        years = Years(seed)
        years.live()
        with closing(years.ledger):
            for asked, model in years.questions():
                keys = {key for row in years.rows.values() for key in row.tags}
                if not keys.issuperset({"category", "event"}):
                    continue
                found = years.ledger.report(**asked)
                assert [told(line) for line in found.lines] == model.lines(), (seed, asked)
                assert found.left_out == model.left_out, (seed, asked)
                beyond += any(
                    line.in_minor >= 2**63 or (line.closing_balance_minor or 0) >= 2**63
                    for line in found.lines
                )
    assert beyond
