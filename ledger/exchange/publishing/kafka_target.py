"""Publishing into a topic of Apache Kafka.

The key of a message is its account, so an account's events are in one partition and in order. The
producer is idempotent and every replica in sync has to acknowledge; where a message fails, none
after it is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any, Final

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ledger.errors import InvalidOption, NoSuchTarget, TargetFailure
from ledger.exchange.publishing.cloud_events import CONTENT_TYPE, SOURCE, Message
from ledger.exchange.publishing.kafka_client import KafkaClient
from ledger.exchange.publishing.kafka_reading import newest
from ledger.exchange.publishing.targets import Target

_LOOK: Final = 0.1
"""Seconds between two looks, so that an interrupt is heeded."""

_HEADERS: Final[dict[str, str | bytes | None]] = {"content-type": CONTENT_TYPE}


class KafkaTarget:
    """Implements `ledger.exchange.publishing.targets.OpenTarget`.

    Raises:
        NoSuchTarget: there is no such topic.
        TargetFailure: no broker answers, or it refuses.
        InvalidOption: what the client is to know cannot be used.
    """

    def __init__(self, target: Target, ledger_id: str, *, timeout: float, create: bool) -> None:
        self._target = target
        self._client = client = KafkaClient(target, timeout)
        self.last: tuple[int, bytes] | None = None
        self.notes: list[str] = []
        self._sent = 0
        self._done = 0
        self._error: KafkaError | None = None
        milliseconds = max(1_000, int(timeout * 1_000))
        settings = client.settings(
            **{
                "enable.idempotence": True,
                "enable.gapless.guarantee": True,
                "acks": "all",
                "partitioner": "murmur2_random",
                "linger.ms": 2,
                "delivery.timeout.ms": milliseconds,
                "request.timeout.ms": milliseconds,
                "message.max.bytes": 16_000_000,  # the broker decides
            }
        )
        try:
            self._producer = Producer(settings)
        except (KafkaException, ValueError, TypeError) as error:
            raise _unusable(error) from error
        made_until = monotonic() + timeout if create and self._create(settings) else 0.0
        while True:
            try:
                client.partitions(self._producer)
                break
            except NoSuchTarget:
                if monotonic() >= made_until:  # else its brokers have not heard of it yet
                    raise
                sleep(_LOOK)
        self.last = _last_of(ledger_id, newest(client))

    def send(self, messages: Sequence[Message]) -> None:
        self._sent, self._done, self._error = len(messages), 0, None
        for message in messages:
            while True:
                try:
                    self._producer.produce(
                        self._target.name,
                        message.body,
                        key=message.account_id.encode(),
                        headers=_HEADERS,
                        on_delivery=self._delivered,
                    )
                    break
                except BufferError:  # its queue is full
                    self._look(_LOOK)
                except KafkaException as error:
                    raise self._client.failure(error.args[0]) from error
        self._look(0)

    def wait(self) -> int:
        done, deadline = 0, 0.0
        while self._done < self._sent and self._error is None:
            if self._done > done or not deadline:
                done, deadline = self._done, monotonic() + self._client.timeout + 1
            self._look(_LOOK)
            if monotonic() > deadline:
                raise self._client.failure(KafkaError(KafkaError._MSG_TIMED_OUT))
        if self._error is None:
            return self._sent
        # Which ones arrived says nothing of what is before them: partitions go their own ways.
        raise self._client.failure(self._error)

    def close(self) -> None:
        self._producer.purge(blocking=False)
        del self._producer  # here, and not where a second interrupt may strike its end

    def _look(self, seconds: float) -> None:
        """Take in what has become of messages."""
        try:
            self._producer.poll(seconds)
        except KafkaException as error:
            raise self._client.failure(error.args[0]) from error

    def _delivered(self, error: KafkaError | None, _message: Any) -> None:
        if error is None:
            self._done += 1
        elif self._error is None:
            self._error = error

    def _create(self, settings: dict[str, Any]) -> bool:
        """Make the topic, unless there is one; gives whether it was made."""
        producing = ("enable.", "acks", "partitioner", "linger.", "delivery.", "request.", "mess")
        known = {name: each for name, each in settings.items() if not name.startswith(producing)}
        topic = NewTopic(
            self._target.name,
            num_partitions=-1,  # as the cluster does it
            replication_factor=-1,
            config={"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"},
        )
        admin = AdminClient(known)  # which must outlive its answers
        try:
            made = admin.create_topics(
                [topic],
                operation_timeout=self._client.timeout,
                request_timeout=self._client.timeout,
            )
            made[self._target.name].result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return False
            raise self._client.failure(error.args[0]) from error
        self.notes.append(f"the topic {self._target.name} was created: nothing in it is discarded")
        return True


class _Last(msgspec.Struct):
    source: str
    position: int
    hash: str


def _last_of(ledger_id: str, bodies: Sequence[bytes]) -> tuple[int, bytes] | None:
    """Position and hash of the last one of a ledger's events, as far as these say so."""
    places = []
    for body in bodies:
        try:
            last = msgspec.json.decode(body, type=_Last)
            if last.source == SOURCE + ledger_id:
                places.append((last.position, bytes.fromhex(last.hash)))
        except ValueError:  # somebody else's message
            continue
    return max(places, default=None)


def _unusable(error: Exception) -> InvalidOption | TargetFailure:
    why = error.args[0].str() if isinstance(error, KafkaException) else str(error)
    return InvalidOption(
        f"the Kafka client cannot be set up: {why}",
        advice="see to the client's file of properties",
        properties="kafka",
    )
