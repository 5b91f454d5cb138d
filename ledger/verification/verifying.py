"""The verification of a ledger as a whole: one look at what moves, then the log, in parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ledger.errors import DamagedLedger, StorageFailure
from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore, Inspectable, SharedStore, stream_version
from ledger.projections.folding import AnyProjection, AnyRows
from ledger.projections.projection import Rows
from ledger.verification.findings import CHECKS, ControlTotals, Finding, Verification
from ledger.verification.heads import missing_head, parse_head
from ledger.verification.keys import unfounded_keys
from ledger.verification.parts import Share, Task, check_share
from ledger.verification.stored_projections import (
    StoredProjection,
    compare_own,
    compare_projection,
    read_projections,
)
from ledger.verification.totals import uneven_totals
from ledger.verification.transfers import pair_imported

_WORTH_A_PROCESS: Final = 50_000
"""Events; below this a process takes longer to start than to verify."""

_LAST: Final = 2**63

Progress = Callable[[int, int], None]
"""Called with (events looked at so far, events there are to look at; each counts twice)."""


class _Start(msgspec.Struct):
    """What moves while others write, as it was at one moment."""

    head: Head
    views: list[StoredProjection]
    stream_ids: list[str]
    keys: int


def verify(
    store: EventStore,
    projections: Sequence[AnyProjection],
    *,
    expect_head: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check everything, and name all that is wrong.

    It speaks of the log up to the head that it has when it begins, whoever writes meanwhile.

    Args:
        expect_head: ``POSITION:HASH``, noted earlier, that must still be part of this log.
        workers: processes that check; by default as many as there are processors, or one where the
            log is short. A store that no other process can open is checked in this one.
        progress: told how far it is.

    Raises:
        InvalidOption: ``expect_head`` is none.
        StorageFailure: the medium cannot be read at all, or a worker died.
    """
    noted = None if expect_head is None else parse_head(expect_head)
    findings: list[Finding] = []
    notes: list[str] = []
    start = _look(store, projections, findings, notes)
    if noted:
        missing = missing_head(store, start.head, *noted)
        if missing:
            findings.append(missing)

    def look_at_medium() -> None:
        findings.extend(
            Finding(
                check="medium",
                message=error.message,
                position=error.position,
                expected=error.expected,
                found=error.found,
                derived=error.derived,
            )
            for error in (store.integrity_problems() if isinstance(store, Inspectable) else ())
        )

    shares = _check_shares(store, start, workers, progress, meanwhile=look_at_medium)
    return _join(store, start, shares, findings, notes, noted is not None)


def _look(
    store: EventStore,
    projections: Sequence[AnyProjection],
    findings: list[Finding],
    notes: list[str],
) -> _Start:
    start = _Start(Head(0, genesis(store.identity.ledger_id), 0), [], [], 0)

    def look_at_streams() -> None:
        start.stream_ids = list(store.stream_ids())

    def look_at_keys() -> None:
        start.keys = sum(1 for _ in store.key_records())

    def look_at_head() -> None:
        start.head = store.head()

    with store.transaction(read_only=True):
        for look, check in (
            (look_at_head, "unreadable"),
            (look_at_streams, "streams"),
            (look_at_keys, "idempotency"),
        ):
            try:
                look()
            except DamagedLedger as error:
                findings.append(Finding(check=check, message=error.message))
        start.views = read_projections(store, projections, start.head.position, findings, notes)
    return start


def _check_shares(
    store: EventStore,
    start: _Start,
    workers: int | None,
    progress: Progress | None,
    meanwhile: Callable[[], None],
) -> list[Share]:
    head = start.head.position
    if workers is None:
        workers = (os.cpu_count() or 1) if head >= _WORTH_A_PROCESS else 1
    views = tuple((view.projection, view.upto) for view in start.views if view.built_in)

    def report(done: int) -> None:
        if progress:
            progress(done, 2 * head)

    location = store.location if isinstance(store, SharedStore) else None
    if location is None or workers <= 1:
        meanwhile()
        return [check_share(store, Task(head, 0, 1, views), report)]

    from ledger.eventstore.worker_processes import in_processes  # costs its imports only here

    return in_processes(
        location,
        check_share,
        [Task(head, part, workers, views) for part in range(workers)],
        report=report,
        death=StorageFailure(
            "a worker process of the verification died",
            advice="repeat it, perhaps without worker processes",
            workers=workers,
        ),
        as_it_is=True,
        meanwhile=meanwhile,
    )


def _join(
    store: EventStore,
    start: _Start,
    shares: Sequence[Share],
    findings: list[Finding],
    notes: list[str],
    head_was_noted: bool,
) -> Verification:
    totals: dict[str, ControlTotals] = {}
    for share in shares:
        findings += share.findings
        for currency, total in share.totals.items():
            totals.setdefault(currency, ControlTotals(currency)).add(total)
    accounts = {account for share in shares for account in share.accounts}
    findings += _empty_streams(store, start, accounts)
    keys = sum(share.keys for share in shares)
    if start.keys > keys:
        findings += unfounded_keys(store)
    imported = (side for share in shares for side in share.imported_sides)
    pairs, alone = pair_imported(imported, totals)
    if alone:
        notes.append(
            f"{alone} sides of transfers stand alone in what was imported from the older world, "
            "and count as money that came in or went out"
        )
    ordered = tuple(totals[currency] for currency in sorted(totals))
    findings += uneven_totals(ordered)
    rows = sum(len(view.rows or ()) for view in start.views)
    findings += compare_own(store, start.views, notes)
    for number, view in enumerate(view for view in start.views if view.built_in):
        folded: AnyRows = Rows()
        unfolded: set[str] = set()
        for share in shares:
            folded.update(share.tables[number])
            unfolded |= share.unfolded[number]
        findings += compare_projection(view, folded, unfolded)
    events = sum(share.events for share in shares)
    snapshots = sum(share.snapshots for share in shares)
    passed_over = sum(share.snapshots_passed_over for share in shares)
    if passed_over:
        notes.append(
            f"{passed_over} snapshots were made by another version's fold, and are not used"
        )
    looked_at = dict.fromkeys(CHECKS, events) | {
        "medium": 1,
        "head": int(head_was_noted),
        "streams": len(start.stream_ids),
        "transfers": sum(share.transfers for share in shares) + pairs,
        "idempotency": start.keys,
        "snapshot": snapshots - passed_over,
        "projection": rows,
        "totals": len(ordered),
    }
    return Verification(
        head=start.head,
        events=events,
        accounts=len(accounts),
        snapshots=snapshots,
        idempotency_keys=start.keys,
        looked_at=looked_at,
        totals=ordered,
        findings=tuple(sorted(findings, key=_place)),
        notes=tuple(notes),
    )


def _empty_streams(store: EventStore, start: _Start, seen: set[str]) -> list[Finding]:
    findings = []
    for stream_id in start.stream_ids:
        if stream_id in seen:
            continue
        try:
            version = stream_version(store, stream_id)
        except DamagedLedger:
            continue  # which is found elsewhere
        if not version:
            findings.append(
                Finding(
                    check="streams",
                    account_id=stream_id,
                    message="the account has no events",
                    expected="1 event or more",
                    found="none",
                )
            )
    return findings


def _place(finding: Finding) -> tuple[int, str, int]:
    position = _LAST if finding.position is None else finding.position
    return position, finding.account_id or "", list(CHECKS).index(finding.check)
