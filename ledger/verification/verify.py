"""The verification of a ledger as a whole: what moves at one moment, then the log by workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from itertools import pairwise
from typing import Final

from ledger.commands.book_times import BookTimes
from ledger.commands.erased_texts import ErasureFacts
from ledger.domain.aggregate import AGGREGATES
from ledger.errors import (
    ArchiveMissing,
    DamagedArchive,
    DamagedLedger,
    LedgerError,
    StorageFailure,
    in_utc,
)
from ledger.eventstore.parallelism import importable, shared_location, worker_count
from ledger.eventstore.records import Progress
from ledger.eventstore.store import EventStore, Inspectable, stream_version
from ledger.projections.folding import AnyProjection
from ledger.verification.archived import (
    NOWHERE,
    archive_looked_for_in,
    archived_since,
    changed_since_archived,
    damaged_segments,
    notes_on_its_folders,
    notes_on_the_archive,
    remembered_folder,
    segments_of,
)
from ledger.verification.beginning import Start, look, notes_on_the_future
from ledger.verification.confirmed_balances import notes_on_confirmations
from ledger.verification.control_totals import Totals, uneven_totals
from ledger.verification.erasures import erased_since, wrong_erasures
from ledger.verification.findings import CHECKS, Finding, NotedHead, Verification
from ledger.verification.idempotency_keys import unfounded_keys
from ledger.verification.local_days import wrong_local_days
from ledger.verification.noted_heads import look_in_source, missing_head, parse_head
from ledger.verification.on_demand_projections import compare_on_demand
from ledger.verification.readable_events import damage_findings
from ledger.verification.stored_projections import (
    StoredProjection,
    compare_rows,
    join_rows,
)
from ledger.verification.transfers import pair_imported
from ledger.verification.worker import UNFIT, Share, Task, check_share, range_ends

_LAST: Final = 2**63
"""Past any position."""


def verify(
    store: EventStore,
    projections: Sequence[AnyProjection],
    *,
    expect_head: str | None = None,
    archive: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check everything, and name all that is wrong.

    It speaks of the log up to the head that it has when it begins, whoever writes meanwhile. The
    log is read once; by several workers partly twice, see `ledger.verification.worker`. Where its
    oldest events are in an archive, it begins after them, unless the archive is to be looked at.

    Args:
        expect_head: ``POSITION:HASH``, noted earlier, that must still be part of this log; one of
            the ledger that it was migrated from is noted as such.
        archive: the folder of the archive, to be verified with the rest.
        workers: how many processes check; by default one per CPU, or this one where the log is
            short. Only this one checks what others cannot: a store that no other process can open,
            aggregates and projections whose classes no other process can import, and projections
            whose rows several streams share and that have no `merge`.
        progress: called with (events checked, events there are).

    Raises:
        InvalidOption: ``expect_head`` is not a head.
        ArchiveMissing: it is one of the archived past, which is not at hand.
        StorageFailure: the file cannot be read at all, or a worker died.
    """
    noted = None if expect_head is None else parse_head(expect_head)
    while True:
        findings: list[Finding] = []
        folder = NOWHERE
        if archive is not None:
            with archive_looked_for_in(store, archive):
                findings += damaged_segments(store)
            folder = NOWHERE if findings else archive
        with archive_looked_for_in(store, folder):
            start = look(store, projections, with_archive=folder is archive)
        findings += start.findings
        if archive is not None:
            with archive_looked_for_in(store, archive):
                start.notes += notes_on_its_folders(store)
        noted_head: NotedHead = ""
        if noted:
            noted_head = "present"
            missing = list(missing_head(store, start.head, *noted))
            if missing:
                noted_head, note = look_in_source(store, *noted)
                start.notes[:0] = [note] if note else []
            if noted_head == "missing":
                findings += missing
        try:
            with archive_looked_for_in(store, folder):
                if start.archived > start.base:
                    findings += changed_since_archived(store)
                shares, in_file = _check_log(store, start, folder, workers, progress)
                found = _conclude(store, start, shares, [*findings, *in_file], noted_head)
        except (ArchiveMissing, DamagedArchive):
            if archived_since(store, start.archived):
                continue
            raise
        # An erasure changes what comes before it, and archiving takes it away: what was read is of
        # no one state then.
        if archived_since(store, start.archived):
            continue
        if found.clean or not erased_since(store, start.head.position):
            return found


def _check_log(
    store: EventStore,
    start: Start,
    folder: str,
    workers: int | None,
    progress: Progress | None,
) -> tuple[list[Share], list[Finding]]:
    """The shares of all workers, and what is wrong with the file itself."""
    head, base = start.head.position, start.base
    count = worker_count(store, head - base, workers) if _can_be_shared(start) else 1

    def report(done: int) -> None:
        if progress:
            progress(done, head - base)

    in_file: list[Finding] = []

    def look_at_file() -> None:
        in_file.extend(_integrity_findings(store, start.notes))
        for stored in start.projections:
            if stored.projection.on_demand and not stored.findings and not base:
                found = compare_on_demand(store, stored.projection)
                in_file.extend(found.findings)
                start.notes.extend(found.notes)
                start.compared_rows += found.rows

    location = shared_location(store)
    if location is not None and count > 1:
        from ledger.eventstore.worker_processes import Unimportable, in_processes  # only here

        death = StorageFailure(
            "a worker process of the verification died",
            advice="repeat it, perhaps without worker processes",
            workers=count,
        )
        try:
            shares = in_processes(
                location,
                check_share,
                _tasks(store, start, folder, count),
                report=report,
                death=death,
                as_it_is=True,
                meanwhile=look_at_file,
            )
        except Unimportable:
            in_file.clear()
            start.compared_rows = 0
        else:
            return shares, in_file
    look_at_file()
    return [check_share(store, task, report) for task in _tasks(store, start, folder, 1)], in_file


def _can_be_shared(start: Start) -> bool:
    """Whether other processes can check all of it."""
    return (
        start.stream_ids is not None
        and all(map(importable, AGGREGATES.values()))
        and all(
            fold.projection.divisible and importable(type(fold.projection)) for fold in start.folds
        )
    )


def _tasks(store: EventStore, start: Start, folder: str, count: int) -> list[Task]:
    head, base = start.head.position, start.base
    ends = range_ends(store, base, head, count)
    return [
        Task(head, after, to, part, count, tuple(start.folds), base, folder)
        for part, (after, to) in enumerate(pairwise([base, *ends]))
    ]


def _integrity_findings(store: EventStore, notes: list[str]) -> Iterator[Finding]:
    if isinstance(store, Inspectable):
        for problem in store.integrity_problems():
            if problem.harmless:
                notes.append(problem.message)
                continue
            yield Finding(
                check="medium",
                message=problem.message,
                position=problem.position,
                expected=problem.expected,
                found=problem.found,
                derived=problem.derived,
            )


def _conclude(
    store: EventStore,
    start: Start,
    shares: Sequence[Share],
    findings: list[Finding],
    noted_head: NotedHead,
) -> Verification:
    notes = [*start.notes]
    for share in shares:
        findings += share.findings
    damages = {damage.position: damage for share in shares for damage in share.damages}
    findings += damage_findings([damages[position] for position in sorted(damages)])
    stream_ids = {stream_id for share in shares for stream_id in share.stream_ids}
    findings += _empty_streams(store, start.stream_ids or (), stream_ids)
    if start.compared_keys > sum(share.recorded_keys for share in shares):
        findings += unfounded_keys(store, start.base)
    totals = Totals()
    for share in shares:
        totals.add(share.totals)
    pairs, alone = pair_imported(side for share in shares for side in share.imported_sides)
    if alone:
        totals.count_alone(alone)
        notes.append(
            f"{len(alone)} sides of transfers stand alone in what was imported from the older "
            "world, and count as money that came in or went out"
        )
    erasures = ErasureFacts()
    for share in shares:
        erasures.add(share.erasures)
    findings += wrong_erasures(store, start.base, start.head.position, erasures)
    in_order = tuple(totals[unit] for unit in sorted(totals, key=str))
    findings += uneven_totals(in_order)
    findings += wrong_local_days(store)
    compared = [stored for stored in start.projections if stored.rows is not None]
    for number, stored in enumerate(compared):
        wrong, note = _compare(stored, shares, number)
        findings += wrong
        notes += note
    outdated = sum(share.outdated_snapshots for share in shares)
    if outdated:
        notes.append(f"snapshots made by another version of ledger, which are not used: {outdated}")
    notes += notes_on_confirmations(
        store, sorted(stream_id for share in shares for stream_id in share.confirmed)
    )
    notes += notes_on_the_future(store)
    unasked = sum(share.unasked for share in shares)
    notes += notes_on_the_archive(start.base, start.archived_keys, unasked)
    events = sum(share.events for share in shares)
    snapshots = sum(share.snapshots for share in shares)
    looked_at = dict.fromkeys(CHECKS, events) | {
        "medium": 1,
        "book": 1,
        "archive": segments_of(store),
        "archive_files": segments_of(store) if start.archived > start.base else 0,
        "receipts": 0,
        "head": int(bool(noted_head)),
        "streams": len(start.stream_ids or ()),
        "unknown_type": 0,
        "transfers": sum(share.transfers for share in shares) + pairs,
        "erasure": erasures.texts,
        "idempotency": start.compared_keys,
        "snapshot": snapshots - outdated,
        "projection": start.compared_rows + sum(len(stored.rows or ()) for stored in compared),
        "totals": len(in_order),
    }
    return Verification(
        head=start.head,
        events=events,
        accounts=sum(not each.startswith("$") for each in stream_ids),
        snapshots=snapshots,
        idempotency_keys=start.keys,
        looked_at=looked_at,
        totals=in_order,
        findings=tuple(sorted(_with_times(store, findings), key=_place)),
        notes=tuple(notes),
        noted_head=noted_head,
        archived=start.archived,
        archive_looked_at=start.archived > start.base,
        archive_folder=remembered_folder(store),
    )


def _compare(
    stored: StoredProjection, shares: Sequence[Share], number: int
) -> tuple[list[Finding], list[str]]:
    """What is wrong with a projection, and what is worth knowing of it."""
    name = stored.name
    failure = next(filter(None, (share.failures[number] for share in shares)), "")
    if not failure:
        try:
            rows = join_rows(stored.projection, [share.rows[number] for share in shares])
        except Exception as error:  # noqa: BLE001 - somebody's own code may raise anything
            failure = str(error) or type(error).__name__
    if failure:
        return [], [f"{name} could not be compared: {failure}"]
    unknown = frozenset[str]().union(*(share.unknown_rows[number] for share in shares))
    return list(compare_rows(stored, rows, unknown)), []


def _empty_streams(
    store: EventStore, stream_ids: Sequence[str], with_events: AbstractSet[str]
) -> Iterator[Finding]:
    for stream_id in stream_ids:
        if stream_id in with_events:
            continue
        try:
            version = stream_version(store, stream_id)
        except DamagedLedger:  # which is found elsewhere
            continue
        if not version:
            yield Finding(
                check="streams",
                account_id=stream_id,
                message="nothing was ever recorded of the account",
                expected="1 change or more",
                found="none",
            )


def _with_times(store: EventStore, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings with their times in the book's zone; in UTC where that is not known."""
    show: Callable[[int], str] = in_utc
    with suppress(LedgerError, *UNFIT):
        zone = BookTimes(store).zone
        zone.show(0)  # this is where the rules of its time zones are read
        show = zone.show
    return (finding.show_times(show) for finding in findings)


def _place(finding: Finding) -> tuple[int, str, int]:
    position = _LAST if finding.position is None else finding.position
    return position, finding.account_id or "", list(CHECKS).index(finding.check)
