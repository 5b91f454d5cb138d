"""What is noted with every event: who, by which command, in which context."""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.errors import UnreadableEvent
from ledger.eventstore.records import RecordedEvent


class Metadata(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The metadata of one event, written as compact JSON without the fields that are unset.

    Attributes:
        actor: who gave the command.
        command: its name, such as ``deposit``.
        run: drawn anew by every run of the program, and shared by all that the run does. Events
            that were migrated have none: no run of today wrote them.
        via: what the command came by, where it is not typed alone: ``batch`` or ``import``.
        correlation_id: shared by everything that one workflow does; the run's where it is unset.
        causation_id: the event or message that led to the command, where there is one.
        idempotency_key: the key that came with the command.
        request: the keyed command, so that a reuse of the key can be compared with it.
        imported: what an older world's log said of the event besides its data.
        migrated: which event of the ledger that this one was migrated from it was; see
            `ledger.eventstore.migrated_events`.
        unrounded: the decimal amount of an older world's event that a migration stored anew, where
            nothing of it is left in minor units.
    """

    actor: str
    command: str
    run: str
    via: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    idempotency_key: str | None = None
    request: msgspec.Raw | None = None
    imported: dict[str, msgspec.Raw] | None = None
    migrated: str | None = None
    unrounded: str | None = None

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


class KeyedMetadata(msgspec.Struct, frozen=True, gc=False):
    """The part of a stored event's metadata that an idempotency record can be made from."""

    idempotency_key: str | None = None
    request: msgspec.Raw = msgspec.Raw()


def keyed_part(metadata: str) -> KeyedMetadata:
    """The idempotency part of stored metadata; empty where there is none."""
    return msgspec.json.decode(metadata, type=KeyedMetadata)


def check_metadata(event: RecordedEvent) -> None:
    """See that stored metadata can be read, and in one way only.

    Raises:
        UnreadableEvent: they cannot.
    """
    from ledger.json_text import check_names

    try:
        keyed_part(event.metadata)
        check_names(event.metadata)
        if event.metadata != event.metadata.strip():  # an export could not keep them
            raise ValueError("blanks stand before or after them")
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise unreadable_metadata(event, error) from error


def unreadable_metadata(event: RecordedEvent, error: Exception) -> UnreadableEvent:
    """The error of metadata that cannot be read for the reason of another one."""
    from ledger.json_text import what_is_wrong

    return UnreadableEvent(
        f"the metadata of event {event.position} cannot be read: "
        f"{what_is_wrong(error, event.metadata)}",
        advice="the log was changed from outside, or written by a newer ledger",
        position=event.position,
        account_id=event.stream_id,
    )


class _Actor(msgspec.Struct, frozen=True, gc=False):
    actor: str = ""


_decode_actor = msgspec.json.Decoder(_Actor).decode


def actor_in(metadata: str) -> str:
    """Who gave the command, by stored metadata; empty where they cannot be read."""
    try:
        return _decode_actor(metadata).actor
    except msgspec.MsgspecError:
        return ""


class _Way(msgspec.Struct, frozen=True, gc=False):
    via: str | None = None


def came_via(metadata: str) -> str | None:
    """What the command of stored metadata came by, where it was not typed alone."""
    return msgspec.json.decode(metadata, type=_Way).via


class _Unrounded(msgspec.Struct, frozen=True, gc=False):
    unrounded: str | None = None


def unrounded_in(metadata: str) -> str | None:
    """The decimal amount of which nothing was left; None where stored metadata have none."""
    if '"unrounded"' not in metadata:
        return None
    try:
        return msgspec.json.decode(metadata, type=_Unrounded).unrounded
    except msgspec.MsgspecError:
        return None


def parse_object(text: str) -> dict[str, Any]:
    """Any JSON object."""
    return msgspec.json.decode(text, type=dict[str, Any])


class WrittenBy(msgspec.Struct, frozen=True, gc=False):
    """Who wrote an event, by which command, and in which run; empty where it is not known."""

    actor: str = ""
    command: str = ""
    run: str = ""


_decode_written_by = msgspec.json.Decoder(WrittenBy).decode


def written_by(metadata: str) -> WrittenBy:
    """Who wrote an event, by its stored metadata."""
    try:
        return _decode_written_by(metadata)
    except msgspec.MsgspecError:
        return WrittenBy()
