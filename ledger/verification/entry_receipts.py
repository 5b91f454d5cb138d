"""The receipts of all entries: whether a folder has them, unchanged."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

import msgspec

from ledger.domain.receipts import Receipt
from ledger.errors import UnreadableEvent
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import Progress, RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding, Verification
from ledger.verification.receipts import MissingReceipt, ReceiptSearch, find_receipts


def with_receipts(
    found: Verification,
    store: EventStore,
    folder: str | os.PathLike[str],
    *,
    ledger_files: Collection[str],
    progress: Progress | None = None,
) -> Verification:
    """A verification, and what is to be said of the receipts that its log has.

    Args:
        folder: where they are looked for, and in all folders below.
        ledger_files: the files of the ledger, which are passed by.
        progress: called with (bytes done, bytes to do).

    Raises:
        InvalidOption: the folder cannot be read, or is none.
    """
    entries = dict(_first_entries(store, found.head.position))
    search = find_receipts(entries, folder, ledger_files=ledger_files, progress=progress)
    findings = tuple(
        _finding(missing, entries[missing.receipt], search) for missing in search.missing
    )
    notes = [f"{each.path} was not looked at: {each.message}" for each in search.unread]
    if search.unread_count > len(search.unread):
        notes.append(f"{search.unread_count} places in all were not looked at")
    if search.missing and search.links:
        notes.append(f"links, which are not followed: {search.links}")
    return msgspec.structs.replace(
        found,
        findings=(*found.findings, *findings),
        looked_at={**found.looked_at, "receipts": len(entries)},
        notes=(*found.notes, *notes),
    )


def _first_entries(store: EventStore, to: int) -> Iterator[tuple[Receipt, RecordedEvent]]:
    """Each receipt of the log, with the first event that has it."""
    seen: set[Receipt] = set()
    for recorded in store.read_all(to_position=to):
        if '"receipts"' not in recorded.data:
            continue
        try:
            receipts = getattr(decode_event(recorded), "receipts", None) or ()
        except UnreadableEvent:  # which is found elsewhere
            continue
        for receipt in receipts:
            if receipt not in seen:
                seen.add(receipt)
                yield receipt, recorded


def _finding(missing: MissingReceipt, event: RecordedEvent, search: ReceiptSearch) -> Finding:
    receipt = missing.receipt
    found = "no such file"
    if missing.same_size:
        found = f"{missing.same_size[0]} has that size, and other content"
        if missing.same_size_count > 1:
            found += f"; so have {missing.same_size_count - 1} more"
    return Finding.at(
        event,
        "receipts",
        f"a receipt of this entry is not in {search.folder}",
        expected=f"a file of {receipt.size} bytes with the SHA-256 {receipt.sha256}",
        found=found,
    )
