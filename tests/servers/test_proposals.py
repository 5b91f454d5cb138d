"""What a command on a server rests on is seen again as it is written.

A command is decided on what it has read, or on what its process remembers, while others may write.
Whatever they do before it is written, the outcome is as if one had come after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGINT
from time import monotonic, sleep, time_ns

import pytest

from ledger import Ledger
from ledger.domain.book import BOOK_STREAM
from ledger.domain.instant import to_datetime
from ledger.errors import (
    ClockBehind,
    IdempotencyKeyReused,
    InsufficientFunds,
    LedgerError,
    LedgerMoved,
    Locked,
)
from ledger.eventstore import standing
from ledger.eventstore.postgresql.clock import ServerClock
from ledger.eventstore.postgresql.store import PostgresqlStore
from ledger.eventstore.reading_together import Overtaken, Touched
from tests.support.appends import deposit, write
from tests.support.cli.signals import PATIENCE, running, wait_until
from tests.support.program import environment
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.wire import HELD, Wire

pytestmark = pytest.mark.servers

FRIDAY, SUNDAY = "2026-01-30T12:00:00Z", "2026-02-01T12:00:00Z"
TUESDAY = "2026-02-03T12:00:00Z"


@pytest.fixture
def place(postgresql_url: str, postgresql_server: PostgresServer, wire: Wire) -> str:
    """A ledger of two accounts, by the way along the wire."""
    with Ledger.open(postgresql_url) as ledger:
        ledger.open_account("a", "Ana", initial_balance="100", at="2026-01-01")
        ledger.open_account("b", "Ben", initial_balance="100", at="2026-01-01")
    there, here = (
        str(each).replace("/", "%2F") for each in (postgresql_server.folder, wire.folder)
    )
    return postgresql_url.replace(there, here)


@pytest.fixture
def other(place: str, postgresql_url: str) -> Iterator[Ledger]:
    """Somebody else at the same ledger."""
    with Ledger.open(postgresql_url, create=False) as ledger:
        yield ledger


def clock_of(ledger: Ledger) -> ServerClock:
    clock = ledger._store.surroundings.clock
    assert isinstance(clock, ServerClock)
    return clock


def hear_clock(ledger: Ledger) -> None:
    """What is remembered counts for a second; however slow this machine is, it begins now."""
    clock_of(ledger).hear(clock_of(ledger)())


def alone(ledger: Ledger) -> None:
    """Let a process see that nobody else writes."""
    for _ in range(3):
        ledger.transfer("a", "b", "1", at=SUNDAY)
        ledger.transfer("b", "a", "1", at=SUNDAY)
    hear_clock(ledger)


def test_who_writes_alone_needs_one_round_trip(place: str, wire: Wire, other: Ledger) -> None:
    with Ledger.open(place, create=False) as ledger:
        alone(ledger)
        for key in "kl":
            hear_clock(ledger)
            wire.arm(None)
            ledger.transfer("a", "b", "1", idempotency_key=key)
            assert wire.steps == 1
        for _ in range(3):
            wire.arm(None)
            ledger.deposit("a", "1", at=FRIDAY)
            assert wire.steps <= 3  # of the past it asks what came later
        other.deposit("a", "5")
        other.withdraw("b", "5")
        hear_clock(ledger)
        wire.arm(None)
        done = ledger.transfer("a", "b", "1", idempotency_key="m")
        assert wire.steps == 3  # what it remembered was not so any more
        assert [each.balance_minor for each in done.accounts] == [10500, 9800]
        wire.arm(None)
        ledger.transfer("a", "b", "1", idempotency_key="n")
        assert wire.steps == 2  # somebody may be there
        assert ledger.verify(workers=1).clean


def place_of(ledger: Ledger) -> str:
    store = ledger._store
    assert isinstance(store, PostgresqlStore)
    assert store.location
    return store.location


def open_without_tables(other: Ledger) -> None:
    with Ledger.open(place_of(other), create=False, defer_projections=True) as deferring:
        deferring.open_account("c", "Cai")


def open_an_hour_later(other: Ledger) -> None:
    later = other.head().recorded_us + 3_600_000_000
    with Ledger.open(place_of(other), create=False, clock=lambda: later) as ahead:
        ahead.open_account("c", "Cai")


def test_what_a_process_reads_or_does_itself_does_not_mislead_it(
    place: str, wire: Wire, other: Ledger
) -> None:
    with Ledger.open(place, create=False) as ledger:
        alone(ledger)
        other.deposit("b", "1")
        ledger.head()
        ledger.transfer("a", "b", "1")
        alone(ledger)
        ledger.open_account("c", "Cai")
        wire.arm(None)
        ledger.transfer("a", "b", "1")
        assert wire.steps == 2  # and not in vain what it remembers
        alone(ledger)
        ledger.reverse("a", 2)
        ledger.batch([b'{"command":"deposit","account":"a","amount":"1"}'])
        ledger.transfer("a", "b", "1")
        assert ledger.verify(workers=1).clean


# What another process does while the write is on its way, and what then comes of a transfer of
# 60.00 from a to b, which hold 100.00 each.
MEANWHILE: dict[str, tuple[Callable[[Ledger, Path], object], type[LedgerError] | None]] = {
    "nothing": (lambda other, folder: None, None),
    "another account": (lambda other, folder: other.open_account("c", "Cai"), None),
    "money comes": (lambda other, folder: other.deposit("a", "1"), None),
    "money comes at the other end": (lambda other, folder: other.deposit("b", "1"), None),
    "money goes": (lambda other, folder: other.withdraw("a", "60"), InsufficientFunds),
    "it is dated back": (lambda other, folder: other.deposit("b", "1", at=FRIDAY), None),
    "the books are locked": (lambda other, folder: other.lock("2026-02"), Locked),
    "the same command": (
        lambda other, folder: other.transfer("a", "b", "60", at=TUESDAY, idempotency_key="k"),
        None,
    ),
    "all is archived": (
        lambda other, folder: other.archive(folder / "archive", other.head().recorded_us),
        None,
    ),
    "the key is used for something else": (
        lambda other, folder: other.open_account("c", "Cai", idempotency_key="k"),
        IdempotencyKeyReused,
    ),
    "tables fall behind": (lambda other, folder: open_without_tables(other), None),
    "a clock runs ahead": (lambda other, folder: open_an_hour_later(other), ClockBehind),
    "tables are made anew": (lambda other, folder: other.rebuild_projections(), None),
}


@pytest.mark.parametrize("remembers", [False, True])
@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE.keys())
def test_what_others_do_before_it_is_written_counts(
    place: str,
    wire: Wire,
    other: Ledger,
    tmp_path: Path,
    meanwhile: tuple[Callable[[Ledger, Path], object], type[LedgerError] | None],
    remembers: bool,
) -> None:
    action, refusal = meanwhile
    with Ledger.open(place, create=False) as ledger:
        if remembers:
            alone(ledger)
        saved = []

        def others_write() -> None:
            action(other, tmp_path)
            saved.append(standing.saves())

        wire.arm(0 if remembers else 1, HELD, others_write)
        if refusal is not None:
            with pytest.raises(refusal):
                ledger.transfer("a", "b", "60", at=TUESDAY, idempotency_key="k")
            assert standing.saves() == saved[0] - 1  # which was about to be saved, and was not
        else:
            done = ledger.transfer("a", "b", "60", at=TUESDAY, idempotency_key="k")
            stored = {each.position: each for each in other.events(raw=True)}
            assert list(done.recorded) == [stored[each.position] for each in done.recorded]
            assert [each.balance_minor for each in done.accounts] == [
                other.balance(each).balance.minor_units for each in "ab"
            ]
            assert other.transfer("a", "b", "60", at=TUESDAY, idempotency_key="k").replayed
            ledger.transfer("b", "a", "1", idempotency_key="l")
        assert other.verify(workers=1).clean


def test_what_is_refused_on_what_is_remembered_is_looked_at_again(
    place: str, other: Ledger
) -> None:
    with Ledger.open(place, create=False) as ledger:
        alone(ledger)
        other.deposit("a", "500")
        ledger.withdraw("a", "400", idempotency_key="k")
        alone(ledger)
        other.withdraw("a", "150", idempotency_key="l")
        assert ledger.withdraw("a", "150", idempotency_key="l").replayed


def test_texts_of_all_kinds_are_hashed_as_they_are(place: str) -> None:
    texts = ["", "Müller & Söhne", "日本語 🏦", 'tab\tand "quotes" \\ and \u2028', "\x01\x02 marks"]
    with Ledger.open(place, create=False) as ledger:
        for number, text in enumerate(texts):
            ledger.transfer(
                "a",
                "b",
                "1",
                description=text,
                tags={"fund": "Jugend \N{SOCCER BALL}"},
                idempotency_key=f"ü{number}",
            )
        seen = [each.event.words for each in ledger.events() if each.stream_id == "b"]
        assert seen[1:] == texts
        assert ledger.verify(workers=1).clean


def test_a_snapshot_that_is_due_is_taken(place: str, wire: Wire) -> None:
    with Ledger.open(place, create=False) as ledger:
        for _ in range(98):
            ledger.deposit("a", "1")
    with Ledger.open(place, create=False) as ledger:
        wire.arm(None)
        ledger.deposit("a", "1")
        assert wire.steps == 3
        assert [each.version for each in ledger.snapshots("a")] == [100]
        assert ledger.verify(workers=1).clean


def propose_and_read(store: PostgresqlStore, touched: Touched) -> None:
    with store.proposal(touched):
        store.append([write(store, "a", deposit())])
        store.tables.checkpoints()  # before which what is pending would have to be written


def test_what_cannot_be_proposed_is_overtaken(place: str) -> None:
    with Ledger.open(place, create=False) as ledger:
        store, before = ledger._store, ledger.head()
        assert isinstance(store, PostgresqlStore)
        touched = Touched({"a": 0, "new": 0, BOOK_STREAM: 0}, "none", None, {})
        for stream in ("new", "untouched"):
            with pytest.raises(Overtaken), store.proposal(touched):
                store.append([write(store, stream, deposit(), expected=0)])
        with pytest.raises(Overtaken):
            propose_and_read(store, touched)
        assert ledger.head() == before
        with store.proposal(touched) as proposal:
            provisional = store.append([write(store, "a", deposit())])
        assert list(proposal.recorded) == provisional  # where nobody came between
        assert ledger.head().hash == provisional[-1].hash


def test_an_interrupt_while_another_writes_ends_the_command_with_nothing_saved(
    postgresql_server: PostgresServer, place: str, other: Ledger, tmp_path: Path
) -> None:
    before = other.head()
    env = environment(tmp_path, place)
    with other._store.transaction(), running(env, tmp_path, "deposit", "a", "1") as process:
        wait_until(lambda: waits_for_lock(postgresql_server))
        sleep(0.3)  # until it waits for the answer
        start = monotonic()
        process.send_signal(SIGINT)
        assert process.wait(PATIENCE) == 130
        assert monotonic() - start < 3
        assert process.stderr
        assert process.stderr.read() == b"interrupted: nothing was changed\n"
    assert other.head() == before


@pytest.mark.parametrize("words", [("deposit", "a", "1"), ("open", "c", "--owner", "Cai")])
def test_who_has_waited_sees_what_the_other_wrote_whatever_the_isolation_is_by_default(
    postgresql_server: PostgresServer,
    place: str,
    other: Ledger,
    tmp_path: Path,
    words: tuple[str, ...],
) -> None:
    before = other.head().position
    env = environment(tmp_path, f"{place}%20-cdefault_transaction_isolation%3Dserializable")
    with ExitStack() as stack:
        with other._store.transaction():
            process = stack.enter_context(running(env, tmp_path, *words))
            wait_until(lambda: waits_for_lock(postgresql_server))
            other.deposit("b", "1")
        assert process.wait(PATIENCE) == 0
    assert other.head().position == before + 2
    assert other.verify(workers=1).clean


def test_what_was_mended_is_not_undone_by_who_remembers(
    postgresql_server: PostgresServer, place: str, other: Ledger
) -> None:
    with Ledger.open(place, create=False) as ledger:
        alone(ledger)
        with postgresql_server.connect() as admin:
            schema = search_path_in(place)
            admin.execute(f"UPDATE {schema}.account_balances SET balance = balance + 1")
        alone(ledger)
        assert not other.verify(workers=1).clean
        other.rebuild_projections()
        ledger.transfer("a", "b", "1", at=TUESDAY)
        ledger.transfer("a", "b", "1", at=TUESDAY)
        assert other.verify(workers=1).clean


@pytest.mark.parametrize("remembers", [False, True])
@pytest.mark.parametrize("what", ["another ledger", "an earlier state of it"])
@pytest.mark.parametrize("defers", [False, True])
def test_a_ledger_that_was_replaced_is_not_written_to(
    postgresql_server: PostgresServer,
    place: str,
    other: Ledger,
    what: str,
    remembers: bool,
    defers: bool,
) -> None:
    url = place_of(other)
    with Ledger.open(place, create=False, defer_projections=defers) as ledger:
        ledger.open_account("c", "Cai")
        ledger.transfer("a", "b", "1", at=SUNDAY)
        if remembers:
            alone(ledger)
        versions = [ledger.balance(each).version for each in "ab"]
        early = list(other.export_events())
        ledger.deposit("c", "1")
        with postgresql_server.connect() as admin:
            admin.execute(f"DROP SCHEMA {search_path_in(place)} CASCADE")
        if what == "an earlier state of it":
            with Ledger.draft(url, restoring=True) as new:
                new.import_events(early)
        else:
            with Ledger.open(url) as new:
                for account in "abc":
                    new.open_account(account, "Eve", initial_balance="100", at="2026-01-01")
                for _ in range(versions[0] - 1):
                    new.transfer("a", "b", "1", at=SUNDAY)
                new.deposit("c", "1")
        hear_clock(ledger)
        for _ in range(2):
            with pytest.raises(LedgerMoved, match=what):
                ledger.transfer("a", "b", "1", at=TUESDAY)
    with Ledger.open(url, create=False) as new:
        assert [new.balance(each).version for each in "ab"] == versions


def test_after_a_sleep_of_the_machine_the_server_s_clock_is_heard_again(place: str) -> None:
    with Ledger.open(place, create=False) as ledger:
        alone(ledger)
        sleep(1.5)
        clock_of(ledger)._heard_at += 1_500_000_000  # in sleep nothing is counted
        before = time_ns() // 1000 - 500_000
        done = ledger.transfer("a", "b", "1").recorded[0]
        assert done.effective_at > before
        sleep(1.5)
        clock_of(ledger)._heard_at += 1_500_000_000
        ledger.transfer("a", "b", "1", at=to_datetime(time_ns() // 1000 - 200_000))


def test_statements_mean_the_same_whatever_a_backslash_means_by_default(place: str) -> None:
    with Ledger.open(f"{place}%20-cstandard_conforming_strings%3Doff", create=False) as ledger:
        ledger.deposit("a", "1", description="back\\slash", tags={"fund": "x"})
        assert [each.description for each in ledger.find("back\\slash")] == ["back\\slash"]
        assert ledger.verify(workers=1).clean


def search_path_in(url: str) -> str:
    return url.rpartition("%3D")[2]


def waits_for_lock(server: PostgresServer) -> bool:
    with server.connect() as admin:
        waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(admin.execute(waiting).fetchall())


def test_a_connection_that_is_lost_is_made_anew_by_who_remembers(
    postgresql_server: PostgresServer, place: str
) -> None:
    with Ledger.open(place, create=False) as ledger:
        alone(ledger)
        with postgresql_server.connect() as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' "
                "AND query LIKE '%still_so%'"
            )
        ledger.transfer("a", "b", "1")
        assert str(ledger.balance("b").balance) == "101.00 USD"
