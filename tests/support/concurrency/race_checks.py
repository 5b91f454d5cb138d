"""What many clients noted, compared with the log that they have left behind."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.eventstore.records import RecordedEvent
from tests.support.clock import utc
from tests.support.concurrency.many_clients import Notes
from tests.support.concurrency.random_commands import ACCOUNTS, Line, account_of
from tests.support.concurrency.sequential_replay import Books, replayed
from tests.support.independent_chain import hashes

ALLOWED_REFUSALS = {"insufficient_funds", "version_conflict"}


@dataclass
class Verdict:
    """The log, its books, and how often each thing was met."""

    events: list[RecordedEvent]
    books: Books
    counts: Counter[str] = field(default_factory=Counter)


def check_races(path: Path, notes: Notes, *, setup: int = 1 + len(ACCOUNTS)) -> Verdict:
    """Compare all that was noted with the log.

    Args:
        setup: events that were there before anybody took notes: the book's, and the openings.
    """
    with Ledger.open(path, create=False) as ledger:
        events = list(ledger.events(raw=True))
        verdict = Verdict(events, replayed(events))
        chain = hashes(ledger.ledger_id, events)
        assert [event.hash for event in events] == chain[1:]
        check_projections(ledger, verdict.books)
        check_verified(ledger, path, verdict.books)
    verdict.counts["events"] = len(events) - setup
    commits = check_writers(verdict, notes.writers, setup)
    check_readers(verdict, notes.readers, commits)
    return verdict


def check_projections(ledger: Ledger, books: Books) -> None:
    """Both projections and every snapshot are what the log says."""
    assert [view.lag for view in ledger.projections()] == [0, 0]
    assert {
        report.account_id: (report.version, report.balance.minor_units)
        for report in ledger.balances()
    } == books.prefixes[-1]
    assert {
        row.account_id: (row.transaction_count + 1, row.balance_minor, row.last_activity_us)
        for row in ledger.accounts()
    } == {
        name: (len(account.balances), account.balance, account.last_activity)
        for name, account in books.accounts.items()
    }
    for account in books.accounts:
        assert ledger.agreement(account).holds


def check_verified(ledger: Ledger, path: Path, books: Books) -> None:
    """The product finds nothing wrong itself, and counts the same money."""
    archive = f"{path}-archive"
    found = ledger.verify(workers=1, archive=archive if os.path.isdir(archive) else None)
    assert found.clean, found.findings
    (total,) = found.totals
    assert total.balances_minor == sum(account.balance for account in books.accounts.values())
    assert total.balances_minor == total.money_in_minor - total.money_out_minor
    assert total.sent_minor == total.received_minor


# ── writers ─────────────────────────────────────────────────────────────────────────────────────


def check_writers(verdict: Verdict, writers: list[list[Any]], setup: int) -> set[int]:
    """Every answer is true of the log, and every event is in exactly one answer.

    Returns:
        The positions at which a commit ended.
    """
    told: Counter[int] = Counter()
    commits = set(range(setup + 1))
    first_answers: dict[str, list[str]] = {}
    again: list[tuple[str, list[str]]] = []
    for notes in writers:
        for lines, answers, span in notes:
            assert len(lines) == len(answers)
            last = 0
            for line, answer in zip(lines, answers, strict=True):
                verdict.counts["commands"] += 1
                if "error" in answer:
                    check_refusal(verdict, line, answer, span)
                    continue
                ids = check_answer(verdict, line, answer)
                if answer["replayed"]:
                    verdict.counts["replayed"] += 1
                    again.append((line["idempotency_key"], ids))
                    continue
                for event in answer["events"]:
                    told[event["position"]] += 1
                    last = max(last, event["position"])
                if "idempotency_key" in line:
                    assert line["idempotency_key"] not in first_answers
                    first_answers[line["idempotency_key"]] = ids
            if last:
                commits.add(last)
    archived = {each.position for each in verdict.events if each.event_type == "LogArchived"}
    positions = {*range(setup + 1, len(verdict.events) + 1)} - archived
    assert dict(told) == dict.fromkeys(positions, 1)
    commits |= archived
    for key, ids in again:
        assert first_answers[key] == ids
    return commits


def check_refusal(
    verdict: Verdict, line: Line, answer: dict[str, Any], span: tuple[int | None, int | None]
) -> None:
    """Only a client that names an expected version meets a conflict; and whatever
    was refused was to be refused at some moment while the command was on its way."""
    code = answer["error"]["code"]
    assert code in ALLOWED_REFUSALS, answer
    if code == "version_conflict":
        assert "expected_version" in line
    if "exit" in answer:
        assert answer["exit"] == {"insufficient_funds": 3, "version_conflict": 5}[code]
    verdict.counts[f"refused, {code}"] += 1
    began, ended = span
    if began is not None and ended is not None:
        assert any(
            was_right_to_refuse(verdict, code, line, position)
            for position in range(began, ended + 1)
        ), (line, answer, span)


def was_right_to_refuse(verdict: Verdict, code: str, line: Line, position: int) -> bool:
    """Whether a command had to be refused on the log up to a position."""
    name = account_of(line)
    version, balance = verdict.books.prefixes[position][name]
    if code == "version_conflict":
        return bool(version != line["expected_version"])
    if "at" not in line:
        return balance < cents(line["amount"])
    account = verdict.books.accounts[name]
    then = replace(account, movements=sorted(account.recorded[:version]))
    return then.lowest_from(utc(line["at"])) < cents(line["amount"])


def check_answer(verdict: Verdict, line: Line, answer: dict[str, Any]) -> list[str]:
    """The events of an answer are those of the log, with the command's own figures.

    Returns:
        Their ids.
    """
    sides = [answer["from"], answer["to"]] if line["command"] == "transfer" else [answer]
    asked = cents(line["amount"])
    ids = []
    for event, side in zip(answer["events"], sides, strict=True):
        recorded = verdict.events[event["position"] - 1]
        assert (event["event_id"], event["version"]) == (recorded.event_id, recorded.version)
        assert side["account_id"] == recorded.stream_id
        version, balance = verdict.books.prefixes[event["position"]][recorded.stream_id]
        before = verdict.books.prefixes[event["position"] - 1][recorded.stream_id]
        assert (side["version"], cents(side["balance"])) == (version, balance)
        assert abs(balance - before[1]) == asked
        if "expected_version" in line and side is sides[0] and not answer["replayed"]:
            assert before[0] == line["expected_version"]
        ids.append(event["event_id"])
    return ids


# ── readers ─────────────────────────────────────────────────────────────────────────────────────


def check_readers(verdict: Verdict, readers: list[list[Any]], commits: set[int]) -> None:
    """Whatever was seen was true after some commit, and no reader went back in time."""
    for seen in readers:
        followed = 0
        seen_until = 0
        for kind, *what in seen:
            verdict.counts[f"seen: {kind}" if kind != "rebuild" else "rebuilds"] += 1
            match kind:
                case "event":
                    position, event_id = what
                    assert position == followed + 1
                    assert event_id == verdict.events[position - 1].event_id
                    followed = position
                    continue
                case "export":
                    (ids,) = what
                    assert ids == [event.event_id for event in verdict.events[: len(ids)]]
                    point = len(ids)
                    assert point in commits
                case "balance":
                    point = check_all(verdict, what[0], commits)
                case "accounts":
                    rows = [{**row, "version": row["transaction_count"] + 1} for row in what[0]]
                    point = check_all(verdict, rows, commits)
                case "balance A" | "history A" | "statement A":
                    point = check_one(verdict, kind, what[0], commits)
                case "backup":
                    point = check_backup(verdict, what[0], commits)
                case _:
                    continue
            assert point >= seen_until
            seen_until = point
        if seen and seen[-1][0] == "event":
            # Whoever archives ends as the follower does, and may note it later.
            rest = {event.event_type for event in verdict.events[followed:]}
            assert rest <= {"LogArchived"}


def check_all(verdict: Verdict, rows: list[dict[str, Any]], commits: set[int]) -> int:
    """All accounts at once are all accounts at one position, which the head tells.

    Returns:
        The position.
    """
    (position,) = {position_of(verdict, row["head"], commits) for row in rows}
    assert {
        row["account_id"]: (row["version"], cents(row["balance"])) for row in rows
    } == verdict.books.prefixes[position]
    return position


def position_of(verdict: Verdict, head: str, commits: set[int]) -> int:
    """The position that a head names; a commit ended there, and the hash is that of its event."""
    position, _, digest = head.partition(":")
    assert int(position) in commits, f"half a commit was seen: {head}"
    assert verdict.events[int(position) - 1].hash.hex().startswith(digest)
    assert len(digest) == 16
    return int(position)


def check_backup(verdict: Verdict, report: dict[str, Any], commits: set[int]) -> int:
    """A backup is the ledger as it was after some commit.

    Returns:
        The position where it ends.
    """
    position = position_of(verdict, report["head"], commits)
    with Ledger.open(report["path"], create=False) as copy:
        assert list(copy.events(raw=True)) == verdict.events[:position]
        assert copy.verify(workers=1).clean
        assert {
            each.account_id: (each.version, each.balance.minor_units) for each in copy.balances()
        } == verdict.books.prefixes[position]
    return position


def check_one(verdict: Verdict, kind: str, answer: dict[str, Any], commits: set[int]) -> int:
    """One account is what it was at the position that the answer names as its head.

    Returns:
        The position.
    """
    account = answer["account_id"]
    balances = verdict.books.accounts[account].balances
    if kind == "balance A":
        version, balance = answer["version"], answer["balance"]
    elif kind == "history A":
        version, balance = answer["state"]["version"], answer["state"]["balance"]
        assert [(entry[0], cents(entry[2])) for entry in answer["entries"]] == list(
            enumerate(balances[:version], 1)
        )
    else:
        version, balance = len(answer["entries"]), answer["closing_balance"]
        assert {entry[0] for entry in answer["entries"]} == set(range(1, version + 1))
        moved = sum(Decimal(entry[1]) for entry in answer["entries"])
        assert moved == Decimal(balance)
    position = position_of(verdict, answer["head"], commits)
    assert verdict.books.prefixes[position][account] == (version, cents(balance))
    return position


def cents(amount: str) -> int:
    minor = Decimal(amount).scaleb(2)
    assert minor == int(minor)
    return int(minor)
