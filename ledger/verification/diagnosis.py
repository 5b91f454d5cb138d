"""Finding out what is wrong with a ledger, whether it opens or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import structs

from ledger.errors import DamagedLedger, Integrity, LedgerError, LockTimeout
from ledger.eventstore.opening import inspect_location, open_store
from ledger.eventstore.records import Clock, Head, Observation
from ledger.eventstore.store import EventStore, head_at
from ledger.projections.folding import AnyProjection
from ledger.projections.projector import Projector
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
from ledger.verification.verifying import verify

Progress = Callable[[int, int], None]


def diagnose(
    path: str,
    clock: Clock,
    *,
    repair: bool,
    lock_timeout: float,
    workers: int | None = None,
    progress: Progress | None = None,
    projections: Sequence[AnyProjection | type[AnyProjection]] = (),
) -> Diagnosis:
    """Say what is wrong with the ledger at a path.

    Not to be called while this process has the file open: looking at its bytes would let go of the
    locks that guard it (POSIX).

    Args:
        clock: gives the time in µs UTC.
        repair: make again from the log what is wrong and made from it, if the log itself is sound.
        lock_timeout: seconds to wait for another process's write.
        workers: processes that check, as for `verify`.
        progress: told how far the check is.
        projections: somebody's own ones, to be examined beside the built-in ones.

    Raises:
        LedgerError: it could be examined, and not repaired; what was repaired before that stays so.
    """
    symptoms = inspect_location(path)
    busy = _somebody_writes(path, clock)
    try:
        store = open_store(path, clock, lock_timeout=lock_timeout, as_it_is=True)
    except LedgerError as refusal:
        return _unopened(path, symptoms, refusal)
    try:
        seen = [_problem(symptom) for symptom in symptoms if not symptom.harmless]
        notes = [f"{each.message}; {each.advice}" for each in symptoms if each.harmless]
        if busy:
            notes.append("another process is writing to it right now")
        runner = Projector(store, own=projections)

        def examine() -> tuple[list[Problem], Sequence[Finding], Sequence[str]]:
            found = verify(store, runner.projections, workers=workers, progress=progress)
            problems = [*seen, *problems_in(found.findings), *_outdated(runner, found.findings)]
            if not all(problem.repairable for problem in problems):
                problems = [_after_the_log(problem) for problem in problems]
            return problems, found.findings, found.notes

        problems, findings, more = examine()
        repaired: list[str] = []
        log_is_sound = all(problem.repairable for problem in problems)
        if not log_is_sound:
            notes += _suspicions(path, symptoms)
        if repair:
            if not log_is_sound:
                notes.append(
                    "nothing was repaired: what is made from the log may still show what the log "
                    "said before it was changed"
                )
            elif problems or outdated_snapshots(store):
                repaired = repair_all(store, runner, findings, workers)
                problems, findings, more = examine()
        return Diagnosis(
            path=path,
            problems=tuple(problems),
            repaired=tuple(repaired),
            notes=(*notes, *more),
            head=_readable(store.head),
            trusted=_readable(lambda: _trusted(store, findings)),
        )
    finally:
        store.close()


def _unopened(path: str, symptoms: Sequence[Observation], refusal: LedgerError) -> Diagnosis:
    """Of what was seen from outside, all says more than the refusal does."""
    problems = [_problem(symptom) for symptom in symptoms if not symptom.harmless]
    if not problems:
        advice = GO_BACK if isinstance(refusal, Integrity) else refusal.advice
        problems = [Problem(code=refusal.code, message=refusal.message, advice=advice)]
    notes = [f"{each.message}; {each.advice}" for each in symptoms if each.harmless]
    if isinstance(refusal, Integrity):
        notes += _suspicions(path, symptoms)
    return Diagnosis(path=path, problems=tuple(problems), notes=tuple(notes), refusal=refusal)


def _suspicions(path: str, symptoms: Sequence[Observation]) -> list[str]:
    """What may be behind it that a file is damaged."""
    if not any(symptom.code == "wal_beside" for symptom in symptoms):
        return []
    return [
        f"if {path}-wal was not written with this file, and came here by a copy, move it away and "
        "ask again"
    ]


def _after_the_log(problem: Problem) -> Problem:
    """What is made from the log is not to be made again from a log that is wrong."""
    if not problem.repairable:
        return problem
    return structs.replace(problem, advice="see to the log first, which this is made from")


def _problem(symptom: Observation) -> Problem:
    return Problem(code=symptom.code, message=symptom.message, advice=symptom.advice)


def _outdated(runner: Projector, findings: Sequence[Finding]) -> list[Problem]:
    """The projections that readers refuse to read, as far as no finding names them."""
    outdated = []
    for projection in runner.projections:
        name = projection.name
        if any(name in finding.message for finding in findings if finding.check == "projection"):
            continue
        try:
            status = runner.status(projection)
        except DamagedLedger:
            continue  # which was found
        if status.outdated:
            made = "was made by another version of ledger" if status.version else "is missing"
            outdated.append(
                Problem(
                    code="projection",
                    message=f"the projection {name} {made}",
                    advice=REPAIR,
                    repairable=True,
                )
            )
    return outdated


def _somebody_writes(path: str, clock: Clock) -> bool:
    try:
        store = open_store(path, clock, lock_timeout=0, as_it_is=True)
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
    """The end of what goes before everything that is wrong with the log."""
    places = [
        finding.position
        for finding in findings
        if finding.position is not None and not is_repairable(finding)
    ]
    return head_at(store, max(min(places) - 1, 0)) if places else store.head()


def _readable(read: Callable[[], Head | None]) -> Head | None:
    try:
        return read()
    except DamagedLedger:
        return None
