"""How Kafka is reached, and what its errors mean.

What else the client is to know (users, passwords, certificates) stands in a file of properties, a
``name=value`` on each line, that LEDGER_KAFKA_CONFIG names.
"""

from __future__ import annotations

import logging
import os
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException

from ledger.errors import InvalidOption, NoSuchTarget, TargetFailure
from ledger.exchange.publishing.targets import Target

_VARIABLE: Final = "LEDGER_KAFKA_CONFIG"

_AWAY: Final = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TRANSPORT,
        KafkaError._TIMED_OUT,
        KafkaError._RESOLVE,
        KafkaError._MSG_TIMED_OUT,
    }
)
_REFUSING: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError._SSL,
    }
)


class KafkaClient:
    """What producers and consumers of one target have in common.

    Args:
        timeout: seconds that a broker has to answer.
    """

    def __init__(self, target: Target, timeout: float) -> None:
        self.target = target
        self.timeout = timeout
        self._refusal: KafkaError | None = None

    def settings(self, **more: Any) -> dict[str, Any]:
        """The configuration of a client.

        Raises:
            InvalidOption: the file that the environment names cannot be used.
        """
        return {
            **_from_environment(),
            "bootstrap.servers": ",".join(self.target.hosts),
            "client.id": "ledger",
            "socket.timeout.ms": max(1_000, int(self.timeout * 1_000)),
            "error_cb": self._note,
            "logger": _SILENT,
            **more,
        }

    def partitions(self, client: Any) -> int:
        """How many partitions the topic has.

        All topics are asked for: to ask for one that is missing makes some brokers create it.

        Raises:
            NoSuchTarget: there is no such topic.
            TargetFailure: no broker answers, or it refuses.
        """
        try:
            found = client.list_topics(timeout=self.timeout).topics.get(self.target.name)
        except KafkaException as error:
            client.poll(0)  # which is when it says why
            raise self.failure(error.args[0]) from error
        if found is None or found.error is not None:
            raise NoSuchTarget(
                f"there is no topic {self.target.name} at {self.where}",
                advice="check the name, or have it created",
                create=True,
            )
        return len(found.partitions)

    @property
    def where(self) -> str:
        """The hosts, as messages name them."""
        return ", ".join(self.target.hosts)

    def failure(self, error: KafkaError) -> TargetFailure:
        """What an error of the client means."""
        if self._refusal is not None:
            error = self._refusal
        why = error.str()
        if error.code() in _REFUSING:
            return TargetFailure(
                f"the broker at {self.where} does not let us in: {why}",
                advice=f"see to the file that {_VARIABLE} names",
                target=self.target.text,
            )
        if error.code() in _AWAY:
            return TargetFailure(
                f"no broker answers at {self.where} within {self.timeout:g} seconds",
                advice="check that it runs and can be reached, then repeat the command",
                target=self.target.text,
            )
        return TargetFailure(
            f"the topic {self.target.name} at {self.where} failed: {why}",
            advice="see to the topic, then repeat the command",
            target=self.target.text,
        )

    def _note(self, error: KafkaError) -> None:
        """Keep why brokers refuse: what is waiting is only told that it took too long."""
        if error.code() in _REFUSING:
            self._refusal = error


_SILENT: Final = logging.Logger("kafka", logging.CRITICAL + 1)


def _from_environment() -> dict[str, str]:
    path = os.environ.get("LEDGER_KAFKA_CONFIG")
    if not path:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidOption(
            f"the file {path!a} named in {_VARIABLE} cannot be read: {why}", advice="check the path"
        ) from None
    settings = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        if not line or line.startswith(("#", "!")):
            continue
        if not equals:
            raise InvalidOption(
                f"line {number} of {path!a} has no =", advice="write a name=value on each line"
            )
        settings[name.strip()] = value.strip()
    return settings
