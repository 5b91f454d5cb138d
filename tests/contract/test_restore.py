"""Restoring a log makes its twin, and a log that does not hold together makes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.domain.account import BankAccount
from ledger.domain.book import Book
from ledger.errors import BrokenChain, ImportRefused, LedgerError, UnreadableEvent
from ledger.eventstore.hash_chain import expected_hash, genesis
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.records import Head, KeyedRequest, KeyRecord, RecordedEvent
from ledger.eventstore.store import EventStore
from tests.support.appends import LEDGER_ID, appended, appended_at, deposit, deposits, log_of, write
from tests.support.clock import NOON, SECOND
from tests.support.contract.store_kinds import StoreKind

OTHER_ID = "quite another ledger"

Log = list[RecordedEvent]


def rehashed(log: Log) -> Log:
    """The log with hashes that follow, whatever else is wrong with it."""
    previous, chained = genesis(LEDGER_ID), []
    for event in log:
        previous = expected_hash(previous, event)
        chained.append(replace(event, hash=previous))
    return chained


@pytest.fixture
def log(kind: StoreKind) -> Log:
    """Four events of two streams, the second of them backdated; the last two have texts."""
    with kind.new() as store:
        appended_at(store, "a", [NOON, NOON - 9 * SECOND])
        store.append([write(store, "b", deposit(text="rent")), write(store, "a", deposit(text=""))])
        return log_of(store)


def test_a_restored_log_is_the_twin_of_the_one_it_came_from(kind: StoreKind) -> None:
    with kind.new() as original, kind.new(ledger_id=OTHER_ID) as copy:
        appended_at(original, "a", [NOON - SECOND, NOON - 9 * SECOND, NOON - 2 * SECOND, NOON])
        appended(original, "ß", *deposits(1_500))

        head = copy.restore(original.ledger_id, iter(log_of(original)))

        assert head == copy.head() == original.head()
        assert log_of(copy) == log_of(original)
        assert copy.ledger_id == original.ledger_id == LEDGER_ID
        assert list(copy.stream_ids()) == list(original.stream_ids())


def test_a_twin_goes_on_as_the_original_would(kind: StoreKind, log: Log) -> None:
    with kind.new() as one, kind.new(ledger_id=OTHER_ID) as other:
        one.restore(LEDGER_ID, log)
        other.restore(LEDGER_ID, log)

        assert appended(one, "a", deposit(at=NOON - 1)) == appended(
            other, "a", deposit(at=NOON - 1)
        )
        assert one.head() == other.head()


def test_the_ledgers_id_is_seen_by_the_next_who_opens_it(kind: StoreKind) -> None:
    with kind.new(ledger_id=OTHER_ID) as store:
        store.restore(LEDGER_ID, [])

        with kind.second(store) as other:
            assert other.ledger_id == LEDGER_ID
            assert other.head() == store.head()


def test_restoring_an_empty_log_gives_an_empty_twin(kind: StoreKind) -> None:
    with kind.new(ledger_id=OTHER_ID) as store:
        assert store.restore(LEDGER_ID, []) == Head(0, genesis(LEDGER_ID), 0)


def test_the_keys_of_a_restored_log_are_known_as_they_were(kind: StoreKind) -> None:
    def keyed(key: str, request: str) -> dict[str, Any]:
        return {"idempotency_key": key, "request": {"text": request}}

    with kind.new() as original:
        appended(original, "a")
        original.append(
            [
                write(original, "a", deposit(**keyed("k1", "x"))),
                write(original, "b", deposit(**keyed("k1", "x"))),
            ],
            keyed=KeyedRequest("k1", request_fingerprint(b'{"text": "x"}')),
        )
        original.append(
            [write(original, "a", deposit(**keyed("k2", "y")))],
            keyed=KeyedRequest("k2", request_fingerprint(b'{"text": "y"}')),
        )
        appended(original, "b")
        with kind.new(ledger_id=OTHER_ID) as copy:
            copy.restore(original.ledger_id, log_of(original))

            assert next(copy.key_records("k1"), None) == next(original.key_records("k1"), None)
            assert next(copy.key_records("k2"), None) == next(original.key_records("k2"), None)
            assert next(copy.key_records("k1"), None) == KeyRecord(
                "k1", request_fingerprint(b'{"text": "x"}'), 2, 3
            )


def test_a_store_that_holds_events_is_not_restored_into(store: EventStore, log: Log) -> None:
    before = appended(store, "mine")

    with pytest.raises(ImportRefused, match="already holds events"):
        store.restore(OTHER_ID, log)

    assert log_of(store) == before
    assert store.ledger_id == LEDGER_ID


def test_streams_that_were_asked_for_before_are_still_right_after_a_restore(
    store: EventStore, log: Log
) -> None:
    with store.transaction():
        with pytest.raises(LedgerError):
            appended(store, "a", expected=4)
        store.restore(LEDGER_ID, log)
        (event,) = appended(store, "a", expected=3)

    assert (event.position, event.version) == (5, 4)


def changed(place: int, **fields: object) -> Callable[[Log], Log]:
    """A log with one event changed and all hashes made to follow."""

    def change(log: Log) -> Log:
        return rehashed([*log[:place], replace(log[place], **fields), *log[place + 1 :]])

    return change


def unhashed(place: int, **fields: object) -> Callable[[Log], Log]:
    """A log with one event changed and the hashes left as they were."""

    def change(log: Log) -> Log:
        return [*log[:place], replace(log[place], **fields), *log[place + 1 :]]

    return change


BREAKS: dict[str, tuple[Callable[[Log], Log], int, str]] = {
    "an event left out": (lambda log: [log[0], *log[2:]], 3, "its position should be 2"),
    "the first event left out": (lambda log: log[1:], 2, "its position should be 1"),
    "an event twice": (lambda log: [*log[:2], *log[1:]], 2, "its position should be 3"),
    "two events exchanged": (lambda log: [log[1], log[0], *log[2:]], 2, "its position should be 1"),
    "a version too high": (changed(3, version=4), 4, "its version should be 3"),
    "a version too low": (changed(1, version=1), 2, "its version should be 2"),
    "a stream that does not begin": (changed(2, version=2), 3, "its version should be 1"),
    "another aggregate type": (changed(1, aggregate_type="Loan"), 2, "should be BankAccount"),
    "recorded time running back": (
        changed(2, recorded_at=NOON - SECOND, effective_at=NOON - SECOND),
        3,
        "it was recorded before 2026-03-01T12:00:00Z",
    ),
    "recorded before it happened": (
        changed(3, effective_at=NOON + 1),
        4,
        "it was recorded before it happened",
    ),
    "recorded before it happened, by an event that has its own date": (
        changed(3, effective_at=NOON + 1, event_type="AccountClosed"),
        4,
        "it was recorded before it happened",
    ),
    "recorded before it happened, of a type that nobody knows": (
        changed(3, effective_at=NOON + 1, event_type="EntryForgotten"),
        4,
        "it was recorded before it happened",
    ),
    "a backdated mark lost": (changed(1, backdated=False), 2, "wrongly marked as backdated"),
    "a backdated mark too many": (changed(0, backdated=True), 1, "wrongly marked as backdated"),
    "other data": (unhashed(1, data='{"amount": 1}'), 2, "its hash does not follow"),
    "other metadata": (unhashed(0, metadata="{}"), 1, "its hash does not follow"),
    "another effective time": (unhashed(1, effective_at=5), 2, "its hash does not follow"),
    "another recorded time": (unhashed(3, recorded_at=NOON + 9), 4, "its hash does not follow"),
    "another event type": (unhashed(3, event_type="Gift"), 4, "its hash does not follow"),
    "another schema version": (unhashed(3, schema_version=1), 4, "its hash does not follow"),
    "another name for the stream": (
        lambda log: [replace(log[0], stream_id="z"), *log[1:]],
        1,
        "its hash does not follow",
    ),
    "another text": (unhashed(2, text="gift"), 3, "its hash does not follow"),
    "a text taken out": (unhashed(2, text=None, salt=None), 3, "its hash does not follow"),
    "an empty text taken out": (unhashed(3, text=None, salt=None), 4, "its hash does not follow"),
    "a text where there was none": (
        unhashed(0, text="", salt=bytes(16)),
        1,
        "its hash does not follow",
    ),
    "another salt": (unhashed(2, salt=bytes(16)), 3, "its hash does not follow"),
    "a digest of another text": (
        unhashed(2, text=bytes(32), salt=None),
        3,
        "its hash does not follow",
    ),
    "a text without a salt": (unhashed(2, salt=None), 3, "a text has a salt of 16 bytes"),
    "a salt cut short": (unhashed(2, salt=bytes(15)), 3, "a text has a salt of 16 bytes"),
    "a salt without a text": (unhashed(0, salt=bytes(16)), 1, "a salt stands beside a text"),
    "a salt left beside a digest": (unhashed(2, text=bytes(32)), 3, "a salt stands beside a text"),
    "a digest cut short": (unhashed(2, text=bytes(31), salt=None), 3, "has 32 bytes"),
    "a hash cut short": (unhashed(2, hash=bytes(16)), 3, "its hash does not follow"),
}


DATED_BY_ANOTHER = [kind.__name__ for kind in BankAccount.event_types if kind.dated_by_another]


def test_which_events_are_dated_by_another_one() -> None:
    assert set(DATED_BY_ANOTHER) == {
        "EntryReversed",
        "EntryAmended",
        "OpeningAmended",
        "AccountReopened",
        "ConfirmationWithdrawn",
    }
    assert [kind for kind in Book.event_types if kind.dated_by_another] == []
    assert [kind.__name__ for kind in Book.event_types if kind.stamped_by_clock_alone] == [
        "ClockCorrected"
    ]


@pytest.mark.parametrize("event_type", DATED_BY_ANOTHER)
def test_what_is_dated_by_another_event_may_lie_ahead(
    kind: StoreKind, log: Log, event_type: str
) -> None:
    """The other one may have been dated by a clock that was wrong."""
    ahead = changed(3, event_type=event_type, effective_at=NOON + 1)(log)
    with kind.new(ledger_id=OTHER_ID) as store:
        store.restore(LEDGER_ID, ahead)

        assert log_of(store) == ahead


def test_a_corrected_clock_alone_may_step_back(kind: StoreKind, log: Log) -> None:
    back = changed(
        3, event_type="ClockCorrected", effective_at=NOON - SECOND, recorded_at=NOON - SECOND,
        backdated=True,
    )(log)  # fmt: skip
    with kind.new(ledger_id=OTHER_ID) as store:
        store.restore(LEDGER_ID, back)
        assert log_of(store) == back

        (following,) = appended(store, "b", deposit(at=None))

        assert following.recorded_at == NOON


@pytest.mark.parametrize("what", BREAKS)
def test_a_log_that_does_not_follow_is_refused_whole(kind: StoreKind, log: Log, what: str) -> None:
    break_it, position, why = BREAKS[what]
    with kind.new(ledger_id=OTHER_ID) as store:
        empty = store.head()

        with pytest.raises(BrokenChain, match=why) as broken:
            store.restore(LEDGER_ID, break_it(log))

        assert broken.value.details["position"] == position
        assert log_of(store) == []
        assert list(store.stream_ids()) == []
        assert (store.ledger_id, store.head()) == (OTHER_ID, empty)
        with kind.second(store) as other:
            assert other.ledger_id == OTHER_ID


def test_a_log_under_another_ledgers_id_does_not_follow(kind: StoreKind, log: Log) -> None:
    with (
        kind.new(ledger_id=OTHER_ID) as store,
        pytest.raises(BrokenChain, match="position 1: its hash does not follow"),
    ):
        store.restore(OTHER_ID, log)


def test_a_restore_that_is_rolled_back_from_outside_leaves_the_old_ledger_id(
    kind: StoreKind, log: Log
) -> None:
    with kind.new(ledger_id=OTHER_ID) as store:

        def transaction() -> None:
            with store.transaction():
                store.restore(LEDGER_ID, log)
                assert store.ledger_id == LEDGER_ID
                raise InterruptedError

        with pytest.raises(InterruptedError):
            transaction()

        assert (store.ledger_id, store.head()) == (
            OTHER_ID,
            Head(0, genesis(OTHER_ID), 0),
        )
        assert store.restore(LEDGER_ID, log).position == 4


def test_metadata_that_cannot_be_read_is_named(kind: StoreKind, log: Log) -> None:
    unreadable = rehashed([log[0], replace(log[1], metadata='["idempotency_key"]'), *log[2:]])
    with kind.new(ledger_id=OTHER_ID) as store:
        with pytest.raises(UnreadableEvent, match="metadata of event 2") as refusal:
            store.restore(LEDGER_ID, unreadable)

        assert (refusal.value.details["position"], refusal.value.details["account_id"]) == (2, "a")
        assert log_of(store) == []
