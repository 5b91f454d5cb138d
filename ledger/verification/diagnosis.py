"""Finding out what is wrong with a ledger, whether it opens or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from ledger.commands.book import read_book
from ledger.errors import (
    ArchiveMissing,
    DamagedArchive,
    DamagedLedger,
    ForeignFile,
    Integrity,
    LedgerError,
    LockTimeout,
)
from ledger.eventstore.archive.records import Archives
from ledger.eventstore.opening import inspect_location, open_store
from ledger.eventstore.records import Clock, Head, Observation, Progress
from ledger.eventstore.store import EventStore, head_at
from ledger.projections.folding import AnyProjection
from ledger.projections.projector import Projector
from ledger.verification.archived import notes_on_its_folders, notes_on_missing_files
from ledger.verification.backup import check_whole
from ledger.verification.findings import Finding
from ledger.verification.problems import (
    GO_BACK,
    REPAIR,
    Diagnosis,
    Problem,
    is_repairable,
    problems_in,
)
from ledger.verification.repair import outdated_snapshots, repair_all
from ledger.verification.verify import verify
from ledger.verification.worker import UNFIT


def diagnose(
    path: str,
    clock: Clock,
    *,
    repair: bool,
    lock_timeout: float,
    archive: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    projections: Sequence[AnyProjection | type[AnyProjection]] = (),
) -> Diagnosis:
    """Say what is wrong with the ledger at a path.

    Not to be called while this process has the file open: looking at its bytes would let go of the
    locks that guard it (POSIX).

    Args:
        clock: gives the time in µs UTC.
        repair: rebuild what is wrong and derived from the log, if the log itself is sound.
        lock_timeout: seconds to wait for another process's write.
        archive: the folder of the archive, to be examined and used for repairs.
        workers: processes that check, as for `verify`.
        progress: told how far the check is.
        projections: somebody's own ones, to be examined beside the built-in ones.

    Raises:
        LedgerError: it could be examined, and not repaired; what was repaired before that stays so.
    """
    observations = inspect_location(path)
    busy = _somebody_writes(path, clock)
    try:
        store = open_store(path, clock, lock_timeout=lock_timeout, as_it_is=True, check=check_whole)
    except LedgerError as refusal:
        return _unopened(path, observations, refusal)
    try:
        runner = Projector(store, own=projections)
        if archive is not None and isinstance(store, Archives):
            store.archive_folder = archive
        examine = partial(_examine, store, runner, observations, archive, workers, progress)
        found = examine()
        notes = list(_harmless(observations))
        if archive is None:  # else the verification looks at it
            notes += (*notes_on_missing_files(store), *notes_on_its_folders(store))
        if busy:
            notes.append("another process is writing to it right now")
        repaired: list[str] = []
        if not found.log_is_sound:
            notes += _suspicions(path, observations)
            if repair:
                notes.append(
                    "nothing was repaired: what is derived from the log may still show what the "
                    "log said before it was changed"
                )
        elif repair and (found.problems or outdated_snapshots(store)):
            repaired = repair_all(store, runner, found.findings, workers)
            found = examine()
        return Diagnosis(
            path=path,
            problems=found.problems,
            repaired=tuple(repaired),
            notes=(*notes, *found.notes),
            head=_readable(store.head),
            trusted=_readable(lambda: _trusted(store, found.findings)),
            test=_is_test(store),
        )
    finally:
        store.close()


class _Examination(msgspec.Struct, frozen=True):
    """What was found at one time."""

    problems: tuple[Problem, ...]
    findings: Sequence[Finding]
    notes: Sequence[str]

    @property
    def log_is_sound(self) -> bool:
        """Whether everything else can be rebuilt from the log."""
        return all(problem.repairable for problem in self.problems)


def _examine(
    store: EventStore,
    runner: Projector,
    observations: Sequence[Observation],
    archive: str | None,
    workers: int | None,
    progress: Progress | None,
) -> _Examination:
    verified = verify(
        store, runner.projections, archive=archive, workers=workers, progress=progress
    )
    problems = (
        *_harmful(observations),
        *problems_in(verified.findings),
        *_outdated(runner, verified.findings),
    )
    found = _Examination(problems, verified.findings, verified.notes)
    if found.log_is_sound:
        return found
    # What is derived from the log is not to be rebuilt from a log that is wrong.
    later = "deal with the log first: this is derived from it"
    return msgspec.structs.replace(
        found,
        problems=tuple(
            msgspec.structs.replace(problem, advice=later) if problem.repairable else problem
            for problem in problems
        ),
    )


def _unopened(path: str, observations: Sequence[Observation], refusal: LedgerError) -> Diagnosis:
    """Whatever was seen from outside says more than the refusal does."""
    problems = tuple(_harmful(observations))
    if not problems:
        damaged = isinstance(refusal, Integrity) and not isinstance(refusal, ForeignFile)
        advice = GO_BACK if damaged else refusal.advice
        problems = (Problem(code=refusal.code, message=refusal.message, advice=advice),)
    notes = list(_harmless(observations))
    if isinstance(refusal, Integrity):
        notes += _suspicions(path, observations)
    return Diagnosis(path=path, problems=problems, notes=tuple(notes), refusal=refusal)


def _harmful(observations: Sequence[Observation]) -> Iterator[Problem]:
    for each in observations:
        if not each.harmless:
            yield Problem(code=each.code, message=each.message, advice=each.advice)


def _harmless(observations: Sequence[Observation]) -> Iterator[str]:
    for each in observations:
        if each.harmless:
            yield f"{each.message}; {each.advice}"


def _suspicions(path: str, observations: Sequence[Observation]) -> Iterator[str]:
    """What may have damaged the file."""
    if any(each.code == "wal_beside" for each in observations):
        yield (
            f"if {path}-wal was copied there and was not written with this file, move it away and "
            "ask again"
        )


def _outdated(runner: Projector, findings: Sequence[Finding]) -> Iterator[Problem]:
    """The projections that queries refuse to read, as far as no finding is about them."""
    found = {finding.projection for finding in findings}
    for projection in runner.projections:
        if projection.name in found:
            continue
        try:
            status = runner.status(projection)
        except DamagedLedger:
            continue  # which was found
        if status.outdated:
            made = "was made by another version of ledger" if status.version else "is missing"
            yield Problem(
                code="projection",
                message=f"the projection {projection.name} {made}",
                advice=REPAIR,
                repairable=True,
            )


def _somebody_writes(path: str, clock: Clock) -> bool:
    try:
        store = open_store(path, clock, lock_timeout=0, as_it_is=True, check=check_whole)
    except LedgerError:
        return False
    try:
        with store.transaction():
            pass
    except LockTimeout:
        return True
    except LedgerError:
        return False
    finally:
        store.close()
    return False


def _trusted(store: EventStore, findings: Sequence[Finding]) -> Head | None:
    """The head before everything that is wrong with the log."""
    places = [
        finding.position
        for finding in findings
        if finding.position is not None
        and finding.check not in ("unknown_type", "archive_files")
        and not is_repairable(finding)
    ]
    return head_at(store, max(min(places) - 1, 0)) if places else store.head()


def _is_test(store: EventStore) -> bool:
    try:
        return read_book(store).state.test is not None
    except (LedgerError, *UNFIT):
        return False


def _readable(read: Callable[[], Head | None]) -> Head | None:
    try:
        return read()
    except (ArchiveMissing, DamagedArchive, DamagedLedger):
        return None
