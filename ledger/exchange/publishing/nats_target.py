"""Publishing into a stream of NATS JetStream.

Several messages are under way at once, and yet their order is kept: each names the one that must be
the stream's last, so none is taken before the one ahead of it. Where that is not known (at the
start, after a failure, or since somebody else writes into the stream), one goes alone. Each bears
its event's id, so the server drops what comes again within the stream's window.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

import msgspec
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError, NoRespondersError
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from ledger.errors import InvalidOption, TargetFailure
from ledger.exchange.publishing.cloud_events import CONTENT_TYPE, Message
from ledger.exchange.publishing.nats_connection import NatsConnection
from ledger.exchange.publishing.nats_subjects import subject, subjects_of, takes
from ledger.exchange.publishing.targets import Target

if TYPE_CHECKING:
    from nats.js.api import PubAck, StreamInfo

_WRONG_LAST_MESSAGE: Final = 10070
_FOR_NOW: Final = frozenset({10004, 10008, 10009})
"""Error codes of a cluster that has no leader yet, and the like."""

_SOON: Final = 0.1
"""Seconds until something is tried again."""


class NatsTarget:
    """Implements `ledger.exchange.publishing.targets.OpenTarget`.

    Raises:
        NoSuchTarget: there is no such stream.
        InvalidOption: the stream does not take what is to be published.
        TargetFailure: the server is away, or refuses.
    """

    def __init__(self, target: Target, ledger_id: str, *, timeout: float, create: bool) -> None:
        self._stream = target.name
        self._ledger_id = ledger_id
        self.last: tuple[int, bytes] | None = None
        self.notes: list[str] = []
        self._messages: Sequence[Message] = ()
        self._done = 0
        self._acknowledgements: list[asyncio.Task[PubAck]] = []
        self._error: Exception | None = None
        self._last_id: str | None = None
        self._connection = NatsConnection(target, timeout)
        try:
            self._connection.run(self._look(create=create))
        except BaseException:
            self.close()
            raise

    def send(self, messages: Sequence[Message]) -> None:
        self._messages, self._done = messages, 0
        self._connection.run(self._send())

    def wait(self) -> int:
        timeout = self._connection.timeout
        deadline = monotonic() + timeout
        while True:
            before = self._done
            self._connection.run(self._collect(max(_SOON, deadline - monotonic())))
            if self._done == len(self._messages):
                return self._done
            failure = self._failure()
            if self._done > before:
                deadline = monotonic() + timeout
            elif failure is not None or monotonic() >= deadline:
                if self._done:  # the next time it is told
                    return self._done
                if isinstance(self._error, NoStreamResponseError):
                    self._connection.run(self._look(create=False))  # the stream may be gone
                told = self._error if isinstance(self._error, TargetFailure) else None
                raise failure or told or self._connection.silent()
            elif self._error is not None:
                sleep(_SOON)
            self._connection.run(self._send())

    def close(self) -> None:
        self._connection.close()

    def _failure(self) -> TargetFailure | None:
        """The error, where it is no use to try again."""
        error = self._error
        if isinstance(error, MaxPayloadError):
            return self._connection.refused(error)
        if isinstance(error, APIError) and not isinstance(error, NotFoundError):
            for_now = error.err_code == _WRONG_LAST_MESSAGE or error.err_code in _FOR_NOW
            return None if for_now else self._connection.refused(error)
        return None

    async def _send(self) -> None:
        """Send what is not acknowledged; only the first of it, while the last one is not known."""
        self._acknowledgements, self._error = [], None
        try:
            jetstream = await self._connection.stream()
        except TargetFailure as failure:
            self._error = failure
            return
        rest, before = self._messages[self._done :], self._last_id
        for message in rest[:1] if before is None else rest:
            headers = {"Nats-Msg-Id": message.event_id, "Content-Type": CONTENT_TYPE}
            if before is not None:
                headers["Nats-Expected-Last-Msg-Id"] = before
            before = message.event_id
            # Tasks begin in this order, and each has written before it waits.
            self._acknowledgements.append(
                asyncio.ensure_future(
                    jetstream.publish(
                        subject(self._stream, self._ledger_id, message.account_id),
                        message.body,
                        timeout=self._connection.timeout,
                        stream=self._stream,
                        headers=headers,
                    )
                )
            )
        await asyncio.sleep(0)

    async def _collect(self, within: float) -> None:
        """Wait for acknowledgements, up to the first one that does not come."""
        until = monotonic() + within
        for acknowledgement in self._acknowledgements:
            try:
                taken = await self._one(acknowledgement, until)
            except (NatsError, OSError, TimeoutError) as error:
                self._error = error
                break
            # One that was there already need not be the last.
            self._last_id = None if taken.duplicate else self._messages[self._done].event_id
            self._done += 1
        if self._error is not None:
            for acknowledgement in self._acknowledgements:
                acknowledgement.cancel()
            self._last_id = None
            if not isinstance(self._error, APIError):  # what it still holds must not come late
                await self._connection.drop()

    async def _one(self, acknowledgement: asyncio.Task[PubAck], until: float) -> PubAck:
        """An acknowledgement, unless the connection breaks first."""
        while not acknowledgement.done():
            await asyncio.wait([acknowledgement], timeout=_SOON)
            if acknowledgement.done():
                break
            if not self._connection.is_connected:
                raise NoRespondersError
            if monotonic() > until:
                raise TimeoutError
        return acknowledgement.result()

    # ── the stream ──────────────────────────────────────────────────────────────────────────────

    async def _look(self, *, create: bool) -> None:
        """See that the stream takes what is to be published, and what it has of the ledger."""
        jetstream = await self._connection.stream()
        if create:
            try:
                await jetstream.stream_info(self._stream)
            except NotFoundError:
                await self._create(jetstream)
        info = await self._connection.info(jetstream)
        self._check(info)
        try:
            found = await jetstream.get_last_msg(
                self._stream, subjects_of(self._stream, self._ledger_id)
            )
        except NotFoundError:
            return
        except APIError as error:
            raise self._connection.refused(error) from error
        if found.data:  # under these subjects there is nobody else's
            last = msgspec.json.decode(found.data, type=_Last)
            self.last = last.position, bytes.fromhex(last.hash)

    async def _create(self, jetstream: Any) -> None:
        try:
            await jetstream.add_stream(
                StreamConfig(
                    name=self._stream,
                    subjects=[f"{self._stream}.>"],
                    storage=StorageType.FILE,
                    retention=RetentionPolicy.LIMITS,
                    discard=DiscardPolicy.NEW,  # it is full rather than forgetful
                )
            )
        except APIError as error:
            raise self._connection.refused(error) from error
        self.notes.append(
            f"the stream {self._stream} was created: on disk, one replica, nothing is discarded"
        )

    def _check(self, info: StreamInfo) -> None:
        config = info.config
        wanted = f"{self._stream}.{self._ledger_id}.a"
        if not any(takes(pattern, wanted) for pattern in config.subjects or ()):
            raise InvalidOption(
                f"the stream {self._stream} does not take the subjects {self._stream}.>",
                advice="add them to the stream, or publish to another one",
            )
        limits = (config.max_age, config.max_msgs, config.max_bytes, config.max_msgs_per_subject)
        forgets = config.discard == DiscardPolicy.OLD and any((each or 0) > 0 for each in limits)
        if forgets or config.max_age or config.retention not in (None, RetentionPolicy.LIMITS):
            self.notes.append(
                f"the stream {self._stream} discards events in time, so the ledger cannot be made "
                "again from it then"
            )


class _Last(msgspec.Struct):
    position: int
    hash: str
