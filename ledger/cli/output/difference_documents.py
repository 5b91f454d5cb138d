"""What two states say, as documents for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from ledger.cli.environment import Environment
from ledger.cli.output.documents import Document, instant
from ledger.commands.corrected_entries import Elsewhere
from ledger.commands.ledger_events import LedgerEvent
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units
from ledger.domain.receipts import Receipt
from ledger.queries.differences.difference import (
    AccountDifference,
    Change,
    Described,
    Difference,
    Figure,
    State,
)

CHANGE: Final = (
    "account_id",
    "before",
    "after",
    "difference",
    "currency",
    "effect",
    "what",
    "version",
    "event_type",
    "effective_at",
    "recorded_at",
    "description",
    "counterparty",
    "tags",
    "receipts",
    "actor",
    "reverses",
    "reversed_by",
    "corrects",
    "corrected_by",
    "amended_by",
    "side",
    "position",
    "amount",
    "amount_before",
    "currency_before",
    "effective_before",
    "description_before",
    "tags_before",
    "receipts_before",
    "owner",
    "owner_before",
    "status_before",
    "status_after",
    "common",
    "reversed_description",
)
"""The columns of a line for each change."""


def whole(env: Environment, found: Difference) -> Iterator[bytes]:
    """One JSON object in pieces, so that it may be larger than memory."""
    encode = msgspec.json.encode
    yield encode(_frame(found))[:-1] + b',"accounts":['
    differs = bool(found.relation != "same" and found.locks)
    for number, account in enumerate(found.accounts):
        differs = True
        yield (b"," if number else b"") + encode(_account(account))[:-1] + b',"entries":['
        yield from _listed(account.entries)
        yield b'],"other_changes":['
        yield from _listed(account.others)
        yield b"]}"
    rest = {"differs": differs, "left_out": found.left_out}
    if env.is_test:
        rest["test"] = True
    yield b"]," + encode(rest)[1:] + b"\n"


def _listed(changes: Iterator[Change]) -> Iterator[bytes]:
    for number, change in enumerate(changes):
        yield (b"," if number else b"") + msgspec.json.encode(_change(change))


def _frame(found: Difference) -> Document:
    return {
        "from": _state(found.before),
        "to": _state(found.after),
        "common": found.common.short,
        "relation": found.relation,
        "as_of": instant(found.as_of_us),
        "locks": [{"side": side, **_lock(event)} for side, event in found.locks],
    }


def _state(state: State) -> Document:
    return {
        "path": state.path,
        "position": state.head.position,
        "head": state.head.short,
        "recorded_at": format_instant(state.head.recorded_us) if state.head.position else None,
        "known_at": instant(state.time_us),
    }


def _lock(event: LedgerEvent) -> Document:
    return {
        "event_type": event.recorded.event_type,
        "until": instant(event.event.until),
        "reason": event.event.reason,
        "recorded_at": format_instant(event.recorded.recorded_at),
        "actor": event.actor,
        "position": event.recorded.position,
    }


def _account(account: AccountDifference) -> Document:
    currency, decimals = account.unit
    difference = account.difference_minor
    return {
        "account_id": account.account_id,
        "before": _figure(account.before),
        "after": _figure(account.after),
        "common": _figure(account.common),
        "difference": None if difference is None else format_minor_units(difference, decimals),
        "currency": currency,
    }


def _figure(figure: Figure | None) -> Document | None:
    if figure is None:
        return None
    return {
        "balance": balance(figure),
        "currency": figure.currency,
        "status": figure.status,
        "version": figure.version,
    }


def balance(figure: Figure | None) -> str | None:
    return None if figure is None else format_minor_units(figure.balance_minor, figure.decimals)


def _change(change: Change) -> Document:
    return {
        "side": change.side,
        "version": change.version,
        "event_type": change.event_type,
        "what": change.what,
        "effect": format_minor_units(change.effect_minor, change.decimals),
        "amount": format_minor_units(change.amount_minor, change.decimals),
        "currency": change.currency,
        "description": None if change.erased else change.description,
        "effective_at": format_instant(change.effective_us),
        "recorded_at": format_instant(change.recorded_us),
        "position": change.position,
        "actor": change.actor,
        "counterparty": change.counterparty,
        "tags": change.tags,
        "receipts": _receipts(change.receipts),
        "reverses": change.reverses,
        "reversed_by": change.reversed_by,
        "corrects": _entry(change.corrects),
        "corrected_by": _entry(change.corrected_by),
        "amended_by": change.amended_by,
        "before": None if change.before is None else _described(change.before),
        "owner": change.owner,
        "owner_before": change.owner_before,
        "reversed_description": change.reversed_description,
    }


def _described(before: Described) -> Document:
    return {
        "amount": format_minor_units(before.amount_minor, before.decimals),
        "currency": before.currency,
        "effective_at": format_instant(before.effective_us),
        "description": before.description,
        "tags": before.tags,
        "receipts": _receipts(before.receipts),
    }


def _receipts(receipts: tuple[Receipt, ...]) -> list[Document]:
    return [msgspec.to_builtins(receipt) for receipt in receipts]


def _entry(entry: Elsewhere | None) -> Document | None:
    return None if entry is None else entry._asdict()


# ── lines ───────────────────────────────────────────────────────────────────────────────────────


def lines(env: Environment, found: Difference) -> Iterator[Document]:
    """A row for each change, what moves figures before what does not, with the figures in each."""
    for account in found.accounts:
        summary = _account(account)
        figures = {
            "account_id": account.account_id,
            "difference": summary["difference"],
            "common": balance(account.common),
            "before": balance(account.before),
            "after": balance(account.after),
            "status_before": account.before and account.before.status,
            "status_after": account.after and account.after.status,
        }
        for changes in (account.entries, account.others):
            for change in changes:
                yield {**_change(change), **_in_cells(env, change), **figures}


def _in_cells(env: Environment, change: Change) -> Document:
    """What has a structure in JSON and is one text in a cell."""
    before = change.before
    return {
        "corrects": _in_words(change.corrects),
        "corrected_by": _in_words(change.corrected_by),
        "amount_before": before and format_minor_units(before.amount_minor, before.decimals),
        "currency_before": before and before.currency,
        "effective_before": before and env.show_time(before.effective_us),
        "description_before": before and before.description,
        "tags_before": before and _tags(before.tags),
        "receipts_before": before
        and " ".join(f"{each.size}:{each.sha256}" for each in before.receipts),
    }


def _in_words(entry: Elsewhere | None) -> str | None:
    return None if entry is None else f"{entry.account_id} {entry.version}"


def _tags(tags: Mapping[str, str]) -> str:
    return "; ".join(f"{key}={value}" for key, value in tags.items())
