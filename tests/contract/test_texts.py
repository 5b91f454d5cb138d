"""The free text of an event: hashed by a salted digest, so that it can be erased."""

from __future__ import annotations

import hashlib
from typing import Protocol, cast

import msgspec
import pytest
from msgspec.structs import replace

from ledger.errors import BrokenChain
from ledger.eventstore.appending import follow_chain
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import Erases, EventStore
from ledger.eventstore.tables import ProjectionTable
from tests.support.appends import LEDGER_ID, appended, deposit, log_of
from tests.support.contract.store_kinds import StoreKind
from tests.support.independent_chain import hashes

TEXTS = ["rent", "", "ß 東京 \u2028 🏦\n\x00", "x" * 40_000]


def erased(event: RecordedEvent) -> RecordedEvent:
    """The event as it is once its text is erased."""
    assert isinstance(event.text, str)
    assert event.salt is not None
    return replace(event, text=hashlib.sha256(event.salt + event.text.encode()).digest(), salt=None)


class Row(msgspec.Struct):
    key: str


@pytest.fixture
def texts(store: EventStore) -> list[RecordedEvent]:
    """Events with each of the texts, and one with none."""
    return appended(store, "a", *(deposit(text=text) for text in TEXTS), deposit())


def test_a_text_is_kept_as_it_was_given_with_a_salt_of_16_bytes(
    store: EventStore, texts: list[RecordedEvent]
) -> None:
    assert log_of(store) == texts
    assert [event.text for event in texts] == [*TEXTS, None]
    assert [event.salt and len(event.salt) for event in texts] == [16] * len(TEXTS) + [None]


def test_equal_texts_have_different_salts(store: EventStore) -> None:
    events = appended(store, "a", *[deposit(text="rent")] * 100)

    assert len({event.salt for event in events}) == 100


def test_a_text_is_read_in_every_way_that_an_event_is(
    store: EventStore, texts: list[RecordedEvent]
) -> None:
    assert list(store.read_stream("a")) == texts
    assert list(store.read_stream("a", newest_first=True)) == texts[::-1]
    assert [event.text for event in store.read_all(bare=True)] == [*TEXTS, None]


def test_the_chain_covers_texts_by_their_digests(
    store: EventStore, texts: list[RecordedEvent]
) -> None:
    assert [event.hash for event in texts] == hashes(LEDGER_ID, texts)[1:]


def test_an_erased_text_leaves_every_hash_as_it_was(
    kind: StoreKind, store: EventStore, texts: list[RecordedEvent]
) -> None:
    without = [*map(erased, texts[:3]), *texts[3:]]

    with kind.new(ledger_id="another") as copy:
        head = copy.restore(LEDGER_ID, without)

        assert head == store.head()
        assert log_of(copy) == without
        assert [event.erased for event in log_of(copy)] == [True] * 3 + [False] * 2
        assert [event.text for event in copy.read_all(bare=True)] == [
            event.text for event in without
        ]
        (following,) = appended(copy, "a")
        assert following.hash == hashes(LEDGER_ID, [*without, following])[-1]


def test_a_log_of_erased_texts_is_checked_as_any_other(
    kind: StoreKind, texts: list[RecordedEvent]
) -> None:
    """A digest that belongs to another text, or a text that takes a digest's place."""
    other = erased(replace(texts[0], text="gift"))

    with (
        kind.new(ledger_id="another") as copy,
        pytest.raises(BrokenChain, match="position 1: its hash does not follow"),
    ):
        copy.restore(LEDGER_ID, [other, *texts[1:]])


@pytest.mark.parametrize("text", ["", "\x00"])
def test_no_text_and_an_empty_one_are_told_apart(store: EventStore, text: str) -> None:
    none, empty = appended(store, "a", deposit(), deposit(text=text))

    assert (none.text, none.salt) == (None, None)
    assert empty.text == text
    assert empty.salt is not None


def test_a_text_of_no_valid_unicode_is_refused_and_nothing_is_written(store: EventStore) -> None:
    with pytest.raises(UnicodeEncodeError):
        appended(store, "a", deposit(), deposit(text="\ud800"))

    assert log_of(store) == []


# ── erasing ─────────────────────────────────────────────────────────────────────────────────────


class ErasingStore(Erases, EventStore, Protocol):
    """What both of them say."""


@pytest.fixture
def erasing(store: EventStore, texts: list[RecordedEvent]) -> ErasingStore:
    if not isinstance(store, Erases):
        pytest.skip("it cannot erase texts")
    return cast(ErasingStore, store)


def test_erasing_puts_the_digest_in_the_place_of_the_text_and_takes_the_salt(
    kind: StoreKind, erasing: ErasingStore, texts: list[RecordedEvent]
) -> None:
    head = erasing.head()

    assert erasing.erase_texts([1, 2, 5]) == 2  # the fifth has none

    wanted = [*map(erased, texts[:2]), *texts[2:]]
    assert log_of(erasing) == list(erasing.read_stream("a")) == wanted
    assert erasing.head() == head
    assert list(follow_chain(erasing.ledger_id, wanted)) == wanted
    with kind.second(erasing) as other:
        assert log_of(other) == wanted
    (following,) = appended(erasing, "a", deposit(text="rent"))
    assert following.hash == hashes(LEDGER_ID, [*wanted, following])[-1]


def test_what_is_erased_already_stays_as_it_is(
    erasing: ErasingStore, texts: list[RecordedEvent]
) -> None:
    erasing.erase_texts([1, 3])
    before = log_of(erasing)

    assert erasing.erase_texts([3, 1, 1]) == 0
    assert log_of(erasing) == before


def test_an_erasure_that_is_rolled_back_was_none(
    erasing: ErasingStore, texts: list[RecordedEvent]
) -> None:
    def transaction() -> None:
        with erasing.transaction():
            assert erasing.erase_texts([1]) == 1
            assert log_of(erasing)[0].erased
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transaction()

    assert log_of(erasing) == texts


def test_a_text_can_be_erased_by_the_transaction_that_wrote_it(
    erasing: ErasingStore, texts: list[RecordedEvent]
) -> None:
    with erasing.transaction():
        (event,) = appended(erasing, "b", deposit(text="gift"))
        assert erasing.erase_texts([event.position]) == 1

    assert list(erasing.read_stream("b")) == [erased(event)]


def test_a_projection_that_is_emptied_lags_from_the_beginning(erasing: ErasingStore) -> None:
    table = ProjectionTable("rows", 3, Row)
    with erasing.transaction():
        erasing.tables.create(table)
        assert erasing.tables.write(table, {"x": Row("x")}, seen=(0, 5))

    with erasing.transaction():
        erasing.empty_projection("rows")
        erasing.empty_projection("there is none of this name")

    assert list(erasing.tables.rows(table)) == []
    checkpoint = erasing.tables.checkpoints()["rows"]
    assert (checkpoint.version, checkpoint.position) == (3, 0)


def test_to_leave_no_trace_changes_nothing_that_is_read(erasing: ErasingStore) -> None:
    erasing.erase_texts([1, 4])
    before = log_of(erasing)

    erasing.scrub()
    erasing.scrub()

    assert log_of(erasing) == before
    assert appended(erasing, "a")[0].position == 6
