"""No false alarms: nothing is found wrong with what the ledger itself wrote."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from ledger import Ledger
from ledger.domain.instant import format_instant
from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.opening import open_store
from ledger.eventstore.store import EventStore
from ledger.projections.projector import PROJECTIONS
from ledger.times import system_clock
from ledger.verification.findings import Verification
from ledger.verification.stored_projections import FoldTask
from ledger.verification.worker import Share, Task, check_share, range_ends
from tests.support.clock import HOUR, Clock
from tests.support.program import SAMPLE_DATA
from tests.support.restoring import to_be_restored
from tests.support.soak import Soak
from tests.support.tampering.attacked_ledger import FIRST
from tests.support.tampering.attacks import attack


def lines(name: str) -> Iterator[bytes]:
    return iter((SAMPLE_DATA / name).read_bytes().splitlines())


@pytest.fixture
def every_feature(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with a batch, an older log, a bank statement, keys, both clocks, closings."""
    with Ledger.open(tmp_path / "all.db", snapshot_interval=10) as books:
        books.batch(lines("club_year.jsonl"))
        books.unlock("an older log is taken over")
        books.import_events(lines("older_world.jsonl"))
        books.open_account("bank", "Club", "USD", "1000000", at="2020-01-01")
        statement = (SAMPLE_DATA / "bank_statement.csv").read_bytes()
        books.import_statement("bank", statement)
        books.import_statement("bank", statement)
        books.snapshot(books.account_ids())
        yield books


def test_books_with_every_feature_are_clean(every_feature: Ledger) -> None:
    found = every_feature.verify()

    assert found.findings == ()
    assert found.events == every_feature.head().position
    assert found.accounts == len(every_feature.account_ids())
    assert found.snapshots == len(every_feature.snapshots()) > 0
    assert found.idempotency_keys > 400
    assert found.looked_at["transfers"] > 50
    held: dict[tuple[str, int], int] = {}
    for row in every_feature.accounts():
        unit = row.currency, row.decimals
        held[unit] = held.get(unit, 0) + row.balance_minor
    assert {
        (totals.currency, totals.decimals): totals.balances_minor for totals in found.totals
    } == held


def test_a_copy_made_of_an_export_is_clean(every_feature: Ledger, tmp_path: Path) -> None:
    head = every_feature.head()
    with to_be_restored(str(tmp_path / "copy.db"), system_clock) as copy:
        copy.import_events(every_feature.export_events())
        found = copy.verify(expect_head=head.short)

    assert (found.findings, found.head) == ((), head)


def test_a_ledger_in_memory_is_verified_too(every_feature: Ledger) -> None:
    with Ledger.in_memory(restoring=True) as twin:
        twin.import_events(every_feature.export_events())
        found, of_file = twin.verify(workers=2), every_feature.verify()

    assert found.findings == ()
    assert (found.totals, found.idempotency_keys) == (of_file.totals, of_file.idempotency_keys)


def test_an_empty_ledger_is_clean(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "new.db") as books:
        head = books.head()
        found = books.verify(expect_head=head.short, workers=2)
        of_genesis = books.verify(expect_head=f"0:{genesis(books.ledger_id).hex()}")
    assert head.position == 1
    assert (found.clean, found.events, found.accounts, found.totals) == (True, 1, 0, ())
    assert of_genesis.clean


def test_projections_that_lag_are_noted_and_still_compared(path: str) -> None:
    with Ledger.open(path, defer_projections=True) as books:
        books.deposit("b", "3")
        found = books.verify()
        assert found.findings == ()
        assert found.notes == (
            "account_balances is 1 event behind the log",
            "account_summaries is 1 event behind the log",
        )
    attack(path, "edit-a-balance")
    with Ledger.open(path) as books:
        assert [each.check for each in books.verify().findings] == ["projection"]


def older_line(account: str, version: int, day: int, event_type: str, **data: object) -> bytes:
    return json.dumps(
        {
            "event_id": f"00000000-0000-4000-8000-00000000{ord(account)}{version:02}",
            "aggregate_id": account,
            "aggregate_type": "BankAccount",
            "event_type": event_type,
            "data": data,
            "metadata": {},
            "version": version,
            "timestamp": f"2020-01-{day:02}T00:00:00",
        }
    ).encode()


def older_opening(account: str) -> bytes:
    fields = {"account_id": account, "name": account, "initial_balance": 100.0}
    return older_line(account, 1, 1, "AccountOpened", **fields)


def older_side(account: str, version: int, day: int, transfer_id: str, **terms: object) -> bytes:
    event_type = "TransferSent" if "to_account" in terms else "TransferReceived"
    terms |= {"transfer_id": transfer_id, "currency": "USD", "description": ""}
    return older_line(account, version, day, event_type, **terms)


def test_transfers_of_the_older_world_need_not_be_neighbours_nor_whole() -> None:
    with Ledger.in_memory() as books:
        books.import_events(
            [
                older_opening("x"),
                older_opening("y"),
                older_side("x", 2, 2, "t-1", to_account="y", amount=500),
                older_side("x", 3, 3, "t-2", to_account="z", amount=500),
                older_side("y", 2, 2, "t-1", from_account="x", amount=500),
                older_side("y", 3, 4, "t-3", from_account="z", amount=700),
            ]
        )
        found = books.verify()

    assert found.findings == ()
    assert "2 sides of transfers stand alone" in found.notes[0]
    assert found.looked_at["transfers"] == 1
    (totals,) = found.totals
    assert (totals.money_in_minor, totals.money_out_minor) == (20_000 + 700, 500)
    assert (totals.sent_minor, totals.received_minor, totals.balances_minor) == (500, 500, 20_200)


def shares_of(store: EventStore, head: int, parts: int, *folds: FoldTask) -> list[Share]:
    """What so many workers find, one after the other."""
    ends = [0, *range_ends(store, 0, head, parts)]
    return [
        check_share(
            store, Task(head, ends[part], ends[part + 1], part, parts, folds), lambda done: None
        )
        for part in range(parts)
    ]


def test_a_log_is_the_same_however_it_is_cut(path: str) -> None:
    """A cut goes near every transfer and every keyed command once, and through none."""
    store = open_store(path, lambda: 0)
    folds = [FoldTask(projection, 15, is_built_in=True) for projection in PROJECTIONS]
    for parts in range(1, 17):
        shares = shares_of(store, 15, parts, *folds)
        assert [finding for share in shares for finding in share.findings] == []
        assert sum(share.events for share in shares) == 15
        assert sum(share.transfers for share in shares) == 1
        assert sum(share.recorded_keys for share in shares) == 3
        assert sum(share.snapshots for share in shares) == 3
        streams = sorted(stream for share in shares for stream in share.stream_ids)
        assert streams == ["$book", *"abcj"]
        assert sum(share.totals["USD", 2].balances_minor for share in shares) == 14_575
        for number in range(len(folds)):
            rows = [dict(share.rows[number]) for share in shares]
            assert sorted(key for each in rows for key in each) == list("abcj")
    store.close()


def test_neighbouring_transfers_and_keys_are_counted_once(tmp_path: Path) -> None:
    path = str(tmp_path / "books.db")
    with Ledger.open(path) as books:
        books.open_account("a", "Ana", initial_balance="10", idempotency_key="k-a")
        books.open_account("b", "Ben", initial_balance="10", idempotency_key="k-b")
        for turn in range(3):
            books.transfer("a", "b", "1", idempotency_key=f"k-{turn}")
            books.transfer("b", "a", "1")
            books.transfer("b", "a", "1")
        head = books.head().position
    store = open_store(path, lambda: 0)
    for parts in range(1, head + 2):
        shares = shares_of(store, head, parts)
        assert [finding for share in shares for finding in share.findings] == []
        assert sum(share.transfers for share in shares) == 9
        assert sum(share.recorded_keys for share in shares) == 5
    store.close()


@pytest.mark.parametrize(
    ("name", "findings"),
    [
        ("amount", 1),
        ("description-of-a-transfer", 2),
        ("rename-a-key", 1),
        ("events-of-a-key", 1),
        ("recorded-time", 2),
        ("delete-from-the-middle", 2),
        ("insert-before-the-first", 4),
    ],
)
def test_what_is_wrong_is_found_once_however_the_log_is_cut(
    name: str, findings: int, path: str
) -> None:
    attack(path, name)
    store = open_store(path, lambda: 0)
    for parts in range(1, 17):
        found = [
            finding.position
            for share in shares_of(store, 15, parts)
            for finding in share.findings
            if finding.check != "snapshot"
        ]
        assert len(found) == findings, parts
    store.close()


WRITER = """
import sys
from ledger import Ledger
with Ledger.open(sys.argv[1], snapshot_interval=2) as books:
    for turn in range(1_000_000):
        books.transfer("a", "b", "0.01", idempotency_key=f"w-{turn}")
        books.transfer("b", "a", "0.01")
        print("written", flush=True)
"""


@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize("workers", [1, 2])
def test_books_are_clean_while_somebody_writes(workers: int, path: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True
    ) as writer:
        try:
            assert writer.stdout is not None
            writer.stdout.readline()
            heads: list[int] = []
            end = monotonic() + 30
            with Ledger.open(path) as books:
                while len(heads) < 5 or (len(set(heads)) < 3 and monotonic() < end):
                    found = books.verify(workers=workers)
                    assert (found.findings, found.notes) == ((), ())
                    assert found.events == found.head.position
                    heads.append(found.head.position)
            assert len(set(heads)) >= 3
        finally:
            writer.kill()


def test_the_reported_progress_reaches_its_end(path: str) -> None:
    told: list[tuple[int, int]] = []
    with Ledger.open(path) as books:
        books.batch(iter([b'{"command": "deposit", "account": "a", "amount": "1"}'] * 12_000))
        books.verify(progress=lambda done, all_of_them: told.append((done, all_of_them)))
    assert {total for _, total in told} == {12_015}
    assert told == sorted(told)
    assert len(told) > 2
    assert told[-1] == (12_015, 12_015)


def live(seed: int, folder: Path) -> Verification:
    """A life of backdated entries on few accounts, so that paths are long and winding."""
    dice = random.Random(seed)
    clock = Clock(FIRST)
    with Ledger.open(folder / f"{seed}.db", clock=clock, snapshot_interval=7) as books:
        for name in "xyz":
            books.open_account(name, name, initial_balance="5", at=FIRST - 1_000 * HOUR)
        batch = []
        for _ in range(400):
            clock.now += dice.randrange(HOUR)
            account, other = dice.sample("xyz", 2)
            line = {"command": dice.choice(["deposit", "withdraw", "withdraw", "transfer"])}
            if line["command"] == "transfer":
                line |= {"from": account, "to": other}
            else:
                line["account"] = account
            line["amount"] = f"0.{dice.randint(1, 99):02}"
            if dice.random() < 0.6:
                line["at"] = format_instant(clock.now - dice.choice([HOUR, 20 * HOUR, 900 * HOUR]))
            batch.append(json.dumps(line).encode())
        report = books.batch(batch, continue_on_error=True)
        assert report.refused
        return books.verify(workers=1)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_rules_allowed_they_allow_again(seed: int, tmp_path: Path) -> None:
    found = live(seed, tmp_path)
    assert found.findings == ()


@pytest.mark.soak
def test_whatever_the_rules_allowed_they_allow_again_soak(soak: Soak, tmp_path: Path) -> None:
    end = monotonic() + soak.seconds
    for seed in count(soak.seed):
        found = live(seed, tmp_path)
        assert found.findings == (), seed
        soak.count(Counter({"lives": 1, "events": found.events}))
        (tmp_path / f"{seed}.db").unlink()
        if monotonic() > end:
            break
