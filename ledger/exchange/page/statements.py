"""The statements of a page, one at a time, and what was confirmed in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ledger.domain.money import format_minor_units
from ledger.exchange.exports import Extract
from ledger.exchange.page.drawing import LineChart, step_chart
from ledger.exchange.page.summary import Figures
from ledger.exchange.page.wording import count, moment_of, start_of
from ledger.queries.history import HistoryEntry
from ledger.queries.several_statements import Statements
from ledger.queries.statements import Statement
from ledger.visible import visible

_SAID_BY_THE_SIGN: Final = ("deposit", "withdrawal")


class Row(NamedTuple):
    """An entry, as texts.

    Attributes:
        text: what it was for, or where nobody said so, what it is.
        notes: what else there is to say.
        kind: ``confirmed`` or ``changed`` for a confirmation that holds or does not, else empty.
    """

    number: int
    year: str
    day: str
    text: str
    notes: str
    amount: str
    balance: str
    kind: str


class Section(NamedTuple):
    """The statement of an account.

    Attributes:
        sums: as the summary has them; None where it has none, since nothing moved.
        quiet: whether there is nothing between the balances before and after.
        one_year: whether all of its days are in one year.
    """

    account_id: str
    owner: str
    currency: str
    before: str
    after: str
    sums: Figures | None
    quiet: bool
    rows: Iterator[Row]
    entries: int
    left_out: int
    closed: str
    chart: LineChart | None
    chart_ends: tuple[str, str]
    lowest: str
    highest: str
    one_year: bool


class Confirmation(NamedTuple):
    """A balance that somebody else's books say, too."""

    account_id: str
    moment: str
    balance: str
    currency: str
    source: str
    holds: bool


class Sections(Iterator[Section]):
    """The statements of an extract; none is kept once the next one is asked for.

    Args:
        sums: those of each account.

    Attributes:
        entries, accounts: how many were given so far.
        confirmations: of those.
    """

    def __init__(self, part: Extract, sums: Mapping[str, Figures]) -> None:
        self.entries = 0
        self.accounts = 0
        self.confirmations: list[Confirmation] = []
        self._part = part
        self._sums = sums
        self._statements = Statements(part.source, part.point, part.from_us, part.accounts or None)

    def __next__(self) -> Section:
        found = next(self._statements)
        self.accounts += 1
        section = self._section(found)
        self.entries += section.entries
        changed = found.changed_confirmations
        for entry in found.entries:
            if entry.confirmed_minor is not None:
                self.confirmations.append(
                    Confirmation(
                        visible(found.account_id),
                        moment_of(self._part.zone, entry.effective_us),
                        format_minor_units(entry.confirmed_minor, found.decimals),
                        found.currency,
                        visible(entry.description),
                        entry.version not in changed,
                    )
                )
        return section

    def _section(self, found: Statement) -> Section:
        zone = self._part.zone
        moved = [each for each in found.entries if each.confirmed_minor is None]
        first, last = found.from_us, found.to_us
        if moved:
            first = moved[0].effective_us if first is None else first
            last = moved[-1].effective_us if last is None else min(last, self._part.made_us)
            last = max(last, moved[-1].effective_us)
        chart, balances = None, [found.opening_balance_minor]
        if moved and first is not None and last is not None:
            points = ((each.effective_us, each.balance_minor) for each in moved)
            chart = step_chart(found.opening_balance_minor, points, first, last, found.decimals)
            balances = [each.balance_minor for each in moved]
        ends = ("", "")
        years = set[int]()
        if first is not None and last is not None:
            ends = zone.day_of(first).isoformat(), zone.day_of(last).isoformat()
            years = {zone.day_of(each).year for each in (first, last)}
        return Section(
            visible(found.account_id),
            visible(found.owner),
            found.currency,
            format_minor_units(found.opening_balance_minor, found.decimals),
            format_minor_units(found.closing_balance_minor, found.decimals),
            self._sums.get(found.account_id),
            not found.entries,
            self._rows(found),
            sum(each.amount_minor != 0 for each in moved),
            found.left_out,
            "" if found.closed_us is None else start_of(zone, found.closed_us),
            chart,
            ends,
            format_minor_units(min(balances), found.decimals),
            format_minor_units(max(balances), found.decimals),
            len(years) == 1,
        )

    def _rows(self, found: Statement) -> Iterator[Row]:
        zone, changed = self._part.zone, found.changed_confirmations
        for entry in found.entries:
            day = zone.day_of(entry.effective_us).isoformat()
            confirmed = entry.confirmed_minor is not None
            yield Row(
                entry.version,
                day[:-5],
                day[-5:],
                visible(_text(entry)),
                visible(_notes(entry)),
                format_minor_units(entry.amount_minor, entry.decimals)
                if entry.amount_minor
                else "",
                format_minor_units(entry.balance_minor, entry.decimals),
                "" if not confirmed else "changed" if entry.version in changed else "confirmed",
            )


def _said(entry: HistoryEntry) -> bool:
    """Whether somebody said what it was for."""
    return bool(entry.description.strip())


def _text(entry: HistoryEntry) -> str:
    if entry.confirmed is not None:
        return f"Balance confirmed: {entry.confirmed}"
    if _said(entry):
        return entry.description
    return f"{entry.what[:1].upper()}{entry.what[1:]}"


def _notes(entry: HistoryEntry) -> str:
    """What else there is to say of an entry, in a line."""
    notes = []
    if entry.confirmed is not None and _said(entry):
        notes.append(entry.description)
    elif _said(entry) and entry.what not in _SAID_BY_THE_SIGN:
        notes.append(entry.what)
    if entry.erased:
        notes.append("text erased")
    notes += [f"{key}={value}" for key, value in entry.tags.items()]
    if entry.receipts:
        notes.append(count(len(entry.receipts), "receipt", "receipts"))
    notes += [
        f"{words} no. {version}"
        for words, version in (
            ("reverses", entry.reverses),
            ("reversed by", entry.reversed_by),
            ("corrects", entry.corrects),
            ("corrected by", entry.corrected_by),
        )
        if version is not None
    ]
    notes += [
        f"{words} no. {other.version} of {other.account_id}"
        for words, other in (
            ("corrects", entry.corrects_elsewhere),
            ("corrected by", entry.corrected_elsewhere),
        )
        if other is not None
    ]
    return " · ".join(notes)
