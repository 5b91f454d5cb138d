"""Reading back what was published into a stream of NATS JetStream."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import APIError

from ledger.errors import TargetFailure
from ledger.exchange.publishing.nats_connection import NatsConnection
from ledger.exchange.publishing.targets import Target

_AT_ONCE: Final = 500
_IDLE: Final = 300
"""Seconds after which the server forgets who reads no more."""


def messages(target: Target, *, timeout: float) -> Generator[bytes]:
    """All messages that a stream has now, in its order.

    Raises:
        NoSuchTarget: there is no such stream.
        TargetFailure: the server is away, or refuses.
    """
    connection = NatsConnection(target, timeout)
    try:
        last, reader = connection.run(_subscribed(connection))
        if reader is None:
            return
        while True:
            found = connection.run(_next(connection, reader))
            for message in found:
                yield message.data
            end = found[-1].metadata
            if not end.num_pending or end.sequence.stream >= last:
                return
    finally:
        connection.close()


async def _subscribed(connection: NatsConnection) -> tuple[int, Any]:
    """The last sequence number of now, and what reads up to it; None where there is nothing."""
    jetstream = await connection.stream()
    info = await connection.info(jetstream)
    if not info.state.messages:
        return 0, None
    config = ConsumerConfig(
        ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, inactive_threshold=_IDLE
    )
    try:
        reader = await jetstream.pull_subscribe("", stream=connection.target.name, config=config)
    except APIError as error:
        raise _unread(connection, error) from error
    return info.state.last_seq, reader


async def _next(connection: NatsConnection, reader: Any) -> Sequence[Any]:
    try:
        found: Sequence[Any] = await reader.fetch(_AT_ONCE, timeout=connection.timeout)
        return found
    except TimeoutError:
        raise connection.silent() from None
    except (NatsError, OSError) as error:
        raise _unread(connection, error) from error


def _unread(connection: NatsConnection, error: Exception) -> TargetFailure:
    why = getattr(error, "description", None) or str(error).removeprefix("nats: ")
    return TargetFailure(
        f"the stream {connection.target.name} at {connection.where} cannot be read: {why}",
        advice="see to the stream, then repeat the command",
        target=connection.target.text,
    )
