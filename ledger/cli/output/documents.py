"""The JSON contract: what each answer looks like to a program. Amounts are decimal strings, times
ISO 8601 in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from ledger.commands.results import AccountFigures, WriteResult
from ledger.domain.events import AccountAmended, EntryAmended, OpeningAmended, TransferReceived
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units, limit_text
from ledger.errors import LedgerError
from ledger.eventstore.records import RecordedEvent
from ledger.projections.projector import ProjectionStatus

if TYPE_CHECKING:
    from ledger.commands.corrected_entries import Elsewhere
    from ledger.commands.erasing import ErasureReport
    from ledger.exchange.exports import Exported
    from ledger.exchange.publishing.publisher import PublicationStatus
    from ledger.queries.account_details import AccountDetails
    from ledger.queries.balances import AccountReport, BalanceReport
    from ledger.queries.history import HistoryEntry, HistoryReport
    from ledger.queries.replay import Agreement, ReplayStep
    from ledger.queries.snapshots import SnapshotInfo
    from ledger.queries.statements import Statement
    from ledger.verification.backup import BackupReport

Document = dict[str, Any]

_NO_AMENDMENT: Final = AccountAmended()


def instant(value: int | None) -> str | None:
    return None if value is None else format_instant(value)


def error(error: LedgerError, hint: str | None = None) -> Document:
    """The answer to a command that was refused or failed.

    Args:
        hint: what to do next; the error's own advice where there is no more to say.
    """
    return {
        "error": {
            "code": error.code,
            "message": _encodable(error.message),
            "hint": _encodable(error.advice if hint is None else hint),
            "details": {name: _encodable(value) for name, value in error.details.items()},
        }
    }


def _encodable(value: object) -> object:
    """A value for JSON: bytes of the command line or a path that are not UTF-8 become escapes."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


_ONE_ACCOUNT: Final = ("open", "close", "deposit", "withdraw")


def write_result(result: WriteResult) -> Document:
    """The answer to a command."""
    accounts = [figures(account) for account in result.accounts]
    events = [event_reference(event) for event in result.recorded]
    if not result.accounts:
        return {
            "command": result.command,
            "locked_until": instant(getattr(result.produced[0], "until", None)),
            "events": events,
            "replayed": result.replayed,
        }
    if result.command == "transfer":
        sender, recipient = accounts
        return {
            "command": result.command,
            "transfer_id": result.transfer_id,
            "from": sender,
            "to": recipient,
            "events": events,
            "replayed": result.replayed,
        }
    document = {
        "command": result.command,
        **accounts[0],
        **({} if result.command in _ONE_ACCOUNT else {"accounts": accounts}),
        "events": events,
        "replayed": result.replayed,
    }
    last: Any = result.produced[-1]
    if isinstance(last, TransferReceived):  # a transfer was corrected: that of the right one
        document["transfer_id"] = last.transfer_id
    return document


def figures(account: AccountFigures) -> Document:
    return {
        "account_id": account.account_id,
        "balance": format_minor_units(account.balance.minor_units, account.balance.decimals),
        "currency": account.balance.currency,
        "version": account.version,
    }


def event_reference(event: RecordedEvent) -> Document:
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "version": event.version,
        "position": event.position,
        "effective_at": format_instant(event.effective_at),
        "recorded_at": format_instant(event.recorded_at),
    }


def balance(report: BalanceReport) -> Document:
    return {
        "account_id": report.account_id,
        "balance": format_minor_units(report.balance.minor_units, report.balance.decimals),
        "currency": report.balance.currency,
        "version": report.version,
        "as_of": instant(report.as_of_us),
        "known_at": instant(report.known_us),
        "head": report.head.short,
        "known_position": report.known_position,
    }


def summary(row: AccountReport) -> Document:
    return {
        "account_id": row.account_id,
        "owner": row.owner,
        "currency": row.currency,
        "balance": format_minor_units(row.balance_minor, row.decimals),
        "transaction_count": row.transaction_count,
        "status": row.status,
        "opened_at": format_instant(row.opened_us),
        "last_activity": format_instant(row.last_activity_us),
        "closed_at": instant(row.closed_us),
        "head": row.head.short,
        "overdraft_limit": limit_text(row.overdraft_limit_minor, row.decimals),
    }


def history(report: HistoryReport) -> Document:
    return {
        "account_id": report.account_id,
        "as_of": instant(report.as_of_us),
        "known_at": instant(report.known_us),
        "state": state(report.state, report.version),
        "entries": [history_entry(entry) for entry in report.entries],
        "head": report.head.short,
        "known_position": report.known_position,
    }


def state(account: AccountDetails, version: int) -> Document:
    return {
        "owner": account.owner,
        "balance": format_minor_units(account.balance_minor, account.decimals),
        "currency": account.currency,
        "status": account.status,
        "version": version,
        "transaction_count": account.transaction_count,
        "overdraft_limit": limit_text(account.overdraft_limit_minor, account.decimals),
    }


def history_entry(entry: HistoryEntry) -> Document:
    decimals = entry.decimals
    changes = entry.event if isinstance(entry.event, EntryAmended) else None
    return {
        "version": entry.version,
        "event_type": entry.event_type,
        "amount": format_minor_units(entry.amount_minor, decimals),
        "balance": format_minor_units(entry.balance_minor, decimals),
        "description": None
        if entry.erased or (changes is not None and changes.description is None)
        else entry.description,
        "effective_at": format_instant(entry.effective_us),
        "recorded_at": format_instant(entry.recorded_us),
        "counterparty": entry.counterparty,
        "tags": None if changes is not None and changes.tags is None else entry.tags,
        "receipts": None
        if changes is not None and changes.receipts is None
        else [msgspec.to_builtins(receipt) for receipt in entry.receipts],
        "actor": entry.actor,
        "reverses": entry.reverses,
        "reversed_by": entry.reversed_by,
        "amends": entry.amends,
        "amended_by": entry.amended_by,
        "corrects": entry.corrects,
        "corrected_by": entry.corrected_by,
        "withdraws": entry.withdraws,
        "withdrawn_by": entry.withdrawn_by,
        "confirmed": None
        if entry.confirmed_minor is None
        else format_minor_units(entry.confirmed_minor, decimals),
        "corrects_elsewhere": _elsewhere(entry.corrects_elsewhere),
        "corrected_elsewhere": _elsewhere(entry.corrected_elsewhere),
        **_amended(entry),
    }


def _amended(entry: HistoryEntry) -> Document:
    """What an amendment sets of an account or its opening; None where it leaves it as it was."""
    event, decimals = entry.event, entry.decimals
    account = event if isinstance(event, AccountAmended) else _NO_AMENDMENT
    limit = account.overdraft_limit
    opening = event if isinstance(event, OpeningAmended) else None
    return {
        "owner": None if entry.erased else account.owner,
        "overdraft_limit": None if limit is None else limit_text(limit, decimals),
        "opened_at": None if opening is None else format_instant(opening.opened_at),
        "initial_balance": None
        if opening is None
        else format_minor_units(opening.initial_balance, decimals),
        "currency": None if opening is None else opening.currency,
    }


def _elsewhere(entry: Elsewhere | None) -> Document | None:
    return None if entry is None else entry._asdict()


def statement(found: Statement) -> Document:
    decimals = found.decimals
    return {
        "account_id": found.account_id,
        "owner": found.owner,
        "currency": found.currency,
        "from": instant(found.from_us),
        "to": instant(found.to_us),
        "known_at": instant(found.known_us),
        "opening_balance": format_minor_units(found.opening_balance_minor, decimals),
        "entries": [history_entry(entry) for entry in found.entries],
        "total_in": format_minor_units(found.total_in_minor, decimals),
        "total_out": format_minor_units(found.total_out_minor, decimals),
        "closing_balance": format_minor_units(found.closing_balance_minor, decimals),
        "head": found.head.short,
        "known_position": found.known_position,
        "left_out": found.left_out,
    }


def replay_step(step: ReplayStep) -> Document:
    version = step.recorded.version
    return {
        "version": version,
        "event_type": step.recorded.event_type,
        "effective_at": format_instant(step.recorded.effective_at),
        "before": None if step.before is None else state(step.before, version - 1),
        "after": state(step.after, version),
    }


def agreement(found: Agreement) -> Document:
    version, decimals = found.version, found.fold.decimals
    return {
        "account_id": found.account_id,
        "version": version,
        "state": state(found.fold, version),
        "snapshot": None if found.snapshot is None else state(found.snapshot, version),
        "snapshot_version": found.snapshot_version,
        "projection": None if found.projection is None else state(found.projection, version),
        "projection_balance": None
        if found.projected_balance_minor is None
        else format_minor_units(found.projected_balance_minor, decimals),
        "projection_lag": found.projection_lag,
        "agrees": found.holds,
    }


def snapshot(info: SnapshotInfo) -> Document:
    return {
        "account_id": info.account_id,
        "version": info.version,
        "highest_effective_at": format_instant(info.highest_effective_us),
        "last_recorded_at": format_instant(info.last_recorded_us),
        "usable": info.usable,
    }


def projection(status: ProjectionStatus) -> Document:
    return {
        "name": status.name,
        "version": status.version,
        "checkpoint": status.checkpoint,
        "lag": status.lag,
        "outdated": status.outdated,
        "known": status.known,
    }


def publication(status: PublicationStatus) -> Document:
    return {
        "name": status.name,
        "target": status.target,
        "checkpoint": status.checkpoint,
        "lag": status.lag,
        "diverged": status.diverged,
    }


def backup(report: BackupReport) -> Document:
    return {
        "path": report.path,
        "events": report.head.position,
        "head": report.head.short,
        "size": report.size,
        "archive_folders": list(report.archive_folders),
    }


def exported(format: str, path: str, found: Exported) -> Document:
    return {
        "format": format,
        "path": path,
        "entries": found.entries,
        "accounts": found.accounts,
        "from": instant(found.from_us),
        "to": instant(found.to_us),
        "head": found.head.short,
        "notes": list(found.notes),
    }


def erasure(report: ErasureReport) -> Document:
    return {
        "command": "erase",
        "account_id": report.account_id,
        "erased": report.recorded is not None,
        "texts": report.texts,
        "texts_elsewhere": sum(report.elsewhere.values()),
        "elsewhere": [
            {"account_id": account_id, "texts": texts}
            for account_id, texts in report.elsewhere.items()
        ],
        "emptied_projections": list(report.emptied),
        "source_head": report.origin,
        "traces": None if report.traces is None else report.traces.message,
        "test": report.guessable,
        "events": [] if report.recorded is None else [event_reference(report.recorded)],
        "rewritten": list(report.rewritten),
    }
