"""Showing the ledger as a whole, and what was changed about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.cli.environment import Environment
from ledger.cli.output import documents
from ledger.cli.output.answer import answer
from ledger.cli.output.counted import counted
from ledger.cli.output.documents import Document, instant
from ledger.domain.aggregate import ERASED
from ledger.domain.book_events import LedgerMigrated
from ledger.domain.instant import format_instant
from ledger.eventstore.records import head_text
from ledger.queries.book import BookReport
from ledger.visible import visible

if TYPE_CHECKING:
    from ledger.commands.ledger_events import LedgerEvent

BOOK: Final = (
    "path",
    "absolute_path",
    "ledger_id",
    "name",
    "time_zone",
    "time_zones",
    "created_at",
    "size",
    "events",
    "accounts",
    "head",
    "last_recorded_at",
    "locked_until",
    "clock_corrections",
    "test",
    "migrated_from",
    "recorded_ahead",
    "dated_ahead",
)


def book_document(env: Environment, found: BookReport) -> Document:
    """The answer to ``book``."""
    test, source = found.test, found.migrated_from
    ahead, dated = found.recorded_ahead, found.dated_ahead
    return {
        "path": env.path,
        "absolute_path": env.absolute_path,
        "ledger_id": found.ledger_id,
        "name": found.name,
        "time_zone": found.time_zone,
        "time_zones": [
            {"from": instant(since), "time_zone": zone} for since, zone in found.time_zones
        ],
        "created_at": format_instant(found.created_us),
        "size": found.size,
        "events": found.events,
        "accounts": found.accounts,
        "head": found.head.short,
        "last_recorded_at": format_instant(found.head.recorded_us),
        "locked_until": instant(found.locked_until_us),
        "clock_corrections": [
            {
                "version": each.version,
                "position": each.position,
                "from_position": each.from_position,
                "recorded_at": format_instant(each.recorded_us),
                "reason": each.reason,
                "stands": each.stands,
            }
            for each in found.corrections
        ],
        "test": None if test is None else {"clock": test.clock, "seed": test.seed},
        "migrated_from": None
        if source is None
        else {
            "ledger_id": source.ledger_id,
            "head": None if source.head == ERASED else _source_head(source),
            "format": source.format,
        },
        "recorded_ahead": None
        if ahead is None
        else {
            "events": ahead.events,
            "from_position": ahead.from_position,
            "to_position": ahead.to_position,
            "since": format_instant(ahead.since_us),
            "until": format_instant(ahead.until_us),
        },
        "dated_ahead": None
        if dated is None
        else {
            "events": dated.events,
            "position": dated.position,
            "account_id": dated.account_id,
            "until": format_instant(dated.until_us),
        },
    }


def show_book(env: Environment, found: BookReport) -> None:
    """Show it all."""
    document = book_document(env, found)
    answer(
        env,
        document=document,
        rows=[document],
        columns=BOOK,
        person=lambda: _draw(env, found),
    )


def show_change(
    env: Environment, command: str, event: LedgerEvent, summary: str, **facts: object
) -> None:
    """Answer a command that changed the book: on a terminal in a sentence.

    Args:
        summary: what was done.
        facts: what the answer tells besides, by name.
    """
    document = {"command": command, **facts, "events": [documents.event_reference(event.recorded)]}
    answer(
        env,
        document=document,
        rows=[document],
        columns=("command", *facts),
        person=lambda: env.write(f"{visible(summary)}\n"),
    )


def _draw(env: Environment, found: BookReport) -> None:
    from ledger.cli.output.tables import Cell, show_head, show_line

    lines = list(_lines(env, found))
    widest = max(len(what) for what, _ in lines)
    for what, text in lines:
        show_line(env, Cell(what.ljust(widest + 2), "dim"), text)
    for warning in _warnings(env, found):
        show_line(env, Cell(warning, "yellow"))
    show_head(env, found.head)


def _lines(env: Environment, found: BookReport) -> list[tuple[str, str]]:
    path, absolute = env.path, env.absolute_path
    lines = [("Server" if env.is_on_server else "File", path)]
    if absolute != path:
        lines.append(("", absolute))
    lines += [("Id", found.ledger_id), ("Name", found.name or "none")]
    lines.append(("Time zone", found.time_zone))
    lines += [
        ("", f"{zone} " + ("at first" if since is None else f"from {env.table_time(since)}"))
        for since, zone in (found.time_zones if len(found.time_zones) > 1 else ())
    ]
    lines.append(("Created", env.table_time(found.created_us)))
    if found.size is not None:
        lines.append(("Size", f"{found.size:,} bytes"))
    lines += [("Changes", f"{found.events:,}"), ("Accounts", f"{found.accounts:,}")]
    lines.append(("Last recorded", env.table_time(found.head.recorded_us)))
    if found.locked_until_us is not None:
        lines.append(("Locked until", env.table_time(found.locked_until_us)))
    for each in found.corrections:
        withdrawn = "" if each.stands else " (withdrawn)"
        reason = f": {each.reason}" if each.reason else ""
        words = f"{env.table_time(each.recorded_us)} from position {each.from_position}{reason}"
        lines.append(("Clock corrected", words + withdrawn))
    if found.test is not None:
        lines.append(("Test ledger", f"clock {found.test.clock}, seed {found.test.seed}"))
    if found.migrated_from is not None:
        source = found.migrated_from
        words = f"{source.ledger_id}, format {source.format}, head {_source_head(source)}"
        lines.append(("Migrated from", words))
    return lines


def _source_head(source: LedgerMigrated) -> str:
    """The head that it was migrated at, which is kept with all digits until it is erased."""
    return source.head if source.head == ERASED else head_text(*source.head.split(":", 1))


def _warnings(env: Environment, found: BookReport) -> list[str]:
    from ledger.cli.retyped import command

    ahead, dated = found.recorded_ahead, found.dated_ahead
    if ahead is not None:
        return [
            f"{counted(ahead.events, 'change')} from position {ahead.from_position} on, recorded "
            f"up to {env.table_time(ahead.until_us)}: that is later than this machine's clock says",
            "if this clock is right: " + command(env, "book", "correct-clock"),
        ]
    if dated is not None:
        return [
            f"{counted(dated.events, 'change')} dated later than now, up to "
            f"{env.table_time(dated.until_us)}; the first is at position {dated.position}, account "
            f"{dated.account_id}"
        ]
    return []
