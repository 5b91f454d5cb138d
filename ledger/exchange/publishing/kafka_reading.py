"""Reading back what was published into a topic of Apache Kafka."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from ledger.exchange.publishing.kafka_client import KafkaClient
from ledger.exchange.publishing.targets import Target

Merge = Callable[[Mapping[int, Callable[[], bytes | None]]], Iterator[bytes]]

_HELD: Final = 1_000
"""Messages of one partition that wait for those of others; it is paused then."""

_LAST_ONE: Final = -2_001
"""The offset of a partition's last message (``RD_KAFKA_OFFSET_TAIL(1)`` of librdkafka)."""

_LOOK: Final = 0.1
_BUFFERED: Final = 16_384
"""Kilobytes that the client may read ahead."""


def partitions(target: Target, *, merge: Merge, timeout: float) -> Generator[bytes]:
    """All messages that a topic has now.

    Args:
        merge: puts those of several partitions into one order.

    Raises:
        NoSuchTarget: there is no such topic.
        TargetFailure: no broker answers, or it refuses.
    """
    reading = _Reading(KafkaClient(target, timeout))
    try:
        yield from merge({each: partial(reading.following, each) for each in reading.places})
    finally:
        reading.close()


def newest(client: KafkaClient) -> list[bytes]:
    """The last message of each partition that has one.

    Raises:
        NoSuchTarget: there is no such topic.
        TargetFailure: no broker answers, or it refuses.
    """
    reading = _Reading(client, newest=True)
    try:
        found = [reading.following(each) for each in reading.places]
        return [body for body in found if body is not None]
    finally:
        reading.close()


class _Reading:
    """Reads all partitions, each up to where it ends now.

    Args:
        newest: only the last message of each.
    """

    def __init__(self, client: KafkaClient, *, newest: bool = False) -> None:
        self._client = client
        self._topic = client.target.name
        self._consumer = Consumer(
            client.settings(
                **{
                    "group.id": f"ledger-{uuid4()}",
                    "enable.auto.commit": False,
                    "enable.partition.eof": True,
                    "isolation.level": "read_committed",
                    "queued.max.messages.kbytes": _BUFFERED,
                }
            )
        )
        self.places = list(range(client.partitions(self._consumer)))
        self._waiting: dict[int, deque[bytes]] = {each: deque() for each in self.places}
        self._ended: set[int] = set()
        self._paused: set[int] = set()
        start = _LAST_ONE if newest else OFFSET_BEGINNING
        self._consumer.assign([TopicPartition(self._topic, each, start) for each in self.places])

    def following(self, part: int) -> bytes | None:
        """The next message of a partition; None at its end."""
        waiting, deadline = self._waiting[part], monotonic() + self._client.timeout
        while not waiting and part not in self._ended:
            if part in self._paused:
                self._paused.discard(part)
                self._consumer.resume([TopicPartition(self._topic, part)])
            message = self._consumer.poll(_LOOK)
            if message is not None:
                self._take(message)
                deadline = monotonic() + self._client.timeout
            elif monotonic() > deadline:
                raise self._client.failure(KafkaError(KafkaError._TIMED_OUT))
        return waiting.popleft() if waiting else None

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()
        del self._consumer  # here, and not where a second interrupt may strike its end

    def _take(self, message: Any) -> None:
        part, error = message.partition(), message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                self._ended.add(part)
                return
            raise self._client.failure(error) from KafkaException(error)
        if part in self._ended:  # it has come since
            return
        waiting = self._waiting[part]
        waiting.append(message.value() or b"")
        if len(waiting) >= _HELD and part not in self._paused:
            self._paused.add(part)
            self._consumer.pause([TopicPartition(self._topic, part)])
