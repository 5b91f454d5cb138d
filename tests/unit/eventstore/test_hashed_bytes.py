"""No two different events have the same hashed bytes, but for a text and its digest."""

from __future__ import annotations

import hashlib
from itertools import combinations_with_replacement, pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from ledger.eventstore.hash_chain import expected_hash
from ledger.eventstore.records import RecordedEvent
from tests.support.eventstore.recorded_events import recorded

SALTS = (bytes(16), b"0" * 16)
TEXTS = (None, "", "0", "00", " 0", "\n")
NUMBERS = st.integers(0, 3) | st.sampled_from([10, 11, 100, 111])
# Digits, spaces and line ends are what the line of numbers is made of; the other two have bytes
# that no ASCII character has.
WORDS = st.text("0 1\nß東", max_size=3)


def without_text(event: RecordedEvent) -> RecordedEvent:
    """What is left of an event once its text is erased; the hash is none of its content."""
    if isinstance(event.text, str):
        assert event.salt is not None
        digest = hashlib.sha256(event.salt + event.text.encode()).digest()
        event = replace(event, text=digest, salt=None)
    return replace(event, hash=b"")


def free_text(draw: st.DrawFn) -> tuple[str | bytes | None, bytes | None]:
    text = draw(st.sampled_from(TEXTS) | st.binary(min_size=32, max_size=32))
    return text, draw(st.sampled_from(SALTS)) if isinstance(text, str) else None


@st.composite
def events(draw: st.DrawFn) -> RecordedEvent:
    text, salt = free_text(draw)
    return RecordedEvent(
        position=draw(NUMBERS),
        stream_id=draw(WORDS),
        aggregate_type=draw(WORDS),
        version=draw(NUMBERS),
        event_type=draw(WORDS),
        schema_version=draw(NUMBERS),
        data=draw(WORDS),
        text=text,
        salt=salt,
        metadata=draw(WORDS),
        effective_at=draw(NUMBERS | st.integers(-11, 0)),
        recorded_at=draw(NUMBERS),
        backdated=draw(st.booleans()),
        hash=b"",
    )


@st.composite
def near_twins(draw: st.DrawFn) -> tuple[RecordedEvent, RecordedEvent]:
    """Two events that share most fields, or whose texts are cut in other places."""
    one, other = draw(events()), draw(events())
    names = [name for name in RecordedEvent.__struct_fields__ if name not in ("text", "salt")]
    shared = draw(st.sets(st.sampled_from(names)))
    twin = replace(other, **{name: getattr(one, name) for name in shared})
    if draw(st.booleans()):
        twin = replace(twin, text=one.text, salt=one.salt)
    if draw(st.booleans()):
        joined = one.stream_id + one.aggregate_type + one.event_type + one.data + one.metadata
        places = sorted(draw(st.integers(0, len(joined))) for _ in range(4))
        cut = [joined[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]
        texts = ("stream_id", "aggregate_type", "event_type", "data", "metadata")
        twin = replace(twin, **dict(zip(texts, cut, strict=True)))
    return one, twin


@settings(max_examples=100, deadline=None)
@given(pair=near_twins())
def test_equal_hashes_are_of_equal_events(pair: tuple[RecordedEvent, RecordedEvent]) -> None:
    one, other = pair
    same = astuple(without_text(one)) == astuple(without_text(other))

    assert (expected_hash(bytes(32), one) == expected_hash(bytes(32), other)) == same


@settings(max_examples=100, deadline=None)
@given(event=events())
def test_to_erase_a_text_changes_no_hash(event: RecordedEvent) -> None:
    assert expected_hash(bytes(32), event) == expected_hash(bytes(32), without_text(event))


def test_nothing_can_be_moved_from_one_field_into_the_next() -> None:
    """The same characters in the same order, cut into texts and numbers at every place."""
    found: set[bytes] = set()
    texts = ("stream_id", "aggregate_type", "event_type", "data", "metadata")
    numbers = ("position", "version", "schema_version", "effective_at", "recorded_at")
    count = 0
    for characters in ("1 1", "1ß1"):
        for cuts in combinations_with_replacement(range(4), 4):
            parts = [characters[a:b] for a, b in pairwise((0, *cuts, 3))]
            for digits in product((1, 11), repeat=5):
                fields = dict(zip(texts, parts, strict=True)) | dict(
                    zip(numbers, digits, strict=True)
                )
                for backdated in (False, True):
                    event = recorded(**fields, backdated=backdated)
                    found.add(expected_hash(bytes(32), event))
                    count += 1
    assert len(found) == count == 2 * 35 * 32 * 2


def test_whatever_stands_where_the_free_text_may_be_is_told_apart() -> None:
    """None, an empty text, other texts, their digests, and the same bytes at the metadata's end."""
    found: dict[bytes, RecordedEvent] = {}
    contents: list[tuple[str | bytes | None, bytes | None]] = [
        (text, salt)
        for text, salt in product(TEXTS, (None, *SALTS))
        if (text is None) == (salt is None)
    ]
    contents += [(bytes(32), None), (b"0" * 32, None)]
    for (text, salt), end in product(contents, ("", "0" * 32, "\0" * 32)):
        event = recorded(text=text, salt=salt, metadata="{}" + end)
        assert found.setdefault(expected_hash(bytes(32), event), event) == event

    assert len(found) == len(contents) * 3
